/**
 * `tsx bench/memory.ts`: 10 million customers in memory, a fit and all predictions; prints the largest resident memory
 * of the process and how much of it was there before the first step.
 */
import { simulated } from './samples.js';

type Btyd = typeof import('../src/btyd/index.js');

const TIMES = 10;
const btyd = (await import(new URL('../dist/btyd/index.js', import.meta.url).href)) as Btyd;
const { columns, horizon } = simulated(1_000_000).bgNbd;
const repeated = (column: Float64Array) => {
  const out = new Float64Array(TIMES * column.length);
  for (let i = 0; i < TIMES; i++) out.set(column, i * column.length);
  return out;
};
const customers = btyd.customers({
  frequency: repeated(columns.frequency),
  recency: repeated(columns.recency),
  age: repeated(columns.age),
  monetary: repeated(columns.monetary),
});
const report = (step: string) => {
  const gigabytes = (kilobytes: number) => (kilobytes / 1e6).toFixed(2);
  const { rss } = process.memoryUsage();
  console.log(`${step}: ${gigabytes(process.resourceUsage().maxRSS)} GB at most, ${gigabytes(rss / 1000)} GB now`);
};
const timed = <T>(step: string, work: () => T): T => {
  const started = performance.now();
  const result = work();
  report(`${step}, ${((performance.now() - started) / 1000).toFixed(2)} s`);
  return result;
};

report(`${customers.n.toLocaleString('en')} customers as columns`);
const purchases = timed('fit BG/NBD', () => btyd.fit(btyd.bgNbd, customers));
const spend = timed('fit Gamma-Gamma', () => btyd.fit(btyd.gammaGamma, customers));
timed('P(alive)', () => btyd.pAlive(purchases, customers));
timed('expected purchases', () => btyd.expectedPurchases(purchases, customers, horizon));
timed('expected spend', () => btyd.expectedSpend(spend, customers));
timed('discounted value', () => btyd.clv({ purchases, spend }, customers, { horizon, discountRate: 0.1 }));
