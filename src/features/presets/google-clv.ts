/**
 * The selection, features, target and split of Google's reference solution, for comparison:
 * github.com/GoogleCloudPlatform/tensorflow-lifetime-value, preparation/sql (clean, features_n_target, split_*).
 *
 * It sees the raw lines, cancellations included. Its sums of a customer-day are rounded to cents; here they are whole cents
 * from then on, so that every later rounding is exact.
 */
import { isoDay, parseIsoDay } from '../../calendar.js';
import { ClvError } from '../../errors.js';
import { resolveSplit } from '../customer-table.js';
import { countRows, onDuckDb, type SqlEngine } from '../engine.js';
import { type FeatureColumn, type FeatureTable, nextName, tableOf } from '../feature-table.js';
import type { TransactionLog } from '../read-transactions.js';

/** Who spent more by the threshold is left out. */
const MOST_SPENT = 15_000;
/** Who bought last longer before predict_end is left out. */
const RECENT_DAYS = 90;
const MOST_TRANSACTIONS = 600;
const MOST_MONETARY = 100_000;

/** Why its figures look better than they are, in one line. */
export const GOOGLE_CLV_CAUTION = `google_clv: the target contains what the features already know, and only customers who bought within ${RECENT_DAYS} days of predict_end count, so its metrics flatter.`;

const COLUMNS: readonly FeatureColumn[] = [
  { name: 'customer_id', unit: 'id', type: 'text', meaning: 'who' },
  { name: 'threshold_date', unit: 'day', type: 'day', meaning: 'last day that the features know' },
  {
    name: 'split',
    unit: 'text',
    type: 'text',
    meaning: 'train, eval or test: BigQuery’s FARM_FINGERPRINT of the id, 70/15/15',
  },
  { name: 'monetary_dnn', unit: 'money', type: 'number', meaning: 'net value to the threshold' },
  {
    name: 'monetary_btyd',
    unit: 'money',
    type: 'number',
    meaning: 'net value after the first day ÷ days after the first',
  },
  { name: 'frequency_dnn', unit: 'days', type: 'integer', meaning: 'days with orders or returns' },
  { name: 'frequency_btyd', unit: 'days', type: 'integer', meaning: 'frequency_dnn − 1' },
  { name: 'recency', unit: 'days', type: 'integer', meaning: 'from the first day to the last' },
  { name: 't', unit: 'days', type: 'integer', meaning: 'from the first day to the threshold (T in the reference)' },
  { name: 'time_between', unit: 'days', type: 'number', meaning: 'recency ÷ frequency_dnn' },
  { name: 'avg_basket_value', unit: 'money', type: 'number', meaning: 'net value of a day, on average' },
  { name: 'avg_basket_size', unit: 'pieces', type: 'number', meaning: 'pieces of a day, on average' },
  { name: 'cnt_returns', unit: 'days', type: 'integer', meaning: 'days with a net value below 1' },
  { name: 'has_returned', unit: '0 or 1', type: 'integer', meaning: 'whether there is such a day' },
  {
    name: 'frequency_btyd_clipped',
    unit: 'days',
    type: 'integer',
    meaning: `frequency_btyd, at most ${MOST_TRANSACTIONS}`,
  },
  { name: 'monetary_btyd_clipped', unit: 'money', type: 'number', meaning: `monetary_btyd, at most ${MOST_MONETARY}` },
  {
    name: 'target_monetary_clipped',
    unit: 'money',
    type: 'number',
    meaning: `target_monetary, at most ${MOST_MONETARY}`,
  },
  {
    name: 'target_monetary',
    unit: 'money',
    type: 'number',
    meaning: 'net value of the whole log, what the features know included',
  },
];

/** a ÷ b of whole numbers, b > 0, to the nearest whole number, halves away from zero. */
const rounded = (a: string, b: string): string => `sign(${a}) * ((2 * abs(${a}) + ${b}) // (2 * ${b}))`;
/** From a whole number of hundredths. */
const hundredths = (a: string): string => `CAST(${a} AS DOUBLE) / 100`;

/**
 * @throws ClvError missing_column, bad_option, bad_date, bad_window, threshold_outside_data, no_customers
 */
export async function googleClv(
  log: TransactionLog,
  dates: { readonly thresholdDate?: string | undefined; readonly predictEnd?: string | undefined },
): Promise<FeatureTable> {
  const { engine, report } = log;
  onDuckDb(engine, 'presets');
  const { threshold, end } = resolveSplit(dates, parseIsoDay(report.firstDay)!, parseIsoDay(report.lastDay)!);
  if (end === null) {
    throw new ClvError('bad_option', 'google_clv needs predict_end', {
      expected: 'the day up to which customers have to have bought',
      hint: `--predict_end ${report.lastDay}`,
    });
  }
  if (log.keeps !== 'lines') {
    throw new ClvError('bad_option', 'google_clv needs every line, and the log was read with detail: days', {
      file: report.file,
      hint: "readTransactions(file, { detail: 'lines' })",
    });
  }
  if (!log.has('quantity')) {
    throw new ClvError('missing_column', 'google_clv needs to know how many pieces were bought', {
      file: report.file,
      expected: 'a column for the quantity',
      hint: '--quantity_column NAME',
    });
  }
  const name = nextName();
  const days = `${name}_days`;
  const split = `${name}_split`;
  await engine.run(`CREATE TABLE ${days} AS
    WITH sums AS (
      SELECT customer, day, sum(value) AS value, CAST(round(sum(value), 2) * 100 AS HUGEINT) AS cents,
        CAST(coalesce(sum(CAST(quantity AS DECIMAL(38, 6))), 0) * 1000000 AS HUGEINT) AS millionths
      FROM lines WHERE customer <> '' AND day IS NOT NULL AND value IS NOT NULL GROUP BY customer, day),
    chosen AS (
      SELECT customer FROM sums GROUP BY customer
      HAVING count(*) FILTER (WHERE value > 0 AND day < ${threshold}) > 1 AND ${end} - max(day) <= ${RECENT_DAYS})
    SELECT *, min(day) OVER (PARTITION BY customer) AS first_day FROM sums SEMI JOIN chosen USING (customer)
    WHERE millionths > 0 AND cents > 0 OR millionths < 0 AND cents < 0`);
  await engine.upload(split, await splits(engine, days));
  const meanCents = 'CASE WHEN n = 1 THEN 0 ELSE later_cents / CAST(n - 1 AS DOUBLE) / 100 END';
  const meanRounded = hundredths(`CASE WHEN n = 1 THEN 0 ELSE ${rounded('later_cents', '(n - 1)')} END`);
  await engine.run(`CREATE OR REPLACE TABLE ${name} AS
    WITH known AS (
      SELECT customer, count(*) AS n, sum(cents) AS cents, sum(millionths) AS millionths,
        coalesce(sum(cents) FILTER (WHERE day > first_day), 0) AS later_cents,
        max(day) - min(day) AS recency, ${threshold} - min(day) AS age, count(*) FILTER (WHERE cents < 100) AS returns
      FROM ${days} WHERE day <= ${threshold} GROUP BY customer),
    target AS (SELECT customer, sum(cents) AS target FROM ${days} GROUP BY customer)
    SELECT customer AS customer_id, CAST(DATE '1970-01-01' + ${threshold} AS DATE) AS threshold_date, side AS split,
      ${hundredths('cents')} AS monetary_dnn, ${meanCents} AS monetary_btyd,
      CAST(n AS INTEGER) AS frequency_dnn, CAST(n - 1 AS INTEGER) AS frequency_btyd,
      CAST(recency AS INTEGER) AS recency, CAST(age AS INTEGER) AS t,
      ${hundredths(rounded('100 * recency', 'n'))} AS time_between,
      ${hundredths(rounded('cents', 'n'))} AS avg_basket_value,
      ${hundredths(rounded('millionths', '(10000 * n)'))} AS avg_basket_size,
      CAST(returns AS INTEGER) AS cnt_returns, CAST(returns > 0 AS INTEGER) AS has_returned,
      CAST(least(n - 1, ${MOST_TRANSACTIONS}) AS INTEGER) AS frequency_btyd_clipped,
      least(${meanRounded}, ${MOST_MONETARY}) AS monetary_btyd_clipped,
      least(${hundredths('target')}, ${MOST_MONETARY}) AS target_monetary_clipped,
      ${hundredths('target')} AS target_monetary
    FROM known JOIN target USING (customer) JOIN ${split} USING (customer)
    WHERE cents > 0 AND cents <= ${100 * MOST_SPENT} AND later_cents > 0 AND n > 1 ORDER BY customer`);
  for (const table of [days, split]) await engine.run(`DROP TABLE ${table}`);
  const rows = await countRows(engine, name);
  return tableOf(engine, { name, rows }, COLUMNS, {
    preset: 'google_clv',
    windows: [{ thresholdDate: isoDay(threshold), predictEnd: isoDay(end) }],
    leftOut: [],
    split: { train: 0.7, eval: 0.15, test: 0.15 },
    cohort: null,
    outliers: null,
    notes: [GOOGLE_CLV_CAUTION],
  });
}

/** The side of each customer, by the hash that BigQuery has. */
async function splits(engine: SqlEngine, days: string): Promise<{ customer: string[]; side: string[] }> {
  const { bigqueryFingerprint } = await import('farmhash-modern');
  const customer = (await engine.query(`SELECT DISTINCT customer FROM ${days}`)).texts(0);
  const side = customer.map((id) => {
    const hash = bigqueryFingerprint(id);
    const place = (hash < 0n ? -hash : hash) % 100_000n;
    return place <= 70_000n ? 'train' : place < 85_000n ? 'eval' : 'test';
  });
  return { customer, side };
}
