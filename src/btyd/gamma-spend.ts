/**
 * Gamma spend. Everyone's transactions are worth Gamma(p, nu) each; what Gamma-Gamma becomes when customers do not
 * differ in what they spend (q → ∞ with q/gamma = nu).
 */
import { type Customers, meanRepeatValue } from '../customers.js';
import { digamma, logGamma, trigamma } from '../kernels/gamma.js';
import { gammaCdf } from '../kernels/incomplete-gamma.js';
import { drawGamma } from '../kernels/random.js';
import { type Derivatives, mirror, type Params, type SpendModel } from './model.js';

type GammaSpendParams = Params<'p' | 'nu'>;

/** The density of the mean z̄ of x transactions: Gamma(p x, nu x). Customers without repeat spend do not enter. */
function logLikelihood({ p, nu }: GammaSpendParams, customers: Customers, derivatives?: Derivatives): number {
  const { frequency, monetary, weight } = customers;
  let total = 0;
  let dp = 0;
  let dnu = 0;
  let dpp = 0;
  let dpnu = 0;
  let dnunu = 0;
  for (let i = 0; i < customers.n; i++) {
    const x = frequency[i]!;
    const z = monetary[i]!;
    const w = weight[i]!;
    if (x === 0 || z === 0) continue;
    const k = p * x;
    total += w * (k * Math.log(nu * x * z) - logGamma(k) - nu * x * z - Math.log(z));
    if (!derivatives) continue;
    dp += w * x * (Math.log(nu * x * z) - digamma(k));
    dnu += w * x * (p / nu - z);
    dpp -= w * x * x * trigamma(k);
    dpnu += (w * x) / nu;
    dnunu -= (w * k) / nu ** 2;
  }
  derivatives?.gradient.set([dp, dnu]);
  derivatives?.hessian.set([dpp, dpnu, 0, dnunu]);
  if (derivatives) mirror(derivatives.hessian, 2);
  return total;
}

/** Only a customer with repeat transactions of some value says anything about spend. */
export function hasRepeatSpend({ frequency, monetary }: Customers, row: number): boolean {
  return frequency[row]! > 0 && monetary[row]! > 0;
}

/** Moments: p from the variance of the means, which is p / (x nu²) at x transactions. */
function guess(customers: Customers): GammaSpendParams {
  const { n, frequency, monetary, weight } = customers;
  const mean = meanRepeatValue(customers);
  let people = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    if (frequency[i]! === 0) continue;
    people += weight[i]!;
    squares += weight[i]! * frequency[i]! * (monetary[i]! - mean) ** 2;
  }
  const p = Math.min(1e6, Math.max(0.01, (people * mean ** 2) / squares));
  return { p, nu: p / mean };
}

/** Gamma spend: spend a transaction varies about one level for all. */
export const gammaSpend: SpendModel<'p' | 'nu'> & { guess: typeof guess } = {
  kind: 'spend',
  name: 'gammaspend_model',
  title: 'Gamma spend',
  parameters: ['p', 'nu'],
  columns: ['frequency', 'monetary'],
  informs: hasRepeatSpend,
  guess,
  starts: (customers) => [guess(customers)],
  logLikelihood,
  covariates: { spend: { nu: -1 } },
  expectedSpend: ({ p, nu }, { n }) => new Float64Array(n).fill(p / nu),
  spendCdf: ({ p, nu }, { n }, value) => new Float64Array(n).fill(gammaCdf(p, nu * value)),
  drawSpender:
    ({ p, nu }, _x, _z, stream) =>
    () =>
      drawGamma(stream, p, nu),
};
