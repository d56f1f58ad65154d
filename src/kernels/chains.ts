/**
 * Have Markov chains converged, and how many independent draws are they worth?
 *
 * Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), "Rank-Normalization, Folding, and Localization: An Improved R̂ for
 * Assessing Convergence of MCMC", Bayesian Analysis 16(2), 667–718. Each chain is cut in half, so that one which drifts
 * disagrees with itself; draws are replaced by normal scores of their ranks, so that no tail is too heavy.
 */
import { normalQuantile } from './normal.js';

/** Blom's offset: rank r of n becomes the normal quantile of (r − 3/8) / (n + 1/4). */
const BLOM = 3 / 8;
const FEWEST_DRAWS = 4;
/** Scores that differ by less are all the same. */
const ALIKE = 1e-15;

/**
 * Rank-normalised split R̂: the larger of that of the draws (do the chains agree where?) and that of their distances from
 * the median (do they agree how wide?).
 *
 * @param chains at least two, equally long, at least four draws each; the middle draw of an odd number is not used
 * @returns about 1 where the chains agree; the paper asks for less than 1.01. NaN outside the domain, and where all draws
 *   or all their distances are the same, which says nothing
 *
 * Within 1e-10 of ArviZ's `rhat(method="rank")` (test/kernels/chains.test.ts). Cost: two sorts of all draws.
 */
export function splitRHat(chains: readonly Float64Array[]): number {
  if (chains.length < 2 || !isLegal(chains)) return Number.NaN;
  const halves = splitInHalves(chains);
  const middle = median(halves);
  const distances = halves.map((half) => half.map((value) => Math.abs(value - middle)));
  return Math.max(rHat(normalScores(halves)), rHat(normalScores(distances)));
}

/**
 * Bulk effective sample size: as many independent draws would know the centre of the distribution as well.
 *
 * @param chains at least one, otherwise as above
 * @returns above 0; more than the number of draws where successive draws are opposed; the number of draws where all are
 *   the same. NaN outside the domain
 *
 * Within 1e-10 of ArviZ's `ess(method="bulk")` (test/kernels/chains.test.ts). Cost: a sort, and a pass over the draws for
 * each lag until their correlation is gone (Geyer 1992, Statistical Science 7(4), 473–483).
 */
export function effectiveSize(chains: readonly Float64Array[]): number {
  if (chains.length < 1 || !isLegal(chains)) return Number.NaN;
  const scores = normalScores(splitInHalves(chains));
  const n = scores[0]!.length;
  const draws = scores.length * n;
  const means = Float64Array.from(scores, mean);
  const centred = scores.map((chain, k) => chain.map((value) => value - means[k]!));
  if (scores.every((chain) => chain.every((value) => Math.abs(value - scores[0]![0]!) < ALIKE))) return draws;

  const within = lagCovariance(centred, 0);
  const total = within + variance(means);
  const unbiased = (within * n) / (n - 1);
  const correlation = (lag: number): number => 1 - (unbiased - lagCovariance(centred, lag)) / total;

  // Geyer's initial positive sequence: pairs of correlations, even lag and odd, until a pair is no longer positive
  const pairs: Array<[even: number, odd: number]> = [[1, correlation(1)]];
  let [even, odd] = pairs[0]!;
  let lag = 2;
  for (; lag < n - 2 && even + odd > 0; lag += 2) {
    even = correlation(lag);
    odd = correlation(lag + 1);
    pairs.push(even + odd >= 0 ? [even, odd] : [0, 0]);
  }
  // The last pair counts by its even half alone, which is positive or left as it is
  const last = pairs.pop()!;
  const lastEven = even > 0 ? even : last[0];

  // Geyer's initial monotone sequence: no pair above the one before it
  let sum = 0;
  let before = Infinity;
  for (const pair of pairs) {
    before = Math.min(before, pair[0] + pair[1]);
    sum += before;
  }
  const time = Math.max(-1 + 2 * sum + lastEven, 1 / Math.log10(draws));
  return draws / time;
}

function isLegal(chains: readonly Float64Array[]): boolean {
  const { length } = chains[0]!;
  return length >= FEWEST_DRAWS && chains.every((chain) => chain.length === length && chain.every(Number.isFinite));
}

function splitInHalves(chains: readonly Float64Array[]): Float64Array[] {
  const half = Math.floor(chains[0]!.length / 2);
  return [...chains.map((chain) => chain.subarray(0, half)), ...chains.map((chain) => chain.subarray(-half))];
}

/** Ordinary R̂ of chains that are already split and scored. */
function rHat(chains: readonly Float64Array[]): number {
  const n = chains[0]!.length;
  const between = n * variance(Float64Array.from(chains, mean));
  const within = mean(Float64Array.from(chains, variance));
  return Math.sqrt((between / within + n - 1) / n);
}

/** Mean over chains of Σ x_i x_{i + lag} / n. */
function lagCovariance(centred: readonly Float64Array[], lag: number): number {
  let sum = 0;
  for (const chain of centred) {
    for (let i = lag; i < chain.length; i++) sum += chain[i]! * chain[i - lag]!;
  }
  return sum / (centred.length * centred[0]!.length);
}

/** Normal quantiles of the ranks among all draws; ties share their mean rank. */
function normalScores(chains: readonly Float64Array[]): Float64Array[] {
  const sorted = joined(chains).sort();
  const n = sorted.length;
  const scoreOf = new Map<number, number>();
  for (let first = 0; first < n; ) {
    const value = sorted[first]!;
    let end = first + 1;
    while (end < n && sorted[end] === value) end++;
    const rank = (first + 1 + end) / 2;
    scoreOf.set(value, normalQuantile((rank - BLOM) / (n - 2 * BLOM + 1)));
    first = end;
  }
  return chains.map((chain) => chain.map((value) => scoreOf.get(value)!));
}

function joined(chains: readonly Float64Array[]): Float64Array {
  const n = chains[0]!.length;
  const all = new Float64Array(chains.length * n);
  chains.forEach((chain, k) => {
    all.set(chain, k * n);
  });
  return all;
}

function median(chains: readonly Float64Array[]): number {
  const sorted = joined(chains).sort();
  const middle = sorted.length / 2; // halves come in twos, so the number of draws is even
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** With n − 1 below. */
function variance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
