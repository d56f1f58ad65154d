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

/** A column that is no text: numbers, days whatever follows them, or days such as `2011-08-31` that nothing follows. */
export type ColumnType = 'DOUBLE' | 'DATE' | 'DATE ALONE';

/** By their names in the header. */
export type Typed = ReadonlyMap<string, ColumnType>;

const ALL_TEXT: Typed = new Map();

/** A source that the engine can read where it lies; undefined where its text has to be written anew first. */
export function directRelation(source: Source, typed: Typed = ALL_TEXT): Relation | undefined {
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
export function csvRelation(source: CsvSource, file: TextFile, typed: Typed = ALL_TEXT, parallel = true): Relation {
  return {
    columns: typedColumns(source.columns, typed),
    from: `read_csv(${onlyFile(file.path)}, auto_detect = false, strict_mode = true, header = true,
      delim = ${literal(source.delimiter)}, quote = '"', escape = '"', columns = ${types(source.columns, typed)},
      hive_partitioning = false, compression = ${literal(file.compression)}${formats(typed)}${parallel ? '' : `, parallel = false, max_line_size = ${LONGEST_LINE}`})`,
  };
}

export function ndjsonRelation(source: NdjsonSource, file: TextFile, typed: Typed = ALL_TEXT): Relation {
  return {
    columns: typedColumns(source.columns, typed),
    from: `read_ndjson(${onlyFile(file.path)}, auto_detect = false, hive_partitioning = false, columns = ${types(source.columns, typed)},
      compression = ${literal(file.compression === 'none' ? 'uncompressed' : file.compression)})`,
  };
}

export const readParquet = ({ path }: Pick<ParquetSource, 'path'>): string =>
  `read_parquet(${onlyFile(path)}, hive_partitioning = false)`;

/** A path as SQL that means this file alone: where it holds `*`, `?` or `[`, DuckDB takes it for a pattern. */
const onlyFile = (path: string): string => literal(/[*?[]/.test(path) ? path.replace(/[*?[\\]/g, '[$&]') : path);

function typeOf(name: string, typed: Typed): string {
  const type = typed.get(name);
  return type === 'DATE ALONE' ? 'DATE' : (type ?? 'VARCHAR');
}

const types = (columns: readonly FileColumn[], typed: Typed): string =>
  `{${columns.map(({ name, sql }) => `${sql}: '${typeOf(name, typed)}'`).join(', ')}}`;

/** Nothing else is a day. */
const formats = (typed: Typed): string =>
  [...typed.values()].includes('DATE ALONE') ? ", dateformat = '%Y-%m-%d'" : '';

const typedColumns = (columns: readonly FileColumn[], typed: Typed): readonly FileColumn[] =>
  columns.map((column) => (typed.has(column.name) ? { ...column, text: false } : column));
