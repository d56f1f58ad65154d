/** From a file to a cleaned transaction log, everything that was left out counted. */
import { basename } from 'node:path';
import { isoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { OnProgress } from '../progress.js';
import { amount, checkAmounts, checkProducts, type Decimal, type Marks, type Place, uploadDays } from './cells.js';
import { DROP_RULES, dropReason, NOTES } from './cleaning.js';
import { openDuckDb } from './duckdb.js';
import type { SqlEngine } from './engine.js';
import { detectLayout, type Layout, ROLES, type Role, type Roles } from './layout.js';
import { columnsOf, loadRaw } from './load-raw.js';
import { checkGzip, type Encoding, emptyFile, openSource, type Source } from './source.js';

export interface ReadOptions {
  /** Column names by role, where detection should not decide. */
  readonly columns?: Roles | undefined;
  /** `%d/%m/%Y` and the like; left out: told from the data. */
  readonly dateFormat?: string | undefined;
  /** What separates units from cents. Default `point`. */
  readonly decimal?: Decimal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Rows dropped or remarked on for one reason. */
export interface RowCount {
  readonly reason: string;
  readonly meaning: string;
  readonly rows: number;
  /** Sum of their values, in the currency of the log; refunds count negative. */
  readonly value: number;
}

export interface ReadReport {
  /** As it was given. */
  readonly file: string;
  readonly layout: string;
  readonly roles: Roles;
  readonly dateFormat: string;
  /** Lines in the file, without header. Always = kept lines + dropped lines. */
  readonly rows: number;
  readonly dropped: readonly RowCount[];
  /** What stayed and deserves a look. */
  readonly notes: readonly RowCount[];
  /** Ids such as `17850.0`, as spreadsheets write numbers, that became `17850`. */
  readonly normalisedIds: number;
  /** What the text was read as; files that are not UTF-8 are rare enough to be told. */
  readonly encoding: Encoding;
  readonly customers: number;
  /** Customer-days. */
  readonly transactions: number;
  readonly value: number;
  readonly firstDay: string;
  readonly lastDay: string;
}

/** A cleaned log, held by the engine as the table `customer_days` (customer, day, value > 0). Close it after use. */
export interface TransactionLog {
  readonly report: ReadReport;
  readonly engine: SqlEngine;
  close(): Promise<void>;
}

/** Values are summed as exact decimals: the same log gives the same digits, whatever the order of the threads. */
const MONEY = 'DECIMAL(38, 12)';

/**
 * Reads and cleans a transaction log: CSV (comma, semicolon, tab or bar; plain or gzip; UTF-8, UTF-16 or windows-1252) or
 * Parquet (instants with a time zone count as days of UTC). Columns are found by their names or taken from `options.columns`.
 *
 * One transaction is one customer-day whose cleaned value is positive.
 *
 * @throws ClvError missing_file, empty_file, unreadable_file, bad_row, bad_cell, missing_column, ambiguous_column,
 *   ambiguous_date_order, bad_option, no_customers
 */
export async function readTransactions(file: string, options: ReadOptions = {}): Promise<TransactionLog> {
  const source = await openSource(file);
  const engine = await openDuckDb();
  try {
    const report = await read(engine, source, options);
    return { report, engine, close: () => engine.close() };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function read(engine: SqlEngine, source: Source, options: ReadOptions): Promise<ReadReport> {
  const { file } = source;
  const name = basename(file);
  const { decimal = 'point', onProgress: progress = () => {} } = options;
  checkOptions(options);
  const table = await columnsOf(engine, source);
  const header = table.map((column) => column.name);
  const layout = detectLayout(header, options.columns ?? {}, file);
  progress(`reading ${name}`, 0);
  const [whole, loaded] = await Promise.allSettled([
    source.format === 'csv' && source.compression === 'gzip' ? checkGzip(source.file) : undefined,
    loadRaw(engine, source, table, layout, (done) => progress(`reading ${name}`, done)),
  ]);
  if (whole.status === 'rejected') throw whole.reason; // a damaged archive explains whatever else went wrong
  if (loaded.status === 'rejected') throw loaded.reason;
  const encoding = loaded.value;
  const place: Place = { source, encoding, file };
  /** Numbers that a Parquet file holds as numbers have a point, whatever its texts have. */
  const marks: Marks = (role) => (table.find((column) => column.name === layout.roles[role])?.text ? decimal : 'point');
  progress('cleaning', 0);
  await checkAmounts(engine, layout, marks, place);
  await checkProducts(engine, layout, marks, place);
  const format = await uploadDays(engine, layout, options.dateFormat, place);
  await engine.run(linesSql(layout, marks));
  await engine.run(
    'CREATE TABLE customer_days AS SELECT customer, day, sum(value) AS value FROM lines WHERE dropped IS NULL GROUP BY ALL',
  );

  const dropped = await droppedRows(engine);
  const notes = await notedRows(engine, layout);
  const totals = await engine.query(
    `SELECT (SELECT count(*) FROM lines), (SELECT count(*) FROM lines WHERE normalised_id), count(DISTINCT customer),
       count(*), sum(value)::DOUBLE, min(day), max(day) FROM customer_days`,
  );
  const total = (column: number) => totals.numbers(column)[0]!;
  if (total(3) === 0) throw nothingLeft(file, dropped);
  progress('cleaning', 1);
  return {
    file,
    layout: layout.name,
    roles: layout.roles,
    dateFormat: format.name,
    rows: total(0),
    dropped,
    notes,
    normalisedIds: total(1),
    encoding,
    customers: total(2),
    transactions: total(3),
    value: total(4),
    firstDay: isoDay(total(5)),
    lastDay: isoDay(total(6)),
  };
}

const DECIMALS: readonly Decimal[] = ['point', 'comma'];

function checkOptions({ columns = {}, decimal = 'point' }: ReadOptions): void {
  if (!DECIMALS.includes(decimal)) {
    throw new ClvError('bad_option', 'there is no such decimal mark', {
      found: decimal,
      expected: DECIMALS.join(', '),
    });
  }
  for (const [role, name] of Object.entries(columns)) {
    const known = ROLES.includes(role as Role);
    if (known && (name === undefined || typeof name === 'string')) continue;
    throw new ClvError('bad_option', known ? 'this is not the name of a column' : 'columns have no such role', {
      column: role,
      found: known ? name : undefined,
      expected: known ? 'text' : ROLES.join(', '),
      hint: known ? undefined : nearest(role, ROLES),
    });
  }
}

function linesSql(layout: Layout, marks: Marks): string {
  const value = `CAST(${layout.roles.value === undefined ? 'quantity * price' : amount('raw.value', marks('value'))} AS ${MONEY})`;
  return `CREATE TABLE lines AS
    SELECT *, ${dropReason(layout)} AS dropped FROM (
      SELECT * REPLACE (${value} AS value) FROM (
        SELECT
          CASE WHEN raw_spreadsheet_id THEN left(raw.customer, length(raw.customer) - 2) ELSE raw.customer END AS customer,
          raw_spreadsheet_id AS normalised_id, number AS day,
          ${amount('raw.quantity', marks('quantity'))} AS quantity, ${amount('raw.price', marks('price'))} AS price, raw.value AS value,
          order_id, product, line_hash
        FROM (SELECT *, ends_with(customer, '.0') AND regexp_full_match(customer, '\\d+\\.0') AS raw_spreadsheet_id FROM raw) raw
        LEFT JOIN days ON day_text = text) raw)`;
}

async function droppedRows(engine: SqlEngine): Promise<RowCount[]> {
  const counts = await engine.query(
    'SELECT dropped, count(*), coalesce(sum(value), 0)::DOUBLE FROM lines WHERE dropped IS NOT NULL GROUP BY dropped',
  );
  const reasons = counts.texts(0);
  return DROP_RULES.flatMap(({ reason, meaning }) => {
    const i = reasons.indexOf(reason);
    return i < 0 ? [] : [{ reason, meaning, rows: counts.numbers(1)[i]!, value: counts.numbers(2)[i]! }];
  });
}

async function notedRows(engine: SqlEngine, layout: Layout): Promise<RowCount[]> {
  const notes: RowCount[] = [];
  for (const { reason, meaning, query } of NOTES) {
    const sql = query(layout);
    if (sql === undefined) continue;
    const counts = await engine.query(sql);
    const rows = counts.numbers(0)[0]!;
    if (rows > 0) notes.push({ reason, meaning, rows, value: counts.numbers(1)[0]! });
  }
  return notes;
}

function nothingLeft(file: string, dropped: readonly RowCount[]): ClvError {
  if (dropped.length === 0) return emptyFile(file, 'a header and no rows');
  return new ClvError('no_customers', 'cleaning leaves no transaction', {
    file,
    found: dropped.map(({ rows, meaning }) => `${meaning}: ${rows}`).join('; '),
    expected: 'rows with a customer, a date and a positive value',
  });
}
