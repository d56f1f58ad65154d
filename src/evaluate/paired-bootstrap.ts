/**
 * Which of several forecasts errs less, and whether that is more than chance: customers are drawn anew with replacement,
 * the same ones for every forecast, so that what is easy or hard about a customer cancels out.
 *
 * Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentile intervals).
 */
import { randomStream } from '../kernels/random.js';

/** Errors of several forecasts of the same customers, each summed over the times at which a customer was judged. */
export interface PairedErrors {
  /** How often each customer was judged. */
  readonly judged: Float64Array;
  /** Of each forecast, one a customer: Σ |error|, and Σ error². */
  readonly absolute: readonly Float64Array[];
  readonly squared: readonly Float64Array[];
}

/** One forecast's error less that of the forecast it is held against: below 0 it is the better one. */
export interface ErrorDifference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

export interface PairedDifference {
  readonly mae: ErrorDifference;
  readonly rmse: ErrorDifference;
}

export interface BootstrapOptions {
  /** Of the intervals. Default 0.95. */
  readonly level?: number | undefined;
  /** Default: 2,000, fewer for more than 10,000 customers, at least 200. */
  readonly draws?: number | undefined;
  readonly seed?: number | undefined;
}

/** How many customers are drawn in all. */
const MOST_DRAWN = 2e7;

/**
 * Each forecast held against forecast `against`.
 *
 * @returns one a forecast, in their order; all 0 for the one they are held against
 */
export function pairedDifferences(
  { judged, absolute, squared }: PairedErrors,
  against: number,
  { level = 0.95, draws, seed = 1 }: BootstrapOptions = {},
): PairedDifference[] {
  const n = judged.length;
  const k = absolute.length;
  const repeats = draws ?? Math.round(Math.min(2000, Math.max(200, MOST_DRAWN / n)));
  const width = 2 * k + 1;
  const rows = new Float64Array(n * width); // a customer's numbers side by side: one drawn is one place in memory
  for (let i = 0; i < n; i++) {
    rows[i * width] = judged[i]!;
    for (let j = 0; j < k; j++) {
      rows[i * width + 1 + j] = absolute[j]![i]!;
      rows[i * width + 1 + k + j] = squared[j]![i]!;
    }
  }
  const random = randomStream(seed);
  const found = {
    mae: Array.from({ length: k }, () => new Float64Array(repeats)),
    rmse: Array.from({ length: k }, () => new Float64Array(repeats)),
  };
  const sums = new Float64Array(width);
  const add = (i: number) => {
    for (let c = 0; c < width; c++) sums[c]! += rows[i * width + c]!;
  };
  const mae = (j: number) => sums[1 + j]! / sums[0]!;
  const rmse = (j: number) => Math.sqrt(sums[1 + k + j]! / sums[0]!);
  for (let draw = 0; draw < repeats; draw++) {
    sums.fill(0);
    for (let i = 0; i < n; i++) add(Math.floor(random.uniform() * n));
    for (let j = 0; j < k; j++) {
      found.mae[j]![draw] = mae(j) - mae(against);
      found.rmse[j]![draw] = rmse(j) - rmse(against);
    }
  }
  sums.fill(0);
  for (let i = 0; i < n; i++) add(i);
  const between = (drawn: Float64Array, difference: number): ErrorDifference => {
    drawn.sort();
    const at = (share: number) => drawn[Math.min(repeats - 1, Math.floor(share * repeats))]!;
    return { difference, low: at((1 - level) / 2), high: at((1 + level) / 2) };
  };
  return absolute.map((_, j) => ({
    mae: between(found.mae[j]!, mae(j) - mae(against)),
    rmse: between(found.rmse[j]!, rmse(j) - rmse(against)),
  }));
}
