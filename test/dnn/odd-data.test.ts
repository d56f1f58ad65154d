/** Data that nobody would choose: a result or a ClvError, never a number that is none. */
import { describe, expect, it } from 'vitest';
import { LOSSES, type LossName } from '../../src/dnn/losses.js';
import { predictNetwork } from '../../src/dnn/predict-network.js';
import { type TrainingData, trainNetwork } from '../../src/dnn/train-network.js';
import type { TrainingOptions } from '../../src/dnn/training-options.js';
import { customers, SMALL } from './small-network.js';

const LOSS_NAMES = Object.keys(LOSSES) as LossName[];
const { columns, target } = customers(64);
const wasm = { backend: 'wasm' } as const;

/** Trains, predicts, and looks at every number. */
async function finite(data: TrainingData, options: Partial<TrainingOptions>): Promise<Float64Array> {
  const { network, validationLoss, outOfSample } = await trainNetwork(data, { ...SMALL, ...options }, wasm);
  const { mean, quantile } = await predictNetwork(network, data, wasm);
  expect(validationLoss).toSatisfy(Number.isFinite);
  expect(network.weights.flat().every((weights) => weights.every(Number.isFinite))).toBe(true);
  expect(mean.every(Number.isFinite)).toBe(true);
  expect(quantile?.(0.9).every(Number.isFinite) ?? true).toBe(true);
  expect(outOfSample.some(Number.isFinite)).toBe(true);
  return mean;
}

const head = (rows: number): TrainingData => ({
  columns: { x: columns.x.slice(0, rows), z: columns.z.slice(0, rows) },
  target: target.slice(0, rows),
});

describe.each(LOSS_NAMES)('a network with loss %s', (loss) => {
  it('predicts nearly nothing where nobody bought', async () => {
    const mean = await finite({ columns, target: new Float64Array(64) }, { loss });
    expect(Math.max(...mean.map(Math.abs))).toBeLessThan(0.5);
  });

  it('predicts about the same for all where all bought alike', async () => {
    const mean = await finite({ columns, target: new Float64Array(64).fill(3) }, { loss, dropout: 0 });
    expect(mean.reduce((sum, m) => sum + m / 64, 0)).toBeGreaterThan(1.5);
    expect(mean.reduce((sum, m) => sum + m / 64, 0)).toBeLessThan(6);
  });

  it('learns from 3 customers what it can, and from 2 if each is left out once', async () => {
    await finite(head(3), { loss });
    await finite(head(3), { loss, members: 5 });
    await finite(head(2), { loss, members: 5 });
    await expect(finite(head(2), { loss })).rejects.toMatchObject({ code: 'bad_columns' }); // one row says nothing
  });

  it('takes batches larger than the data, and of one customer', async () => {
    await finite({ columns, target }, { loss, batchSize: 100_000 });
    await finite({ columns, target }, { loss, batchSize: 1, epochs: 2 });
  });

  it('says that it diverged at a learning rate of 1,000, and predicts what it had before', async () => {
    const options = { ...SMALL, loss, learningRate: 1e3 };
    const { network } = await trainNetwork({ columns, target }, options, wasm);
    expect(network.findings.map(({ code }) => code)).toContain('training_diverged');
    await finite({ columns, target }, options);
  });

  it('goes on where whole batches have no weight', async () => {
    const weight = new Float64Array(64).fill(1, 0, 16);
    const { network } = await trainNetwork({ columns, target, weight }, { ...SMALL, loss, batchSize: 2 }, wasm);
    expect(network.findings.map(({ code }) => code)).not.toContain('training_diverged');
    await finite({ columns, target, weight }, { loss, batchSize: 2 });
  });

  it('takes amounts of any size, which only change the unit', async () => {
    if (!LOSSES[loss].scales) return;
    const mean = await finite({ columns, target }, { loss });
    for (const unit of [2 ** -600, 2 ** 600]) {
      const scaled = await finite({ columns, target: target.map((y) => unit * y) }, { loss });
      scaled.forEach((m, i) => {
        expect(m / unit / mean[i]!).toBeCloseTo(1, 3);
      });
    }
  });

  it('reads inputs of any size', async () => {
    await finite({ columns: { ...columns, huge: columns.x.map((x) => x * 4e307) }, target }, { loss });
  });
});

describe('what is not a target', () => {
  it.each([
    ['not a number', 'poisson', Number.NaN],
    ['infinite', 'mse', Infinity],
    ['negative amounts', 'ziln', -1],
    ['negative amounts', 'tweedie', -1e-9],
    ['a fraction of a purchase', 'negative_binomial', 1.5],
  ] as const)('is refused with its row: %s for %s', async (_, loss, bad) => {
    await expect(
      trainNetwork({ columns, target: target.with(6, bad) }, { ...SMALL, loss }, wasm),
    ).rejects.toMatchObject({ code: 'bad_columns', details: { row: 7, column: 'target', found: bad } });
  });

  it('may be negative for mse', async () => {
    await finite({ columns, target: target.map((y) => -y) }, { loss: 'mse' });
  });
});

describe('data that cannot be learned from', () => {
  const no = new Float64Array(64);
  it.each<[string, Partial<TrainingData>, object]>([
    ['a column less long than the others', { target: target.slice(1) }, { column: 'target' }],
    ['a weight that is negative', { weight: target.with(3, -1) }, { column: 'weight', row: 4 }],
    ['weights that are not numbers', { weight: target.with(3, Number.NaN) }, { column: 'weight', row: 4 }],
    ['weights of 0 only', { weight: no }, { column: 'weight' }],
    ['weights for too few', { weight: target.slice(1) }, { column: 'weight' }],
    ['customers for too few', { customer: new Int32Array(3) }, { column: 'customer' }],
    ['one customer, in many rows', { customer: new Int32Array(64) }, { column: 'customer' }],
    ['columns that never change', { columns: { no } }, {}],
    ['an input that is not a number', { columns: { x: target.with(9, Number.NaN) } }, { row: 10, column: 'x' }],
    ['no columns', { columns: {} }, {}],
  ])('is refused: %s', async (_, change, details) => {
    for (const members of [1, 3]) {
      const trained = trainNetwork({ columns, target, ...change }, { ...SMALL, members }, wasm);
      await expect(trained).rejects.toMatchObject({ code: 'bad_columns', details });
    }
  });

  it.each([0, 1])('is refused: %d customers', async (rows) => {
    await expect(trainNetwork(head(rows), SMALL, wasm)).rejects.toMatchObject({ code: 'bad_columns' });
  });

  it.each([
    ['no rows', []],
    ['all rows', Array.from(target, (_, row) => row)],
    ['a row that is not there', [1, 64]],
    ['a row before the first', [-1]],
    ['the same row until nothing seems left', new Array(64).fill(1)],
  ])('has %s for validation, which is refused or counted once', async (name, rows) => {
    const trained = trainNetwork({ columns, target, validation: Int32Array.from(rows) }, SMALL, wasm);
    if (name.startsWith('the same')) await expect(trained).resolves.toBeDefined();
    else await expect(trained).rejects.toMatchObject({ code: 'bad_option' });
  });
});

describe('customers that are not described as those in training', () => {
  it('are refused: a column is gone, or measured in another unit', async () => {
    const { network } = await trainNetwork({ columns, target, units: { x: 'days' } }, SMALL, wasm);
    await expect(predictNetwork(network, { columns: { x: columns.x } }, wasm)).rejects.toMatchObject({
      code: 'missing_column',
      details: { column: 'z' },
    });
    await expect(predictNetwork(network, { columns, units: { x: 'weeks' } }, wasm)).rejects.toMatchObject({
      code: 'bad_columns',
      details: { column: 'x', found: 'weeks', expected: 'days' },
    });
    await expect(predictNetwork(network, { columns, units: { x: 'days', y: 'weeks' } }, wasm)).resolves.toBeDefined();
  });
});

describe('a constant column beside others', () => {
  it('changes nothing', async () => {
    const one = await trainNetwork({ columns, target }, SMALL, wasm);
    const more = await trainNetwork({ columns: { ...columns, no: new Float64Array(64) }, target }, SMALL, wasm);
    expect(more.network).toEqual(one.network);
  });
});
