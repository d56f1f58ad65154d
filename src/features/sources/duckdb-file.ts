/** DuckDB database files, attached read-only: nothing is copied and nothing is written. */
import { ClvError } from '../../errors.js';
import { identifier, literal, type SqlEngine } from '../engine.js';
import type { TableSource } from './source.js';
import { chooseTable, tableSource } from './tables.js';

export const isDuckDb = (start: Uint8Array): boolean =>
  Buffer.from(start.subarray(8, 12)).toString('latin1') === 'DUCK';

let attached = 0;

/** @throws ClvError unreadable_file, missing_table, ambiguous_table, empty_file */
export async function duckDbSource(
  engine: SqlEngine,
  path: string,
  file: string | undefined,
  table: string | undefined,
): Promise<TableSource> {
  const failed = (cause: unknown) =>
    new ClvError('unreadable_file', 'the DuckDB database cannot be read', {
      file,
      found: String((cause as Error).message).split('\n')[0]!,
      expected: 'a database that no other program has open for writing, of a DuckDB no newer than the 1.5 in clv',
      hint: 'COPY the table to Parquet, which every version reads',
      cause,
    });
  const database = `log_database_${++attached}`;
  try {
    await engine.run(`ATTACH ${literal(path)} AS ${database} (TYPE duckdb, READ_ONLY)`);
  } catch (cause) {
    throw failed(cause);
  }
  const found = await engine.query(`
    SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = '${database}' AND NOT internal
    UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = '${database}' AND NOT internal
    ORDER BY 1, 2`);
  const schemas = found.texts(0);
  const tables = found.texts(1).map((name, i) => ({ schema: schemas[i]!, name }));
  const { schema, name } = chooseTable(tables, table, 'main', file);
  return tableSource(engine, [database, schema, name].map(identifier).join('.'), file, failed);
}
