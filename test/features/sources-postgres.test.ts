import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { ClvError } from '../../src/errors.js';
import { type ReadOptions, readTransactions } from '../../src/features/read-transactions.js';
import type { Input } from '../../src/features/source.js';
import { describeOnPostgres } from '../postgres.js';
import { smallLog } from './logs.js';

const values = smallLog
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))
  .map(([customer, date, value]) => `('${customer}', DATE '${date}', ${value})`)
  .join(', ');

const read = async (input: Input, options?: ReadOptions) => {
  const log = await readTransactions(input, options);
  await log.close();
  return log.report;
};

const complaint = async (input: Input, options?: ReadOptions): Promise<ClvError> => {
  const error = await read(input, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ClvError);
  return error as ClvError;
};

describeOnPostgres('a Postgres that runs', (postgres) => {
  const sixty = {
    rows: 60,
    customers: 7,
    transactions: 60,
    value: 2400,
    firstDay: '2011-01-10',
    lastDay: '2011-06-24',
  };

  it('gives the only table, and no password to the report', async () => {
    postgres().sql(`CREATE TABLE sales (customer_id TEXT, date DATE, value NUMERIC(10, 2));
      INSERT INTO sales VALUES ${values}; GRANT SELECT ON sales TO reader`);
    const report = await read(postgres().url);
    expect(report).toMatchObject(sixty);
    expect(report.file).toMatch(/^postgres:\/\/reader@127\.0\.0\.1:\d+\/postgres\?table=sales$/);
    expect(report.files).toEqual([report.file]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`clv-postgres-${process.pid}`))).toEqual([]);
  });

  it('gives the table that is named, by the URL or by the option, whatever characters its name has', async () => {
    const name = 'it\'s "a"; DROP TABLE sales; --';
    postgres().sql(`CREATE SCHEMA "Shop 1"; GRANT USAGE ON SCHEMA "Shop 1" TO reader;
      CREATE TABLE "Shop 1"."${name.replaceAll('"', '""')}" (customer TEXT, at TIMESTAMPTZ, amount FLOAT8, note TEXT);
      INSERT INTO "Shop 1"."${name.replaceAll('"', '""')}" VALUES
        ('a', '2024-01-13 23:30:00+00', 0.1, E'two\\nlines, "quoted"'), ('b', '2024-01-14 00:30:00+02', 0.2, NULL), (NULL, now(), 1, '');
      GRANT SELECT ON ALL TABLES IN SCHEMA "Shop 1" TO reader`);
    const expected = { customers: 2, value: 0.3, firstDay: '2024-01-13', lastDay: '2024-01-13', rows: 3 };
    const columns = { date: 'at' };
    expect(await read(postgres().url, { table: `Shop 1.${name}`, columns })).toMatchObject(expected);
    expect(await read(postgres().url, { table: name, columns })).toMatchObject(expected);
    const url = `${postgres().url}?table=${encodeURIComponent(`Shop 1.${name}`)}`;
    expect(await read(url, { columns })).toMatchObject(expected);
    expect(await read(`${postgres().url}?table=sales`)).toMatchObject(sixty);
  });

  it('names the tables where none, or one that is not there, is named', async () => {
    const two = await complaint(postgres().url);
    expect(two).toMatchObject({ code: 'ambiguous_table', details: { hint: '--table sales' } });
    const none = await complaint(postgres().url, { table: 'salse' });
    expect(none).toMatchObject({ code: 'missing_table', details: { found: 'salse', hint: '--table sales' } });
    expect(none.details.expected).toMatch(/sales/);
  });

  it('says which cell is wrong, in rows of the copy', async () => {
    postgres().sql(`CREATE TABLE wrong (customer TEXT, date TEXT, value TEXT);
      INSERT INTO wrong VALUES ('a', '2011-01-01', '5'), ('b', '2011-02-31', '5'); GRANT SELECT ON wrong TO reader`);
    const error = await complaint(`${postgres().url}?table=wrong`);
    expect(error).toMatchObject({ code: 'bad_cell', details: { row: 3, column: 'date', found: '2011-02-31' } });
  });

  it('changes nothing, and never repeats a password', async () => {
    const { url, password } = postgres();
    postgres().sql('CREATE TABLE closed (customer TEXT, date DATE, value INT)');
    const wrong = url.replace(encodeURIComponent(password), 'secretsecret');
    const nowhere = 'postgres://reader:secretsecret@127.0.0.1:1/postgres';
    for (const [input, options] of [
      [wrong, {}],
      [nowhere, {}],
      ['postgres://reader:secret/secret@127.0.0.1/postgres', {}],
      ['postgres://reader:12/secretsecret@127.0.0.1/postgres', {}],
      ['postgres://reader:12#secretsecret@127.0.0.1/postgres', {}],
      ['postgres://no-such-host.invalid/x?password=secretsecret', {}],
      [url, { table: 'closed' }],
    ] as const) {
      const error = await complaint(input, options);
      expect(['unreachable_database', 'missing_table']).toContain(error.code);
      expect(JSON.stringify([error.message, error.details, error.stack, String(error.cause)])).not.toMatch(
        /secret|wörd/,
      );
      expect(error.details.expected).toBeTruthy();
    }
  });
});
