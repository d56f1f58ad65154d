/**
 * What the layers of a training pass have in common. TensorFlow.js multiplies and adds; each layer has its slopes by hand, since
 * recording a tape costs more than the work itself on networks of this size.
 *
 * Rows are customers. Everything runs inside a `tf.tidy` of the caller. Formulas and conventions are those of Keras.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from './inputs.js';
import type { RandomBits } from './random-bits.js';

/** What a layer made of a batch, and the way back through it. */
export interface Pass {
  readonly y: tf.Tensor;
  /** From slopes by `y` to slopes by the input (left out where nobody needs them) and by the layer's weights, in their order. */
  back(dy: tf.Tensor, needsInput: boolean): { readonly dx?: tf.Tensor; readonly slopes: readonly tf.Tensor[] };
}

export interface Normalised extends Pass {
  moments(): Moments;
}

/** Mean and biased variance of each column of a batch. */
export interface Moments {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Added to a variance before it divides; Keras's default. */
export const EPSILON = 1e-3;

/** The same layers in the operations that a back end is quick at. */
export interface Layers {
  /** A batch, or slopes by what was made of one, in the shape that these layers read and make. */
  batch(matrix: Matrix): tf.Tensor;
  /** y = x · kernel (+ bias). */
  dense(x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor): Pass;
  /** Batch normalisation with the moments of the batch. Ioffe & Szegedy (2015), algorithm 1. */
  batchNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): Normalised;
  /** max(x, 0). */
  relu(x: tf.Tensor): Pass;
  /** Sets the share `rate` of the cells to 0 and divides the others by 1 − rate. Srivastava et al. (2014). */
  dropout(x: tf.Tensor, rate: number, bits: RandomBits): Pass;
}
