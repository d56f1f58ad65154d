/**
 * Layers in TensorFlow's own kernels, which tfjs-node has at hand: TensorFlow.js would compose them of several, and on a batch of a
 * few hundred rows a call costs about as much as its work.
 *
 * A batch is an image one row high: a customer is a pixel, a column a channel. So it goes through batch normalisation, which takes
 * images only, and through products without being reshaped.
 */
import * as tf from '@tensorflow/tfjs-core';
import { EPSILON, type Layers } from './layers.js';

export const tensorflowLayers: Layers = {
  batch: ({ values, rows, columns }) => tf.tensor4d(values, [1, 1, rows, columns]),

  /** Not by MatMul, though it is a little quicker: a signal while its AVX-512 kernel runs, as profilers send, destroys memory. */
  dense(x, kernel, bias) {
    const product = call('BatchMatMulV2', PRODUCT, x, kernel);
    return {
      y: bias ? call('BiasAdd', COLUMNS_LAST, product, bias) : product,
      back: (dy, needsInput) => ({
        ...(needsInput && { dx: call('BatchMatMulV2', SECOND_TURNED, dy, kernel) }),
        slopes: [call('BatchMatMulV2', FIRST_TURNED, x, dy), ...(bias ? [call('BiasAddGrad', COLUMNS_LAST, dy)] : [])],
      }),
    };
  },

  batchNorm(x, gamma, beta) {
    const none = tf.tensor1d([]); // moments to begin with
    const [y, mean, unbiased, ...saved] = calls(6, 'FusedBatchNormV3', MOMENTS_OF_BATCH, x, gamma, beta, none, none);
    const rows = x.shape[2]!;
    return {
      y: y!,
      moments: () => ({
        mean: mean!.dataSync<'float32'>(),
        variance: unbiased!.dataSync<'float32'>().map((v) => (v * (rows - 1)) / rows),
      }),
      back(dy) {
        const [dx, ...slopes] = calls(5, 'FusedBatchNormGradV3', BACK_TO_BATCH, dy, x, gamma, ...saved);
        return { dx: dx!, slopes: slopes.slice(0, 2) };
      },
    };
  },

  relu(x) {
    const y = call('Relu', FLOATS, x);
    return { y, back: (dy) => ({ dx: call('ReluGrad', FLOATS, dy, y), slopes: [] }) };
  },

  dropout(x, rate, bits) {
    const kept = tf.tensor(bits.mask(x.size, rate), x.shape);
    return { y: call('Mul', FLOATS, x, kept), back: (dy) => ({ dx: call('Mul', FLOATS, dy, kept), slopes: [] }) };
  },
};

/** What of tfjs-node's back end is used here. */
interface NodeBackend {
  executeMultipleOutputs(
    kernel: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

const calls = (outputs: number, kernel: string, attributes: readonly Attribute[], ...inputs: tf.Tensor[]) =>
  (tf.backend() as unknown as NodeBackend).executeMultipleOutputs(kernel, attributes, inputs, outputs);

const call = (kernel: string, attributes: readonly Attribute[], ...inputs: tf.Tensor[]): tf.Tensor =>
  calls(1, kernel, attributes, ...inputs)[0]!;

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: string | number | boolean;
}

/** Numbers that TensorFlow's C interface has for the kinds of attributes, and for float32. */
const KIND = { string: 0, number: 2, boolean: 3, type: 4 } as const;
const FLOAT32 = 1;

const float32 = (name: string): Attribute => ({ name, type: KIND.type, value: FLOAT32 });
const set = (name: string, value: boolean | number | string): Attribute => {
  return { name, type: KIND[typeof value as 'boolean' | 'number' | 'string'], value };
};

const FLOATS = [float32('T')];
const PRODUCT = [...FLOATS, set('adj_x', false), set('adj_y', false)];
const FIRST_TURNED = [...FLOATS, set('adj_x', true), set('adj_y', false)];
const SECOND_TURNED = [...FLOATS, set('adj_x', false), set('adj_y', true)];
const COLUMNS_LAST = [...FLOATS, set('data_format', 'NHWC')];
const BACK_TO_BATCH = [...COLUMNS_LAST, float32('U'), set('epsilon', EPSILON), set('is_training', true)];
const MOMENTS_OF_BATCH = [...BACK_TO_BATCH, set('exponential_avg_factor', 1)];
