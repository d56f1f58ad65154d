/** Each layer with its slopes, against Keras in float64; the back ends compute in float32. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Moments, Normalised, Pass } from '../../src/dnn/layers.js';
import { infer, layers } from '../../src/dnn/network.js';
import type { RandomBits } from '../../src/dnn/random-bits.js';
import { expectClose, flat, float32, keras } from './keras.js';
import { onEachBackEnd } from './on-each-back-end.js';

/** Rounding of float32 is 6e-8; sums of a few terms lose little more. */
const CLOSE = 5e-7;

const matrix = (rows: ReadonlyArray<readonly number[]>) => tf.tensor2d(rows.map((row) => [...row]));
const batch = (rows: ReadonlyArray<readonly number[]>) =>
  layers().batch({ rows: rows.length, columns: rows[0]!.length, values: float32(rows) });
const vector = (values: readonly number[]) => tf.tensor1d([...values]);

/** What a layer makes of its input, and the slopes of Σ output · upstream. */
function ran<P extends Pass>(make: () => P, upstream: ReadonlyArray<readonly number[]>) {
  let found!: { y: Float32Array; dx: Float32Array; slopes: Float32Array[]; moments: Moments | undefined };
  tf.tidy(() => {
    const pass = make();
    const { dx, slopes } = pass.back(batch(upstream), true);
    const numbers = (tensor: unknown) => (tensor as tf.Tensor).dataSync<'float32'>();
    found = {
      y: numbers(pass.y),
      dx: numbers(dx),
      slopes: slopes.map(numbers),
      moments: 'moments' in pass ? (pass as unknown as Normalised).moments() : undefined,
    };
  });
  return found;
}

onEachBackEnd('agrees with Keras to 5e-7', () => {
  it('in a dense layer', () => {
    const { input, kernel, bias, upstream, ...expected } = keras.dense;
    const { y, dx, slopes } = ran(() => layers().dense(batch(input), matrix(kernel), vector(bias)), upstream);
    expectClose('dense: output', y, expected.output_f64, CLOSE);
    expectClose('dense: slopes by kernel', slopes[0]!, expected.gradient_kernel_f64, CLOSE);
    expectClose('dense: slopes by bias', slopes[1]!, expected.gradient_bias_f64, CLOSE);
    expectClose('dense: slopes by input', dx, expected.gradient_input_f64, CLOSE);
  });

  it('in a dense layer without bias that is wider than what it reads, and in one that is narrower', () => {
    const { input, kernel, upstream, ...expected } = keras.dense;
    const wide = ran(() => layers().dense(batch(input), matrix(kernel)), upstream);
    expect(wide.slopes).toHaveLength(1);
    expectClose('dense: slopes by kernel', wide.slopes[0]!, expected.gradient_kernel_f64, CLOSE);
    // y = x · k: the slopes by k of Σ y · u are xᵀ · u, so those of reading u, with x upstream, are their transpose
    const narrow = ran(() => layers().dense(batch(upstream), tf.transpose(matrix(kernel))), input);
    const transposed = kernel[0]!.map((_, j) => expected.gradient_kernel_f64.map((row) => row[j]!));
    expectClose('dense: slopes by kernel', narrow.slopes[0]!, transposed, CLOSE);
  });

  it('in batch normalisation while it trains, with the moments of the batch', () => {
    const { input, gamma, beta, upstream, momentum, ...expected } = keras.batch_normalization;
    const { y, dx, slopes, moments } = ran(
      () => layers().batchNorm(batch(input), vector(gamma), vector(beta)),
      upstream,
    );
    expectClose('batch norm: output', y, expected.training_output_f64, CLOSE);
    expectClose('batch norm: slopes by gamma', slopes[0]!, expected.gradient_gamma_f64, CLOSE);
    expectClose('batch norm: slopes by beta', slopes[1]!, expected.gradient_beta_f64, CLOSE);
    expectClose('batch norm: slopes by input', dx, expected.gradient_input_f64, CLOSE);
    const updated = (old: readonly number[], latest: Float32Array) =>
      old.map((value, i) => momentum * value + (1 - momentum) * latest[i]!);
    const [mean, variance] = [
      updated(expected.moving_mean, moments!.mean),
      updated(expected.moving_variance, moments!.variance),
    ];
    expectClose('batch norm: moving mean', mean, expected.updated_moving_mean_f64, CLOSE);
    expectClose('batch norm: moving variance', variance, expected.updated_moving_variance_f64, CLOSE);
  });

  it('in batch normalisation with moving moments, as it predicts', () => {
    const { input, gamma, beta, moving_mean, moving_variance, inference_output_f64 } = keras.batch_normalization;
    const columns = gamma.length;
    const identity = float32(gamma.map((_, i) => gamma.map((_, j) => (i === j ? 1 : 0))));
    const raised = 4; // so that ReLU, which comes first, changes nothing
    const weights = [
      identity,
      new Float32Array(columns).fill(raised),
      ...[gamma, beta].map(float32),
      float32(moving_mean.map((mean) => mean + raised)),
      float32(moving_variance),
      identity,
      new Float32Array(columns),
    ];
    const layers = { hiddenUnits: [columns], batchNorm: true, order: 'activation_first', outputs: columns } as const;
    const inputs = { rows: input.length, columns, values: float32(input) };
    const y = infer({ ...layers, inputs: columns }, weights, inputs);
    expectClose('batch norm: inference', y, inference_output_f64, CLOSE);
  });

  it('in ReLU, whose slope at 0 is 0', () => {
    const { input, relu_f64, relu_derivative_f64 } = keras.activations;
    const { y, dx } = ran(() => layers().relu(batch([input])), [input.map(() => 1)]);
    expect(y).toEqual(float32(relu_f64));
    expect(dx).toEqual(float32(relu_derivative_f64));
  });

  it('in dropout, given its mask', () => {
    const { input, rate, mask, upstream, output_f64, gradient_input_f64 } = keras.dropout;
    const bits: RandomBits = { mask: (_, share) => float32(flat(mask).map((kept) => kept / (1 - share))) };
    const { y, dx } = ran(() => layers().dropout(batch(input), rate, bits), upstream);
    expectClose('dropout: output', y, output_f64, CLOSE);
    expectClose('dropout: slopes by input', dx, gradient_input_f64, CLOSE);
  });

  it('in the mean and variance of a column with 4,096 rows far from 0', () => {
    const column = Array.from({ length: 4096 }, (_, i) => [1000 + (i % 2)]);
    const { moments } = ran(() => layers().batchNorm(batch(column), vector([1]), vector([0])), column);
    expectClose('batch norm: mean', moments!.mean, [1000.5], CLOSE);
    expectClose('batch norm: variance', moments!.variance, [0.25], CLOSE);
  });
});

describe('a layer whose input nobody asks about', () => {
  it('computes no slopes by it', () => {
    const { input, kernel, upstream } = keras.dense;
    tf.tidy(() => {
      expect(layers().dense(batch(input), matrix(kernel)).back(batch(upstream), false)).not.toHaveProperty('dx');
    });
  });
});
