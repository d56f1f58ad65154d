/**
 * Finite mixtures of gamma or of beta distributions: what a customer's purchase rate or dropout probability may be.
 *
 * Shares sum to 1. Some may be slightly negative, where a density is a difference of two of its family; the whole must
 * still be a density. Marin, Mengersen & Robert (2005), Handbook of Statistics 25, 459–507, has the ordinary kind.
 */
import { betaCdf, betaPower, betaTail } from './incomplete-beta.js';
import { gammaCdf, gammaPower, gammaTail } from './incomplete-gamma.js';
import { logistic } from './logistic.js';
import { drawBeta, drawGamma, type RandomStream } from './random.js';

/** One component an index; the arrays are equally long. */
export interface Mixture {
  readonly family: 'gamma' | 'beta';
  /** Sums to 1. */
  readonly share: Float64Array;
  /** Shape of a gamma component; a of a beta component. */
  readonly first: Float64Array;
  /** Rate of a gamma component; b of a beta component. */
  readonly second: Float64Array;
}

/** Ends of the search for a quantile: beyond, x or 1 − x is no double. */
const SMALLEST_LOG = Math.log(Number.MIN_VALUE);
const LARGEST_LOG = Math.log(Number.MAX_VALUE);
/** Width of the bracket, on the log or logit scale, that ends the search. */
const NARROW = 1e-12;

/** E[X]. Error: a few rounding errors of Σ |share| · mean. Cost: O(components). */
export function mixtureMean({ family, share, first, second }: Mixture): number {
  let mean = 0;
  for (let k = 0; k < share.length; k++) mean += share[k]! * componentMean(family, first[k]!, second[k]!);
  return mean;
}

/** Var[X]: the mean of the variances and the variance of the means, so that nothing cancels. Cost: O(components). */
export function mixtureVariance(mixture: Mixture): number {
  const { family, share, first, second } = mixture;
  const mean = mixtureMean(mixture);
  let variance = 0;
  for (let k = 0; k < share.length; k++) {
    const a = first[k]!;
    const b = second[k]!;
    const centre = componentMean(family, a, b);
    const within = family === 'gamma' ? centre / b : (centre * (b / (a + b))) / (a + b + 1);
    variance += share[k]! * (within + (centre - mean) ** 2);
  }
  return variance;
}

function componentMean(family: Mixture['family'], a: number, b: number): number {
  return family === 'gamma' ? a / b : a / (a + b);
}

/**
 * P(X ≤ x).
 *
 * @param x any number: 0 below the support, 1 above it
 *
 * Error of `gammaCdf` and `betaCdf`, relative to Σ |share| · cdf. Cost: one of them a component.
 */
export function mixtureCdf(mixture: Mixture, x: number): number {
  if (x <= 0) return 0;
  if (mixture.family === 'beta' && x >= 1) return 1;
  return side(mixture, x, 1 - x, 'below');
}

/**
 * The x with P(X ≤ x) = probability.
 *
 * Searched on the scale of ln x, or of the log-odds of x, for the smaller of the two tails, so that no quantile near 0
 * or far out loses digits to one. A bracket around the root is kept throughout.
 *
 * @param probability in [0, 1]
 * @returns finite for probability < 1; 0 where the quantile is below the smallest double; at probability 1 the end of
 *   the support, Infinity or 1; NaN outside the domain
 *
 * Relative error ≤ 1e-11 against mpmath (test/kernels/mixtures.test.ts), where the density is not as good as 0; where all
 * shapes are tiny, a rounding error of `probability` alone moves ln x by 1e-16 / shape. Source: Chandrupatla (1997), Advances in Engineering Software 28(3),
 * 145–149. Cost: about 12 evaluations of the distribution, 70 in the wildest cases.
 */
export function mixtureQuantile(mixture: Mixture, probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN;
  if (probability === 0) return 0;
  const isGamma = mixture.family === 'gamma';
  if (probability === 1) return isGamma ? Infinity : 1;

  const isBelow = probability <= 0.5;
  const target = isBelow ? probability : 1 - probability;
  const toX = isGamma ? Math.exp : logistic;
  /** Rises in w; its root is the quantile. In logs it is nearly straight far out. */
  const surplus = (w: number): number => {
    const found = side(mixture, toX(w), isGamma ? 0 : logistic(-w), isBelow ? 'below' : 'above');
    const log = Math.log(Math.max(found, Number.MIN_VALUE) / target);
    return isBelow ? log : -log;
  };

  const highest = isGamma ? LARGEST_LOG : -SMALLEST_LOG;
  const mean = mixtureMean(mixture);
  const start = mean > 0 && mean < Infinity ? Math.log(mean) : 0;
  let low = Math.min(highest - 1, Math.max(SMALLEST_LOG + 1, start));
  let high = low;
  for (let step = 1; surplus(low) > 0; step *= 2) {
    if (low === SMALLEST_LOG) return 0;
    high = low;
    low = Math.max(SMALLEST_LOG, low - step);
  }
  for (let step = 1; surplus(high) < 0; step *= 2) {
    if (high === highest) return isGamma ? Number.MAX_VALUE : 1;
    low = high;
    high = Math.min(highest, high + step);
  }
  return toX(rootBetween(surplus, low, high));
}

/** A root of a rising function with f(low) ≤ 0 ≤ f(high): inverse parabolas where they are safe, halving elsewhere. */
function rootBetween(f: (w: number) => number, low: number, high: number): number {
  let [b, a, c] = [low, high, high];
  let [fb, fa, fc] = [f(low), f(high), 0];
  let t = 0.5;
  for (;;) {
    const w = a + t * (b - a);
    const fw = f(w);
    if (Math.sign(fw) === Math.sign(fa)) {
      c = a;
      fc = fa;
    } else {
      c = b;
      b = a;
      fc = fb;
      fb = fa;
    }
    a = w;
    fa = fw;
    const best = Math.abs(fa) < Math.abs(fb) ? a : b;
    const least = NARROW / Math.abs(b - a);
    if (!(least < 0.5) || fa === 0 || fb === 0) return best;
    const xi = (a - b) / (c - b);
    const phi = (fa - fb) / (fc - fb);
    const curved = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi;
    t = curved ? (fa / (fb - fa)) * (fc / (fb - fc)) + (((c - a) / (b - a)) * (fa / (fc - fa)) * fb) / (fc - fb) : 0.5;
    t = Math.min(1 - least, Math.max(least, t));
  }
}

/** P(X ≤ x) or P(X > x); `notX` is 1 − x, read for beta only. */
function side(mixture: Mixture, x: number, notX: number, which: 'below' | 'above'): number {
  const { family, share, first, second } = mixture;
  const below = which === 'below';
  let sum = 0;
  for (let k = 0; k < share.length; k++) {
    const a = first[k]!;
    const b = second[k]!;
    if (family === 'gamma') sum += share[k]! * (below ? gammaCdf(a, b * x) : gammaTail(a, b * x));
    else sum += share[k]! * (below ? betaCdf(a, b, x, notX) : betaTail(a, b, x, notX));
  }
  return sum;
}

/**
 * A draw of X.
 *
 * Without negative shares: a component by its share, then a draw of it. With them: so from the positive part, and kept
 * with the probability that the whole density has of the positive part's there, which makes the draw exact.
 */
export function drawMixture(mixture: Mixture, stream: RandomStream): number {
  const { family, share, first, second } = mixture;
  let positive = 0;
  let isSigned = false;
  for (let k = 0; k < share.length; k++) {
    if (share[k]! > 0) positive += share[k]!;
    else isSigned ||= share[k]! < 0;
  }
  for (;;) {
    let left = stream.uniform() * positive;
    let chosen = 0;
    for (let k = 0; k < share.length; k++) {
      if (!(share[k]! > 0)) continue;
      chosen = k;
      left -= share[k]!;
      if (left < 0) break;
    }
    const draw = family === 'gamma' ? drawGamma : drawBeta;
    const x = draw(stream, first[chosen]!, second[chosen]!);
    if (!isSigned || stream.uniform() <= keptShare(mixture, x)) return x;
  }
}

/** Density ÷ density of the components with positive shares, at x; 1 where neither can be told. */
function keptShare({ family, share, first, second }: Mixture, x: number): number {
  let whole = 0;
  let positive = 0;
  for (let k = 0; k < share.length; k++) {
    const a = first[k]!;
    const b = second[k]!;
    const density = share[k]! * (family === 'gamma' ? gammaPower(a, b * x) : betaPower(a, b, x, 1 - x));
    whole += density;
    if (density > 0) positive += density;
  }
  return positive > 0 ? whole / positive : 1;
}
