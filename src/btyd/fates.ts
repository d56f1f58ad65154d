/**
 * Derivatives of the log of a sum over fates: alive at T, or left at one of several moments.
 *
 * With f the log of one fate's term and its share of the sum as weight, the gradient is the mean of f′ over the fates,
 * the Hessian the mean of f″ plus the covariance of f′.
 */
import type { Derivatives } from './model.js';

export class Fates {
  private readonly first: Float64Array;
  private readonly second: Float64Array;

  constructor(private readonly p: number) {
    this.first = new Float64Array(p);
    this.second = new Float64Array(p * p);
  }

  /** One fate of this share: f′ (length p) and f″ (p × p, upper triangle). */
  add(share: number, slope: Float64Array, curve: Float64Array): void {
    const { p, first, second } = this;
    for (let i = 0; i < p; i++) {
      first[i]! += share * slope[i]!;
      for (let j = i; j < p; j++) second[i * p + j]! += share * (slope[i]! * slope[j]! + curve[i * p + j]!);
    }
  }

  /** Adds the customer's derivatives, times their weight, to a running sum (upper triangle), and starts the next one. */
  finish(weight: number, { gradient, hessian }: Derivatives): void {
    const { p, first, second } = this;
    for (let i = 0; i < p; i++) {
      gradient[i]! += weight * first[i]!;
      for (let j = i; j < p; j++) hessian[i * p + j]! += weight * (second[i * p + j]! - first[i]! * first[j]!);
    }
    first.fill(0);
    second.fill(0);
  }
}
