/** Taking rows out of columns, and putting them in a random order. */
import type { RandomStream } from '../kernels/random.js';
import type { InputColumns } from './inputs.js';

/** The numbers of some rows. */
export function pick(values: ArrayLike<number>, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!;
  return picked;
}

/** Some rows of a column of numbers or text. */
export const pickColumn = (values: InputColumns[string], rows: Int32Array): Float64Array | string[] =>
  typeof values[0] === 'string'
    ? Array.from(rows, (row) => values[row] as string)
    : pick(values as ArrayLike<number>, rows);

export const rowsOf = (columns: InputColumns, rows: Int32Array): Record<string, Float64Array | string[]> =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, pickColumn(values, rows)]));

/** Fisher & Yates, in place. */
export function shuffle(order: Int32Array, stream: RandomStream): Int32Array {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(stream.uniform() * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}

/** 0, 1, …, length − 1. */
export const everyRow = (length: number): Int32Array => Int32Array.from({ length }, (_, row) => row);
