/** What training promises, on each back end. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOSSES, type LossName } from '../../src/dnn/losses.js';
import { predictNetwork } from '../../src/dnn/predict-network.js';
import { rowsOf } from '../../src/dnn/rows.js';
import type { Epoch } from '../../src/dnn/train-member.js';
import { type TrainingData, trainNetwork } from '../../src/dnn/train-network.js';
import type { TrainingOptions } from '../../src/dnn/training-options.js';
import { expectClose } from './keras.js';
import { onEachBackEnd } from './on-each-back-end.js';
import { customers, SMALL } from './small-network.js';

const meanSquare = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0) / values.length;
const wasm = { backend: 'wasm' } as const;

onEachBackEnd('a network', (backend) => {
  const { columns, target, expected } = customers(1500);
  const train = (options: Partial<TrainingOptions>, data: TrainingData = { columns, target }) =>
    trainNetwork(data, { ...SMALL, ...options }, { backend });

  it('has the same weights for the same seed, and others for another', async () => {
    const data = {
      columns: rowsOf(
        columns,
        Int32Array.from({ length: 200 }, (_, i) => i),
      ),
      target: target.slice(0, 200),
    };
    const first = await train({ members: 2 }, data);
    expect((await train({ members: 2 }, data)).network).toEqual(first.network);
    const other = await train({ members: 2, seed: 2 }, data);
    other.network.weights.forEach((member, k) => {
      expect(member[0]).not.toEqual(first.network.weights[k]![0]);
    });
    expect(first.network.weights[0]).not.toEqual(first.network.weights[1]);
  });

  it.each(Object.keys(LOSSES) as LossName[])('learns a mean that bends, by loss %s', async (loss) => {
    const { network, outOfSample } = await train({
      loss,
      members: 2,
      epochs: 12,
      hiddenUnits: [16],
      learningRate: 0.03,
    });
    const centre = expected.reduce((sum, m) => sum + m / expected.length, 0);
    const unexplained = meanSquare(expected.map((m, i) => m - outOfSample[i]!));
    expect(unexplained / meanSquare(expected.map((m) => m - centre))).toBeLessThan(0.3);
    expect(network.findings.filter(({ code }) => code !== 'still_learning')).toEqual([]); // its epochs are few
  });

  it.each(['norm_first', 'activation_first'] as const)('learns in the order %s', async (order) => {
    const { outOfSample } = await train({ order, members: 2, epochs: 12, hiddenUnits: [16, 8] });
    const centre = expected.reduce((sum, m) => sum + m / expected.length, 0);
    const unexplained = meanSquare(expected.map((m, i) => m - outOfSample[i]!));
    expect(unexplained / meanSquare(expected.map((m) => m - centre))).toBeLessThan(0.3);
  });

  it('leaves no tensor behind, in training and in prediction', async () => {
    const before = tf.memory().numTensors;
    const { network } = await train({ members: 2, epochs: 2 });
    await predictNetwork(network, { columns }, { backend });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('predicts a row of its own as it does among others', async () => {
    const { network } = await train({ loss: 'ziln', epochs: 2 });
    const all = await predictNetwork(network, { columns }, { backend });
    const some = Int32Array.of(1499, 3);
    const few = await predictNetwork(network, { columns: rowsOf(columns, some) }, { backend });
    const at = (values: Float64Array) => [...some].map((row) => values[row]!);
    expectClose('mean', few.mean, at(all.mean), 1e-5);
    expectClose('median', few.quantile!(0.5), at(all.quantile!(0.5)), 1e-5);
    expectClose('cdf', few.cdf!([2, 2]), at(all.cdf!(new Float64Array(1500).fill(2))), 1e-5);
  });
});

describe('several members', () => {
  it('predict with the mean of their outputs', async () => {
    const { columns, target } = customers(100);
    const { network } = await trainNetwork({ columns, target }, { ...SMALL, members: 3 }, wasm);
    const logs = await Promise.all(
      network.weights.map(async (weights) => {
        const { mean } = await predictNetwork({ ...network, weights: [weights] }, { columns }, wasm);
        return mean.map(Math.log); // of poisson: the output, but for the unit
      }),
    );
    const { mean } = await predictNetwork(network, { columns }, wasm);
    expectClose(
      'members',
      mean.map(Math.log),
      [...mean.map((_, i) => (logs[0]![i]! + logs[1]![i]! + logs[2]![i]!) / 3)],
      1e-6,
    );
  });
});

describe('rows put aside', () => {
  const { columns, target } = customers(256);
  const integers = fc.array(fc.nat(50), { minLength: 64, maxLength: 64 });
  const validation = Int32Array.from({ length: 64 }, (_, i) => 4 * i);

  /** The training loss of each epoch: equal to the last digit only if the weights were the same all along. */
  async function losses(data: TrainingData, options: Partial<TrainingOptions>): Promise<number[]> {
    const history: Epoch[] = [];
    const onEpoch = (epoch: Epoch) => history.push(epoch) > 0;
    await trainNetwork(data, { ...SMALL, patience: SMALL.epochs, ...options }, { ...wasm, onEpoch });
    expect(history).toHaveLength(SMALL.epochs);
    return history.map(({ loss }) => loss);
  }

  it('for validation change no weight by their targets or columns', async () => {
    const first = await losses({ columns, target, validation }, { loss: 'negative_binomial' });
    await fc.assert(
      fc.asyncProperty(integers, async (values) => {
        const changed = { x: columns.x.slice(), z: columns.z };
        const counts = target.slice();
        validation.forEach((row, i) => {
          counts[row] = values[i]!;
          changed.x[row] = values[i]! * 100;
        });
        const found = await losses({ columns: changed, target: counts, validation }, { loss: 'negative_binomial' });
        expect(found).toEqual(first);
      }),
      { seed: 1, numRuns: 8, endOnFailure: true },
    );
  });

  it('of one customer stay together', async () => {
    const customer = Int32Array.from(target, (_, row) => row % 50);
    const data = { columns, target, customer };
    const one = await trainNetwork(data, { ...SMALL, epochs: 1 }, wasm);
    for (let who = 0; who < 50; who++) {
      expect(new Set([...one.outOfSample].filter((_, row) => row % 50 === who).map(Number.isNaN)).size).toBe(1);
    }
    const several = await trainNetwork(data, { ...SMALL, epochs: 1, members: 4 }, wasm);
    const alone = await Promise.all(
      several.network.weights.map((weights) => predictNetwork({ ...several.network, weights: [weights] }, data, wasm)),
    );
    // which member said it: the one that had put the row aside
    const aside = [...several.outOfSample].map((mean, row) => {
      const distances = alone.map((member) => Math.abs(member.mean[row]! - mean));
      return distances.indexOf(Math.min(...distances));
    });
    const folds = Array.from({ length: 50 }, (_, who) => new Set(aside.filter((_, row) => row % 50 === who)));
    expect(folds.every(({ size }) => size === 1)).toBe(true);
    const sizes = [0, 1, 2, 3].map((fold) => folds.filter((own) => own.has(fold)).length);
    expect(sizes.sort()).toEqual([12, 12, 13, 13]);
  });

  it.each([2, 5])('leave no row without a prediction out of sample with %d members', async (members) => {
    const { outOfSample, network } = await trainNetwork({ columns, target }, { ...SMALL, epochs: 1, members }, wasm);
    expect(outOfSample.every(Number.isFinite)).toBe(true);
    expect(network.weights).toHaveLength(members);
  });

  it('are a share of the customers for a network alone, and the rows that the caller chose', async () => {
    const { outOfSample } = await trainNetwork({ columns, target }, { ...SMALL, epochs: 1 }, wasm);
    expect(outOfSample.filter(Number.isFinite)).toHaveLength(64);
    const chosen = await trainNetwork({ columns, target, validation }, { ...SMALL, epochs: 1, members: 2 }, wasm);
    expect([...chosen.outOfSample].flatMap((mean, row) => (Number.isNaN(mean) ? [] : [row]))).toEqual([...validation]);
  });
});

describe('weights of rows', () => {
  it('count as so many equal rows would', async () => {
    const { columns, target } = customers(120);
    const validation = Int32Array.from({ length: 20 }, (_, row) => row);
    const weight = Float64Array.from(target, (_, row) => (row >= 100 ? 3 : 1));
    const thrice = Int32Array.from({ length: 160 }, (_, row) => (row < 120 ? row : 100 + (row % 20)));
    // one batch, without what depends on the number of rows in it
    const options: TrainingOptions = {
      ...{
        ...SMALL,
        loss: 'negative_binomial',
        batchSize: 1000,
        batchNorm: false,
        dropout: 0,
        epochs: 20,
        patience: 20,
      },
    };
    const surroundings = { ...wasm, style: 'raw' } as const;
    const weighted = await trainNetwork({ columns, target, weight, validation }, options, surroundings);
    const repeated = await trainNetwork(
      { columns: rowsOf(columns, thrice), target: Float64Array.from(thrice, (row) => target[row]!), validation },
      options,
      surroundings,
    );
    const [one, other] = [weighted.network, repeated.network];
    expect(one.members[0]!.bestEpoch).toBe(20);
    one.weights[0]!.forEach((w, k) => {
      expectClose('weights', w, [...other.weights[0]![k]!], 1e-4);
    });
  });
});
