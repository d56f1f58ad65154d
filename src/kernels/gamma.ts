/**
 * Differences of ln Γ, ψ and ψ′, and ln Γ itself.
 *
 * Likelihoods need Γ(a + n)/Γ(a), never Γ alone. Subtracting two lnΓ loses digits (of a = 1e12, n = 3 it keeps four);
 * here the difference itself is expanded: both arguments are lifted by the same number of steps until they exceed
 * `LARGE`, and the asymptotic series of DLMF 5.11.1 and 5.15.8 are subtracted term by term.
 */

const LARGE = 10;
const HALF_LOG_2PI = 0.9189385332046727;

/** Powers of 1/z in lnΓ(z) − (z − ½) ln z + z − ½ ln 2π, from z⁰ up (DLMF 5.11.1). */
const LOG_GAMMA_TAIL = series([
  [1, 1 / 12],
  [3, -1 / 360],
  [5, 1 / 1260],
  [7, -1 / 1680],
  [9, 1 / 1188],
  [11, -691 / 360360],
  [13, 1 / 156],
]);
/** The same for ψ(z) − ln z (DLMF 5.11.2). */
const DIGAMMA_TAIL = series([
  [1, -1 / 2],
  [2, -1 / 12],
  [4, 1 / 120],
  [6, -1 / 252],
  [8, 1 / 240],
  [10, -1 / 132],
  [12, 691 / 32760],
  [14, -1 / 12],
]);
/** The same for ψ′(z) (DLMF 5.15.8). */
const TRIGAMMA_TAIL = series([
  [1, 1],
  [2, 1 / 2],
  [3, 1 / 6],
  [5, -1 / 30],
  [7, 1 / 42],
  [9, -1 / 30],
  [11, 5 / 66],
  [13, -691 / 2730],
  [15, 7 / 6],
  [17, -3617 / 510],
]);

function series(terms: ReadonlyArray<readonly [power: number, coefficient: number]>): Float64Array {
  const out = new Float64Array(terms.at(-1)![0] + 1);
  for (const [power, coefficient] of terms) out[power] = coefficient;
  return out;
}

/** (P(u) − P(v)) / (u − v) for the polynomial P with these coefficients, without subtracting. */
function dividedDifference(coefficients: Float64Array, u: number, v: number): number {
  let value = 0;
  let quotient = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) {
    quotient = quotient * v + value;
    value = value * u + coefficients[k]!;
  }
  return quotient;
}

function evaluate(coefficients: Float64Array, u: number): number {
  let value = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) value = value * u + coefficients[k]!;
  return value;
}

/** Steps that lift `a` above LARGE. */
const lift = (a: number): number => (a < LARGE ? Math.ceil(LARGE - a) : 0);

/**
 * ln Γ(a + n) − ln Γ(a): for whole n the log of the rising factorial a (a + 1) … (a + n − 1).
 *
 * @param a start, a > 0
 * @param n step, n ≥ 0, whole or not
 * @returns 0 for n = 0
 *
 * Error ≤ 2e-15 · max(1, |value|) against mpmath, a from 1e-9 to 1e9 and n from 1e-6 to 1e6 (test/kernels/gamma.test.ts).
 * Source: DLMF 5.5.1, 5.11.1. Cost: O(1).
 */
export function logRising(a: number, n: number): number {
  if (n === 0) return 0;
  const steps = lift(a);
  const A = a + steps;
  const N = A + n;
  const tail = (-n / (A * N)) * dividedDifference(LOG_GAMMA_TAIL, 1 / N, 1 / A);
  return (A - 0.5) * Math.log1p(n / A) + n * (Math.log(N) - 1) + tail - lifted(a, n, steps);
}

/** Σ ln((a + n + j)/(a + j)), j < steps: one logarithm of a product, or many where a small n would drown in its rounding. */
function lifted(a: number, n: number, steps: number): number {
  if (n < 0.5) {
    let sum = 0;
    for (let j = 0; j < steps; j++) sum += Math.log1p(n / (a + j));
    return sum;
  }
  let ratio = 1;
  for (let j = 0; j < steps; j++) ratio *= (a + j) / (a + n + j);
  return -Math.log(ratio);
}

/**
 * ln B(a, b) − ln B(a, b + n) ≥ 0: by how much the mean of (1 − p)^n, p ~ Beta(a, b), lies below 1.
 *
 * @param a, b > 0
 * @param n n ≥ 0, whole or not
 *
 * Relative error ≤ 1e-14 unless a and n are both large: of the two differences that it is, the one with the smaller
 * step loses fewer digits. Source: DLMF 5.12.1. Cost: two `logRising`.
 */
export function logBetaFall(a: number, b: number, n: number): number {
  return a < n ? logRising(b + n, a) - logRising(b, a) : logRising(a + b, n) - logRising(b, n);
}

/** d/db of `logBetaFall`, ≤ 0. */
export function digammaFall(a: number, b: number, n: number): number {
  return a < n ? digammaRise(b + n, a) - digammaRise(b, a) : digammaRise(a + b, n) - digammaRise(b, n);
}

/** d²/db² of `logBetaFall`, ≥ 0. */
export function trigammaFall(a: number, b: number, n: number): number {
  return a < n ? trigammaRise(b + n, a) - trigammaRise(b, a) : trigammaRise(a + b, n) - trigammaRise(b, n);
}

/**
 * ψ(a + n) − ψ(a): for whole n the sum of 1/(a + k), k < n. It is d/da of `logRising(a, n)`.
 *
 * Domain as there. Relative error ≤ 2e-15. Source: DLMF 5.5.2, 5.11.2. Cost: O(1).
 */
export function digammaRise(a: number, n: number): number {
  if (n === 0) return 0;
  const steps = lift(a);
  let sum = 0;
  for (let j = 0; j < steps; j++) sum += n / ((a + j) * (a + n + j));
  const A = a + steps;
  const N = A + n;
  return sum + Math.log1p(n / A) - (n / (A * N)) * dividedDifference(DIGAMMA_TAIL, 1 / N, 1 / A);
}

/**
 * ψ′(a + n) − ψ′(a): for whole n minus the sum of 1/(a + k)², k < n. It is d²/da² of `logRising(a, n)`.
 *
 * Domain as there. Relative error ≤ 4e-15. Source: DLMF 5.15.5, 5.15.8. Cost: O(1).
 */
export function trigammaRise(a: number, n: number): number {
  if (n === 0) return 0;
  const steps = lift(a);
  let sum = 0;
  for (let j = 0; j < steps; j++) {
    const low = a + j;
    const high = low + n;
    sum += (n / (low * high)) * (1 / low + 1 / high);
  }
  const A = a + steps;
  const N = A + n;
  return -sum - (n / (A * N)) * dividedDifference(TRIGAMMA_TAIL, 1 / N, 1 / A);
}

/**
 * ln Γ*(a): what lnΓ(a) exceeds Stirling's (a − ½) ln a − a + ½ ln 2π by. Positive, falls to 0 as a grows.
 *
 * @param a a > 0
 *
 * Error ≤ 4e-15 · max(1, |value|) for a ≥ 1e-300. Source: DLMF 5.11.1. Cost: O(1).
 */
export function logGammaStar(a: number): number {
  const steps = lift(a);
  let sum = evaluate(LOG_GAMMA_TAIL, 1 / (a + steps));
  for (let j = 0; j < steps; j++) sum += (a + j + 0.5) * Math.log1p(1 / (a + j)) - 1; // ln Γ*(a + j) − ln Γ*(a + j + 1)
  return sum;
}

/**
 * ln Γ(a), a > 0.
 *
 * Error ≤ 4e-15 · max(1, |value|). Source: DLMF 5.11.1. Cost: O(1).
 */
export function logGamma(a: number): number {
  return (a - 0.5) * Math.log(a) - a + HALF_LOG_2PI + logGammaStar(a);
}

/** ψ(a), a > 0. Error ≤ 4e-15 · max(1, |value|). Source: DLMF 5.5.2, 5.11.2. Cost: O(1). */
export function digamma(a: number): number {
  const steps = lift(a);
  let sum = 0;
  for (let j = 0; j < steps; j++) sum += 1 / (a + j);
  return Math.log(a + steps) + evaluate(DIGAMMA_TAIL, 1 / (a + steps)) - sum;
}

/** ψ′(a), a > 0. Relative error ≤ 4e-15. Source: DLMF 5.15.5, 5.15.8. Cost: O(1). */
export function trigamma(a: number): number {
  const steps = lift(a);
  let sum = 0;
  for (let j = 0; j < steps; j++) sum += 1 / (a + j) ** 2;
  return sum + evaluate(TRIGAMMA_TAIL, 1 / (a + steps));
}
