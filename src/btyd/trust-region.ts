/**
 * Maximisation by Newton's method within a trust region, with an exact Hessian.
 *
 * Each step maximises the quadratic model g·d + ½ d·H d over |d| ≤ radius (Nocedal & Wright, Numerical Optimization,
 * 2nd ed., §4.3), by the eigenvectors of H: parameters are few, so that costs nothing beside the likelihood.
 */
import { type Eigen, symmetricEigen } from '../kernels/symmetric.js';
import type { Derivatives } from './model.js';

/** Value at a point; fills the derivatives. */
export type Objective = (point: Float64Array, derivatives: Derivatives) => number;

export interface Maximum {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly iterations: number;
  readonly evaluations: number;
  /** `converged`: no step promises a gain above rounding. Otherwise why the search ended early. */
  readonly stopped: 'converged' | 'left_the_box' | 'too_many_iterations' | 'no_progress';
}

const MOST_ITERATIONS = 200;
/** So many iterations that together gain less than so much creep along a ridge without a top. */
const PATIENCE = 20;
const CREEPING_GAIN = 1e-4;
/** A promised gain below this share of the value is rounding error. */
const ROUNDING = 1e-14;

/**
 * @param box the search ends when a coordinate strays further than this from `centre`: the maximum lies at infinity
 * @param centre a point near which it should lie
 */
export function maximise(objective: Objective, start: Float64Array, box: ArrayLike<number>, centre = start): Maximum {
  const p = start.length;
  const derivatives = () => ({ gradient: new Float64Array(p), hessian: new Float64Array(p * p) });
  const usable = (reached: number, { gradient, hessian }: Derivatives) =>
    Number.isFinite(reached) && gradient.every(Number.isFinite) && hessian.every(Number.isFinite);
  let point = start;
  let at = derivatives();
  let value = objective(point, at);
  let evaluations = 1;
  let radius = 1;
  let iterations = 0;
  let stopped: Maximum['stopped'] = 'too_many_iterations';
  if (!usable(value, at))
    return { point, value: Number.NEGATIVE_INFINITY, ...at, iterations, evaluations, stopped: 'no_progress' };
  let milestone = value;

  for (; iterations < MOST_ITERATIONS; iterations++) {
    const { step, gain, inside } = bestStep(at, radius);
    const rounding = ROUNDING * (1 + Math.abs(value));
    const candidate = point.map((coordinate, i) => coordinate + step[i]!);
    if (candidate.some((coordinate, i) => Math.abs(coordinate - centre[i]!) > box[i]!)) {
      stopped = 'left_the_box';
      break;
    }
    const there = derivatives();
    const reached = objective(candidate, there);
    evaluations++;
    const last = inside && gain <= rounding; // at the maximum, up to one more step that nothing can judge
    const agreement = usable(reached, there) ? (reached - value) / gain : Number.NEGATIVE_INFINITY;
    if ((last && agreement > Number.NEGATIVE_INFINITY) || agreement > 1e-4) {
      if (last && !(reached >= value - 100 * rounding)) {
        stopped = 'converged';
        break;
      }
      [point, at, value] = [candidate, there, reached];
    }
    if (last) {
      stopped = 'converged';
      break;
    }
    if (agreement > 0.75 && !inside) radius *= 3;
    else if (!(agreement > 0.25)) radius = Math.hypot(...step) / 4;
    const creeping = iterations % PATIENCE === PATIENCE - 1 && value - milestone < CREEPING_GAIN;
    if (radius < 1e-12 || creeping) {
      stopped = 'no_progress';
      break;
    }
    if (iterations % PATIENCE === PATIENCE - 1) milestone = value;
  }
  return { point, value, ...at, iterations, evaluations, stopped };
}

/** Eigenvalues and eigenvectors of −H: how sharply the objective falls, and in which directions. */
export function curvature({ hessian }: Pick<Derivatives, 'hessian'>): Eigen {
  return symmetricEigen(hessian.map((value) => -value));
}

/** The step of most promised gain no longer than `radius`; `inside` if it is Newton's own, on a concave model. */
function bestStep({ gradient, hessian }: Derivatives, radius: number) {
  const p = gradient.length;
  const { values: curvatures, vectors: directions } = curvature({ hessian });
  const along = curvatures.map((_, j) => gradient.reduce((sum, g, i) => sum + g * directions[j]![i]!, 0));
  const length = (shift: number) => Math.hypot(...along.map((g, j) => g / (curvatures[j]! + shift)));

  const lowest = Math.min(...curvatures);
  const inside = lowest > 0 && length(0) <= radius;
  let shift = 0;
  if (!inside) {
    // |step| falls from ∞ to 0 as the shift grows from −lowest: find where it is the radius, by bisection
    let low = Math.max(0, -lowest);
    let high = low + Math.hypot(...gradient) / radius;
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (length(middle) > radius) low = middle;
      else high = middle;
    }
    shift = high;
  }
  const amounts = along.map((g, j) => (g === 0 ? 0 : g / (curvatures[j]! + shift)));
  const step = Float64Array.from({ length: p }, (_, i) =>
    amounts.reduce((sum, amount, j) => sum + amount * directions[j]![i]!, 0),
  );
  const gain = amounts.reduce((sum, d, j) => sum + d * along[j]! - 0.5 * curvatures[j]! * d * d, 0);
  return { step, gain, inside };
}
