/** Whether samples come from a distribution. */
import { chiSquareTail } from '../../src/kernels/normal.js';

/** Cells expected to hold fewer are joined with the next. */
const FEWEST = 5;

/**
 * p-value of Pearson's χ² test of counts against chances; what is left of both to the right of the last cell is a cell too.
 *
 * @param observed how often 0, 1, … were seen
 * @param chances P(0), P(1), …
 */
export function chiSquareTest(observed: ArrayLike<number>, chances: ArrayLike<number>, total: number): number {
  let square = 0;
  let cells = 0;
  let seen = 0;
  let expected = 0;
  let seenBefore = 0;
  let expectedBefore = 0;
  const close = () => {
    square += (seen - expected) ** 2 / expected;
    cells++;
    seenBefore += seen;
    expectedBefore += expected;
    seen = 0;
    expected = 0;
  };
  for (let k = 0; k < chances.length; k++) {
    seen += observed[k]!;
    expected += total * chances[k]!;
    if (expected >= FEWEST && total - expectedBefore - expected >= FEWEST) close();
  }
  seen = total - seenBefore;
  expected = total - expectedBefore;
  close();
  return chiSquareTail(square, cells - 1);
}

/** How often 0 … most are among the values. */
export function tally(values: Float64Array, most: number): Float64Array {
  const counts = new Float64Array(most + 1);
  for (const value of values) if (value <= most) counts[value]!++;
  return counts;
}

/** Largest distance of the sample's distribution function from that of the uniform distribution, × √n: over 1.95 in 0.1 %. */
export function kolmogorovSmirnov(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  let most = 0;
  sorted.forEach((value, i) => {
    most = Math.max(most, value - i / n, (i + 1) / n - value);
  });
  return Math.sqrt(n) * most;
}
