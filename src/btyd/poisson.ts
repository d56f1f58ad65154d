/**
 * Poisson. Everyone buys at the same rate and never leaves; what NBD becomes when customers do not differ (r → ∞).
 *
 * The likelihood is that of the purchase times, λ^x e^(−λT). Age and horizon share the time unit of 1/rate.
 */
import type { Customers } from '../customers.js';
import { logGamma } from '../kernels/gamma.js';
import { drawExponential } from '../kernels/random.js';
import type { Derivatives, Params, PurchaseModel } from './model.js';

type PoissonParams = Params<'rate'>;

function totals({ n, frequency, age, weight }: Customers): { purchases: number; time: number } {
  let purchases = 0;
  let time = 0;
  for (let i = 0; i < n; i++) {
    purchases += weight[i]! * frequency[i]!;
    time += weight[i]! * age[i]!;
  }
  return { purchases, time };
}

function logLikelihood({ rate }: PoissonParams, customers: Customers, derivatives?: Derivatives): number {
  const { purchases, time } = totals(customers);
  derivatives?.gradient.set([purchases / rate - time]);
  derivatives?.hessian.set([-purchases / rate ** 2]);
  return purchases * Math.log(rate) - rate * time;
}

/** Poisson: everyone buys at one rate and never leaves. */
export const poisson: PurchaseModel<'rate'> = {
  kind: 'purchases',
  name: 'poisson_model',
  title: 'Poisson',
  parameters: ['rate'],
  timePower: { rate: -1 },
  covariates: { purchase: { rate: 1 } },
  columns: ['frequency', 'age'],
  starts(customers) {
    const { purchases, time } = totals(customers);
    return [{ rate: purchases / time }];
  },
  logLikelihood,
  pAlive: (_params, { n }) => new Float64Array(n).fill(1),
  purchasesIfAlive: ({ rate }, { n }, horizon) => new Float64Array(n).fill(rate * horizon),
  survivalIfAlive: (_params, { n }) => new Float64Array(n).fill(1),
  activeIfAlive: ({ rate }, { n }, from, to) => new Float64Array(n).fill(-Math.expm1(-rate * (to - from))),
  pmfIfAlive({ rate }, { n }, horizon, most) {
    const mean = rate * horizon;
    const chance = (count: number) =>
      Math.exp(count === 0 ? -mean : count * Math.log(mean) - mean - logGamma(count + 1));
    return Float64Array.from({ length: n * (most + 1) }, (_, cell) => chance(cell % (most + 1)));
  },
  live({ rate }, _history, horizon, stream, purchase) {
    for (let t = drawExponential(stream, rate); t <= horizon; t += drawExponential(stream, rate)) purchase(t);
  },
};
