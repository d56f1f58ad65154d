/** DuckDB as the engine: in memory, spilling to a temporary folder; loaded when first used. */
import { totalmem } from 'node:os';
import type { DuckDBType } from '@duckdb/node-api';
import { temporaryPath } from '../temporary.js';
import { type Dialect, identifier, literal, type Result, type SqlEngine, type UploadColumn } from './engine.js';

const POLL_MS = 100;
/** Rows of a data chunk. */
const CHUNK = 2048;
/** Beyond this DuckDB spills to disk. The rest of a program needs memory too. */
const MOST_MEMORY = 3.3e9;

export const duckDbDialect: Dialect = {
  name: 'DuckDB',
  money: 'DECIMAL(38, 12)',
  createTable: (name, query) => `CREATE OR REPLACE TABLE ${name} AS ${query}`,
  firstBy: (value, key) => `arg_min(${value}, ${key})`,
  lastBy: (value, key) => `arg_max(${value}, ${key})`,
  firstOf: (value, order) => `first(${value} ORDER BY ${order})`,
  bytes: (text) => text,
  hash28: (text) => `CAST('0x' || left(md5(${text}), 7) AS INTEGER)`,
};

export async function openDuckDb(): Promise<SqlEngine> {
  const { DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER, VARCHAR } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const spill = temporaryPath('clv-spill-'); // DuckDB makes it if it needs it
  await connection.run(`SET temp_directory = ${literal(spill.path)}`);
  const memory = Math.min(0.6 * (process.constrainedMemory() || totalmem()), 0.6 * totalmem(), MOST_MEMORY);
  const most = literal(`${Math.floor(memory / 1e6)}MB`);
  await connection.run(`SET memory_limit = ${most}`);
  // Memory that a statement gives back is there for the next: to ask the system anew took a seventh of the time.
  await connection.run(`SET block_allocator_memory = ${most}`);
  await connection.run("SET TimeZone = 'UTC'"); // days must not depend on where a program runs
  await connection.run('SET enable_progress_bar = true'); // else progress stays at −1
  await connection.run('SET enable_progress_bar_print = false');
  // No extension is ever fetched while a program runs.
  await connection.run('SET autoinstall_known_extensions = false');

  const engine: SqlEngine = {
    dialect: duckDbDialect,

    async run(sql, onProgress) {
      const timer =
        onProgress && setInterval(() => onProgress(Math.max(0, connection.progress.percentage) / 100), POLL_MS);
      try {
        await connection.run(sql);
      } finally {
        clearInterval(timer);
      }
    },

    async query(sql): Promise<Result> {
      const result = await connection.run(sql);
      const chunks = await result.fetchAllChunks();
      const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
      const each = (column: number, take: (value: unknown, row: number) => void) => {
        let row = 0;
        for (const chunk of chunks) {
          const vector = chunk.getColumnVector(column);
          for (let i = 0; i < chunk.rowCount; i++) take(vector.getItem(i), row++);
        }
      };
      return {
        rows,
        numbers(column) {
          const out = new Float64Array(rows);
          each(column, (value, row) => {
            out[row] = value === null ? Number.NaN : Number(value);
          });
          return out;
        },
        texts(column) {
          const out = new Array<string>(rows);
          each(column, (value, row) => {
            out[row] = value === null ? '' : String(value);
          });
          return out;
        },
      };
    },

    async upload(table, columns) {
      const entries = Object.entries(columns);
      const types = entries.map(([, values]) => typeOf(values));
      const declared = entries.map(([name], i) => `${identifier(name)} ${types[i]}`);
      await connection.run(`CREATE OR REPLACE TABLE ${table} (${declared.join(', ')})`);
      const cells = entries.map(([, values]) => Array.from<string | number, string | number | null>(values, cellOf));
      await engine.append(table, cells);
    },

    async append(table, columns) {
      const appender = await connection.createAppender(table);
      const types = Array.from({ length: appender.columnCount }, (_, i) => appender.columnType(i));
      const rows = columns[0]?.length ?? 0;
      for (let start = 0; start < rows; start += CHUNK) {
        const size = Math.min(CHUNK, rows - start);
        const chunk = DuckDBDataChunk.create(types, size);
        columns.forEach((values, i) => {
          chunk.setColumnValues(i, values.slice(start, start + size));
        });
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    },

    async close() {
      connection.closeSync();
      instance.closeSync();
      await spill.remove();
    },
  };
  return engine;

  function typeOf(values: UploadColumn): DuckDBType {
    return values instanceof Int32Array ? INTEGER : values instanceof Float64Array ? DOUBLE : VARCHAR;
  }
}

const cellOf = (value: string | number): string | number | null => (Number.isNaN(value) ? null : value);
