/**
 * CNBD-k, condensed NBD. A regular buyer who never leaves: the time between purchases is Erlang-k, k = 1 being NBD; what
 * BG/CNBD-k and MBG/CNBD-k become without dropout.
 *
 *   λ ~ Gamma(shape r, rate alpha), the rate of the k stages between purchases
 *
 * Chatfield & Goodhardt (1973), A Consumer Purchasing Model with Erlang Inter-Purchase Times, Journal of the American
 * Statistical Association 68(344), 828–835. The likelihood is that of the purchase times.
 */
import type { Customers } from '../customers.js';
import { ErlangRenewals } from '../kernels/erlang-renewals.js';
import { logGamma } from '../kernels/gamma.js';
import { drawGamma } from '../kernels/random.js';
import { checkLitt, erlangFamily } from './erlang-family.js';
import { drawErlang, ErlangWaiting } from './erlang-waiting.js';
import { type Derivatives, type History, mirror, type Params, type PurchaseModel } from './model.js';
import { nbd } from './nbd.js';
import { sumRising } from './rising.js';

type CnbdParams = Params<'r' | 'alpha'>;

/** Γ(r+kx)/Γ(r) · α^r (α+T)^−(r+kx) · A, A the ways to be waiting, and the Erlang constants. */
function logLikelihood(
  { r, alpha }: CnbdParams,
  k: number,
  { n, frequency, recency, age, weight, litt }: Customers,
  rising: ReturnType<typeof sumRising>,
  derivatives?: Derivatives,
): number {
  const waiting = new ErlangWaiting(k);
  let total = rising.value;
  let dr = rising.first;
  let da = 0;
  let drr = rising.second;
  let dra = 0;
  let daa = 0;
  for (let i = 0; i < n; i++) {
    const x = frequency[i]!;
    const T = age[i]!;
    const w = weight[i]!;
    waiting.place(r + k * x, (T - recency[i]!) / (alpha + T), derivatives !== undefined);
    const { log, byShape, byStage, byShapeTwice, byBoth, stageVariance } = waiting;
    const grown = Math.log1p(T / alpha);
    const over = 1 / (alpha + T);
    total += w * (log - r * grown - k * x * Math.log(alpha + T) + (k - 1) * (litt?.[i] ?? 0) - x * logGamma(k));
    dr += w * (byShape - grown);
    da += w * ((r * T - k * x * alpha) / alpha - byStage) * over;
    drr += w * byShapeTwice;
    dra += w * (T / alpha - byBoth) * over;
    daa += w * ((r + k * x + byStage + stageVariance) * over * over - r / alpha ** 2);
  }
  derivatives?.gradient.set([dr, da]);
  derivatives?.hessian.set([drr, dra, 0, daa]);
  if (derivatives) mirror(derivatives.hessian, 2);
  return total;
}

function condensed(k: number): Omit<PurchaseModel<'r' | 'alpha'>, 'name' | 'title'> {
  const sharesOf = ({ r, alpha }: CnbdParams, { x, tx, T }: History) => {
    const waiting = new ErlangWaiting(k);
    waiting.place(r + k * x, (T - tx) / (alpha + T), false);
    return waiting.share;
  };
  const perCustomer = (
    params: CnbdParams,
    { frequency, recency, age }: Customers,
    t: number,
    value: (renewals: ErlangRenewals, rate: number) => number,
  ) =>
    frequency.map((x, i) => {
      const shares = sharesOf(params, { x, tx: recency[i]!, T: age[i]! });
      const rate = params.alpha + age[i]!;
      return value(new ErlangRenewals(k, params.r + k * x, shares, t / rate), rate);
    });
  return {
    kind: 'purchases',
    parameters: ['r', 'alpha'],
    columns: ['frequency', 'recency', 'age'],
    ifAliveColumns: ['frequency', 'recency', 'age'],
    timePower: { alpha: 1 },
    covariates: { purchase: { alpha: -1 } },
    check: checkLitt,
    starts(customers) {
      const { r, alpha } = nbd.guess(customers);
      return [{ r, alpha: alpha / k }];
    },
    logLikelihood: (params, customers, derivatives) =>
      logLikelihood(
        params,
        k,
        customers,
        sumRising(params.r, customers, derivatives !== undefined, { times: k }),
        derivatives,
      ),
    pAlive: (_params, { n }) => new Float64Array(n).fill(1),
    purchasesIfAlive: (params, customers, horizon) =>
      perCustomer(params, customers, horizon, (renewals) => renewals.purchases().atZero),
    bend: ({ r, alpha }, { frequency: x, age }) => age.map((T, i) => (alpha + T) / (r + k * x[i]! + 1)),
    survivalIfAlive: (_params, { n }) => new Float64Array(n).fill(1),
    activeIfAlive: (params, customers, from, to) =>
      perCustomer(params, customers, from === 0 ? to : from, (renewals, rate) =>
        from === 0 ? renewals.tail(1) : Math.max(0, 1 - renewals.quiet((to - from) / rate).atZero),
      ),
    pmfIfAlive(params, { n, frequency, recency, age }, horizon, most) {
      const out = new Float64Array(n * (most + 1));
      for (let i = 0; i < n; i++) {
        const [x, T] = [frequency[i]!, age[i]!];
        const shares = sharesOf(params, { x, tx: recency[i]!, T });
        const renewals = new ErlangRenewals(k, params.r + k * x, shares, horizon / (params.alpha + T));
        for (let count = 0; count <= most; count++) out[i * (most + 1) + count] = renewals.count(count);
      }
      return out;
    },
    rate(params, history) {
      const share = sharesOf(params, history);
      return {
        family: 'gamma',
        share,
        first: share.map((_, j) => params.r + k * history.x + j),
        second: share.map(() => k * (params.alpha + history.T)), // of λ/k, purchases
      };
    },
    live(params, history, horizon, stream, purchase) {
      const shares = sharesOf(params, history);
      let passed = 0;
      for (let u = stream.uniform() - shares[0]!; u > 0 && passed < k - 1; u -= shares[passed]!) passed++;
      const lambda = drawGamma(stream, params.r + k * history.x + passed, params.alpha + history.T);
      let t = drawErlang(stream, k - passed, lambda);
      for (; t <= horizon; t += drawErlang(stream, k, lambda)) purchase(t);
    },
  };
}

/** CNBD-k, k found by likelihood; `cnbdK.of(3)` for a k of one's own. Chatfield & Goodhardt (1973). */
export const cnbdK = erlangFamily('cnbd', 'CNBD', nbd, condensed);
