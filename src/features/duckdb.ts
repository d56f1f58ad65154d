/** DuckDB as the engine: in memory, spilling to a temporary folder; loaded when first used. */
import { temporaryPath } from '../temporary.js';
import { literal, type Result, type SqlEngine } from './engine.js';

const POLL_MS = 100;

export async function openDuckDb(): Promise<SqlEngine> {
  const { DuckDBInstance, INTEGER, VARCHAR } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const spill = temporaryPath('clv-spill-'); // DuckDB makes it if it needs it
  await connection.run(`SET temp_directory = ${literal(spill.path)}`);
  await connection.run("SET TimeZone = 'UTC'"); // days must not depend on where a program runs
  await connection.run('SET enable_progress_bar = true'); // else progress stays at −1
  await connection.run('SET enable_progress_bar_print = false');
  // No extension is ever fetched while a program runs.
  await connection.run('SET autoinstall_known_extensions = false');

  return {
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

    async upload(table, text, number) {
      await connection.run(`CREATE TABLE ${table} (text VARCHAR, number INTEGER)`);
      const appender = await connection.createAppender(table);
      for (let i = 0; i < text.length; i++) {
        appender.appendValue(text[i]!, VARCHAR);
        appender.appendValue(number[i]!, INTEGER);
        appender.endRow();
      }
      appender.closeSync();
    },

    async close() {
      connection.closeSync();
      instance.closeSync();
      await spill.remove();
    },
  };
}
