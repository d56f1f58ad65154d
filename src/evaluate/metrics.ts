import { ClvError } from '../errors.js';

/** How far predictions were from what happened, over customers. */

/** All on the natural scale of what was predicted. */
export interface Metrics {
  readonly totalActual: number;
  readonly totalPredicted: number;
  /** (predicted − actual) / actual of the totals; null where the actual total is 0. */
  readonly bias: number | null;
  /** Mean, root mean squared and median absolute error. */
  readonly mae: number;
  readonly rmse: number;
  readonly mdae: number;
  /** Rank correlation, ties at their mean rank; null where one side is constant. */
  readonly spearman: number | null;
  /** Gini of the actual, customers ordered by prediction, over that of the perfect order; null if all are equal. */
  readonly gini: number | null;
}

/**
 * Metrics of predictions against actual outcomes.
 *
 * @param actual one a customer, ≥ 0
 * @param predicted one a customer, in the same order and unit
 */
export function metrics(actual: Float64Array, predicted: Float64Array): Metrics {
  const n = actual.length;
  if (predicted.length !== n) {
    throw new ClvError('bad_columns', 'the columns differ in length', {
      column: 'predicted',
      found: `${predicted.length} rows`,
      expected: `${n} rows, as in "actual"`,
    });
  }
  const errors = new Float64Array(n);
  let totalActual = 0;
  let totalPredicted = 0;
  let squares = 0;
  let absolute = 0;
  for (let i = 0; i < n; i++) {
    const error = Math.abs(predicted[i]! - actual[i]!);
    errors[i] = error;
    totalActual += actual[i]!;
    totalPredicted += predicted[i]!;
    absolute += error;
    squares += error * error;
  }
  return {
    totalActual,
    totalPredicted,
    bias: totalActual === 0 ? null : (totalPredicted - totalActual) / totalActual,
    mae: absolute / n,
    rmse: Math.sqrt(squares / n),
    mdae: median(errors),
    spearman: spearman(actual, predicted),
    gini: normalisedGini(actual, predicted),
  };
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Rank correlation of Spearman, with ties at their mean rank (Pearson's formula on the ranks). */
export function spearman(a: Float64Array, b: Float64Array): number | null {
  const ranksA = ranks(a);
  const ranksB = ranks(b);
  const middle = (a.length + 1) / 2;
  let both = 0;
  let varianceA = 0;
  let varianceB = 0;
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [ranksA[i]! - middle, ranksB[i]! - middle];
    both += da * db;
    varianceA += da * da;
    varianceB += db * db;
  }
  return varianceA > 0 && varianceB > 0 ? both / Math.sqrt(varianceA * varianceB) : null;
}

/** Ranks from 1, ties at the mean of theirs. */
function ranks(values: Float64Array): Float64Array {
  const order = orderOf(values);
  const out = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let k = start; k < end; k++) out[order[k]!] = (start + end + 1) / 2;
    start = end;
  }
  return out;
}

/** Rows from the smallest value to the largest. */
function orderOf(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
}

/** Equal predictions share their actual value equally, so that the order of the rows says nothing. */
function normalisedGini(actual: Float64Array, predicted: Float64Array): number | null {
  const perfect = gini(actual, actual);
  return perfect > 0 ? gini(actual, predicted) / perfect : null;
}

/** Twice the area between the diagonal and the curve of cumulated actual value, customers from low prediction to high. */
function gini(actual: Float64Array, by: Float64Array): number {
  const order = orderOf(by);
  const n = order.length;
  let total = 0;
  let weighted = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    let group = 0;
    while (end < n && by[order[end]!] === by[order[start]!]) group += actual[order[end++]!]!;
    total += group;
    weighted += (group * (start + end - n)) / n; // mean position of the group's members, from −1 to 1
    start = end;
  }
  return total > 0 ? weighted / total : 0;
}
