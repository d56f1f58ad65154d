/**
 * From a large plain CSV file to the tables of lines.ts, customers by number: a third of the time that the engine needs to
 * read its text. Everything that is not plain is left to direct.ts, which reads the same file to the same result.
 */
import type { Cleaning } from './cleaning.js';
import type { DirectlyRead, DirectPlan } from './direct.js';
import type { SqlEngine } from './engine.js';
import type { Layout } from './layout.js';
import { codeSql, dailyOf, IS_PLAIN_DAY, keptDays, MOST_SUMMED, type Named, stays } from './line-codes.js';
import { dailyViews, inAnyOrder, type LogTables, NUMBERED, viewCustomerLines } from './lines.js';
import type { LogPart } from './load-raw.js';
import { PlainLog } from './plain-log.js';

const STREAM = 'plain_log';
const BY_NUMBER: Named = { no: 'id IS NULL', yes: 'id IS NOT NULL' };

/**
 * @returns undefined where the log cannot be read so
 * @throws errors of the engine
 */
export async function readPlain(
  engine: SqlEngine,
  [part]: readonly LogPart[],
  { plainDates: dates, decimals, withLines, withQuantity }: DirectPlan,
  layout: Layout,
  cleaning: Cleaning,
  onProgress: (done: number) => void,
): Promise<DirectlyRead | undefined> {
  if (engine.stream === undefined || dates === undefined || decimals === undefined) return undefined;
  const log = PlainLog.of(part!.source, { roles: layout.roles, dates, decimals, withLines }, onProgress);
  if (log === undefined) return undefined;
  engine.stream(STREAM, log);
  try {
    const naming = log.ended.then(() => nameCodes(engine, log));
    naming.catch(() => {}); // told below, if reading itself ends well
    const coded = codedLines(layout, cleaning);
    if (withLines) await keepLines(engine, log, coded);
    await engine.run(
      `CREATE OR REPLACE TABLE daily_codes AS ${daysOf(log, withLines ? 'lean_lines' : `(${coded})`, withQuantity)}`,
    );
    const { latest } = cleaning;
    const found = await engine.query(
      `SELECT (SELECT count(*) FROM daily_codes WHERE value > ${MOST_SUMMED} OR NOT (${IS_PLAIN_DAY})), count(*) FILTER (WHERE bought)
       FROM (SELECT bool_or(code = 0 AND day <= ${latest}) AS bought FROM daily_codes WHERE id IS NOT NULL GROUP BY id) ids`,
    );
    const tables = await naming;
    if (tables === undefined || found.numbers(0)[0]! > 0) {
      for (const table of ['daily_codes', 'lean_lines']) await engine.run(`DROP TABLE IF EXISTS ${table}`);
      return undefined;
    }
    await viewNumbered(engine, log, latest);
    return { customers: found.numbers(1)[0]!, tables, hasTimes: log.hasTimes };
  } catch (error) {
    if (log.failed) return undefined;
    throw error;
  } finally {
    log.close();
  }
}

/** SELECT of lines with a code for what was found in their amounts. */
function codedLines(layout: Layout, cleaning: Cleaning): string {
  const { roles } = layout;
  const amounts = (['quantity', 'price'] as const).filter((role) => roles[role] !== undefined);
  const plain = [...amounts, 'worth'].map((amount) => `${amount} > 0`).join(' AND ');
  return `SELECT *, ${codeSql(layout, cleaning, plain)} AS code FROM (SELECT *, worth AS value FROM ${STREAM}()) lines`;
}

/** What features group by or look at, and stands in where a log has none. */
const OF_LINES = {
  minute: 'NULL::INTEGER',
  order_id: 'NULL::UBIGINT',
  product: 'NULL::INTEGER',
  category: 'NULL::INTEGER',
  country: 'NULL::INTEGER',
};

const has = ({ columns }: PlainLog, name: string): boolean => columns.some((column) => column.name === name);

/** Makes `lean_lines`: no more of a line than what days and features need. */
async function keepLines(engine: SqlEngine, log: PlainLog, coded: string): Promise<void> {
  const kept = ['pieces', ...Object.keys(OF_LINES)].filter((name) => has(log, name));
  await inAnyOrder(
    engine,
    `CREATE OR REPLACE TABLE lean_lines AS
    SELECT ${['id', 'day', 'code', 'worth', ...kept].join(', ')} FROM (${coded}) coded`,
  );
}

/** SELECT of lines by customer, day and code. Sums are exact: those of whole numbers. */
function daysOf(log: PlainLog, lines: string, withQuantity: boolean): string {
  const { value, quantity } = log.view.decimals;
  const count = has(log, 'line_count') ? 'sum(line_count)' : 'count(*)';
  const pieces = withQuantity && has(log, 'pieces') ? 'sum(pieces)' : 'NULL';
  return `SELECT id, day, code, CAST(lines AS BIGINT) AS lines, CAST(value AS DECIMAL(18, ${value})) AS value,
      CAST(quantity AS DECIMAL(18, ${quantity})) AS quantity
    FROM (SELECT id, day, code, ${count} AS lines, sum(worth) AS value, ${pieces} AS quantity
      FROM ${lines} GROUP BY id, day, code) sums`;
}

/** Ids as they should be, which others are made by cleaning them; two could become one then. */
const PLAIN_ID = /^[!-~](?:[\0-\x7f]*[!-~])?(?<!\.0)$/;

/** Makes the tables of names while the engine sums up; undefined where an id is not plain. */
async function nameCodes(engine: SqlEngine, log: PlainLog): Promise<LogTables | undefined> {
  const ids = log.texts('customer')!;
  if (!ids.every((id) => PLAIN_ID.test(id))) return undefined;
  const countries = log.texts('country');
  await uploadNames(engine, NUMBERED.names!, ids);
  if (countries !== undefined) await uploadNames(engine, NUMBERED.countries!, countries);
  return NUMBERED;
}

async function uploadNames(engine: SqlEngine, table: string, names: readonly string[]): Promise<void> {
  await engine.upload(table, { code: Int32Array.from(names.keys()), name: names });
}

/** Makes the views of a log of which customers are numbers, and those of its days by id. */
async function viewNumbered(engine: SqlEngine, log: PlainLog, latest: number): Promise<void> {
  const { daily, days, returns, lines, names } = NUMBERED;
  const view = (name: string, select: string) => engine.run(`CREATE OR REPLACE VIEW ${name} AS ${select}`);
  await view(daily, dailyOf('SELECT *, false AS normalised_id FROM daily_codes', latest, BY_NUMBER));
  await view(days, keptDays(latest, BY_NUMBER));
  await view(returns, `SELECT customer, day, lines, value FROM ${daily} WHERE returned`);
  const byId = (numbered: string) => `SELECT numbered.* REPLACE (coalesce(names.name, '') AS customer)
    FROM ${numbered} numbered LEFT JOIN ${names} names ON names.code = numbered.customer`;
  await view('daily', byId(daily));
  await dailyViews(engine, byId(days));
  if (!log.view.withLines) return;
  const absent = Object.entries(OF_LINES).flatMap(([name, none]) => (has(log, name) ? [] : [`, ${none} AS ${name}`]));
  await viewCustomerLines(
    engine,
    `SELECT *, worth AS value, NULL::INTEGER AS void_day${absent.join('')} FROM lean_lines WHERE ${stays(latest, BY_NUMBER)}`,
    lines,
  );
}
