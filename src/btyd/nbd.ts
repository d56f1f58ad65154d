/**
 * NBD. A customer buys at a Poisson rate λ and never leaves; what BG/NBD and Pareto/NBD become without dropout.
 *
 *   λ ~ Gamma(shape r, rate alpha)
 *
 * Ehrenberg (1959), The Pattern of Consumer Purchases, Applied Statistics 8(1), 26–41.
 * Age, horizon and alpha share one time unit. The likelihood is that of the purchase times, without T^x/x!, as in the
 * models with dropout, so that log-likelihoods compare.
 */
import type { Customers } from '../customers.js';
import { negativeBinomial } from '../kernels/negative-binomial.js';
import { drawExponential, drawGamma } from '../kernels/random.js';
import { type Derivatives, mirror, type Params, type PurchaseModel } from './model.js';
import { poisson } from './poisson.js';
import { sumRising } from './rising.js';

type NbdParams = Params<'r' | 'alpha'>;

function logLikelihood({ r, alpha }: NbdParams, customers: Customers, derivatives?: Derivatives): number {
  const { frequency, age, weight } = customers;
  let total = 0;
  let dr = 0;
  let da = 0;
  let dra = 0;
  let daa = 0;
  for (let i = 0; i < customers.n; i++) {
    const x = frequency[i]!;
    const T = age[i]!;
    const w = weight[i]!;
    const grown = Math.log1p(T / alpha);
    total -= w * (r * grown + x * Math.log(alpha + T));
    dr -= w * grown;
    da += (w * (r * T - x * alpha)) / (alpha * (alpha + T));
    dra += (w * T) / (alpha * (alpha + T));
    daa += w * ((r + x) / (alpha + T) ** 2 - r / alpha ** 2);
  }
  const rising = sumRising(r, customers, derivatives !== undefined);
  dr += rising.first;
  derivatives?.gradient.set([dr, da]);
  derivatives?.hessian.set([rising.second, dra, 0, daa]);
  if (derivatives) mirror(derivatives.hessian, 2);
  return total + rising.value;
}

/** Moments: rate Σx/ΣT, and r from how much the counts vary beyond Poisson. */
function guess(customers: Customers): NbdParams & { meanAge: number } {
  const { n, frequency, age, weight } = customers;
  let people = 0;
  let purchases = 0;
  let time = 0;
  let timeSquared = 0;
  for (let i = 0; i < n; i++) {
    people += weight[i]!;
    purchases += weight[i]! * frequency[i]!;
    time += weight[i]! * age[i]!;
    timeSquared += weight[i]! * age[i]! ** 2;
  }
  const rate = purchases / time;
  let excess = -purchases;
  for (let i = 0; i < n; i++) excess += weight[i]! * (frequency[i]! - rate * age[i]!) ** 2;
  const r = excess > 0 ? Math.min(20, Math.max(0.05, (rate ** 2 * timeSquared) / excess)) : 20;
  return { r, alpha: r / rate, meanAge: time / people };
}

/** NBD: a Poisson buyer who never leaves. Ehrenberg (1959). */
export const nbd: PurchaseModel<'r' | 'alpha'> & { guess: typeof guess } = {
  kind: 'purchases',
  name: 'nbd_model',
  title: 'NBD',
  parameters: ['r', 'alpha'],
  timePower: { alpha: 1 },
  covariates: { purchase: { alpha: -1 } },
  columns: ['frequency', 'age'],
  guess,
  starts: (customers) => [guess(customers)],
  logLikelihood,
  pAlive: (_params, { n }) => new Float64Array(n).fill(1),
  /** Posterior mean rate × time. */
  purchasesIfAlive: ({ r, alpha }, { frequency: x, age: T }, horizon) =>
    x.map((purchases, i) => ((r + purchases) / (alpha + T[i]!)) * horizon),
  survivalIfAlive: (_params, { n }) => new Float64Array(n).fill(1),
  activeIfAlive: ({ r, alpha }, { frequency: x, age: T }, from, to) =>
    x.map((purchases, i) => -Math.expm1(-(r + purchases) * Math.log1p((to - from) / (alpha + T[i]!)))),
  pmfIfAlive({ r, alpha }, { n, frequency: x, age: T }, horizon, most) {
    const width = most + 1;
    return Float64Array.from({ length: n * width }, (_, cell) => {
      const i = Math.floor(cell / width);
      return negativeBinomial(cell % width, r + x[i]!, horizon / (alpha + T[i]!));
    });
  },
  rate: ({ r, alpha }, { x, T }) => ({
    family: 'gamma',
    share: Float64Array.of(1),
    first: Float64Array.of(r + x),
    second: Float64Array.of(alpha + T),
  }),
  live({ r, alpha }, { x, T }, horizon, stream, purchase) {
    const lambda = drawGamma(stream, r + x, alpha + T);
    for (let t = drawExponential(stream, lambda); t <= horizon; t += drawExponential(stream, lambda)) purchase(t);
  },
  limit: {
    model: poisson,
    code: 'no_rate_differences',
    message: 'Customers do not differ visibly in how often they buy: one purchase rate serves all.',
  },
};
