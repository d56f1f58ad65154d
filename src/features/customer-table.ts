/** What the feature builder hands to models and evaluation: customers with their ids, and what they did in the holdout. */
import { dayOption, isoDay } from '../calendar.js';
import { type Customers, customers } from '../customers.js';
import { ClvError } from '../errors.js';
import { checkOptionTypes } from '../options.js';
import { checkTimeUnit, DAYS_PER, type TimeUnit } from '../time.js';

/** Where calibration ends and holdout ends. */
export interface SplitOptions {
  /** Last day of calibration, inclusive, `YYYY-MM-DD`. Default: the last day of the log. */
  readonly thresholdDate?: string | undefined;
  /** Last day of the holdout, inclusive; left out: there is no holdout. */
  readonly predictEnd?: string | undefined;
  /** Unit of recency, age and every horizon. Default `day`. */
  readonly timeUnit?: TimeUnit | undefined;
}

/** What happened in (thresholdDate, predictEnd], one a customer. Nothing before it depends on this. */
export interface Holdout {
  /** Length in the time unit. */
  readonly length: number;
  /** Transactions (customer-days). */
  readonly purchases: Float64Array;
  readonly value: Float64Array;
}

/** Customers with a transaction in calibration, one row each, sorted by id. All columns have the same length. */
export interface CustomerTable {
  readonly customerId: readonly string[];
  /** frequency, recency, age, monetary, litt; weight 1. */
  readonly customers: Customers;
  /** Value of all calibration transactions. */
  readonly spent: Float64Array;
  readonly thresholdDate: string;
  readonly predictEnd: string | null;
  readonly holdout: Holdout | null;
  /** From the first day of the log to the threshold, in the time unit. */
  readonly observedLength: number;
  /** Customers who first bought after the threshold: they are not in the table. */
  readonly laterCustomers: number;
}

/** A split as day numbers, as far as options alone can say. */
export interface RequestedSplit {
  /** undefined: the last day of the log. */
  readonly threshold: number | undefined;
  /** null: no holdout. */
  readonly end: number | null;
  readonly timeUnit: TimeUnit;
}

/**
 * The options of a split, checked before any log is read.
 *
 * @throws ClvError bad_date, bad_option, bad_window
 */
export function requestedSplit(options: SplitOptions): RequestedSplit {
  checkOptionTypes(options, {});
  const { thresholdDate, predictEnd, timeUnit = 'day' } = options;
  checkTimeUnit(timeUnit);
  const threshold = thresholdDate === undefined ? undefined : dayOption('threshold_date', thresholdDate);
  const end = predictEnd === undefined ? null : dayOption('predict_end', predictEnd);
  checkWindow(threshold, end);
  return { threshold, end, timeUnit };
}

/** A split of a certain log. */
export type Split = RequestedSplit & { readonly threshold: number };

/**
 * The split that these options mean for a log from `firstDay` to `lastDay`.
 *
 * @throws ClvError bad_date, bad_option, bad_window, threshold_outside_data
 */
export function resolveSplit(options: SplitOptions, firstDay: number, lastDay: number): Split {
  const { threshold = lastDay, end, timeUnit } = requestedSplit(options);
  if (threshold < firstDay || threshold > lastDay) {
    throw new ClvError('threshold_outside_data', 'threshold_date lies outside the log', {
      found: isoDay(threshold),
      expected: `a day from ${isoDay(firstDay)} to ${isoDay(lastDay)}, the first and last with a transaction`,
    });
  }
  checkWindow(threshold, end);
  return { threshold, end, timeUnit };
}

function checkWindow(threshold: number | undefined, end: number | null): void {
  if (threshold === undefined || end === null || end > threshold) return;
  throw new ClvError('bad_window', 'predict_end does not come after threshold_date', {
    found: `threshold_date ${isoDay(threshold)}, predict_end ${isoDay(end)}`,
    expected: 'a later day: the holdout is (threshold_date, predict_end]',
  });
}

/** Columns as counted in days, one a customer, from whichever path did the counting. */
export interface CountedDays {
  readonly customerId: string[];
  readonly firstDay: Float64Array;
  readonly lastDay: Float64Array;
  readonly transactions: Float64Array;
  readonly repeatValue: Float64Array;
  /** Σ ln(days between two transactions). */
  readonly logGaps: Float64Array;
  readonly spent: Float64Array;
  readonly holdoutTransactions: Float64Array;
  readonly holdoutValue: Float64Array;
  readonly laterCustomers: number;
}

/**
 * frequency, recency, age and monetary from counted days.
 *
 * @throws ClvError no_customers
 */
export function customerTable(
  counted: CountedDays,
  { threshold, end, timeUnit }: Split,
  logStart: number,
): CustomerTable {
  const { firstDay, lastDay, transactions, repeatValue, logGaps } = counted;
  if (counted.customerId.length === 0) {
    throw new ClvError('no_customers', 'no customer has a transaction by threshold_date', {
      found: isoDay(threshold),
      expected: 'a threshold_date after the first transactions',
    });
  }
  const unit = DAYS_PER[timeUnit];
  const frequency = transactions.map((count) => count - 1);
  return {
    customerId: counted.customerId,
    customers: customers({
      timeUnit,
      frequency,
      recency: lastDay.map((last, i) => (last - firstDay[i]!) / unit),
      age: firstDay.map((first) => (threshold - first) / unit),
      litt: logGaps.map((sum, i) => sum - frequency[i]! * Math.log(unit)),
      monetary: repeatValue.map((value, i) => (frequency[i]! > 0 ? value / frequency[i]! : 0)),
    }),
    spent: counted.spent,
    thresholdDate: isoDay(threshold),
    predictEnd: end === null ? null : isoDay(end),
    holdout:
      end === null
        ? null
        : { length: (end - threshold) / unit, purchases: counted.holdoutTransactions, value: counted.holdoutValue },
    observedLength: (threshold - logStart) / unit,
    laterCustomers: counted.laterCustomers,
  };
}

/** Some customers of a table, in the order given. */
export function someCustomers(table: CustomerTable, rows: Int32Array): CustomerTable {
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row]!);
  const { timeUnit, frequency, recency, age, monetary, litt, weight } = table.customers;
  return {
    ...table,
    customerId: Array.from(rows, (row) => table.customerId[row]!),
    customers: customers({
      timeUnit,
      frequency: pick(frequency),
      recency: pick(recency),
      age: pick(age),
      monetary: pick(monetary),
      litt: litt && pick(litt),
      weight: pick(weight),
    }),
    spent: pick(table.spent),
    holdout: table.holdout && {
      length: table.holdout.length,
      purchases: pick(table.holdout.purchases),
      value: pick(table.holdout.value),
    },
  };
}
