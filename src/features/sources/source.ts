/** What a log can be read from. A source is one part of an input, looked at: its columns and first rows are known. */
import { ClvError } from '../../errors.js';
import { checkWhole } from './compression.js';
import type { CsvSource } from './csv.js';
import type { NdjsonSource } from './ndjson.js';

/** A column of a source: its name, how SQL calls it, and whether its cells are text. */
export interface FileColumn {
  readonly name: string;
  readonly sql: string;
  readonly text: boolean;
}

export interface ParquetSource {
  readonly format: 'parquet';
  readonly file: string | undefined;
  readonly path: string;
  readonly columns: readonly FileColumn[];
  readonly sample: readonly (readonly string[])[];
}

/** A table that the engine can see: of a database file, or filled by us. */
export interface TableSource {
  readonly format: 'table';
  readonly file: string | undefined;
  readonly path?: undefined;
  /** The table as SQL. */
  readonly from: string;
  readonly columns: readonly FileColumn[];
  readonly sample: readonly (readonly string[])[];
}

/** `file` is the name for people; arrays and streams have none. */
export type Source = CsvSource | NdjsonSource | ParquetSource | TableSource;

/** What the sample has in a column, as it is written; nothing where there is no such column. */
export function sampleCells({ columns, sample }: Source, name: string | undefined): string[] {
  const at = columns.findIndex((column) => column.name === name);
  return at < 0 ? [] : sample.map((row) => row[at]!);
}

/** Rows from the beginning of a source, cells in the order of its columns, empty where missing. */
export const sampleOf = (source: Source): readonly (readonly string[])[] => source.sample;

/**
 * Reads a packed file to its end, for its checksum: the engine takes one that is cut off between two rows for whole.
 *
 * @throws ClvError unreadable_file
 */
export async function checkSource(source: Source): Promise<void> {
  if (source.format === 'csv' || source.format === 'ndjson') await checkWhole(source);
}

export function emptyFile(file: string | undefined, found: string): ClvError {
  return new ClvError(
    'empty_file',
    file === undefined ? 'there are no transactions' : 'the file holds no transactions',
    {
      file,
      found,
      expected: 'a header row and at least one transaction',
    },
  );
}
