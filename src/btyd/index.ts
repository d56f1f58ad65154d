/** `clv/btyd`: probability models of buying and spending. Loads no database, no network, no file system. */
export { type CustomerInput, type Customers, customers, type NumberColumn } from '../customers.js';
export { ClvError, ERROR_CODES, type ErrorCode, type ErrorDetails } from '../errors.js';
export type { Mixture } from '../kernels/mixtures.js';
export {
  annualRate,
  continuousRate,
  type Duration,
  days,
  monthlyRate,
  months,
  type Rate,
  TIME_UNITS,
  type TimeUnit,
  weeks,
  years,
} from '../time.js';
export { bdw } from './bdw.js';
export { bgBb } from './bg-bb.js';
export { bgCnbdK } from './bg-cnbd-k.js';
export { bgNbd } from './bg-nbd.js';
export {
  type ClvByPeriodOptions,
  type ClvMonthlyOptions,
  type ClvOptions,
  clv,
  clvByPeriod,
  clvMonthly,
  dert,
  discountedPurchases,
  expectedValue,
} from './clv.js';
export { cnbdK } from './cnbd-k.js';
export {
  type ContractInput,
  cohort,
  contracts,
  discountedResidualLifetime,
  residualRenewals,
  retentionRates,
  survivalCurve,
} from './contracts.js';
export type { CovariateChoice, Effect } from './covariates.js';
export { type Explanation, explain } from './explain.js';
export { type FitOptions, fit } from './fit.js';
export {
  type Coefficient,
  type Convergence,
  type Finding,
  type FittedModel,
  type FittedPair,
  type LogNormalPrior,
  loadModel,
  loadModels,
  type Regularisation,
  saveModel,
  saveModels,
} from './fitted-model.js';
export { gammaGamma } from './gamma-gamma.js';
export { gammaGompertzNbd } from './gamma-gompertz-nbd.js';
export { gammaSpend } from './gamma-spend.js';
export {
  type NextPurchase,
  nextPurchase,
  purchaseRate,
  type RateSpread,
  remainingLifetime,
  type Spread,
  type SpreadOptions,
  type TimeSpread,
} from './individual.js';
export { type Bootstrap, type BootstrapOptions, bootstrap } from './inference/bootstrap.js';
export {
  aic,
  bic,
  type LikelihoodRatio,
  likelihoodRatioTest,
  type Vuong,
  vuongTest,
} from './inference/compare-fits.js';
export {
  type CredibleOptions,
  credible,
  type DrawsPair,
  type OutcomeOptions,
  type Outcomes,
  outcomes,
  type Range,
  type ValueOutcomeOptions,
} from './inference/credible.js';
export type { LevelOption } from './inference/level.js';
export {
  atDraw,
  type Draws,
  type Posterior,
  type PosteriorOptions,
  posteriorOf,
  type Summary,
  summary,
} from './inference/posterior.js';
export { type ProfileInterval, profileIntervals } from './inference/profile.js';
export { logLikelihoods, sandwichErrors } from './inference/scores.js';
export { type Estimate, estimates } from './inference/wald.js';
export { mbgCnbdK } from './mbg-cnbd-k.js';
export { mbgNbd } from './mbg-nbd.js';
export type { Derivatives, History, Limit, Model, Params, Process, PurchaseModel, SpendModel } from './model.js';
export { nbd } from './nbd.js';
export { paretoNbd } from './pareto-nbd.js';
export { paretoNbdSarmanov } from './pareto-nbd-sarmanov.js';
export { poisson } from './poisson.js';
export {
  expectedPurchases,
  expectedPurchasesNew,
  expectedSpend,
  pActive,
  pAlive,
  pmf,
  pmfNew,
  spendCdf,
} from './predict.js';
export { purchaseModel, purchaseModels, spendModel, spendModels } from './registry.js';
export { sbg } from './sbg.js';
export {
  afterPurchase,
  afterWaiting,
  type CustomerState,
  FIRST_PURCHASE,
  type PurchaseEvent,
  type Score,
  scorer,
} from './score.js';
export {
  type SimulatedLog,
  type SimulateLogOptions,
  type SimulateOptions,
  type Story,
  simulateCustomers,
  simulateLog,
} from './simulate.js';
export type { Window } from './windows.js';
