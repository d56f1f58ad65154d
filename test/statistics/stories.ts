/**
 * Customers made up after the stories that the papers tell, by code that knows none of the library's models, so that what
 * the models are held against does not come from them. They share the sources of randomness only (src/kernels/random.ts).
 */
import { type Customers, customers } from '../../src/customers.js';
import { drawBeta, drawExponential, drawGamma, type RandomStream } from '../../src/kernels/random.js';

type Numbers = Readonly<Record<string, number>>;

/** One customer's purchases after the first, which is at 0, up to the time `until`. */
type Life = (parameters: Numbers, until: number, stream: RandomStream, buy: (t: number) => void) => void;

/** Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model, §2: the end comes unseen, at a rate of its own. */
const pareto: Life = ({ r, alpha, s, beta }, until, stream, buy) => {
  const lambda = drawGamma(stream, r!, alpha!);
  const mu = drawGamma(stream, s!, beta!);
  const end = drawExponential(stream, mu);
  let t = 0;
  for (;;) {
    t += drawExponential(stream, lambda);
    if (t > end || t > until) return;
    buy(t);
  }
};

/** Fader, Hardie & Lee (2005), §3: after each repeat purchase the customer leaves with the same chance. */
const betaGeometric: Life = ({ r, alpha, a, b }, until, stream, buy) => {
  const lambda = drawGamma(stream, r!, alpha!);
  const p = drawBeta(stream, a!, b!);
  let t = 0;
  do {
    t += drawExponential(stream, lambda);
    if (t > until) return;
    buy(t);
  } while (stream.uniform() > p);
};

/** Batislam, Denizel & Filiztekin (2007): the same chance comes after the first purchase too. */
const modified: Life = ({ r, alpha, a, b }, until, stream, buy) => {
  const lambda = drawGamma(stream, r!, alpha!);
  const p = drawBeta(stream, a!, b!);
  for (let t = 0; stream.uniform() > p; buy(t)) {
    t += drawExponential(stream, lambda);
    if (t > until) return;
  }
};

/** Ehrenberg (1959): nobody leaves. */
const negativeBinomial: Life = ({ r, alpha }, until, stream, buy) => {
  const lambda = drawGamma(stream, r!, alpha!);
  let t = 0;
  for (;;) {
    t += drawExponential(stream, lambda);
    if (t > until) return;
    buy(t);
  }
};

const LIVES: Readonly<Record<string, Life>> = {
  paretonbd_model: pareto,
  bgnbd_model: betaGeometric,
  mbgnbd_model: modified,
  nbd_model: negativeBinomial,
};

/** Customers watched up to their age, and what they did in the `horizon` after it. */
export interface Watched {
  readonly customers: Customers;
  readonly purchasesLater: Float64Array;
  readonly valueLater: Float64Array;
}

/** People join evenly over the first weeks of a log, so their ages differ. */
export interface Design {
  readonly n: number;
  readonly youngest: number;
  readonly oldest: number;
  readonly horizon: number;
}

/**
 * @param spend parameters of Gamma-Gamma: Fader & Hardie (2013), each transaction is worth Gamma(p, ν), ν ~ Gamma(q, gamma)
 */
export function tell(
  model: string,
  parameters: Numbers,
  { n, youngest, oldest, horizon }: Design,
  stream: RandomStream,
  spend?: Numbers,
): Watched {
  const live = LIVES[model]!;
  const frequency = new Float64Array(n);
  const recency = new Float64Array(n);
  const age = new Float64Array(n);
  const monetary = new Float64Array(n);
  const purchasesLater = new Float64Array(n);
  const valueLater = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const T = youngest + (oldest - youngest) * stream.uniform();
    age[i] = T;
    const nu = spend ? drawGamma(stream, spend.q!, spend.gamma!) : 0;
    let spent = 0;
    live(parameters, T + horizon, stream, (t) => {
      const value = spend ? drawGamma(stream, spend.p!, nu) : 0;
      if (t > T) {
        purchasesLater[i]!++;
        valueLater[i]! += value;
        return;
      }
      frequency[i]!++;
      recency[i] = t;
      spent += value;
    });
    monetary[i] = frequency[i]! > 0 ? spent / frequency[i]! : 0;
  }
  return {
    customers: customers({ frequency, recency, age, monetary, timeUnit: 'week' }),
    purchasesLater,
    valueLater,
  };
}
