/**
 * The core summary for arrays already in memory: no database, runs in a browser. A test holds it equal to the SQL path.
 */
import { dayNumber, FIRST_DAY, LAST_DAY, parseIsoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { type CustomerTable, customerTable, resolveSplit, type SplitOptions } from './customer-table.js';

/** A transaction log as columns of equal length. */
export interface TransactionColumns {
  readonly customer: ArrayLike<string | number>;
  /**
   * A calendar day each: `YYYY-MM-DD` (what follows the day is ignored), a day number (days since 1970-01-01), or a
   * Date, whose local calendar day counts.
   */
  readonly date: ArrayLike<string | number | Date>;
  /** What the line was worth. Lines of value ≤ 0 are left out and counted. */
  readonly value: ArrayLike<number>;
}

/** The table, and how many lines were left out and why. */
export interface RfmTable extends CustomerTable {
  readonly dropped: { readonly missingCustomer: number; readonly nonPositiveValue: number };
  /** Ids such as `17850.0`, as spreadsheets write numbers, that became `17850`. */
  readonly normalisedIds: number;
}

/**
 * Recency, frequency, age and monetary value of each customer at `thresholdDate`, and the holdout after it.
 *
 * One transaction is one customer-day. Ids are text: `42` and `'42'` are one customer, `'042'` is another.
 *
 * @throws ClvError bad_columns, bad_cell (row counted from 1), bad_date, threshold_outside_data, bad_window, no_customers
 */
export function rfm(columns: TransactionColumns, options: SplitOptions = {}): RfmTable {
  const lines = columns.customer?.length;
  if (lines === undefined) {
    throw new ClvError('bad_columns', 'the log is not given as columns', {
      found: Array.isArray(columns) ? 'an array' : undefined,
      expected: '{ customer: […], date: […], value: […] }',
    });
  }
  for (const name of ['date', 'value'] as const) {
    if (columns[name]?.length === lines) continue;
    throw new ClvError('bad_columns', 'the columns differ in length', {
      column: name,
      found: `${columns[name]?.length ?? 'no'} rows`,
      expected: `${lines} rows, as in "customer"`,
    });
  }
  const numbers = new Map<string, number>();
  const customerId: string[] = [];
  const owner = new Int32Array(lines).fill(-1); // −1: left out
  const day = new Int32Array(lines);
  const dropped = { missingCustomer: 0, nonPositiveValue: 0 };
  let normalisedIds = 0;
  let logStart = Number.POSITIVE_INFINITY;
  let logEnd = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < lines; i++) {
    const value = columns.value[i]!;
    if (!Number.isFinite(value)) throw badCell(i, 'value', value, 'a finite number');
    let id = idOf(columns.customer[i], i);
    if (id === '') {
      dropped.missingCustomer++;
      continue;
    }
    if (value <= 0) {
      dropped.nonPositiveValue++;
      continue;
    }
    day[i] = dayOf(columns.date[i]!, i);
    logStart = Math.min(logStart, day[i]!);
    logEnd = Math.max(logEnd, day[i]!);
    if (/^\d+\.0$/.test(id)) {
      id = id.slice(0, -2);
      normalisedIds++;
    }
    let number = numbers.get(id);
    if (number === undefined) {
      number = customerId.push(id) - 1;
      numbers.set(id, number);
    }
    owner[i] = number;
  }
  if (customerId.length === 0) {
    throw new ClvError('no_customers', 'there is no transaction to summarise', {
      found: `${lines} rows, ${dropped.missingCustomer} without a customer, ${dropped.nonPositiveValue} without a positive value`,
      expected: 'rows with a customer, a date and a positive value',
    });
  }
  const split = resolveSplit(options, logStart, logEnd);
  const counted = countDays(customerId, owner, day, columns.value, split.threshold, split.end);
  return { ...customerTable(counted, split, logStart), dropped, normalisedIds };
}

/** The id as text; '' where there is none. */
function idOf(id: unknown, row: number): string {
  if (id === undefined || id === null || Number.isNaN(id)) return '';
  if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') return String(id).trim();
  throw badCell(row, 'customer', String(id), 'text or a number');
}

function dayOf(date: unknown, row: number): number {
  if (typeof date === 'number') {
    if (Number.isInteger(date) && date >= FIRST_DAY && date <= LAST_DAY) return date;
    throw badCell(row, 'date', date, 'a whole number of days since 1970-01-01 (not of seconds or milliseconds)');
  }
  const day =
    date instanceof Date
      ? dayNumber(date.getFullYear(), date.getMonth() + 1, date.getDate())
      : typeof date === 'string'
        ? parseIsoDay(date.trim().replace(/[T ].*$/, ''))
        : undefined;
  if (day === undefined) throw badCell(row, 'date', String(date), 'a calendar day: YYYY-MM-DD, a Date or a day number');
  return day;
}

function badCell(row: number, column: string, found: unknown, expected: string): ClvError {
  return new ClvError('bad_cell', `this is not a ${column}`, { row: row + 1, column, found, expected });
}

/** Lines sorted by customer and day, then one pass over them. */
function countDays(
  customerId: string[],
  owner: Int32Array,
  day: Int32Array,
  value: ArrayLike<number>,
  threshold: number,
  end: number | null,
) {
  const byId = Int32Array.from(customerId.keys()).sort((a, b) => (customerId[a]! < customerId[b]! ? -1 : 1));
  const start = new Int32Array(customerId.length + 1);
  for (const number of owner) if (number >= 0) start[number + 1]!++;
  for (let number = 0; number < customerId.length; number++) start[number + 1]! += start[number]!;
  const lines = new Int32Array(start[customerId.length]!);
  const next = start.slice();
  for (let i = 0; i < owner.length; i++) if (owner[i]! >= 0) lines[next[owner[i]!]!++] = i;

  const size = customerId.length;
  const column = () => new Float64Array(size);
  const [firstDay, lastDay, transactions, repeatValue, spent] = [column(), column(), column(), column(), column()];
  const [logGaps, holdoutTransactions, holdoutValue] = [column(), column(), column()];
  const ids: string[] = [];
  for (const number of byId) {
    const own = lines.subarray(start[number], start[number + 1]).sort((a, b) => day[a]! - day[b]! || a - b);
    if (day[own[0]!]! > threshold) continue;
    const row = ids.push(customerId[number]!) - 1;
    firstDay[row] = day[own[0]!]!;
    let before = Number.NEGATIVE_INFINITY;
    for (const i of own) {
      const today = day[i]!;
      const opens = today > before ? 1 : 0; // the first line of a day makes it a transaction
      if (opens && today <= threshold && before > Number.NEGATIVE_INFINITY) logGaps[row]! += Math.log(today - before);
      before = today;
      if (today <= threshold) {
        lastDay[row] = today;
        transactions[row]! += opens;
        spent[row]! += value[i]!;
        if (today > firstDay[row]!) repeatValue[row]! += value[i]!;
      } else if (end !== null && today <= end) {
        holdoutTransactions[row]! += opens;
        holdoutValue[row]! += value[i]!;
      }
    }
  }
  const cut = (values: Float64Array) => values.slice(0, ids.length);
  return {
    customerId: ids,
    firstDay: cut(firstDay),
    lastDay: cut(lastDay),
    transactions: cut(transactions),
    repeatValue: cut(repeatValue),
    spent: cut(spent),
    logGaps: cut(logGaps),
    holdoutTransactions: cut(holdoutTransactions),
    holdoutValue: cut(holdoutValue),
    laterCustomers: size - ids.length,
  };
}
