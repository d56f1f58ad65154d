/** One network: its steps, its penalties, and the epoch that it keeps. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/dnn/backend.js';
import { LOSSES } from '../../src/dnn/losses.js';
import { initialWeights, weightSpecs } from '../../src/dnn/network.js';
import { type Epoch, type Examples, trainMember } from '../../src/dnn/train-member.js';
import type { TrainingOptions } from '../../src/dnn/training-options.js';
import { expectClose, flat, keras } from './keras.js';
import { customers, SMALL } from './small-network.js';

beforeAll(() => openBackend('wasm'));

const { columns, target } = customers(64);
const inputs = { rows: 64, columns: 2, values: Float32Array.from(target, () => 0) };
const values = new Float32Array(128).map((_, i) => (i % 2 ? columns.z : columns.x)[i >> 1]!);
const examples: Examples = {
  ...{ inputs: { ...inputs, values }, target: target.map((y) => y / 5) },
  ...{ offset: new Float64Array(64), weight: new Float64Array(64).fill(1) },
};
const rows = {
  training: Int32Array.from({ length: 48 }, (_, i) => i),
  validation: Int32Array.from({ length: 16 }, (_, i) => 48 + i),
};
const member = (options: Partial<TrainingOptions>, onEpoch: (epoch: Epoch) => boolean = () => true) =>
  trainMember(examples, rows, { ...SMALL, ...options }, 1, undefined, onEpoch);

describe('penalties', () => {
  /** One plain step of a whole batch. */
  const step: Partial<TrainingOptions> = {
    ...{ optimizer: 'SGD', learningRate: 0.05, batchSize: 64, epochs: 1, dropout: 0, learningDecayRate: 1, l2: 0 },
  };
  const architecture = { ...SMALL, inputs: 2, outputs: 1 };

  it.each([
    { l1: keras.regularizers.l1.l1, l2: 0 },
    { l1: 0, l2: keras.regularizers.l2.l2 },
    { l1: 0.01, l2: 0.02 },
  ])('of $l1 and $l2 move kernels, and only kernels, by l1 · sign(w) + 2 · l2 · w', async ({ l1, l2 }) => {
    // of Keras, on its kernel:
    const { kernel, l1_l2 } = keras.regularizers;
    const slope = (w: number, of: { l1: number; l2: number }) => of.l1 * Math.sign(w) + 2 * of.l2 * w;
    const inKeras = flat(kernel).map((w) => slope(w, l1_l2));
    expectClose('Keras', inKeras, l1_l2.gradient_f64, 1e-15);
    // and ours, on the weights that training begins with:
    const begun = initialWeights(architecture, 1, []);
    const [free, held] = [await member(step), await member({ ...step, l1, l2 })];
    expect([free.bestEpoch, held.bestEpoch]).toEqual([1, 1]);
    weightSpecs(architecture).forEach(({ role }, k) => {
      const moved = held.weights[k]!.map((w, i) => w - free.weights[k]![i]!);
      const expected =
        role === 'kernel'
          ? [...begun[k]!.map((w) => -0.05 * slope(w, { l1, l2 }))]
          : new Array<number>(moved.length).fill(0);
      expectClose(role, moved, expected, 1e-7);
    });
  });

  it('of ProximalAdagrad set weights to exactly 0 that a network can do without', async () => {
    const found = await member({
      optimizer: 'ProximalAdagrad',
      l1: 0.3,
      hiddenUnits: [],
      learningRate: 0.1,
      epochs: 30,
    });
    expect(found.weights[0]).toContain(0);
  });
});

describe('the epoch that is kept', () => {
  it('is the best on validation, whose loss its weights give', async () => {
    const { bestEpoch, bestLoss, history, stopped } = await member({ epochs: 30, patience: 30, learningRate: 0.05 });
    expect(stopped).toBe('epochs');
    expect(history.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(bestLoss).toBe(Math.min(...history.map(({ validationLoss }) => validationLoss)));
    expect(history[bestEpoch - 1]!.validationLoss).toBe(bestLoss);
  });

  it('comes with the root of the mean squared error of its means, which of mse is that of the loss', async () => {
    const { history } = await member({ loss: 'mse' });
    for (const { validationLoss, validationRmse } of history)
      expect(validationRmse ** 2).toBeCloseTo(validationLoss, 12);
  });

  it('is as it would be, had training ended there', async () => {
    const long = await member({ epochs: 30, patience: 30, learningRate: 0.05, learningDecayRate: 1 });
    const short = await member({ epochs: long.bestEpoch, patience: 30, learningRate: 0.05, learningDecayRate: 1 });
    expect(short.bestEpoch).toBe(long.bestEpoch);
    expect(short.weights).toEqual(long.weights);
  });

  it('is waited for so many epochs and no longer', async () => {
    const { bestEpoch, history, stopped } = await member({ epochs: 500, patience: 3, learningRate: 0.1 });
    expect(stopped).toBe('patience');
    expect(history).toHaveLength(bestEpoch + 3);
  });

  it('is the last before a caller says stop', async () => {
    const seen: number[] = [];
    const { history } = await member({ epochs: 50 }, ({ epoch }) => {
      seen.push(epoch);
      return epoch < 2;
    });
    expect(seen).toEqual([1, 2]);
    expect(history).toHaveLength(2);
  });

  it('is the beginning where steps only make it worse, without a loss in its record that is no number', async () => {
    const { bestEpoch, history, stopped, weights } = await member({ learningRate: 1e30, optimizer: 'SGD' });
    expect({ bestEpoch, stopped }).toEqual({ bestEpoch: 0, stopped: 'diverged' });
    expect(history.every(({ loss, validationLoss }) => Number.isFinite(loss + validationLoss))).toBe(true);
    const { training } = rows;
    const mean = LOSSES.poisson.start(
      Float64Array.from(training, (row) => examples.target[row]!),
      new Float64Array(48),
      new Float64Array(48).fill(1),
    );
    expect(weights).toEqual(initialWeights({ ...SMALL, inputs: 2, outputs: 1 }, 1, mean));
  });
});
