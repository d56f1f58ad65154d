/** The normal and the χ² distribution. */
import { gammaTail } from './incomplete-gamma.js';

/** P(Z > z) of a standard normal Z, with the digits of small tails. Error as of `gammaTail`. */
export function normalTail(z: number): number {
  const outside = gammaTail(0.5, (z * z) / 2) / 2;
  return z >= 0 ? outside : 1 - outside;
}

/** P(X > x) of a χ² with `freedom` > 0 degrees of freedom; 1 for x ≤ 0. Error as of `gammaTail`. */
export function chiSquareTail(x: number, freedom: number): number {
  return gammaTail(freedom / 2, Math.max(0, x) / 2);
}

/**
 * The z with P(Z ≤ z) = p.
 *
 * @param p in (0, 1)
 *
 * Relative error ≤ 1e-14 of z or of 1. Source: Abramowitz & Stegun 26.2.23, then two of Halley's steps. Cost: two `normalTail`.
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 2; step++) {
    const newton = (normalTail(z) - p) * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
    z += newton / (1 - (newton * z) / 2);
  }
  return -z;
}
