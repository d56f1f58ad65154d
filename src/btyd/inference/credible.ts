/** Intervals on predictions: for the expectation, and for what will really happen. */
import type { Customers } from '../../customers.js';
import { ClvError } from '../../errors.js';
import { randomStream } from '../../kernels/random.js';
import { discountPerUnit, type Rate } from '../../time.js';
import { checkFits, purchasesOf, spendOf } from '../by-customer.js';
import { groupsOf, paramsOf } from '../covariates.js';
import type { FittedModel, FittedPair } from '../fitted-model.js';
import type { Spread, SpreadOptions } from '../individual.js';
import { limits, type Window } from '../windows.js';
import { checkLevel } from './level.js';
import { atDraw, type Draws } from './posterior.js';

/** The draws of both models that a value needs. */
export interface DrawsPair {
  readonly purchases: Draws;
  readonly spend: Draws;
}

export interface CredibleOptions extends SpreadOptions {
  /** How many of the draws to predict at, for the sake of time. Default 400, or all there are. */
  readonly draws?: number | undefined;
}

/**
 * Median and central interval of any prediction, over what the parameters may be: of an expectation, not of an outcome.
 *
 * @param predict a prediction from a fitted model, or from a pair of them
 * @returns as many rows as `predict` returns; one if it returns a number
 * @throws ClvError bad_option
 *
 * @example
 * credible(posterior, (at) => pAlive(at, customers));
 * credible({ purchases, spend }, (at) => clv(at, customers, { horizon: weeks(52) }), { level: 0.8 });
 */
export function credible(
  posterior: Draws,
  predict: (fitted: FittedModel) => Float64Array | number,
  options?: CredibleOptions,
): Spread;
export function credible(
  posterior: DrawsPair,
  predict: (models: FittedPair) => Float64Array | number,
  options?: CredibleOptions,
): Spread;
export function credible(
  posterior: Draws | DrawsPair,
  predict: (models: FittedModel & FittedPair) => Float64Array | number,
  { level = 0.9, draws = 400 }: CredibleOptions = {},
): Spread {
  const count = Math.min(
    draws,
    'fitted' in posterior ? posterior.count : Math.min(posterior.purchases.count, posterior.spend.count),
  );
  checkLevel(level);
  checkDraws(count);
  const values = Array.from({ length: count }, (_, d) => {
    const at =
      'fitted' in posterior
        ? atDraw(posterior, d)
        : { purchases: atDraw(posterior.purchases, d), spend: atDraw(posterior.spend, d) };
    const value = predict(at as FittedModel & FittedPair);
    return typeof value === 'number' ? Float64Array.of(value) : value;
  });
  const n = values[0]!.length;
  return spreadOf(n, count, level, (i, row) => {
    for (let d = 0; d < count; d++) row[d] = values[d]![i]!;
  });
}

export interface OutcomeOptions extends SpreadOptions {
  /** Lives simulated a customer. Default 400. */
  readonly draws?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
}

/** What may really happen in a window, one row a customer. */
export interface Outcomes {
  /** Number of purchases. */
  readonly purchases: Spread;
  /** Their value, discounted if so asked, × margin; only with a posterior of spend. */
  readonly value?: Spread;
  /** Of all rows together. */
  readonly total: { readonly purchases: Range; readonly value?: Range };
}

/** Median and central interval of one number. */
export interface Range {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

export interface ValueOutcomeOptions extends OutcomeOptions {
  /** Effective, a year unless it says otherwise. Default 0. */
  readonly discountRate?: Rate | undefined;
  /** Default 1. */
  readonly margin?: number | undefined;
}

/**
 * Median and central interval of what customers will really do after the end of observation: the parameters are uncertain,
 * each customer's own rates are, and so is chance. Simulated: one life a draw and customer.
 *
 * @throws ClvError bad_horizon, bad_option, bad_columns
 *
 * @example
 * outcomes({ purchases, spend }, customers, weeks(39)).purchases.high;
 */
export function outcomes(
  posterior: Draws | DrawsPair,
  customers: Customers,
  window: Window,
  options: ValueOutcomeOptions = {},
): Outcomes {
  const { level = 0.9, draws = 400, seed = 1, discountRate = 0, margin = 1 } = options;
  checkLevel(level);
  checkDraws(draws);
  const purchases = 'fitted' in posterior ? posterior : posterior.purchases;
  const spend = 'fitted' in posterior ? undefined : posterior.spend;
  const { model, fitted } = purchasesOf(purchases.fitted);
  const spender = spend && spendOf(spend.fitted);
  const { from, to } = limits({ model, fitted }, window);
  checkFits(model, fitted, customers);
  if (spender) checkFits(spender.model, spender.fitted, customers);
  const delta = discountPerUnit(discountRate, fitted.timeUnit);
  const stream = randomStream(seed);
  const { n, frequency, recency, age, monetary } = customers;
  const counts = new Uint32Array(n * draws);
  const values = spender ? new Float64Array(n * draws) : undefined;
  const groups = groupsOf(customers, fitted.coefficients);
  const spendGroups = spend ? groupsOf(customers, spend.fitted.coefficients) : [];
  const spendGroupOf = new Int32Array(n);
  spendGroups.forEach(({ rows }, g) => {
    for (const row of rows) spendGroupOf[row] = g;
  });

  for (let d = 0; d < draws; d++) {
    const at = atDraw(purchases, d % purchases.count);
    const spendAt = spend && atDraw(spend, d % spend.count);
    const spendParams = spendGroups.map(({ values: covariates }) =>
      paramsOf(
        spender!.model,
        spendAt!.parameters,
        spendAt!.coefficients,
        spendAt!.coefficients.map((c) => c.value),
        covariates,
      ),
    );
    for (const group of groups) {
      const params = paramsOf(
        model,
        at.parameters,
        at.coefficients,
        at.coefficients.map((c) => c.value),
        group.values,
      );
      const alive = model.pAlive(params, group.customers);
      group.rows.forEach((row, i) => {
        if (!(stream.uniform() < alive[i]!)) return;
        let draw: (() => number) | undefined; // only who buys spends
        model.live(params, { x: frequency[row]!, tx: recency[row]!, T: age[row]! }, to, stream, (t) => {
          if (t <= from) return;
          counts[row * draws + d]!++;
          if (!values) return;
          draw ??= spender!.model.drawSpender(
            spendParams[spendGroupOf[row]!]!,
            frequency[row]!,
            monetary[row]!,
            stream,
          );
          values[row * draws + d]! += margin * draw() * Math.exp(-delta * t);
        });
      });
    }
  }
  const each = (all: Uint32Array | Float64Array) =>
    spreadOf(n, draws, level, (i, row) => row.set(all.subarray(i * draws, (i + 1) * draws)));
  const together = (all: Uint32Array | Float64Array) => rangeOfTotals(all, draws, level);
  return {
    purchases: each(counts),
    ...(values && { value: each(values) }),
    total: { purchases: together(counts), ...(values && { value: together(values) }) },
  };
}

/** @param all row by row: customers × draws */
function rangeOfTotals(all: Uint32Array | Float64Array, draws: number, level: number): Range {
  const { low, middle, high } = spreadOf(1, draws, level, (_, sums) => {
    sums.fill(0);
    for (let k = 0; k < all.length; k++) sums[k % draws]! += all[k]!;
  });
  return { low: low[0]!, middle: middle[0]!, high: high[0]! };
}

/** Quantiles a row of `count` values. */
function spreadOf(n: number, count: number, level: number, fill: (i: number, row: Float64Array) => void): Spread {
  const low = new Float64Array(n);
  const middle = new Float64Array(n);
  const high = new Float64Array(n);
  const row = new Float64Array(count);
  for (let i = 0; i < n; i++) {
    fill(i, row);
    row.sort();
    low[i] = quantile(row, (1 - level) / 2);
    middle[i] = quantile(row, 0.5);
    high[i] = quantile(row, (1 + level) / 2);
  }
  return { low, middle, high };
}

/** The smallest value with at least this share of the sorted ones at or below it: a count stays a count. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}

function checkDraws(draws: number): void {
  if (Number.isInteger(draws) && draws >= 10) return;
  throw new ClvError('bad_option', 'these are not enough draws for an interval', {
    found: draws,
    expected: 'a whole number, at least 10',
  });
}
