/**
 * Predictions from a fitted model: one number a customer, in the order of the customers given.
 *
 * Customers equal in what a model looks at are computed once.
 */
import { type CustomerColumn, type Customers, expand, mergeIdentical } from '../customers.js';
import { ClvError } from '../errors.js';
import { gaussLegendre } from '../kernels/gauss-legendre.js';
import { continuousRate } from '../time.js';
import type { FittedModel, FittedPair } from './fitted-model.js';
import type { Params, PurchaseModel, SpendModel } from './model.js';
import { purchaseModel, spendModel } from './registry.js';

/** A stretch of time after the end of observation, in the fitted model's time unit: (0, horizon] or (from, to]. */
export type Window = number | { readonly from: number; readonly to: number };

/**
 * P(alive at the end of observation), in [0, 1].
 *
 * @returns one a customer
 * @throws ClvError bad_columns if the customers' time unit is not the model's
 */
export function pAlive(fitted: FittedModel, customers: Customers): Float64Array {
  const { model, parameters } = purchasesOf(fitted);
  checkUnit(fitted, customers);
  return perDistinct(model.columns, customers, (distinct) => model.pAlive(parameters, distinct));
}

/**
 * Expected purchases in a window after the end of observation, given each customer's history.
 *
 * @returns one a customer, ≥ 0
 * @throws ClvError bad_horizon; bad_columns if the customers' time unit is not the model's
 */
export function expectedPurchases(fitted: FittedModel, customers: Customers, window: Window): Float64Array {
  const { from, to } = limits(window);
  return timesAlive(fitted, customers, (model, parameters, distinct) => {
    const until = model.purchasesIfAlive(parameters, distinct, to);
    if (from === 0) return until;
    const before = model.purchasesIfAlive(parameters, distinct, from);
    return until.map((value, i) => Math.max(0, value - before[i]!));
  });
}

/**
 * Expected purchases after the first, within `horizon` of it, of a customer about whom nothing else is known.
 *
 * @throws ClvError bad_horizon
 */
export function expectedPurchasesNew(fitted: FittedModel, horizon: number): number {
  const { model, parameters } = purchasesOf(fitted);
  return model.expectedPurchasesNew(parameters, limits(horizon).to);
}

/**
 * Expected value of a future transaction, in the unit of `monetary`.
 *
 * @param fitted a spend model
 * @returns one a customer, > 0; the population's mean for who has no repeat transaction
 */
export function expectedSpend(fitted: FittedModel, customers: Customers): Float64Array {
  const { model, parameters } = withParameters(spendModel(fitted.model), fitted);
  return perDistinct(model.columns, customers, (distinct) =>
    model.expectedSpend(parameters, distinct, fitted.observedMeanSpend ?? 0),
  );
}

/**
 * Expected value of all purchases in a window: expected purchases × expected spend, undiscounted.
 *
 * @returns one a customer, in the unit of `monetary`
 * @throws ClvError bad_horizon, bad_columns
 */
export function expectedValue({ purchases, spend }: FittedPair, customers: Customers, window: Window): Float64Array {
  const each = expectedSpend(spend, customers);
  return expectedPurchases(purchases, customers, window).map((count, i) => count * each[i]!);
}

export interface ClvOptions {
  /** Length of time valued, in the fitted model's time unit. */
  readonly horizon: number;
  /** Effective rate a year, 0.1 for 10 %. Default 0. */
  readonly discountRate?: number | undefined;
  /** Share of a transaction's value that is the company's. Default 1. */
  readonly margin?: number | undefined;
}

/**
 * Customer lifetime value over a horizon: margin × spend × the purchases expected, each discounted to the end of
 * observation from when it happens.
 *
 *   margin · E[spend] · ∫ from 0 to horizon of e^(−δ t) dE[purchases in (0, t]]
 *
 * @returns one a customer, in the unit of `monetary`
 * @throws ClvError bad_horizon, bad_option, bad_columns
 */
export function clv({ purchases, spend }: FittedPair, customers: Customers, options: ClvOptions): Float64Array {
  const { horizon, discountRate = 0, margin = 1 } = options;
  checkMargin(margin);
  const each = expectedSpend(spend, customers);
  const delta = continuousRate(discountRate, purchases.timeUnit);
  return discountedPurchases(purchases, customers, horizon, delta).map((count, i) => margin * count * each[i]!);
}

/** @throws ClvError bad_option */
export function checkMargin(margin: number): void {
  if (Math.abs(margin) <= 1e9) return;
  throw new ClvError('bad_option', 'the margin is not a share', { found: margin, expected: 'a number such as 0.3' });
}

/**
 * Checks a length of time to predict, in the time unit.
 *
 * @throws ClvError bad_horizon
 */
export function checkHorizon(horizon: number): void {
  limits(horizon);
}

const DISCOUNT_RULE = gaussLegendre(20);
/** Longest stretch of ln(1 + t/scale) for one rule. */
const DISCOUNT_PANEL = 2.5;
/** e^−DISCOUNTED_AWAY of a purchase is nothing. */
const DISCOUNTED_AWAY = 45;

/**
 * Expected purchases in (0, horizon], each discounted from when it happens at the continuous rate `delta` a time unit.
 *
 * By parts the integral needs expected purchases N only: e^(−δ t) N(t) at the end + δ ∫ e^(−δ t) N(t) dt. In
 * ln(1 + t/scale), with the scale of the faster of discount and customers, it is smooth.
 *
 * Relative error ≤ 1e-10 against mpmath over parameters from 1e-3 to 1e4 (test/btyd/accuracy.test.ts).
 */
export function discountedPurchases(
  fitted: FittedModel,
  customers: Customers,
  horizon: number,
  delta: number,
): Float64Array {
  const { to } = limits(horizon);
  return timesAlive(fitted, customers, (model, parameters, distinct) => {
    if (delta === 0 || to === 0) return model.purchasesIfAlive(parameters, distinct, to);
    const end = Math.min(to, DISCOUNTED_AWAY / Math.abs(delta));
    const scale = 1 / (Math.abs(delta) + 1 / (model.bend?.(parameters, distinct) ?? Number.POSITIVE_INFINITY));
    const length = Math.log1p(end / scale);
    const panels = Math.ceil(length / DISCOUNT_PANEL);
    const atEnd = Math.exp(-delta * end);
    const total = model.purchasesIfAlive(parameters, distinct, end).map((count) => atEnd * count);
    for (let j = 0; j < panels * DISCOUNT_RULE.nodes.length; j++) {
      const node = j % DISCOUNT_RULE.nodes.length;
      const panel = (j - node) / DISCOUNT_RULE.nodes.length;
      const y = ((panel + DISCOUNT_RULE.nodes[node]!) * length) / panels;
      const t = scale * Math.expm1(y);
      const step = (DISCOUNT_RULE.weights[node]! * length * scale * Math.exp(y)) / panels;
      const share = step * delta * Math.exp(-delta * t);
      const until = model.purchasesIfAlive(parameters, distinct, t);
      for (let i = 0; i < total.length; i++) total[i]! += share * until[i]!;
    }
    return total;
  });
}

/** P(alive) × what is expected of those alive, which depends on frequency and age only. */
function timesAlive(
  fitted: FittedModel,
  customers: Customers,
  ifAlive: (model: PurchaseModel, parameters: Params<string>, distinct: Customers) => Float64Array,
): Float64Array {
  const alive = pAlive(fitted, customers);
  const { model, parameters } = purchasesOf(fitted);
  const expected = perDistinct(['frequency', 'age'], customers, (distinct) => ifAlive(model, parameters, distinct));
  return expected.map((value, i) => alive[i]! * value);
}

function perDistinct(
  columns: readonly CustomerColumn[],
  customers: Customers,
  predict: (distinct: Customers) => Float64Array,
): Float64Array {
  const { customers: distinct, rows } = mergeIdentical(customers, columns);
  return expand(predict(distinct), rows);
}

/** A fitted model made usable again: its definition and its parameters, checked, for it can come from anywhere. */
function withParameters<M extends PurchaseModel | SpendModel>(model: M, { parameters }: FittedModel) {
  for (const name of model.parameters) {
    const value = parameters[name];
    if (value === undefined || !(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new ClvError('bad_parameters', `${model.title} needs the parameter ${name}`, {
        found: value,
        expected: 'a number > 0',
      });
    }
  }
  return { model, parameters };
}

function purchasesOf(fitted: FittedModel) {
  return withParameters(purchaseModel(fitted.model), fitted);
}

function checkUnit(fitted: FittedModel, customers: Customers): void {
  if (customers.timeUnit === fitted.timeUnit) return;
  throw new ClvError('bad_columns', 'the customers are not measured in the time unit of the model', {
    found: `customers in ${customers.timeUnit}s`,
    expected: `${fitted.timeUnit}s, as when the model was fitted`,
    hint: `summarise the log with timeUnit '${fitted.timeUnit}', or fit again`,
  });
}

/** Beyond it numbers lose their meaning long before they overflow. */
const LONGEST_HORIZON = 1e9;

function limits(window: Window): { from: number; to: number } {
  const { from, to } = typeof window === 'object' && window !== null ? window : { from: 0, to: window };
  if (from >= 0 && to >= from && to <= LONGEST_HORIZON) return { from, to };
  throw new ClvError('bad_horizon', 'this is not a stretch of time to predict', {
    found: from === 0 ? to : `from ${from} to ${to}`,
    expected: `a length from 0 to ${LONGEST_HORIZON} in the time unit of the model, or { from, to } with from ≤ to`,
  });
}
