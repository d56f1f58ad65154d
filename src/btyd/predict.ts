/**
 * Predictions from a fitted model: numbers a customer, in the order of the customers given.
 *
 * Whether someone is still alive and what they do if they are come apart in every model, so each prediction is
 * P(alive) × the model's answer for who is alive at the end of observation.
 */
import { type Customers, customers as customersOf } from '../customers.js';
import { ClvError } from '../errors.js';
import type { Duration } from '../time.js';
import { byCustomer, type Compute, purchasesOf, spendOf, type Usable } from './by-customer.js';
import type { FittedModel } from './fitted-model.js';
import type { PurchaseModel } from './model.js';
import { limits, type Window } from './windows.js';

/**
 * P(alive) at the end of observation or, with `after`, that much later.
 *
 * @returns one a customer, in [0, 1]
 * @throws ClvError bad_horizon; bad_columns if the customers' time unit is not the model's
 */
export function pAlive(fitted: FittedModel, customers: Customers, after: Duration = 0): Float64Array {
  const usable = purchasesOf(fitted);
  const { to } = limits(usable, after);
  if (to === 0) return aliveNow(usable, customers);
  return timesAlive(usable, customers, (model, params, distinct) => model.survivalIfAlive(params, distinct, to));
}

/**
 * P(at least one purchase in a window after the end of observation).
 *
 * @returns one a customer, in [0, 1]
 * @throws ClvError bad_horizon, bad_columns
 */
export function pActive(fitted: FittedModel, customers: Customers, window: Window): Float64Array {
  const usable = purchasesOf(fitted);
  const { from, to } = limits(usable, window);
  return timesAlive(usable, customers, (model, params, distinct) => model.activeIfAlive(params, distinct, from, to));
}

/**
 * Expected purchases in a window after the end of observation, given each customer's history.
 *
 * @returns one a customer, ≥ 0
 * @throws ClvError bad_horizon; bad_columns if the customers' time unit is not the model's
 */
export function expectedPurchases(fitted: FittedModel, customers: Customers, window: Window): Float64Array {
  const usable = purchasesOf(fitted);
  const { from, to } = limits(usable, window);
  return timesAlive(usable, customers, (model, params, distinct) => {
    const until = model.purchasesIfAlive(params, distinct, to);
    if (from === 0) return until;
    const before = model.purchasesIfAlive(params, distinct, from);
    return until.map((value, i) => Math.max(0, value - before[i]!));
  });
}

/**
 * Expected purchases after the first, in a window counted from it, of a customer about whom nothing else is known.
 *
 * @param covariates of that customer, for a model that was fitted with some
 * @throws ClvError bad_horizon, bad_columns
 */
export function expectedPurchasesNew(
  fitted: FittedModel,
  window: Window,
  covariates?: Readonly<Record<string, number>>,
): number {
  return expectedPurchases(fitted, newcomer(fitted, covariates), window)[0]!;
}

/**
 * P(n purchases in (0, horizon] after the end of observation), n = 0 … most, given each customer's history.
 *
 * @returns row by row, customers.n × (most + 1): P(n) of customer i is at i (most + 1) + n
 * @throws ClvError bad_horizon, bad_option, bad_columns
 */
export function pmf(fitted: FittedModel, customers: Customers, horizon: Duration, most: number): Float64Array {
  if (!(Number.isInteger(most) && most >= 0 && most <= 1e6)) {
    throw new ClvError('bad_option', 'this is not a number of purchases', {
      found: most,
      expected: 'a whole number from 0 to 1,000,000: the largest count to give a probability for',
    });
  }
  const usable = purchasesOf(fitted);
  const { to } = limits(usable, horizon);
  const width = most + 1;
  const { model } = usable;
  const chances = byCustomer(
    usable,
    ifAliveColumns(model),
    customers,
    (definition, params, distinct) => definition.pmfIfAlive(params, distinct, to, most),
    width,
  );
  const alive = aliveNow(usable, customers);
  for (let i = 0; i < customers.n; i++) {
    for (let n = 0; n < width; n++) chances[i * width + n]! *= alive[i]!;
    chances[i * width]! += 1 - alive[i]!;
  }
  return chances;
}

/**
 * P(n purchases in (0, horizon]), n = 0 … most, after the first of a customer about whom nothing else is known.
 *
 * @throws ClvError bad_horizon, bad_option, bad_columns
 */
export function pmfNew(
  fitted: FittedModel,
  horizon: Duration,
  most: number,
  covariates?: Readonly<Record<string, number>>,
): Float64Array {
  return pmf(fitted, newcomer(fitted, covariates), horizon, most);
}

/**
 * Expected value of a future transaction, in the unit of `monetary`.
 *
 * @param fitted a spend model
 * @returns one a customer, > 0; the population's mean for who has no repeat transaction
 */
export function expectedSpend(fitted: FittedModel, customers: Customers): Float64Array {
  const usable = spendOf(fitted);
  return byCustomer(usable, usable.model.columns, customers, (model, params, distinct) =>
    model.expectedSpend(params, distinct, fitted.observedMeanSpend ?? 0),
  );
}

/**
 * P(a future transaction is worth at most `value`), given each customer's history.
 *
 * @param fitted a spend model
 * @returns one a customer, in [0, 1]
 * @throws ClvError bad_option
 */
export function spendCdf(fitted: FittedModel, customers: Customers, value: number): Float64Array {
  if (!(value >= 0))
    throw new ClvError('bad_option', 'this is not an amount', { found: value, expected: 'a number ≥ 0' });
  const usable = spendOf(fitted);
  return byCustomer(usable, usable.model.columns, customers, (model, params, distinct) =>
    value === Number.POSITIVE_INFINITY ? new Float64Array(distinct.n).fill(1) : model.spendCdf(params, distinct, value),
  );
}

/** P(alive at the end of observation). */
function aliveNow(usable: Usable<PurchaseModel>, customers: Customers): Float64Array {
  return byCustomer(usable, usable.model.columns, customers, (model, params, distinct) =>
    model.pAlive(params, distinct),
  );
}

/** P(alive) × what is said of those alive. */
export function timesAlive(
  usable: Usable<PurchaseModel>,
  customers: Customers,
  ifAlive: Compute<PurchaseModel>,
): Float64Array {
  const alive = aliveNow(usable, customers);
  const values = byCustomer(usable, ifAliveColumns(usable.model), customers, ifAlive);
  for (let i = 0; i < values.length; i++) values[i]! *= alive[i]!;
  return values;
}

function ifAliveColumns(model: PurchaseModel) {
  return model.ifAliveColumns ?? (['frequency', 'age'] as const);
}

/** Someone who has just made their first purchase. */
function newcomer(fitted: FittedModel, covariates: Readonly<Record<string, number>> = {}): Customers {
  return customersOf({
    frequency: [0],
    recency: [0],
    age: [0],
    timeUnit: fitted.timeUnit,
    covariates: Object.fromEntries(Object.entries(covariates).map(([name, value]) => [name, [value]])),
  });
}
