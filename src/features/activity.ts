/** What happened on which day: for pictures of a log over time. */
import { isoDay, parseIsoDay } from '../calendar.js';
import type { CustomerTable } from './customer-table.js';
import { onDuckDb, type SqlEngine } from './engine.js';
import { BY_ID } from './lines.js';
import type { TransactionLog } from './read-transactions.js';
import { grossDays } from './stages.js';

/** Repeat purchases of a table's customers, those of day `firstDay` + d at d. */
export interface DailyRepeats {
  readonly firstDay: string;
  readonly repeats: Float64Array;
}

/** Customer-days as `summarise` counts them: to the threshold as known at it, those of the holdout as known at its end. */
function countedDays(log: TransactionLog, { thresholdDate, predictEnd }: CustomerTable): string {
  onDuckDb(log.engine, 'pictures over time');
  const { netted } = log;
  const threshold = parseIsoDay(thresholdDate)!;
  const known = `SELECT customer, day FROM (${grossDays({ thresholds: [threshold], netted, tables: BY_ID })}) known`;
  if (predictEnd === null) return known;
  const end = parseIsoDay(predictEnd)!;
  return `${known} UNION ALL SELECT customer, day
    FROM (${grossDays({ thresholds: [end], netted, tables: BY_ID })}) held WHERE day > ${threshold}`;
}

/** Repeat purchases by day, to the end of the holdout, of customers who first bought by the threshold. */
export async function dailyRepeats(log: TransactionLog, table: CustomerTable): Promise<DailyRepeats> {
  const threshold = parseIsoDay(table.thresholdDate)!;
  const counts = await log.engine.query(`
    WITH days AS (${countedDays(log, table)}),
    joined AS (SELECT customer, min(day) AS first_day FROM days GROUP BY customer HAVING min(day) <= ${threshold})
    SELECT day, count(*) FILTER (WHERE day > first_day) FROM days JOIN joined USING (customer) GROUP BY day ORDER BY day`);
  const [days, repeats] = [counts.numbers(0), counts.numbers(1)];
  const first = days[0] ?? threshold;
  const last = Math.max(parseIsoDay(table.predictEnd ?? table.thresholdDate)!, days.at(-1) ?? threshold);
  const all = new Float64Array(last - first + 1);
  days.forEach((day, i) => {
    all[day - first] = repeats[i]!;
  });
  return { firstDay: isoDay(first), repeats: all };
}

/** Days of purchase of some customers, ascending, in the order asked for. */
export async function purchaseDays(
  log: TransactionLog,
  table: CustomerTable,
  customerIds: readonly string[],
): Promise<string[][]> {
  const { engine } = log;
  const asked = 'asked_customers';
  await engine.upload(asked, { customer: customerIds, place: Int32Array.from(customerIds.keys()) });
  try {
    return await daysOfAsked(engine, asked, countedDays(log, table), customerIds.length);
  } finally {
    await engine.run(`DROP TABLE ${asked}`);
  }
}

async function daysOfAsked(engine: SqlEngine, asked: string, days: string, customers: number): Promise<string[][]> {
  const found = await engine.query(
    `SELECT place, day FROM (${days}) days JOIN ${asked} USING (customer) ORDER BY place, day`,
  );
  const [places, each] = [found.numbers(0), found.numbers(1)];
  const byCustomer: string[][] = Array.from({ length: customers }, () => []);
  places.forEach((place, i) => {
    byCustomer[place]!.push(isoDay(each[i]!));
  });
  return byCustomer;
}
