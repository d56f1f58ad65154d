/** The SQL engine behind the features: a small port, so that another engine is another file. */
import { ClvError } from '../errors.js';

/** Columns of a result, in the order of the query. */
export interface Result {
  readonly rows: number;
  /** A column as numbers; NULL becomes NaN. */
  numbers(column: number): Float64Array;
  /** A column as text; NULL becomes ''. */
  texts(column: number): string[];
}

/** What engines say differently. All else in our SQL is understood by all of them. */
export interface Dialect {
  readonly name: string;
  /** The type of exact sums of money: the same log gives the same digits, whatever the order of the threads. */
  readonly money: string;
  /** Statement that makes a table of this session, in the place of one of that name. */
  createTable(name: string, query: string): string;
  /** Aggregate: `value` of the row with the least `key` (keys are unique within a group). */
  firstBy(value: string, key: string): string;
  /** Aggregate: `value` of the row with the greatest `key`. */
  lastBy(value: string, key: string): string;
  /** Aggregate: `value` of the row that comes first in an order. Slower than `firstBy`. */
  firstOf(value: string, order: string): string;
  /** Text whose order and equality are those of its bytes. */
  bytes(text: string): string;
  /** The first seven hexadecimal digits of the MD5 of a text, as an integer below 2^28. */
  hash28(text: string): string;
}

/** A column to upload: text, or numbers of which NaN is NULL. */
export type UploadColumn = readonly string[] | Int32Array | Float64Array;

/** A stretch of memory with cells; bits at `filled` are 0 where a cell is NULL, and it is undefined where none is. */
export interface StreamCells {
  readonly buffer: ArrayBuffer;
  readonly at: number;
  readonly filled: number | undefined;
  /** Of lists: their items, one after the other. What lies at `at` is where each begins and how long it is, two Uint64 each. */
  readonly items?: { readonly at: number; readonly filled: number; readonly count: number };
}

/** A decimal is a whole number of 64 bits. */
export type StreamType = 'INTEGER' | 'UBIGINT' | 'DOUBLE' | 'INTEGER[]' | `DECIMAL(18, ${number})`;

/** Bytes of a cell; those of a list are where it begins and its length. */
export const cellBytes = (type: StreamType): number => ({ INTEGER: 4, 'INTEGER[]': 16 })[type as string] ?? 8;

/** Rows that come when a statement asks for them. */
export interface RowStream {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: StreamType }>;
  /** Tells which columns are wanted, before the first row. What this or `next` throws becomes an error of the statement. */
  begin(wanted: readonly number[]): void;
  /** Goes to the next rows, 2,048 at most: how many, 0 at the end. */
  next(): number;
  /** The cells of these rows, of a column by its place among the wanted. */
  cells(place: number): StreamCells;
}

export interface SqlEngine {
  readonly dialect: Dialect;
  /** Runs a statement whose result is not needed. `onProgress` gets 0 to 1. */
  run(sql: string, onProgress?: (done: number) => void): Promise<void>;
  query(sql: string): Promise<Result>;
  /** Makes a table of these columns, which have one length. */
  upload(table: string, columns: Readonly<Record<string, UploadColumn>>): Promise<void>;
  /** Appends rows to a table, one array a column; null is NULL. */
  append(table: string, columns: ReadonlyArray<ReadonlyArray<string | number | null>>): Promise<void>;
  /** Runs a statement in which `name()` stands for these rows; absent where an engine is too far away for that. */
  runOver?(name: string, rows: RowStream, sql: string): Promise<void>;
  close(): Promise<void>;
}

/** How many rows a table or a subquery has. */
export const countRows = async (engine: SqlEngine, from: string): Promise<number> =>
  (await engine.query(`SELECT count(*) FROM ${from}`)).numbers(0)[0]!;

/** A name as an SQL identifier, whatever characters it holds. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A value as an SQL string literal, whatever characters it holds. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * Refuses what is written for DuckDB.
 *
 * @throws ClvError bad_option
 */
export function onDuckDb({ dialect }: SqlEngine, what: string): void {
  if (dialect.name === 'DuckDB') return;
  throw new ClvError('bad_option', `${what} are made on DuckDB only`, {
    found: dialect.name,
    expected: 'a log as readTransactions gives it',
  });
}
