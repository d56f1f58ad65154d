/** `clv`: from a transaction log to a value for every customer, in five lines. */
export * from './btyd/index.js';
export { BENCHMARKS, type Benchmark, type Evaluation, evaluate, type Forecast } from './evaluate/benchmarks.js';
export { type Metrics, metrics } from './evaluate/metrics.js';
export {
  type CleaningOptions,
  type Cohort,
  type CustomerTable,
  type DoctorOptions,
  type DoctorReport,
  doctor,
  FEATURES,
  type Feature,
  type FeatureColumn,
  type FeatureOptions,
  type FeatureTable,
  featureTable,
  type Holdout,
  type Input,
  type LogColumns,
  type OnProgress,
  type ReadOptions,
  type ReadReport,
  type RfmTable,
  ROLES,
  type Role,
  type Roles,
  type RowCount,
  readTransactions,
  rfm,
  type SplitOptions,
  summarise,
  type TransactionColumns,
  type TransactionLog,
  writeFeatures,
} from './features/index.js';
export { NETWORK_MODELS, type NetworkModel } from './jobs/networks/models.js';
export type { NetworkSettings, PartOfTraining, TrainedNetworks } from './jobs/networks/trained-networks.js';
export { loadJob, predictSaved, type SavedModels } from './jobs/predict-saved.js';
export { type FinishedJob, type JobConfig, type JobHooks, runJob } from './jobs/run-job.js';
export { type Training, type TrainOptions, train, trainOn } from './jobs/train.js';
export type { HoldoutCheck, ModelOptions, Predictions, TrainedModel } from './jobs/trained-model.js';
export { type NetworkThread, networkThread } from './threads/network-thread.js';
