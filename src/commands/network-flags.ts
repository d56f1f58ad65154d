/** Flags of networks, turned into options. */
import { ClvError } from '../errors.js';
import { settingsFrom } from '../jobs/networks/parameters.js';
import type { JobConfig } from '../jobs/run-job.js';
import { definedOnly } from './data-flags.js';

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
  const network = {
    ...settingsFrom({ ...flags }),
    ...(decay?.toLowerCase() === 'false' && { learningDecayRate: 1 }),
  };
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
