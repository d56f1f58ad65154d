/**
 * Intervals from what predictions missed: split conformal prediction on the ratio of what happened to what was expected, apart
 * for small and large expectations.
 *
 * Vovk, Gammerman & Shafer (2005), chapter 2; apart by group: Mondrian, §4.5. The promise holds as far as the window that is
 * predicted is like those that were learned from; a season that these did not see is not covered by it.
 */

export interface Calibration {
  /** Expectations below count as this: ratios to nothing mean nothing. */
  readonly least: number;
  /** From here on, upwards, the ratios of a group hold. */
  readonly from: Float64Array;
  /** Lower and upper ratio of each group. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Groups, and the fewest rows of one. */
const GROUPS = 20;
const LEAST_ROWS = 100;
/** Share of the mean expectation below which all are alike. */
const LEAST_EXPECTED = 1e-3;

/** Rows from which on a level can be promised. */
const rowsFor = (level: number): number => Math.ceil(2 / (1 - level));

export const enoughFor = (level: number, rows: number): boolean => rows >= rowsFor(level);

/**
 * @param expected out of sample; rows without (NaN) are left out
 * @param actual what happened
 * @param level of the interval, such as 0.9
 */
export function calibrate(expected: Float64Array, actual: Float64Array, level: number): Calibration {
  const order = Int32Array.from(expected.keys())
    .filter((row) => Number.isFinite(expected[row]!))
    .sort((a, b) => expected[a]! - expected[b]!);
  const least = order.reduce((sum, row) => sum + (LEAST_EXPECTED * Math.abs(expected[row]!)) / order.length, 0) || 1;
  const groups = Math.max(1, Math.min(GROUPS, Math.floor(order.length / Math.max(LEAST_ROWS, rowsFor(level)))));
  const from = new Float64Array(groups);
  const low = new Float64Array(groups);
  const high = new Float64Array(groups);
  for (let group = 0; group < groups; group++) {
    const rows = order.subarray((group * order.length) / groups, ((group + 1) * order.length) / groups);
    const ratios = Float64Array.from(rows, (row) => actual[row]! / Math.max(expected[row]!, least)).sort();
    // Where many do nothing, nothing is the low end, and all that may be missed is missed above.
    const idle = ratios.findIndex((ratio) => ratio > 0);
    const oneSided = idle < 0 || idle > ((1 - level) / 2) * ratios.length;
    // The k-th of n, counted as if the new customer were one of them.
    const rank = Math.ceil((oneSided ? level : (1 + level) / 2) * (ratios.length + 1)) - 1;
    from[group] = group === 0 ? Number.NEGATIVE_INFINITY : expected[rows[0]!]!;
    high[group] = ratios[Math.min(rank, ratios.length - 1)]!;
    low[group] = oneSided ? 0 : ratios[Math.max(ratios.length - 1 - rank, 0)]!;
  }
  return { least, from, low, high };
}

/** The interval of each row. */
export function conformal(
  { least, from, low, high }: Calibration,
  expected: Float64Array,
): { readonly low: Float64Array; readonly high: Float64Array } {
  const group = (value: number) => {
    let at = 0;
    while (at + 1 < from.length && value >= from[at + 1]!) at++;
    return at;
  };
  const ends = (of: Float64Array) => expected.map((value) => Math.max(value, least) * of[group(value)]!);
  return { low: ends(low), high: ends(high) };
}
