/** A network as weights: dense layers with batch normalisation, ReLU and dropout between them, and a dense layer at the end. */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../kernels/random.js';
import type { Matrix } from './inputs.js';
import { EPSILON, type Layers, type Moments, type Normalised, type Pass } from './layers.js';
import { portableLayers } from './portable-layers.js';
import type { RandomBits } from './random-bits.js';
import { tensorflowLayers } from './tensorflow-layers.js';
import type { TrainingOptions } from './training-options.js';

export type Architecture = Pick<TrainingOptions, 'hiddenUnits' | 'batchNorm' | 'order'> & {
  readonly inputs: number;
  readonly outputs: number;
};

/** A weight array: which layer it is of, what it is there, and its shape. */
export interface WeightSpec {
  readonly layer: number;
  readonly role: 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance';
  readonly shape: readonly number[];
}

/**
 * The weight arrays of a network, in their order. Dense layers before a batch normalisation have no bias: it would be
 * subtracted again.
 */
export function weightSpecs({ inputs, outputs, hiddenUnits, batchNorm: normal, order }: Architecture): WeightSpec[] {
  const specs: WeightSpec[] = [];
  let from = inputs;
  hiddenUnits.forEach((units, layer) => {
    specs.push({ layer, role: 'kernel', shape: [from, units] });
    if (!normal || order === 'activation_first') specs.push({ layer, role: 'bias', shape: [units] });
    if (normal) {
      for (const role of ['gamma', 'beta', 'moving_mean', 'moving_variance'] as const) {
        specs.push({ layer, role, shape: [units] });
      }
    }
    from = units;
  });
  const layer = hiddenUnits.length;
  specs.push({ layer, role: 'kernel', shape: [from, outputs] }, { layer, role: 'bias', shape: [outputs] });
  return specs;
}

/** Cells of all kernels: multiplications a row. */
export const kernelCells = (architecture: Architecture): number =>
  weightSpecs(architecture).reduce((sum, spec) => sum + (spec.role === 'kernel' ? sizeOf(spec) : 0), 0);

/** Whether training steps change it; moving moments follow the batches instead. */
export const isTrained = ({ role }: WeightSpec): boolean => !role.startsWith('moving');

const sizeOf = ({ shape }: WeightSpec): number => shape.reduce((product, length) => product * length, 1);

/**
 * Weights to begin with: kernels uniform in ±√(6 / (inputs + outputs)) (Glorot & Bengio 2010), batch normalisation neutral, and
 * the last kernel zero, so that the first prediction is what `lastBias` says, for everyone.
 */
export function initialWeights(architecture: Architecture, seed: number, lastBias: readonly number[]): Float32Array[] {
  const stream = randomStream(seed);
  const last = architecture.hiddenUnits.length;
  return weightSpecs(architecture).map((spec) => {
    const weights = new Float32Array(sizeOf(spec));
    if (spec.role === 'gamma' || spec.role === 'moving_variance') return weights.fill(1);
    if (spec.role === 'bias' && spec.layer === last) weights.set(lastBias);
    if (spec.role !== 'kernel' || spec.layer === last) return weights;
    const limit = Math.sqrt(6 / (spec.shape[0]! + spec.shape[1]!));
    return weights.map(() => limit * (2 * stream.uniform() - 1));
  });
}

export interface TrainingPass {
  /** One row a customer. */
  readonly outputs: Float32Array;
  /** Slopes by every trained weight array, in their order, from slopes by the outputs. */
  slopes(byOutputs: Float32Array): Float32Array[];
  /** Mean and variance of each batch normalisation over this batch. */
  readonly moments: readonly Moments[];
}

/** The layers of the back end that is current. */
export const layers = (): Layers => (tf.getBackend() === 'tensorflow' ? tensorflowLayers : portableLayers);

/**
 * Runs a batch forward as in training, and hands the way back to `work`; tensors live no longer than that.
 *
 * @param batch inputs, row by row
 */
export function trainingPass<T>(
  architecture: Architecture & { readonly dropout: number },
  weights: readonly Float32Array[],
  batch: Matrix,
  bits: RandomBits,
  work: (pass: TrainingPass) => T,
): T {
  const { hiddenUnits, batchNorm: normal, order, dropout: rate } = architecture;
  let result: T;
  tf.tidy(() => {
    const next = reader(architecture, weights);
    const passes: Pass[] = [];
    const normalised: Normalised[] = [];
    const add = <P extends Pass>(pass: P): P => {
      passes.push(pass);
      return pass;
    };
    const { batch: tensorOf, dense, batchNorm, relu, dropout } = layers();
    let h = tensorOf(batch);
    const biased = !normal || order === 'activation_first';
    const norm = () => {
      if (!normal) return;
      const [gamma, beta] = [next.vector(), next.vector()];
      next.skip(2);
      const pass = add(batchNorm(h, gamma, beta));
      normalised.push(pass);
      h = pass.y;
    };
    for (let layer = 0; layer < hiddenUnits.length; layer++) {
      h = add(dense(h, next.matrix(), biased ? next.vector() : undefined)).y;
      if (order === 'norm_first') norm();
      h = add(relu(h)).y;
      if (rate > 0) h = add(dropout(h, rate, bits)).y;
      if (order === 'activation_first') norm();
    }
    h = add(dense(h, next.matrix(), next.vector())).y;
    result = work({
      outputs: h.dataSync() as Float32Array,
      moments: normalised.map((pass) => pass.moments()),
      slopes(byOutputs) {
        let dy = tensorOf({ values: byOutputs, rows: batch.rows, columns: architecture.outputs });
        const found: tf.Tensor[][] = [];
        for (let k = passes.length - 1; k >= 0; k--) {
          const { dx, slopes } = passes[k]!.back(dy, k > 0);
          found.unshift([...slopes]);
          if (dx) dy = dx;
        }
        return found.flat().map((slope) => slope.dataSync() as Float32Array);
      },
    });
  });
  return result!;
}

/** Hands weight arrays out as tensors, in their order. */
function reader(architecture: Architecture, weights: readonly Float32Array[]) {
  const specs = weightSpecs(architecture);
  let at = 0;
  return {
    matrix: () => {
      const { shape } = specs[at]!;
      return tf.tensor2d(weights[at++]!, shape as [number, number]);
    },
    vector: () => tf.tensor1d(weights[at++]!),
    skip: (count: number) => {
      at += count;
    },
  };
}

/** Rows that go through a network at once; below 1,024 the calls cost more than the work. */
export const ROWS_AT_ONCE = 4096;

/**
 * What a trained network says of each row.
 *
 * @returns `outputs` numbers a row, row by row
 */
export function infer(architecture: Architecture, weights: readonly Float32Array[], inputs: Matrix): Float32Array {
  const { hiddenUnits, batchNorm: normal, order, outputs } = architecture;
  const out = new Float32Array(inputs.rows * outputs);
  tf.tidy(() => {
    const next = reader(architecture, weights);
    const biased = !normal || order === 'activation_first';
    const layers = hiddenUnits.map(() => ({
      kernel: next.matrix(),
      bias: biased ? next.vector() : undefined,
      norm: normal ? { gamma: next.vector(), beta: next.vector(), mean: next.vector(), variance: next.vector() } : null,
    }));
    const last = { kernel: next.matrix(), bias: next.vector() };
    for (let start = 0; start < inputs.rows; start += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, inputs.rows - start);
      const values = inputs.values.subarray(start * inputs.columns, (start + rows) * inputs.columns);
      tf.tidy(() => {
        let h = tf.tensor2d(values, [rows, inputs.columns]);
        for (const { kernel, bias, norm } of layers) {
          const normalise = () => {
            if (norm) h = tf.batchNorm2d(h, norm.mean, norm.variance, norm.beta, norm.gamma, EPSILON);
          };
          h = tf.fused.matMul({ a: h, b: kernel, ...(bias && { bias }) }) as tf.Tensor2D;
          if (order === 'norm_first') normalise();
          h = tf.relu(h);
          if (order === 'activation_first') normalise();
        }
        const made = tf.fused.matMul({ a: h, b: last.kernel, bias: last.bias });
        out.set(made.dataSync(), start * outputs);
      });
    }
  });
  return out;
}
