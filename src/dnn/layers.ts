/**
 * The layers of a training pass, each with its slopes by hand: TensorFlow.js multiplies and adds, without recording a tape,
 * which costs more than the work itself on networks of this size.
 *
 * Rows are customers. Everything runs inside a `tf.tidy` of the caller. Formulas and conventions are those of Keras.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomBits } from './random-bits.js';

/** What a layer made of a batch, and the way back through it. */
export interface Pass {
  readonly y: tf.Tensor2D;
  /** From slopes by `y` to slopes by the input (left out where nobody needs them) and by the layer's weights, in their order. */
  back(dy: tf.Tensor2D, needsInput: boolean): { readonly dx?: tf.Tensor2D; readonly slopes: readonly tf.Tensor[] };
}

/** y = x · kernel (+ bias). */
export function dense(x: tf.Tensor2D, kernel: tf.Tensor2D, bias?: tf.Tensor1D): Pass {
  return {
    y: tf.fused.matMul({ a: x, b: kernel, ...(bias && { bias }) }) as tf.Tensor2D,
    back: (dy, needsInput) => ({
      ...(needsInput && {
        dx: (onWasm() ? tf.matMul(dy, tf.transpose(kernel)) : tf.matMul(dy, kernel, false, true)) as tf.Tensor2D,
      }),
      slopes: [productOver(x, dy), ...(bias ? [tf.mul(columnMeans(dy), dy.shape[0])] : [])],
    }),
  };
}

/** The wasm back end is quick at plain products and slow at transposed ones and at sums down a column. */
const onWasm = (): boolean => tf.getBackend() === 'wasm';

/** aᵀ · b. */
function productOver(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor {
  if (!onWasm()) return tf.matMul(a, b, true);
  return a.shape[1] <= b.shape[1] // the narrower is transposed
    ? tf.matMul(tf.transpose(a), b)
    : tf.transpose(tf.matMul(tf.transpose(b), a) as tf.Tensor2D);
}

/** Mean of each column. Pooling needs no transposed copy. */
function columnMeans(x: tf.Tensor2D): tf.Tensor1D {
  const [rows, columns] = x.shape;
  if (!onWasm()) return tf.mean(x, 0);
  const image = tf.reshape(x, [1, rows, 1, columns]) as tf.Tensor4D;
  return tf.reshape(tf.avgPool(image, [rows, 1], 1, 'valid'), [columns]);
}

/** Added to a variance before it divides; Keras's default. */
export const EPSILON = 1e-3;

export interface Normalised extends Pass {
  /** Of the batch, biased, one a column. */
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Batch normalisation with the moments of the batch. Ioffe & Szegedy (2015), algorithm 1. */
export function batchNorm(x: tf.Tensor2D, gamma: tf.Tensor1D, beta: tf.Tensor1D): Normalised {
  const mean = columnMeans(x);
  const centred = tf.sub(x, mean) as tf.Tensor2D;
  const variance = columnMeans(tf.square(centred));
  const inverse = tf.rsqrt(tf.add(variance, EPSILON));
  const standard = tf.mul(centred, inverse) as tf.Tensor2D;
  return {
    y: tf.add(tf.mul(standard, gamma), beta) as tf.Tensor2D,
    mean,
    variance,
    back(dy, needsInput) {
      const rows = x.shape[0];
      const along = columnMeans(tf.mul(dy, standard) as tf.Tensor2D);
      const level = columnMeans(dy);
      return {
        ...(needsInput && {
          dx: tf.mul(tf.sub(dy, tf.add(tf.mul(standard, along), level)), tf.mul(gamma, inverse)) as tf.Tensor2D,
        }),
        slopes: [tf.mul(along, rows), tf.mul(level, rows)],
      };
    },
  };
}

/** max(x, 0). */
export function relu(x: tf.Tensor2D): Pass {
  const positive = () => (onWasm() ? tf.step(x) : tf.cast(tf.greater(x, 0), 'float32')); // one call each
  return { y: tf.relu(x), back: (dy) => ({ dx: tf.mul(dy, positive()) as tf.Tensor2D, slopes: [] }) };
}

/** Sets the share `rate` of the cells to 0 and divides the others by 1 − rate. Srivastava et al. (2014). */
export function dropout(x: tf.Tensor2D, rate: number, bits: RandomBits): Pass {
  const kept = tf.tensor2d(bits.mask(x.size, rate), x.shape);
  return { y: tf.mul(x, kept) as tf.Tensor2D, back: (dy) => ({ dx: tf.mul(dy, kept) as tf.Tensor2D, slopes: [] }) };
}
