/**
 * Pareto/NBD. While alive a customer buys at a Poisson rate λ; they leave unseen after an exponential lifetime of rate μ.
 *
 *   λ ~ Gamma(shape r, rate alpha)     μ ~ Gamma(shape s, rate beta)
 *
 * Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1), 1–24; notation and equation
 * numbers of Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions.
 * Recency, age, horizon, alpha and beta share one time unit.
 */
import type { Customers } from '../customers.js';
import { DeathTimes } from '../kernels/death-times.js';
import { expm1Ratio, logistic } from '../kernels/logistic.js';
import type { PurchaseModel } from './model.js';
import { nbd } from './nbd.js';
import { logLikelihood, logOddsLeft, type ParetoNbdParams } from './pareto-likelihood.js';

function pAlive(params: ParetoNbdParams, { n, frequency: x, recency: tx, age: T }: Customers): Float64Array {
  const left = new DeathTimes();
  return Float64Array.from({ length: n }, (_, i) => logistic(-logOddsLeft(params, x[i]!, tx[i]!, T[i]!, left)));
}

/** Mean time alive within the next t of a customer whose dropout rate is Gamma(s, beta). */
function expectedLifetime(s: number, beta: number, t: number): number {
  const grown = Math.log1p(t / beta);
  return beta * grown * expm1Ratio((1 - s) * grown);
}

/** Eq. 41 without P(alive): mean purchase rate × mean time alive. */
function purchasesIfAlive(params: ParetoNbdParams, { frequency, age: T }: Customers, horizon: number): Float64Array {
  const { r, alpha, s, beta } = params;
  return frequency.map((x, i) => ((r + x) / (alpha + T[i]!)) * expectedLifetime(s, beta + T[i]!, horizon));
}

/** Pareto/NBD: a Poisson buyer who leaves unseen after an exponential lifetime. Fader & Hardie (2005). */
export const paretoNbd: PurchaseModel<'r' | 'alpha' | 's' | 'beta'> = {
  kind: 'purchases',
  name: 'paretonbd_model',
  title: 'Pareto/NBD',
  parameters: ['r', 'alpha', 's', 'beta'],
  columns: ['frequency', 'recency', 'age'],
  starts(customers) {
    const { r, alpha, meanAge } = nbd.guess(customers);
    return [
      { r, alpha, s: 0.6, beta: meanAge / 2 },
      { r: 1.5 * r, alpha, s: 2, beta: 2 * meanAge },
      { r, alpha, s: 0.1, beta: 10 * meanAge },
      { r, alpha, s: 0.02, beta: meanAge / 1000 }, // a few leave at once
    ];
  },
  logLikelihood,
  pAlive,
  purchasesIfAlive,
  bend: ({ s, beta }, { age }) => (beta + age.reduce((least, T) => Math.min(least, T))) / (1 + s),
  /** Eq. 27. */
  expectedPurchasesNew: ({ r, alpha, s, beta }, horizon) => (r / alpha) * expectedLifetime(s, beta, horizon),
  limit: {
    model: nbd,
    code: 'no_dropout',
    message: 'No dropout is visible before the end of observation: purchases follow NBD and everyone counts as alive.',
  },
};
