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
  /** Σ ln(time between two transactions), time in `timeUnit`; what models of regular buying need beside the others. */
  readonly litt?: Float64Array | undefined;
  /** Numbers that describe the customer and do not change, by name; for models with covariates. */
  readonly covariates: Readonly<Record<string, Float64Array>>;
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
  readonly litt?: NumberColumn | undefined;
  readonly covariates?: Readonly<Record<string, NumberColumn>> | undefined;
  /** Left out: 1 for everyone. */
  readonly weight?: NumberColumn | undefined;
  /** Of recency and age, and so of every horizon; an annual rate is turned into it. Default `day`. */
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
  for (const name of ['frequency', 'recency', 'age'] as const) {
    if (input?.[name] !== undefined) continue;
    throw new ClvError('bad_columns', 'customers need three columns', {
      column: name,
      found: Object.keys(input ?? {}).join(', '),
      expected: 'frequency, recency and age (which papers call x, t_x and T)',
    });
  }
  const n = input.frequency.length;
  const column = (name: string, given: NumberColumn): Float64Array => {
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
  const optional = (name: 'monetary' | 'weight', absent: number) => {
    const given = input[name];
    return given === undefined ? new Float64Array(n).fill(absent) : column(name, given);
  };
  const { timeUnit = 'day' } = input;
  checkTimeUnit(timeUnit);
  const checked: Customers = {
    n,
    timeUnit,
    frequency: column('frequency', input.frequency),
    recency: column('recency', input.recency),
    age: column('age', input.age),
    monetary: optional('monetary', 0),
    ...(input.litt && { litt: column('litt', input.litt) }),
    covariates: Object.fromEntries(
      Object.entries(input.covariates ?? {}).map(([name, given]) => [name, column(name, given)]),
    ),
    weight: optional('weight', 1),
  };
  checkRows(checked);
  return checked;
}

function checkRows({ n, frequency, recency, age, monetary, weight, litt, covariates }: Customers): void {
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
  for (const [name, values] of [...(litt ? [['litt', litt] as const] : []), ...Object.entries(covariates)]) {
    for (let i = 0; i < n; i++) {
      if (!Number.isFinite(values[i])) fail(i, name, values[i], `${name} is not a number`, 'a finite number');
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
 * Rows that agree in `columns` and `covariates` become one, its weight the sum of theirs and its `litt` the mean, which
 * is all that a sum over customers needs of it; the other columns are those of the first.
 *
 * A likelihood is a sum over customers, so the fit is unchanged, only faster: a million customers with day-rounded
 * times have about a tenth as many distinct rows.
 */
export function mergeIdentical(
  from: Customers,
  columns: readonly CustomerColumn[],
  covariates: readonly string[] = [],
): Merged {
  const keys = [...columns.map((name) => from[name]), ...covariates.map((name) => from.covariates[name]!)];
  const { rows, first } = distinctRows(keys, from.n);
  const count = first.length;
  const weight = new Float64Array(count);
  for (let i = 0; i < from.n; i++) weight[rows[i]!]! += from.weight[i]!;
  const customers = { ...takeRows(from, first), weight };
  if (!from.litt) return { rows, customers };
  const litt = new Float64Array(count);
  for (let i = 0; i < from.n; i++) litt[rows[i]!]! += (from.weight[i]! * from.litt[i]!) / weight[rows[i]!]!;
  return { rows, customers: { ...customers, litt } };
}

/** The first of each kind of row, and for every row which kind it is. */
function distinctRows(keys: readonly Float64Array[], n: number): { rows: Int32Array; first: Int32Array } {
  const hash = rowHashes(keys, n);
  const rows = new Int32Array(n);
  let first = new Int32Array(512);
  let slots = new Int32Array(1024); // kind + 1, 0 is empty; grows with what is found, to stay near the processor
  let mask = slots.length - 1;
  let count = 0;
  for (let i = 0; i < n; i++) {
    let slot = hash[i]! & mask;
    let kind = slots[slot]!;
    while (kind !== 0 && !sameRow(keys, hash, i, first[kind - 1]!)) {
      slot = (slot + 1) & mask;
      kind = slots[slot]!;
    }
    if (kind === 0) {
      first[count] = i;
      kind = ++count;
      slots[slot] = kind;
      if (count === first.length) {
        const known = first;
        first = new Int32Array(2 * count);
        first.set(known);
        slots = new Int32Array(4 * count);
        mask = slots.length - 1;
        for (let k = 0; k < count; k++) {
          let free = hash[first[k]!]! & mask;
          while (slots[free] !== 0) free = (free + 1) & mask;
          slots[free] = k + 1;
        }
      }
    }
    rows[i] = kind - 1;
  }
  return { rows, first: first.subarray(0, count) };
}

function sameRow(keys: readonly Float64Array[], hash: Int32Array, a: number, b: number): boolean {
  if (hash[a] !== hash[b]) return false;
  for (let k = 0; k < keys.length; k++) if (keys[k]![a] !== keys[k]![b]) return false;
  return true;
}

/** The upper half of −0, which is to be the same cell as 0. */
const MINUS_ZERO = 0x80000000;

/** For each row a 32-bit hash of the bits of its cells. */
function rowHashes(keys: readonly Float64Array[], n: number): Int32Array {
  const hash = new Int32Array(n).fill(0x811c9dc5);
  for (const key of keys) {
    const words = new Uint32Array(key.buffer, key.byteOffset, 2 * n);
    for (let i = 0; i < n; i++) {
      const low = words[2 * i]!;
      const high = words[2 * i + 1]!;
      const half = Math.imul(hash[i]! ^ low, 0x9e3779b1);
      const top = high === MINUS_ZERO && low === 0 ? 0 : high;
      hash[i] = Math.imul(half ^ (half >>> 15) ^ top, 0x85ebca6b);
    }
  }
  for (let i = 0; i < n; i++) hash[i] = hash[i]! ^ (hash[i]! >>> 13);
  return hash;
}

/** Sixteen hex digits that depend on the rows and their weights, not on their order. */
export function fingerprint(from: Customers, columns: readonly CustomerColumn[]): string {
  const { customers: distinct } = mergeIdentical(from, columns);
  const hash = rowHashes([...columns.map((name) => distinct[name]), distinct.weight], distinct.n);
  let sum = 0;
  let mix = distinct.n;
  for (let i = 0; i < distinct.n; i++) {
    const value = hash[i]!;
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
    ...(from.litt && { litt: pick(from.litt) }),
    covariates: Object.fromEntries(Object.entries(from.covariates).map(([name, values]) => [name, pick(values)])),
    weight: pick(from.weight),
  };
}

/** Row `i` alone, with weight 1; columns are views, not copies. */
export function oneRow(from: Customers, i: number): Customers {
  const view = (column: Float64Array) => column.subarray(i, i + 1);
  return {
    n: 1,
    timeUnit: from.timeUnit,
    frequency: view(from.frequency),
    recency: view(from.recency),
    age: view(from.age),
    monetary: view(from.monetary),
    ...(from.litt && { litt: view(from.litt) }),
    covariates: Object.fromEntries(Object.entries(from.covariates).map(([name, values]) => [name, view(values)])),
    weight: ONE,
  };
}

const ONE = Float64Array.of(1);
