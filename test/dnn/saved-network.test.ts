/** Networks as files: whole and true when they come back, refused when they were touched, and readable by TensorFlow.js alone. */
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/dnn/backend.js';
import { readInputs } from '../../src/dnn/inputs.js';
import { LOSSES, type LossName } from '../../src/dnn/losses.js';
import { predictNetwork } from '../../src/dnn/predict-network.js';
import { loadNetwork, type SavedNetwork, saveNetwork } from '../../src/dnn/saved-network.js';
import { trainNetwork } from '../../src/dnn/train-network.js';
import type { TrainedNetwork } from '../../src/dnn/trained-network.js';
import { customers, SMALL } from './small-network.js';

const wasm = { backend: 'wasm' } as const;
const { columns: numbers, target } = customers(120);
const columns = { ...numbers, country: Array.from(target, (_, i) => ['NL', 'UK', 'über', ''][i % 4]!) };
const units = { x: 'days', z: 'money' };
const data = { columns, target, units };

/** As a file would give it back. */
const throughFiles = ({ description, files }: SavedNetwork): SavedNetwork => ({
  description: JSON.parse(JSON.stringify(description)),
  files: { 'model.json': `${files['model.json']}`, 'weights.bin': files['weights.bin'].slice() },
});

async function checksum(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex');
}

describe('a saved network', () => {
  it.each([
    ['mse', { members: 3 }],
    ['ziln', { members: 2, hiddenUnits: [6, 4] }],
    ['tweedie', { order: 'activation_first', hiddenUnits: [5, 3], dropout: 0 }],
    ['poisson', { hiddenUnits: [], dropout: 0 }],
    ['negative_binomial', { batchNorm: false, dropout: 0.5, members: 2 }],
    ['poisson', { batchNorm: false, order: 'activation_first', members: 2 }],
  ] as const)('of %s, built with %j, comes back the same, to the bit', async (loss, options) => {
    const { network } = await trainNetwork(data, { ...SMALL, loss, ...options }, wasm);
    const saved = await saveNetwork(network);
    const loaded = await loadNetwork(throughFiles(saved));
    expect(loaded).toEqual(network);
    const before = await predictNetwork(network, { columns }, wasm);
    const after = await predictNetwork(loaded, { columns }, wasm);
    expect(after.mean).toEqual(before.mean);
    expect(await saveNetwork(loaded)).toMatchObject({ description: saved.description });
  });

  it.each(['wide', 'wide_without_crosses', 'raw'] as const)('with %s inputs comes back the same', async (style) => {
    const crossed = { frequency: target, recency: target.map((y, i) => y * (i % 7)), country: columns.country };
    const { network } = await trainNetwork({ columns: crossed, target }, SMALL, { ...wasm, style });
    expect(await loadNetwork(throughFiles(await saveNetwork(network)))).toEqual(network);
  });

  it('keeps names of columns, categories and units as they are', async () => {
    const odd = { avgBasket: numbers.x, avg_basket: numbers.z, __proto: columns.country };
    const oddUnits = { avgBasket: 'perDay', avg_basket: 'per_day' };
    const { network } = await trainNetwork({ columns: odd, target, units: oddUnits }, SMALL, wasm);
    const loaded = await loadNetwork(throughFiles(await saveNetwork(network)));
    expect(loaded).toEqual(network);
    expect(loaded.units).toEqual(oddUnits);
  });

  it.each<LossName>(['mse', 'poisson', 'ziln'])(
    'is a model that TensorFlow.js loads by itself, with the outputs that predictions are made from (%s)',
    async (loss) => {
      const { network } = await trainNetwork(data, { ...SMALL, loss, members: 3, hiddenUnits: [6, 4] }, wasm);
      const { files } = await saveNetwork(network);
      const { modelTopology, weightsManifest } = JSON.parse(files['model.json']);
      expect(weightsManifest[0].paths).toEqual(['weights.bin']);
      const model = await loadLayersModel(
        tf.io.fromMemory({
          modelTopology,
          weightSpecs: weightsManifest[0].weights,
          weightData: files['weights.bin'].slice().buffer,
        }),
      );
      const inputs = readInputs(network.inputs, columns);
      const outputs = (
        model.predict(tf.tensor2d(inputs.values, [inputs.rows, inputs.columns])) as tf.Tensor
      ).dataSync();
      model.dispose();
      const { mean } = await predictNetwork(network, { columns }, wasm);
      const size = LOSSES[loss].outputs;
      for (let row = 0; row < inputs.rows; row++) {
        const own = LOSSES[loss].mean(outputs as Float32Array, row * size, 0) * network.targetUnit;
        expect(Math.abs(own - mean[row]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(mean[row]!)));
      }
    },
  );

  it('leaves no tensors behind when it is saved, loaded or refused', async () => {
    const { network } = await trainNetwork(data, SMALL, wasm);
    const saved = await saveNetwork(network);
    await loadNetwork(saved);
    const before = tf.memory().numTensors;
    await loadNetwork(await saveNetwork(network));
    await loadNetwork({ ...saved, files: { ...saved.files, 'model.json': '{}' } }).catch(() => {});
    expect(tf.memory().numTensors).toBe(before);
  });

  it('can be one of several that are loaded, or predict, at the same time', async () => {
    const [a, b] = await Promise.all([
      trainNetwork(data, SMALL, wasm),
      trainNetwork(data, { ...SMALL, loss: 'tweedie' }, wasm),
    ]);
    const saved = await Promise.all([saveNetwork(a.network), saveNetwork(b.network)]);
    const loaded = await Promise.all(saved.map((one) => loadNetwork(one)));
    expect(loaded).toEqual([a.network, b.network]);
    const alone = await predictNetwork(a.network, { columns }, wasm);
    const together = await Promise.all(loaded.map((one) => predictNetwork(one, { columns }, wasm)));
    expect(together[0]!.mean).toEqual(alone.mean);
  });
});

describe('a saved network that was touched', () => {
  let network: TrainedNetwork;
  let saved: SavedNetwork;
  beforeAll(async () => {
    await openBackend('wasm');
    ({ network } = await trainNetwork(data, { ...SMALL, members: 2 }, wasm));
    saved = await saveNetwork(network);
  });

  const described = (change: (description: Record<string, never>) => void): SavedNetwork => {
    const description = JSON.parse(JSON.stringify(saved.description));
    change(description);
    return { ...saved, description };
  };
  const refused = (bad: SavedNetwork) =>
    expect(loadNetwork(bad, 'network_value')).rejects.toMatchObject({
      code: 'bad_saved_model',
      details: { file: 'network_value', found: expect.any(String), expected: expect.any(String) },
    });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut short', (bytes) => bytes.subarray(0, -1)],
    ['empty', () => new Uint8Array()],
    ['longer', (bytes) => Uint8Array.of(...bytes, 0)],
    ['changed in one bit', (bytes) => bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte))],
  ])('is refused when its weights are %s', async (_, change) => {
    await refused({ ...saved, files: { ...saved.files, 'weights.bin': change(saved.files['weights.bin'].slice()) } });
  });

  it('is refused when its weights are cut short, or not numbers, and the checksum was made to fit', async () => {
    for (const change of [
      (bytes: Uint8Array) => bytes.slice(0, bytes.length - 8),
      (bytes: Uint8Array) => {
        new Float32Array(bytes.buffer)[3] = Number.NaN;
        return bytes;
      },
    ]) {
      const bytes = change(saved.files['weights.bin'].slice());
      const weights_sha256 = await checksum(bytes);
      await refused({
        description: { ...(saved.description as object), weights_sha256 },
        files: { ...saved.files, 'weights.bin': bytes },
      });
    }
  });

  it.each([
    ['no JSON', '{'],
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['something else', '{"format": "graph-model"}'],
    ['without weights', '{"modelTopology": {}, "weightsManifest": []}'],
  ])('is refused when its model.json is %s', async (_, text) => {
    await refused({ ...saved, files: { ...saved.files, 'model.json': text } });
  });

  it('is refused when a layer is missing or of another size', async () => {
    const text = saved.files['model.json'];
    await refused({ ...saved, files: { ...saved.files, 'model.json': text.replaceAll('member_2_dense_2', 'other') } });
    await refused({ ...saved, files: { ...saved.files, 'model.json': text.replaceAll('"units":8', '"units":9') } });
  });

  it.each([
    ['of another schema version', (d) => Object.assign(d, { schema_version: 2 })],
    ['without a schema version', (d) => delete d.schema_version],
    ['without inputs', (d) => delete d.inputs],
    ['with inputs of an unknown kind', (d) => Object.assign(d, { inputs: [{ kind: 'picture', name: 'x' }] })],
    ['without a checksum', (d) => delete d.weights_sha256],
    ['with an offset that is text', (d) => Object.assign(d, { offset: 'yes' })],
    ['with no target unit', (d) => Object.assign(d, { target_unit: null })],
    ['without members', (d) => Object.assign(d, { members: [] })],
    ['with options that are none', (d) => Object.assign(d, { options: {} })],
    ['with an unknown loss', (d) => Object.assign(d.options!, { loss: 'l1' })],
    ['with layers of text', (d) => Object.assign(d.options!, { hidden_units: '8' })],
    ['with another layer', (d) => Object.assign(d.options!, { hidden_units: [8, 8] })],
    ['without batch normalisation', (d) => Object.assign(d.options!, { batch_norm: false })],
    ['with another loss', (d) => Object.assign(d.options!, { loss: 'ziln' })],
    ['with a column less', (d) => Object.assign(d, { inputs: (d.inputs as unknown[]).slice(1) })],
  ] as ReadonlyArray<[string, (description: Record<string, object>) => unknown]>)(
    'is refused when its description is %s',
    async (_, change) => {
      await refused(described(change as never));
    },
  );

  it.each([
    ['a spread of 0', (input) => Object.assign(input, { spread: 0 })],
    ['a spread below 0', (input) => Object.assign(input, { spread: -1 })],
    ['a unit of 0', (input) => Object.assign(input, { unit: 0 })],
    ['a low end above the high one', (input) => Object.assign(input, { low: 9, high: 1 })],
    ['a mean that is no number', (input) => Object.assign(input, { mean: '1' })],
    ['a mean without end', (input) => Object.assign(input, { mean: Number.POSITIVE_INFINITY })],
  ] as ReadonlyArray<[string, (input: object) => unknown]>)(
    'is refused when a column is read with %s, rather than to predict nonsense',
    async (_, change) => {
      await refused(described((d: Record<string, object[]>) => change(d.inputs![0]!)));
    },
  );

  it.each([0, -1, Number.POSITIVE_INFINITY])('is refused when its target unit is %d', async (target_unit) => {
    await refused(described((d) => Object.assign(d, { target_unit })));
  });

  it.each([undefined, null, [], 'text', 5])('is refused when its description is %j', async (description) => {
    await refused({ ...saved, description });
  });
});

describe('a loaded network', () => {
  let loaded: TrainedNetwork;
  beforeAll(async () => {
    const { network } = await trainNetwork({ ...data, offset: new Float64Array(target.length) }, SMALL, wasm);
    loaded = await loadNetwork(throughFiles(await saveNetwork(network)));
  });
  const offset = new Float64Array(target.length);

  it('asks for the columns that it was trained on, and takes no notice of others', async () => {
    const { x, ...without } = columns;
    await expect(predictNetwork(loaded, { columns: without, offset }, wasm)).rejects.toMatchObject({
      code: 'missing_column',
      details: { column: 'x' },
    });
    const { mean } = await predictNetwork(loaded, { columns, offset }, wasm);
    const more = await predictNetwork(loaded, { columns: { note: columns.country, ...columns }, offset }, wasm);
    expect(more.mean).toEqual(mean);
  });

  it('refuses columns in another unit, of another kind or length, and numbers that are none', async () => {
    const predict = (change: object, more: object = {}) =>
      expect(predictNetwork(loaded, { columns: { ...columns, ...change }, offset, ...more }, wasm)).rejects;
    await predict({}, { units: { x: 'weeks' } }).toMatchObject({
      code: 'bad_columns',
      details: { column: 'x', found: 'weeks', expected: 'days' },
    });
    await predict({ x: columns.country }).toMatchObject({ code: 'bad_columns', details: { column: 'x' } });
    await predict({ country: numbers.x }).toMatchObject({ code: 'bad_columns', details: { column: 'country' } });
    await predict({ z: numbers.z.subarray(1) }).toMatchObject({ code: 'bad_columns', details: { column: 'z' } });
    await predict({ z: numbers.z.map((z, i) => (i === 4 ? Number.NaN : z)) }).toMatchObject({
      code: 'bad_columns',
      details: { column: 'z', row: 5 },
    });
    await predict({}, { offset: undefined }).toMatchObject({ code: 'bad_columns', details: { column: 'offset' } });
    await predict({}, { offset: offset.subarray(1) }).toMatchObject({
      code: 'bad_columns',
      details: { column: 'offset' },
    });
  });

  it('knows customers of an unknown country, and numbers far beyond any that it has seen', async () => {
    const one = { x: [1e300, -1e300, 0], z: [0, 0, Number.MAX_VALUE], country: ['XX', 'UK', '名'] };
    const { mean } = await predictNetwork(loaded, { columns: one, offset: new Float64Array(3) }, wasm);
    expect(mean.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
  });
});
