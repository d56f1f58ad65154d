/** Customers in order and in groups, as charts count them. */

/** The value below which this share of `values` lies. */
export function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0;
}

export const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** Rows from the largest value to the smallest, ties in the order of the rows. */
export function largestFirst(values: Float64Array): Int32Array {
  return Int32Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
}

/** How often each value occurs, weighted, in ascending order of the values. */
export function tally(values: Float64Array, weight: Float64Array): Array<readonly [value: number, count: number]> {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + weight[i]!);
  return [...counts].sort(([a], [b]) => a - b);
}

/** The same with at most `most` values: neighbours are joined at their mean. */
export function coarseTally(
  values: Float64Array,
  weight: Float64Array,
  most: number,
): Array<readonly [number, number]> {
  const exact = tally(values, weight);
  if (exact.length <= most) return exact;
  const size = Math.ceil(exact.length / most);
  return Array.from({ length: Math.ceil(exact.length / size) }, (_, k) => {
    const some = exact.slice(k * size, (k + 1) * size);
    const count = some.reduce((sum, [, each]) => sum + each, 0);
    return [some.reduce((sum, [value, each]) => sum + value * each, 0) / count, count] as const;
  });
}

/** A group of customers, and what it is called. */
export interface Group {
  readonly label: string;
  readonly rows: readonly number[];
}

/** Whole numbers from 0, those from `most` on together. */
export function byCount(values: Float64Array, most: number): Group[] {
  const rows: number[][] = Array.from({ length: most + 1 }, () => []);
  values.forEach((value, i) => {
    rows[Math.min(value, most)]!.push(i);
  });
  return rows.flatMap((some, k) => (some.length ? [{ label: k === most ? `${k}+` : String(k), rows: some }] : []));
}

/** About equally many customers a group, equal values never apart. */
export function byQuantile(values: Float64Array, groups: number): Group[] {
  const order = largestFirst(values).reverse();
  const found: Group[] = [];
  for (let start = 0; start < order.length; ) {
    const size = (order.length - start) / Math.max(1, groups - found.length);
    let end = Math.min(order.length, start + Math.max(1, Math.round(size)));
    while (end < order.length && values[order[end]!] === values[order[end - 1]!]) end++;
    const rows = Array.from(order.subarray(start, end));
    const [low, high] = [values[rows[0]!]!, values[rows.at(-1)!]!].map((value) => String(Number(value.toPrecision(3))));
    found.push({ label: low === high ? low! : `${low}–${high}`, rows });
    start = end;
  }
  return found;
}

export const meanOver = (values: Float64Array, rows: readonly number[]): number =>
  rows.reduce((sum, i) => sum + values[i]!, 0) / rows.length;
