/** `clv/features`: from transaction logs to customers. The database is loaded when a file is first read. */
export type { CustomerInput, Customers, NumberColumn } from '../customers.js';
export { ClvError, ERROR_CODES, type ErrorCode, type ErrorDetails } from '../errors.js';
export type { OnProgress } from '../progress.js';
export { TIME_UNITS, type TimeUnit } from '../time.js';
export type { CustomerTable, Holdout, SplitOptions } from './customer-table.js';
export { ROLES, type Role, type Roles } from './layout.js';
export {
  type ReadOptions,
  type ReadReport,
  type RowCount,
  readTransactions,
  type TransactionLog,
} from './read-transactions.js';
export { type RfmTable, rfm, type TransactionColumns } from './rfm.js';
export { summarise } from './summarise.js';
