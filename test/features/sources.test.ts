import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, createReadStream, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sqlite from 'node-sqlite3-wasm';
import { describe, expect, it } from 'vitest';
import { ClvError } from '../../src/errors.js';
import { openDuckDb } from '../../src/features/duckdb.js';
import { identifier, literal } from '../../src/features/engine.js';
import { type ReadOptions, type ReadReport, readTransactions } from '../../src/features/read-transactions.js';
import { directRelation } from '../../src/features/relation.js';
import { type Input, openInput, sampleOf } from '../../src/features/source.js';
import { fileIn, smallLog, temporaryFolder } from './logs.js';

const folder = temporaryFolder();

const rows = smallLog
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))
  .map(([customer, date, value]) => ({ customer_id: customer!, date: date!, value: Number(value) }));
const ndjson = `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const columns = {
  customer: rows.map(({ customer_id }) => customer_id),
  date: rows.map(({ date }) => date),
  value: rows.map(({ value }) => value),
};
const sixty = { rows: 60, customers: 7, transactions: 60, value: 2400, firstDay: '2011-01-10', lastDay: '2011-06-24' };

async function read(input: Input, options?: ReadOptions): Promise<ReadReport> {
  const log = await readTransactions(input, options);
  await log.close();
  return log.report;
}

async function complaint(input: Input, options?: ReadOptions): Promise<ClvError> {
  const error = await read(input, options).then(
    (report) => new Error(`it was read: ${JSON.stringify(report)}`),
    (error: unknown) => error,
  );
  if (!(error instanceof ClvError)) throw error;
  expect(
    readdirSync(tmpdir()).filter(
      (name) => /^clv-(text|stream|sqlite|spill)/.test(name) && name.includes(`-${process.pid}-`),
    ),
  ).toEqual([]);
  return error;
}

/** Runs SQL in a DuckDB of its own. */
async function duckDb(...statements: readonly string[]): Promise<void> {
  const engine = await openDuckDb();
  for (const sql of statements) await engine.run(sql);
  await engine.close();
}

/** Packs a file as zstd, which Node 20 cannot. */
async function zstd(name: string, content: string): Promise<string> {
  const plain = fileIn(folder, `${name}.plain`, content);
  const path = join(folder, name);
  await duckDb(`COPY (SELECT * FROM read_csv(${literal(plain)}, header = false, auto_detect = false, delim = '\x01',
    quote = '', escape = '', columns = {line: 'VARCHAR'})) TO ${literal(path)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '',
    DELIMITER '\x01', COMPRESSION zstd)`);
  return path;
}

const state = (path: string) => [
  createHash('md5').update(readFileSync(path)).digest('hex'),
  readdirSync(join(path, '..')).sort(),
];

describe('the same log gives the same report', () => {
  it('as zstd', async () => {
    expect(await read(await zstd('log.csv.zst', smallLog))).toMatchObject(sixty);
  });

  it('as zstd of many blocks', async () => {
    const many = `customer_id,date,value\n${Array.from({ length: 100_000 }, (_, i) => `c${(i * 7919) % 999},2011-01-${10 + (i % 20)},${i % 100}.25\n`).join('')}`;
    const packed = await zstd('many.csv.zst', many);
    expect(await read(packed)).toEqual({
      ...(await read(fileIn(folder, 'many.csv', many))),
      file: packed,
      files: [packed],
    });
    const cut = fileIn(folder, 'cut.csv.zst', readFileSync(packed).subarray(0, -3));
    expect(await complaint(cut)).toMatchObject({ code: 'unreadable_file', details: { file: cut } });
  });

  it.each([
    ['log.ndjson', ndjson],
    ['log.jsonl', `\n${ndjson.replaceAll('\n', '\r\n')}\n`],
    ['log.txt', ndjson],
    ['log.ndjson.gz', gzipSync(ndjson)],
    ['log-with-mark.ndjson', `\uFEFF${ndjson}`],
    ['log16.ndjson', Buffer.from(`\uFEFF${ndjson}`, 'utf16le')],
    ['log-other.ndjson', ndjson.replace(/"value":([\d.]+)/g, '"note":{"a":[1,{"b":null}]},"value":"$1"')],
  ])('as NDJSON: %s', async (name, content) => {
    expect(await read(fileIn(folder, name, content))).toMatchObject(sixty);
  });

  it('as NDJSON that is not UTF-8 late in the file, and says so', async () => {
    const late = `${ndjson}${'{"customer_id":"c1","date":"2011-03-03","value":1}\n'.repeat(9000)}{"customer_id":"caf\xe9","date":"2011-03-03","value":1}`;
    const report = await read(fileIn(folder, 'late.ndjson', Buffer.from(late, 'latin1')));
    expect(report).toMatchObject({ rows: 9061, customers: 8, encoding: 'windows-1252' });
  });

  it('as NDJSON with numbers as JSON has them, and names that are SQL', async () => {
    const odd = `{"":0,"who\\"; DROP":17850.0,"date":1296432000000,"value":1e3}\n{"who\\"; DROP":12345678901234567890,"date":1296432000000,"value":0.25}\n`;
    const log = await readTransactions(fileIn(folder, 'odd.ndjson', odd), { columns: { customer: 'who"; DROP' } });
    const ids = await log.engine.query('SELECT DISTINCT customer FROM customer_days ORDER BY 1');
    await log.close();
    expect(ids.texts(0)).toEqual(['12345678901234567890', '17850']);
    expect(log.report).toMatchObject({ value: 1000.25, dateFormat: 'epoch_ms', firstDay: '2011-01-31' });
  });

  it('as NDJSON in zstd', async () => {
    expect(await read(await zstd('log.ndjson.zst', ndjson))).toMatchObject(sixty);
  });

  it('as columns', async () => {
    expect(await read(columns)).toMatchObject({ ...sixty, file: 'columns', files: [] });
    const start = Date.UTC(2011, 0, 1) / 86_400_000;
    const typed = {
      ...columns,
      date: columns.date.map(
        (date, i) => [new Date(`${date}T00:30`), Date.parse(date) / 86_400_000, `${date}T23:59:59+14:00`][i % 3]!,
      ),
      value: undefined,
      quantity: Int32Array.from(columns.value, () => 2),
      price: Float64Array.from(columns.value, (value) => value / 2),
    };
    expect(start).toBe(14_975);
    expect(await read(typed)).toMatchObject(sixty);
  });

  it('as pieces of columns, also as they come', async () => {
    const pieces = [0, 7, 7, 60].flatMap((from, i, all) => {
      const to = all[i + 1];
      if (to === undefined) return [];
      return {
        customer: columns.customer.slice(from, to),
        date: columns.date.slice(from, to),
        value: columns.value.slice(from, to),
      };
    });
    expect(await read(pieces)).toMatchObject(sixty);
    async function* slowly() {
      for (const piece of pieces) {
        await new Promise(setImmediate);
        yield piece;
      }
    }
    expect(await read(slowly())).toMatchObject({ ...sixty, file: 'columns' });
  });

  it('as the bytes or the text of a file, in pieces', async () => {
    const path = fileIn(folder, 'streamed.csv.gz', gzipSync(smallLog));
    expect(await read(createReadStream(path, { highWaterMark: 100 }))).toMatchObject({
      ...sixty,
      file: 'stream',
      files: [],
    });
    async function* text() {
      for (let i = 0; i < smallLog.length; i += 17) yield smallLog.slice(i, i + 17);
    }
    expect(await read(text())).toMatchObject(sixty);
    expect(await read(new Response(smallLog).body! as AsyncIterable<Uint8Array>)).toMatchObject(sixty);
    expect(await read(Buffer.from(smallLog))).toMatchObject(sixty);
  });

  it('as a table of DuckDB, which is not written to', async () => {
    const path = join(folder, "it's.duckdb");
    await duckDb(
      `ATTACH ${literal(path)} AS shop`,
      `CREATE TABLE shop."the log" AS SELECT * FROM read_csv(${literal(fileIn(folder, 'for-duckdb.csv', smallLog))})`,
      'DETACH shop',
    );
    const before = state(path);
    chmodSync(path, 0o444);
    expect(await read(path)).toMatchObject(sixty);
    expect(await read(path, { table: 'main.the log', decimal: 'comma' })).toMatchObject(sixty);
    expect(state(path)).toEqual(before);
  });

  it('as a view of DuckDB, read by two at once', async () => {
    const path = join(folder, 'views.duckdb');
    await duckDb(
      `ATTACH ${literal(path)} AS shop`,
      `CREATE TABLE shop.everything AS SELECT *, 'x' AS more FROM read_csv(${literal(fileIn(folder, 'for-view.csv', smallLog))})`,
      'CREATE VIEW shop.sold AS SELECT * FROM everything WHERE value > 0',
      'DETACH shop',
    );
    const reports = await Promise.all([read(path, { table: 'sold' }), read(path, { table: 'everything' })]);
    expect(reports).toMatchObject([sixty, sixty]);
  });

  it.each(['delete', 'wal'])('as a table of SQLite in journal mode %s, which is not written to', async (mode) => {
    const path = sqliteFile(`${mode}.db`, 'log', mode);
    const before = state(path);
    chmodSync(path, 0o444);
    expect(await read(path)).toMatchObject(sixty);
    expect(await read(path, { decimal: 'comma', table: 'log' }).catch(({ code }) => code)).toBe('bad_cell');
    expect(state(path)).toEqual(before);
  });
});

/** A database with the small log. */
function sqliteFile(name: string, table: string, mode = 'delete'): string {
  const path = join(folder, name);
  const database = new sqlite.Database(path);
  database.exec(`CREATE TABLE ${identifier(table)} (customer_id TEXT, date TEXT, value REAL)`);
  const insert = database.prepare(`INSERT INTO ${identifier(table)} VALUES (?, ?, ?)`);
  for (const { customer_id, date, value } of rows) insert.run([customer_id, date, value]);
  insert.finalize();
  database.close();
  if (mode === 'wal') {
    const bytes = readFileSync(path);
    bytes.fill(2, 18, 20);
    fileIn(folder, name, bytes);
  }
  return path;
}

describe('several files', () => {
  const [head, ...lines] = smallLog.trimEnd().split('\n');
  const part = (from: number, to: number) => `${[head, ...lines.slice(from, to)].join('\n')}\n`;

  it('are one log: a folder, a pattern or paths, each with its own dialect and order of columns', async () => {
    const dir = join(folder, 'orders');
    mkdirSync(dir);
    fileIn(dir, 'a.csv', part(0, 10));
    fileIn(dir, 'b.CSV.gz', gzipSync(part(10, 20).replaceAll(',', ';').replaceAll('\n', '\r\n')));
    fileIn(dir, 'c.ndjson', ndjson.split('\n').slice(20, 30).join('\n'));
    const turned = part(30, 40)
      .replace(/(.*),(.*),(.*)/g, '$3\t$1\t$2')
      .replace('customer_id', 'Client')
      .replace('date', 'Order Date');
    fileIn(dir, 'd.tsv', Buffer.from(`\uFEFF${turned}`, 'utf16le'));
    fileIn(dir, 'e.txt', part(40, 50).replace(/(\d{4})-(\d\d)-(\d\d)/g, '$3.$2.$1'));
    await duckDb(`COPY (SELECT customer_id, date::TIMESTAMP AS date, value FROM read_csv(${literal(fileIn(folder, 'rest.csv', part(50, 60)))}))
      TO ${literal(join(dir, 'f.parquet'))} (FORMAT parquet)`);
    fileIn(dir, '.hidden.csv', 'nonsense');
    fileIn(dir, 'README.md', 'nonsense');
    mkdirSync(join(dir, 'folder.csv'));
    const names = ['a.csv', 'b.CSV.gz', 'c.ndjson', 'd.tsv', 'e.txt', 'f.parquet'].map((name) => join(dir, name));

    const report = await read(dir);
    expect(report).toMatchObject({
      ...sixty,
      file: dir,
      files: names,
      dateFormat: '%Y-%m-%d and %d.%m.%Y',
      encoding: 'utf-16le',
    });
    expect(await read(names)).toMatchObject({ ...sixty, files: names });
    expect(await read(join(dir, '[a-f].*'))).toMatchObject({ ...sixty, files: names });
    expect(await read([join(dir, '[a-c].*'), ...names.slice(3)])).toMatchObject(sixty);
  });

  it('settle together which number of a date is the month', async () => {
    const log = (...dates: string[]) => `customer,date,value\n${dates.map((date) => `a,${date},1\n`).join('')}`;
    const first = fileIn(folder, 'first.csv', log('01/02/2011', '03/04/2011'));
    const second = fileIn(folder, 'second.csv', log('13/02/2011'));
    expect(await read([first, second])).toMatchObject({ dateFormat: '%d/%m/%Y', firstDay: '2011-02-01' });
    expect(await complaint([first])).toMatchObject({ code: 'ambiguous_date_order', details: { file: first } });
    const iso = fileIn(folder, 'iso.csv', log('2011-05-01'));
    expect(await complaint([iso, first])).toMatchObject({ code: 'ambiguous_date_order', details: { file: first } });
    const us = fileIn(folder, 'us.csv', log('02/13/2011', '01/02/2011'));
    expect(await read([second, us])).toMatchObject({ firstDay: '2011-01-02', lastDay: '2011-02-13', transactions: 2 });
  });

  it('keep their order, and the place of each line', async () => {
    const files = [0, 1, 2].map((i) => fileIn(folder, `place${i}.csv`, part(i * 20, i * 20 + 20)));
    const log = await readTransactions(files, { way: 'careful' });
    const found = await log.engine.query('SELECT part, part_row, value::DOUBLE FROM lines ORDER BY position');
    await log.close();
    expect([...found.numbers(0)]).toEqual(rows.map((_, i) => Math.floor(i / 20)));
    expect([...found.numbers(1)]).toEqual(rows.map((_, i) => i % 20));
    expect([...found.numbers(2)]).toEqual(rows.map(({ value }) => value));
  });

  it('name the file and the row in it where something is wrong', async () => {
    const good = fileIn(folder, 'good.csv', part(0, 30));
    const bad = fileIn(folder, 'bad.csv', `${part(30, 32)}\n${lines[33]}x\n`);
    expect(await complaint([good, bad])).toMatchObject({
      code: 'bad_cell',
      details: { file: bad, row: 5, column: 'value' },
    });
    const day = fileIn(
      folder,
      'day.ndjson',
      '{"customer":"a","date":"2011-01-01","value":1}\n\n{"customer":"a","date":"2011-02-31","value":1}\n',
    );
    expect(await complaint([good, day])).toMatchObject({
      code: 'bad_cell',
      details: { file: day, row: 3, column: 'date', found: '2011-02-31' },
    });
    const short = fileIn(folder, 'short.csv', `${head}\na,2011-01-01\n`);
    expect(await complaint([good, short])).toMatchObject({ code: 'bad_row', details: { file: short, row: 2 } });
    const other = fileIn(folder, 'other.csv', 'customer,value\na,5\n');
    expect(await complaint([good, other])).toMatchObject({ code: 'missing_column', details: { file: other } });
    const product = fileIn(folder, 'product.csv', 'customer,date,quantity,unit_price\na,2011-01-01,5,1\n');
    expect(await complaint([good, product])).toMatchObject({ code: 'missing_column', details: { file: product } });
    const uci = fileIn(
      folder,
      'uci.csv',
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,A,x,2,12/31/2010 8:26,1.5,1,UK\n',
    );
    expect(await complaint([product, uci])).toMatchObject({ code: 'bad_option', details: { file: uci } });
    symlinkSync(good, join(folder, 'again.csv'));
    expect(await complaint([good, join(folder, 'again.csv')])).toMatchObject({ code: 'bad_option' });
  });

  it('must exist', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(await complaint(empty)).toMatchObject({ code: 'missing_file', details: { file: empty } });
    expect(await complaint(join(folder, 'no*where.csv'))).toMatchObject({ code: 'missing_file' });
    expect(await complaint([])).toMatchObject({ code: 'empty_file' });
    expect(await complaint({} as never)).toMatchObject({ code: 'missing_file' });
  });
});

describe('what cannot be read says so', () => {
  it.each([
    ['a line that is no object', `${ndjson}[1]\n`, 'bad_row', 61],
    ['a line that is cut off', `${ndjson.slice(0, -10)}\n`, 'bad_row', 60],
    ['a broken line far down', `${ndjson.repeat(300)}\n{"customer_id": }\n${ndjson}`, 'bad_row', 18_002],
    ['names that differ in case only', `${ndjson}{"Value":1}\n`, 'ambiguous_column', undefined],
    [
      'an amount that is an object',
      `${ndjson}{"customer_id":"a","date":"2011-01-01","value":{"eur":1}}\n`,
      'bad_cell',
      61,
    ],
    ['two values of one name', `${ndjson}{"customer_id":"a","date":"2011-01-01","value":1,"value":2}\n`, 'bad_row', 61],
    ['blank lines', '\n\n', 'empty_file', undefined],
  ])('NDJSON with %s', async (_, content, code, row) => {
    const path = fileIn(folder, 'broken.ndjson', content);
    const error = await complaint(path);
    expect(error).toMatchObject({ code, details: { file: path } });
    if (row !== undefined) expect(error.details.row).toBe(row);
  });

  it.each([
    ['array.json', JSON.stringify(rows), /jq/],
    ['array.ndjson', JSON.stringify(rows, null, 2), /jq/],
    ['array.json.gz', gzipSync(`[\n${JSON.stringify(rows[0])}]`), /jq/],
    ['twice.parquet.gz', gzipSync('PAR1'), /unpack/],
  ])('%s: unreadable_file', async (name, content, hint) => {
    const error = await complaint(fileIn(folder, name, content));
    expect(error.code).toBe('unreadable_file');
    expect(error.details.hint).toMatch(hint);
  });

  it('a database with several tables, with none, or without the one named', async () => {
    const path = sqliteFile('two.db', 'customers');
    const database = new sqlite.Database(path);
    database.exec('CREATE TABLE orders (customer TEXT, date TEXT, value TEXT)');
    database.close();
    expect(await complaint(path)).toMatchObject({
      code: 'ambiguous_table',
      details: { found: 'customers, orders', hint: '--table orders' },
    });
    expect(await complaint(path, { table: 'order' })).toMatchObject({
      code: 'missing_table',
      details: { hint: '--table orders' },
    });
    expect(await complaint(path, { table: 'orders' })).toMatchObject({ code: 'empty_file' });
    const duck = join(folder, 'none.duckdb');
    await duckDb(`ATTACH ${literal(duck)} AS shop`, 'DETACH shop');
    expect(await complaint(duck)).toMatchObject({ code: 'empty_file' });
  });

  it('a table of what is no database', async () => {
    const path = fileIn(folder, 'no-database.csv', smallLog);
    expect(await complaint(path, { table: 'orders' })).toMatchObject({
      code: 'bad_option',
      details: { found: 'orders' },
    });
  });

  it('a damaged database, and one that is being written', async () => {
    const whole = readFileSync(sqliteFile('whole.db', 'log'));
    const damaged = fileIn(folder, 'damaged.db', Buffer.concat([whole.subarray(0, 100), Buffer.alloc(4000, 7)]));
    expect(await complaint(damaged)).toMatchObject({ code: 'unreadable_file', details: { file: damaged } });
    const busy = fileIn(folder, 'busy.db', whole);
    fileIn(folder, 'busy.db-wal', 'not yet settled');
    expect(await complaint(busy)).toMatchObject({
      code: 'unreadable_file',
      details: { hint: expect.stringMatching(/wal_checkpoint/) },
    });
    const duck = fileIn(
      folder,
      'damaged.duckdb',
      Buffer.concat([Buffer.alloc(8), Buffer.from('DUCK'), Buffer.alloc(20_000)]),
    );
    expect(await complaint(duck)).toMatchObject({ code: 'unreadable_file', details: { file: duck } });
  });

  it.each([
    ['columns of different length', { ...columns, value: [1] }, 'bad_columns', undefined],
    ['a column of another name', { ...columns, valeu: columns.value }, 'bad_columns', undefined],
    ['a column that is no array', { ...columns, customer: 'abc' }, 'bad_columns', undefined],
    ['a cell that is no number', { customer: ['a', 'b'], date: [1, 2], value: [1, 'x' as never] }, 'bad_cell', 2],
    ['milliseconds for a day', { customer: ['a'], date: [Date.parse('2024-01-01')], value: [1] }, 'bad_cell', 1],
    ['an infinite amount', { customer: ['a'], date: [1], value: [Infinity] }, 'bad_cell', 1],
    ['a day that is none', { customer: ['a', 'a'], date: ['2024-02-28', '2024-02-30'], value: [1, 1] }, 'bad_cell', 2],
    ['no value', { customer: ['a'], date: [1] }, 'missing_column', undefined],
    ['no rows', { customer: [], date: [], value: [] }, 'empty_file', undefined],
    ['other columns in a later piece', [columns, { ...columns, order: columns.customer }], 'bad_columns', 61],
    ['a piece that is no table', [columns, 'text'], 'bad_columns', 61],
    ['columns after bytes', [Buffer.from('a'), columns], 'bad_columns', undefined],
  ])('%s: %s', async (_, input, code, row) => {
    const error = await complaint(input as Input);
    expect(error.code).toBe(code);
    if (row !== undefined) expect(error.details.row).toBe(row);
    expect(error.details.file).toBeUndefined();
  });

  it('what a stream itself throws', async () => {
    async function* broken() {
      yield smallLog;
      throw new Error('the line was cut');
    }
    await expect(read(broken())).rejects.toThrow('the line was cut');
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`clv-stream-${process.pid}-`))).toEqual([]);
  });
});

describe('dates', () => {
  const log = (write: (seconds: number) => string | number) =>
    `customer,date,value\n${rows.map(({ customer_id, date, value }, i) => `${customer_id},${write(Date.parse(date) / 1000 + i * 100)},${value}\n`).join('')}`;

  it.each([
    ['epoch_s', (seconds: number) => seconds],
    ['epoch_s', (seconds: number) => `${seconds}.5`],
    ['epoch_ms', (seconds: number) => seconds * 1000 + 999],
    ['%Y%m%d', (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10).replaceAll('-', '')],
    [
      '%m/%d/%Y',
      (seconds: number) => new Date(seconds * 1000).toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', ''),
    ],
    [
      '%d/%m/%Y',
      (seconds: number) => new Date(seconds * 1000).toLocaleString('en-AU', { timeZone: 'UTC' }).replace(',', ''),
    ],
  ])('%s is told from the data', async (dateFormat, write) => {
    const path = fileIn(folder, 'dates.csv', log(write));
    expect(await read(path)).toMatchObject({ ...sixty, dateFormat });
    expect(await read(path, { dateFormat })).toMatchObject(sixty);
  });

  it('of more distinct seconds than there are days', async () => {
    const many = `customer,date,value\n${Array.from({ length: 250_000 }, (_, i) => `a,${1_300_000_000 + i * 60},1\n`).join('')}`;
    expect(await read(fileIn(folder, 'many-seconds.csv', many))).toMatchObject({ rows: 250_000, transactions: 174 });
  });

  it('are not guessed: a compact day with a time is no number of milliseconds', async () => {
    const path = fileIn(folder, 'not-epoch.csv', 'customer,date,value\na,201108081230,1\n');
    expect(await complaint(path)).toMatchObject({ code: 'bad_cell', details: { row: 2, found: '201108081230' } });
  });

  it.each([
    ['2011-01-31 00:05', 5],
    ['2011-01-31T23:59:59.5Z', 1439],
    ['1/31/2011 8:26', 506],
    ['1/31/2011 8:26 PM', 1226],
    ['1/31/2011 12:05:09 AM', 5],
    ['1/31/2011 12:05 p.m.', 725],
    ['1/31/2011 8 pm', null],
    ['20110131T2026', 1226],
    ['31.01.2011 21.45.05', 1305],
    ['1296432000', 0],
    ['1296437400123', 90],
    ['2011-01-31', null],
    ['31 Jan 2011', null],
    ['31 Jan 2011 07:00', 420],
    ['2011-01-31 25:00', null],
  ])('%s is the minute %s of its day', async (cell, minute) => {
    const log = await readTransactions(fileIn(folder, 'minute.csv', `customer,date,value\na,${cell},1\n`));
    try {
      const found = await log.engine.query('SELECT minute FROM lines');
      expect(log.report.firstDay).toBe('2011-01-31');
      expect(found.numbers(0)[0]).toBe(minute ?? Number.NaN);
    } finally {
      await log.close();
    }
  });
});

describe('a source', () => {
  it('is read in place where that can be, numbers as numbers if wished', async () => {
    const engine = await openDuckDb();
    const plain = fileIn(folder, 'in-place.csv', smallLog);
    const json = fileIn(folder, 'in-place.ndjson', ndjson);
    const preamble = fileIn(folder, 'preamble.csv', `\n${smallLog}`);
    const latin = fileIn(folder, 'latin.csv', Buffer.from(smallLog.replace('c0', 'caf\xe9'), 'latin1'));
    const input = await openInput(engine, [plain, json, preamble, latin]);
    expect(sampleOf(input.sources[0]!)[0]).toEqual(['c0', '2011-01-10', '10.5']);
    expect(sampleOf(input.sources[1]!)[0]).toEqual(['c0', '2011-01-10', '10.5']);
    for (const source of input.sources.slice(0, 2)) {
      const { from, columns } = directRelation(source, new Map([['value', 'DOUBLE']]))!;
      expect(columns.map(({ name, text }) => [name, text])).toEqual([
        ['customer_id', true],
        ['date', true],
        ['value', false],
      ]);
      const result = await engine.query(
        `SELECT sum(${columns[2]!.sql}), typeof(any_value(${columns[2]!.sql})) FROM ${from}`,
      );
      expect([result.numbers(0)[0], result.texts(1)[0]]).toEqual([2400, 'DOUBLE']);
    }
    expect(input.sources.slice(2).map((source) => directRelation(source))).toEqual([undefined, undefined]);
    await input.close();
    await engine.close();
  });

  it('is a file that bears the name of a pattern, rather than what the pattern matches', async () => {
    const path = fileIn(folder, 'log[1].ndjson', ndjson);
    copyFileSync(path, join(folder, 'log1.ndjson'));
    expect(await read(path)).toMatchObject({ ...sixty, files: [path] });
  });
});
