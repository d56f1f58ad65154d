/** Which table of a database is the log, and tables of the engine as sources. */
import { ClvError } from '../../errors.js';
import { nearest } from '../../nearest.js';
import { identifier, type SqlEngine, type UploadColumn } from '../engine.js';
import { quoteForShell } from '../layout.js';
import { emptyFile, type FileColumn, type TableSource } from './source.js';

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/**
 * The table that is meant: the one named, `name` or `schema.name`, else the only one.
 *
 * @param main the schema whose tables need not name it
 * @throws ClvError missing_table, ambiguous_table, empty_file
 */
export function chooseTable(
  found: readonly TableName[],
  wanted: string | undefined,
  main: string,
  file: string | undefined,
): TableName {
  const called = (table: TableName) => (table.schema === main ? table.name : `${table.schema}.${table.name}`);
  const tables = [...found].sort((a, b) => Number(b.schema === main) - Number(a.schema === main));
  const names = tables.map(called).join(', ');
  if (tables.length === 0) throw emptyFile(file, 'a database without tables that can be read');
  if (wanted === undefined) {
    if (tables.length === 1) return tables[0]!;
    throw new ClvError('ambiguous_table', 'the database has more than one table', {
      file,
      found: names,
      expected: 'one of them named',
      hint: `--table ${quoteForShell(called(tables.find(({ name }) => /order|sale|transaction|purchase/i.test(name)) ?? tables[0]!))}`,
    });
  }
  const matches = tables.filter((table) => called(table) === wanted || `${table.schema}.${table.name}` === wanted);
  const table = matches[0] ?? only(tables.filter(({ name }) => name === wanted));
  if (table !== undefined) return table;
  const near = nearest(wanted, tables.map(called));
  throw new ClvError('missing_table', 'the database has no such table', {
    file,
    found: wanted,
    expected: names,
    hint: near && `--table ${quoteForShell(near)}`,
  });
}

const only = <T>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined);

const SAMPLE_ROWS = 200;

/** The first rows of something to select from, as text. */
export async function sampleRows(engine: SqlEngine, from: string, columns: readonly FileColumn[]): Promise<string[][]> {
  if (columns.length === 0) return [];
  const cells = columns.map(({ sql }) => `CAST(${sql} AS VARCHAR)`);
  const rows = await engine.query(`SELECT ${cells.join(', ')} FROM ${from} LIMIT ${SAMPLE_ROWS}`);
  const texts = columns.map((_, i) => rows.texts(i));
  return Array.from({ length: rows.rows }, (_, row) => texts.map((column) => column[row]!));
}

let tables = 0;

/** A table that grows by pieces: columns `c0`, `c1`, …, of text or of numbers. */
export interface GrowingTable {
  readonly from: string;
  append(columns: readonly UploadColumn[]): Promise<void>;
}

export function growingTable(engine: SqlEngine): GrowingTable {
  const from = `source_table_${++tables}`;
  let made = false;
  return {
    from,
    async append(columns) {
      const named = Object.fromEntries(columns.map((values, i) => [`c${i}`, values]));
      if (!made) {
        await engine.upload(from, named);
        made = true;
        return;
      }
      const piece = `${from}_piece`;
      await engine.upload(piece, named);
      await engine.run(`INSERT INTO ${from} SELECT * FROM ${piece}`);
      await engine.run(`DROP TABLE ${piece}`);
    },
  };
}

/** A table of an attached database as a source. */
export async function tableSource(
  engine: SqlEngine,
  from: string,
  file: string | undefined,
  failed: (cause: unknown) => ClvError,
): Promise<TableSource> {
  try {
    const described = await engine.query(`DESCRIBE SELECT * FROM ${from}`);
    const types = described.texts(1);
    const columns = described
      .texts(0)
      .map((name, i) => ({ name, sql: identifier(name), text: types[i] === 'VARCHAR' }));
    return { format: 'table', file, from, columns, sample: await sampleRows(engine, from, columns) };
  } catch (cause) {
    throw failed(cause);
  }
}
