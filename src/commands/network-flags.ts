/** Flags of networks, turned into options. */
import { ClvError } from '../errors.js';
import type { JobConfig } from '../jobs/run-job.js';
import { definedOnly, numberFlag } from './data-flags.js';

/** As commander hands them over: text, under their snake_case names. */
export interface NetworkFlags {
  readonly split?: string;
  readonly preset?: string;
  readonly loss?: string;
  readonly hidden_units?: string;
  readonly learning_rate?: string;
  readonly learning_rate_decay?: string;
  readonly learning_decay_rate?: string;
  readonly batch_size?: string;
  readonly num_epochs?: string;
  readonly patience?: string;
  readonly l1_regularization?: string;
  readonly l2_regularization?: string;
  readonly dropout?: string;
  readonly optimizer?: string;
  readonly members?: string;
  readonly seed?: string;
  readonly ignore_crosses?: boolean;
  readonly backend?: string;
  readonly resume?: string;
  readonly labels?: string;
  readonly verbose_logging?: boolean;
}

/** @throws ClvError bad_option */
export function networkConfigOf(flags: NetworkFlags): Partial<JobConfig> {
  const { learning_rate_decay: decay } = flags;
  if (decay !== undefined && !['true', 'false'].includes(decay.toLowerCase())) {
    throw new ClvError('bad_option', '--learning_rate_decay is neither True nor False', { found: decay });
  }
  const number = (name: keyof NetworkFlags) => numberFlag(name, flags[name] as string | undefined);
  const network = definedOnly({
    hiddenUnits: flags.hidden_units === undefined ? undefined : sizesOf(flags.hidden_units),
    learningRate: number('learning_rate'),
    learningDecayRate: decay?.toLowerCase() === 'false' ? 1 : number('learning_decay_rate'),
    batchSize: number('batch_size'),
    epochs: number('num_epochs'),
    patience: number('patience'),
    l1: number('l1_regularization'),
    l2: number('l2_regularization'),
    dropout: number('dropout'),
    optimizer: flags.optimizer,
    members: number('members'),
    seed: number('seed'),
  });
  return definedOnly({
    split: flags.split,
    preset: flags.preset,
    network: Object.keys(network).length === 0 ? undefined : network,
    ignoreCrosses: flags.ignore_crosses,
    loss: flags.loss,
    backend: flags.backend,
    resume: flags.resume,
    labels: flags.labels,
  }) as Partial<JobConfig>; // their values are checked where they are used
}

/** `128 64 32 16`, as the reference writes layers; commas do as well, and nothing is no hidden layer. */
export function sizesOf(text: string): number[] {
  return text
    .split(/[\s,]+/)
    .filter((size) => size !== '')
    .map(Number);
}
