/** From a cleaned log to one row a customer, split into calibration and holdout. */
import { parseIsoDay } from '../calendar.js';
import { type CustomerTable, customerTable, resolveSplit, type SplitOptions } from './customer-table.js';
import { onDuckDb } from './engine.js';
import { idOf } from './lines.js';
import type { TransactionLog } from './read-transactions.js';
import { grossDays, targets } from './stages.js';

/**
 * Recency, frequency, age and monetary value at `thresholdDate`, and what each customer did in (thresholdDate, predictEnd].
 *
 * Which customers are in the table and all their columns depend on calibration days only.
 *
 * @throws ClvError bad_date, bad_option, threshold_outside_data, bad_window, no_customers
 */
export async function summarise(log: TransactionLog, options: SplitOptions = {}): Promise<CustomerTable> {
  onDuckDb(log.engine, 'summaries');
  const firstDay = parseIsoDay(log.report.firstDay)!;
  const split = resolveSplit(options, firstDay, parseIsoDay(log.report.lastDay)!);
  const { threshold, end } = split;
  const { netted, tables } = log;
  const known = grossDays({ thresholds: [threshold], netted, tables });
  const { id, join } = idOf(tables, 'calibration.customer');
  const result = await log.engine.query(`
    WITH known_days AS (${known}),
    calibration_days AS (
      SELECT customer, day, value, min(day) OVER (PARTITION BY customer) AS joined,
        day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap
      FROM known_days),
    calibration AS (
      SELECT customer, min(day) AS first_day, max(day) AS last_day, count(*) AS transactions,
        coalesce(sum(value) FILTER (WHERE day > joined), 0)::DOUBLE AS repeat_value, sum(value)::DOUBLE AS spent,
        coalesce(sum(ln(gap)::DECIMAL(38, 15)), 0)::DOUBLE AS log_gaps
      FROM calibration_days GROUP BY customer),
    holdout AS (${targets([{ threshold, end: end ?? threshold }], log)})
    SELECT ${id}, first_day, last_day, transactions, repeat_value, spent,
      coalesce(target_purchases, 0), coalesce(target_value, 0), log_gaps
    FROM calibration ${join} LEFT JOIN holdout USING (customer) ORDER BY ${id}`);
  const later = await log.engine.query(`SELECT count(*) FROM (
    SELECT customer FROM ${tables.days} GROUP BY customer HAVING min(day) > ${threshold})`);
  return customerTable(
    {
      customerId: result.texts(0),
      firstDay: result.numbers(1),
      lastDay: result.numbers(2),
      transactions: result.numbers(3),
      repeatValue: result.numbers(4),
      spent: result.numbers(5),
      holdoutTransactions: result.numbers(6),
      holdoutValue: result.numbers(7),
      logGaps: result.numbers(8),
      laterCustomers: later.numbers(0)[0]!,
    },
    split,
    firstDay,
  );
}
