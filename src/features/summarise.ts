/** From a cleaned log to one row a customer, split into calibration and holdout. */
import { parseIsoDay } from '../calendar.js';
import { type CustomerTable, customerTable, resolveSplit, type SplitOptions } from './customer-table.js';
import type { TransactionLog } from './read-transactions.js';

/**
 * Recency, frequency, age and monetary value at `thresholdDate`, and what each customer did in (thresholdDate, predictEnd].
 *
 * Which customers are in the table and all their columns depend on calibration days only.
 *
 * @throws ClvError bad_date, bad_option, threshold_outside_data, bad_window, no_customers
 */
export async function summarise(log: TransactionLog, options: SplitOptions = {}): Promise<CustomerTable> {
  const firstDay = parseIsoDay(log.report.firstDay)!;
  const split = resolveSplit(options, firstDay, parseIsoDay(log.report.lastDay)!);
  const { threshold, end } = split;
  const result = await log.engine.query(`
    WITH calibration_days AS (
      SELECT customer, day, value, min(day) OVER (PARTITION BY customer) AS joined,
        day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap
      FROM customer_days WHERE day <= ${threshold}),
    calibration AS (
      SELECT customer, min(day) AS first_day, max(day) AS last_day, count(*) AS transactions,
        coalesce(sum(value) FILTER (WHERE day > joined), 0)::DOUBLE AS repeat_value, sum(value)::DOUBLE AS spent,
        coalesce(sum(ln(gap)::DECIMAL(38, 15)), 0)::DOUBLE AS log_gaps
      FROM calibration_days GROUP BY customer),
    holdout AS (
      SELECT customer, count(*) AS transactions, sum(value)::DOUBLE AS value
      FROM customer_days WHERE day > ${threshold} AND day <= ${end ?? threshold} GROUP BY customer)
    SELECT customer, first_day, last_day, calibration.transactions, repeat_value, spent,
      coalesce(holdout.transactions, 0), coalesce(holdout.value, 0), log_gaps
    FROM calibration LEFT JOIN holdout USING (customer) ORDER BY customer`);
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
      laterCustomers: log.report.customers - result.rows,
    },
    split,
    firstDay,
  );
}
