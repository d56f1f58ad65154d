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

export interface SqlEngine {
  readonly dialect: Dialect;
  /** Runs a statement whose result is not needed. `onProgress` gets 0 to 1. */
  run(sql: string, onProgress?: (done: number) => void): Promise<void>;
  query(sql: string): Promise<Result>;
  /** Makes a table of these columns, which have one length. */
  upload(table: string, columns: Readonly<Record<string, UploadColumn>>): Promise<void>;
  /** Appends rows to a table, one array a column; null is NULL. */
  append(table: string, columns: ReadonlyArray<ReadonlyArray<string | number | null>>): Promise<void>;
  close(): Promise<void>;
}

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
