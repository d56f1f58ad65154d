/**
 * The one type that features, models and evaluation share: customers as columns, one row each.
 */
import { ClvError } from './errors.js';
import { checkTimeUnit, type TimeUnit } from './time.js';

/** Customers as columns of equal length n. Made by `customers()`, which checks every invariant. */
export interface Customers {
  readonly n: number;
  /** Unit of `recency` and `age`. */
  readonly timeUnit: TimeUnit;
  /** Repeat transactions: all − 1. A whole number ≥ 0. */
  readonly frequency: Float64Array;
  /** First to last transaction, in `timeUnit`; 0 for who never came back. */
  readonly recency: Float64Array;
  /** First transaction to the end of observation, in `timeUnit`; ≥ recency. */
  readonly age: Float64Array;
  /** Mean value of the repeat transactions, in money; 0 where there are none or spend is not known. */
  readonly monetary: Float64Array;
  /** How many customers share the row, > 0. */
  readonly weight: Float64Array;
}

/** A column as users may give it. */
export type NumberColumn = ArrayLike<number>;

/** The columns of `Customers` that have one number a row. */
export type CustomerColumn = 'frequency' | 'recency' | 'age' | 'monetary';

export interface CustomerInput {
  readonly frequency: NumberColumn;
  readonly recency: NumberColumn;
  readonly age: NumberColumn;
  /** Left out: 0 for everyone. */
  readonly monetary?: NumberColumn | undefined;
  /** Left out: 1 for everyone. */
  readonly weight?: NumberColumn | undefined;
  /** Default `day`. */
  readonly timeUnit?: TimeUnit | undefined;
}

/**
 * Customers from arrays.
 *
 * Checks that all columns are as long as `frequency` and, row by row: frequency a whole number ≥ 0,
 * 0 ≤ recency ≤ age, recency 0 where frequency is 0, all finite, monetary ≥ 0, weight > 0. An age of 0 (first purchase
 * on the last day) and repeat purchases within the first instant (frequency > 0, recency 0) are legal.
 *
 * @throws ClvError bad_columns, naming the first row at fault, counted from 1
 */
export function customers(input: CustomerInput): Customers {
  const n = input.frequency.length;
  const column = (name: CustomerColumn | 'weight', absent: number): Float64Array => {
    const given = input[name];
    if (given === undefined) return new Float64Array(n).fill(absent);
    if (given === null || typeof given[0] === 'bigint' || typeof given.length !== 'number') {
      throw new ClvError('bad_columns', 'this is not a column of numbers', {
        column: name,
        expected: 'an array of numbers',
      });
    }
    if (given.length !== n) {
      throw new ClvError('bad_columns', 'the columns differ in length', {
        column: name,
        found: `${given.length} rows`,
        expected: `${n} rows, as in "frequency"`,
      });
    }
    return given instanceof Float64Array ? given : Float64Array.from(given);
  };
  const { timeUnit = 'day' } = input;
  checkTimeUnit(timeUnit);
  const checked: Customers = {
    n,
    timeUnit,
    frequency: column('frequency', 0),
    recency: column('recency', 0),
    age: column('age', 0),
    monetary: column('monetary', 0),
    weight: column('weight', 1),
  };
  checkRows(checked);
  return checked;
}

function checkRows({ n, frequency, recency, age, monetary, weight }: Customers): void {
  const fail = (i: number, column: string, found: unknown, problem: string, expected: string): never => {
    throw new ClvError('bad_columns', problem, { row: i + 1, column, found, expected });
  };
  for (let i = 0; i < n; i++) {
    const x = frequency[i]!;
    const tx = recency[i]!;
    const T = age[i]!;
    if (!(x >= 0 && Number.isInteger(x))) {
      fail(i, 'frequency', x, 'frequency is not a count', 'a whole number ≥ 0: transactions after the first');
    }
    if (!(T >= 0 && T < Number.POSITIVE_INFINITY)) fail(i, 'age', T, 'age is not a length of time', 'a number ≥ 0');
    if (!(tx >= 0 && tx <= T)) {
      fail(i, 'recency', tx, 'recency lies outside the time observed', `a number from 0 to the age, ${T}`);
    }
    if (x === 0 && tx !== 0) {
      fail(
        i,
        'recency',
        tx,
        'a customer without repeat transactions has a recency',
        '0 where frequency is 0 (recency is first to last transaction)',
      );
    }
    if (!(monetary[i]! >= 0 && monetary[i]! < Number.POSITIVE_INFINITY)) {
      fail(i, 'monetary', monetary[i], 'monetary is not an amount', 'a number ≥ 0');
    }
    if (!(weight[i]! > 0 && weight[i]! < Number.POSITIVE_INFINITY)) {
      fail(i, 'weight', weight[i], 'weight is not a count of customers', 'a number > 0');
    }
  }
}

/** Mean value of a repeat transaction, over all of them. */
export function meanRepeatValue({ n, frequency, monetary, weight }: Customers): number {
  let count = 0;
  let spent = 0;
  for (let i = 0; i < n; i++) {
    count += weight[i]! * frequency[i]!;
    spent += weight[i]! * frequency[i]! * monetary[i]!;
  }
  return spent / count;
}

/** Distinct rows, and for each original row which of them it became. */
export interface Merged {
  readonly customers: Customers;
  /** rows[i] is the merged row of original row i. */
  readonly rows: Int32Array;
}

/**
 * Rows that agree in `columns` become one, its weight the sum of theirs; the other columns are those of the first.
 *
 * A likelihood is a sum over customers, so the fit is unchanged, only faster: a million customers with day-rounded
 * times have about a tenth as many distinct rows.
 */
export function mergeIdentical(from: Customers, columns: readonly CustomerColumn[]): Merged {
  const keys = columns.map((name) => from[name]);
  const hash = rowHash(keys);
  const rows = new Int32Array(from.n);
  const first = new Int32Array(from.n);
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * from.n + 2))); // merged row + 1; 0 is empty
  const mask = slots.length - 1;
  let count = 0;
  for (let i = 0; i < from.n; i++) {
    let slot = hash(i) & mask;
    while (slots[slot] !== 0 && !sameCells(keys, i, first[slots[slot]! - 1]!)) slot = (slot + 1) & mask;
    if (slots[slot] === 0) {
      first[count] = i;
      slots[slot] = ++count;
    }
    rows[i] = slots[slot]! - 1;
  }

  const weight = new Float64Array(count);
  for (let i = 0; i < from.n; i++) weight[rows[i]!]! += from.weight[i]!;
  return { rows, customers: { ...takeRows(from, first.subarray(0, count)), weight } };
}

function sameCells(keys: readonly Float64Array[], a: number, b: number): boolean {
  for (let k = 0; k < keys.length; k++) if (keys[k]![a] !== keys[k]![b]) return false;
  return true;
}

/** A 32-bit hash of the bits of a row's cells. */
function rowHash(keys: readonly Float64Array[]): (row: number) => number {
  const bits = keys.map((key) => new Uint32Array(key.buffer, key.byteOffset, 2 * key.length));
  return (row) => {
    let hash = 0x811c9dc5;
    for (const words of bits) {
      hash = Math.imul(hash ^ words[2 * row]!, 0x9e3779b1);
      hash = Math.imul(hash ^ (hash >>> 15) ^ words[2 * row + 1]!, 0x85ebca6b);
    }
    return hash ^ (hash >>> 13);
  };
}

/** Sixteen hex digits that depend on the rows and their weights, not on their order. */
export function fingerprint(from: Customers, columns: readonly CustomerColumn[]): string {
  const { customers: distinct } = mergeIdentical(from, columns);
  const hash = rowHash([...columns.map((name) => distinct[name]), distinct.weight]);
  let sum = 0;
  let mix = distinct.n;
  for (let i = 0; i < distinct.n; i++) {
    const value = hash(i);
    sum = (sum + value) | 0;
    mix = (mix + Math.imul(value, value ^ (value >>> 7))) | 0;
  }
  return [sum, mix].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** values[rows[i]] for each i: one value a merged row → one value an original row, or a choice of rows. */
export function expand(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < out.length; i++) out[i] = values[rows[i]!]!;
  return out;
}

/** The rows with these numbers, in this order. */
export function takeRows(from: Customers, rows: Int32Array): Customers {
  const pick = (column: Float64Array) => expand(column, rows);
  return {
    n: rows.length,
    timeUnit: from.timeUnit,
    frequency: pick(from.frequency),
    recency: pick(from.recency),
    age: pick(from.age),
    monetary: pick(from.monetary),
    weight: pick(from.weight),
  };
}
