/**
 * Gamma-Gamma. A customer's transactions are worth Gamma(p, ν) each; ν differs between customers and stays with them.
 *
 *   z | p, ν ~ Gamma(shape p, rate ν)     ν ~ Gamma(shape q, rate gamma)
 *
 * Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value; Fader, Hardie & Lee (2005), RFM and CLV, Journal of
 * Marketing Research 42, 415–430. Spend is taken to be independent of how often a customer buys.
 * gamma has the unit of money; z̄ is the mean of the x repeat transactions.
 */
import type { Customers } from '../customers.js';
import { digammaRise, logGamma, logRising, trigamma, trigammaRise } from '../kernels/gamma.js';
import { betaCdf } from '../kernels/incomplete-beta.js';
import { drawGamma } from '../kernels/random.js';
import { gammaSpend, hasRepeatSpend } from './gamma-spend.js';
import { type Derivatives, mirror, type Params, type SpendModel } from './model.js';

type GammaGammaParams = Params<'p' | 'q' | 'gamma'>;

/** The density of the mean z̄ of x transactions (eq. 1a). Customers without repeat spend do not enter. */
function logLikelihood({ p, q, gamma }: GammaGammaParams, customers: Customers, derivatives?: Derivatives): number {
  const { frequency, monetary, weight } = customers;
  let total = 0;
  let dp = 0;
  let dq = 0;
  let dgamma = 0;
  let dpp = 0;
  let dpq = 0;
  let dpgamma = 0;
  let dqq = 0;
  let dqgamma = 0;
  let dgammagamma = 0;
  for (let i = 0; i < customers.n; i++) {
    const x = frequency[i]!;
    const z = monetary[i]!;
    const w = weight[i]!;
    if (x === 0 || z === 0) continue;
    const k = p * x;
    const spent = z * x;
    const logBeta = q < k ? logGamma(q) - logRising(k, q) : logGamma(k) - logRising(q, k); // ln B(px, q)
    total -= w * (logBeta + k * Math.log1p(gamma / spent) + q * Math.log1p(spent / gamma) + Math.log(z));
    if (!derivatives) continue;
    dp += w * x * (digammaRise(k, q) - Math.log1p(gamma / spent));
    dq += w * (digammaRise(q, k) - Math.log1p(spent / gamma));
    dgamma += (w * (q * spent - k * gamma)) / (gamma * (gamma + spent));
    dpp += w * x * x * trigammaRise(k, q);
    dpq += w * x * trigamma(k + q);
    dpgamma -= (w * x) / (gamma + spent);
    dqq += w * trigammaRise(q, k);
    dqgamma += (w * spent) / (gamma * (gamma + spent));
    dgammagamma += w * ((k + q) / (gamma + spent) ** 2 - q / gamma ** 2);
  }
  derivatives?.gradient.set([dp, dq, dgamma]);
  derivatives?.hessian.set([dpp, dpq, dpgamma, 0, dqq, dqgamma, 0, 0, dgammagamma]);
  if (derivatives) mirror(derivatives.hessian, 3);
  return total;
}

/** Eq. 5: the customer's own mean and the population's, weighted by how much is known of the customer. */
function expectedSpend({ p, q, gamma }: GammaGammaParams, customers: Customers, observedMean: number): Float64Array {
  const { frequency: x, monetary: z } = customers;
  return x.map((count, i) => {
    const known = z[i]! > 0 ? p * count : 0;
    // Below 1 the posterior of ν is so spread that the mean of p/ν does not exist.
    return known + q > 1 ? (p * gamma + known * z[i]!) / (known + q - 1) : observedMean;
  });
}

function geometricMean({ n, monetary, weight }: Customers): number {
  let logs = 0;
  let people = 0;
  for (let i = 0; i < n; i++) {
    logs += weight[i]! * Math.log(monetary[i]!);
    people += weight[i]!;
  }
  return Math.exp(logs / people);
}

/** Gamma-Gamma: spend a transaction varies about a level of the customer's own. Fader & Hardie (2013). */
export const gammaGamma: SpendModel<'p' | 'q' | 'gamma'> = {
  kind: 'spend',
  name: 'gammagamma_model',
  title: 'Gamma-Gamma',
  parameters: ['p', 'q', 'gamma'],
  columns: ['frequency', 'monetary'],
  informs: hasRepeatSpend,
  starts(customers) {
    const { p, nu } = gammaSpend.guess(customers);
    const mean = p / nu;
    return [
      { p: 4, q: 3, gamma: mean / 2 },
      { p: 1, q: 1.5, gamma: mean / 2 },
      { p: 2, q: 0.5, gamma: geometricMean(customers) / 4 }, // spend over many orders of magnitude
      { p: 2 * p, q: 30, gamma: (15 * mean) / p },
    ];
  },
  covariates: { spend: { gamma: 1 } },
  edge({ p }) {
    if (p < 1e7) return undefined;
    return {
      code: 'no_spend_variation',
      message:
        "One customer's purchases do not visibly differ in value: only p · gamma is settled, and what customers spent so far is what is expected.",
    };
  },
  logLikelihood,
  expectedSpend,
  /** z/(rate of ν given the history) is a ratio of two Gammas. */
  spendCdf({ p, q, gamma }, { frequency: x, monetary: z }, value) {
    return x.map((count, i) => {
      const known = z[i]! > 0 ? p * count : 0;
      const rate = gamma + (z[i]! > 0 ? count * z[i]! : 0);
      return betaCdf(p, q + known, value / (value + rate), rate / (value + rate));
    });
  },
  drawSpender({ p, q, gamma }, x, z, stream) {
    const known = z > 0 ? x : 0;
    const nu = drawGamma(stream, q + p * known, gamma + known * z);
    return () => drawGamma(stream, p, nu);
  },
  limit: {
    model: gammaSpend,
    code: 'no_spend_differences',
    message: 'Customers do not differ visibly in what they spend on a transaction: one mean serves all.',
  },
};
