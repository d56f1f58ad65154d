/** What is known of single customers: their own rate, how long they stay, when they buy next. */
import { type Customers, oneRow, takeRows } from '../customers.js';
import { mixtureMean, mixtureQuantile } from '../kernels/mixtures.js';
import type { TimeUnit } from '../time.js';
import { byCustomer, purchasesOf, type Usable } from './by-customer.js';
import type { FittedModel } from './fitted-model.js';
import { checkLevel } from './inference/level.js';
import type { PurchaseModel } from './model.js';
import { pActive, pAlive } from './predict.js';

/** Columns of one length: the middle of a distribution and its central 90 % (or `level`). */
export interface Spread {
  readonly low: Float64Array;
  readonly middle: Float64Array;
  readonly high: Float64Array;
}

export interface SpreadOptions {
  /** Share of the distribution between low and high. Default 0.9. */
  readonly level?: number | undefined;
}

/** Customers' own purchase rates: `middle` is the mean. */
export interface RateSpread extends Spread {
  /** The rates are purchases per this unit (discrete models: chances per opportunity). */
  readonly per: TimeUnit;
}

/**
 * The posterior of each customer's own purchase rate while alive, at the fitted parameters: mean and central interval.
 *
 * @throws ClvError bad_columns
 */
export function purchaseRate(
  fitted: FittedModel,
  customers: Customers,
  { level = 0.9 }: SpreadOptions = {},
): RateSpread {
  checkLevel(level);
  const usable = purchasesOf(fitted);
  const values = byCustomer(
    usable,
    ['frequency', 'recency', 'age'],
    customers,
    (model, params, distinct) => {
      const out = new Float64Array(3 * distinct.n);
      for (let i = 0; i < distinct.n; i++) {
        const history = { x: distinct.frequency[i]!, tx: distinct.recency[i]!, T: distinct.age[i]! };
        const mixture = model.rate?.(params, history);
        const one = mixture ? 0 : model.purchasesIfAlive(params, oneRow(distinct, i), 1)[0]!; // all have one rate
        const quantile = (p: number) => (mixture ? mixtureQuantile(mixture, p) : one);
        out.set([quantile((1 - level) / 2), mixture ? mixtureMean(mixture) : one, quantile((1 + level) / 2)], 3 * i);
      }
      return out;
    },
    3,
  );
  return { ...columns(values, customers.n), per: fitted.timeUnit };
}

/** Times after the end of observation; Infinity where that share of the distribution lies beyond any time. */
export interface TimeSpread extends Spread {
  readonly unit: TimeUnit;
}

/**
 * How long customers stay after the end of observation, who may have left already (0): median and central interval.
 *
 * @throws ClvError bad_columns
 */
export function remainingLifetime(fitted: FittedModel, customers: Customers, options: SpreadOptions = {}): TimeSpread {
  return times(purchasesOf(fitted), customers, options, (some, t) => pAlive(fitted, some, t).map((alive) => 1 - alive));
}

/** When customers buy next. */
export interface NextPurchase extends TimeSpread {
  /** P(no further purchase ever): the times hold for those who do buy again. */
  readonly never: Float64Array;
}

/** Nothing later than this many units, or opportunities, is told from never. */
const EVER = 1e6;
const EVER_IN_OPPORTUNITIES = 1e4;

/**
 * The time of each customer's next purchase, counted from the end of observation, if there is one: median and central
 * interval, and the chance that there is none.
 *
 * @throws ClvError bad_columns
 */
export function nextPurchase(fitted: FittedModel, customers: Customers, options: SpreadOptions = {}): NextPurchase {
  const ever = pActive(fitted, customers, endOf(purchasesOf(fitted)));
  const spread = times(purchasesOf(fitted), customers, options, (some, t, rows) =>
    pActive(fitted, some, t).map((active, i) => (ever[rows[i]!]! === 0 ? 1 : active / ever[rows[i]!]!)),
  );
  return { ...spread, never: ever.map((active) => Math.max(0, 1 - active)) };
}

/** Quantiles of a time, from its distribution function; by bisection, each customer on their own. */
function times(
  { model, fitted }: Usable<PurchaseModel>,
  customers: Customers,
  { level = 0.9 }: SpreadOptions,
  cdf: (some: Customers, t: number, rows: Int32Array) => Float64Array,
): TimeSpread {
  checkLevel(level);
  const values = new Float64Array(3 * customers.n);
  const probabilities = [(1 - level) / 2, 0.5, (1 + level) / 2];
  for (let i = 0; i < customers.n; i++) {
    const row = Int32Array.of(i);
    const one = takeRows(customers, row);
    const until = (t: number) => cdf(one, t, row)[0]!;
    probabilities.forEach((probability, j) => {
      values[3 * i + j] = model.discrete ? firstWhole(until, probability) : quantile(until, probability);
    });
  }
  return { ...columns(values, customers.n), unit: fitted.timeUnit };
}

function quantile(cdf: (t: number) => number, probability: number): number {
  if (cdf(0) >= probability) return 0;
  if (cdf(EVER) < probability) return Number.POSITIVE_INFINITY;
  let low = -16 * Math.LN10;
  let high = Math.log(EVER);
  for (let step = 0; step < 60 && high - low > 1e-9; step++) {
    const middle = (low + high) / 2;
    if (cdf(Math.exp(middle)) < probability) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** The time that stands for ever. */
function endOf({ model }: Usable<PurchaseModel>): number {
  return model.discrete ? EVER_IN_OPPORTUNITIES : EVER;
}

function firstWhole(cdf: (t: number) => number, probability: number): number {
  if (cdf(0) >= probability) return 0;
  if (cdf(EVER_IN_OPPORTUNITIES) < probability) return Number.POSITIVE_INFINITY;
  let low = 0;
  let high = EVER_IN_OPPORTUNITIES;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (cdf(middle) < probability) low = middle;
    else high = middle;
  }
  return high;
}

function columns(values: Float64Array, n: number): Spread {
  const column = (j: number) => Float64Array.from({ length: n }, (_, i) => values[3 * i + j]!);
  return { low: column(0), middle: column(1), high: column(2) };
}
