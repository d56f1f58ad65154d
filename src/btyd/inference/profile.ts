/** Profile-likelihood intervals: every value of a parameter that the data do not contradict, the others at their best. */
import type { Customers } from '../../customers.js';
import { normalQuantile } from '../../kernels/normal.js';
import type { FittedModel } from '../fitted-model.js';
import type { Derivatives } from '../model.js';
import type { Search } from '../search.js';
import { maximise } from '../trust-region.js';
import { searchOf } from './fitted-search.js';
import { checkLevel, type LevelOption } from './level.js';

/** Ends of an interval; null where the likelihood never falls far enough, in that direction, to set one. */
export type ProfileInterval = readonly [low: number | null, high: number | null];

/** Steps along one parameter end at this precision of the log-likelihood. */
const CLOSE = 1e-7;
const MOST_STEPS = 60;

/**
 * Intervals whose ends lie where twice the fall of the profile log-likelihood is the χ²₁ quantile: they need no symmetry, and do
 * not change when a parameter is measured on another scale. One of about ten fits a parameter and end.
 *
 * Venzon & Moolgavkar (1988), A Method for Computing Profile-Likelihood-Based Confidence Intervals, Applied Statistics
 * 37(1), 87–94.
 *
 * @param customers those that the model was fitted to
 * @returns by the names of `estimates`
 * @throws ClvError bad_columns, bad_option
 */
export function profileIntervals(
  fitted: FittedModel,
  customers: Customers,
  { level = 0.95 }: LevelOption = {},
): Record<string, ProfileInterval> {
  checkLevel(level);
  const { search, point } = searchOf(fitted, customers);
  const fall = normalQuantile((1 + level) / 2) ** 2 / 2;
  const target = search.objective(point) - fall;
  return Object.fromEntries(
    search.names.map((name, i) => {
      const end = (direction: 1 | -1) => {
        const reached = crossing(search, point, i, direction, target);
        return reached === null ? null : search.isLog(i) ? Math.exp(reached) : reached;
      };
      return [name, [end(-1), end(1)] as const];
    }),
  );
}

/** Where the profile of coordinate `i` falls to `target`, by bracketing and then regula falsi (Illinois). */
function crossing(search: Search, top: Float64Array, i: number, direction: 1 | -1, target: number): number | null {
  let others = top;
  const profile = (at: number): number => {
    const best = bestWith(search, others, i, at);
    others = best.point;
    return best.value - target;
  };
  let near = top[i]!;
  let above = search.objective(top) - target;
  let far = near;
  let below = above;
  let stride = 0.25;
  for (let step = 0; below > 0; step++) {
    if (step === MOST_STEPS || Math.abs(far - top[i]!) > search.box[i]!) return null;
    [near, above] = [far, below];
    far += direction * stride;
    stride *= 1.6;
    below = profile(far);
    if (Number.isNaN(below)) return null;
  }
  let side = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    const edge = below === Number.NEGATIVE_INFINITY; // beyond a bound of the model there is nothing to interpolate
    const at = edge ? (near + far) / 2 : (near * below - far * above) / (below - above);
    const value = profile(at);
    if (Math.abs(value) < CLOSE) return at;
    if (value > 0) {
      [near, above] = [at, value];
      if (side === 1) below /= 2;
      side = 1;
    } else {
      [far, below] = [at, value];
      if (side === -1) above /= 2;
      side = -1;
    }
    if (Math.abs(far - near) < 1e-10 * (1 + Math.abs(at))) return edge ? null : at;
  }
  return (near + far) / 2;
}

/** The maximum over all coordinates but one. */
function bestWith(search: Search, start: Float64Array, fixed: number, at: number) {
  const p = search.size;
  const free = Array.from({ length: p }, (_, i) => i).filter((i) => i !== fixed);
  const whole = (part: Float64Array) => {
    const point = new Float64Array(p);
    point[fixed] = at;
    free.forEach((i, j) => {
      point[i] = part[j]!;
    });
    return point;
  };
  const all = { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
  const objective = (part: Float64Array, { gradient, hessian }: Derivatives) => {
    const value = search.objective(whole(part), all);
    free.forEach((i, j) => {
      gradient[j] = all.gradient[i]!;
      free.forEach((k, l) => {
        hessian[j * free.length + l] = all.hessian[i * p + k]!;
      });
    });
    return value;
  };
  const from = Float64Array.from(free, (i) => start[i]!);
  if (free.length === 0) return { point: whole(from), value: search.objective(whole(from)) };
  const box = free.map((i) => search.box[i]!);
  const found = maximise(objective, from, box);
  return { point: whole(found.point), value: found.value };
}
