/** How a network is built and trained: plain data, checked. */
import { ClvError } from '../errors.js';
import { checkOptionTypes } from '../options.js';
import { LOSSES, type LossName } from './losses.js';

export type BackendName = 'tfjs-node' | 'wasm';

export const BACKENDS: readonly BackendName[] = ['tfjs-node', 'wasm'];

export type OptimiserName = 'Adam' | 'ProximalAdagrad' | 'SGD' | 'RMSProp';

export const OPTIMISERS: readonly OptimiserName[] = ['Adam', 'ProximalAdagrad', 'SGD', 'RMSProp'];

export interface TrainingOptions {
  readonly loss: LossName;
  /** Units of each hidden layer; none: a linear model. */
  readonly hiddenUnits: readonly number[];
  /** Whether activations are normalised over the batch. */
  readonly batchNorm: boolean;
  /** `norm_first`: dense, batch norm, ReLU, dropout. `activation_first`: dense, ReLU, dropout, batch norm, as DNNRegressor has it. */
  readonly order: 'norm_first' | 'activation_first';
  /** Share of the units that are left out at each step, in [0, 1). */
  readonly dropout: number;
  readonly optimizer: OptimiserName;
  readonly learningRate: number;
  /** The learning rate is multiplied by `learningDecayRate` `decays` times, at equal distances over `epochs`; 1: it stays. */
  readonly learningDecayRate: number;
  readonly decays: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs without a better validation loss after which training ends. */
  readonly patience: number;
  /** Penalties l1 · Σ|w| + l2 · Σw² on the kernels. ProximalAdagrad applies l1 · |w| + l2 · w² / 2 to all weights, as TensorFlow's. */
  readonly l1: number;
  readonly l2: number;
  /** Networks whose mean predicts. From 2 on, each is validated on a part of the customers that it has not seen, another one each. */
  readonly members: number;
  /** Share of the customers that a single network is validated on. */
  readonly validationShare: number;
  /** The last bias begins at zero: the first prediction is exp(offset), of ziln the median of those who buy. Else at the level of the targets. */
  readonly startAtOffset: boolean;
  readonly seed: number;
}

type Check = readonly [test: (value: number) => boolean, expected: string];

const positive: Check = [(x) => x > 0 && x < Infinity, 'a number > 0'];
const share: Check = [(x) => x >= 0 && x < 1, 'a share from 0 up to, but not including, 1'];
const count: Check = [(x) => Number.isInteger(x) && x >= 1, 'a whole number ≥ 1'];
const atLeast0: Check = [(x) => x >= 0 && x < Infinity, 'a number ≥ 0'];

const CHECKS: Readonly<Partial<Record<keyof TrainingOptions, Check>>> = {
  dropout: share,
  learningRate: positive,
  learningDecayRate: [(x) => x > 0 && x <= 1, 'a number in (0, 1]'],
  decays: [(x) => Number.isInteger(x) && x >= 0, 'a whole number ≥ 0'],
  batchSize: count,
  epochs: count,
  patience: count,
  l1: atLeast0,
  l2: atLeast0,
  members: [(x) => Number.isInteger(x) && x >= 1 && x <= 100, 'a whole number from 1 to 100'],
  validationShare: [(x) => x > 0 && x <= 0.5, 'a share above 0, at most 0.5'],
  seed: [Number.isSafeInteger, 'a whole number'],
};

const MOST_UNITS = 4096;

/** @throws ClvError bad_option */
export function checkTrainingOptions(options: TrainingOptions): void {
  checkOptionTypes(options, { hiddenUnits: 'array' });
  for (const name of ['batchNorm', 'startAtOffset'] as const) {
    if (typeof options[name] === 'boolean') continue;
    throw new ClvError('bad_option', `${name} of a network is neither on nor off`, {
      found: options[name],
      expected: 'true or false',
    });
  }
  const choices: ReadonlyArray<readonly [keyof TrainingOptions, readonly string[]]> = [
    ['loss', Object.keys(LOSSES)],
    ['optimizer', OPTIMISERS],
    ['order', ['norm_first', 'activation_first']],
  ];
  for (const [name, expected] of choices) {
    if (expected.includes(options[name] as string)) continue;
    throw new ClvError('bad_option', `there is no such ${name}`, {
      found: options[name],
      expected: expected.join(', '),
    });
  }
  for (const [name, [test, expected]] of Object.entries(CHECKS)) {
    const value = options[name as keyof TrainingOptions];
    if (typeof value === 'number' && test(value)) continue;
    throw new ClvError('bad_option', `${name} of a network is out of range`, { found: value, expected });
  }
  const units = (options.hiddenUnits ?? [Number.NaN]).find(
    (size) => !(Number.isInteger(size) && size >= 1 && size <= MOST_UNITS),
  );
  if (units !== undefined || options.hiddenUnits.length > 20) {
    throw new ClvError('bad_option', 'hiddenUnits are not hidden layers', {
      found: options.hiddenUnits?.join(' '),
      expected: `at most 20 layers of 1 to ${MOST_UNITS} units, such as "64 32"`,
    });
  }
}

/**
 * Whether a training with other options can begin with what one with `before` ended with.
 *
 * @throws ClvError bad_option
 */
export function checkResumed(before: TrainingOptions, options: TrainingOptions): void {
  for (const name of ['loss', 'hiddenUnits', 'batchNorm', 'order', 'members', 'seed'] as const) {
    if (String(before[name]) === String(options[name])) continue;
    throw new ClvError('bad_option', `a training cannot be resumed with another ${name}`, {
      found: String(options[name]),
      expected: String(before[name]),
    });
  }
}

/** Learning rate at a step: `rate · decay^⌊step / every⌋`. */
export const decayed = (rate: number, decay: number, every: number, step: number): number =>
  rate * decay ** Math.floor(step / every);
