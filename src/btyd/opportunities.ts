/**
 * What models in discrete time share: a customer leaves before an opportunity with a probability θ ~ Beta(a, b) of their
 * own, so that the chance to be there after n of them is S(n) = B(a, b + n) / B(a, b).
 */
import type { Customers } from '../customers.js';
import { ClvError } from '../errors.js';
import { BetaMixture } from '../kernels/beta-mixture.js';
import { digammaRise, logBetaFall, logRising } from '../kernels/gamma.js';
import { gaussLegendre } from '../kernels/gauss-legendre.js';
import { expm1Ratio } from '../kernels/logistic.js';

/** For means over a short stretch. */
const MEAN = gaussLegendre(6);

/** S(n), the mean of (1 − θ)^n. */
export function survivalAfter(a: number, b: number, n: number): number {
  return Math.exp(-logBetaFall(a, b, n));
}

/**
 * Σ S(i), i = 1 … n: opportunities that someone lives to see.
 *
 * Terms telescope to b (F − 1)/(1 − a) with F = Γ(b+n+1) Γ(a+b) / (Γ(a+b+n) Γ(b+1)); its limit at a = 1 is b ln F/(1 − a).
 */
export function opportunitiesAlive(a: number, b: number, n: number): number {
  const c = a - 1;
  if (n === 0) return 0;
  // (ln F)/(1 − a) is the mean of ψ(v + n) − ψ(v) for v between b + 1 and a + b
  const low = Math.min(b + 1, a + b);
  const step = Math.abs(c);
  let grown = 0;
  if (step > 0.01) grown = (logRising(low + n, step) - logRising(low, step)) / step;
  else
    MEAN.nodes.forEach((node, j) => {
      grown += MEAN.weights[j]! * digammaRise(low + node * step, n);
    });
  return b * grown * expm1Ratio(-c * grown);
}

/** Σ S(i) e^(−δ i), i = 1 … n; n may be Infinity where δ > 0. */
export function discountedOpportunities(a: number, b: number, n: number, delta: number): number {
  if (delta === 0) return opportunitiesAlive(a, b, n);
  const d = Math.expm1(delta);
  const all = (p: number, logNotP: number, from: number) =>
    Math.exp((from + 1) * (logNotP - delta)) / ((d + p) / (1 + d));
  // from the sum over θ's own geometric series, up to n
  const sum = (p: number, logNotP: number) =>
    n === Number.POSITIVE_INFINITY ? all(p, logNotP, 0) : all(p, logNotP, 0) - all(p, logNotP, n);
  const atZero = sum(0, 0);
  const turn = 1 / Math.abs(d) + (n === Number.POSITIVE_INFINITY ? 0 : n);
  return new BetaMixture(a, b).mean({ at: sum, atZero, atOne: 0, slopeAtZero: -atZero * turn, turn });
}

/** Every time a whole number of opportunities, at most one purchase in each. */
export function checkOpportunities({ n, frequency, recency, age }: Customers): void {
  for (let i = 0; i < n; i++) {
    const [x, tx, T] = [frequency[i]!, recency[i]!, age[i]!];
    const whole = Number.isInteger(tx) && Number.isInteger(T);
    if (whole && x <= tx && (x > 0 || tx === 0)) continue;
    throw new ClvError('bad_columns', 'this is not a history of opportunities', {
      row: i + 1,
      column: whole ? 'frequency' : Number.isInteger(tx) ? 'age' : 'recency',
      found: `frequency ${x}, recency ${tx}, age ${T}`,
      expected: 'whole numbers: opportunities taken ≤ the last one taken ≤ all opportunities',
    });
  }
}
