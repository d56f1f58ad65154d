/** The SQL engine behind the features: a small port, so that another engine is another file. */

/** Columns of a result, in the order of the query. */
export interface Result {
  readonly rows: number;
  /** A column as numbers; NULL becomes NaN. */
  numbers(column: number): Float64Array;
  /** A column as text; NULL becomes ''. */
  texts(column: number): string[];
}

export interface SqlEngine {
  /** Runs a statement whose result is not needed. `onProgress` gets 0 to 1. */
  run(sql: string, onProgress?: (done: number) => void): Promise<void>;
  query(sql: string): Promise<Result>;
  /** Makes a table of two columns, `text VARCHAR` and `number INTEGER`. */
  upload(table: string, text: readonly string[], number: Int32Array): Promise<void>;
  close(): Promise<void>;
}

/** A name as an SQL identifier, whatever characters it holds. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A value as an SQL string literal, whatever characters it holds. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;
