/**
 * BG/BB. Time comes in opportunities (a yearly appeal, a monthly event). Before each the customer may leave with
 * probability θ; who has not takes it with probability p.
 *
 *   p ~ Beta(alpha, beta)     θ ~ Beta(gamma, delta)
 *
 * Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science
 * 29(6), 1086–1108. Frequency x counts opportunities taken, recency t_x is the last one taken, age n all there were.
 * P(alive) is that at n; the paper's, at n + 1, is P(alive) one opportunity later.
 *
 *   L = B(α+x, β+n−x)/B(α, β) · B(γ, δ+n)/B(γ, δ) + Σ B(α+x, β+u−x)/B(α, β) · B(γ+1, δ+u)/B(γ, δ),   u = t_x … n−1
 */
import type { Customers } from '../customers.js';
import { digammaRise, logBetaFall, logRising, trigammaRise } from '../kernels/gamma.js';
import { drawBeta } from '../kernels/random.js';
import { Fates } from './fates.js';
import { type Derivatives, mirror, type Params, type PurchaseModel } from './model.js';
import { checkOpportunities, discountedOpportunities, opportunitiesAlive, survivalAfter } from './opportunities.js';

type BgBbParams = Params<'alpha' | 'beta' | 'gamma' | 'delta'>;

/** ln of one fate's term: x of u opportunities taken, then alive (`died` 0) or gone before the next (1). */
function logTerm({ alpha, beta, gamma, delta }: BgBbParams, x: number, u: number, died: 0 | 1): number {
  const taking = logRising(alpha, x) - logRising(alpha + beta + u - x, x) - logBetaFall(alpha, beta, u - x);
  const staying = (died ? Math.log(gamma / (gamma + delta + u)) : 0) - logBetaFall(gamma, delta, u);
  return taking + staying;
}

/** The shares of the fates: gone before opportunity t_x + 1, …, n, and last alive at n; and ln of their sum. */
function fatesOf(params: BgBbParams, x: number, tx: number, n: number): { share: Float64Array; log: number } {
  const count = n - tx;
  const share = new Float64Array(count + 1);
  for (let j = 0; j <= count; j++) share[j] = logTerm(params, x, tx + j, j < count ? 1 : 0);
  const most = share.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  let total = 0;
  for (let j = 0; j <= count; j++) {
    share[j] = Math.exp(share[j]! - most);
    total += share[j]!;
  }
  for (let j = 0; j <= count; j++) share[j]! /= total;
  return { share, log: most + Math.log(total) };
}

function logLikelihood(params: BgBbParams, customers: Customers, derivatives?: Derivatives): number {
  const { alpha, beta, gamma, delta } = params;
  const fates = new Fates(4);
  const slope = new Float64Array(4);
  const curve = new Float64Array(16);
  derivatives?.gradient.fill(0);
  derivatives?.hessian.fill(0);
  let total = 0;
  for (let i = 0; i < customers.n; i++) {
    const x = customers.frequency[i]!;
    const tx = customers.recency[i]!;
    const n = customers.age[i]!;
    const w = customers.weight[i]!;
    const { share, log } = fatesOf(params, x, tx, n);
    total += w * log;
    if (!derivatives) continue;
    for (let j = 0; j < share.length; j++) {
      const u = tx + j;
      const died = u < n ? 1 : 0;
      const taking = digammaRise(alpha + beta, u);
      const staying = digammaRise(gamma + delta, u + died);
      slope[0] = digammaRise(alpha, x) - taking;
      slope[1] = digammaRise(beta, u - x) - taking;
      slope[2] = died / gamma - staying;
      slope[3] = digammaRise(delta, u) - staying;
      const bothTaking = -trigammaRise(alpha + beta, u);
      const bothStaying = -trigammaRise(gamma + delta, u + died);
      curve[0] = trigammaRise(alpha, x) + bothTaking;
      curve[1] = bothTaking;
      curve[5] = trigammaRise(beta, u - x) + bothTaking;
      curve[10] = -died / gamma ** 2 + bothStaying;
      curve[11] = bothStaying;
      curve[15] = trigammaRise(delta, u) + bothStaying;
      fates.add(share[j]!, slope, curve);
    }
    fates.finish(w, derivatives);
  }
  if (derivatives) mirror(derivatives.hessian, 4);
  return total;
}

/** Given alive at n: p ~ Beta(α + x, β + n − x), θ ~ Beta(γ, δ + n). */
function onwards({ alpha, beta, gamma, delta }: BgBbParams, x: number, n: number) {
  return { alpha: alpha + x, beta: beta + n - x, gamma, delta: delta + n };
}

/** P(count of `u` opportunities taken) of someone who lives to see them. */
function logTaken({ alpha, beta }: BgBbParams, count: number, u: number): number {
  const choose = logRising(u - count + 1, count) - logRising(1, count);
  return choose + logRising(alpha, count) + logRising(beta, u - count) - logRising(alpha + beta, u);
}

/** P(gone right after u more opportunities). */
function leavesAfter(gamma: number, delta: number, u: number): number {
  return (gamma / (gamma + delta + u)) * survivalAfter(gamma, delta, u);
}

/** BG/BB: a buyer at discrete opportunities, who may leave before each. Fader, Hardie & Shang (2010). */
export const bgBb: PurchaseModel<'alpha' | 'beta' | 'gamma' | 'delta'> = {
  kind: 'purchases',
  discrete: true,
  name: 'bgbb_model',
  title: 'BG/BB',
  parameters: ['alpha', 'beta', 'gamma', 'delta'],
  columns: ['frequency', 'recency', 'age'],
  check: checkOpportunities,
  starts: () => [
    { alpha: 1, beta: 1, gamma: 0.5, delta: 2 },
    { alpha: 0.5, beta: 2, gamma: 0.5, delta: 5 },
    { alpha: 2, beta: 1, gamma: 1, delta: 1 },
  ],
  logLikelihood,
  pAlive: (params, { n, frequency, recency, age }) =>
    Float64Array.from({ length: n }, (_, i) => fatesOf(params, frequency[i]!, recency[i]!, age[i]!).share.at(-1)!),
  /** Mean chance to take an opportunity × mean number of them lived to see. */
  purchasesIfAlive: (params, { frequency, age }, horizon) =>
    frequency.map((x, i) => {
      const { alpha, beta, gamma, delta } = onwards(params, x, age[i]!);
      return (alpha / (alpha + beta)) * opportunitiesAlive(gamma, delta, horizon);
    }),
  survivalIfAlive: ({ gamma, delta }, { age }, t) => age.map((n) => survivalAfter(gamma, delta + n, t)),
  activeIfAlive: (params, { frequency, age }, from, to) =>
    frequency.map((x, i) => {
      const { alpha, beta, gamma, delta } = onwards(params, x, age[i]!);
      // Σ P(waits u opportunities, then takes the next, alive); each term from the one before
      let term = (alpha / (alpha + beta)) * survivalAfter(gamma, delta, from + 1);
      let total = 0;
      for (let u = 0; u < to - from && term > 1e-18 * total; u++) {
        total += term;
        const waits = (beta + u) / (alpha + beta + u + 1);
        term *= (waits * (delta + from + u + 1)) / (gamma + delta + from + u + 1);
      }
      return Math.min(1, total);
    }),
  pmfIfAlive(params, { n, frequency, age }, horizon, most) {
    const width = most + 1;
    const out = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      const later = onwards(params, frequency[i]!, age[i]!);
      const { gamma, delta } = later;
      for (let u = 0; u <= horizon; u++) {
        const ends = u < horizon ? leavesAfter(gamma, delta, u) : survivalAfter(gamma, delta, horizon);
        for (let count = 0; count <= Math.min(u, most); count++) {
          out[i * width + count]! += ends * Math.exp(logTaken(later, count, u));
        }
      }
    }
    return out;
  },
  discountedIfAlive: (params, { frequency, age }, horizon, rate) =>
    frequency.map((x, i) => {
      const { alpha, beta, gamma, delta } = onwards(params, x, age[i]!);
      return (alpha / (alpha + beta)) * discountedOpportunities(gamma, delta, horizon, rate);
    }),
  /** Of the chance to take an opportunity. */
  rate(params, { x, tx, T }) {
    const { alpha, beta } = params;
    const { share } = fatesOf(params, x, tx, T);
    return {
      family: 'beta',
      share,
      first: new Float64Array(share.length).fill(alpha + x),
      second: share.map((_, j) => beta + tx + j - x),
    };
  },
  live(params, { x, T }, horizon, stream, purchase) {
    const { alpha, beta, gamma, delta } = onwards(params, x, T);
    const p = drawBeta(stream, alpha, beta);
    const theta = drawBeta(stream, gamma, delta);
    for (let t = 1; t <= horizon && stream.uniform() >= theta; t++) if (stream.uniform() < p) purchase(t);
  },
};
