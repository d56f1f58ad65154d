/**
 * Gamma-Gompertz/NBD. While alive a customer buys at a Poisson rate λ; the risk of leaving grows or shrinks with age.
 *
 *   λ ~ Gamma(shape r, rate alpha)     P(alive at t | η) = e^(−η (e^(bt) − 1))     η ~ Gamma(shape s, rate beta)
 *
 * Bemmaor & Glady (2012), Modeling Purchasing Behavior with Sudden "Death": A Flexible Customer Lifetime Model,
 * Management Science 58(5), 1012–1021. Recency, age, horizon, alpha and 1/b share one time unit; as b → 0 it becomes
 * Pareto/NBD with beta/b for its beta.
 *
 *   L = Γ(r+x)/Γ(r) α^r β^s { (α+T)^−(r+x) (β+e^(bT)−1)^−s + b s ∫ (α+u)^−(r+x) e^(bu) (β+e^(bu)−1)^−(s+1) du, t_x to T }
 */
import type { Customers } from '../customers.js';
import { GompertzTimes, logRisen } from '../kernels/gompertz-times.js';
import { integrate } from '../kernels/integrate.js';
import { logistic, softplus } from '../kernels/logistic.js';
import { drawExponential, drawGamma } from '../kernels/random.js';
import { Fates } from './fates.js';
import { activeWithin, countsOf, type GammaLife, type Lifetime } from './lifetime.js';
import { type Derivatives, mirror, type Params, type PurchaseModel } from './model.js';
import { nbd } from './nbd.js';
import { paretoNbd } from './pareto-nbd.js';
import { sumRising } from './rising.js';

/** e^−DISCOUNTED_AWAY of a purchase is nothing. */
const DISCOUNTED_AWAY = 45;

type GammaGompertzParams = Params<'r' | 'alpha' | 'b' | 's' | 'beta'>;

/** Log-odds that a customer has left by T. Leaves the nodes in `left`. */
function logOddsLeft(
  { r, alpha, b, s, beta }: GammaGompertzParams,
  x: number,
  tx: number,
  T: number,
  left: GompertzTimes,
): number {
  if (T === tx) return Number.NEGATIVE_INFINITY;
  left.place(r + x, s, b, alpha, beta, tx, T);
  return Math.log(s) + left.log + (r + x) * Math.log(alpha + T) + s * logRisen(b * T, beta);
}

function logLikelihood(params: GammaGompertzParams, customers: Customers, derivatives?: Derivatives): number {
  const { frequency, recency, age, weight } = customers;
  const { r, alpha, b, beta, s } = params;
  const left = new GompertzTimes();
  const fates = new Fates(5);
  const slope = new Float64Array(5);
  const curve = new Float64Array(25);
  derivatives?.gradient.fill(0);
  derivatives?.hessian.fill(0);

  /** One fate: buying until u, then alive (`died` 0) or gone (1). */
  const fate = (share: number, x: number, u: number, died: 0 | 1): void => {
    const rise = logRisen(b * u, beta);
    const overAlpha = 1 / (alpha + u);
    const overRisen = Math.exp(-rise);
    const grown = Math.exp(b * u - rise); // e^(bu) / (β + e^(bu) − 1)
    const n = s + died;
    slope[0] = -Math.log1p(u / alpha);
    slope[1] = ((r * u - x * alpha) * overAlpha) / alpha;
    slope[2] = died * (1 / b + u) - n * u * grown;
    slope[3] = died / s - (rise - Math.log(beta));
    slope[4] = s / beta - n * overRisen;
    curve[1] = (u * overAlpha) / alpha;
    curve[6] = (r + x) * overAlpha * overAlpha - r / alpha ** 2;
    curve[12] = -died / b ** 2 - n * u * u * grown * (1 - grown);
    curve[13] = -u * grown;
    curve[14] = n * u * grown * overRisen;
    curve[18] = -died / s ** 2;
    curve[19] = 1 / beta - overRisen;
    curve[24] = n * overRisen * overRisen - s / beta ** 2;
    fates.add(share, slope, curve);
  };

  let total = 0;
  for (let i = 0; i < customers.n; i++) {
    const x = frequency[i]!;
    const T = age[i]!;
    const w = weight[i]!;
    const odds = logOddsLeft(params, x, recency[i]!, T, left);
    const aged = logRisen(b * T, beta) - Math.log(beta);
    total += w * (softplus(odds) - r * Math.log1p(T / alpha) - x * Math.log(alpha + T) - s * aged);
    if (!derivatives) continue;
    const pLeft = logistic(odds);
    fate(1 - pLeft, x, T, 0);
    for (let j = 0; pLeft > 0 && j < left.count; j++) fate(pLeft * left.share[j]!, x, left.u[j]!, 1);
    fates.finish(w, derivatives);
  }

  const rising = sumRising(r, customers, derivatives !== undefined);
  if (derivatives) {
    derivatives.gradient[0]! += rising.first;
    derivatives.hessian[0]! += rising.second;
    mirror(derivatives.hessian, 5);
  }
  return total + rising.value;
}

/** The lifetime that remains, with η ~ Gamma(s, beta) at its beginning. */
function gompertz(b: number, s: number, beta: number): Lifetime {
  const aged = (t: number) => logRisen(b * t, beta) - Math.log(beta); // ln(1 + (e^(bt) − 1)/β)
  return {
    finest: Math.min(1 / b, beta / b) / (1 + s),
    survival: (t) => Math.exp(-s * aged(t)),
    density: (t) => b * s * Math.exp(b * t - Math.log(beta) - (s + 1) * aged(t)),
    from: (t) => gompertz(b, s, betaAfter(b, beta, t)),
  };
}

/** Who is still there after t has η e^(bt) ~ Gamma(s, this). */
function betaAfter(b: number, beta: number, t: number): number {
  return Math.max(1e-300, Math.exp(logRisen(b * t, beta) - b * t));
}

function onwards({ r, alpha, b, s, beta }: GammaGompertzParams, x: number, T: number): GammaLife {
  return { shape: r + x, rate: alpha + T, ...gompertz(b, s, betaAfter(b, beta, T)) };
}

/** Mean purchase rate × ∫ e^(−δt) P(still there after t) dt over the horizon, which may be endless where δ > 0. */
function timesTimeAlive(
  params: GammaGompertzParams,
  { frequency, age }: Customers,
  horizon: number,
  delta: number,
): Float64Array {
  if (horizon === 0) return new Float64Array(frequency.length);
  const end = delta > 0 ? Math.min(horizon, DISCOUNTED_AWAY / delta) : horizon;
  const stays = new Map<number, number>(); // by age: how often they buy does not matter
  return frequency.map((x, i) => {
    const { shape, rate, finest, survival } = onwards(params, x, age[i]!);
    let stay = stays.get(age[i]!);
    if (stay === undefined) {
      const scale = delta === 0 ? finest : Math.min(finest, 1 / Math.abs(delta));
      const [time] = integrate(end, scale, 1, (u, out) => {
        out[0] = Math.exp(-delta * u) * survival(u);
      });
      stay = delta >= 0 ? Math.min(end, time!) : time!;
      stays.set(age[i]!, stay);
    }
    return (shape / rate) * stay;
  });
}

/** Gamma-Gompertz/NBD: a Poisson buyer whose risk of leaving changes with age. Bemmaor & Glady (2012). */
export const gammaGompertzNbd: PurchaseModel<'r' | 'alpha' | 'b' | 's' | 'beta'> = {
  kind: 'purchases',
  name: 'ggnbd_model',
  title: 'Gamma-Gompertz/NBD',
  parameters: ['r', 'alpha', 'b', 's', 'beta'],
  columns: ['frequency', 'recency', 'age'],
  timePower: { alpha: 1, b: -1 },
  covariates: { purchase: { alpha: -1 }, dropout: { beta: -1 } },
  starts(customers) {
    const { r, alpha, meanAge } = nbd.guess(customers);
    return [
      { r, alpha, b: 0.5 / meanAge, s: 0.6, beta: 0.3 },
      { r, alpha, b: 3 / meanAge, s: 0.3, beta: 1 },
      { r: 1.5 * r, alpha, b: 0.02 / meanAge, s: 1, beta: 0.03 },
      { r, alpha, b: 10 / meanAge, s: 0.05, beta: 100 },
    ];
  },
  logLikelihood,
  pAlive(params, { n, frequency: x, recency: tx, age: T }) {
    const left = new GompertzTimes();
    return Float64Array.from({ length: n }, (_, i) => logistic(-logOddsLeft(params, x[i]!, tx[i]!, T[i]!, left)));
  },
  /** Mean purchase rate × mean time alive. */
  purchasesIfAlive: (params, customers, horizon) => timesTimeAlive(params, customers, horizon, 0),
  discountedIfAlive: timesTimeAlive,
  survivalIfAlive: (params, { age }, t) => age.map((T) => onwards(params, 0, T).survival(t)),
  activeIfAlive: (params, { frequency, age }, from, to) =>
    frequency.map((x, i) => activeWithin(onwards(params, x, age[i]!), from, to)),
  pmfIfAlive: (params, { n, frequency, age }, horizon, most) =>
    countsOf(n, most, (i) => onwards(params, frequency[i]!, age[i]!), horizon),
  rate(params, { x, tx, T }) {
    const { r, alpha } = params;
    const left = new GompertzTimes();
    const pLeft = logistic(logOddsLeft(params, x, tx, T, left));
    const nodes = pLeft > 0 ? left.count : 0;
    return {
      family: 'gamma',
      share: Float64Array.from({ length: nodes + 1 }, (_, j) => (j === nodes ? 1 - pLeft : pLeft * left.share[j]!)),
      first: new Float64Array(nodes + 1).fill(r + x),
      second: Float64Array.from({ length: nodes + 1 }, (_, j) => alpha + (j === nodes ? T : left.u[j]!)),
    };
  },
  live({ r, alpha, b, s, beta }, { x, T }, horizon, stream, purchase) {
    const lambda = drawGamma(stream, r + x, alpha + T);
    const eta = drawGamma(stream, s, betaAfter(b, beta, T));
    const end = Math.min(horizon, Math.log1p(drawExponential(stream, eta)) / b);
    for (let t = drawExponential(stream, lambda); t <= end; t += drawExponential(stream, lambda)) purchase(t);
  },
  limit: {
    model: paretoNbd,
    code: 'no_ageing',
    message: 'The risk of leaving does not visibly change with age: dropout is that of Pareto/NBD.',
  },
};
