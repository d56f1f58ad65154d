/** A table of features as a file, with a manifest that says how it was made: both whole, or neither. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { isoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { snakeKeys } from '../json-keys.js';
import { makeFolders } from '../make-folders.js';
import { temporaryFolder } from '../temporary.js';
import { asUnwritable, unwritable } from '../unwritable.js';
import { checkTarget, isNoFile, onDisk, realTarget } from '../whole-file.js';
import { identifier, literal, onDuckDb } from './engine.js';
import type { FeatureTable } from './feature-table.js';
import type { TransactionLog } from './read-transactions.js';

export const FORMATS = ['.parquet', '.csv', '.arrow'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * The format that a file's name asks for.
 *
 * @throws ClvError bad_option
 */
export function formatOf(path: string): Format {
  const extension = typeof path === 'string' ? extname(path).toLowerCase() : undefined;
  const format = extension === '.feather' ? '.arrow' : FORMATS.find((one) => one === extension);
  if (format) return format;
  throw new ClvError('bad_option', 'the name of the output does not tell its format', {
    found: path,
    expected: `a name ending in ${FORMATS.join(', ')}`,
  });
}

const HINT = '--output features.parquet';

export interface WrittenFeatures {
  readonly path: string;
  readonly manifestPath: string;
  readonly manifest: unknown;
}

/**
 * Writes the table to a file (.parquet, .csv or .arrow) and its manifest beside it, under the same name and .manifest.json; a Parquet file carries the
 * manifest inside as well. In CSV, text that a spreadsheet would take for a formula (`=1+1`) gets a `'` before it, and the
 * manifest counts such cells.
 *
 * @throws ClvError bad_option, unwritable_folder
 */
export async function writeFeatures(log: TransactionLog, table: FeatureTable, given: string): Promise<WrittenFeatures> {
  const format = formatOf(given); // throws for what is no path, too
  const path = await realTarget(given);
  if (format !== '.arrow') onDuckDb(table.engine, 'Parquet and CSV');
  const manifestPath = `${path}.manifest.json`;
  await checkOutput(log.report.files, path);
  const made: string[] = [];
  try {
    await makeFolders(dirname(path), made);
    const aside = await temporaryFolder('.clv-unfinished-', dirname(path));
    try {
      const file = join(aside.path, `features${format}`);
      const manifest = await manifestOf(log, table, path, format);
      const json = `${JSON.stringify(manifest, null, 2)}\n`;
      if (format === '.arrow') await writeFile(file, await arrowOf(table));
      else {
        await table.lend((from) =>
          table.engine.run(`COPY (${selectOf(table, from, format)}) TO ${literal(file)} ${formatSql(format, json)}`),
        );
      }
      await onDisk(file);
      await writeFile(`${file}.json`, json, { flush: true });
      await rename(`${file}.json`, manifestPath); // first: who finds the table finds how it was made
      await rename(file, path);
      return { path, manifestPath, manifest };
    } finally {
      await aside.remove();
    }
  } catch (error) {
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
    throw asUnwritable(dirname(path), engineProblem(error), '--output FILE in another folder');
  }
}

/**
 * Refuses, before any work, to write over the log itself or onto a folder.
 *
 * @throws ClvError bad_option, unwritable_folder
 */
export async function checkOutput(files: readonly string[], path: string): Promise<void> {
  formatOf(path);
  for (const target of [path, `${path}.manifest.json`]) {
    await checkTarget(files, target, HINT);
    if (await isNoFile(target)) throw unwritable(target, 'this is a device or a pipe', HINT);
  }
}

/** An error of DuckDB, which tells in words only what the system said, as one of the file system. */
export function engineProblem(error: unknown): unknown {
  const message = String((error as Error).message);
  const code = /No space left/i.test(message) ? 'ENOSPC' : /Permission denied/i.test(message) ? 'EACCES' : undefined;
  return code === undefined ? error : Object.assign(new Error(message), { code });
}

const FORMULA = "'^[=+@\\t\\r-]'";
const neutral = (column: string): string =>
  `CASE WHEN regexp_matches(${column}, ${FORMULA}) THEN '''' || ${column} ELSE ${column} END`;

function selectOf({ columns }: FeatureTable, from: string, format: Format): string {
  const select = columns.map(({ name, type }) => {
    const column = identifier(name);
    return format === '.csv' && type === 'text' ? `${neutral(column)} AS ${column}` : column;
  });
  return `SELECT ${select.join(', ')} FROM ${from}`;
}

/** Columns of more different values are written as they are: to look for repeats takes longer, and saves next to nothing. */
const MOST_REPEATED = 1000;

function formatSql(format: Format, manifest: string): string {
  return format === '.csv'
    ? '(FORMAT csv, HEADER)'
    : `(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT ${MOST_REPEATED}, KV_METADATA {clv_manifest: ${literal(manifest)}})`;
}

async function arrowOf(table: FeatureTable): Promise<Uint8Array> {
  const { columnFromArray, dateDay, float64, int32, tableFromColumns, tableToIPC, utf8 } = await import(
    '@uwdata/flechette'
  );
  const types = { integer: int32(), number: float64(), text: utf8(), day: dateDay() };
  const columns: Array<readonly [string, ReturnType<typeof columnFromArray>]> = [];
  for (const { name, type } of table.columns) {
    const values = await table.column(name);
    const cells = type === 'day' ? (values as string[]).map((day) => new Date(day)) : Array.from<unknown>(values);
    columns.push([name, columnFromArray(cells, types[type])]);
  }
  return tableToIPC(tableFromColumns(Object.fromEntries(columns)), { format: 'file' })!;
}

async function manifestOf(log: TransactionLog, table: FeatureTable, path: string, format: Format): Promise<unknown> {
  const { report, cleaning } = log;
  const { latest, ...rules } = cleaning;
  const formulas = table.columns
    .filter(({ type }) => type === 'text')
    .map(({ name }) => `count(*) FILTER (WHERE regexp_matches(${identifier(name)}, ${FORMULA}))`);
  const escaped =
    format === '.csv'
      ? await table.lend((from) => table.engine.query(`SELECT ${formulas.join(' + ')} FROM ${from}`))
      : undefined;
  const engine = await table.engine.query('SELECT version()');
  return snakeKeys({
    schema: 1,
    madeBy: { clv: process.env.CLV_VERSION, engine: table.engine.dialect.name, engineVersion: engine.texts(0)[0] },
    output: {
      file: basename(path),
      format: format.slice(1),
      rows: table.rows,
      escapedFormulas: escaped?.numbers(0)[0] ?? 0,
    },
    source: { input: report.file, files: await Promise.all(report.files.map(fingerprint)) },
    log: {
      layout: report.layout,
      columns: report.roles,
      dateFormat: report.dateFormat,
      encoding: report.encoding,
      rows: report.rows,
      dropped: report.dropped,
      notes: report.notes,
      remarks: report.remarks,
      normalisedIds: report.normalisedIds,
      customers: report.customers,
      transactions: report.transactions,
      value: report.value,
      firstDay: report.firstDay,
      lastDay: report.lastDay,
    },
    cleaning: { ...rules, latestDate: isoDay(latest) },
    ...table.details,
    columns: table.columns,
  });
}

/** Larger files are known by their ends: reading them again would take longer than the features. */
const WHOLE = 256 * 1024 * 1024;
const END = 1024 * 1024;
const PIECE = 1024 * 1024;

async function fingerprint(file: string): Promise<unknown> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) return { file };
  const hash = createHash('sha256');
  const take = async (start: number, end: number) => {
    for await (const piece of createReadStream(file, { start, end, highWaterMark: PIECE }))
      hash.update(piece as Buffer);
  };
  const { size, mtime } = found;
  if (size > 0) {
    if (size <= WHOLE) await take(0, size - 1);
    else for (const start of [0, size - END]) await take(start, start + END - 1);
  }
  return {
    file,
    bytes: size,
    modified: mtime.toISOString(),
    sha256: hash.digest('hex'),
    of: size <= WHOLE ? 'the whole file' : `its first and last ${END} bytes`,
  };
}
