/**
 * Pareto-smoothed importance sampling: weights that a few large ratios cannot take over, and a warning where they would.
 *
 * The largest ratios are replaced by the expected order statistics of a generalised Pareto distribution fitted to them.
 * Its shape k̂ tells whether the weights can be trusted: below 0.5 they behave as if their variance were finite, to 0.7
 * they are still of use, above 1 not even their mean exists.
 *
 * Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto Smoothed Importance Sampling", JMLR 25(72), 1–58. The fit:
 * Zhang & Stephens (2009), "A New and Efficient Estimation Method for the Generalized Pareto Distribution",
 * Technometrics 51(3), 316–325.
 */

export interface SmoothedWeights {
  /** ln of the smoothed weights, in the order of the ratios; the weights sum to 1. */
  readonly logWeights: Float64Array;
  /** Shape of the fitted tail, drawn a little towards ½; Infinity where fewer than five ratios stand out from the rest. */
  readonly kHat: number;
  /** 1 / Σ weight², in [1, n]: how many equally weighted draws the weights are worth. Read it only where k̂ is small. */
  readonly effectiveSize: number;
}

/** ln of the smallest double that has all its digits: ratios this far below the largest are no tail. */
const LOG_SMALLEST = -708.3964185322641;
/** The prior on k is worth this many observations of k = ½. */
const PRIOR_WEIGHT = 10;
const PRIOR_K = 0.5;
/** Zhang & Stephens: the first quartile over this sets the scale of their grid. */
const PRIOR_SCALE = 3;
/** Points of the grid with less than this share of the posterior are left out. */
const NEGLIGIBLE = 10 * Number.EPSILON;
const FEWEST_IN_TAIL = 5;

/**
 * @param logRatios ln(target density / proposal density) at draws of the proposal, each up to the same constant;
 *   −Infinity is a weight of 0. Not changed.
 * @returns NaN throughout if a ratio is NaN or Infinity, or if all are −Infinity
 *
 * Within 1e-10 of ArviZ's `psislw` (test/kernels/pareto-smoothing.test.ts). Cost: a sort, and √M + 30 passes over the
 * M = min(n / 5, 3 √n) ratios of the tail.
 */
export function paretoSmooth(logRatios: Float64Array): SmoothedWeights {
  const n = logRatios.length;
  let largest = Number.NEGATIVE_INFINITY;
  for (const ratio of logRatios) largest = Math.max(largest, ratio); // NaN stays
  const logWeights = logRatios.map((ratio) => ratio - largest);

  const ascending = Array.from(logWeights.keys()).sort((i, j) => logWeights[i]! - logWeights[j]!);
  const inTail = Math.ceil(Math.min(n / 5, 3 * Math.sqrt(n)));
  const cutoff = Math.max(LOG_SMALLEST, logWeights[ascending[Math.max(0, n - 1 - inTail)]!]!);
  const tail = ascending.filter((i) => logWeights[i]! > cutoff); // fewer where ratios tie at the cutoff
  const kHat = tail.length < FEWEST_IN_TAIL ? Infinity : smoothTail(logWeights, tail, Math.exp(cutoff));

  const logSum = Math.log(logWeights.reduce((sum, log) => sum + Math.exp(log), 0));
  let squares = 0;
  for (let i = 0; i < n; i++) {
    logWeights[i]! -= logSum;
    squares += Math.exp(2 * logWeights[i]!);
  }
  return { logWeights, kHat: Number.isNaN(logSum) ? Number.NaN : kHat, effectiveSize: 1 / squares };
}

/** Replaces the weights of `tail`, indices in ascending order of weight, by what the fit expects; returns k̂. */
function smoothTail(logWeights: Float64Array, tail: readonly number[], cutoff: number): number {
  const excess = Float64Array.from(tail, (i) => Math.exp(logWeights[i]!) - cutoff);
  const { k, sigma } = fitGeneralisedPareto(excess);
  if (!Number.isFinite(k)) return Infinity;
  tail.forEach((i, rank) => {
    const log = -Math.log1p(-(rank + 0.5) / tail.length);
    const expected = Math.abs(k) < Number.EPSILON ? log : Math.expm1(k * log) / k;
    logWeights[i] = Math.min(0, Math.log(sigma * expected + cutoff)); // no weight above the largest that was seen
  });
  return k;
}

/**
 * k and σ of the generalised Pareto distribution 1 − (1 + k x / σ)^(−1 / k).
 *
 * Empirical Bayes over b = −k / σ on a grid, with k at its likeliest for each b; then k drawn to ½ as the paper has it.
 *
 * @param ascending positive, at least five
 */
function fitGeneralisedPareto(ascending: Float64Array): { k: number; sigma: number } {
  const n = ascending.length;
  const points = 30 + Math.floor(Math.sqrt(n));
  const quartile = ascending[Math.floor(n / 4 + 0.5) - 1]!;
  const shapeAt = (b: number): number => ascending.reduce((sum, x) => sum + Math.log1p(-b * x), 0) / n;

  const grid = new Float64Array(points);
  const logProfile = new Float64Array(points);
  for (let j = 0; j < points; j++) {
    const b = (1 - Math.sqrt(points / (j + 0.5))) / (PRIOR_SCALE * quartile) + 1 / ascending[n - 1]!;
    const k = shapeAt(b);
    grid[j] = b;
    logProfile[j] = n * (Math.log(-b / k) - k - 1);
  }
  const top = logProfile.reduce((most, log) => Math.max(most, log));
  const profile = logProfile.map((log) => Math.exp(log - top));
  const total = profile.reduce((sum, value) => sum + value, 0);
  let weight = 0;
  let sum = 0;
  for (let j = 0; j < points; j++) {
    if (!(profile[j]! >= NEGLIGIBLE * total)) continue;
    weight += profile[j]!;
    sum += profile[j]! * grid[j]!;
  }
  const b = sum / weight;
  const k = shapeAt(b);
  return { k: (n * k + PRIOR_WEIGHT * PRIOR_K) / (n + PRIOR_WEIGHT), sigma: -k / b };
}
