/** A small shop for tests of trainings with networks: its log, and settings that train in a moment. */
import type { TrainOptions } from '../../src/jobs/train.js';
import { drawExponential, randomStream } from '../../src/kernels/random.js';

/** Customer, day, value, and where a log has them quantity and product. */
export type Line = readonly [customer: string, date: string, value: number, product?: string];

export const day = (days: number): string =>
  new Date(Date.UTC(2011, 0, 1) + days * 86_400_000).toISOString().slice(0, 10);

/** Customers who buy at rates of their own from some day on, and leave. Over 300 days. */
export function shop(customers = 60, seed = 1): Line[] {
  const stream = randomStream(seed);
  const lines: Line[] = [];
  for (let c = 0; c < customers; c++) {
    const rate = 0.01 + 0.09 * stream.uniform() ** 2;
    const end = Math.min(300, 60 + drawExponential(stream, 1 / 300));
    const spend = 5 + 40 * stream.uniform();
    for (let at = 100 * stream.uniform(); at < end; at += 1 + drawExponential(stream, rate)) {
      const value = Math.round(100 * spend * (0.5 + stream.uniform())) / 100;
      lines.push([`c${c}`, day(Math.floor(at)), value, `p${Math.floor(9 * stream.uniform())}`]);
    }
  }
  return lines;
}

/** As columns, as `readTransactions` takes them. */
export const asColumns = (lines: readonly Line[], withProducts = false) => ({
  customer: lines.map(([customer]) => customer),
  date: lines.map(([, date]) => date),
  value: lines.map(([, , value]) => value),
  ...(withProducts && { product: lines.map(([, , , product]) => product ?? 'p') }),
});

export const asCsv = (lines: readonly Line[]): string =>
  `customer_id,date,value\n${lines.map(([customer, date, value]) => `${customer},${date},${value}\n`).join('')}`;

export const THRESHOLD = day(200);
export const END = day(260);

/** Two small networks a target, three passes over the data, on the back end that is always there. */
export const QUICK = {
  backend: 'wasm',
  network: { members: 2, epochs: 3, hiddenUnits: [4], batchSize: 128 },
} as const satisfies TrainOptions;
