/** Hyperparameter search: a space, a function to evaluate, and trials that are proposed, compared and kept. */
export type { Halving, HalvingOptions, RungValue } from './halving.js';
export { checkSpace, parseSpace, readSpace, type SpaceFile, type SpaceOptions } from './read-space.js';
export {
  type CategoricalParameter,
  DEFAULT_SPACE,
  type DiscreteParameter,
  type Parameter,
  type ParameterType,
  type ParameterValue,
  type ParameterValues,
  type RangeParameter,
  REFERENCE_SPACE,
  type Scale,
  type Space,
} from './space.js';
export type { Goal, Trial, TrialResult, TrialState } from './trial.js';
export {
  type Evaluate,
  type Report,
  type SearchMethod,
  type TuneOptions,
  type Tuning,
  type TuningProgress,
  tune,
} from './tune.js';
