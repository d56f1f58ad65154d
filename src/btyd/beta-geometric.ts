/**
 * What BG/NBD, MBG/NBD and their Erlang-k kin share: purchases at a rate λ, and a probability p of leaving at certain
 * moments.
 *
 *   λ ~ Gamma(shape r, rate alpha)     p ~ Beta(a, b)
 *
 * The time between purchases is Erlang-k: k stages, each passed at rate λ; k = 1 is the Poisson buyer of BG/NBD, larger k
 * are more regular (Platzer & Reutterer 2016, Marketing Science 35(5), 779–799). A customer can leave after each repeat
 * purchase; `early` more chances come before the first of them: none in BG, one (right after joining) in MBG. A customer
 * who is alive after x repeat purchases has passed x + early. Equation numbers are those of Fader, Hardie & Lee (2005), for
 * early = 0, k = 1. Recency, age, horizon and alpha share one time unit.
 */
import type { Customers } from '../customers.js';
import { BetaMixture } from '../kernels/beta-mixture.js';
import { ErlangRenewals } from '../kernels/erlang-renewals.js';
import { logGamma, logRising } from '../kernels/gamma.js';
import { logistic, softplus } from '../kernels/logistic.js';
import type { Mixture } from '../kernels/mixtures.js';
import { negativeBinomial, negativeBinomialTail } from '../kernels/negative-binomial.js';
import { drawBeta, drawGamma } from '../kernels/random.js';
import { cnbdK } from './cnbd-k.js';
import { checkLitt } from './erlang-family.js';
import { drawErlang, ErlangWaiting } from './erlang-waiting.js';
import { type Derivatives, type History, mirror, type Params, type PurchaseModel } from './model.js';
import { nbd } from './nbd.js';
import { sumRising } from './rising.js';

export type BetaGeometricParams = Params<'r' | 'alpha' | 'a' | 'b'>;

/** What tells one of these models from the others. */
export interface Variant {
  /** Chances to leave before the first repeat purchase. */
  readonly early: 0 | 1;
  /** Stages between purchases. */
  readonly k: number;
}

/** Log-odds that a customer has left by T: the log-ratio of the two terms of eq. 6. Nobody leaves without a chance. */
function logOddsLeft(
  { r, alpha, a, b }: BetaGeometricParams,
  { early, k }: Variant,
  x: number,
  tx: number,
  T: number,
  waiting: ErlangWaiting,
): number {
  waiting.place(r + k * x, (T - tx) / (alpha + T), false);
  const chances = x + early;
  if (chances === 0) return Number.NEGATIVE_INFINITY;
  return Math.log(a / (b + (chances - 1))) + (r + k * x) * Math.log1p((T - tx) / (alpha + tx)) - waiting.log;
}

/** Eq. 6, as Γ(r+kx)/Γ(r) · α^r (α+T)^−(r+kx) · A · B(a, b+chances)/B(a, b) · (1 + odds), and the Erlang constants. */
function logLikelihood(
  params: BetaGeometricParams,
  variant: Variant,
  customers: Customers,
  derivatives?: Derivatives,
): number {
  const { frequency, recency, age, weight, litt } = customers;
  const { r, alpha, a, b } = params;
  const { early, k } = variant;
  const waiting = new ErlangWaiting(k);
  const erlang = logGamma(k);
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
    const odds = logOddsLeft(params, variant, x, tx, T, waiting);
    total += w * (-r * Math.log1p(T / alpha) - k * x * Math.log(alpha + T) + waiting.log + softplus(odds));
    if (k > 1) total += w * ((k - 1) * (litt?.[i] ?? 0) - x * erlang);
    if (!derivatives) continue;

    // derivatives of the log-odds, which enter with weight `left` = 1 − P(alive)
    if (k > 1) waiting.place(r + k * x, (T - tx) / (alpha + T), true);
    const { byShape, byStage, byShapeTwice, byBoth, stageVariance } = waiting;
    const left = logistic(odds);
    const stayed = logistic(-odds);
    const spread = left * stayed;
    const R = r + k * x;
    const or = Math.log1p((T - tx) / (alpha + tx)) - byShape;
    const late = -(R * (T - tx)) / ((alpha + T) * (alpha + tx));
    const oalpha = late + byStage / (alpha + T);
    const oa = 1 / a;
    const ob = -1 / (b + (x + early - 1));
    dr += w * (left * or - Math.log1p(T / alpha) + byShape);
    dalpha += w * ((r * T - k * x * alpha) / (alpha * (alpha + T)) - byStage / (alpha + T) + left * oalpha);
    drr += w * (stayed * byShapeTwice + spread * or * or);
    dralpha +=
      w * (T / (alpha * (alpha + T)) - (stayed * byBoth) / (alpha + T) + left * (late / R) + spread * or * oalpha);
    dalphaalpha +=
      w *
      (R / (alpha + T) ** 2 -
        r / alpha ** 2 +
        (stayed * (byStage + stageVariance)) / (alpha + T) ** 2 -
        left * late * (1 / (alpha + T) + 1 / (alpha + tx)) +
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
  const buying = sumRising(r, customers, needed, { times: k }); // Γ(r+kx)/Γ(r)
  const staying = sumRising(b, customers, needed, { more: early }); // Γ(b+chances)/Γ(b)
  const either = sumRising(a + b, customers, needed, { more: early });
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

/** Given alive at T: λ ~ Gamma(shape, rate) with some stages of the next purchase passed, p ~ Beta(a, stayed). */
class Future {
  readonly shape: number;
  readonly rate: number;
  readonly stayed: number;
  /** Share of each number of stages passed since the last purchase; the Gamma's shape grows by that number. */
  readonly shares: Float64Array;

  constructor({ r, alpha, b }: BetaGeometricParams, { early, k }: Variant, { x, tx, T }: History) {
    this.shape = r + k * x;
    this.rate = alpha + T;
    this.stayed = b + x + early;
    const waiting = new ErlangWaiting(k);
    waiting.place(this.shape, (T - tx) / (alpha + T), false);
    this.shares = waiting.share;
  }
}

/** The quantities of one of these models. */
export function betaGeometric(variant: Variant) {
  const { early, k } = variant;

  /** One number a customer from their future and the mean over p. */
  const perCustomer = (
    params: BetaGeometricParams,
    { frequency, recency, age }: Customers,
    value: (future: Future, overDropout: BetaMixture) => number,
  ): Float64Array => {
    const mixtures = new Map<number, BetaMixture>();
    return frequency.map((x, i) => {
      const mixture = mixtures.get(x) ?? new BetaMixture(params.a, params.b + x + early);
      mixtures.set(x, mixture);
      return value(new Future(params, variant, { x, tx: recency[i]!, T: age[i]! }), mixture);
    });
  };
  const renewals = ({ shape, rate, shares }: Future, t: number) => new ErlangRenewals(k, shape, shares, t / rate);

  return {
    kind: 'purchases',
    parameters: ['r', 'alpha', 'a', 'b'],
    columns: ['frequency', 'recency', 'age'],
    timePower: { alpha: 1 },
    covariates: { purchase: { alpha: -1 }, dropout: { a: 1, b: 1 } },
    ...(k > 1 && { ifAliveColumns: ['frequency', 'recency', 'age'] as const, check: checkLitt }),
    starts(customers) {
      const { r, alpha } = nbd.guess(customers);
      return [
        { r, alpha: alpha / k, a: 0.7, b: 2.5 },
        { r: 1.5 * r, alpha: alpha / k, a: 0.1, b: 1 },
        { r, alpha: alpha / k, a: 2, b: 20 },
      ];
    },
    logLikelihood: (params, customers, derivatives) => logLikelihood(params, variant, customers, derivatives),
    pAlive(params, { n, frequency: x, recency: tx, age: T }) {
      const waiting = new ErlangWaiting(k);
      return Float64Array.from({ length: n }, (_, i) =>
        logistic(-logOddsLeft(params, variant, x[i]!, tx[i]!, T[i]!, waiting)),
      );
    },

    /** Eq. 10 without P(alive): a mean over p ~ Beta(a, b + chances passed). */
    purchasesIfAlive: (params, customers, horizon) =>
      perCustomer(params, customers, (future, overDropout) =>
        k === 1
          ? overDropout.meanPurchasesWhileAlive(future.shape, horizon / future.rate)
          : overDropout.mean(renewals(future, horizon).purchases()),
      ),
    bend: ({ r, alpha }, { frequency: x, age }) => age.map((T, i) => (alpha + T) / (r + k * x[i]! + 1)),

    /** Dropout thins purchases: given p and λ, k = 1, it comes at rate λ p. */
    survivalIfAlive: (params, customers, t) =>
      perCustomer(params, customers, (future, overDropout) => {
        if (k > 1) return Math.min(1, Math.max(0, overDropout.mean(renewals(future, t).staying())));
        const { shape, rate } = future;
        const tau = t / rate;
        return overDropout.mean({
          at: (p) => Math.exp(-shape * Math.log1p(p * tau)),
          atZero: 1,
          atOne: Math.exp(-shape * Math.log1p(tau)),
          slopeAtZero: -shape * tau,
          turn: shape * tau,
        });
      }),

    activeIfAlive: (params, customers, from, to) =>
      perCustomer(params, customers, (future, overDropout) => {
        const { shape, rate } = future;
        if (from === 0) return k === 1 ? -Math.expm1(-shape * Math.log1p(to / rate)) : renewals(future, to).tail(1);
        if (k > 1) {
          const until = renewals(future, from);
          const stayed = overDropout.mean(until.staying());
          return Math.max(0, stayed - overDropout.mean(until.quiet((to - from) / rate)));
        }
        const bought = (waited: number) => -Math.expm1(-shape * Math.log1p((to - from) / (rate + waited)));
        const tau = from / rate;
        return overDropout.mean({
          at: (p) => Math.exp(-shape * Math.log1p(p * tau)) * bought(p * from),
          atZero: bought(0),
          atOne: Math.exp(-shape * Math.log1p(tau)) * bought(from),
          slopeAtZero: -shape * tau * bought(0),
          turn: shape * tau,
        });
      }),

    /** Alive with n purchases, or gone after the n-th: eq. 8 for a new customer. */
    pmfIfAlive(params, customers, horizon, most) {
      const out = new Float64Array(customers.n * (most + 1));
      const { a } = params;
      for (let i = 0; i < customers.n; i++) {
        const history = { x: customers.frequency[i]!, tx: customers.recency[i]!, T: customers.age[i]! };
        const future = new Future(params, variant, history);
        const b = future.stayed;
        const stages = k > 1 ? renewals(future, horizon) : undefined;
        const tau = horizon / future.rate;
        const counted = (n: number) => stages?.count(n) ?? negativeBinomial(n, future.shape, tau);
        let tail = stages?.tail(most + 1) ?? negativeBinomialTail(most + 1, future.shape, tau);
        for (let n = most; n >= 0; n--) {
          const count = counted(n);
          tail += count;
          const stays = Math.exp(logRising(b, n) - logRising(a + b, n)); // E[(1 − p)^n]
          const leaves = n === 0 ? 0 : (a / (b + n - 1)) * stays; // E[p (1 − p)^(n − 1)]
          out[i * (most + 1) + n] = stays * count + leaves * tail;
        }
      }
      return out;
    },

    rate(params, { x, tx, T }): Mixture {
      const { r, alpha } = params;
      const waiting = new ErlangWaiting(k);
      const alive = logistic(-logOddsLeft(params, variant, x, tx, T, waiting));
      const R = r + k * x;
      return {
        family: 'gamma',
        share: Float64Array.of(...waiting.share.map((share) => alive * share), 1 - alive),
        first: Float64Array.of(...waiting.share.map((_, j) => R + j), R),
        second: Float64Array.of(...waiting.share.map(() => k * (alpha + T)), k * (alpha + tx)), // of λ/k, purchases
      };
    },

    live(params, history, horizon, stream, purchase) {
      const { shape, rate, stayed, shares } = new Future(params, variant, history);
      let passed = 0;
      for (let u = stream.uniform() - shares[0]!; u > 0 && passed < k - 1; u -= shares[passed]!) passed++;
      const lambda = drawGamma(stream, shape + passed, rate);
      const p = drawBeta(stream, params.a, stayed);
      let t = drawErlang(stream, k - passed, lambda);
      while (t <= horizon) {
        purchase(t);
        if (stream.uniform() < p) return;
        t += drawErlang(stream, k, lambda);
      }
    },

    limit: {
      model: cnbdK.of(k),
      code: 'no_dropout',
      message: `No dropout is visible before the end of observation: purchases follow ${cnbdK.of(k).title} and everyone counts as alive.`,
    },
  } satisfies Omit<PurchaseModel<'r' | 'alpha' | 'a' | 'b'>, 'name' | 'title'>;
}
