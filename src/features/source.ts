/** From what people hand over as a log to its sources. */
import { basename } from 'node:path';
import { ClvError } from '../errors.js';
import type { OnProgress } from '../progress.js';
import { isBucketUrl } from '../storage/address.js';
import { fetchObjects } from '../storage/fetch-objects.js';
import type { SqlEngine } from './engine.js';
import { columnsSource, isColumns, type LogColumns } from './sources/columns.js';
import { compressionOf, firstBytes, type PackedFile, unpackedHead } from './sources/compression.js';
import { csvSource } from './sources/csv.js';
import { duckDbSource, isDuckDb } from './sources/duckdb-file.js';
import { looksLikeJsonArray, looksLikeNdjson, ndjsonSource } from './sources/ndjson.js';
import { parquetSource } from './sources/parquet.js';
import { checkDistinct, filesOf, isLogName } from './sources/paths.js';
import { copyFromPostgres, isPostgres } from './sources/postgres.js';
import { emptyFile, type Source } from './sources/source.js';
import { isSqlite, sqliteSource } from './sources/sqlite.js';
import { isIterable, peeked, writeStream } from './sources/stream.js';

export type { LogColumns, LogNumbers, LogTexts } from './sources/columns.js';
export { checkSource, emptyFile, type FileColumn, type Source, sampleOf } from './sources/source.js';
export type { Encoding } from './sources/text.js';

/** A piece of a log: columns, or a part of the text or the bytes of a file. */
export type LogPiece = LogColumns | string | Uint8Array;

/**
 * What a log can be read from:
 * - a path: CSV or NDJSON (plain, gzip or zstd), Parquet, a DuckDB or SQLite database; a folder of such files; a pattern;
 * - `s3://bucket/orders.csv`, `gs://…`, or those below an address that ends in `/`;
 * - `postgres://user@host/database?table=orders`;
 * - several of these;
 * - columns in memory;
 * - an iterable, also an asynchronous one, of pieces of columns, or of the text or bytes of one file.
 */
export type Input =
  | string
  | readonly string[]
  | LogColumns
  | Uint8Array
  | Iterable<LogColumns>
  | Iterable<Uint8Array>
  | AsyncIterable<LogPiece>;

export interface OpenedInput {
  /** For people: as it was given, without passwords. */
  readonly name: string;
  /** The files and tables read, without passwords; none for what was in memory. */
  readonly files: readonly string[];
  /** At least one. */
  readonly sources: readonly Source[];
  /** Removes temporary files. Until then rows can be read a second time, for messages. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The table of a database that has several: `orders` or `schema.orders`. */
  readonly table?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Looks at an input. Nothing of it is read to its end, but for what has to be copied: streams, arrays, SQLite and Postgres.
 *
 * @throws ClvError missing_file, empty_file, unreadable_file, bad_row, bad_columns, bad_cell, bad_option, ambiguous_column,
 *   missing_table, ambiguous_table, unreachable_database
 */
export async function openInput(engine: SqlEngine, input: Input, options: OpenOptions = {}): Promise<OpenedInput> {
  const cleanUps: Array<() => Promise<void>> = [];
  const close = async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  };
  const { table, onProgress } = options;
  const opening: Opening = { engine, table, onProgress, cleanUps, hasTables: false };
  try {
    const { name, sources } = await open(opening, input);
    if (table !== undefined && !opening.hasTables) {
      throw new ClvError('bad_option', 'a table is named, but the log is no database', {
        file: name,
        found: table,
        expected: 'a database of Postgres, DuckDB or SQLite',
      });
    }
    return { name, files: sources.flatMap(({ file }) => file ?? []), sources, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opening {
  readonly engine: SqlEngine;
  readonly table: string | undefined;
  readonly onProgress: OnProgress | undefined;
  readonly cleanUps: Array<() => Promise<void>>;
  /** Whether there was a database among what was opened. */
  hasTables: boolean;
}

async function open(opening: Opening, input: Input): Promise<{ name: string; sources: Source[] }> {
  if (isPaths(input)) {
    const paths = typeof input === 'string' ? [input] : input;
    const sources = await openPaths(opening, paths);
    const first = isPostgres(paths[0]!) ? sources[0]!.file! : paths[0]!;
    const name = paths.length === 1 ? first : `${first} and ${paths.length - 1} more`;
    return { name, sources };
  }
  if (isColumns(input)) return { name: 'columns', sources: [await columnsSource(opening.engine, [input])] };
  if (!isIterable(input)) {
    const names = typeof input === 'object' && input !== null ? Object.keys(input).join(', ') : undefined;
    throw new ClvError('missing_file', 'no log was given', {
      found: names === undefined ? input : `{ ${names} }`,
      expected: 'a path, several paths, columns { customer, date, value, … }, or an iterable of them',
    });
  }
  const { first, all } = await peeked(input instanceof Uint8Array ? [input] : input);
  if (isColumns(first)) return { name: 'columns', sources: [await columnsSource(opening.engine, all)] };
  const { path, folder } = await writeStream(all);
  opening.cleanUps.push(() => folder.remove());
  return { name: 'stream', sources: [await openFile(opening, path, undefined)] };
}

const isPaths = (input: Input): input is string | readonly string[] =>
  typeof input === 'string' || (Array.isArray(input) && input.length > 0 && typeof input[0] === 'string');

const isElsewhere = (path: string): boolean => isPostgres(path) || isBucketUrl(path);

async function openPaths(opening: Opening, paths: readonly string[]): Promise<Source[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(isElsewhere(path) ? [path] : await filesOf(opening.engine, path)));
  await checkDistinct(files.filter((file) => !isElsewhere(file)));
  const sources: Source[] = [];
  for (const file of files) {
    if (isBucketUrl(file)) {
      const fetched = await fetchObjects(file, opening.onProgress, isLogName);
      opening.cleanUps.push(() => fetched.remove());
      for (const { path, url } of fetched.objects) sources.push(await openFile(opening, path, url));
      continue;
    }
    if (!isPostgres(file)) {
      sources.push(await openFile(opening, file, file));
      continue;
    }
    opening.hasTables = true;
    const copied = await copyFromPostgres(file, opening.table);
    opening.cleanUps.push(() => copied.remove());
    const head = await unpackedHead({ ...copied, compression: 'none' });
    sources.push(csvSource({ ...copied, compression: 'none' }, head, { delimiter: ',', encoding: 'utf-8' }));
  }
  return sources;
}

/** @param file its name for people */
async function openFile(opening: Opening, path: string, file: string | undefined): Promise<Source> {
  const { engine, table } = opening;
  const start = await firstBytes(path);
  if (start.length === 0) throw emptyFile(file, '0 bytes');
  const packed: PackedFile = { path, file, compression: compressionOf(start) };
  if (start.subarray(0, 4).toString('latin1') === 'PAR1') return parquetSource(engine, packed);
  if (isDuckDb(start) || isSqlite(start)) opening.hasTables = true;
  if (isDuckDb(start)) return duckDbSource(engine, path, file, table);
  if (isSqlite(start)) return sqliteSource(engine, path, file, start, table);
  if (start[0] === 0x50 && start[1] === 0x4b) {
    throw notALog(file, 'this is a zip archive or an Excel workbook', 'save the sheet as CSV');
  }
  const head = packed.compression === 'none' ? start : await unpackedHead(packed);
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') {
    throw notALog(file, 'this is a Parquet file that was packed again', 'unpack it: Parquet is compressed inside');
  }
  if (looksLikeJsonArray(head)) {
    throw notALog(file, 'this is one JSON array, which cannot be read line by line', "jq -c '.[]' FILE > FILE.ndjson");
  }
  const isNdjson = /\.(ndjson|jsonl)(\.(gz|zst))?$/i.test(basename(path)) || looksLikeNdjson(head);
  if (isNdjson) return ndjsonSource(packed, head);
  return csvSource(packed, head);
}

function notALog(file: string | undefined, problem: string, hint: string): ClvError {
  return new ClvError('unreadable_file', problem, {
    file,
    expected: 'CSV or NDJSON (plain, gzip or zstd), Parquet, or a DuckDB or SQLite database',
    hint,
  });
}
