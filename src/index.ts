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
export { type CompareOptions, compare } from './jobs/compare.js';
export type { ComparedModel, Comparison } from './jobs/comparison.js';
export { type CustomerExplanation, explainCustomer } from './jobs/explain-customer.js';
export { formulaColumns } from './jobs/formulas.js';
export { NETWORK_MODELS, type NetworkModel } from './jobs/networks/models.js';
export type { NetworkSettings, PartOfTraining, TrainedNetworks } from './jobs/networks/trained-networks.js';
export { loadJob, predict, type SavedModels } from './jobs/predict.js';
export { type FinishedJob, type JobConfig, type JobHooks, runJob } from './jobs/run-job.js';
export { openJob, readLogOf, type SavedJob } from './jobs/saved-job.js';
export { type Training, type TrainOptions, train, trainOn } from './jobs/train.js';
export type { HoldoutCheck, ModelOptions, Predictions, TrainedModel } from './jobs/trained-model.js';
export { writePredictions } from './jobs/write-predictions.js';
export * as charts from './report/charts/index.js';
export { chartPng } from './report/render-chart.js';
export { reportHtml } from './report/render-report.js';
export { type ReportData, reportData } from './report/report-data.js';
export { reportFiles } from './report/report-files.js';
export { type NetworkThread, networkThread } from './threads/network-thread.js';
