/** An offset is the logarithm of what the target would be without the network. */
import { describe, expect, it } from 'vitest';
import { LOSSES, type LossName } from '../../src/dnn/losses.js';
import { type PredictionData, predictNetwork } from '../../src/dnn/predict-network.js';
import { trainNetwork } from '../../src/dnn/train-network.js';
import type { TrainingOptions } from '../../src/dnn/training-options.js';
import { expectClose } from './keras.js';
import { customers, SMALL } from './small-network.js';

const { columns, target, expected } = customers(256);
const offset = expected.map(Math.log);
const wasm = { backend: 'wasm' } as const;
const train = (options: Partial<TrainingOptions>, data: { offset?: Float64Array } = {}) =>
  trainNetwork({ columns, target, ...data }, { ...SMALL, ...options }, wasm);

describe('an offset', () => {
  it.each(['poisson', 'tweedie', 'negative_binomial'] as const)(
    'is the prediction of %s where nothing better was found',
    async (loss) => {
      // a learning rate at which every step makes it worse
      const { network } = await train({ loss, startAtOffset: true, learningRate: 1e3 }, { offset });
      expect(network.members[0]!.bestEpoch).toBe(0);
      const { mean } = await predictNetwork(network, { columns, offset }, wasm);
      expectClose('mean', mean, [...expected], 1e-13);
      const doubled = offset.map((o) => o + Math.log(2));
      const later = await predictNetwork(network, { columns, offset: doubled }, wasm);
      expectClose('mean', later.mean, [...expected.map((m) => 2 * m)], 1e-13);
    },
  );

  it('is the median of those who buy for ziln where nothing better was found', async () => {
    const { network } = await train({ loss: 'ziln', startAtOffset: true, learningRate: 1e3 }, { offset });
    expect(network.members[0]!.bestEpoch).toBe(0);
    const { quantile, cdf } = await predictNetwork(network, { columns, offset }, wasm);
    const zero = cdf!(new Float64Array(256))[0]!;
    expectClose('median', quantile!(zero + (1 - zero) / 2), [...expected], 1e-9);
  });

  it.each(['poisson', 'tweedie', 'negative_binomial', 'ziln'] as const)(
    'that is the same for all changes the unit of %s only',
    async (loss) => {
      const bare = await train({ loss });
      const constant = new Float64Array(256).fill(Math.log(bare.network.targetUnit));
      const shifted = await train({ loss }, { offset: constant });
      expect(shifted.network.weights).toEqual(bare.network.weights);
      const one = await predictNetwork(bare.network, { columns }, wasm);
      const other = await predictNetwork(shifted.network, { columns, offset: constant }, wasm);
      expectClose('mean', other.mean, [...one.mean], 1e-12);
    },
  );

  it('multiplies what a trained network predicts by its exponential, whatever the unit', async () => {
    for (const loss of Object.keys(LOSSES) as LossName[]) {
      if (!LOSSES[loss].takesOffset) continue;
      const { network } = await train({ loss }, { offset });
      const { mean } = await predictNetwork(network, { columns, offset }, wasm);
      const more = await predictNetwork(network, { columns, offset: offset.map((o) => o + 1) }, wasm);
      expectClose(loss, [...more.mean.map((m, i) => m / mean[i]!)], [...mean.map(() => Math.E)], 1e-12);
    }
  });

  it('scales with the currency: amounts in cents give a hundred times the prediction in euros', async () => {
    const cents = { columns, target: target.map((y) => 100 * y), offset: offset.map((o) => o + Math.log(100)) };
    const { network } = await trainNetwork(cents, { ...SMALL, loss: 'tweedie', startAtOffset: true }, wasm);
    const euros = await train({ loss: 'tweedie', startAtOffset: true }, { offset });
    const one = await predictNetwork(network, cents, wasm);
    const other = await predictNetwork(euros.network, { columns, offset }, wasm);
    expectClose('mean', one.mean, [...other.mean.map((m) => 100 * m)], 1e-4);
  });
});

describe('an offset that cannot be', () => {
  it.each([
    ['missing where the network was trained with one', true, undefined, {}],
    ['given where the network was trained without', false, offset, {}],
    ['too short', true, offset.slice(1), { found: '255 rows' }],
    ['not a number', true, offset.with(4, Number.NaN), { row: 5 }],
  ])('is refused by prediction: %s', async (_, trained, given, details) => {
    const { network } = await train({ epochs: 1 }, trained ? { offset } : {});
    const data: PredictionData = { columns, offset: given };
    await expect(predictNetwork(network, data, wasm)).rejects.toMatchObject({
      code: 'bad_columns',
      details: { column: 'offset', ...details },
    });
  });

  it('is refused by training: of mse, of another length, or infinite', async () => {
    await expect(train({ loss: 'mse' }, { offset })).rejects.toMatchObject({ code: 'bad_option' });
    const at = (bad: Float64Array) => train({}, { offset: bad });
    await expect(at(offset.slice(1))).rejects.toMatchObject({ code: 'bad_columns', details: { column: 'offset' } });
    await expect(at(offset.with(2, -Infinity))).rejects.toMatchObject({
      code: 'bad_columns',
      details: { column: 'offset', row: 3 },
    });
  });
});
