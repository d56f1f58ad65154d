/** What Keras says (test/golden/dnn/keras_layers.py), typed, and how far numbers are from it. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { mixedError } from '../golden/golden.js';

type Vector = readonly number[];
type Table = readonly Vector[];

export type Nested = number | readonly Nested[];

/** Slopes by the weights of one layer, by their names in Keras. */
type Slopes = Readonly<Record<string, { kernel: Table; bias: Vector; gamma: Vector; beta: Vector }>>;

interface Moving {
  readonly moving_mean: Vector;
  readonly moving_variance: Vector;
}

export interface GoldenNetwork {
  readonly y: Vector;
  readonly head: { readonly kernel: Table; readonly bias: Vector };
  readonly training_output_f64: Table;
  readonly row_losses_f64: Vector;
  readonly loss_f64: number;
  readonly gradient_f64: Slopes;
  readonly updated_moving_statistics_f64: Readonly<Record<string, Moving>>;
  readonly inference_output_f64: Table;
}

export interface LossRow {
  readonly outputs: Vector;
  readonly y: number;
  /** Least σ of the log-normal. */
  readonly floor?: number;
  readonly loss: number;
  readonly gradient: Vector;
}

interface Steps {
  readonly learning_rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly after_each_step_f64: Table;
}

interface Golden {
  readonly dense: Readonly<
    Record<'input' | 'kernel' | 'upstream' | 'output_f64' | 'gradient_kernel_f64' | 'gradient_input_f64', Table> &
      Record<'bias' | 'gradient_bias_f64', Vector>
  >;
  readonly batch_normalization: Readonly<
    Record<'input' | 'upstream' | 'training_output_f64' | 'gradient_input_f64' | 'inference_output_f64', Table> &
      Record<'gamma' | 'beta' | 'gradient_gamma_f64' | 'gradient_beta_f64', Vector> &
      Record<'updated_moving_mean_f64' | 'updated_moving_variance_f64', Vector> &
      Moving & { momentum: number }
  >;
  readonly activations: Readonly<Record<'input' | 'relu_f64' | 'relu_derivative_f64', Vector>>;
  readonly dropout: Readonly<Record<'input' | 'mask' | 'upstream' | 'output_f64' | 'gradient_input_f64', Table>> & {
    readonly rate: number;
    readonly keras_statistics_of_ones: ReadonlyArray<{ rate: number; cells: number; kept_value: number }>;
  };
  readonly loss_rows: { readonly negative_binomial: readonly LossRow[]; readonly ziln: readonly LossRow[] };
  readonly network: {
    readonly momentum: number;
    readonly ziln_floor: number;
    readonly input: Table;
    readonly offset: Vector;
    readonly sample_weight: Vector;
    readonly weights: Readonly<Record<string, { kernel: Table; bias: Vector; gamma: Vector; beta: Vector } & Moving>>;
    readonly losses: Readonly<Record<'mse' | 'poisson' | 'negative_binomial' | 'ziln', GoldenNetwork>>;
  };
  readonly ziln: {
    readonly q: Vector;
    readonly y: Vector;
    readonly cases: ReadonlyArray<
      Record<'p' | 'mu' | 'raw' | 'floor' | 'mean', number> & { quantiles: Vector; cdf: Vector }
    >;
  };
  readonly optimizers: { readonly start: Vector; readonly gradients: Table } & Readonly<
    Record<'sgd' | 'adam' | 'rmsprop' | 'proximal_adagrad' | 'proximal_adagrad_without_penalty', Steps>
  >;
  readonly exponential_decay: Readonly<
    Record<'initial_learning_rate' | 'decay_rate' | 'decay_steps', number> & {
      steps: Vector;
      staircase: { learning_rate_f64: Vector };
    }
  >;
  readonly regularizers: { readonly kernel: Table } & Readonly<
    Record<'l1' | 'l2' | 'l1_l2', { l1: number; l2: number; gradient_f64: Table }>
  >;
  readonly buckets: { readonly boundaries: Vector; readonly values: Vector; readonly index: Vector };
}

export const keras = JSON.parse(
  readFileSync(new URL('../golden/dnn/keras-layers.json', import.meta.url), 'utf8'),
) as Golden;

/** All numbers of a table, row by row. */
export const flat = (value: Nested): number[] => (typeof value === 'number' ? [value] : value.flatMap(flat));

export const float32 = (value: Nested): Float32Array<ArrayBuffer> => Float32Array.from(flat(value));

/** Doubles where the library has floats: for what has to hold to more digits than those keep. */
export const doubles = (values: Iterable<number>): Float32Array => Float64Array.from(values) as unknown as Float32Array;

/** max |found − expected| ÷ max(1, |expected|) is below the tolerance, and no number is missing. */
export function expectClose(what: string, found: ArrayLike<number>, expected: Nested, tolerance: number): void {
  const truth = flat(expected);
  expect(found.length, what).toBe(truth.length);
  expect(Math.max(...truth.map((value, i) => mixedError(found[i]!, value))), what).toBeLessThan(tolerance);
}
