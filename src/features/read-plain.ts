/**
 * From a large plain CSV file to the tables of lines.ts, customers by number, in half the time that the engine needs by itself.
 * Everything that is not plain is left to direct.ts, which reads the same file to the same result.
 */
import type { Cleaning } from './cleaning.js';
import type { DirectlyRead, DirectPlan } from './direct.js';
import { countRows, type SqlEngine } from './engine.js';
import type { Layout } from './layout.js';
import { codeSql, dailyOf, IS_PLAIN_DAY, keptDays, MOST_SUMMED, type Named, stays } from './line-codes.js';
import { dailyViews, inAnyOrder, type LogTables, NUMBERED } from './lines.js';
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
  if (engine.runOver === undefined || dates === undefined || decimals === undefined) return undefined;
  const log = await PlainLog.of(part!.source, { roles: layout.roles, dates, decimals, withLines }, onProgress);
  if (log === undefined) return undefined;
  const runOver = (sql: string) => engine.runOver!(STREAM, log, sql);
  try {
    const naming = log.texts.then((texts) => nameCodes(engine, texts));
    naming.catch(() => {}); // told below, if reading itself ends well
    const coded = codedVisits(layout, cleaning);
    const days = (visits: string) => `CREATE OR REPLACE TABLE daily_codes AS ${daysOf(log, visits, withQuantity)}`;
    if (!withLines) await runOver(days(`(${coded})`));
    else {
      await inAnyOrder(engine, () => runOver(`CREATE OR REPLACE TABLE visits AS ${leanVisits(log, coded)}`));
      await engine.run(days('visits'));
    }
    const { latest } = cleaning;
    const found = await engine.query(
      `SELECT count(*) FILTER (WHERE value > ${MOST_SUMMED} OR NOT (${IS_PLAIN_DAY})),
         count(*) FILTER (WHERE NOT coalesce(${stays(latest, BY_NUMBER)}, false)) FROM daily_codes`,
    );
    const [odd, leftOut] = [0, 1].map((column) => found.numbers(column)[0]!);
    const tables = await naming;
    if (tables === undefined || odd! > 0) {
      for (const table of ['daily_codes', 'visits']) await engine.run(`DROP TABLE IF EXISTS ${table}`);
      return undefined;
    }
    await viewNumbered(engine, log, latest);
    // where all lines stay, everybody with a name has bought something
    const buyers = `(SELECT DISTINCT id FROM daily_codes WHERE ${stays(latest, BY_NUMBER)}) buyers`;
    const customers = leftOut === 0 ? (await log.texts).customer!.length : await countRows(engine, buyers);
    return { customers, tables, hasTimes: log.hasTimes };
  } catch (error) {
    if (log.failed) return undefined;
    throw error;
  } finally {
    await log.close();
  }
}

/** SELECT of visits with a code for what was found in their amounts. */
function codedVisits(layout: Layout, cleaning: Cleaning): string {
  const { roles } = layout;
  const amounts = (['quantity', 'price'] as const).filter((role) => roles[role] !== undefined);
  const plain = [...amounts, 'worth'].map((amount) => `${amount} > 0`).join(' AND ');
  return `SELECT *, ${codeSql(layout, cleaning, plain)} AS code FROM (SELECT *, worth AS value FROM ${STREAM}()) visits`;
}

/** What features look at, and what stands in where a log has none. */
const OF_VISITS = { minute: 'NULL::INTEGER', order_id: 'NULL::UBIGINT', country: 'NULL::INTEGER' };
const OF_BASKETS = { product: 'NULL::INTEGER[]', category: 'NULL::INTEGER[]' };

/** SELECT of no more of a visit than days and features need. */
function leanVisits(log: PlainLog, visits: string): string {
  const others = ['pieces', ...Object.keys({ ...OF_VISITS, ...OF_BASKETS })].filter((name) => log.has(name));
  return `SELECT ${['id', 'day', 'code', 'worth', 'largest', 'line_count', ...others].join(', ')} FROM (${visits}) visits`;
}

/** SELECT of visits by customer, day and code. Sums are exact: those of whole numbers. */
function daysOf(log: PlainLog, visits: string, withQuantity: boolean): string {
  const { value, quantity } = log.view.decimals;
  const pieces = withQuantity && log.has('pieces') ? 'sum(pieces)' : 'NULL';
  return `SELECT id, day, code, CAST(lines AS BIGINT) AS lines, CAST(value AS DECIMAL(18, ${value})) AS value,
      CAST(quantity AS DECIMAL(18, ${quantity})) AS quantity
    FROM (SELECT id, day, code, sum(line_count) AS lines, sum(worth) AS value, ${pieces} AS quantity
      FROM ${visits} GROUP BY id, day, code) sums`;
}

/** Ids as they should be, which others are made by cleaning them; two could become one then. */
const PLAIN_ID = /^[!-~](?:[\0-\x7f]*[!-~])?(?<!\.0)$/;

/** Makes the tables of names while the engine sums up; undefined where an id is not plain. */
async function nameCodes(
  engine: SqlEngine,
  { customer, country }: Awaited<PlainLog['texts']>,
): Promise<LogTables | undefined> {
  if (!customer!.every((id) => PLAIN_ID.test(id))) return undefined;
  await uploadNames(engine, NUMBERED.names!, customer!);
  if (country !== undefined) await uploadNames(engine, NUMBERED.countries!, country);
  return NUMBERED;
}

async function uploadNames(engine: SqlEngine, table: string, names: readonly string[]): Promise<void> {
  await engine.upload(table, { code: Int32Array.from(names.keys()), name: names });
}

/** Makes the views of a log of which customers are numbers, and those of its days by id. */
async function viewNumbered(engine: SqlEngine, log: PlainLog, latest: number): Promise<void> {
  const { daily, days, returns, visits, names } = NUMBERED;
  const view = (name: string, select: string) => engine.run(`CREATE OR REPLACE VIEW ${name} AS ${select}`);
  await view(daily, dailyOf('SELECT *, false AS normalised_id FROM daily_codes', latest, BY_NUMBER));
  await view(days, keptDays(latest, BY_NUMBER));
  await view(returns, `SELECT customer, day, lines, value FROM ${daily} WHERE returned`);
  const byId = (numbered: string) => `SELECT numbered.* REPLACE (coalesce(names.name, '') AS customer)
    FROM ${numbered} numbered LEFT JOIN ${names} names ON names.code = numbered.customer`;
  await view('daily', byId(daily));
  await dailyViews(engine, byId(days));
  if (!log.view.withLines) return;
  const column = ([name, none]: readonly [string, string]) => (log.has(name) ? name : `${none} AS ${name}`);
  const kept = `FROM visits WHERE ${stays(latest, BY_NUMBER)}`;
  const key = 'id AS customer, day, NULL::INTEGER AS void_day';
  const [ofVisits, ofBaskets] = [OF_VISITS, OF_BASKETS].map((columns) =>
    Object.entries(columns).map(column).join(', '),
  );
  await view(visits, `SELECT ${key}, worth AS value, largest, CAST(line_count AS INTEGER) AS n, ${ofVisits} ${kept}`);
  await view('numbered_baskets', `SELECT ${key}, ${ofBaskets} ${kept}`);
}
