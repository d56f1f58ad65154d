/**
 * Customers under contract: renewals made, and whether the contract still runs; from individuals or from counts.
 * What sBG and BdW say of them: survival, retention, residual lifetime.
 */
import { type Customers, customers as customersOf, type NumberColumn } from '../customers.js';
import { ClvError } from '../errors.js';
import type { Rate, TimeUnit } from '../time.js';
import { bdw } from './bdw.js';
import { purchasesOf, type Usable } from './by-customer.js';
import { discountedPurchases } from './clv.js';
import type { FittedModel } from './fitted-model.js';
import type { PurchaseModel } from './model.js';
import { expectedPurchases, pAlive } from './predict.js';
import { sbg } from './sbg.js';
import { limits } from './windows.js';

export interface ContractInput {
  /** Renewals made: whole numbers ≥ 0. */
  readonly renewals: NumberColumn;
  /** Whether the contract still runs; what is not running ended at the renewal after the last one made. */
  readonly active: ArrayLike<boolean | number>;
  /** Left out: 1 for everyone. */
  readonly weight?: NumberColumn | undefined;
  /** Length of a period. Default `year`. */
  readonly timeUnit?: TimeUnit | undefined;
}

/**
 * Customers for `sbg` and `bdw` from individual contracts.
 *
 * @throws ClvError bad_columns, naming the first row at fault
 *
 * @example
 * fit(sbg, contracts({ renewals: [0, 3, 7], active: [false, true, true] }));
 */
export function contracts({ renewals, active, weight, timeUnit = 'year' }: ContractInput): Customers {
  if (active.length !== renewals.length) {
    throw new ClvError('bad_columns', 'the columns differ in length', {
      column: 'active',
      found: `${active.length} rows`,
      expected: `${renewals.length} rows, as in "renewals"`,
    });
  }
  const made = Float64Array.from(renewals);
  const age = made.map((count, i) => (active[i] ? count : count + 1));
  return customersOf({ frequency: made, recency: made, age, weight, timeUnit });
}

/**
 * Customers for `sbg` and `bdw` from the numbers of a cohort that are left: at the start, after 1, 2, … renewals.
 *
 * @param left falling or equal, ≥ 0; shares × the size of the cohort need not be whole numbers
 * @throws ClvError bad_columns
 *
 * @example
 * fit(sbg, cohort([1000, 869, 743, 653, 593, 551, 517, 491]));
 */
export function cohort(left: NumberColumn, { timeUnit = 'year' }: { readonly timeUnit?: TimeUnit } = {}): Customers {
  const renewals: number[] = [];
  const active: boolean[] = [];
  const weight: number[] = [];
  const add = (count: number, still: boolean, people: number) => {
    if (people === 0) return;
    renewals.push(count);
    active.push(still);
    weight.push(people);
  };
  for (let t = 0; t + 1 < left.length; t++) {
    if (!(left[t + 1]! >= 0 && left[t]! >= left[t + 1]! && left[t]! < Number.POSITIVE_INFINITY)) {
      throw new ClvError('bad_columns', 'a cohort cannot grow', {
        row: t + 2,
        column: 'left',
        found: `${left[t]}, then ${left[t + 1]}`,
        expected: 'numbers ≥ 0 that fall or stay, one a period, from the start on',
      });
    }
    add(t, false, left[t]! - left[t + 1]!);
  }
  if (left.length < 2) {
    throw new ClvError('bad_columns', 'a cohort needs its start and at least one renewal', {
      column: 'left',
      found: `${left.length} numbers`,
      expected: 'two or more',
    });
  }
  add(left.length - 1, true, left[left.length - 1]!);
  return contracts({ renewals, active, weight, timeUnit });
}

/** @throws ClvError unknown_model */
function contractModel(fitted: FittedModel): Usable<PurchaseModel> {
  const usable = purchasesOf(fitted);
  if (usable.model === sbg || usable.model === bdw) return usable;
  throw new ClvError('unknown_model', `${usable.model.title} is not a model of contracts`, {
    found: usable.model.name,
    expected: `${sbg.name} or ${bdw.name}`,
  });
}

/** Someone whose contract has been renewed so often. */
function renewed(fitted: FittedModel, times: number): Customers {
  contractModel(fitted);
  return contracts({ renewals: [times], active: [true], timeUnit: fitted.timeUnit });
}

/**
 * S(0), …, S(periods): the share of a cohort that is left after so many renewals.
 *
 * @throws ClvError bad_horizon, unknown_model
 */
export function survivalCurve(fitted: FittedModel, periods: number): Float64Array {
  let left = 1;
  const retention = retentionRates(fitted, periods);
  return Float64Array.from({ length: periods + 1 }, (_, t) => {
    if (t > 0) left *= retention[t - 1]!;
    return left;
  });
}

/**
 * Retention rates S(t)/S(t − 1), t = 1 … periods: who was there and renews.
 *
 * @throws ClvError bad_horizon, unknown_model
 */
export function retentionRates(fitted: FittedModel, periods: number): Float64Array {
  limits(contractModel(fitted), periods);
  const renewals = Array.from({ length: periods }, (_, t) => t);
  const active = renewals.map(() => true);
  return pAlive(fitted, contracts({ renewals, active, timeUnit: fitted.timeUnit }), 1);
}

/**
 * Expected renewals still to come within `periods` of who has renewed so often and still is a customer.
 *
 * @throws ClvError bad_horizon, unknown_model
 */
export function residualRenewals(fitted: FittedModel, renewals: number, periods: number): number {
  return expectedPurchases(fitted, renewed(fitted, renewals), periods)[0]!;
}

/**
 * Discounted expected residual lifetime, just before the renewal after `renewals` of them: every renewal to come, that
 * one undiscounted, each later one by one more period. Fader & Hardie (2010), Customer-Base Valuation in a Contractual
 * Setting, Marketing Science 29(1), 85–93.
 *
 * @param rate > 0, effective; a bare number is a year's
 * @throws ClvError bad_option, unknown_model
 */
export function discountedResidualLifetime(fitted: FittedModel, renewals: number, rate: Rate): number {
  const [discounted] = discountedPurchases(fitted, renewed(fitted, renewals), Number.POSITIVE_INFINITY, rate);
  const [one] = discountedPurchases(fitted, renewed(fitted, renewals), 1, rate);
  const [renews] = pAlive(fitted, renewed(fitted, renewals), 1);
  return (discounted! * renews!) / one!;
}
