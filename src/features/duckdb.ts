/** DuckDB as the engine: in memory, spilling to a temporary folder; loaded when first used. */
import { totalmem } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { DuckDBType } from '@duckdb/node-api';
import type { PendingResult, Vector } from '@duckdb/node-bindings';
import { ClvError } from '../errors.js';
import { temporaryPath } from '../temporary.js';
import {
  cellBytes,
  type Dialect,
  identifier,
  literal,
  type Result,
  type RowStream,
  type SqlEngine,
  type StreamCells,
  type StreamType,
  type UploadColumn,
} from './engine.js';

const POLL_MS = 100;
/** How soon the end of a statement is seen that nobody waits for. */
const LOOK_MS = 2;
/** Rows of a data chunk. */
const CHUNK = 2048;
/** That may ask for rows of a stream; as many do as the engine has. */
const MOST_THREADS = 1024;
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
  const api = await import('@duckdb/node-api');
  const { DECIMAL, DOUBLE, DuckDBDataChunk, DuckDBInstance, DuckDBTableFunction, INTEGER, LIST, UBIGINT, VARCHAR } =
    api;
  const { default: native } = await import('@duckdb/node-bindings');
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

  let uploads: typeof connection | undefined;
  let isClosed = false;
  const underWay = new Set<Promise<unknown>>();
  /** Work that closing waits for: DuckDB does not survive a connection that is closed beneath a statement. */
  const awaited =
    <Args extends unknown[], Answer>(work: (...args: Args) => Promise<Answer>) =>
    (...args: Args): Promise<Answer> => {
      const answer = isClosed ? Promise.reject(closed()) : work(...args);
      underWay.add(answer);
      const end = () => underWay.delete(answer);
      answer.then(end, end);
      return answer;
    };

  const engine: SqlEngine = {
    dialect: duckDbDialect,

    run: awaited(async (sql: string, onProgress?: (done: number) => void) => {
      let problem: { readonly error: unknown } | undefined; // of the listener, which a timer would not pass on
      const tell = () => {
        try {
          if (problem === undefined) onProgress!(Math.max(0, connection.progress.percentage) / 100);
        } catch (error) {
          problem = { error };
        }
      };
      const timer = onProgress && setInterval(tell, POLL_MS);
      try {
        await connection.run(sql);
      } finally {
        clearInterval(timer);
      }
      if (problem !== undefined) throw problem.error;
    }),

    query: awaited(async (sql: string): Promise<Result> => {
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
    }),

    upload: awaited(async (table: string, columns: Readonly<Record<string, UploadColumn>>) => {
      const entries = Object.entries(columns);
      const types = entries.map(([, values]) => typeOf(values));
      const declared = entries.map(([name], i) => `${identifier(name)} ${types[i]}`);
      uploads ??= await instance.connect(); // of its own, so that it waits for no statement
      await uploads.run(`CREATE OR REPLACE TABLE ${table} (${declared.join(', ')})`);
      const rows = entries[0]?.[1].length ?? 0;
      const appender = await uploads.createAppender(table);
      const chunk = DuckDBDataChunk.create(types);
      for (let start = 0; start < rows; start += CHUNK) {
        const size = Math.min(CHUNK, rows - start);
        chunk.reset();
        chunk.rowCount = size;
        for (const [i, [, values]] of entries.entries()) {
          const vector = native.data_chunk_get_vector(chunk.chunk, i);
          if (isText(values)) {
            for (let row = 0; row < size; row++) native.vector_assign_string_element(vector, row, values[start + row]!);
          } else if (values instanceof Int32Array) {
            const { buffer, byteOffset, BYTES_PER_ELEMENT: width } = values;
            native.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset + start * width, size * width);
          } else {
            chunk.setColumnValues(i, Array.from(values.subarray(start, start + size), cellOf));
          }
        }
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    }),

    append: awaited(async (table: string, columns: ReadonlyArray<ReadonlyArray<string | number | null>>) => {
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
    }),

    runOver: awaited(async (name: string, rows: RowStream, sql: string) => {
      let wanted: readonly number[] = [];
      connection.registerTableFunction(
        DuckDBTableFunction.create({
          name,
          supportsProjectionPushdown: true,
          bindFunction: (info) => {
            for (const column of rows.columns) info.addResultColumn(column.name, streamType(column.type));
          },
          initFunction: (info) => {
            info.setMaxThreads(MOST_THREADS);
            wanted = info.getColumnIndexes();
            orTell(info, () => rows.begin(wanted));
          },
          mainFunction: (info, { chunk }) => {
            orTell(info, () => {
              const count = rows.next();
              native.data_chunk_set_size(chunk, count);
              if (count === 0) return;
              wanted.forEach((column, place) => {
                const { buffer, at, filled, items } = rows.cells(place);
                const vector = native.data_chunk_get_vector(chunk, place);
                native.copy_data_to_vector(vector, 0, buffer, at, count * cellBytes(rows.columns[column]!.type));
                if (items !== undefined) fillList(vector, buffer, items);
                if (filled === undefined) return;
                native.vector_ensure_validity_writable(vector);
                native.copy_data_to_vector_validity(vector, 0, buffer, filled, CHUNK / 8);
              });
            });
          },
        }),
      );
      await runAside(sql);
    }),

    async close() {
      if (isClosed) return;
      isClosed = true;
      while (underWay.size > 0) await Promise.allSettled(underWay);
      uploads?.closeSync();
      connection.closeSync();
      instance.closeSync();
      await spill.remove();
    },
  };
  return engine;

  /**
   * Runs a statement on threads of the engine alone, the more by one. Others of its threads are Node's, which a program that ends
   * waits for; and they would wait for rows from the thread on which it ends.
   */
  async function runAside(sql: string): Promise<void> {
    await connection.run('SET external_threads = 0');
    try {
      const pending = (await connection.prepare(sql)).start();
      const { pending_result: looked } = pending as unknown as { readonly pending_result: PendingResult };
      const goesOn = () => {
        const state = native.pending_execute_check_state(looked);
        return state !== native.PendingState.RESULT_READY && state !== native.PendingState.ERROR;
      };
      while (goesOn()) await setTimeout(LOOK_MS);
      await pending.getResult();
    } finally {
      await connection.run('SET external_threads = 1');
    }
  }

  /** Items of the lists of a vector, of which the places lie in it already. */
  function fillList(
    vector: Vector,
    buffer: ArrayBuffer,
    { at, filled, count }: NonNullable<StreamCells['items']>,
  ): void {
    native.list_vector_reserve(vector, count);
    native.list_vector_set_size(vector, count);
    const items = native.list_vector_get_child(vector);
    native.copy_data_to_vector(items, 0, buffer, at, 4 * count);
    native.vector_ensure_validity_writable(items);
    native.copy_data_to_vector_validity(items, 0, buffer, filled, 8 * Math.ceil(count / 64));
  }

  function streamType(type: StreamType): DuckDBType {
    const plain = { INTEGER, UBIGINT, DOUBLE, 'INTEGER[]': LIST(INTEGER) }[type as string];
    return plain ?? DECIMAL(18, Number(/\d+(?=\)$)/.exec(type)![0]));
  }

  function typeOf(values: UploadColumn): DuckDBType {
    return values instanceof Int32Array ? INTEGER : values instanceof Float64Array ? DOUBLE : VARCHAR;
  }
}

/** What a callback throws becomes an error of the statement. */
function orTell(info: { setError(message: string): void }, work: () => void): void {
  try {
    work();
  } catch (error) {
    info.setError(String((error as Error).message));
  }
}

const closed = (): ClvError =>
  new ClvError('bad_option', 'the log has been closed', { expected: 'close() after all else has ended' });

const cellOf = (value: number): number | null => (Number.isNaN(value) ? null : value);

const isText = (values: UploadColumn): values is readonly string[] => Array.isArray(values);
