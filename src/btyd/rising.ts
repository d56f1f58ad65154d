/** The part of every likelihood that depends on how often customers bought, and on nothing else of them. */
import type { Customers } from '../customers.js';
import { digammaRise, logRising, trigammaRise } from '../kernels/gamma.js';

/** Distinct frequencies with the number of customers that have them. */
interface FrequencyCounts {
  readonly frequency: Float64Array;
  readonly weight: Float64Array;
}

const countsOf = new WeakMap<Customers, FrequencyCounts>();

/** Counted once a `customers` object. */
function frequencyCounts(customers: Customers): FrequencyCounts {
  const known = countsOf.get(customers);
  if (known) return known;
  const totals = new Map<number, number>();
  for (let i = 0; i < customers.n; i++) {
    const x = customers.frequency[i]!;
    totals.set(x, (totals.get(x) ?? 0) + customers.weight[i]!);
  }
  const counts = { frequency: Float64Array.from(totals.keys()), weight: Float64Array.from(totals.values()) };
  countsOf.set(customers, counts);
  return counts;
}

/** Σ weight · (ln Γ(a + times · x + more) − ln Γ(a)) over customers, with its first and second derivative by a. */
export interface RisingSum {
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

/**
 * That sum, from the distinct frequencies: likelihoods need no Γ a customer.
 *
 * @param derivatives without them `first` and `second` are 0, in a third of the time
 */
export function sumRising(
  a: number,
  customers: Customers,
  derivatives: boolean,
  { times = 1, more = 0 }: { readonly times?: number; readonly more?: number } = {},
): RisingSum {
  const { frequency, weight } = frequencyCounts(customers);
  let value = 0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < frequency.length; i++) {
    const x = times * frequency[i]! + more;
    const w = weight[i]!;
    value += w * logRising(a, x);
    if (!derivatives) continue;
    first += w * digammaRise(a, x);
    second += w * trigammaRise(a, x);
  }
  return { value, first, second };
}
