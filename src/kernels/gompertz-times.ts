/**
 * Quadrature over the unseen moment u at which a customer left whose risk of leaving grows with time.
 *
 *   ∫ from tx to T of (α + u)^−k · b e^(bu) (β + e^(bu) − 1)^−(s+1) du
 *
 * Singularities lie at u = −α and where e^(bu) = 1 − β: at a distance that can be told in advance, so the range is cut
 * into panels no longer than a few times that distance, nor than the integrand takes to fall or rise e³⁰-fold, and
 * Gauss–Legendre converges on each.
 */
import { gaussLegendre } from './gauss-legendre.js';

const RULE = gaussLegendre(24);
/** Panel ÷ distance to the nearest singularity behind it, and beside it: 24 nodes then err by less than 1e-15. */
const BEHIND = 4;
const BESIDE = 2.2;
/** Most that the log of the integrand may change over a panel. */
const FALL = 24;
/** Below this share of the largest value nothing counts, once the integrand can only fall. */
const NEGLIGIBLE = 45;
const MOST_PANELS = 400;

export class GompertzTimes {
  /** Number of nodes in use. */
  count = 0;
  /** Moments of leaving, tx < u < T. */
  u = new Float64Array(8 * RULE.nodes.length);
  /** Share of each moment; they sum to 1. */
  share = new Float64Array(this.u.length);
  /** The log of the integral. */
  log = Number.NEGATIVE_INFINITY;

  /**
   * Places the nodes. k > 0, s > 0, b > 0, alpha > 0, beta > 0, 0 ≤ tx < T.
   *
   * Relative error of the integral ≤ 1e-12 against mpmath (test/btyd/accuracy.test.ts). Cost: 24 nodes a panel, mostly
   * one to five panels.
   */
  place(k: number, s: number, b: number, alpha: number, beta: number, tx: number, T: number): void {
    const risen = (u: number) => logRisen(b * u, beta);
    const logAt = (u: number) => -k * Math.log(alpha + u) + b * u - (s + 1) * risen(u);
    const slopeAt = (u: number) => -k / (alpha + u) + b - (s + 1) * b * Math.exp(b * u - risen(u));
    const centre = beta > 1 ? Math.log(beta - 1) / b : 0;

    let from = tx;
    let highest = Number.NEGATIVE_INFINITY;
    let node = 0;
    for (let panel = 0; panel < MOST_PANELS && from < T; panel++) {
      const behind = Math.min(alpha + from, beta < 1 ? from - Math.log1p(-beta) / b : Number.POSITIVE_INFINITY);
      let length = BEHIND * behind;
      // near the upper end of what dropout can do, e^(bu) ≫ β, ln(β + e^(bu) − 1) is a straight line
      if (beta > 1 && b * (from - centre) < NEGLIGIBLE) {
        length = Math.min(length, (BESIDE / b) * Math.hypot(Math.PI, Math.max(0, b * Math.abs(from - centre) - 5)));
      }
      length = Math.min(length, FALL / Math.max(Math.abs(slopeAt(from)), 1e-300));
      // the log is concave or convex in turn, so its slope is steepest at an end
      while (Math.abs(slopeAt(Math.min(T, from + length))) * length > FALL) length /= 2;
      const to = panel === MOST_PANELS - 1 || from + length >= T ? T : from + length;
      if (node + RULE.nodes.length > this.u.length) this.grow();
      for (let j = 0; j < RULE.nodes.length; j++, node++) {
        const u = from + RULE.nodes[j]! * (to - from);
        this.u[node] = u;
        this.share[node] = logAt(u) + Math.log(RULE.weights[j]! * (to - from));
        if (this.share[node]! > highest) highest = this.share[node]!;
      }
      const settled = (s + 1) * Math.exp(b * to - risen(to)) >= 1; // dropout alone makes it fall, and ever more
      if (settled && slopeAt(to) < 0 && this.share[node - 1]! < highest - NEGLIGIBLE) break;
      from = to;
    }
    let total = 0;
    for (let j = 0; j < node; j++) {
      this.share[j] = Math.exp(this.share[j]! - highest);
      total += this.share[j]!;
    }
    for (let j = 0; j < node; j++) this.share[j]! /= total;
    this.count = node;
    this.log = Math.log(b) + highest + Math.log(total);
  }

  private grow(): void {
    const longer = (old: Float64Array) => {
      const next = new Float64Array(2 * old.length);
      next.set(old);
      return next;
    };
    this.u = longer(this.u);
    this.share = longer(this.share);
  }
}

/** ln(β + eᵗ − 1), t ≥ 0, also where eᵗ overflows. */
export function logRisen(t: number, beta: number): number {
  return t < 30 ? Math.log(beta + Math.expm1(t)) : t + Math.log1p((beta - 1) * Math.exp(-t));
}
