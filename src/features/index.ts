/** `clv/features`: from transaction logs to customers. The database is loaded when a file is first read. */
export type { CustomerInput, Customers, NumberColumn } from '../customers.js';
export { ClvError, ERROR_CODES, type ErrorCode, type ErrorDetails } from '../errors.js';
export type { OnProgress } from '../progress.js';
export { TIME_UNITS, type TimeUnit } from '../time.js';
export type { Feature, Need, Stage } from './catalogue/feature.js';
export { CORE_FEATURES, FEATURES } from './catalogue/index.js';
export type { Cleaning, CleaningOptions } from './cleaning.js';
export type { CustomerTable, Holdout, SplitOptions } from './customer-table.js';
export { type DoctorOptions, type DoctorReport, doctor, type Finding as DoctorFinding } from './doctor/index.js';
export { openDuckDb } from './duckdb.js';
export type { Dialect, Result, SqlEngine, UploadColumn } from './engine.js';
export type { Cohort, FeatureOptions } from './feature-options.js';
export type { FeatureColumn, FeatureDetails, FeatureTable, OutlierReport } from './feature-table.js';
export { ROLES, type Role, type Roles } from './layout.js';
export { logOn } from './log-on.js';
export { featureTable } from './make-features.js';
export { openPostgres } from './postgres.js';
export {
  type ReadOptions,
  type ReadReport,
  type RowCount,
  readTransactions,
  type TransactionLog,
} from './read-transactions.js';
export { type RfmTable, rfm, type TransactionColumns } from './rfm.js';
export type { Input, LogColumns, LogNumbers, LogPiece, LogTexts } from './source.js';
export type { Outliers } from './stages.js';
export { summarise } from './summarise.js';
export { type Format, type WrittenFeatures, writeFeatures } from './write-features.js';
