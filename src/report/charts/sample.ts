/** Some customers that stand for all of them. */
import { type Customers, takeRows } from '../../customers.js';
import { largestFirst } from './groups.js';

export interface Sample {
  readonly customers: Customers;
  /** How many each of them stands for. */
  readonly each: number;
}

/** All, or every so manieth in the order of `by`, one a customer: whatever follows `by` is well met. */
export function sampleOf(customers: Customers, by: Float64Array, most: number): Sample {
  const { n } = customers;
  if (n <= most) return { customers, each: 1 };
  const order = largestFirst(by);
  const each = n / most;
  const rows = Int32Array.from({ length: most }, (_, k) => order[Math.floor((k + 0.5) * each)]!);
  return { customers: takeRows(customers, rows), each };
}
