/**
 * The regularised incomplete gamma functions: both tails of a gamma distribution, each to its own relative accuracy.
 *
 * Four methods, each where it is short: the power series (DLMF 8.11.4) for x below the shape, Legendre's continued
 * fraction (8.9.2) above it, Gautschi's split of 1 − P for shapes below 1 near x = 0, and Temme's uniform expansion
 * (8.12.3, 8.12.4) for shapes above 20 within a factor of a few of x, where the others need √shape steps.
 */
import { logGammaStar, logRising } from './gamma.js';

/** From this shape on, and for |η| ≤ 1, Temme's expansion is exact to the last bits. */
const UNIFORM_FROM = 20;
/** Relative size at which a sum or a product has converged. */
const DONE = 1e-17;
/** Terms no series or fraction here comes near; it ends those that were given a NaN. */
const MOST_STEPS = 10_000;
/** What Lentz's method puts in the place of a zero denominator. */
const TINY = 1e-300;

/**
 * Taylor coefficients of η/μ, where η²/2 = μ − ln(1 + μ) and η has the sign of μ: those of 1 + η c₀(η) of DLMF
 * 8.12.9. They come from (1 + μ) η/μ = dμ/dη, order by order, in 60 digits, and fall as (2√π)^−n.
 */
const TEMME = new Float64Array([
  1, -0.3333333333333333, 0.08333333333333333, -0.014814814814814815, 0.0011574074074074073, 0.0003527336860670194,
  -0.0001787551440329218, 3.919263178522438e-5, -2.185448510679992e-6, -1.85406221071516e-6, 8.296711340953087e-7,
  -1.7665952736826078e-7, 6.707853543401498e-9, 1.0261809784240309e-8, -4.382036018453353e-9, 9.14769958223679e-10,
  -2.5514193994946248e-11, -5.830772132550426e-11, 2.4361948020667415e-11, -5.0276692801141755e-12,
  1.1004392031956135e-13, 3.371763262400985e-13, -1.392388722418162e-13, 2.8534893807047445e-14, -5.139111834242572e-16,
  -1.9752288294349442e-15, 8.099521156704561e-16, -1.6522531216398162e-16, 2.5305430097478883e-18,
  1.1686939738559576e-17,
]);

/**
 * P(shape, x): the probability that a Gamma(shape, rate 1) variable is at most x.
 *
 * @param shape from 1e-6 to 1e6
 * @param x ≥ 0, Infinity included
 * @returns in [0, 1]; NaN for what is not a number
 *
 * Relative error ≤ 3e-13 against mpmath over the whole domain, down to 1e-305, and ≤ 1e-14 where the value is above 1e-12
 * (test/kernels/incomplete-gamma.test.ts); below 1e-308 what a subnormal number holds. Source: DLMF 8.7, 8.9, 8.11, 8.12.
 * Cost: at most 100 steps, 30 and those of an erfc where Temme's expansion holds.
 */
export function gammaCdf(shape: number, x: number): number {
  if (x === 0) return 0;
  if (x === Infinity) return 1;
  if (isUniform(shape, x)) return x < shape ? uniformTail(shape, x) : 1 - uniformTail(shape, x);
  return isBelow(shape, x) ? lowerSeries(shape, x) : 1 - upperFraction(shape, x);
}

/**
 * Q(shape, x) = 1 − P(shape, x): the probability that a Gamma(shape, rate 1) variable is above x.
 *
 * Domain, error, source and cost as `gammaCdf`.
 */
export function gammaTail(shape: number, x: number): number {
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  if (isUniform(shape, x)) return x < shape ? 1 - uniformTail(shape, x) : uniformTail(shape, x);
  if (!isBelow(shape, x)) return upperFraction(shape, x);
  return shape < 1 ? upperNearZero(shape, x) : 1 - lowerSeries(shape, x);
}

/**
 * x^shape e^−x / Γ(shape): the gamma density times x, the density of ln x.
 *
 * The exponents of x^shape and Γ(shape) are huge and nearly equal; Stirling's part is taken out of both, which leaves
 * −shape (μ − ln(1 + μ)) with μ = (x − shape) / shape.
 *
 * @param shape from 1e-6 to 1e6
 * @param x > 0, finite
 *
 * Relative error ≤ 3e-13, as `gammaCdf`, of which it is a factor. Source: DLMF 5.11.1, 8.12.2. Cost: O(1).
 */
export function gammaPower(shape: number, x: number): number {
  const fall = shape * logExcess((x - shape) / shape, x / shape);
  return Math.sqrt(shape / (2 * Math.PI)) * Math.exp(-fall - logGammaStar(shape));
}

/**
 * μ − ln(1 + μ), which is about μ²/2 near 0, without subtracting there.
 *
 * @param mu μ > −1
 * @param ratio 1 + μ, given apart because near −1 only it has the digits
 * @returns ≥ 0
 *
 * Relative error ≤ 4e-16 for |μ| < ½. Source: ln(1 + μ) = 2 artanh(s), s = μ / (2 + μ), DLMF 4.6.4. Cost: O(1).
 */
export function logExcess(mu: number, ratio: number): number {
  if (mu === Infinity) return mu;
  if (!(Math.abs(mu) < 0.5)) return mu - Math.log(ratio);
  const s = mu / (2 + mu);
  const square = s * s;
  let sum = 0;
  let power = 1;
  for (let k = 3; power > DONE; k += 2, power *= square) sum += power / k;
  return s * (mu - 2 * square * sum);
}

/**
 * ln Γ(a + n) − ln Γ(a), as `logRising` of gamma.ts, but exact in proportion where n is tiny.
 *
 * @param a a > 0
 * @param n n ≥ 0
 *
 * Error ≤ 2e-15 · max(n, |value|) for a from 1e-6 to 1e6 and n from 1e-12 to 1. Source: DLMF 5.5.1. Cost: O(1).
 */
export function logRisingOfLittle(a: number, n: number): number {
  const steps = a < 10 ? Math.ceil(10 - a) : 0;
  let sum = 0;
  for (let j = 0; j < steps; j++) sum += Math.log1p(n / (a + j));
  return logRising(a + steps, n) - sum;
}

/** Where P is had from its series: below the mean, or for small shapes below 1. */
function isBelow(shape: number, x: number): boolean {
  return x < Math.max(1, shape);
}

/** Where Temme's expansion holds: μ from −0.76 to 1.36, which is |η| ≤ 1. */
function isUniform(shape: number, x: number): boolean {
  return shape >= UNIFORM_FROM && x > 0.31 * shape && x < 2.3 * shape;
}

/** P by its series of positive terms (DLMF 8.11.4). */
function lowerSeries(shape: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < MOST_STEPS && term > DONE * sum; k++) {
    term *= x / (shape + k);
    sum += term;
  }
  return (gammaPower(shape, x) / shape) * sum;
}

/** Q by Legendre's continued fraction (DLMF 8.9.2) and Lentz's method. */
function upperFraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < MOST_STEPS; k++) {
    const numerator = k * (shape - k);
    b += 2;
    d = 1 / nonzero(numerator * d + b);
    c = nonzero(b + numerator / c);
    const factor = c * d;
    fraction *= factor;
    if (Math.abs(factor - 1) <= Number.EPSILON) break;
  }
  return gammaPower(shape, x) * fraction;
}

const nonzero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);

/**
 * Q for shape < 1 and x ≤ 1, where 1 − P would leave nothing: with x^shape / Γ(1 + shape) = 1 − u,
 * Q = u − (1 − u) shape Σ (−x)^k / ((shape + k) k!), k ≥ 1 (DLMF 8.7.1; Gautschi 1979, ACM TOMS 5(4), 466–481).
 */
function upperNearZero(shape: number, x: number): number {
  const log = shape * Math.log(x) - logRisingOfLittle(1, shape);
  let power = 1;
  let sum = 0;
  for (let k = 1; k < MOST_STEPS; k++) {
    power *= -x / k;
    const term = power / (shape + k);
    sum += term;
    if (Math.abs(term) <= DONE * Math.abs(sum)) break;
  }
  return -Math.expm1(log) - Math.exp(log) * shape * sum;
}

/**
 * The tail on x's own side of the shape: Q for x ≥ shape, P below it (DLMF 8.12.3, 8.12.4).
 *
 * The remainder's expansion in powers of η comes from its differential equation, by a backward recurrence:
 * b(n − 1) = f(n) + (n + 1) b(n + 1) / shape, where f are the coefficients above and Γ* = 1 + b(1) / shape.
 * Source: Gil, Segura & Temme (2012), SIAM J. Sci. Comput. 34(6), A2965–A2981, section 2.5.
 */
function uniformTail(shape: number, x: number): number {
  const mu = (x - shape) / shape;
  const excess = logExcess(mu, x / shape);
  const eta = mu < 0 ? -Math.sqrt(2 * excess) : Math.sqrt(2 * excess);
  let after = 0; // b(n + 1)
  let here = TEMME.at(-1)!; // b(n), n = TEMME.length − 2
  let sum = here;
  for (let n = TEMME.length - 2; n >= 1; n--) {
    const before = TEMME[n]! + ((n + 1) * after) / shape;
    sum = sum * eta + before;
    after = here;
    here = before;
  }
  const remainder = (Math.exp(-shape * excess) * sum) / (Math.sqrt(2 * Math.PI * shape) * (1 + after / shape));
  const normal = 0.5 * gammaTail(0.5, shape * excess); // ½ erfc(|η| √(shape / 2))
  return mu < 0 ? normal - remainder : normal + remainder;
}
