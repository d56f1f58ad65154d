/**
 * The regularised incomplete beta function: both tails of a beta distribution, each to its own relative accuracy.
 *
 * Below (a + 1) / (a + b + 2), close to the mean, I_p(a, b) is had directly: by a power series for a < 1, by a continued
 * fraction otherwise. Above, the roles of (a, p) and (b, q) change, I_p(a, b) = 1 − I_q(b, a) (DLMF 8.17.4). The other
 * tail is one minus it, which costs at most a digit, except where a < 1; there it has a form of its own.
 */
import { logGammaStar } from './gamma.js';
import { logExcess, logRisingOfLittle } from './incomplete-gamma.js';

const DONE = 1e-17;
/** Steps no series or fraction here comes near; it ends those that were given a NaN. */
const MOST_STEPS = 10_000;
/** What Lentz's method puts in the place of a zero denominator. */
const TINY = 1e-300;

/**
 * I_p(a, b): the probability that a Beta(a, b) variable is at most p.
 *
 * @param a from 1e-6 to 1e6
 * @param b from 1e-6 to 1e6
 * @param p in [0, 1]
 * @param q 1 − p, given apart where it is known to more digits than 1 − p keeps
 * @returns in [0, 1]; NaN for what is not a number
 *
 * Relative error against mpmath, down to 1e-305 (test/kernels/incomplete-beta.test.ts): ≤ 3e-13 for a and b to 1e4, of it
 * ≤ 1e-13 where the value is above 1e-12; ≤ 2e-12 for a and b to 1e6. Source: DLMF 8.17.4, 8.17.7, 8.17.22.
 * Cost: fewer than 100 steps as a rule, 552 at worst (a = b = 1e6 at the mean).
 */
export function betaCdf(a: number, b: number, p: number, q: number = 1 - p): number {
  if (p === 0) return 0;
  if (q === 0) return 1;
  return isBelow(a, b, p) ? lower(a, b, p, q) : aboveLower(b, a, q, p);
}

/**
 * 1 − I_p(a, b) = I_q(b, a): the probability that a Beta(a, b) variable is above p.
 *
 * Domain, error, source and cost as `betaCdf`.
 */
export function betaTail(a: number, b: number, p: number, q: number = 1 - p): number {
  return betaCdf(b, a, q, p);
}

/**
 * p^a q^b / B(a, b): the beta density times p q, the density of the log-odds.
 *
 * Stirling's parts of the beta function cancel against p^a q^b at the mean, p = a / (a + b); what is left are the
 * distances from there, a (μ − ln(1 + μ)) with μ = p (a + b) / a − 1, and the same of b and q.
 *
 * @param a a and b from 1e-6 to 1e6, p and q as in `betaCdf` but above 0
 * @param shift p b − q a, where the caller has it to more digits than that difference
 *
 * Relative error as `betaCdf`, of which it is a factor. Source: DLMF 5.11.1, 5.12.1. Cost: O(1).
 */
export function betaPower(a: number, b: number, p: number, q: number, shift: number = distance(a, b, p, q)): number {
  const n = a + b;
  const fall = a * logExcess(shift / a, (p * n) / a) + b * logExcess(-shift / b, (q * n) / b);
  const stirling = logGammaStar(n) - logGammaStar(a) - logGammaStar(b);
  return Math.sqrt(((a / n) * b) / (2 * Math.PI)) * Math.exp(stirling - fall);
}

/** p b − q a, which is a + b times what p exceeds the mean by; from the smaller of p and q, the other being rounded. */
function distance(a: number, b: number, p: number, q: number): number {
  return p < q ? p * (a + b) - a : b - q * (a + b);
}

function isBelow(a: number, b: number, p: number): boolean {
  return p <= (a + 1) / (a + b + 2);
}

/** I_p(a, b) for p below about the mean. */
function lower(a: number, b: number, p: number, q: number): number {
  return a < 1 ? Math.exp(logLeading(a, b, p)) * (1 + a * seriesRest(a, b, p)) : fraction(a, b, p, q);
}

/** 1 − I_p(a, b) for p below about the mean. */
function aboveLower(a: number, b: number, p: number, q: number): number {
  if (a >= 1) return 1 - fraction(a, b, p, q);
  const log = logLeading(a, b, p);
  return -Math.expm1(log) - Math.exp(log) * a * seriesRest(a, b, p);
}

/** ln(p^a / (a B(a, b))), the first term of the power series; for tiny a it is of the size of a, and as exact. */
function logLeading(a: number, b: number, p: number): number {
  return a * Math.log(p) - logRisingOfLittle(1, a) + logRisingOfLittle(b, a);
}

/** Σ (1 − b)_k p^k / (k! (a + k)), k ≥ 1 (DLMF 8.17.7, 15.2.1). */
function seriesRest(a: number, b: number, p: number): number {
  let power = 1;
  let sum = 0;
  for (let k = 1; k < MOST_STEPS; k++) {
    power *= ((k - b) / k) * p;
    const term = power / (a + k);
    sum += term;
    if (Math.abs(term) <= DONE * Math.abs(sum)) break;
  }
  return sum;
}

/**
 * I_p(a, b) by the even part of the continued fraction DLMF 8.17.22, which needs half its steps, and Lentz's method.
 * Source: DiDonato & Morris (1992), ACM TOMS 18(3), 360–373, eq. 9.
 */
function fraction(a: number, b: number, p: number, q: number): number {
  const shift = distance(a, b, p, q);
  let value = (a * (1 - shift)) / (a + 1);
  if (value === 0) value = TINY;
  let c = value;
  let d = 0;
  for (let m = 1; m < MOST_STEPS; m++) {
    const even = a + 2 * m;
    const numerator = ((((a + (m - 1)) / (even - 1)) * (a + b + (m - 1))) / (even - 1)) * m * (b - m) * p * p;
    const denominator = m + (m * (b - m) * p) / (even - 1) + ((a + m) * (1 - shift + m * (1 + q))) / (even + 1);
    d = 1 / nonzero(denominator + numerator * d);
    c = nonzero(denominator + numerator / c);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) <= Number.EPSILON) break;
  }
  return betaPower(a, b, p, q, shift) / value;
}

const nonzero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
