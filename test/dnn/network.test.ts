/** A whole network in training and in prediction, against Keras; and what Keras has no golden values for, against differences. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOSSES } from '../../src/dnn/losses.js';
import {
  type Architecture,
  infer,
  initialWeights,
  isTrained,
  trainingPass,
  weightSpecs,
} from '../../src/dnn/network.js';
import { randomBits } from '../../src/dnn/random-bits.js';
import { lossOf } from '../../src/dnn/train-member.js';
import { randomStream } from '../../src/kernels/random.js';
import { expectClose, float32, type GoldenNetwork, keras } from './keras.js';
import { onEachBackEnd } from './on-each-back-end.js';

/** In float32 through two hidden layers. */
const CLOSE = 1e-6;

const { network } = keras;
const inputs = { rows: network.input.length, columns: network.input[0]!.length, values: float32(network.input) };

/** The golden network as ours: without the biases that batch normalisation takes away again. */
function golden(name: keyof typeof network.losses) {
  const one: GoldenNetwork = network.losses[name];
  const loss = LOSSES[name];
  const architecture: Architecture = {
    ...{ inputs: inputs.columns, outputs: loss.outputs, hiddenUnits: [5, 3] },
    ...{ batchNorm: true, order: 'norm_first' },
  };
  const hidden = [1, 2].flatMap((layer) => {
    const { kernel, bias } = network.weights[`dense_${layer}`]!;
    const { gamma, beta, moving_mean, moving_variance } = network.weights[`batch_normalization_${layer}`]!;
    const unbiased = moving_mean.map((mean, i) => mean - bias[i]!);
    return [kernel, gamma, beta, unbiased, moving_variance].map(float32);
  });
  return { one, loss, architecture, weights: [...hidden, float32(one.head.kernel), float32(one.head.bias)] };
}

const none = randomBits(1); // nothing is dropped

onEachBackEnd('agrees with Keras to 1e-6', () => {
  describe.each(['mse', 'poisson', 'negative_binomial', 'ziln'] as const)('in a network with loss %s', (name) => {
    const { one, loss, architecture, weights } = golden(name);
    const offset = Float64Array.from(loss.takesOffset && name !== 'ziln' ? network.offset : one.y, (value) =>
      loss.takesOffset && name !== 'ziln' ? value : 0,
    );
    const weight = Float64Array.from(network.sample_weight, (w) => (name === 'mse' || name === 'ziln' ? 1 : w));
    const found = () =>
      trainingPass({ ...architecture, dropout: 0 }, weights, inputs, none, (pass) => {
        const {
          value,
          weight: all,
          byOutputs,
        } = lossOf(loss, pass.outputs, {
          ...{ target: Float64Array.from(one.y), offset, weight },
        });
        return { outputs: pass.outputs, moments: pass.moments, loss: value / all, slopes: pass.slopes(byOutputs) };
      });

    it('outputs and loss of a training pass', () => {
      expectClose(`${name}: training outputs`, found().outputs, one.training_output_f64, CLOSE);
      expectClose(`${name}: loss`, [found().loss], one.loss_f64, CLOSE);
    });

    it('slopes by every weight', () => {
      const expected = [1, 2].flatMap((layer) => {
        const { gamma, beta } = one.gradient_f64[`batch_normalization_${layer}`]!;
        return [one.gradient_f64[`dense_${layer}`]!.kernel, gamma, beta];
      });
      const { slopes } = found();
      const all = [...expected, one.gradient_f64.head!.kernel, one.gradient_f64.head!.bias];
      expect(slopes).toHaveLength(all.length);
      all.forEach((truth, i) => {
        expectClose(`${name}: slopes`, slopes[i]!, truth, CLOSE);
      });
    });

    it('moments that batch normalisation follows', () => {
      found().moments.forEach(({ mean, variance }, i) => {
        const { moving_mean, moving_variance } = network.weights[`batch_normalization_${i + 1}`]!;
        const { bias } = network.weights[`dense_${i + 1}`]!;
        const updated = one.updated_moving_statistics_f64[`batch_normalization_${i + 1}`]!;
        const follow = (old: number, latest: number) => network.momentum * old + (1 - network.momentum) * latest;
        const means = moving_mean.map((old, unit) => follow(old, mean[unit]! + bias[unit]!));
        const variances = moving_variance.map((old, unit) => follow(old, variance[unit]!));
        expectClose(`${name}: moving mean`, means, updated.moving_mean, CLOSE);
        expectClose(`${name}: moving variance`, variances, updated.moving_variance, CLOSE);
      });
    });

    it('predictions', () => {
      const outputs = infer(architecture, weights, inputs);
      expectClose(`${name}: inference`, outputs, one.inference_output_f64, CLOSE);
    });
  });
});

const stream = randomStream(3);
const drawn = (length: number) => Float32Array.from({ length }, () => 2 * stream.uniform() - 1);
const ROWS = 64;
const batch = { rows: ROWS, columns: 3, values: drawn(3 * ROWS) };
const examples = {
  target: Float64Array.from(drawn(ROWS), (x) => 2 * x),
  offset: new Float64Array(ROWS),
  weight: Float64Array.from(drawn(ROWS), (x) => 1.5 + x),
};

const KINDS = (['norm_first', 'activation_first'] as const).flatMap((order) =>
  [true, false].flatMap((batchNorm) =>
    [0, 0.3].map((dropout) => ({
      ...{ order, batchNorm, dropout, hiddenUnits: [6, 4], inputs: 3, outputs: 1 },
    })),
  ),
);

onEachBackEnd('a network', () => {
  it.each(KINDS)('has the slopes of its loss: $order, batch norm $batchNorm, dropout $dropout', (kind) => {
    const weights = initialWeights(kind, 5, [0.1]);
    weightSpecs(kind).forEach(({ role, layer }, k) => {
      if (role === 'bias' || layer === 2) weights[k] = drawn(weights[k]!.length); // at 0, rows that dropout empties stand on the kink of ReLU, and the last kernel lets nothing through
    });
    const trained = weightSpecs(kind).flatMap((spec, k) => (isTrained(spec) ? [k] : []));
    const run = (at: readonly Float32Array[]) =>
      trainingPass(kind, at, batch, randomBits(9), ({ outputs, slopes }) => {
        const { value, weight, byOutputs } = lossOf(LOSSES.mse, outputs, examples);
        return { loss: value / weight, slopes: slopes(byOutputs) };
      });
    const { slopes } = run(weights);
    trained.forEach((k, i) => {
      // along the slopes themselves the loss rises by their square; few units cross the kink of ReLU on so short a step
      const length = Math.hypot(...slopes[i]!);
      const moved = (step: number) =>
        run(weights.map((w, j) => (j === k ? w.map((x, cell) => x + (step * slopes[i]![cell]!) / length) : w))).loss;
      const step = 5e-4;
      expect(Math.abs((moved(step) - moved(-step)) / (2 * step) - length), `weight array ${k}`).toBeLessThan(
        1e-2 * Math.max(length, 0.1),
      );
    });
  });

  it.each(['norm_first', 'activation_first'] as const)(
    'predicts with the moments of a batch what it said of that batch: %s',
    (order) => {
      const kind = { ...KINDS[0]!, order, dropout: 0 };
      const weights = initialWeights(kind, 6, [0.1]);
      weights[weights.length - 2] = drawn(4);
      const said = trainingPass(kind, weights, batch, none, ({ outputs, moments }) => ({ outputs, moments }));
      weightSpecs(kind).forEach(({ role, layer }, k) => {
        if (role === 'moving_mean') weights[k]!.set(said.moments[layer]!.mean);
        if (role === 'moving_variance') weights[k]!.set(said.moments[layer]!.variance);
      });
      expectClose('inference', infer(kind, weights, batch), [...said.outputs], 1e-5);
    },
  );

  it('says the same of a row wherever it stands, also among more rows than go through at once', () => {
    const kind = KINDS[0]!;
    const weights = initialWeights(kind, 7, [0]);
    weights[weights.length - 2] = drawn(4);
    const rows = 4096 + ROWS;
    const many = { rows, columns: 3, values: new Float32Array(3 * rows).map((_, i) => batch.values[i % (3 * ROWS)]!) };
    const alone = infer(kind, weights, batch);
    const among = infer(kind, weights, many);
    expectClose('rows', among, [...among.map((_, i) => alone[i % ROWS]!)], 1e-6);
  });
});

describe('the weights that a network begins with', () => {
  it('lie within the limits of Glorot & Bengio, spread evenly, with neutral batch normalisation', () => {
    const kind = { ...KINDS[0]!, hiddenUnits: [200], inputs: 100 };
    const [kernel, gamma, beta, mean, variance] = initialWeights(kind, 1, [0.25]);
    const limit = Math.sqrt(6 / 300);
    expect(Math.max(...kernel!.map(Math.abs))).toBeLessThanOrEqual(limit);
    const square = kernel!.reduce((sum, w) => sum + w * w, 0) / kernel!.length;
    expect(square / (limit ** 2 / 3)).toBeCloseTo(1, 1);
    expect([gamma, beta, mean, variance].map((weights) => new Set(weights))).toEqual(
      [1, 0, 0, 1].map((value) => new Set([value])),
    );
  });

  it('are zero in the last kernel, so that the first prediction is the last bias', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const weights = initialWeights(KINDS[0]!, seed, [0.25]);
        expect(weights.at(-2)).toEqual(new Float32Array(4));
        expect(weights.at(-1)).toEqual(Float32Array.of(0.25));
      }),
      { seed: 1, numRuns: 20, endOnFailure: true },
    );
  });
});
