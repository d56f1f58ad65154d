/**
 * Integrals over the next stretch of time of functions that may have structure on any scale within it.
 *
 * With u = t · logistic(y) both ends go to infinity and the integrand decays exponentially towards them, so the
 * trapezoid rule converges exponentially (Trefethen & Weideman 2014, SIAM Review 56(3), 385–458): halving the step
 * squares the error, which is how the step is found.
 */

/** The integrand has fallen by e^−40 at both ends of y. */
const REACH = 40;
const FIRST_STEP = 0.5;
const MOST_HALVINGS = 10;
/** A change below this when the step is halved leaves an error of its square. */
const SETTLED = 1e-7;
/** Values below it are nothing. */
const NOTHING = 1e-290;

/**
 * ∫ f(u) du for u from 0 to t, of `count` functions at once.
 *
 * @param t > 0
 * @param finest the smallest scale in u on which some f changes near 0
 * @param f writes the values at u into `out`; smooth, finite, on (0, t)
 *
 * Relative error ≤ 1e-12 for the integrands of the models (test/btyd/accuracy.test.ts). Cost: 300 calls or more.
 */
export function integrate(
  t: number,
  finest: number,
  count: number,
  f: (u: number, out: Float64Array) => void,
): Float64Array {
  const low = Math.log(Math.min(1, finest / t)) - REACH;
  const out = new Float64Array(count);
  const sum = new Float64Array(count);
  const add = (y: number) => {
    const e = Math.exp(-Math.abs(y));
    const u = y < 0 ? (t * e) / (1 + e) : t / (1 + e);
    const slope = (t * e) / (1 + e) ** 2;
    f(u, out);
    for (let k = 0; k < count; k++) sum[k]! += slope * out[k]!;
  };

  let nodes = Math.ceil((REACH - low) / FIRST_STEP);
  let step = (REACH - low) / nodes;
  for (let j = 0; j <= nodes; j++) add(low + j * step);
  let value = sum.map((total) => step * total);
  for (let halving = 0; halving < MOST_HALVINGS; halving++) {
    for (let j = 0; j < nodes; j++) add(low + (j + 0.5) * step);
    step /= 2;
    nodes *= 2;
    const finer = sum.map((total) => step * total);
    const settled = finer.every((total, k) => Math.abs(total - value[k]!) <= SETTLED * Math.abs(total) + NOTHING);
    value = finer;
    if (settled) break;
  }
  return value;
}
