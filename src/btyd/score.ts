/** One customer at a time, for services: what a purchase changes, and what the customer is worth then. */
import { customers as customersOf } from '../customers.js';
import { ClvError } from '../errors.js';
import { lengthIn } from '../time.js';
import { purchasesOf, spendOf } from './by-customer.js';
import { type ClvOptions, clv } from './clv.js';
import type { FittedPair } from './fitted-model.js';
import { expectedPurchases, expectedSpend, pAlive } from './predict.js';

/** All that a model needs to remember of a customer. Times are in the model's unit. */
export interface CustomerState {
  readonly frequency: number;
  readonly recency: number;
  readonly age: number;
  readonly monetary: number;
}

/** Someone at the moment of their first purchase. */
export const FIRST_PURCHASE: CustomerState = { frequency: 0, recency: 0, age: 0, monetary: 0 };

/** What happened: a purchase of some value, so long after the first. */
export interface PurchaseEvent {
  /** Time since the first purchase, in the model's unit; not before what the state knows. */
  readonly at: number;
  /** Default 0: monetary then stays as it is. */
  readonly value?: number | undefined;
}

/**
 * The state after one more purchase, in constant time. A second purchase within one transaction's day is the caller's to
 * merge, as `summarise` does.
 *
 * @throws ClvError bad_columns for a purchase before the end of what is known
 *
 * @example
 * const ann = afterPurchase(FIRST_PURCHASE, { at: 12.5, value: 40 });
 */
export function afterPurchase(state: CustomerState, { at, value = 0 }: PurchaseEvent): CustomerState {
  checkTime(state, at);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ClvError('bad_columns', 'this is not the value of a purchase', {
      column: 'monetary',
      found: value,
      expected: 'a number ≥ 0; returns are not purchases',
    });
  }
  const frequency = state.frequency + 1;
  return { frequency, recency: at, age: at, monetary: state.monetary + (value - state.monetary) / frequency };
}

/**
 * The state when time has passed without a purchase, in constant time.
 *
 * @param age time since the first purchase, in the model's unit
 * @throws ClvError bad_columns for a time before the end of what is known
 */
export function afterWaiting(state: CustomerState, age: number): CustomerState {
  checkTime(state, age);
  return { ...state, age };
}

function checkTime(state: CustomerState, at: number): void {
  if (at >= state.age && at < Number.POSITIVE_INFINITY) return;
  throw new ClvError('bad_columns', 'time runs forwards', {
    column: 'age',
    found: at,
    expected: `a time since the first purchase of at least ${state.age}, up to which the customer is known`,
  });
}

/** What a customer is worth now. */
export interface Score {
  readonly pAlive: number;
  /** Over the horizon. */
  readonly expectedPurchases: number;
  /** A transaction. */
  readonly expectedSpend: number;
  /** Over the horizon, discounted, × margin. */
  readonly clv: number;
}

/**
 * A function that values one customer from their state, in constant time (some microseconds; models and options are checked once).
 *
 * @throws ClvError bad_horizon, bad_option, unknown_model
 *
 * @example
 * const score = scorer(loadModels(json), { horizon: weeks(52), discountRate: 0.1 });
 * score(afterWaiting(ann, 30)).clv;
 */
export function scorer(
  models: FittedPair,
  options: ClvOptions,
): (state: CustomerState, covariates?: Readonly<Record<string, number>>) => Score {
  const { purchases, spend } = models;
  purchasesOf(purchases);
  spendOf(spend);
  const horizon = lengthIn(purchases.timeUnit, options.horizon);
  const finite = horizon === Number.POSITIVE_INFINITY ? 1e9 : horizon;
  return (state, covariates = {}) => {
    const one = customersOf({
      frequency: [state.frequency],
      recency: [state.recency],
      age: [state.age],
      monetary: [state.monetary],
      covariates: Object.fromEntries(Object.entries(covariates).map(([name, value]) => [name, [value]])),
      timeUnit: purchases.timeUnit,
    });
    return {
      pAlive: pAlive(purchases, one)[0]!,
      expectedPurchases: expectedPurchases(purchases, one, finite)[0]!,
      expectedSpend: expectedSpend(spend, one)[0]!,
      clv: clv(models, one, { ...options, horizon })[0]!,
    };
  };
}
