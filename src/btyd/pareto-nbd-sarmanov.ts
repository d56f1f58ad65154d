/**
 * Pareto/NBD whose purchase and dropout rates go together: frequent buyers may leave earlier, or later.
 *
 *   density(λ, μ) = Gamma(λ; r, alpha) Gamma(μ; s, beta) [1 + m φ(λ; r, alpha) φ(μ; s, beta)],   φ(λ; r, α) = e^−λ − (α/(1 + α))^r
 *
 * A Sarmanov distribution with exponential mixing functions, as the R package CLVTools has it. e^−λ times a Gamma density is
 * A = (α/(1+α))^r times the density with α + 1, so with Q = m A B everything is a signed sum of Pareto/NBD quantities,
 *
 *   L = (1 + Q) L(α, β) − Q L(α + 1, β) − Q L(α, β + 1) + Q L(α + 1, β + 1).
 *
 * Lee (1996), Properties and Applications of the Sarmanov Family of Bivariate Distributions, Communications in Statistics
 * 25(6), 1207–1222. Note that e^−λ makes m depend on the unit of time.
 */
import { type Customers, oneRow } from '../customers.js';
import { softplus } from '../kernels/logistic.js';
import { drawExponential, drawGamma } from '../kernels/random.js';
import { type Derivatives, mirror, type Params, type PurchaseModel } from './model.js';
import { logOdds, type ParetoNbdParams } from './pareto-likelihood.js';
import { paretoNbd } from './pareto-nbd.js';

type SarmanovParams = Params<'r' | 'alpha' | 's' | 'beta' | 'm'>;

/** The four Pareto/NBD models: what is added to alpha and beta, and the sign of Q. */
const TERMS = [
  { alpha: 0, beta: 0, sign: 1 },
  { alpha: 1, beta: 0, sign: -1 },
  { alpha: 0, beta: 1, sign: -1 },
  { alpha: 1, beta: 1, sign: 1 },
] as const;

function termsOf({ r, alpha, s, beta }: SarmanovParams): ParetoNbdParams[] {
  return TERMS.map((term) => ({ r, alpha: alpha + term.alpha, s, beta: beta + term.beta }));
}

/** Which of the mixing functions' mean A = (α/(1+α))^r and B = (β/(1+β))^s a term has: in logs, for A may underflow. */
function logMeans({ r, alpha, s, beta }: SarmanovParams): Float64Array {
  return Float64Array.of(-r * Math.log1p(1 / alpha), -s * Math.log1p(1 / beta));
}

/** ± A B L(term)/L(α, β) for each term: m times their sum is what the relation of the rates adds to 1. */
function likelihoodParts(params: SarmanovParams, ratios: readonly Float64Array[], row: number): number[] {
  const [logA, logB] = logMeans(params) as unknown as [number, number];
  return TERMS.map(({ sign }, k) => sign * Math.exp(logA + logB + ratios[k]![row]!));
}

/** ln L(term)/L(α, β) of each term, one a customer: from the odds of having left, which many customers share the work of. */
function logRatios(params: SarmanovParams, customers: Customers): Float64Array[] {
  const { r, s } = params;
  const { frequency: x, age } = customers;
  const logs = termsOf(params).map(({ alpha, beta, ...rest }) => {
    const odds = logOdds({ alpha, beta, ...rest }, customers);
    return age.map(
      (T, i) => softplus(odds[i]!) - r * Math.log1p(T / alpha) - x[i]! * Math.log(alpha + T) - s * Math.log1p(T / beta),
    );
  });
  return logs.map((log) => log.map((value, i) => value - logs[0]![i]!));
}

/** The same of the likelihoods of being alive at T; e^−λ and e^−μ at T take the place of A and B. */
function aliveParts(params: SarmanovParams, x: number, T: number): number[] {
  const { r, alpha, s, beta } = params;
  const [logA, logB] = logMeans(params) as unknown as [number, number];
  const lambda = -(r + x) * Math.log1p(1 / (alpha + T));
  const mu = -s * Math.log1p(1 / (beta + T));
  return TERMS.map((term) => term.sign * Math.exp((term.alpha ? lambda : logA) + (term.beta ? mu : logB)));
}

/** The values of m that leave every density ≥ 0, for rates of any size. */
export function correlationBounds({ r, alpha, s, beta }: ParetoNbdParams): readonly [low: number, high: number] {
  const A = Math.exp(-r * Math.log1p(1 / alpha));
  const B = Math.exp(-s * Math.log1p(1 / beta));
  return [-1 / Math.max(A * B, (1 - A) * (1 - B)), 1 / Math.max(A * (1 - B), (1 - A) * B)];
}

/** −Infinity beyond the bounds of m, where there is no such distribution. */
function logLikelihood(params: SarmanovParams, customers: Customers, derivatives?: Derivatives): number {
  const p = 5;
  derivatives?.gradient.fill(0);
  derivatives?.hessian.fill(0);
  const [low, high] = correlationBounds(params);
  if (!(params.m >= low && params.m <= high)) return Number.NEGATIVE_INFINITY;
  const { r, alpha, s, beta, m } = params;
  const at = termsOf(params);
  const each = TERMS.map(() => ({ gradient: new Float64Array(4), hessian: new Float64Array(16) }));

  // derivatives of ln AB by r, alpha, s, beta, and of AB ÷ AB
  const q = [-Math.log1p(1 / alpha), r / (alpha * (1 + alpha)), -Math.log1p(1 / beta), s / (beta * (1 + beta))];
  const bend = new Float64Array(16);
  for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) bend[i * 4 + j] = q[i]! * q[j]!;
  bend[1]! += 1 / (alpha * (1 + alpha));
  bend[5]! -= (r * (1 + 2 * alpha)) / (alpha * (1 + alpha)) ** 2;
  bend[11]! += 1 / (beta * (1 + beta));
  bend[15]! -= (s * (1 + 2 * beta)) / (beta * (1 + beta)) ** 2;
  const slopes = [...q.map((slope) => m * slope), 1]; // of m AB, ÷ AB

  const ratios = logRatios(params, customers);
  let total = paretoNbd.logLikelihood(at[0]!, customers);
  for (let row = 0; row < customers.n; row++) {
    const w = customers.weight[row]!;
    const parts = likelihoodParts(params, ratios, row);
    const d = parts.reduce((sum, part) => sum + part, 0);
    const Z = 1 + m * d;
    total += w * Math.log1p(m * d);
    if (!derivatives) continue;
    const one = oneRow(customers, row);
    at.forEach((term, k) => {
      paretoNbd.logLikelihood(term, one, each[k]);
    });
    const first = new Float64Array(p);
    const second = new Float64Array(p * p);
    const byD = new Float64Array(p); // AB ∇(Σ ± L)/L(α, β)
    each.forEach(({ gradient, hessian }, k) => {
      const signed = parts[k]!;
      const share = ((k === 0 ? 1 : 0) + m * signed) / Z;
      for (let i = 0; i < 4; i++) {
        first[i]! += share * gradient[i]!;
        byD[i]! += signed * gradient[i]!;
        for (let j = i; j < 4; j++) {
          second[i * p + j]! += share * (hessian[i * 4 + j]! + gradient[i]! * gradient[j]!);
        }
      }
    });
    for (let i = 0; i < p; i++) {
      for (let j = i; j < p; j++) {
        const curved = j < 4 ? m * bend[i * 4 + j]! : i < 4 ? q[i]! : 0;
        second[i * p + j]! += (slopes[i]! * byD[j]! + slopes[j]! * byD[i]! + d * curved) / Z;
      }
    }
    for (let i = 0; i < p; i++) first[i]! += (d / Z) * slopes[i]!;
    for (let i = 0; i < p; i++) {
      derivatives.gradient[i]! += w * first[i]!;
      for (let j = i; j < p; j++) derivatives.hessian[i * p + j]! += w * (second[i * p + j]! - first[i]! * first[j]!);
    }
  }
  if (derivatives) mirror(derivatives.hessian, p);
  return total;
}

/** A signed mean, over the four models, of something of who is alive. */
function mixed(
  params: SarmanovParams,
  customers: Customers,
  width: number,
  ifAlive: (term: ParetoNbdParams, one: Customers) => Float64Array,
): Float64Array {
  const at = termsOf(params);
  const out = new Float64Array(customers.n * width);
  for (let row = 0; row < customers.n; row++) {
    const one = oneRow(customers, row);
    const parts = aliveParts(params, one.frequency[0]!, one.age[0]!);
    let all = 0;
    at.forEach((term, k) => {
      const share = (k === 0 ? 1 : 0) + params.m * parts[k]!;
      const values = ifAlive(term, one);
      all += share;
      for (let j = 0; j < width; j++) out[row * width + j]! += share * values[j]!;
    });
    for (let j = 0; j < width; j++) out[row * width + j] = Math.max(0, out[row * width + j]! / all);
  }
  return out;
}

/** That of Pareto/NBD, times what the relation of the rates adds to being alive, over what it adds to the likelihood. */
function pAlive(params: SarmanovParams, customers: Customers): Float64Array {
  const ratios = logRatios(params, customers);
  const sum = (parts: number[]) => 1 + params.m * parts.reduce((total, part) => total + part, 0);
  return paretoNbd.pAlive(params, customers).map((alive, row) => {
    const { frequency, age } = customers;
    const related = sum(aliveParts(params, frequency[row]!, age[row]!)) / sum(likelihoodParts(params, ratios, row));
    return Math.min(1, Math.max(0, alive * related));
  });
}

/** Pareto/NBD with correlated rates (Sarmanov): m > 0 where frequent buyers leave earlier. */
export const paretoNbdSarmanov: PurchaseModel<'r' | 'alpha' | 's' | 'beta' | 'm'> = {
  kind: 'purchases',
  name: 'paretonbd_sarmanov_model',
  title: 'Pareto/NBD with correlation',
  parameters: ['r', 'alpha', 's', 'beta', 'm'],
  signed: ['m'],
  columns: ['frequency', 'recency', 'age'],
  ifAliveColumns: ['frequency', 'recency', 'age'],
  timePower: { alpha: 1, beta: 1 },
  covariates: { purchase: { alpha: -1 }, dropout: { beta: -1 } },
  starts: (customers) => paretoNbd.starts(customers).map((start) => ({ ...start, m: 0 })),
  logLikelihood,
  edge(params) {
    const [low, high] = correlationBounds(params);
    if (params.m > 0.999 * low && params.m < 0.999 * high) return undefined;
    return {
      code: 'correlation_at_bound',
      message:
        'Purchase and dropout rates are related more closely than this distribution of them can say: m is at its bound, without an error.',
    };
  },
  pAlive,
  purchasesIfAlive: (params, customers, horizon) =>
    mixed(params, customers, 1, (term, one) => paretoNbd.purchasesIfAlive(term, one, horizon)),
  bend: ({ r, alpha, s, beta }, customers) => paretoNbd.bend!({ r, alpha, s, beta }, customers),
  survivalIfAlive: (params, customers, t) =>
    mixed(params, customers, 1, (term, one) => paretoNbd.survivalIfAlive(term, one, t)),
  activeIfAlive: (params, customers, from, to) =>
    mixed(params, customers, 1, (term, one) => paretoNbd.activeIfAlive(term, one, from, to)),
  pmfIfAlive: (params, customers, horizon, most) =>
    mixed(params, customers, most + 1, (term, one) => paretoNbd.pmfIfAlive(term, one, horizon, most)),
  /** Shares are signed. */
  rate(params, { x, tx, T }) {
    const at = termsOf(params);
    const one: Customers = {
      n: 1,
      timeUnit: 'day',
      frequency: Float64Array.of(x),
      recency: Float64Array.of(tx),
      age: Float64Array.of(T),
      monetary: new Float64Array(1),
      covariates: {},
      weight: Float64Array.of(1),
    };
    const shares = likelihoodParts(params, logRatios(params, one), 0).map(
      (part, k) => (k === 0 ? 1 : 0) + params.m * part,
    );
    const all = shares.reduce((sum, share) => sum + share, 0);
    const mixtures = at.map((term) => paretoNbd.rate!(term, { x, tx, T }));
    return {
      family: 'gamma',
      share: Float64Array.from(
        mixtures.flatMap(({ share }, k) => Array.from(share, (part) => (part * shares[k]!) / all)),
      ),
      first: Float64Array.from(mixtures.flatMap(({ first }) => Array.from(first))),
      second: Float64Array.from(mixtures.flatMap(({ second }) => Array.from(second))),
    };
  },
  /** Rates drawn as if they were independent, and kept as often as their density says. */
  live(params, { x, T }, horizon, stream, purchase) {
    const { r, alpha, s, beta, m } = params;
    const A = Math.exp(-r * Math.log1p(1 / alpha));
    const B = Math.exp(-s * Math.log1p(1 / beta));
    const most = 1 + Math.max(m * Math.max(A * B, (1 - A) * (1 - B)), -m * Math.max(A * (1 - B), (1 - A) * B));
    for (;;) {
      const lambda = drawGamma(stream, r + x, alpha + T);
      const mu = drawGamma(stream, s, beta + T);
      if (stream.uniform() * most > 1 + m * (Math.exp(-lambda) - A) * (Math.exp(-mu) - B)) continue;
      const end = Math.min(horizon, drawExponential(stream, mu));
      for (let t = drawExponential(stream, lambda); t <= end; t += drawExponential(stream, lambda)) purchase(t);
      return;
    }
  },
  limit: {
    model: paretoNbd,
    code: 'no_correlation',
    message: 'How often customers buy and how soon they leave are not visibly related: Pareto/NBD serves.',
  },
};
