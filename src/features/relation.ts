/** Sources as SQL: what the engine reads in place, and how. */
import { literal } from './engine.js';
import type { Compression } from './sources/compression.js';
import type { CsvSource } from './sources/csv.js';
import type { NdjsonSource } from './sources/ndjson.js';
import type { FileColumn, ParquetSource, Source } from './sources/source.js';

/** Bytes. A line may hold a document. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Something to select from, and its columns. */
export interface Relation {
  readonly from: string;
  readonly columns: readonly FileColumn[];
}

/** A column as a relation gives it. */
export type DirectColumn = FileColumn;

/** Types of columns, by their names in the header; all others are text. */
export type Typed = Readonly<Record<string, 'DOUBLE'>>;

/** A source that the engine can read where it lies; undefined where its text has to be written anew first. */
export function directRelation(source: Source, typed: Typed = {}): Relation | undefined {
  switch (source.format) {
    case 'csv':
      return source.encoding === 'utf-8' && source.preamble.rows === 0 ? csvRelation(source, source, typed) : undefined;
    case 'ndjson':
      return source.encoding === 'utf-8' && !source.marked ? ndjsonRelation(source, source, typed) : undefined;
    case 'parquet':
      return { from: readParquet(source), columns: source.columns };
    case 'table':
      return { from: source.from, columns: source.columns };
  }
}

/** A text file as it lies on the disk. */
export interface TextFile {
  readonly path: string;
  readonly compression: Compression;
}

/** Nothing is left to the engine's own detection: it can be wrong without a word. */
export function csvRelation(source: CsvSource, file: TextFile, typed: Typed = {}, parallel = true): Relation {
  return {
    columns: typedColumns(source.columns, typed),
    from: `read_csv(${onlyFile(file.path)}, auto_detect = false, strict_mode = true, header = true,
      delim = ${literal(source.delimiter)}, quote = '"', escape = '"', columns = ${types(source.columns, typed)},
      compression = ${literal(file.compression)}${parallel ? '' : `, parallel = false, max_line_size = ${LONGEST_LINE}`})`,
  };
}

export function ndjsonRelation(source: NdjsonSource, file: TextFile, typed: Typed = {}): Relation {
  return {
    columns: typedColumns(source.columns, typed),
    from: `read_ndjson(${onlyFile(file.path)}, auto_detect = false, columns = ${types(source.columns, typed)},
      compression = ${literal(file.compression === 'none' ? 'uncompressed' : file.compression)})`,
  };
}

export const readParquet = ({ path }: Pick<ParquetSource, 'path'>): string =>
  `read_parquet(${onlyFile(path)}, hive_partitioning = false)`;

/** A path as SQL that means this file alone: DuckDB takes `*`, `?` and `[` for patterns. */
const onlyFile = (path: string): string => literal(path.replace(/[*?[]/g, '[$&]'));

const types = (columns: readonly FileColumn[], typed: Typed): string =>
  `{${columns.map(({ name, sql }) => `${sql}: '${typed[name] ?? 'VARCHAR'}'`).join(', ')}}`;

const typedColumns = (columns: readonly FileColumn[], typed: Typed): readonly FileColumn[] =>
  columns.map((column) => (typed[column.name] === undefined ? column : { ...column, text: false }));
