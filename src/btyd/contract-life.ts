/**
 * What models of contracts share. A customer renews at the end of each period, or leaves and is seen to: renewals are
 * purchases that nobody alive can skip. Frequency counts the renewals, recency is the same number, age is the number of
 * renewals there could have been: who has renewed less often than that has left.
 */
import type { Customers } from '../customers.js';
import { ClvError } from '../errors.js';
import { type Derivatives, mirror, type Params, type PurchaseModel } from './model.js';

/** The life of a contract, with parameters P. */
export interface Renewals<P extends string> {
  readonly parameters: readonly P[];
  /** ln S(t), the chance to renew t times; fills the derivatives, upper triangle, if given. */
  logSurvival(params: Params<P>, t: number, derivatives?: Derivatives): number;
  /** ln(S(t) − S(t + 1)): t renewals, then the end. */
  logEnd(params: Params<P>, t: number, derivatives?: Derivatives): number;
  /** Σ S(t + i)/S(t) · e^(−δ i), i = 1 … n. */
  renewals(params: Params<P>, t: number, n: number, delta: number): number;
}

/** A purchase model from the life of a contract. */
export function contractLife<P extends string>(life: Renewals<P>) {
  const { parameters } = life;
  const p = parameters.length;
  const survival = (params: Params<P>, t: number, more: number) =>
    Math.exp(life.logSurvival(params, t + more) - life.logSurvival(params, t));
  const has = ({ recency, age }: Customers, i: number) => recency[i] === age[i];
  return {
    kind: 'purchases',
    discrete: true,
    parameters,
    columns: ['frequency', 'recency', 'age'],
    check({ n, frequency, recency, age }) {
      for (let i = 0; i < n; i++) {
        const [x, tx, T] = [frequency[i]!, recency[i]!, age[i]!];
        if (x === tx && Number.isInteger(T)) continue;
        throw new ClvError('bad_columns', 'this is not the history of a contract', {
          row: i + 1,
          column: x === tx ? 'age' : 'recency',
          found: `frequency ${x}, recency ${tx}, age ${T}`,
          expected: 'renewals made (frequency and recency alike) of renewals possible (age), whole numbers',
          hint: 'contracts() and cohort() make such customers',
        });
      }
    },
    logLikelihood(params, customers, derivatives) {
      derivatives?.gradient.fill(0);
      derivatives?.hessian.fill(0);
      const one = derivatives && { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
      let total = 0;
      for (let i = 0; i < customers.n; i++) {
        const t = customers.frequency[i]!;
        const w = customers.weight[i]!;
        total += w * (has(customers, i) ? life.logSurvival(params, t, one) : life.logEnd(params, t, one));
        if (!derivatives || !one) continue;
        for (let k = 0; k < p; k++) derivatives.gradient[k]! += w * one.gradient[k]!;
        for (let k = 0; k < p * p; k++) derivatives.hessian[k]! += w * one.hessian[k]!;
      }
      if (derivatives) mirror(derivatives.hessian, p);
      return total;
    },
    /** 1 or 0: a contract is seen to end. */
    pAlive: (_params, customers) => Float64Array.from({ length: customers.n }, (_, i) => (has(customers, i) ? 1 : 0)),
    purchasesIfAlive: (params, { age }, horizon) => age.map((t) => life.renewals(params, t, horizon, 0)),
    survivalIfAlive: (params, { age }, more) => age.map((t) => survival(params, t, more)),
    activeIfAlive: (params, { age }, from, to) => age.map((t) => (to > from ? survival(params, t, from + 1) : 0)),
    pmfIfAlive(params, { n, age }, horizon, most) {
      const width = most + 1;
      return Float64Array.from({ length: n * width }, (_, cell) => {
        const t = age[Math.floor(cell / width)]!;
        const count = cell % width;
        if (count > horizon) return 0;
        if (count === horizon) return survival(params, t, horizon);
        return Math.exp(life.logEnd(params, t + count) - life.logSurvival(params, t));
      });
    },
    discountedIfAlive: (params, { age }, horizon, delta) => age.map((t) => life.renewals(params, t, horizon, delta)),
    live(params, { T }, horizon, stream, purchase) {
      const chance = Math.log(stream.uniform()) + life.logSurvival(params, T);
      for (let t = 1; t <= horizon && life.logSurvival(params, T + t) > chance; t++) purchase(t);
    },
  } satisfies Omit<PurchaseModel<P>, 'name' | 'title' | 'starts'>;
}
