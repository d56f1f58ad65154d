/**
 * From columns of customers to the numbers that a network reads. What is learned of the columns (means, spreads, the categories
 * there are) comes from training rows only and is saved with the network.
 */
import { ClvError } from '../errors.js';

/** Columns of customers, all of one length: numbers, or text. */
export type InputColumns = Readonly<Record<string, ArrayLike<number> | readonly string[]>>;

/** Rows of numbers, row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** How one column is read; plain data. */
export type InputColumn =
  | {
      /** Cut to [low, high] and standardised; `log`: sign(x) · ln(1 + |x| / unit) instead of x. */
      readonly kind: 'number';
      readonly name: string;
      readonly log: boolean;
      readonly unit: number;
      readonly low: number;
      readonly high: number;
      readonly mean: number;
      readonly spread: number;
    }
  /** One input a bucket: x < first boundary, …, x ≥ last. */
  | { readonly kind: 'buckets'; readonly name: string; readonly boundaries: readonly number[] }
  /** One input a category; any other text is none of them. */
  | { readonly kind: 'category'; readonly name: string; readonly categories: readonly string[] }
  /** One input a pair of buckets or categories. */
  | { readonly kind: 'cross'; readonly of: readonly [Sorted, Sorted] };

type Sorted = Extract<InputColumn, { kind: 'buckets' | 'category' }>;

/** How numbers are made fit for a network. */
export type InputStyle =
  /** Numbers on a log scale where they are skewed, standardised. */
  | 'standard'
  /** Numbers as they are, as in the reference's DNN. */
  | 'raw'
  /** Buckets at deciles, and crosses of those that matter most, for models that are linear. */
  | 'wide'
  | 'wide_without_crosses';

/** Categories with fewer customers, or beyond so many, share no input of their own. */
const LEAST_OF_CATEGORY = 10;
const MOST_CATEGORIES = 20;
/** Skewness from which a column is read on a log scale. */
const SKEWED = 1;
/** Share of the customers at either end whose numbers are cut: what lies farther out was hardly learned from. */
const CUT = 0.005;
const BUCKETS = 10;
/** Buckets a side of a cross. */
const CROSS_BUCKETS = 4;
/** Pairs that the linear model crosses, where both columns are there. */
const CROSSES = [
  ['frequency', 'recency'],
  ['frequency', 'monetary_all'],
  ['days_since_last', 'frequency'],
  ['frequency_dnn', 'recency'],
  ['frequency_dnn', 'monetary_dnn'],
] as const;

/** The columns that `inputs` needs, by name. */
export const namesOf = (inputs: readonly InputColumn[]): string[] => [
  ...new Set(inputs.flatMap((input) => (input.kind === 'cross' ? input.of.map(({ name }) => name) : [input.name]))),
];

/**
 * Learns how to read columns. A column that never changes says nothing and is left out.
 *
 * @param rows the rows to learn from
 * @throws ClvError bad_columns (lengths differ, a number is not finite, nothing is left)
 */
export function learnInputs(columns: InputColumns, rows: ArrayLike<number>, style: InputStyle): InputColumn[] {
  checkColumns(columns);
  const wide = style === 'wide' || style === 'wide_without_crosses';
  const inputs = Object.entries(columns).flatMap(([name, values]): InputColumn[] => {
    if (typeof values[0] === 'string') return categoryInput(name, values as readonly string[], rows);
    const taken = Float64Array.from(rows as ArrayLike<number>, (row) => values[row] as number);
    return wide ? bucketInput(name, taken, BUCKETS) : numberInput(name, taken, style);
  });
  if (style === 'wide') {
    for (const [a, b] of CROSSES) {
      const sides = [a, b].flatMap((name) => {
        const values = columns[name];
        return values === undefined || typeof values[0] === 'string'
          ? []
          : bucketInput(
              name,
              Float64Array.from(rows, (row) => values[row] as number),
              CROSS_BUCKETS,
            );
      });
      if (sides.length === 2) inputs.push({ kind: 'cross', of: sides as [Sorted, Sorted] });
    }
  }
  if (inputs.length > 0) return inputs;
  throw new ClvError('bad_columns', 'there is nothing to learn from', {
    found: `${Object.keys(columns).length} columns, each the same for all ${rows.length} customers`,
    expected: 'at least one column that differs between customers',
  });
}

function numberInput(name: string, values: Float64Array, style: InputStyle): InputColumn[] {
  const plain = moments(values);
  if (!(plain.spread > 0)) return [];
  if (style === 'raw') {
    return [{ kind: 'number', name, log: false, unit: 1, low: -LARGEST, high: LARGEST, mean: 0, spread: 1 }];
  }
  const log = Math.abs(plain.skewness) > SKEWED;
  const unit = log ? logUnit(values) : 1;
  const read = log ? values.map((x) => signedLog(x, unit)) : values;
  const sorted = read.slice().sort();
  let [low, high] = [sorted[Math.floor(CUT * sorted.length)]!, sorted[Math.ceil((1 - CUT) * sorted.length) - 1]!];
  if (low === high) [low, high] = [sorted[0]!, sorted.at(-1)!]; // only a few customers differ
  const { mean, spread } = moments(read.map((x) => Math.max(low, Math.min(high, x))));
  return spread > 0 ? [{ kind: 'number', name, log, unit, low, high, mean, spread }] : [];
}

/** The largest number that still leaves room to be multiplied in single precision. */
const LARGEST = 1e15;

const signedLog = (x: number, unit: number): number => Math.sign(x) * Math.log1p(Math.abs(x) / unit);

/** The median of what is not 0, at most 1: small amounts and shares keep their differences. */
function logUnit(values: Float64Array): number {
  const sizes = values
    .filter((x) => x !== 0)
    .map(Math.abs)
    .sort();
  return Math.min(1, sizes[sizes.length >> 1]!);
}

function moments(values: Float64Array): { mean: number; spread: number; skewness: number } {
  const n = values.length;
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1; // squares of 1e308 overflow
  const mean = values.reduce((sum, x) => sum + x / largest, 0) / n;
  let [squares, cubes] = [0, 0];
  for (const x of values) {
    const d = x / largest - mean;
    squares += d * d;
    cubes += d * d * d;
  }
  const spread = Math.sqrt(squares / n);
  // Spreads below the rounding of the mean are none.
  const real = spread > 1e-12 * Math.abs(mean);
  return { mean: mean * largest, spread: real ? spread * largest : 0, skewness: real ? cubes / n / spread ** 3 : 0 };
}

function bucketInput(name: string, values: Float64Array, buckets: number): Sorted[] {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.floor(share * sorted.length)]!;
  const inner = Array.from({ length: buckets - 1 }, (_, i) => at((i + 1) / buckets));
  const boundaries = [...new Set(inner)].filter((boundary) => boundary > sorted[0]!);
  return boundaries.length === 0 ? [] : [{ kind: 'buckets', name, boundaries }];
}

function categoryInput(name: string, values: readonly string[], rows: ArrayLike<number>): Sorted[] {
  const counts = new Map<string, number>();
  for (let i = 0; i < rows.length; i++) counts.set(values[rows[i]!]!, (counts.get(values[rows[i]!]!) ?? 0) + 1);
  if (counts.size < 2) return [];
  const categories = [...counts]
    .filter(([category, count]) => category !== '' && count >= LEAST_OF_CATEGORY)
    .sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1))
    .slice(0, MOST_CATEGORIES)
    .map(([category]) => category);
  return categories.length === 0 ? [] : [{ kind: 'category', name, categories }];
}

function checkColumns(columns: InputColumns): number {
  const entries = Object.entries(columns);
  const length = entries[0]?.[1].length ?? 0;
  if (length === 0) {
    throw new ClvError('bad_columns', 'there are no customers to learn from', { expected: 'columns with rows' });
  }
  for (const [name, values] of entries) {
    if (values.length !== length) {
      throw new ClvError('bad_columns', 'the columns differ in length', {
        column: name,
        found: `${values.length} rows`,
        expected: `${length} rows, as in "${entries[0]![0]}"`,
      });
    }
    if (typeof values[0] === 'string') continue;
    const bad = Array.prototype.findIndex.call(values, (value) => !Number.isFinite(value));
    if (bad < 0) continue;
    throw new ClvError('bad_columns', 'this is not a number', {
      row: bad + 1,
      column: name,
      found: values[bad],
      expected: 'a finite number',
    });
  }
  return length;
}

/** Inputs of each row that `inputs` reads from one column. */
function width(input: InputColumn): number {
  switch (input.kind) {
    case 'number':
      return 1;
    case 'buckets':
      return input.boundaries.length + 1;
    case 'category':
      return input.categories.length;
    case 'cross':
      return width(input.of[0]) * width(input.of[1]);
  }
}

export const widthOf = (inputs: readonly InputColumn[]): number => inputs.reduce((sum, input) => sum + width(input), 0);

/**
 * Numbers for a network, one row a customer.
 *
 * @throws ClvError missing_column, bad_columns
 */
export function readInputs(inputs: readonly InputColumn[], columns: InputColumns): Matrix {
  const names = namesOf(inputs);
  const lacking = names.find((name) => columns[name] === undefined);
  if (lacking !== undefined) {
    throw new ClvError('missing_column', 'the network was trained on a column that is not here', {
      column: lacking,
      found: Object.keys(columns).join(', '),
      expected: names.join(', '),
    });
  }
  const used = Object.fromEntries(names.map((name) => [name, columns[name]!]));
  const rows = checkColumns(used);
  const total = widthOf(inputs);
  const values = new Float32Array(rows * total);
  let start = 0;
  for (const input of inputs) {
    fill(input, used, values, start, total, rows);
    start += width(input);
  }
  return { rows, columns: total, values };
}

function fill(
  input: InputColumn,
  from: InputColumns,
  values: Float32Array,
  start: number,
  total: number,
  rows: number,
) {
  if (input.kind === 'number') {
    const { name, log, unit, low, high, mean, spread } = input;
    const column = numbersOf(from, name);
    for (let i = 0; i < rows; i++) {
      const x = log ? signedLog(column[i]!, unit) : column[i]!;
      values[i * total + start] = Math.max(low, Math.min(high, x)) / spread - mean / spread;
    }
    return;
  }
  const place = placeOf(input, from);
  for (let i = 0; i < rows; i++) {
    const at = place(i);
    if (at >= 0) values[i * total + start + at] = 1;
  }
}

/** The input that is 1 for a row; −1 for none. */
function placeOf(input: Exclude<InputColumn, { kind: 'number' }>, from: InputColumns): (row: number) => number {
  if (input.kind === 'cross') {
    const [first, second] = [placeOf(input.of[0], from), placeOf(input.of[1], from)];
    const columns = width(input.of[1]);
    return (row) => (first(row) < 0 || second(row) < 0 ? -1 : first(row) * columns + second(row));
  }
  if (input.kind === 'buckets') {
    const column = numbersOf(from, input.name);
    const { boundaries } = input;
    return (row) => {
      let bucket = 0;
      while (bucket < boundaries.length && column[row]! >= boundaries[bucket]!) bucket++;
      return bucket;
    };
  }
  const column = from[input.name]!;
  if (typeof column[0] !== 'string') throw wrongKind(input.name, 'numbers', 'text');
  const places = new Map(input.categories.map((category, at) => [category, at]));
  return (row) => places.get(column[row] as string) ?? -1;
}

function numbersOf(from: InputColumns, name: string): ArrayLike<number> {
  const column = from[name]!;
  if (typeof column[0] === 'string') throw wrongKind(name, 'text', 'numbers');
  return column as ArrayLike<number>;
}

function wrongKind(name: string, found: string, expected: string): ClvError {
  return new ClvError('bad_columns', 'this column was of another kind when the network was trained', {
    column: name,
    found,
    expected,
  });
}
