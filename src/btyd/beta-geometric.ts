/**
 * What BG/NBD and MBG/NBD share: purchases at a Poisson rate λ, and a probability p of leaving at certain moments.
 *
 *   λ ~ Gamma(shape r, rate alpha)     p ~ Beta(a, b)
 *
 * In both a customer can leave after each repeat purchase; `early` more chances come before the first of them: none in
 * BG/NBD, one (right after joining) in MBG/NBD. A customer who is alive after x repeat purchases has passed x + early.
 * Equation numbers are those of Fader, Hardie & Lee (2005), for early = 0.
 * Recency, age, horizon and alpha share one time unit.
 */
import type { Customers } from '../customers.js';
import { BetaMixture } from '../kernels/beta-mixture.js';
import { logistic, softplus } from '../kernels/logistic.js';
import { type Derivatives, mirror, type Params, type PurchaseModel } from './model.js';
import { nbd } from './nbd.js';
import { sumRising } from './rising.js';

export type BetaGeometricParams = Params<'r' | 'alpha' | 'a' | 'b'>;

/** Chances to leave before the first repeat purchase. */
export type Early = 0 | 1;

/** Log-odds that a customer has left by T: the log-ratio of the two terms of eq. 6. Nobody leaves without a chance. */
function logOddsLeft({ r, alpha, a, b }: BetaGeometricParams, early: Early, x: number, tx: number, T: number): number {
  const chances = x + early;
  if (chances === 0) return Number.NEGATIVE_INFINITY;
  return Math.log(a / (b + (chances - 1))) + (r + x) * Math.log1p((T - tx) / (alpha + tx));
}

/** Eq. 6, as Γ(r+x)/Γ(r) · α^r (α+T)^−(r+x) · B(a, b+chances)/B(a, b) · (1 + odds). */
function logLikelihood(
  params: BetaGeometricParams,
  early: Early,
  customers: Customers,
  derivatives?: Derivatives,
): number {
  const { frequency, recency, age, weight } = customers;
  const { r, alpha, a, b } = params;
  let total = 0;
  let dr = 0;
  let dalpha = 0;
  let da = 0;
  let db = 0;
  let drr = 0;
  let dralpha = 0;
  let dra = 0;
  let drb = 0;
  let dalphaalpha = 0;
  let dalphaa = 0;
  let dalphab = 0;
  let daa = 0;
  let dab = 0;
  let dbb = 0;

  for (let i = 0; i < customers.n; i++) {
    const x = frequency[i]!;
    const tx = recency[i]!;
    const T = age[i]!;
    const w = weight[i]!;
    const odds = logOddsLeft(params, early, x, tx, T);
    total += w * (-r * Math.log1p(T / alpha) - x * Math.log(alpha + T) + softplus(odds));
    if (!derivatives) continue;

    // derivatives of the log-odds, which enter with weight `left` = 1 − P(alive)
    const left = logistic(odds);
    const spread = left * logistic(-odds);
    const or = Math.log1p((T - tx) / (alpha + tx));
    const oalpha = -((r + x) * (T - tx)) / ((alpha + T) * (alpha + tx));
    const oa = 1 / a;
    const ob = -1 / (b + (x + early - 1));
    dr += w * (left * or - Math.log1p(T / alpha));
    dalpha += w * ((r * T - x * alpha) / (alpha * (alpha + T)) + left * oalpha);
    drr += w * spread * or * or;
    dralpha += w * (T / (alpha * (alpha + T)) + left * (oalpha / (r + x)) + spread * or * oalpha);
    dalphaalpha +=
      w *
      ((r + x) / (alpha + T) ** 2 -
        r / alpha ** 2 -
        left * oalpha * (1 / (alpha + T) + 1 / (alpha + tx)) +
        spread * oalpha * oalpha);
    if (x + early === 0) continue;
    da += w * left * oa;
    db += w * left * ob;
    dra += w * spread * or * oa;
    drb += w * spread * or * ob;
    dalphaa += w * spread * oalpha * oa;
    dalphab += w * spread * oalpha * ob;
    daa += w * (spread - left) * oa * oa;
    dab += w * spread * oa * ob;
    dbb += w * (left + spread) * ob * ob;
  }

  const needed = derivatives !== undefined;
  const buying = sumRising(r, customers, needed); // Γ(r+x)/Γ(r)
  const staying = sumRising(b, customers, needed, early); // Γ(b+chances)/Γ(b)
  const either = sumRising(a + b, customers, needed, early);
  total += buying.value + staying.value - either.value;
  if (derivatives) {
    derivatives.gradient.set([dr + buying.first, dalpha, da - either.first, db + staying.first - either.first]);
    derivatives.hessian.set([
      ...[drr + buying.second, dralpha, dra, drb],
      ...[0, dalphaalpha, dalphaa, dalphab],
      ...[0, 0, daa - either.second, dab - either.second],
      ...[0, 0, 0, dbb + staying.second - either.second],
    ]);
    mirror(derivatives.hessian, 4);
  }
  return total;
}

/** The quantities of the model that gives `early` chances to leave before the first repeat purchase. */
export function betaGeometric(early: Early) {
  return {
    kind: 'purchases',
    parameters: ['r', 'alpha', 'a', 'b'],
    columns: ['frequency', 'recency', 'age'],
    starts(customers) {
      const { r, alpha } = nbd.guess(customers);
      return [
        { r, alpha, a: 0.7, b: 2.5 },
        { r: 1.5 * r, alpha, a: 0.1, b: 1 },
        { r, alpha, a: 2, b: 20 },
      ];
    },
    logLikelihood: (params, customers, derivatives) => logLikelihood(params, early, customers, derivatives),
    pAlive: (params, { n, frequency: x, recency: tx, age: T }) =>
      Float64Array.from({ length: n }, (_, i) => logistic(-logOddsLeft(params, early, x[i]!, tx[i]!, T[i]!))),

    /** Eq. 10 without P(alive): a mean over p ~ Beta(a, b + chances passed). */
    purchasesIfAlive({ r, alpha, a, b }, { frequency, age }, horizon) {
      const mixtures = new Map<number, BetaMixture>();
      return frequency.map((x, i) => {
        const mixture = mixtures.get(x) ?? new BetaMixture(a, b + x + early);
        mixtures.set(x, mixture);
        return mixture.meanPurchasesWhileAlive(r + x, horizon / (alpha + age[i]!));
      });
    },
    bend: ({ r, alpha }, { frequency: x, age }) =>
      age.reduce((least, T, i) => Math.min(least, (alpha + T) / (r + x[i]! + 1)), Number.POSITIVE_INFINITY),

    /** Eq. 9, for those who pass the early chance. */
    expectedPurchasesNew({ r, alpha, a, b }, horizon) {
      const stays = early === 0 ? 1 : b / (a + b);
      return stays * new BetaMixture(a, b + early).meanPurchasesWhileAlive(r, horizon / alpha);
    },
    limit: {
      model: nbd,
      code: 'no_dropout',
      message:
        'No dropout is visible before the end of observation: purchases follow NBD and everyone counts as alive.',
    },
  } satisfies Omit<PurchaseModel<'r' | 'alpha' | 'a' | 'b'>, 'name' | 'title'>;
}
