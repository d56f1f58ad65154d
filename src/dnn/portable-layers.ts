/** Layers in operations that every back end of TensorFlow.js has, chosen for wasm, which is quick at plain products and at pooling. */
import * as tf from '@tensorflow/tfjs-core';
import { EPSILON, type Layers } from './layers.js';

export const portableLayers: Layers = {
  batch: ({ values, rows, columns }) => tf.tensor2d(values, [rows, columns]),

  dense: (x, kernel, bias) => ({
    y: tf.fused.matMul({ a: x, b: kernel, ...(bias && { bias }) }),
    back: (dy, needsInput) => ({
      ...(needsInput && { dx: tf.matMul(dy, tf.transpose(kernel)) }),
      slopes: [productOver(x, dy), ...(bias ? [columnSums(dy)] : [])],
    }),
  }),

  batchNorm(x, gamma, beta) {
    const mean = columnMeans(x);
    const centred = tf.sub(x, mean);
    const variance = columnMeans(tf.square(centred));
    const inverse = tf.rsqrt(tf.add(variance, EPSILON));
    const standard = tf.mul(centred, inverse);
    return {
      y: tf.add(tf.mul(standard, gamma), beta),
      moments: () => ({ mean: mean.dataSync<'float32'>(), variance: variance.dataSync<'float32'>() }),
      back(dy, needsInput) {
        const rows = x.shape[0]!;
        const along = columnMeans(tf.mul(dy, standard));
        const level = columnMeans(dy);
        return {
          ...(needsInput && {
            dx: tf.mul(tf.sub(dy, tf.add(tf.mul(standard, along), level)), tf.mul(gamma, inverse)),
          }),
          slopes: [tf.mul(along, rows), tf.mul(level, rows)],
        };
      },
    };
  },

  relu: (x) => ({ y: tf.relu(x), back: (dy) => ({ dx: tf.mul(dy, tf.step(x)), slopes: [] }) }),

  dropout(x, rate, bits) {
    const kept = tf.tensor(bits.mask(x.size, rate), x.shape);
    return { y: tf.mul(x, kept), back: (dy) => ({ dx: tf.mul(dy, kept), slopes: [] }) };
  },
};

/** aᵀ · b: the wasm back end is slow at products that transpose, so the narrower is turned first. */
function productOver(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return a.shape[1]! <= b.shape[1]! ? tf.matMul(tf.transpose(a), b) : tf.transpose(tf.matMul(tf.transpose(b), a));
}

/** Mean of each column. The wasm back end is slow at sums down a column; pooling needs no transposed copy. */
function columnMeans(x: tf.Tensor): tf.Tensor1D {
  const [rows, columns] = x.shape as [number, number];
  const image = tf.reshape(x, [1, rows, 1, columns]) as tf.Tensor4D;
  return tf.reshape(tf.avgPool(image, [rows, 1], 1, 'valid'), [columns]);
}

const columnSums = (x: tf.Tensor): tf.Tensor => tf.mul(columnMeans(x), x.shape[0]!);
