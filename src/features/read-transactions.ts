/** From a file to a cleaned transaction log, everything that was left out counted. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { OnProgress } from '../progress.js';
import { temporaryFolder } from '../temporary.js';
import { DROP_RULES, dropReason, NOTES } from './cleaning.js';
import { type DateFormat, dateFormat, detectDateFormat } from './date-format.js';
import { openDuckDb } from './duckdb.js';
import { identifier, literal, type SqlEngine } from './engine.js';
import { detectLayout, type Layout, ROLES, type Role, type Roles } from './layout.js';
import { countTransactions, rowInFile } from './second-reading.js';
import { type CsvSource, checkGzip, type Encoding, emptyFile, openSource, type Source, textOf } from './source.js';

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

/** Larger amounts are not money; they would drown every sum. */
const LARGEST_AMOUNT = 1e15;
/** Values are summed as exact decimals: the same log gives the same digits, whatever the order of the threads. */
const MONEY = 'DECIMAL(38, 12)';
/** Bytes. A line may hold a document. */
const LONGEST_LINE = 16 * 1024 * 1024;
/** More distinct cells than this are not days. */
const MOST_DAYS = 200_000;
const NO_DAY = -(2 ** 31);

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
  const table = source.format === 'csv' ? textColumns(source.header) : await parquetColumns(engine, source.file);
  const header = table.map((column) => column.name);
  const layout = detectLayout(header, options.columns ?? {}, file);
  progress(`reading ${name}`, 0);
  const [whole, loaded] = await Promise.allSettled([
    source.format === 'csv' && source.compression === 'gzip' ? checkGzip(source.file) : undefined,
    load(engine, source, table, layout, (done) => progress(`reading ${name}`, done)),
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

/** Which decimal mark the cells of a role have. */
type Marks = (role: Role) => Decimal;

/** Where a message says that something is. */
interface Place {
  readonly source: Source;
  readonly encoding: Encoding;
  readonly file: string;
}

/** A column of the file: its name, how SQL calls it, and whether its cells are text. */
interface FileColumn {
  readonly name: string;
  readonly sql: string;
  readonly text: boolean;
}

const textColumns = (header: readonly string[]): FileColumn[] =>
  header.map((name, i) => ({ name, sql: `c${i}`, text: true }));

async function parquetColumns(engine: SqlEngine, path: string): Promise<FileColumn[]> {
  try {
    const described = await engine.query(`DESCRIBE SELECT * FROM ${readParquet(path)}`);
    const types = described.texts(1);
    return described.texts(0).map((name, i) => ({ name, sql: identifier(name), text: types[i] === 'VARCHAR' }));
  } catch (cause) {
    throw new ClvError('unreadable_file', 'the Parquet file is damaged or cut off', {
      file: path,
      found: firstLine(cause),
      expected: 'a whole Parquet file',
      cause,
    });
  }
}

/** What JavaScript's trim takes away. */
const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/**
 * Fills `raw`: the columns with a role, as text, and a hash of the whole line. Row order is kept: rowid + 1 = transaction.
 *
 * @returns what the text was read as
 */
async function load(
  engine: SqlEngine,
  source: Source,
  table: readonly FileColumn[],
  layout: Layout,
  onProgress: (done: number) => void,
): Promise<Encoding> {
  const cell = (role: Role): string => {
    const column = table.find(({ name }) => name === layout.roles[role]);
    if (column === undefined) return 'NULL::VARCHAR';
    const text = column.text ? column.sql : `nullif(CAST(${column.sql} AS VARCHAR), 'nan')`; // a float that is missing
    return `trim(${text}, ${literal(BLANKS)})`;
  };
  const select = `CREATE OR REPLACE TABLE raw AS SELECT
    coalesce(${cell('customer')}, '') AS customer,
    regexp_replace(${cell('date')}, '([T ]+\\d{1,2}[:.]\\d{2}|T\\d{4}).*$', '') AS day_text,
    ${cell('quantity')} AS quantity, ${cell('price')} AS price, ${cell('value')} AS value,
    ${cell('order')} AS order_id, ${cell('product')} AS product,
    hash(${table.map(({ sql }) => sql).join(', ')}) AS line_hash`;
  if (source.format === 'parquet') {
    await engine.run(`${select} FROM ${readParquet(source.file)}`, onProgress);
    return 'utf-8';
  }
  const readAs = (encoding: Encoding, file: CsvFile) =>
    patiently(engine, source, encoding, (parallel) =>
      engine.run(`${select} FROM ${readCsv(source, file, parallel)}`, onProgress),
    );
  let { encoding } = source;
  if (encoding === 'utf-8' && source.preamble.rows === 0) {
    try {
      await readAs(encoding, { path: source.file, compression: source.compression });
      return encoding;
    } catch (error) {
      if (!/not utf-8 encoded/.test(String(error))) throw csvError(error, source);
      encoding = 'windows-1252'; // found late in the file
    }
  }
  const folder = await temporaryFolder('clv-text-');
  try {
    const path = join(folder.path, 'log.csv');
    await writeFile(path, textOf(source, encoding));
    await readAs(encoding, { path, compression: 'none' });
    return encoding;
  } catch (error) {
    throw error instanceof ClvError ? error : csvError(error, source);
  } finally {
    await folder.remove();
  }
}

/** A CSV file as the engine is to read it. */
interface CsvFile {
  readonly path: string;
  readonly compression: CsvSource['compression'];
}

/**
 * DuckDB's threads can start inside a quoted cell and then refuse a file that is right. One thread reads it, but takes a
 * quote that never closes without a word: so a second reading has to find the same number of rows.
 */
async function patiently(
  engine: SqlEngine,
  source: CsvSource,
  encoding: Encoding,
  attempt: (parallel: boolean) => Promise<void>,
): Promise<void> {
  try {
    await attempt(true);
  } catch (error) {
    if (/not utf-8 encoded/.test(String(error))) throw error;
    await attempt(false).catch(() => {
      throw error;
    });
    const rows = (await engine.query('SELECT count(*) FROM raw')).numbers(0)[0]!;
    if ((await countTransactions(source, encoding)) !== rows) throw error;
  }
}

/** A path as SQL that means this file alone: DuckDB takes `*`, `?` and `[` for patterns. */
const onlyFile = (path: string): string => literal(path.replace(/[*?[]/g, '[$&]'));

const readParquet = (path: string): string => `read_parquet(${onlyFile(path)}, hive_partitioning = false)`;

/** Nothing is left to the engine's own detection: it can be wrong without a word. */
function readCsv({ header, delimiter }: CsvSource, { path, compression }: CsvFile, parallel: boolean): string {
  const columns = textColumns(header).map(({ sql }) => `${sql}: 'VARCHAR'`);
  return `read_csv(${onlyFile(path)}, auto_detect = false, strict_mode = true, header = true,
    delim = ${literal(delimiter)}, quote = '"', escape = '"', columns = {${columns.join(', ')}},
    compression = ${literal(compression)}, parallel = ${parallel}, max_line_size = ${LONGEST_LINE})`;
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

/** With a decimal comma: digits, in groups of three with points or without any, and a comma with digits. */
const COMMA_AMOUNT = '[+-]?(\\d+|\\d{1,3}(\\.\\d{3})+)?(,\\d*)?([eE][+-]?\\d+)?';

/** SQL that reads an amount: NULL where the cell is empty or not a plain number. */
function amount(column: string, decimal: Decimal): string {
  if (decimal === 'point') return `CASE WHEN contains(${column}, '_') THEN NULL ELSE TRY_CAST(${column} AS DOUBLE) END`;
  return `CASE WHEN regexp_full_match(${column}, ${literal(COMMA_AMOUNT)})
    THEN TRY_CAST(replace(replace(${column}, '.', ''), ',', '.') AS DOUBLE) END`;
}

const AMOUNTS = ['quantity', 'price', 'value'] as const;

/** Finds the first cell that should be an amount and is not, in one pass over the log. */
async function checkAmounts(engine: SqlEngine, layout: Layout, marks: Marks, place: Place): Promise<void> {
  const roles = AMOUNTS.filter((role) => layout.roles[role] !== undefined);
  const firstBad = roles.map((role) => {
    const number = amount(role, marks(role));
    return `min(rowid) FILTER (WHERE ${role} <> '' AND
      (${number} IS NULL OR NOT isfinite(${number}) OR abs(${number}) > ${LARGEST_AMOUNT}))`;
  });
  const found = await engine.query(`SELECT ${firstBad.join(', ')} FROM raw`);
  for (const [i, role] of roles.entries()) {
    const rowid = found.numbers(i)[0]!;
    if (Number.isNaN(rowid)) continue;
    const cell = (await engine.query(`SELECT ${role} FROM raw WHERE rowid = ${rowid}`)).texts(0)[0]!;
    const decimal = marks(role);
    const comma = /^-?[\d.]*,\d{1,2}$/.test(cell);
    throw new ClvError('bad_cell', 'this is not an amount', {
      ...(await cellPlace(place, layout, role, rowid)),
      found: cell,
      expected:
        decimal === 'comma'
          ? 'a number such as 1.234,50 or 1234,50, without a currency'
          : 'a number such as 1234.50, without separators of thousands or a currency',
      hint: comma && decimal === 'point' ? '--decimal comma, if a comma comes before the cents throughout' : undefined,
    });
  }
}

/** Quantity and price may both pass and still make no amount. */
async function checkProducts(engine: SqlEngine, layout: Layout, marks: Marks, place: Place): Promise<void> {
  if (layout.roles.value !== undefined) return;
  const product = `abs(${amount('quantity', marks('quantity'))} * ${amount('price', marks('price'))})`;
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

async function cellPlace({ source, encoding, file }: Place, layout: Layout, role: Role, rowid: number) {
  const row = source.format === 'csv' ? await rowInFile(source, encoding, rowid) : rowid + 1;
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
