/** What training found, as plain data and weights; it holds no customer. */
import { type InputColumn, widthOf } from './inputs.js';
import { LOSSES } from './losses.js';
import type { Architecture } from './network.js';
import type { Member } from './train-member.js';
import type { TrainingOptions } from './training-options.js';

export const NETWORK_SCHEMA_VERSION = 1;

/** Something about a training that users should know; `code` is stable, `message` is for people. */
export interface NetworkFinding {
  readonly code: string;
  readonly message: string;
}

export interface TrainedNetwork {
  readonly schemaVersion: typeof NETWORK_SCHEMA_VERSION;
  readonly options: TrainingOptions;
  readonly inputs: readonly InputColumn[];
  /** What each input column is measured in, where that was said. */
  readonly units: Readonly<Record<string, string>>;
  /** The target was divided by this for training. */
  readonly targetUnit: number;
  /** Whether it was trained with an offset, and so has to be given one. */
  readonly offset: boolean;
  /** Back end, and version of TensorFlow.js. */
  readonly backend: string;
  readonly tfjs: string;
  readonly trainingRows: number;
  /** How each member was trained. */
  readonly members: ReadonlyArray<Omit<Member, 'weights'>>;
  readonly findings: readonly NetworkFinding[];
  /** Of each member, in the order of `weightSpecs`. Saved beside the JSON, in TensorFlow.js's own format. */
  readonly weights: ReadonlyArray<readonly Float32Array[]>;
}

export const architectureOf = ({ options, inputs }: Pick<TrainedNetwork, 'options' | 'inputs'>): Architecture => ({
  hiddenUnits: options.hiddenUnits,
  batchNorm: options.batchNorm,
  order: options.order,
  inputs: widthOf(inputs),
  outputs: LOSSES[options.loss].outputs,
});
