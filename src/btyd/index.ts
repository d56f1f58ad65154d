/** `clv/btyd`: probability models of buying and spending. Loads no database, no network, no file system. */
export { type CustomerInput, type Customers, customers, type NumberColumn } from '../customers.js';
export { ClvError, ERROR_CODES, type ErrorCode, type ErrorDetails } from '../errors.js';
export { TIME_UNITS, type TimeUnit } from '../time.js';
export { bgNbd } from './bg-nbd.js';
export { fit } from './fit.js';
export {
  type Convergence,
  type Finding,
  type FittedModel,
  type FittedPair,
  loadModel,
  loadModels,
  saveModel,
  saveModels,
} from './fitted-model.js';
export { gammaGamma } from './gamma-gamma.js';
export { gammaSpend } from './gamma-spend.js';
export { type Estimate, estimates } from './intervals.js';
export { mbgNbd } from './mbg-nbd.js';
export type { Derivatives, Limit, Model, Params, PurchaseModel, SpendModel } from './model.js';
export { nbd } from './nbd.js';
export { paretoNbd } from './pareto-nbd.js';
export { poisson } from './poisson.js';
export {
  type ClvOptions,
  clv,
  discountedPurchases,
  expectedPurchases,
  expectedPurchasesNew,
  expectedSpend,
  expectedValue,
  pAlive,
  type Window,
} from './predict.js';
export { purchaseModel, purchaseModels, spendModel, spendModels } from './registry.js';
