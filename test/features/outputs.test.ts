import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from '@uwdata/flechette';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/features/duckdb.js';
import { literal } from '../../src/features/engine.js';
import { featureTable } from '../../src/features/make-features.js';
import { readTransactions } from '../../src/features/read-transactions.js';
import { writeFeatures } from '../../src/features/write-features.js';
import { fileIn, temporaryFolder } from './logs.js';

const folder = temporaryFolder();
const IDS = ['=1+1', '+44 20', '-7', '@home', 'plain', '客户 "x", y', '042'];
const log = `customer_id,date,value,country
${IDS.map((id, i) => `"${id.replaceAll('"', '""')}",2024-01-${10 + i},${i + 1}.5,=cmd\n`).join('')}`;

async function written(name: string, options = {}) {
  const read = await readTransactions(fileIn(folder, 'log.csv', log));
  try {
    const table = await featureTable(read, { split: { train: 1, test: 1 }, ...options });
    const columns = Object.fromEntries(
      await Promise.all(
        table.columns.map(
          async (column) => [column.name, Array.from((await table.column(column.name)) as string[])] as const,
        ),
      ),
    );
    const result = await writeFeatures(read, table, join(folder, name));
    return { ...result, table, columns, manifest: JSON.parse(readFileSync(result.manifestPath, 'utf8')) };
  } finally {
    await read.close();
  }
}

describe('features as a file', () => {
  it('are the same as Parquet, whose metadata carry the manifest', async () => {
    const { path, columns, manifest, table } = await written('out.parquet');
    const engine = await openDuckDb();
    for (const { name } of table.columns) {
      const read = await engine.query(
        `SELECT ${name === 'threshold_date' ? 'threshold_date::VARCHAR' : name} FROM ${literal(path)}`,
      );
      const cells = typeof columns[name]![0] === 'string' ? read.texts(0) : [...read.numbers(0)];
      expect(cells).toEqual(columns[name]);
    }
    const metadata = await engine.query(
      `SELECT decode(value) FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = 'clv_manifest'`,
    );
    await engine.close();
    expect(JSON.parse(metadata.texts(0)[0]!)).toEqual(manifest);
  });

  it('are the same whether columns are asked for before, meanwhile or never, and leave nothing in the engine', async () => {
    const read = await readTransactions(fileIn(folder, 'log.csv', log));
    const tables = async () => (await read.engine.query('SELECT table_name FROM duckdb_tables() ORDER BY 1')).texts(0);
    const before = await tables();
    const made = () => featureTable(read, { split: { train: 1, test: 1 } });
    const text = async (name: string, ready: Awaited<ReturnType<typeof made>>) =>
      readFileSync((await writeFeatures(read, ready, join(folder, name))).path, 'utf8');
    const [never, early, meanwhile] = [await made(), await made(), await made()];
    const expected = await text('never.csv', never);
    await early.column('spent');
    expect(await text('early.csv', early)).toBe(expected);
    const [first, spent, second] = await Promise.all([
      text('first.csv', meanwhile),
      meanwhile.column('spent'),
      text('second.csv', meanwhile),
    ]);
    expect([first, second]).toEqual([expected, expected]);
    expect(spent).toEqual(await never.column('spent'));
    const last = await made();
    await Promise.all([last.column('spent'), ...[never, early, meanwhile, last].map((table) => table.drop())]);
    expect(await tables()).toEqual(before);
    await expect(last.column('spent')).rejects.toThrow('has been dropped');
    await last.drop();
    await read.close();
  });

  it('are the same as Arrow', async () => {
    const { path, columns, table } = await written('out.arrow');
    const arrow = tableFromIPC(readFileSync(path), { useDate: true });
    expect(arrow.numRows).toBe(table.rows);
    for (const { name } of table.columns) {
      const cells = Array.from(arrow.getChild(name), (cell) =>
        cell instanceof Date ? cell.toISOString().slice(0, 10) : cell,
      );
      expect(cells).toEqual(columns[name]);
    }
  });

  it('are the same as CSV, but for text that a spreadsheet would run, which is made harmless and counted', async () => {
    const { path, columns, manifest } = await written('out.csv');
    const { data } = Papa.parse<Record<string, string>>(readFileSync(path, 'utf8').trim(), { header: true });
    const harmless = (cell: string) => (/^[=+@-]/.test(cell) ? `'${cell}` : cell);
    expect(data.map(({ customer_id }) => customer_id)).toEqual(columns.customer_id!.map(harmless));
    expect(data.map(({ country }) => country)).toEqual(columns.country!.map(harmless));
    for (const name of ['frequency', 'value_30d', 'monetary', 'days_since_last']) {
      expect(data.map((row) => Number(row[name]))).toEqual(columns[name]!.map(Number));
    }
    expect(manifest.output).toMatchObject({ format: 'csv', rows: 7, escaped_formulas: 4 + 7 });
  });

  it('say how they were made: source, rules, counts, columns, versions', async () => {
    const { manifest } = await written('out.csv', { outliers: { winsorise: 0.5 }, cohort: { minTransactions: 1 } });
    expect(manifest).toMatchObject({
      schema: 1,
      made_by: { engine: 'DuckDB', engine_version: expect.stringMatching(/^v\d/) },
      source: {
        files: [
          { bytes: Buffer.byteLength(log), sha256: expect.stringMatching(/^[0-9a-f]{64}$/), of: 'the whole file' },
        ],
      },
      log: { rows: 7, customers: 7, value: 31.5, first_day: '2024-01-10', last_day: '2024-01-16', layout: 'generic' },
      cleaning: { returns: 'drop', duplicates: 'keep', services: 'keep', test_orders: 'keep', zero_value: 'drop' },
      windows: [{ threshold_date: '2024-01-16', predict_end: null }],
      split: { train: 1, test: 1 },
      cohort: { min_transactions: 1 },
      outliers: { rule: { winsorise: 0.5 }, limits: [{ limit: 4.5, transactions: 3, customers: 3, value: 6 }] },
    });
    expect(manifest.columns.find(({ name }: { name: string }) => name === 'recency')).toMatchObject({ unit: 'days' });
  });

  it('make the folders that they need', async () => {
    const { path } = await written(join('new', 'deep', 'out.csv'), { features: 'core' });
    expect(existsSync(path)).toBe(true);
  });

  it('leave nothing behind where they cannot be written', async () => {
    const read = await readTransactions(fileIn(folder, 'log.csv', log));
    const table = await featureTable(read, { features: 'core' });
    for (const path of [join(folder, 'log.csv', 'x.csv'), join(folder, 'log.csv', 'deep', 'x.parquet')]) {
      await expect(writeFeatures(read, table, path)).rejects.toMatchObject({ code: 'unwritable_folder' });
    }
    await expect(writeFeatures(read, table, join(folder, 'x.xlsx'))).rejects.toMatchObject({ code: 'bad_option' });
    await read.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('.clv'))).toEqual([]);
    expect(existsSync(join(folder, 'x.xlsx'))).toBe(false);
  });
});

describe('columns of customers', () => {
  const withTable = (csv: string) =>
    written('joined.csv', { features: 'core', customerTable: fileIn(folder, 'people.csv', csv) });

  it('are joined by the id, as numbers where all are numbers; what is missing stays empty', async () => {
    const { columns, table } = await withTable(
      'customer_id,region,score\n042,north,1.5\nplain,,2\n=1+1,south,\nnobody,x,3\n',
    );
    const of = (name: string) => Object.fromEntries(columns.customer_id!.map((id, i) => [id, columns[name]![i]]));
    expect(of('region')).toMatchObject({ '042': 'north', plain: '', '=1+1': 'south', '-7': '' });
    expect(of('score')).toMatchObject({ '042': 1.5, plain: 2, '=1+1': Number.NaN });
    expect(table.details.notes.join(' ')).toContain('3 of 7 customers have a row');
  });

  it.each([
    ['customer_id,region\na,1\na,2\n', 'bad_cell'],
    ['region\nx\n', 'missing_column'],
    ['customer_id,frequency\na,1\n', 'ambiguous_column'],
    ['customer_id,a\nx\n', 'unreadable_file'],
  ])('%j: %s', async (csv, code) => {
    await expect(withTable(csv)).rejects.toMatchObject({ code });
  });
});
