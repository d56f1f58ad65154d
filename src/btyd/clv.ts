/** What customers are worth: expected purchases × expected spend × margin, discounted to the end of observation. */
import { type Customers, mergeIdentical, takeRows } from '../customers.js';
import { ClvError } from '../errors.js';
import { gaussLegendre } from '../kernels/gauss-legendre.js';
import { type Duration, discountPerUnit, lengthIn, type Rate } from '../time.js';
import { purchasesOf } from './by-customer.js';
import type { FittedModel, FittedPair } from './fitted-model.js';
import type { Params, PurchaseModel } from './model.js';
import { expectedPurchases, expectedSpend, timesAlive } from './predict.js';
import { limits, type Window } from './windows.js';

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
  /** Length of time valued: a bare number is in the fitted model's time unit; Infinity, with a rate > 0, has no end. */
  readonly horizon: Duration;
  /** One effective rate for all, a year unless it says otherwise, 0.1 for 10 %; or one a customer. Default 0. */
  readonly discountRate?: Rate | ArrayLike<number> | undefined;
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
 *
 * @example
 * clv({ purchases, spend }, customers, { horizon: weeks(52), discountRate: annualRate(0.1), margin: 0.3 });
 */
export function clv({ purchases, spend }: FittedPair, customers: Customers, options: ClvOptions): Float64Array {
  const { horizon, discountRate = 0, margin = 1 } = options;
  checkMargin(margin);
  const each = expectedSpend(spend, customers);
  const discounted = discountedPurchases(purchases, customers, horizon, discountRate);
  for (let i = 0; i < discounted.length; i++) discounted[i]! *= margin * each[i]!;
  return discounted;
}

export interface ClvByPeriodOptions extends Omit<ClvOptions, 'horizon' | 'discountRate'> {
  /** Length of one period, such as months(1). */
  readonly period: Duration;
  /** How many, one after the other, from the end of observation. */
  readonly periods: number;
  readonly discountRate?: Rate | undefined;
}

/**
 * `clv` of each of several periods to come, discounted to the end of observation; their sum over all customers is what
 * the customer base is worth.
 *
 * @returns one column a period, in each one number a customer
 * @throws ClvError bad_horizon, bad_option, bad_columns
 */
export function clvByPeriod(
  models: FittedPair,
  customers: Customers,
  { period, periods, ...options }: ClvByPeriodOptions,
): Float64Array[] {
  if (!(Number.isInteger(periods) && periods >= 1 && periods <= 10_000)) {
    throw new ClvError('bad_option', 'this is not a number of periods', { found: periods, expected: '1 to 10,000' });
  }
  const length = lengthIn(models.purchases.timeUnit, period);
  let before: Float64Array = new Float64Array(customers.n);
  return Array.from({ length: periods }, (_, j) => {
    const until = clv(models, customers, { ...options, horizon: (j + 1) * length });
    const within = until.map((value, i) => value - before[i]!);
    before = until;
    return within;
  });
}

export interface ClvMonthlyOptions {
  /** Months valued. Default 12. */
  readonly time?: number | undefined;
  /** Rate a month, 0.01 for 1 %. Default 0.01. */
  readonly discountRate?: number | undefined;
}

/** Length of the month of lifetimes, in each time unit. */
const LIFETIMES_MONTH = { day: 30, week: 4.345, month: 1 } as const;

/**
 * Customer lifetime value by the convention of lifetimes' `customer_lifetime_value`, for comparison: months of 30 days or
 * 4.345 weeks, the purchases of each discounted from its end at a monthly rate.
 *
 * @returns one a customer, in the unit of `monetary`
 * @throws ClvError bad_option
 */
export function clvMonthly(
  { purchases, spend }: FittedPair,
  customers: Customers,
  { time = 12, discountRate = 0.01 }: ClvMonthlyOptions = {},
): Float64Array {
  const unit = purchases.timeUnit;
  if (unit === 'year') {
    throw new ClvError('bad_option', 'lifetimes values no models whose time unit is the year', {
      found: unit,
      expected: Object.keys(LIFETIMES_MONTH).join(', '),
      hint: 'clv()',
    });
  }
  if (!(Number.isInteger(time) && time >= 1 && discountRate > -1)) {
    throw new ClvError('bad_option', 'clvMonthly takes whole months and a monthly rate', {
      found: `time ${time}, discountRate ${discountRate}`,
      expected: 'time 12, discountRate 0.01',
    });
  }
  const month = LIFETIMES_MONTH[unit];
  const each = expectedSpend(spend, customers);
  const total = new Float64Array(customers.n);
  for (let m = 1; m <= time; m++) {
    const bought = expectedPurchases(purchases, customers, { from: (m - 1) * month, to: m * month });
    for (let i = 0; i < total.length; i++) total[i]! += (each[i]! * bought[i]!) / (1 + discountRate) ** m;
  }
  return total;
}

/** @throws ClvError bad_option */
export function checkMargin(margin: number): void {
  if (Math.abs(margin) <= 1e9) return;
  throw new ClvError('bad_option', 'the margin is not a share', { found: margin, expected: 'a number such as 0.3' });
}

/**
 * Discounted expected residual transactions: all purchases still to come, each discounted from when it happens.
 *
 * Fader, Hardie & Lee (2005), RFM and CLV, Journal of Marketing Research 42, 415–430.
 *
 * @param rate > 0, effective; a bare number is a year's
 * @returns one a customer
 * @throws ClvError bad_option, bad_columns
 */
export function dert(fitted: FittedModel, customers: Customers, rate: Rate | ArrayLike<number>): Float64Array {
  return discountedPurchases(fitted, customers, Number.POSITIVE_INFINITY, rate);
}

/**
 * Expected purchases in (0, horizon], each discounted from when it happens.
 *
 * @param horizon Infinity is allowed where every rate is > 0
 * @param rate effective; one for all (a bare number is a year's), or one a customer and year
 * @returns one a customer
 * @throws ClvError bad_horizon, bad_option, bad_columns
 */
export function discountedPurchases(
  fitted: FittedModel,
  customers: Customers,
  horizon: Duration,
  rate: Rate | ArrayLike<number>,
): Float64Array {
  if (typeof rate === 'object' && rate !== null && 'length' in rate) {
    return eachAtTheirRate(fitted, customers, horizon, rate);
  }
  const usable = purchasesOf(fitted);
  const delta = discountPerUnit(rate as Rate, fitted.timeUnit);
  const endless = horizon === Number.POSITIVE_INFINITY;
  if (endless && !(delta > 0)) {
    throw new ClvError('bad_option', 'without an end, value needs a discount rate', {
      found: rate,
      expected: 'a rate > 0, or a finite horizon',
    });
  }
  const to = endless ? Number.POSITIVE_INFINITY : limits(usable, horizon).to;
  return timesAlive(usable, customers, (model, params, distinct) =>
    model.discountedIfAlive
      ? model.discountedIfAlive(params, distinct, to, delta)
      : discountedIfAlive(model, params, distinct, to, delta),
  );
}

function eachAtTheirRate(fitted: FittedModel, customers: Customers, horizon: Duration, rates: ArrayLike<number>) {
  const { n } = customers;
  if (rates.length !== n) {
    throw new ClvError('bad_columns', 'the rates are not one a customer', {
      column: 'discountRate',
      found: `${rates.length} rates`,
      expected: `${n}, one a customer`,
    });
  }
  const rate = Float64Array.from(rates);
  const { customers: distinct, rows } = mergeIdentical({ ...customers, covariates: { rate } }, [], ['rate']);
  const members = Array.from({ length: distinct.n }, (): number[] => []);
  for (let i = 0; i < n; i++) members[rows[i]!]!.push(i);
  const out = new Float64Array(n);
  members.forEach((list, group) => {
    const some = takeRows(customers, Int32Array.from(list));
    const values = discountedPurchases(fitted, some, horizon, distinct.covariates.rate![group]!);
    list.forEach((row, i) => {
      out[row] = values[i]!;
    });
  });
  return out;
}

const DISCOUNT_RULE = gaussLegendre(14);
/** Serves where little is discounted away, MILD or less: its error of 4e-12 then is a part of that part. */
const MILD_RULE = gaussLegendre(8);
const MILD = 0.2;
/** Longest stretch of ln(1 + t/scale) for one rule. */
const DISCOUNT_PANEL = 2.5;
/** e^−DISCOUNTED_AWAY of a purchase is nothing. */
const DISCOUNTED_AWAY = 45;

/**
 * By parts the integral needs expected purchases N only: e^(−δ t) N(t) at the end + δ ∫ e^(−δ t) N(t) dt. In
 * ln(1 + t/scale), with the scale of the faster of discount and customer, it is smooth. Customers who need equally many
 * panels go together.
 *
 * Relative error ≤ 1e-10 against mpmath over parameters from 1e-3 to 1e4 (test/btyd/accuracy.test.ts).
 */
function discountedIfAlive(
  model: PurchaseModel,
  params: Params<string>,
  distinct: Customers,
  horizon: number,
  delta: number,
): Float64Array {
  if (delta === 0 || horizon === 0) return model.purchasesIfAlive(params, distinct, horizon);
  const end = delta > 0 ? Math.min(horizon, DISCOUNTED_AWAY / delta) : horizon;
  const bends = model.bend?.(params, distinct);
  const scales = Float64Array.from(
    { length: distinct.n },
    (_, i) => 1 / (Math.abs(delta) + (bends ? 1 / bends[i]! : 0)),
  );
  const members = new Map<number, number[]>();
  scales.forEach((scale, i) => {
    const panels = Math.ceil(Math.log1p(end / scale) / DISCOUNT_PANEL);
    const list = members.get(panels);
    if (list) list.push(i);
    else members.set(panels, [i]);
  });
  const out = new Float64Array(distinct.n);
  for (const [panels, rows] of members) {
    const scale = rows.reduce((least, row) => Math.min(least, scales[row]!), Number.POSITIVE_INFINITY);
    const some = takeRows(distinct, Int32Array.from(rows));
    const values = discountedOn(panels, scale, model, params, some, end, delta);
    rows.forEach((row, i) => {
      out[row] = values[i]!;
    });
  }
  return out;
}

/** The integral with its nodes on `panels` panels of equal length in ln(1 + t/scale). */
function discountedOn(
  panels: number,
  scale: number,
  model: PurchaseModel,
  params: Params<string>,
  some: Customers,
  end: number,
  delta: number,
): Float64Array {
  const length = Math.log1p(end / scale);
  const { nodes, weights } = Math.abs(delta) * end <= MILD ? MILD_RULE : DISCOUNT_RULE;
  const atEnd = Math.exp(-delta * end);
  const total = model.purchasesIfAlive(params, some, end).map((count) => atEnd * count);
  for (let j = 0; j < panels * nodes.length; j++) {
    const node = j % nodes.length;
    const panel = (j - node) / nodes.length;
    const y = ((panel + nodes[node]!) * length) / panels;
    const t = scale * Math.expm1(y);
    const step = (weights[node]! * length * scale * Math.exp(y)) / panels;
    const share = step * delta * Math.exp(-delta * t);
    const until = model.purchasesIfAlive(params, some, t);
    for (let i = 0; i < total.length; i++) total[i]! += share * until[i]!;
  }
  return total;
}
