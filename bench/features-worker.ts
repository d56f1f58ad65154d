/** One measurement of features.ts, in a process of its own: `core`, `all`, or `sql`, the core features by hand. */
import { openDuckDb } from '../src/features/duckdb.js';
import { literal, type Result } from '../src/features/engine.js';
import { detailFor } from '../src/features/feature-options.js';
import { featureTable } from '../src/features/make-features.js';
import { readTransactions } from '../src/features/read-transactions.js';
import { writeFeatures } from '../src/features/write-features.js';

const [what, log, output] = process.argv.slice(2) as ['core' | 'all' | 'sql', string, string];
const THRESHOLD = '2024-06-30';
const PREDICT_END = '2024-12-30';

const started = performance.now();
await (what === 'sql' ? byHand() : byUs(what));
const seconds = (performance.now() - started) / 1000;
const { maxRSS } = process.resourceUsage();
const sums = await sumsOf(output);
const [customers, ...others] = [0, 1, 2, 3, 4].map((column) => sums.numbers(column)[0]!);
console.log(JSON.stringify({ seconds, gigabytes: (maxRSS * 1024) / 1e9, customers, sums: others }));

async function byUs(features: 'core' | 'all'): Promise<void> {
  const read = await readTransactions(log, { detail: detailFor(features) });
  const table = await featureTable(read, { features, thresholdDate: THRESHOLD, predictEnd: PREDICT_END });
  await writeFeatures(read, table, output);
  await read.close();
}

/** Frequency, recency, age, monetary, and what else `core` has, with the targets, as one would write it for this log alone. */
async function byHand(): Promise<void> {
  const engine = await openDuckDb();
  const reader = log.endsWith('.parquet') ? 'read_parquet' : 'read_csv';
  await engine.run(`CREATE TABLE days AS SELECT customer_id, CAST(order_date AS DATE) AS day, sum(quantity * unit_price) AS value
    FROM ${reader}(${literal(log)}) WHERE quantity > 0 AND unit_price > 0 GROUP BY ALL`);
  await engine.run(`CREATE TABLE features AS
    WITH known AS (
      SELECT customer_id, count(*) - 1 AS frequency, max(day) - min(day) AS recency, DATE '${THRESHOLD}' - min(day) AS age,
        CASE WHEN count(*) = 1 THEN 0 ELSE (sum(value) - arg_min(value, day)) / (count(*) - 1) END AS monetary,
        count(*) AS transactions, sum(value) AS spent, DATE '${THRESHOLD}' - max(day) AS days_since_last
      FROM days WHERE day <= DATE '${THRESHOLD}' GROUP BY customer_id),
    later AS (
      SELECT customer_id, count(*) AS target_purchases, sum(value) AS target_value FROM days
      WHERE day > DATE '${THRESHOLD}' AND day <= DATE '${PREDICT_END}' GROUP BY customer_id)
    SELECT known.*, coalesce(target_purchases, 0) AS target_purchases, coalesce(target_value, 0) AS target_value
    FROM known LEFT JOIN later USING (customer_id) ORDER BY customer_id`);
  await engine.run(`COPY features TO ${literal(output)} (FORMAT parquet)`);
  await engine.close();
}

/** What was written, to be compared. */
async function sumsOf(file: string): Promise<Result> {
  const engine = await openDuckDb();
  const sums = 'count(*), sum(frequency), sum(recency), sum(age), sum(monetary)';
  const result = await engine.query(`SELECT ${sums} FROM read_parquet(${literal(file)})`);
  await engine.close();
  return result;
}
