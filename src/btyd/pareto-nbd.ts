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
import { drawExponential, drawGamma } from '../kernels/random.js';
import { activeWithin, countsOf, type GammaLife, type Lifetime } from './lifetime.js';
import type { PurchaseModel } from './model.js';
import { nbd } from './nbd.js';
import { logLikelihood, logOdds, logOddsLeft, type ParetoNbdParams } from './pareto-likelihood.js';

function pAlive(params: ParetoNbdParams, customers: Customers): Float64Array {
  return logOdds(params, customers).map((odds) => logistic(-odds));
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

/** Who is alive at T goes on like a new customer of these parameters. */
function onwards({ r, alpha, s, beta }: ParetoNbdParams, x: number, T: number): GammaLife {
  return { shape: r + x, rate: alpha + T, ...lomax(s, beta + T) };
}

/** The lifetime of a customer whose dropout rate is Gamma(s, beta): a Pareto distribution of the second kind. */
function lomax(s: number, beta: number): Lifetime {
  return {
    finest: beta / (1 + s),
    survival: (t) => Math.exp(-s * Math.log1p(t / beta)),
    density: (t) => (s / beta) * Math.exp(-(s + 1) * Math.log1p(t / beta)),
    from: (t) => lomax(s, beta + t),
  };
}

/** Pareto/NBD: a Poisson buyer who leaves unseen after an exponential lifetime. Fader & Hardie (2005). */
export const paretoNbd: PurchaseModel<'r' | 'alpha' | 's' | 'beta'> = {
  kind: 'purchases',
  name: 'paretonbd_model',
  title: 'Pareto/NBD',
  parameters: ['r', 'alpha', 's', 'beta'],
  columns: ['frequency', 'recency', 'age'],
  timePower: { alpha: 1, beta: 1 },
  covariates: { purchase: { alpha: -1 }, dropout: { beta: -1 } },
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
  bend: ({ s, beta }, { age }) => age.map((T) => (beta + T) / (1 + s)),
  survivalIfAlive: ({ s, beta }, { age }, t) => age.map((T) => lomax(s, beta + T).survival(t)),
  activeIfAlive: (params, { frequency: x, age: T }, from, to) =>
    x.map((purchases, i) => activeWithin(onwards(params, purchases, T[i]!), from, to)),
  pmfIfAlive: (params, { n, frequency, age }, horizon, most) =>
    countsOf(n, most, (i) => onwards(params, frequency[i]!, age[i]!), horizon),
  rate(params, { x, tx, T }) {
    const { r, alpha } = params;
    const left = new DeathTimes();
    const pLeft = logistic(logOddsLeft(params, x, tx, T, left));
    const nodes = pLeft > 0 ? left.count : 0;
    return {
      family: 'gamma',
      share: Float64Array.from({ length: nodes + 1 }, (_, j) =>
        j === nodes ? 1 - pLeft : (pLeft * left.share[j]!) / left.total,
      ),
      first: new Float64Array(nodes + 1).fill(r + x),
      second: Float64Array.from({ length: nodes + 1 }, (_, j) => alpha + (j === nodes ? T : left.u[j]!)),
    };
  },
  live({ r, alpha, s, beta }, { x, T }, horizon, stream, purchase) {
    const lambda = drawGamma(stream, r + x, alpha + T);
    const end = Math.min(horizon, drawExponential(stream, drawGamma(stream, s, beta + T)));
    for (let t = drawExponential(stream, lambda); t <= end; t += drawExponential(stream, lambda)) purchase(t);
  },
  limit: {
    model: nbd,
    code: 'no_dropout',
    message: 'No dropout is visible before the end of observation: purchases follow NBD and everyone counts as alive.',
  },
};
