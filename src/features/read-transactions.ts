/** From a file to a cleaned transaction log, everything that was left out counted. */
import { basename } from 'node:path';
import { isoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import type { OnProgress } from '../progress.js';
import { DROP_RULES, dropReason, NOTES } from './cleaning.js';
import { type DateFormat, dateFormat, detectDateFormat } from './date-format.js';
import { openDuckDb } from './duckdb.js';
import { identifier, literal, type SqlEngine } from './engine.js';
import { detectLayout, type Layout, type Role, type Roles } from './layout.js';
import { rowInFile } from './locate-row.js';
import { type CsvSource, checkGzip, emptyFile, openSource, type Source } from './source.js';

/** What separates units from cents. */
export type Decimal = 'point' | 'comma';

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
  /** Whether the file is not UTF-8 and was read as Latin-1. */
  readonly latin1: boolean;
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

/** Larger amounts are not money; they would drown every sum. */
const LARGEST_AMOUNT = 1e15;
/** Values are summed as exact decimals: the same log gives the same digits, whatever the order of the threads. */
const MONEY = 'DECIMAL(38, 12)';
/** More distinct cells than this are not days. */
const MOST_DAYS = 200_000;
const NO_DAY = -(2 ** 31);

/**
 * Reads and cleans a transaction log: CSV (comma, semicolon, tab or bar; plain or gzip; UTF-8, UTF-16 or Latin-1) or
 * Parquet. Columns are found by their names or taken from `options.columns`.
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
  const header = source.format === 'csv' ? source.header : await parquetHeader(engine, source.file);
  const layout = detectLayout(header, options.columns ?? {}, file);
  progress(`reading ${name}`, 0);
  const [whole, loaded] = await Promise.allSettled([
    source.format === 'csv' && source.compression === 'gzip' ? checkGzip(source.file) : undefined,
    load(engine, source, header, layout, (done) => progress(`reading ${name}`, done)),
  ]);
  if (whole.status === 'rejected') throw whole.reason; // a damaged archive explains whatever else went wrong
  if (loaded.status === 'rejected') throw loaded.reason;
  const latin1 = loaded.value;
  const place: Place = { source, file };
  progress('cleaning', 0);
  await checkAmounts(engine, layout, decimal, place);
  await checkProducts(engine, layout, decimal, place);
  const format = await uploadDays(engine, layout, options.dateFormat, place);
  await engine.run(linesSql(layout, decimal));
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
    latin1,
    customers: total(2),
    transactions: total(3),
    value: total(4),
    firstDay: isoDay(total(5)),
    lastDay: isoDay(total(6)),
  };
}

/** Where a message says that something is. */
interface Place {
  readonly source: Source;
  readonly file: string;
}

async function parquetHeader(engine: SqlEngine, path: string): Promise<string[]> {
  try {
    return (await engine.query(`DESCRIBE SELECT * FROM read_parquet(${onlyFile(path)})`)).texts(0);
  } catch (cause) {
    throw new ClvError('unreadable_file', 'the Parquet file is damaged or cut off', {
      file: path,
      found: firstLine(cause),
      expected: 'a whole Parquet file',
      cause,
    });
  }
}

/** Fills `raw`: the columns with a role, as text, and a hash of the whole line. Row order is kept: rowid + 1 = transaction. */
async function load(
  engine: SqlEngine,
  source: Source,
  header: readonly string[],
  layout: Layout,
  onProgress: (done: number) => void,
): Promise<boolean> {
  const names = source.format === 'csv' ? header.map((_, i) => `c${i}`) : header.map(identifier);
  const cell = (role: Role): string => {
    const name = layout.roles[role];
    return name === undefined ? 'NULL::VARCHAR' : `trim(CAST(${names[header.indexOf(name)]} AS VARCHAR))`;
  };
  const select = `CREATE OR REPLACE TABLE raw AS SELECT
    coalesce(${cell('customer')}, '') AS customer,
    regexp_replace(${cell('date')}, '[T ]+\\d{1,2}:\\d{2}.*$', '') AS day_text,
    ${cell('quantity')} AS quantity, ${cell('price')} AS price, ${cell('value')} AS value,
    ${cell('order')} AS order_id, ${cell('product')} AS product,
    hash(${names.join(', ')}) AS line_hash`;
  if (source.format === 'parquet') {
    await engine.run(`${select} FROM read_parquet(${onlyFile(source.file)})`, onProgress);
    return false;
  }
  const attempt = (encoding: CsvSource['encoding']) =>
    engine.run(`${select} FROM ${readCsv(source, names, encoding)}`, onProgress);
  try {
    await attempt(source.encoding);
    return source.encoding === 'latin-1';
  } catch (error) {
    if (source.encoding !== 'utf-8' || !/not utf-8 encoded/.test(String(error))) throw csvError(error, source);
  }
  try {
    await attempt('latin-1');
    return true;
  } catch (error) {
    throw csvError(error, source);
  }
}

/** A path as SQL that means this file alone: DuckDB takes `*`, `?` and `[` for patterns. */
const onlyFile = (path: string): string => literal(path.replace(/[*?[]/g, '[$&]'));

/** Nothing is left to the engine's own detection: it can be wrong without a word. */
function readCsv(source: CsvSource, names: readonly string[], encoding: CsvSource['encoding']): string {
  const columns = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  return `read_csv(${onlyFile(source.file)}, auto_detect = false, strict_mode = true, header = true,
    delim = ${literal(source.delimiter)}, quote = '"', escape = '"', columns = {${columns}},
    compression = ${literal(source.compression)}, encoding = ${literal(encoding)})`;
}

/** DuckDB's message about a CSV file, as ours. */
function csvError(error: unknown, source: CsvSource): ClvError {
  const message = String((error as Error).message);
  const { file } = source;
  const line = /Line: (\d+)/.exec(message)?.[1];
  const row = line === undefined ? undefined : Number(line);
  const original = /Original Line:\s?(.*)/.exec(message)?.[1];
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (counts) {
    return new ClvError('bad_row', `the row has ${counts[2]} cells, the header ${counts[1]}`, {
      file,
      row,
      found: original,
      expected: `${counts[1]} cells, separated by ${JSON.stringify(source.delimiter)}`,
      hint: 'cells that hold the separator must be in double quotes',
      cause: error,
    });
  }
  if (/unterminated quote/.test(message)) {
    return new ClvError('bad_row', 'a quoted cell never closes', {
      file,
      row,
      found: original,
      expected: 'a closing " before the separator; a quote inside a cell is written twice',
      cause: error,
    });
  }
  if (/state machine/.test(message)) {
    return new ClvError('bad_row', 'the rows do not all end in the same way', {
      file,
      expected: 'LF or CRLF at the end of every row, and quotes closed',
      hint: 'convert the line ends: `sed -i "s/\\r$//" FILE`',
      cause: error,
    });
  }
  return new ClvError('unreadable_file', 'the file cannot be read as CSV', {
    file,
    row,
    found: firstLine(error),
    expected: 'CSV with a header row',
    cause: error,
  });
}

const firstLine = (error: unknown): string => String((error as Error).message).split('\n')[0]!;

/** SQL that reads an amount: NULL where the cell is empty or not a plain number. */
function amount(column: string, decimal: Decimal): string {
  const plain = decimal === 'comma' ? `replace(replace(${column}, '.', ''), ',', '.')` : column;
  return `CASE WHEN contains(${column}, '_') THEN NULL ELSE TRY_CAST(${plain} AS DOUBLE) END`;
}

const AMOUNTS = ['quantity', 'price', 'value'] as const;

/** Finds the first cell that should be an amount and is not, in one pass over the log. */
async function checkAmounts(engine: SqlEngine, layout: Layout, decimal: Decimal, place: Place): Promise<void> {
  const roles = AMOUNTS.filter((role) => layout.roles[role] !== undefined);
  const firstBad = roles.map((role) => {
    const number = amount(role, decimal);
    return `min(rowid) FILTER (WHERE ${role} <> '' AND
      (${number} IS NULL OR NOT isfinite(${number}) OR abs(${number}) > ${LARGEST_AMOUNT}))`;
  });
  const found = await engine.query(`SELECT ${firstBad.join(', ')} FROM raw`);
  for (const [i, role] of roles.entries()) {
    const rowid = found.numbers(i)[0]!;
    if (Number.isNaN(rowid)) continue;
    const cell = (await engine.query(`SELECT ${role} FROM raw WHERE rowid = ${rowid}`)).texts(0)[0]!;
    const comma = /^-?[\d.]*,\d{1,2}$/.test(cell);
    throw new ClvError('bad_cell', 'this is not an amount', {
      ...(await cellPlace(place, layout, role, rowid)),
      found: cell,
      expected: `a number such as 12.50, with a ${decimal === 'comma' ? 'comma' : 'point'} before the cents, without separators of thousands or a currency`,
      hint: comma && decimal === 'point' ? '--decimal comma, if a comma comes before the cents throughout' : undefined,
    });
  }
}

/** Quantity and price may both pass and still make no amount. */
async function checkProducts(engine: SqlEngine, layout: Layout, decimal: Decimal, place: Place): Promise<void> {
  if (layout.roles.value !== undefined) return;
  const product = `abs(${amount('quantity', decimal)} * ${amount('price', decimal)})`;
  const bad = await engine.query(
    `SELECT rowid, quantity, price FROM raw WHERE ${product} > ${LARGEST_AMOUNT} ORDER BY rowid LIMIT 1`,
  );
  if (bad.rows === 0) return;
  throw new ClvError('bad_cell', 'quantity × price is not an amount', {
    ...(await cellPlace(place, layout, 'price', bad.numbers(0)[0]!)),
    found: `${bad.texts(1)[0]} × ${bad.texts(2)[0]}`,
    expected: `at most ${LARGEST_AMOUNT}`,
  });
}

async function cellPlace({ source, file }: Place, layout: Layout, role: Role, rowid: number) {
  const row = source.format === 'csv' ? await rowInFile(source, rowid) : rowid + 1;
  return { file, row, column: layout.roles[role] };
}

/** Fills `days` (text, number) with the distinct days of the log. They are few, so our own calendar reads them. */
async function uploadDays(
  engine: SqlEngine,
  layout: Layout,
  format: string | undefined,
  place: Place,
): Promise<DateFormat> {
  const distinct = await engine.query(`SELECT DISTINCT day_text FROM raw WHERE day_text <> '' LIMIT ${MOST_DAYS}`);
  const cells = distinct.texts(0);
  const chosen = format === undefined ? detectDateFormat(cells, place.file, layout.roles.date) : dateFormat(format);
  const numbers = Int32Array.from(cells, (cell) => chosen.parse(cell) ?? NO_DAY);
  await engine.upload('days', cells, numbers);
  if (numbers.includes(NO_DAY) || cells.length === MOST_DAYS) {
    const bad = await engine.query(
      `SELECT raw.rowid, day_text FROM raw LEFT JOIN days ON day_text = text
       WHERE day_text <> '' AND coalesce(number, ${NO_DAY}) = ${NO_DAY} ORDER BY raw.rowid LIMIT 1`,
    );
    if (bad.rows > 0) {
      throw new ClvError('bad_cell', 'this is not a day', {
        ...(await cellPlace(place, layout, 'date', bad.numbers(0)[0]!)),
        found: bad.texts(1)[0],
        expected: numbers.every((number) => number === NO_DAY)
          ? 'a calendar day, such as 2011-08-31, 31/08/2011 or 8/31/2011'
          : `a calendar day written ${chosen.name}, as others in the column are`,
        hint: format === undefined ? '--date_format, if the days are written another way' : undefined,
      });
    }
  }
  return chosen;
}

function linesSql(layout: Layout, decimal: Decimal): string {
  const value = `CAST(${layout.roles.value === undefined ? 'quantity * price' : amount('raw.value', decimal)} AS ${MONEY})`;
  return `CREATE TABLE lines AS
    SELECT *, ${dropReason(layout)} AS dropped FROM (
      SELECT * REPLACE (${value} AS value) FROM (
        SELECT
          CASE WHEN raw_spreadsheet_id THEN left(raw.customer, length(raw.customer) - 2) ELSE raw.customer END AS customer,
          raw_spreadsheet_id AS normalised_id, number AS day,
          ${amount('raw.quantity', decimal)} AS quantity, ${amount('raw.price', decimal)} AS price, raw.value AS value,
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
