/** A log prepared for examination: small tables made once, and the questions that many checks ask. */
import { isoDay, parseIsoDay } from '../../calendar.js';
import { ClvError } from '../../errors.js';
import { identifier, literal, type SqlEngine } from '../engine.js';
import type { ReadReport, TransactionLog } from '../read-transactions.js';
import type { ExampleRow, Need } from './finding.js';
import { sum } from './statistics.js';

/** What each calendar day of the log holds; days without any line are absent. */
export interface DaySeries {
  readonly day: readonly number[];
  readonly lines: readonly number[];
  /** Of the lines, those that are not dropped. */
  readonly kept: readonly number[];
}

/** Transactions by day within the examined days; days without a transaction are absent. */
export interface SalesSeries {
  readonly day: readonly number[];
  readonly transactions: readonly number[];
  /** Customers whose first transaction it is. */
  readonly newcomers: readonly number[];
  readonly value: readonly number[];
}

/** What a condition on lines holds for. */
export interface Extent {
  readonly rows: number;
  readonly customers: number;
  readonly value: number;
  readonly share: number;
}

/** What is tested and for how long a prediction; days are numbers since 1970-01-01. */
export interface Examination {
  readonly engine: SqlEngine;
  readonly report: ReadReport;
  /** Whether cancellations took away what they cancel. */
  readonly netted: boolean;
  readonly has: ReadonlySet<Need>;
  /** In days. */
  readonly horizon: number;
  readonly today: number;
  readonly rows: number;
  readonly keptRows: number;
  /** Of positive lines, dropped or not. */
  readonly gross: number;
  readonly keptValue: number;
  readonly days: DaySeries;
  /** Days that belong to the log, without strays before and after; the last is at most `thresholdDate`. */
  readonly first: number;
  readonly last: number;
  readonly sales: SalesSeries;
  /** Product codes that are services in this layout, as a regular expression. */
  readonly serviceCodes: string | undefined;
  /** Lines of `doctor_lines` for which `condition` holds. */
  extent(condition: string): Promise<Extent>;
  /** Some of them, in the order of the file or as said. */
  examples(condition: string, order?: string, most?: number): Promise<ExampleRow[]>;
  /** The first row of a query of so many columns, as numbers. */
  row(columns: number, sql: string): Promise<number[]>;
}

/** Columns of `lines`, with what stands in where a log was read without one. */
const COLUMNS: Readonly<Record<string, string>> = {
  customer: "''",
  day: 'NULL::INTEGER',
  minute: 'NULL::INTEGER',
  quantity: 'NULL::DOUBLE',
  price: 'NULL::DOUBLE',
  value: 'NULL::DECIMAL(38, 12)',
  order_id: 'NULL::VARCHAR',
  product: 'NULL::VARCHAR',
  category: 'NULL::VARCHAR',
  country: 'NULL::VARCHAR',
  currency: 'NULL::VARCHAR',
  status: 'NULL::VARCHAR',
  line_hash: 'NULL::UBIGINT',
  dropped: 'NULL::VARCHAR',
  part: '0',
  part_row: 'NULL::BIGINT',
  position: '0',
};

/** Cells shown of an example. */
const CELLS = ['customer', 'order_id', 'product', 'quantity', 'price', 'value', 'country', 'currency', 'status'];
const NUMBERS = new Set(['quantity', 'price', 'value']);

/** Gaps longer than this part what is before from what is after. */
const LONG_GAP = 365;
/** What lies beyond a long gap is stray if it is at most this share of the lines. */
const STRAY_SHARE = 0.05;

/** Days that programs write where they know none. */
export const PLACEHOLDER_DAYS: readonly number[] = [
  '0001-01-01',
  '1753-01-01',
  '1899-12-30',
  '1899-12-31',
  '1900-01-01',
  '1904-01-01',
  '1970-01-01',
  '1980-01-01',
  '2099-12-31',
  '2999-12-31',
  '9999-12-31',
].map((day) => parseIsoDay(day)!);

/** Whether a day stands alone: nothing else within a week of it. */
export const standsAlone = ({ day }: DaySeries, i: number): boolean =>
  day[i]! - (day[i - 1] ?? Number.NEGATIVE_INFINITY) > 7 && (day[i + 1] ?? Number.POSITIVE_INFINITY) - day[i]! > 7;

export interface ExaminationOptions {
  /** In days; a quarter of the days examined if left out. */
  readonly horizon: number | undefined;
  readonly threshold: number | undefined;
  readonly today: number;
  readonly examples: number;
}

/** Prepares a log. The engine then holds the view `doctor_lines` and tables beside it; `endExamination` removes them. */
export async function examine(
  { engine, report, layout, netted }: TransactionLog,
  { horizon: given, threshold, today, examples: mostExamples }: ExaminationOptions,
): Promise<Examination> {
  const columnsOf = async (table: string) =>
    (
      await engine.query(`SELECT column_name FROM information_schema.columns WHERE table_name = ${literal(table)}`)
    ).texts(0);
  const columns = await columnsOf('lines');
  if (columns.length === 0) {
    throw new ClvError('bad_option', 'this log was read without its lines', {
      expected: 'a log read with detail: lines',
    });
  }
  await engine.run(linesView(columns));
  await engine.run(daysView(await columnsOf('customer_days')));
  const row = async (width: number, sql: string) => {
    const result = await engine.query(sql);
    return Array.from({ length: width }, (_, j) => result.numbers(j)[0] ?? Number.NaN);
  };
  const needs = Object.entries(NEED_COLUMNS) as Array<[Need, string]>;
  const filled = await row(
    needs.length,
    `SELECT ${needs.map(([, column]) => `count(nullif(${column}::VARCHAR, '')) > 0`).join(', ')} FROM doctor_lines`,
  );
  const [rows, keptRows, gross, keptValue, parts, lastPosition] = (await row(
    6,
    `SELECT count(*), count(*) FILTER (WHERE dropped IS NULL), coalesce(sum(value) FILTER (WHERE value > 0), 0)::DOUBLE,
       coalesce(sum(value) FILTER (WHERE dropped IS NULL), 0)::DOUBLE, count(DISTINCT part), max(position) FROM doctor_lines`,
  )) as [number, number, number, number, number, number];
  const has = new Set(needs.flatMap(([need], i) => (filled[i] === 1 && (need !== 'part' || parts > 1) ? [need] : [])));

  const days = await daySeries(engine);
  const { first, last } = examinedDays(days, today, threshold);
  const horizon = given ?? Math.max(1, Math.round((last - first + 1) / 4));
  await engine.run(`CREATE OR REPLACE TABLE doctor_customers AS
    SELECT customer, count(*) AS lines, sum(value)::DOUBLE AS value, min(country) AS country, max(country) AS country_2
    FROM doctor_lines WHERE dropped IS NULL GROUP BY customer`);
  await engine.run(buyersTable(first, last));
  const sales = await salesSeries(engine, first, last);

  const extent = async (condition: string): Promise<Extent> => {
    const [count, customers, value] = (await row(
      3,
      `SELECT count(*), count(DISTINCT nullif(customer, '')), coalesce(sum(value), 0)::DOUBLE
       FROM doctor_lines WHERE ${condition}`,
    )) as [number, number, number];
    return { rows: count, customers, value, share: gross > 0 ? Math.abs(value) / gross : 0 };
  };
  // Lines read in one pass are not numbered; otherwise they are numbered through, one part after the other.
  const starts = await engine.query('SELECT part, min(position) FROM doctor_lines GROUP BY part');
  const startOf = new Map(Array.from(starts.numbers(0), (part, i) => [part, starts.numbers(1)[i]!]));
  const examples = async (condition: string, order = 'position, line', most = mostExamples): Promise<ExampleRow[]> => {
    if (most === 0) return [];
    const result = await engine.query(
      `SELECT part, ${lastPosition === 0 ? 'part_row' : 'coalesce(part_row, position)'}, day, ${CELLS.map((cell) => (NUMBERS.has(cell) ? `${cell}::DOUBLE` : cell)).join(', ')}
       FROM doctor_lines WHERE ${condition} ORDER BY ${order} LIMIT ${most}`,
    );
    const [part, partRow, day] = [0, 1, 2].map((j) => result.numbers(j)) as [Float64Array, Float64Array, Float64Array];
    const cells = CELLS.map((name, j) => (NUMBERS.has(name) ? Array.from(result.numbers(j + 3)) : result.texts(j + 3)));
    return Array.from(part, (number, i) => ({
      ...(parts > 1 ? { file: fileOf(report, number) } : {}),
      row: Number.isNaN(partRow[i]!) ? null : partRow[i]! - (startOf.get(number) ?? 0) + 2,
      cells: Object.fromEntries([
        ...(Number.isNaN(day[i]!) ? [] : [['date', isoDay(day[i]!)]]),
        ...CELLS.flatMap((name, j) => {
          const cell = cells[j]![i]!;
          return cell === '' || Number.isNaN(cell) ? [] : [[name, cell]];
        }),
      ]),
    }));
  };
  return {
    ...{ engine, report, netted, has, horizon, today, rows, keptRows, gross, keptValue, days, first, last, sales },
    ...{ serviceCodes: layout.serviceCodes, extent, examples, row },
  };
}

/** Removes what `examine` made. */
export async function endExamination(engine: SqlEngine): Promise<void> {
  for (const table of ['doctor_buyers', 'doctor_customers', 'doctor_duplicates']) {
    await engine.run(`DROP TABLE IF EXISTS ${table}`);
  }
  for (const view of ['doctor_lines', 'doctor_days']) await engine.run(`DROP VIEW IF EXISTS ${view}`);
}

const NEED_COLUMNS: Readonly<Record<Need, string>> = {
  quantity: 'quantity',
  price: 'price',
  order: 'order_id',
  product: 'product',
  country: 'country',
  currency: 'currency',
  status: 'status',
  minute: 'minute',
  line_hash: 'line_hash',
  part: 'part',
};

/** Lines with all columns; purchases that netting made void count as left out, as they do in the report of reading. */
function linesView(present: readonly string[]): string {
  const columns = Object.entries(COLUMNS).map(([name, instead]) =>
    name === 'dropped' && present.includes('void_day')
      ? "CASE WHEN void_day IS NULL THEN dropped ELSE 'cancelled_order' END AS dropped"
      : present.includes(name)
        ? `lines.${identifier(name)}`
        : `${instead} AS ${identifier(name)}`,
  );
  return `CREATE OR REPLACE VIEW doctor_lines AS SELECT lines.rowid AS line, ${columns.join(', ')} FROM lines`;
}

/** Transactions: (customer, day, value), one row a customer and day, without what netting made void. */
function daysView(present: readonly string[]): string {
  const standing = present.includes('void_day') ? 'value > 0 AND void_day IS NULL' : 'value > 0';
  return `CREATE OR REPLACE VIEW doctor_days AS
    SELECT customer, day, sum(value) AS value FROM customer_days WHERE ${standing} GROUP BY customer, day`;
}

async function daySeries(engine: SqlEngine): Promise<DaySeries> {
  const result = await engine.query(
    `SELECT day, count(*), count(*) FILTER (WHERE dropped IS NULL) FROM doctor_lines
     WHERE day IS NOT NULL GROUP BY day ORDER BY day`,
  );
  const column = (j: number) => Array.from(result.numbers(j));
  return { day: column(0), lines: column(1), kept: column(2) };
}

/** First and last day with a kept line, without the future, lone placeholder days, and little that lies beyond a long gap. */
function examinedDays(days: DaySeries, today: number, threshold: number | undefined) {
  const own = [...days.day.keys()].filter(
    (i) =>
      days.kept[i]! > 0 && days.day[i]! <= today && !(PLACEHOLDER_DAYS.includes(days.day[i]!) && standsAlone(days, i)),
  );
  const stray = STRAY_SHARE * sum(own.map((i) => days.kept[i]!));
  let [from, to] = [0, own.length - 1];
  let lines = 0;
  for (let k = 0; k < own.length - 1; k++) {
    lines += days.kept[own[k]!]!;
    if (lines > stray) break;
    if (days.day[own[k + 1]!]! - days.day[own[k]!]! > LONG_GAP) from = k + 1;
  }
  lines = 0;
  for (let k = own.length - 1; k > from; k--) {
    lines += days.kept[own[k]!]!;
    if (lines > stray) break;
    if (days.day[own[k]!]! - days.day[own[k - 1]!]! > LONG_GAP) to = k - 1;
  }
  const first = days.day[own[from] ?? 0] ?? 0;
  const last = days.day[own[to] ?? days.day.length - 1] ?? 0;
  return { first, last: Math.max(first, Math.min(last, threshold ?? last)) };
}

/**
 * One row a customer who bought in the examined days. `sxx` and `sxy` are the sums of squares and products, about the
 * customer's own means, of time (years) and of ln value: slopes within customers are made of them.
 */
function buyersTable(first: number, last: number): string {
  return `CREATE OR REPLACE TABLE doctor_buyers AS
    SELECT customer, min(day) AS first_day, count(*) AS transactions, sum(value) AS value,
      coalesce(sum(value) FILTER (WHERE place > 1), 0) AS repeat_value,
      count(*) * var_pop(day / 365.25) AS sxx, count(*) * covar_pop(ln(value), day / 365.25) AS sxy,
      max(gap) FILTER (WHERE place = 2) AS gap_1, max(gap) FILTER (WHERE place = 3) AS gap_2
    FROM (
      SELECT customer, day, value::DOUBLE AS value, row_number() OVER own AS place, day - lag(day) OVER own AS gap
      FROM doctor_days WHERE day BETWEEN ${first} AND ${last}
      WINDOW own AS (PARTITION BY customer ORDER BY day))
    GROUP BY customer`;
}

async function salesSeries(engine: SqlEngine, first: number, last: number): Promise<SalesSeries> {
  const result = await engine.query(
    `SELECT day, count(*), count(*) FILTER (WHERE day = first_day), sum(doctor_days.value)::DOUBLE
     FROM doctor_days JOIN doctor_buyers USING (customer)
     WHERE day BETWEEN ${first} AND ${last} GROUP BY day ORDER BY day`,
  );
  const column = (j: number) => Array.from(result.numbers(j));
  return { day: column(0), transactions: column(1), newcomers: column(2), value: column(3) };
}

/** The name of a part of a log of several files. */
function fileOf({ files }: ReadReport, part: number): string {
  return files[part] ?? `part ${part + 1}`;
}
