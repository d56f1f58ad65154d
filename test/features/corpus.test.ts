/** What people really hand over: each input with the numbers that must come of it, or the error that must be given. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tableFromIPC } from '@uwdata/flechette';
import sqlite from 'node-sqlite3-wasm';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { ClvError, type ErrorCode } from '../../src/errors.js';
import { openDuckDb } from '../../src/features/duckdb.js';
import { literal } from '../../src/features/engine.js';
import type { FeatureOptions } from '../../src/features/feature-options.js';
import { featureTable } from '../../src/features/make-features.js';
import { type ReadOptions, type ReadReport, readTransactions } from '../../src/features/read-transactions.js';
import type { Input } from '../../src/features/source.js';
import { writeFeatures } from '../../src/features/write-features.js';
import { zstdOf } from './fuzz.js';
import { fileIn, smallLog, temporaryFolder } from './logs.js';

const folder = temporaryFolder();
const H = 'customer_id,date,value\n';
const rows = 'a,2011-01-01,5\nb,2011-01-02,6\n';
const two = H + rows;
const TWO = { rows: 2, customers: 2, transactions: 2, value: 11, firstDay: '2011-01-01', lastDay: '2011-01-02' };
const json = (...cells: readonly unknown[]) => cells.map((cell) => `${JSON.stringify(cell)}\n`).join('');
const [A, B] = [
  { customer_id: 'a', date: '2011-01-01', value: 5 },
  { customer_id: 'b', date: '2011-01-02', value: 6 },
];
/** A log of such values, dates or ids. */
const values = (...cells: readonly string[]) => H + cells.map((cell) => `a,2011-01-01,"${cell}"\n`).join('');
const dates = (...cells: readonly string[]) => H + cells.map((cell) => `a,"${cell}",5\n`).join('');
const ids = (...cells: readonly string[]) =>
  H + cells.map((cell) => `"${cell.replaceAll('"', '""')}",2011-01-01,5\n`).join('');

/** A file's content, or what makes an input. */
type Given = string | Uint8Array | (() => Input | Promise<Input>);

interface Case {
  readonly title: string;
  readonly given: Given;
  readonly name?: string;
  readonly options?: ReadOptions;
  readonly features?: FeatureOptions;
}

interface Right extends Case {
  readonly gives: Partial<ReadReport> & {
    readonly ids?: readonly string[];
    readonly minutes?: ReadonlyArray<number | null>;
    readonly drops?: Readonly<Record<string, number>>;
    readonly countries?: readonly string[];
  };
}

interface Wrong extends Case {
  readonly code: ErrorCode;
  readonly row?: number;
  readonly column?: string;
  readonly found?: string | RegExp;
  readonly hint?: RegExp;
}

let inputs = 0;

async function inputOf({ given, name = 'log.csv' }: Case): Promise<Input> {
  if (typeof given === 'function') return given();
  const path = join(folder, String(++inputs), name);
  mkdirSync(dirname(path), { recursive: true });
  return fileIn(dirname(path), path.slice(dirname(path).length + 1), given);
}

/** Reads a log, makes features of it and writes them as CSV; checks what holds for all logs. */
async function made(input: Input, { options, features }: Case) {
  const log = await readTransactions(input, options).catch((error: unknown) => {
    if (error instanceof ClvError || options?.way !== 'direct') throw error;
    return readTransactions(input, { ...options, way: 'careful' }); // as happens to large logs that are not plain
  });
  try {
    const { report, engine } = log;
    const table = await featureTable(log, { features: options?.detail === 'days' ? 'core' : 'all', ...features });
    const { path, manifest } = await writeFeatures(log, table, join(folder, 'features.csv'));
    const lines =
      options?.detail === 'days' ? undefined : await engine.query('SELECT minute, country FROM lines ORDER BY rowid');
    const drops = Object.fromEntries(report.dropped.map((drop) => [drop.reason, drop.rows]));
    const dropped = report.dropped.reduce((sum, drop) => sum + drop.rows, 0);
    const kept = await engine.query('SELECT sum(lines) FROM customer_days WHERE void_day IS NULL');
    expect(report.rows, 'kept and dropped').toBe(kept.numbers(0)[0]! + dropped);
    const own = (await table.column('customer_id')) as string[];
    for (const { name, type } of table.columns) {
      const cells = await table.column(name);
      if (type === 'number' || type === 'integer')
        expect([...(cells as Float64Array)].every(Number.isFinite), name).toBe(true);
    }
    const { data } = Papa.parse<Record<string, string>>(readFileSync(path, 'utf8').trimEnd(), { header: true });
    expect(data.map(({ customer_id }) => customer_id)).toEqual(
      own.map((id) => (/^[=+@\t\r-]/.test(id) ? `'${id}` : id)),
    );
    expect(manifest).toMatchObject({ output: { rows: table.rows } });
    return {
      ...report,
      drops,
      ids: [...new Set(own)],
      minutes: Array.from(lines?.numbers(0) ?? [], (minute) => (Number.isNaN(minute) ? null : minute)),
      countries: lines?.texts(1),
    };
  } finally {
    await log.close();
  }
}

async function complaint(input: Input, given: Case): Promise<ClvError> {
  const error = await made(input, given).then(
    (report) => new Error(`it was read: ${JSON.stringify(report)}`),
    (error: unknown) => error,
  );
  if (!(error instanceof ClvError)) throw error;
  return error;
}

const sqliteOf =
  (...statements: readonly string[]) =>
  () => {
    const path = join(folder, `${++inputs}.sqlite`);
    const database = new sqlite.Database(path);
    for (const sql of statements) database.exec(sql);
    database.close();
    return path;
  };
const ORDERS = 'CREATE TABLE orders (customer_id, date, value)';
const INSERT = "INSERT INTO orders VALUES ('a', '2011-01-01', 5), ('b', '2011-01-02', 6)";

/** A file that DuckDB writes from the small log. */
const duckDbOf = (extension: string, sql: (path: string, csv: string) => readonly string[]) => async () => {
  const path = join(folder, `${++inputs}.${extension}`);
  const engine = await openDuckDb();
  for (const statement of sql(literal(path), literal(fileIn(folder, 'small.csv', smallLog))))
    await engine.run(statement);
  await engine.close();
  return path;
};
const parquet = duckDbOf('parquet', (path, csv) => [`COPY (FROM read_csv(${csv})) TO ${path} (FORMAT parquet)`]);
const duckdb = duckDbOf('duckdb', (path, csv) => [
  `ATTACH ${path} AS shop`,
  `CREATE TABLE shop.orders AS FROM read_csv(${csv})`,
  'DETACH shop',
]);

const folderOf = (files: Readonly<Record<string, string | Uint8Array>>) => () => {
  const path = join(folder, `folder${++inputs}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) fileIn(path, name, content);
  return path;
};

const big = 'x'.repeat(5_000_000);
const wide = `customer_id,date,value,${Array.from({ length: 1997 }, (_, i) => `x${i}`).join()}\na,2011-01-01,5${','.repeat(1997)}\nb,2011-01-02,6${','.repeat(1997)}\n`;
const far = json(A).repeat(6000); // beyond what is looked at first
const roles = (customer: string, date: string, value: string) => ({ columns: { customer, date, value } });
const oddNames = `"who ""is"" it","when [UTC]; DROP TABLE lines; --","how\nmuch"\n${rows}`;

const right: readonly Right[] = [
  // text
  { title: 'two byte order marks', given: `\ufeff\ufeff${two}`, gives: TWO },
  {
    title: 'UTF-16, big end first',
    given: Buffer.from(`\ufeff${two}`, 'utf16le').swap16(),
    gives: { ...TWO, encoding: 'utf-16be' },
  },
  {
    title: 'Latin-1',
    given: Buffer.from(ids('Müller', 'Żółw'.slice(0, 0) || 'café'), 'latin1'),
    gives: { encoding: 'windows-1252', ids: ['Müller', 'café'] },
  },
  { title: 'CR alone at the ends of lines', given: two.replaceAll('\n', '\r'), gives: TWO },
  { title: 'no end of the last line', given: two.trimEnd(), gives: TWO },
  { title: 'blank lines everywhere', given: `\n\r\n${H}\n\na,2011-01-01,5\n\n\nb,2011-01-02,6\n\n\n`, gives: TWO },
  { title: 'a sep= line', given: `sep=;\n${two.replaceAll(',', ';')}`, gives: TWO },
  {
    title: 'a sep= line with a mark and CRLF',
    given: `\ufeffsep=|\r\n${two.replaceAll(',', '|').replaceAll('\n', '\r\n')}`,
    gives: TWO,
  },
  { title: 'everything in quotes', given: two.replace(/[^,\n]+/g, '"$&"'), gives: TWO },
  {
    title: 'a separator at the end of every row but the header',
    given: `${H}${rows.replaceAll('\n', ',\n')}`,
    gives: TWO,
  },
  {
    title: 'a header with blanks around the names',
    given: two.replace(H, ' customer_id , date , value \n'),
    gives: TWO,
  },
  {
    title: 'a cell of 5 MB',
    given: `customer_id,date,value,note\na,2011-01-01,5,${big}\nb,2011-01-02,6,\n`,
    gives: TWO,
  },
  {
    title: 'a cell of 2.5 million lines',
    given: `customer_id,date,value,note\na,2011-01-01,5,"${'x\n'.repeat(2_500_000)}"\nb,2011-01-02,6,\n`,
    gives: TWO,
  },
  { title: '2,000 columns', given: wide, gives: TWO },
  { title: '2,000 columns, read directly', given: wide, options: { way: 'direct', detail: 'days' }, gives: TWO },
  {
    title: 'column names with quotes, brackets, semicolons, line ends and SQL',
    given: oddNames,
    options: roles('who "is" it', 'when [UTC]; DROP TABLE lines; --', 'how\nmuch'),
    gives: TWO,
  },
  {
    title: 'columns that are called as members of objects are',
    given: `customer_id,date,value,constructor,__proto__,toString\na,2011-01-01,5,1,2,3\nb,2011-01-02,6,1,2,3\n`,
    gives: TWO,
  },
  {
    title: 'a column of values that is called __proto__',
    given: two.replace('value', '__proto__'),
    options: { columns: { value: '__proto__' } },
    gives: TWO,
  },
  { title: 'a text that is called .duckdb', given: two, name: 'log.duckdb', gives: TWO },
  { title: 'a text that is called .gz', given: two, name: 'log.csv.gz', gives: TWO },
  {
    title: 'gzip in two members that meet within a row',
    given: Buffer.concat([gzipSync(two.slice(0, 30)), gzipSync(two.slice(30))]),
    gives: TWO,
  },
  {
    title: 'zstd in two frames with a note between them',
    given: Buffer.concat([
      zstdOf(Buffer.from(two.slice(0, 30))),
      Buffer.from('502a4d1804000000deadbeef', 'hex'),
      zstdOf(Buffer.from(two.slice(30))),
    ]),
    gives: TWO,
  },
  // ids
  {
    title: 'ids that a spreadsheet would run',
    given: ids('=1+1', '+A1', '-2', '@x'),
    gives: { ids: ['+A1', '-2', '=1+1', '@x'] },
  },
  {
    title: 'ids in scientific notation, which stay as they are',
    given: ids('1.5E+10', '15000000000', '17850.0', '17850'),
    gives: { ids: ['1.5E+10', '15000000000', '17850'], normalisedIds: 1 },
  },
  {
    title: 'ids that differ in how an accent is written',
    given: ids('\u00e9', 'e\u0301', '😀', '\u202eabc', 'abc'),
    gives: { customers: 5 },
  },
  {
    title: 'ids that are SQL, NULL or a path',
    given: ids("'; DROP TABLE lines; --", 'NULL', '\\N', '$(x)', '../..', "O'Brien"),
    gives: { customers: 6 },
  },
  {
    title: 'ids with quotes and ends of lines',
    given: ids('q"q', 'a,b', 'a\nb', 'a\rb', 'a\r\nb', ' a '),
    gives: { ids: ['a', 'a\nb', 'a\r\nb', 'a\rb', 'a,b', 'q"q'] },
  },
  { title: 'a quote within a cell that has none around it', given: `${H}a"b,2011-01-01,5\n`, gives: { ids: ['a"b'] } },
  {
    title: 'ids of 10 kB that differ in the last character',
    given: ids(...['1', '2'].map((end) => 'x'.repeat(10_000) + end)),
    gives: { customers: 2 },
  },
  { title: 'an id of 5 MB', given: `${H}${big},2011-01-01,5\n${rows}`, gives: { rows: 3, customers: 3 } },
  { title: 'ids with NUL, which are not cut there', given: ids('a', 'a\0b', 'a\0c'), gives: { customers: 3 } },
  {
    title: 'ids in memory that are large, missing, blank or half a character',
    given: () => ({
      customer: [9007199254740993n, null, ' ', 'x\ud800', 1.5],
      date: Array(5).fill('2011-01-01'),
      value: [1, 1, 1, 1, 1],
    }),
    gives: { rows: 5, ids: ['1.5', '9007199254740993', 'x\ufffd'], drops: { missing_customer: 2 } },
  },
  // amounts
  {
    title: 'amounts too small to count, zero, and the largest',
    given: values('1e-320', '-0', '4e-13', '1e15', '.5', '5.', '+5', ' 5 '),
    gives: { rows: 8, value: 1e15 + 15.5, drops: { non_positive_value: 3 } },
  },
  {
    title: 'thousands with points and a decimal comma',
    given: 'customer_id;date;value\na;2011-01-01;1.234,50\na;2011-01-02;-1,0\na;2011-01-03;1.500\n',
    options: { decimal: 'comma' },
    gives: { rows: 3, value: 2734.5 },
  },
  {
    title: 'odd cells in columns that play no part',
    given: 'customer_id,date,value,note,x\na,2011-01-01,5,1e308,NaN\nb,2011-01-02,6,2011-02-31,=1+1\n',
    gives: TWO,
  },
  {
    title: 'a line of totals',
    given: `${two}Total,,11\n`,
    gives: { rows: 3, customers: 2, value: 11, drops: { missing_date: 1 } },
  },
  // days
  {
    title: 'the first and the last year',
    given: dates('0001-01-01', '9999-12-31'),
    options: { latestDate: '9999-12-31' },
    gives: { firstDay: '0001-01-01', lastDay: '9999-12-31' },
  },
  {
    title: 'a day far ahead, which is a mistake',
    given: dates('2011-01-01', '9999-12-31'),
    gives: { lastDay: '2011-01-01', drops: { future_date: 1 } },
  },
  {
    title: '29 February of a leap year',
    given: dates('2012-02-29', '2000-02-29'),
    gives: { firstDay: '2000-02-29', lastDay: '2012-02-29' },
  },
  {
    title: 'times that no clock shows',
    given: dates('2011-01-31 24:00', '2011-01-31 25:61', '2011-01-31 00:60', '2011-01-31 23:59'),
    gives: { transactions: 1, minutes: [null, null, null, 1439] },
  },
  {
    title: 'times that no clock shows, read directly',
    given: dates('2011-01-31 24:00', '2011-01-31 25:61', '2011-01-31 00:60', '2011-01-31 23:59'),
    options: { way: 'direct' },
    gives: { transactions: 1, minutes: [null, null, null, 1439] },
  },
  {
    title: 'hours that summer time skips and repeats',
    given: dates('2011-03-27 02:30', '2011-10-30 02:30'),
    gives: { minutes: [150, 150] },
  },
  {
    title: 'days with time zones, as they are written',
    given: dates('2011-01-31T23:59:59+14:00', '2011-01-31T00:00:00Z', '2011-01-31 00:00:00-12:00'),
    gives: { transactions: 1, firstDay: '2011-01-31' },
  },
  {
    title: 'years of two digits',
    given: dates('13.02.70', '13.02.11'),
    gives: { firstDay: '1970-02-13', lastDay: '2011-02-13' },
  },
  {
    title: 'a log of one day',
    given: `${H}a,2011-01-01,5\nb,2011-01-01,6\na,2011-01-01,7\n`,
    gives: { rows: 3, transactions: 2, value: 18, firstDay: '2011-01-01', lastDay: '2011-01-01' },
  },
  { title: 'one line of one customer', given: `${H}a,2011-01-01,5\n`, gives: { rows: 1, customers: 1 } },
  // NDJSON
  {
    title: 'NDJSON with other names in each line',
    given: json({ customer_id: 'a', date: '2011-01-01' }, { value: 3, x: 1 }, { ...A, y: 2 }, {}),
    name: 'log.ndjson',
    gives: { rows: 4, value: 5, drops: { missing_customer: 2, missing_value: 1 } },
  },
  {
    title: 'NDJSON with nested values and names that are members of objects',
    given: json({ ...A, x: { a: [1] }, constructor: 1, toString: null }, B).replace('"x"', '"__proto__"'),
    name: 'log.ndjson',
    gives: TWO,
  },
  {
    title: 'NDJSON with null for a line far down, which counts',
    given: `${far}null\n`,
    name: 'log.ndjson',
    gives: { rows: 6001, drops: { missing_customer: 1 } },
  },
  { title: 'NDJSON with a line of 5 MB', given: json(A, { ...B, note: big }), name: 'log.ndjson', gives: TWO },
  {
    title: 'NDJSON with ids that are numbers, truths and escapes',
    given: json(...[7, true, 'a\0b', '\u202e'].map((customer_id) => ({ ...A, customer_id }))),
    name: 'log.jsonl',
    gives: { customers: 4 },
  },
  {
    title: 'a folder that looks like a partition, whose name says nothing about the lines',
    given: json({ ...A, country: 'FR' }, { ...B, country: 'FR' }),
    name: 'value=9/country=DE/log.ndjson',
    gives: { ...TWO, countries: ['FR', 'FR'] },
  },
  {
    title: 'CSV in a folder that looks like a partition',
    given: two,
    name: 'c2=9/date=2012-01-01/log.csv',
    gives: TWO,
  },
  // databases and folders
  {
    title: 'a view of SQLite',
    given: sqliteOf(ORDERS, INSERT, 'CREATE VIEW sold AS SELECT * FROM orders'),
    options: { table: 'sold' },
    gives: TWO,
  },
  {
    title: 'blobs, NULL and whole numbers of 64 bits in SQLite',
    given: sqliteOf(
      ORDERS,
      "INSERT INTO orders VALUES (x'41', '2011-01-01', x'35'), (9223372036854775807, '2011-01-01', 5), (NULL, '2011-01-01', 5), (x'', '2011-01-01', 5), ('b', NULL, 5), ('c', '2011-01-01', NULL)",
    ),
    gives: {
      rows: 6,
      ids: ['9223372036854775807', 'A'],
      drops: { missing_customer: 2, missing_date: 1, missing_value: 1 },
    },
  },
  {
    title: 'a table of SQLite whose name is SQL',
    given: sqliteOf(
      `CREATE TABLE "it's ""x""; DROP" (customer_id, date, value)`,
      `INSERT INTO "it's ""x""; DROP" VALUES ('a', '2011-01-01', 5)`,
    ),
    gives: { rows: 1, value: 5 },
  },
  {
    title: 'a column of SQLite that is called __proto__',
    given: sqliteOf('CREATE TABLE orders (customer_id, date, "__proto__")', INSERT),
    options: { columns: { value: '__proto__' } },
    gives: TWO,
  },
  {
    title: 'a folder that holds one log in two layouts',
    given: folderOf({
      'a.csv': `${H}a,2011-01-01,5\n`,
      'b.ndjson': json({ Buyer: 'b', 'order date': '13.01.2011', amount: 6 }),
      'c.csv': `${H}c,01.13.2011,1\n`,
    }),
    gives: { rows: 3, value: 12, lastDay: '2011-01-13' },
  },
];

const wrong: readonly Wrong[] = [
  // not there
  { title: 'a path with NUL', given: () => 'a\0.csv', code: 'missing_file' },
  { title: 'no path', given: () => '', code: 'missing_file' },
  { title: 'nothing', given: () => undefined as never, code: 'missing_file' },
  { title: 'a number', given: () => 5 as never, code: 'missing_file' },
  { title: 'a number among paths', given: () => ['a.csv', 5] as never, code: 'missing_file' },
  { title: 'an empty folder', given: folderOf({}), code: 'missing_file' },
  {
    title: 'a folder without logs',
    given: folderOf({ 'README.md': two, '.hidden.csv': two }),
    code: 'missing_file',
    found: /2 other/,
  },
  {
    title: 'a database that is not there',
    given: () => 'postgres://nobody:secret@127.0.0.1:1/none?table=orders',
    code: 'unreachable_database',
  },
  // empty
  { title: 'a header, blank lines and nothing else', given: `\n${H}\n\n`, code: 'empty_file' },
  { title: 'a header in gzip', given: gzipSync(H), code: 'empty_file' },
  { title: 'gzip of nothing', given: gzipSync(''), code: 'empty_file' },
  { title: 'zstd of nothing', given: zstdOf(Buffer.alloc(0)), code: 'empty_file' },
  { title: 'SQLite without tables', given: sqliteOf('CREATE TABLE x (a)', 'DROP TABLE x'), code: 'empty_file' },
  { title: 'SQLite without rows', given: sqliteOf(ORDERS), code: 'empty_file' },
  { title: 'no pieces', given: () => (async function* () {})(), code: 'empty_file' },
  { title: 'a list of no paths', given: () => [], code: 'empty_file' },
  // not what it promises
  {
    title: 'gzip with something after it',
    given: Buffer.concat([gzipSync(two), Buffer.from('something')]),
    code: 'unreadable_file',
  },
  {
    title: 'gzip and zeros after it',
    given: Buffer.concat([gzipSync(two), Buffer.alloc(512)]),
    code: 'unreadable_file',
  },
  {
    title: 'zstd with something after it',
    given: Buffer.concat([zstdOf(Buffer.from(two)), Buffer.from('something')]),
    code: 'unreadable_file',
  },
  {
    title: 'half a character of UTF-16 at the end',
    given: Buffer.concat([Buffer.from(`\ufeff${two}`, 'utf16le'), Buffer.from('x')]),
    code: 'unreadable_file',
    found: /utf-16le/,
  },
  {
    title: 'half a pair of UTF-16',
    given: Buffer.from(`\ufeff${H}\ud800,2011-01-01,5\n`, 'utf16le'),
    code: 'unreadable_file',
  },
  { title: 'the first bytes of SQLite and no more', given: 'SQLite format 3\0', code: 'unreadable_file' },
  { title: 'a text with the mark of DuckDB', given: `customer${'DUCK'}${two.repeat(500)}`, code: 'unreadable_file' },
  {
    title: 'a view of SQLite without its table',
    given: sqliteOf(ORDERS, 'CREATE VIEW sold AS SELECT * FROM orders', 'DROP TABLE orders'),
    code: 'unreadable_file',
  },
  {
    title: 'a line longer than any line',
    given: `${two}c,2011-01-03,"${'x'.repeat(20_000_000)}"\n`,
    code: 'unreadable_file',
  },
  {
    title: 'NDJSON whose first line is endless',
    given: json({ ...A, note: big }, B),
    name: 'log.ndjson',
    code: 'unreadable_file',
  },
  { title: 'one JSON array', given: JSON.stringify([A, B]), name: 'log.json', code: 'unreadable_file', hint: /jq/ },
  {
    title: 'one broken file among good ones',
    given: folderOf({ 'a.csv': two, 'b.csv.gz': gzipSync(two).subarray(0, 40), 'c.csv': two }),
    code: 'unreadable_file',
  },
  { title: 'an empty file among good ones', given: folderOf({ 'a.csv': two, 'b.csv': '' }), code: 'empty_file' },
  // rows
  { title: 'a row too short, after blank lines', given: `${two}\n\nc,2011-01-03\n`, code: 'bad_row', row: 6 },
  { title: 'a row too long', given: `${two}c,2011-01-03,5,6,7\n`, code: 'bad_row', row: 4 },
  { title: 'a decimal comma without quotes', given: `${two}c,2011-01-03,5,25\n`, code: 'bad_row', row: 4 },
  {
    title: 'a comment among the rows',
    given: `${two}# half time\nc,2011-01-03,5\n`,
    code: 'bad_row',
    row: 4,
    found: '# half time',
  },
  { title: 'a line of blanks', given: `${H}a,2011-01-01,5\n   \nb,2011-01-02,6\n`, code: 'bad_row', row: 3 },
  { title: 'line ends of two kinds', given: `${two}c,2011-01-03,5\r\n`, code: 'bad_row' },
  { title: 'CR among LF', given: `${H}a,2011-01-01,5\rb,2011-01-02,6\n`, code: 'bad_row' },
  { title: 'a quote that stays open at the end', given: `${two}c,2011-01-03,"5`, code: 'bad_row', row: 4 },
  { title: 'text after a quoted cell', given: `${two}"c"d,2011-01-03,5\n`, code: 'bad_row', row: 4 },
  {
    title: 'NDJSON broken in the middle',
    given: `${json(A)}{"customer_id":"a","da\n${json(B)}`,
    name: 'log.ndjson',
    code: 'bad_row',
    row: 2,
  },
  {
    title: 'NDJSON with two objects in a line',
    given: `${json(A)}${json(A).trim()}${json(B)}`,
    name: 'log.ndjson',
    code: 'bad_row',
    row: 2,
  },
  {
    title: 'NDJSON with a name twice',
    given: `${json(A)}{"customer_id":"a","customer_id":"b","date":"2011-01-01","value":5}\n`,
    name: 'log.ndjson',
    code: 'bad_row',
    row: 2,
    found: 'customer_id',
  },
  {
    title: 'NDJSON with a line that is an array',
    given: `${json(A)}[1]\n`,
    name: 'log.ndjson',
    code: 'bad_row',
    row: 2,
  },
  { title: 'NDJSON with an array far down', given: `${far}[1]\n`, name: 'log.ndjson', code: 'bad_row', row: 6001 },
  {
    title: 'one JSON object over several lines',
    given: JSON.stringify(A, null, 2),
    name: 'log.json',
    code: 'bad_row',
    row: 1,
  },
  // columns
  {
    title: 'a comment before the header',
    given: `# made today\n${two}`,
    code: 'missing_column',
    found: '# made today',
  },
  { title: 'only quotes', given: '"""""""""', code: 'missing_column' },
  { title: 'one quote', given: '"', code: 'missing_column' },
  { title: 'a header that never closes', given: `customer_id,date,"value\n${rows}`, code: 'missing_column' },
  { title: 'NUL bytes and nothing else', given: Buffer.alloc(5000), code: 'missing_column' },
  { title: 'a separator that nobody uses', given: two.replaceAll(',', ':'), code: 'missing_column' },
  {
    title: 'the orders within an object',
    given: JSON.stringify({ orders: [A] }),
    name: 'log.json',
    code: 'missing_column',
    found: 'orders',
  },
  {
    title: 'two columns of one name',
    given: `customer_id,date,value,value\na,2011-01-01,5,6\n`,
    code: 'ambiguous_column',
    hint: /rename/,
  },
  {
    title: 'two columns that could be the date',
    given: `customer_id,order date,invoice_date,value\na,2011-01-01,2011-01-01,5\n`,
    code: 'ambiguous_column',
    hint: /--date_column 'order date'/,
  },
  {
    title: 'NDJSON names that differ in case',
    given: json({ ...A, Value: 6 }),
    name: 'log.ndjson',
    code: 'ambiguous_column',
  },
  {
    title: 'a feature of a column that the log lacks',
    given: two,
    features: { features: ['country'] },
    code: 'missing_column',
    hint: /--country_column/,
  },
  // cells
  { title: 'UTF-16 without a mark', given: Buffer.from(two, 'utf16le').swap16(), code: 'bad_cell' },
  { title: 'NUL in an amount', given: values('5\0'), code: 'bad_cell', row: 2, column: 'value' },
  {
    title: 'the header again in the middle',
    given: two + two,
    code: 'bad_cell',
    row: 4,
    column: 'value',
    found: 'value',
  },
  ...[
    '€5',
    '5 EUR',
    '5 000',
    '1\u202f000',
    '1,234.50',
    '1;2',
    '5%',
    '(5)',
    '5-',
    '−5',
    '٣',
    '0x1F',
    'true',
    'NULL',
    'NaN',
    'Infinity',
    '1e308',
    '1.1e15',
  ].map(
    (cell): Wrong => ({
      title: `an amount such as ${cell}`,
      given: values('5', cell),
      code: 'bad_cell',
      row: 3,
      column: 'value',
      found: cell,
    }),
  ),
  {
    title: 'decimal marks of two kinds',
    given: values('1.5', '1,5'),
    code: 'bad_cell',
    row: 3,
    hint: /--decimal comma/,
  },
  {
    title: 'a decimal point among commas',
    given: values('1,5', '1.5'),
    options: { decimal: 'comma' },
    code: 'bad_cell',
    row: 3,
    found: '1.5',
  },
  {
    title: 'a product that is no amount',
    given: 'customer_id,date,quantity,unit_price\na,2011-01-01,1e8,1e8\n',
    code: 'bad_cell',
    row: 2,
    column: 'unit_price',
  },
  ...[
    '2011-02-29',
    '1900-02-29',
    '2011-04-31',
    '0000-01-01',
    '10000-01-01',
    '2011-01-02 garbage9',
    '2011/01/02',
    '2011-13-01',
    '20110102',
    '1296432000',
    '1296432000000',
    'soon',
  ].flatMap((cell) =>
    (['careful', 'direct'] as const).map(
      (way): Wrong => ({
        title: `a date such as ${cell} far down, read in the ${way} way`,
        given: `${H}${rows.repeat(150)}b,${cell},6\n`,
        options: { way },
        code: 'bad_cell',
        row: 302,
        column: 'date',
        found: cell,
      }),
    ),
  ),
  {
    title: 'an ISO day among seconds',
    given: dates(...Array.from({ length: 300 }, (_, i) => `${1296432000 + i * 90_000}`), '2011-01-31'),
    code: 'bad_cell',
    row: 302,
    found: '2011-01-31',
  },
  {
    title: 'milliseconds among seconds',
    given: dates('1296432000', '1296432000', '1296432000000'),
    code: 'bad_cell',
    row: 2,
  },
  {
    title: 'NDJSON with an amount that is an object',
    given: json(A, { ...B, value: { eur: 5 } }),
    name: 'log.ndjson',
    code: 'bad_cell',
    row: 2,
    column: 'value',
  },
  {
    title: 'an infinite amount in SQLite',
    given: sqliteOf(ORDERS, "INSERT INTO orders VALUES ('a', '2011-01-01', 9e999)"),
    code: 'bad_cell',
    row: 1,
  },
  {
    title: 'a symbol for a customer',
    given: () => ({ customer: [Symbol('x')], date: [1], value: [1] }) as never,
    code: 'bad_cell',
    row: 1,
    column: 'customer',
  },
  {
    title: 'days and months that cannot be told apart',
    given: dates('01/02/03', '04/05/06'),
    code: 'ambiguous_date_order',
  },
  // columns in memory
  {
    title: 'a column that is null',
    given: () => ({ customer: null, date: [1], value: [1] }) as never,
    code: 'bad_columns',
    column: 'customer',
  },
  {
    title: 'a column that is text',
    given: () => ({ customer: 'ab', date: 'ab', value: 'ab' }) as never,
    code: 'bad_columns',
  },
  { title: 'pieces that are null', given: () => [null] as never, code: 'bad_columns' },
  // nothing left
  {
    title: 'a customer column that is all empty',
    given: `${H},2011-01-01,5\n" ",2011-01-02,6\n`,
    code: 'no_customers',
    found: 'no customer id: 2',
  },
  {
    title: 'negative quantities only',
    given: 'customer_id,date,quantity,unit_price\na,2011-01-01,-1,5\nb,2011-01-02,-2,5\n',
    code: 'no_customers',
    found: 'quantity zero or negative: 2',
  },
  { title: 'the future only', given: dates('9999-01-01'), code: 'no_customers', found: 'dated in the future: 1' },
  {
    title: 'a cohort of nobody',
    given: two,
    features: { cohort: { minTransactions: 2 } },
    code: 'no_customers',
    found: /minTransactions 2/,
  },
  // tables
  {
    title: 'a database of two tables',
    given: sqliteOf(ORDERS, 'CREATE TABLE customers (a)'),
    code: 'ambiguous_table',
    hint: /--table orders/,
  },
  {
    title: 'a table that is not there',
    given: sqliteOf(ORDERS),
    options: { table: 'order' },
    code: 'missing_table',
    hint: /--table orders/,
  },
  { title: 'a table of a text', given: two, options: { table: 'orders' }, code: 'bad_option' },
  // options of features
  {
    title: 'a feature that nobody knows',
    given: two,
    features: { features: ['constructor'] },
    code: 'unknown_feature',
  },
  {
    title: 'a threshold after the log',
    given: two,
    features: { thresholdDate: '2011-01-03' },
    code: 'threshold_outside_data',
  },
  {
    title: 'an origin before the log',
    given: two,
    features: { origins: ['2010-12-31'] },
    code: 'threshold_outside_data',
  },
  {
    title: 'a holdout that ends before it begins',
    given: two,
    features: { thresholdDate: '2011-01-02', predictEnd: '2011-01-01' },
    code: 'bad_window',
  },
  {
    title: 'a threshold that is no day',
    given: two,
    features: { thresholdDate: '2011-02-29' },
    code: 'bad_date',
    found: '2011-02-29',
  },
];

describe('an odd log is read for what it says', () => {
  it.each(right.map((one) => [one.title, one] as const))('%s', async (_, one) => {
    expect(await made(await inputOf(one), one)).toMatchObject(one.gives);
  });
});

describe('a broken log is refused in words', () => {
  it.each(wrong.map((one) => [one.title, one.code, one] as const))('%s: %s', async (_title, _code, one) => {
    const input = await inputOf(one);
    const error = await complaint(input, one);
    expect(error.code, error.message).toBe(one.code);
    expect(error.details.expected).toBeTruthy();
    if (one.row !== undefined) expect(error.details.row).toBe(one.row);
    if (one.column !== undefined) expect(error.details.column).toBe(one.column);
    if (one.found !== undefined) expect(String(error.details.found)).toMatch(one.found);
    if (one.hint !== undefined) expect(error.details.hint).toMatch(one.hint);
    if (typeof one.given !== 'function' && one.features === undefined) expect(error.details.file).toBe(input);
    expect(error.message).not.toMatch(/secret|\0/);
  });

  it('with every code that reading and features have', () => {
    const codes: readonly ErrorCode[] = [
      ...([
        'missing_file',
        'empty_file',
        'unreadable_file',
        'unreachable_database',
        'missing_table',
        'ambiguous_table',
      ] as const),
      ...(['bad_row', 'missing_column', 'ambiguous_column', 'bad_cell', 'ambiguous_date_order', 'bad_date'] as const),
      ...([
        'threshold_outside_data',
        'bad_window',
        'no_customers',
        'unknown_feature',
        'bad_columns',
        'bad_option',
      ] as const),
    ];
    const met = new Set(wrong.map(({ code }) => code));
    expect(codes.filter((code) => !met.has(code))).toEqual([]);
  });

  it('wherever a packed file, a Parquet file or a database is cut off', async () => {
    const packed: ReadonlyArray<readonly [string, Buffer]> = [
      ['gz', gzipSync(smallLog)],
      ['zst', zstdOf(Buffer.from(smallLog))],
      ['parquet', readFileSync(await parquet())],
      ['duckdb', readFileSync(await duckdb())],
      ['sqlite', readFileSync(sqliteOf(ORDERS, INSERT)())],
    ];
    for (const [name, bytes] of packed) {
      for (const share of [0.001, 0.05, 0.3, 0.5, 0.9, 0.99, 1]) {
        const length = Math.min(bytes.length - 1, Math.max(20, Math.floor(bytes.length * share)));
        const cut = fileIn(folder, `cut.${name}`, bytes.subarray(0, length));
        expect((await complaint(cut, { title: '', given: '' })).code, `${name} cut at ${share}`).toBe(
          'unreadable_file',
        );
      }
    }
  });

  it.skipIf(process.platform === 'win32')('where it is a pipe, which cannot be read twice: missing_file', async () => {
    const pipe = join(folder, 'pipe.csv');
    execFileSync('mkfifo', [pipe]);
    const writer = execFileSync.bind(null, 'sh', ['-c', `printf '${two.replaceAll('\n', '\\n')}' > ${pipe} &`], {
      stdio: 'ignore',
    });
    writer();
    expect((await complaint(pipe, { title: '', given: '' })).code).toBe('missing_file');
  });
});

describe('a log is found under any name', () => {
  it.runIf(process.platform === 'linux')(
    'even where its name leads nowhere, as that of a file that is open and deleted',
    async () => {
      const path = fileIn(folder, 'deleted.csv', two);
      const open = openSync(path, 'r');
      unlinkSync(path);
      const log = await readTransactions(`/proc/self/fd/${open}`);
      await log.close();
      closeSync(open);
      expect(log.report).toMatchObject(TWO);
    },
  );

  it.each([
    ...[
      "'; DROP TABLE lines; --.csv",
      '$(x).csv',
      '*.csv',
      '?.csv',
      '[a].csv',
      '[!a].csv',
      '{a,b}.csv',
      '-x.csv',
      '--help.csv',
      'a\\b.csv',
    ],
    ...[
      '"q".csv',
      'a\nb.csv',
      ' .csv',
      '😀.csv',
      'a%20b.csv',
      'md:x.csv',
      'c0=5.csv',
      'value=9.csv',
      '~',
      '\u202egnp.csv',
    ],
  ])('%j', async (name) => {
    const place = join(folder, 'names');
    mkdirSync(place, { recursive: true });
    fileIn(place, 'decoy.csv', `${H}decoy,2011-01-01,1000\n`);
    for (const [file, content] of [
      [name, two],
      [name.replace('.csv', '.ndjson'), json(A, B)],
    ] as const) {
      const path = fileIn(place, file, content);
      const log = await readTransactions(path);
      await log.close();
      expect(log.report).toMatchObject({ ...TWO, file: path, files: [path] });
    }
  });
});

describe('options that no type checker saw are refused in words', () => {
  const bare = Object.create(null);
  it.each([
    [null, 'bad_option'],
    [{ columns: null }, 'bad_option'],
    [{ columns: 5 }, 'bad_option'],
    [{ columns: 'customer' }, 'bad_option'],
    [{ columns: { customer: 5 } }, 'bad_option'],
    [{ columns: { customer: null } }, 'bad_option'],
    [{ dateFormat: 5 }, 'bad_option'],
    [{ dateFormat: null }, 'bad_option'],
    [{ dateFormat: '' }, 'bad_option'],
    [{ decimal: null }, 'bad_option'],
    [{ decimal: bare }, 'bad_option'],
    [{ decimal: Symbol('x') }, 'bad_option'],
    [{ table: 5 }, 'bad_option'],
    [{ latestDate: null }, 'bad_date'],
    [{ latestDate: 5 }, 'bad_date'],
    [{ returns: { a: 1 } }, 'bad_option'],
    [{ duplicates: true }, 'bad_option'],
    [{ detail: null }, 'bad_option'],
    [{ onProgress: 5 }, 'bad_option'],
  ])('of readTransactions: %o: %s', async (options, code) => {
    const path = fileIn(folder, 'options.csv', two);
    const error = await readTransactions(path, options as never).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ClvError);
    expect(error).toMatchObject({ code });
  });

  it.each([
    [null, 'bad_option'],
    [{ split: {} }, 'bad_option'],
    [{ split: 5 }, 'bad_option'],
    [{ split: 'a' }, 'bad_option'],
    [{ split: { a: '1' } }, 'bad_option'],
    [{ split: { a: -1 } }, 'bad_option'],
    [{ cohort: null }, 'bad_option'],
    [{ cohort: 5 }, 'bad_option'],
    [{ cohort: { from: 5 } }, 'bad_date'],
    [{ cohort: { minTransactions: '1' } }, 'bad_option'],
    [{ outliers: 5 }, 'bad_option'],
    [{ outliers: 'drop' }, 'bad_option'],
    [{ outliers: {} }, 'bad_option'],
    [{ outliers: { winsorise: '0.9' } }, 'bad_option'],
    [{ origins: 5 }, 'bad_option'],
    [{ origins: [null] }, 'bad_date'],
    [{ features: 5 }, 'bad_option'],
    [{ features: [null] }, 'unknown_feature'],
    [{ features: [bare] }, 'unknown_feature'],
    [{ thresholdDate: 5 }, 'bad_date'],
    [{ predictEnd: new Date(0) }, 'bad_date'],
    [{ preset: '__proto__' }, 'bad_option'],
    [{ onProgress: 5 }, 'bad_option'],
  ])('of featureTable: %o: %s', async (options, code) => {
    const log = await readTransactions(fileIn(folder, 'options.csv', two));
    const error = await featureTable(log, options as never).catch((error: unknown) => error);
    await log.close();
    expect(error).toBeInstanceOf(ClvError);
    expect(error).toMatchObject({ code });
  });
});

describe('features are written whole, or not at all', () => {
  const IDS = ['+A1', '-2', '=1+1', '@x', 'a\tb', 'q"q', 'x\ny', '\u202eabc', '客户', '😀'].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );

  /** What writing to `path` gives, and what lies in its folder then beside what lay there before. */
  async function written(path: string, csv = ids(...IDS)) {
    const log = await readTransactions(fileIn(folder, 'written.csv', csv));
    const place = dirname(String(path));
    const lying = () => (statSync(place, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(place) : []);
    const before = lying();
    try {
      const table = await featureTable(log, { features: 'core' });
      const result = await writeFeatures(log, table, path).catch((error: unknown) => error);
      return { result, left: lying().filter((name) => !before.includes(name)) };
    } finally {
      await log.close();
    }
  }

  /** `name` in a folder of its own, in which a folder of another name lies. */
  const blocked = (name: string, by: string): string => {
    const place = folderOf({})();
    mkdirSync(join(place, by));
    return join(place, name);
  };

  it('with ids as they are in Parquet and Arrow, and harmless in CSV', async () => {
    const place = folderOf({})();
    for (const format of ['csv', 'parquet', 'arrow'])
      expect((await written(join(place, `ids.${format}`))).left).toHaveLength(2);
    const csv = Papa.parse<string[]>(readFileSync(join(place, 'ids.csv'), 'utf8').trimEnd()).data.slice(1);
    expect(csv.map(([id]) => id)).toEqual(IDS.map((id) => (/^[=+@-]/.test(id) ? `'${id}` : id)));
    const engine = await openDuckDb();
    expect((await engine.query(`SELECT customer_id FROM ${literal(join(place, 'ids.parquet'))}`)).texts(0)).toEqual(
      IDS,
    );
    await engine.close();
    expect([...tableFromIPC(readFileSync(join(place, 'ids.arrow'))).getChild('customer_id')]).toEqual(IDS);
    expect(JSON.parse(readFileSync(join(place, 'ids.csv.manifest.json'), 'utf8')).output.escaped_formulas).toBe(4);
  });

  it.each(["it's $(x) *[1] {a}.csv", "it's $(x) *[1] {a}.parquet", 'X.FEATHER', '-x.arrow', 'a\nb.csv'])(
    'under the name %j',
    async (name) => {
      const place = folderOf({})();
      expect((await written(join(place, name))).left.sort()).toEqual([name, `${name}.manifest.json`].sort());
    },
  );

  it.each<readonly [string, () => string, ErrorCode]>([
    ['below a file', () => join(fileIn(folder, 'in-the-way', ''), 'x.csv'), 'unwritable_folder'],
    ['onto a folder', () => blocked('x.parquet', 'x.parquet'), 'unwritable_folder'],
    ['onto a folder in the place of the manifest', () => blocked('x.csv', 'x.csv.manifest.json'), 'unwritable_folder'],
    ['under a name that is too long', () => join(folderOf({})(), `${'x'.repeat(300)}.csv`), 'unwritable_folder'],
    ['under a name with NUL', () => join(folderOf({})(), 'a\0b.csv'), 'unwritable_folder'],
    ['under a name that tells no format', () => join(folderOf({})(), 'x.xlsx'), 'bad_option'],
    ['under no name', () => '', 'bad_option'],
    ['to what is no path', () => 5 as never, 'bad_option'],
    ['onto the log itself', () => join(folder, 'written.csv'), 'bad_option'],
  ])('%s: %s', async (_, path, code) => {
    const { result, left } = await written(path());
    expect(result).toBeInstanceOf(ClvError);
    expect(result).toMatchObject({ code });
    expect((result as ClvError).details.expected).toBeTruthy();
    expect(left).toEqual([]);
  });
});
