/**
 * The likelihood of Pareto/NBD (pareto-nbd.ts): of being alive at T plus an integral over the moment u of leaving,
 *
 *   L = Γ(r+x)/Γ(r) α^r β^s { (α+T)^−(r+x) (β+T)^−s + s ∫ (α+u)^−(r+x) (β+u)^−(s+1) du, u from t_x to T },
 *
 * taken by quadrature (kernels/death-times.ts). Gradient and Hessian are moments of the same nodes.
 *
 * What is computed customer by customer here is computed for two at once in wasm/, where that can be.
 */
import type { Customers } from '../customers.js';
import { DeathTimes } from '../kernels/death-times.js';
import { logistic, softplus } from '../kernels/logistic.js';
import { simdLogOdds, simdSums } from '../wasm/pareto-nbd.js';
import { type Derivatives, mirror, type Params } from './model.js';
import { sumRising } from './rising.js';

export type ParetoNbdParams = Params<'r' | 'alpha' | 's' | 'beta'>;

/** Log-odds that a customer has left by T: the log-ratio of the two terms in braces. Leaves the nodes in `left`. */
export function logOddsLeft(params: ParetoNbdParams, x: number, tx: number, T: number, left: DeathTimes): number {
  const { r, alpha, s, beta } = params;
  const waited = T - tx;
  if (waited === 0) {
    left.count = 0;
    return Number.NEGATIVE_INFINITY;
  }
  left.place(r + x, s, alpha, beta, tx, T);
  return (
    logIntegral(params, tx, left) + (r + x) * Math.log1p(waited / (alpha + tx)) + s * Math.log1p(waited / (beta + tx))
  );
}

/** Log of the second term in braces, over (α+t_x)^−(r+x) (β+t_x)^−s. */
function logIntegral({ alpha, s, beta }: ParetoNbdParams, tx: number, left: DeathTimes): number {
  return Math.log(((s * (Math.min(alpha, beta) + tx)) / (beta + tx)) * left.total);
}

/**
 * P(a repeat purchase by T), from the nodes of a customer with x = 0: r ∫ (α+u)^−(r+1) (β+u)^−s du, times α^r β^s.
 * Where it is small, the likelihood 1 − P is near 1, and the sum of its two terms would lose the digits of its log.
 */
function pRepeat({ r, alpha, beta }: ParetoNbdParams, T: number, left: DeathTimes): number {
  if (T === 0) return 0;
  let total = 0;
  for (let j = 0; j < left.count; j++) total += left.share[j]! * ((beta + left.u[j]!) / (alpha + left.u[j]!));
  return r * Math.min(alpha / beta, 1) * total;
}

/** Log-odds of having left by T, one a customer. */
export function logOdds(params: ParetoNbdParams, customers: Customers): Float64Array {
  return simdLogOdds(params, customers) ?? plainLogOdds(params, customers);
}

/** The same without WebAssembly. */
export function plainLogOdds(
  params: ParetoNbdParams,
  { n, frequency: x, recency: tx, age: T }: Customers,
): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = logOddsLeft(params, x[i]!, tx[i]!, T[i]!, scratch);
  return out;
}

/** Σ weight · log-likelihood. */
export function logLikelihood(params: ParetoNbdParams, customers: Customers, derivatives?: Derivatives): number {
  const wanted = derivatives !== undefined;
  const sums = simdSums(params, customers, wanted) ?? plainSums(params, customers, wanted);
  const rising = sumRising(params.r, customers, wanted);
  if (derivatives) {
    const { gradient, hessian } = derivatives;
    const by = [1, params.alpha, 1, params.beta];
    let next = 1;
    for (let i = 0; i < 4; i++) gradient[i] = sums[next++]! / by[i]!;
    for (let i = 0; i < 4; i++) {
      for (let j = i; j < 4; j++) hessian[i * 4 + j] = sums[next++]! / (by[i]! * by[j]!);
    }
    gradient[0]! += rising.first;
    hessian[0]! += rising.second;
    mirror(hessian, 4);
  }
  return sums[0]! + rising.value;
}

/**
 * All but what Γ(r+x)/Γ(r) adds, which is known without looking at each customer: Σ weight · log-likelihood; if wanted
 * its derivatives by r, α, s, β, then by rr, rα, rs, rβ, αα, αs, αβ, ss, sβ, ββ. Each is multiplied by α and by β as
 * often as it is a derivative by them: that is what has no unit of time.
 */
export function plainSums(params: ParetoNbdParams, customers: Customers, derivatives: boolean): Float64Array {
  const { frequency, recency, age, weight } = customers;
  const { r, alpha, s, beta } = params;
  const sums = new Float64Array(15);
  for (let i = 0; i < customers.n; i++) {
    const x = frequency[i]!;
    const tx = recency[i]!;
    const T = age[i]!;
    const w = weight[i]!;
    const odds = logOddsLeft(params, x, tx, T, scratch);
    const bought = x === 0 ? pRepeat(params, T, scratch) : 1;
    if (bought < 0.5) {
      sums[0]! += w * Math.log1p(-bought);
    } else {
      // the likelier fate, taken out of the braces
      const gone = odds > 0;
      const until = gone ? tx : T;
      const likelier = (gone ? logIntegral(params, tx, scratch) : 0) + softplus(-Math.abs(odds));
      sums[0]! +=
        w * (likelier - (r + x) * Math.log1p(until / alpha) - x * Math.log(alpha) - s * Math.log1p(until / beta));
    }
    if (derivatives) addMoments(params, x, tx, T, w, logistic(odds), sums);
  }
  return sums;
}

/** Where `addMoments` finds and leaves numbers; a customer after the other uses them. */
const scratch = new DeathTimes();
const point = new Float64Array(4);
const slopes = new Float64Array(4);
const means = new Float64Array(4);
const products = new Float64Array(16);
const pulls = new Float64Array(4);
const gaps = new Float64Array(4);
const bends = new Float64Array(16);

/**
 * Adds the derivatives of the log of {…} α^r β^s to `sums`; the nodes are those in `scratch`.
 *
 * The braces are a sum over fates: alive at T, or left at u. With f the log of one fate's term, the gradient is the mean
 * of f′ over the fates, the Hessian the mean of f″ plus the covariance of f′. With g = u/(α+u) and h = u/(β+u), u = T
 * for who is alive, and `gone` 1 or 0,
 *
 *   f′ by r, ln α, s, ln β:  −ln(1 + u/α),  r g − x (1 − g),  gone/s − ln(1 + u/β),  (s + gone) h − gone.
 *
 * No digits are lost if only what comes after t_x is averaged: A = ln((α+u)/(α+t_x)), a = (u−t_x)/(α+u), B and b of β.
 * The covariance has two parts: among those who left, and between them and those alive.
 *
 * @param left probability of having left
 */
function addMoments(
  { r, alpha, s, beta }: ParetoNbdParams,
  x: number,
  tx: number,
  T: number,
  w: number,
  left: number,
  sums: Float64Array,
): void {
  const weighed = averageNodes(alpha, beta);
  const [A, a, B, b] = [means[0]!, means[1]!, means[2]!, means[3]!];
  const alive = 1 - left;
  const waited = T - tx;
  const k = r + x;
  const aT = waited / (alpha + T);
  const bT = waited / (beta + T);
  const AT = Math.log1p(waited / (alpha + tx));
  const BT = Math.log1p(waited / (beta + tx));

  // g = g0 + restG · a, h = h0 + restH · b; their means over fates, and those of their squares
  const g0 = tx / (alpha + tx);
  const h0 = tx / (beta + tx);
  const restG = alpha / (alpha + tx);
  const restH = beta / (beta + tx);
  const meanA = alive * aT + left * a;
  const meanB = alive * bT + left * b;
  const g = g0 + restG * meanA;
  const h = h0 + restH * meanB;
  const gg = g0 * (g0 + 2 * restG * meanA) + restG ** 2 * (alive * aT ** 2 + left * products[5]!);
  const hh = h0 * (h0 + 2 * restH * meanB) + restH ** 2 * (alive * bT ** 2 + left * products[15]!);

  slopes[0] = -(Math.log1p(tx / alpha) + alive * AT + left * A);
  slopes[1] = r * g - x * restG * (alive * (1 - aT) + left * (1 - a));
  // The means of f′ by s and ln β cancel for who was hardly watched (T ≪ β). Integrated by parts they do not.
  slopes[2] = (k * left * weighed) / s - Math.log1p(tx / beta);
  slopes[3] = s * h0 - k * restH * left * a;
  // f′ of who left is linear in A, a, B, b with these slopes …
  pulls[0] = -1;
  pulls[1] = k * restG;
  pulls[2] = -1;
  pulls[3] = (s + 1) * restH;
  // … and differs in the mean from f′ of who is alive by this
  gaps[0] = AT - A;
  gaps[1] = k * restG * (a - aT);
  gaps[2] = 1 / s + BT - B;
  gaps[3] = restH * (s * (b - bT) - (1 - b));
  bends[1] = g;
  bends[5] = x * restG ** 2 * (alive * (1 - aT) ** 2 + left * (1 - 2 * a + products[5]!)) - r * (2 * g - gg);
  bends[10] = -left / s ** 2;
  bends[11] = h;
  bends[15] = left * restH ** 2 * (1 - 2 * b + products[15]!) - s * (2 * h - hh);

  let next = 1;
  for (let i = 0; i < 4; i++) sums[next++]! += w * slopes[i]!;
  for (let i = 0; i < 4; i++) {
    for (let j = i; j < 4; j++) {
      const within = pulls[i]! * pulls[j]! * (products[i * 4 + j]! - means[i]! * means[j]!);
      sums[next++]! += w * (left * (within + alive * gaps[i]! * gaps[j]!) + bends[i * 4 + j]!);
    }
  }
}

/** Means of A, a, B, b and of their products over the moments of leaving; returns that of B (β+u)/(α+u). */
function averageNodes(alpha: number, beta: number): number {
  const { count, total, share, u, waited, logAlpha, logBeta } = scratch;
  means.fill(0);
  products.fill(0);
  let weighed = 0;
  for (let j = 0; j < count; j++) {
    const p = share[j]! / total;
    point[0] = logAlpha[j]!;
    point[1] = waited[j]! / (alpha + u[j]!);
    point[2] = logBeta[j]!;
    point[3] = waited[j]! / (beta + u[j]!);
    for (let i = 0; i < 4; i++) {
      const part = p * point[i]!;
      means[i]! += part;
      for (let k = i; k < 4; k++) products[i * 4 + k]! += part * point[k]!;
    }
    weighed += p * logBeta[j]! * ((beta + u[j]!) / (alpha + u[j]!));
  }
  return weighed;
}
