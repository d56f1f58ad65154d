/**
 * The negative binomial distribution of purchases: N | λ ~ Poisson(λ t) with λ ~ Gamma(shape r, rate alpha).
 *
 * Only τ = t / alpha matters. Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, chapter 5.
 */
import { betaCdf, betaPower } from './incomplete-beta.js';

/**
 * P(N = n) = Γ(r + n) / (Γ(r) n!) (τ / (1 + τ))^n (1 + τ)^−r.
 *
 * @param n number of purchases, a whole number from 0 to 1e5
 * @param r shape, from 1e-6 to 1e6
 * @param tau τ = t / alpha ≥ 0, Infinity included
 * @returns in [0, 1]; NaN for what is not a number
 *
 * Relative error ≤ 5e-13 against mpmath, down to 1e-295 (test/kernels/negative-binomial.test.ts): the logarithms of the
 * factors, up to 1e7 here, are never subtracted. Cost: O(1).
 */
export function negativeBinomial(n: number, r: number, tau: number): number {
  if (n === 0) return Math.exp(-r * Math.log1p(tau));
  if (tau === 0 || tau === Infinity) return 0;
  // Γ(r + n) / (Γ(r) n!) = 1 / (n B(n, r)); p r − q n = (τ r − n) / (1 + τ) with fewer roundings
  return betaPower(n, r, share(tau), 1 / (1 + tau), (r - n / tau) * share(tau)) / n;
}

/**
 * P(N ≥ n) = I_{τ / (1 + τ)}(n, r).
 *
 * Domain as above.
 *
 * @returns in [0, 1]; 1 for n = 0
 *
 * Relative error ≤ 1e-12 against mpmath. Source: DLMF 8.17.20, summed over n. Cost: that of `betaCdf`.
 */
export function negativeBinomialTail(n: number, r: number, tau: number): number {
  return n === 0 ? 1 : betaCdf(n, r, share(tau), 1 / (1 + tau));
}

/** τ / (1 + τ), in [0, 1], also where 1 + τ overflows. */
const share = (tau: number): number => 1 / (1 + 1 / tau);
