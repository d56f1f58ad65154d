/**
 * The likelihood of Pareto/NBD (pareto-nbd.ts): of being alive at T plus an integral over the moment u of leaving,
 *
 *   L = Γ(r+x)/Γ(r) α^r β^s { (α+T)^−(r+x) (β+T)^−s + s ∫ (α+u)^−(r+x) (β+u)^−(s+1) du, u from t_x to T },
 *
 * taken by quadrature (kernels/death-times.ts). Gradient and Hessian are moments of the same nodes.
 */
import type { Customers } from '../customers.js';
import { DeathTimes } from '../kernels/death-times.js';
import { logistic, softplus } from '../kernels/logistic.js';
import { type Derivatives, mirror, type Params } from './model.js';
import { sumRising } from './rising.js';

export type ParetoNbdParams = Params<'r' | 'alpha' | 's' | 'beta'>;

/** Log-odds that a customer has left by T: the log-ratio of the two terms in braces. Leaves the nodes in `left`. */
export function logOddsLeft(
  { r, alpha, s, beta }: ParetoNbdParams,
  x: number,
  tx: number,
  T: number,
  left: DeathTimes,
): number {
  const waited = T - tx;
  if (waited === 0) return Number.NEGATIVE_INFINITY;
  left.place(r + x, s, alpha, beta, tx, T);
  return (
    Math.log((s * (Math.min(alpha, beta) + tx)) / (beta + tx)) +
    Math.log(left.total) +
    (r + x) * Math.log1p(waited / (alpha + tx)) +
    s * Math.log1p(waited / (beta + tx))
  );
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

/** Σ weight · log-likelihood. */
export function logLikelihood(params: ParetoNbdParams, customers: Customers, derivatives?: Derivatives): number {
  const { frequency, recency, age, weight } = customers;
  const { r, alpha, s, beta } = params;
  const left = new DeathTimes();
  const moments = derivatives && new Moments(params);
  let total = 0;
  for (let i = 0; i < customers.n; i++) {
    const x = frequency[i]!;
    const tx = recency[i]!;
    const T = age[i]!;
    const w = weight[i]!;
    const odds = logOddsLeft(params, x, tx, T, left);
    const bought = x === 0 ? pRepeat(params, T, left) : 1;
    total +=
      w *
      (bought < 0.5
        ? Math.log1p(-bought)
        : softplus(odds) - r * Math.log1p(T / alpha) - x * Math.log(alpha + T) - s * Math.log1p(T / beta));
    moments?.add(x, tx, T, w, logistic(odds), left);
  }

  const rising = sumRising(r, customers, derivatives !== undefined);
  if (derivatives && moments) {
    derivatives.gradient.set(moments.gradient);
    derivatives.hessian.set(moments.hessian);
    derivatives.gradient[0]! += rising.first;
    derivatives.hessian[0]! += rising.second;
    mirror(derivatives.hessian, 4);
  }
  return total + rising.value;
}

/**
 * Derivatives of the log of {…}, all but those of Γ(r+x)/Γ(r).
 *
 * The braces are a sum over fates: alive at T, or left at u. With f the log of one fate's term (and of α^r β^s), the
 * gradient is the mean of f′ over the fates, the Hessian the mean of f″ plus the covariance of f′.
 */
class Moments {
  readonly gradient = new Float64Array(4);
  readonly hessian = new Float64Array(16);
  private readonly first = new Float64Array(4);
  private readonly second = new Float64Array(16);

  constructor(private readonly params: ParetoNbdParams) {}

  add(x: number, tx: number, T: number, w: number, pLeft: number, left: DeathTimes): void {
    const { r, alpha, s, beta } = this.params;
    const { gradient, hessian, first, second } = this;
    first.fill(0);
    second.fill(0);
    const alphaAt = Math.log1p(tx / alpha);
    const betaAt = Math.log1p(tx / beta);
    let ds = -betaAt;
    let db = (s * tx) / (beta * (beta + tx));
    this.fate(1 - pLeft, Math.log1p(T / alpha), Math.log1p(T / beta), x, T, 0);
    for (let j = 0; pLeft > 0 && j < left.count; j++) {
      const share = (pLeft * left.share[j]!) / left.total;
      const u = left.u[j]!;
      this.fate(share, alphaAt + left.logAlpha[j]!, betaAt + left.logBeta[j]!, x, u, 1);
      // The means of f′ by s and beta cancel for who was hardly watched (T ≪ beta). Integrated by parts they do not.
      const bought = (share * (r + x)) / (alpha + u);
      ds += (bought * (beta + u) * left.logBeta[j]!) / s;
      db -= (bought * (u - tx)) / (beta + tx);
    }
    gradient[0]! += w * first[0]!;
    gradient[1]! += w * first[1]!;
    gradient[2]! += w * ds;
    gradient[3]! += w * db;
    for (let i = 0; i < 4; i++) {
      for (let j = i; j < 4; j++) hessian[i * 4 + j]! += w * (second[i * 4 + j]! - first[i]! * first[j]!);
    }
    hessian[1 * 4 + 1]! -= (w * r) / alpha ** 2;
    hessian[2 * 4 + 2]! -= (w * pLeft) / s ** 2;
    hessian[3 * 4 + 3]! -= (w * s) / beta ** 2;
  }

  /** One fate of probability `share`: buying until u, then alive (`died` 0) or gone (1). Logs are of 1 + u/α, 1 + u/β. */
  private fate(share: number, logAlpha: number, logBeta: number, x: number, u: number, died: 0 | 1): void {
    const { r, alpha, s, beta } = this.params;
    const { first, second } = this;
    const overAlpha = 1 / (alpha + u);
    const overBeta = 1 / (beta + u);
    const fr = -logAlpha;
    const fa = ((r * u - x * alpha) * overAlpha) / alpha;
    const fs = died / s - logBeta;
    const fb = ((s * u - died * beta) * overBeta) / beta;
    first[0]! += share * fr;
    first[1]! += share * fa;
    first[2]! += share * fs;
    first[3]! += share * fb;
    second[0]! += share * fr * fr;
    second[1]! += share * (fr * fa + (u * overAlpha) / alpha);
    second[2]! += share * fr * fs;
    second[3]! += share * fr * fb;
    second[5]! += share * (fa * fa + (r + x) * overAlpha * overAlpha);
    second[6]! += share * fa * fs;
    second[7]! += share * fa * fb;
    second[10]! += share * fs * fs;
    second[11]! += share * (fs * fb + (u * overBeta) / beta);
    second[15]! += share * (fb * fb + (s + died) * overBeta * overBeta);
  }
}
