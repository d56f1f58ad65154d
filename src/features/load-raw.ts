/** From a file to the engine's table `raw`: cells as text, nothing interpreted, nothing lost. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClvError } from '../errors.js';
import { temporaryFolder } from '../temporary.js';
import { identifier, literal, type SqlEngine } from './engine.js';
import type { Layout, Role } from './layout.js';
import { countTransactions } from './second-reading.js';
import { type CsvSource, type Encoding, type Source, textOf } from './source.js';

/** Bytes. A line may hold a document. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** A column of the file: its name, how SQL calls it, and whether its cells are text. */
export interface FileColumn {
  readonly name: string;
  readonly sql: string;
  readonly text: boolean;
}

/** The columns of a file, from its header. */
export function columnsOf(engine: SqlEngine, source: Source): Promise<FileColumn[]> | FileColumn[] {
  return source.format === 'csv' ? textColumns(source.header) : parquetColumns(engine, source.file);
}

const textColumns = (header: readonly string[]): FileColumn[] =>
  header.map((name, i) => ({ name, sql: `c${i}`, text: true }));

async function parquetColumns(engine: SqlEngine, path: string): Promise<FileColumn[]> {
  try {
    const described = await engine.query(`DESCRIBE SELECT * FROM ${readParquet(path)}`);
    const types = described.texts(1);
    return described.texts(0).map((name, i) => ({ name, sql: identifier(name), text: types[i] === 'VARCHAR' }));
  } catch (cause) {
    throw new ClvError('unreadable_file', 'the Parquet file is damaged or cut off', {
      file: path,
      found: firstLine(cause),
      expected: 'a whole Parquet file',
      cause,
    });
  }
}

/** SQL for JavaScript's trim: the wide one, which is slow, only where a cell ends in something that is not plain ASCII. */
function trimmed(text: string): string {
  const plain = (character: string) => `ord(${character}) BETWEEN 33 AND 126`;
  const narrow = `trim(${text})`;
  return `CASE WHEN ${plain(narrow)} AND ${plain(`right(${narrow}, 1)`)} THEN ${narrow} ELSE trim(${text}, ${literal(BLANKS)}) END`;
}

/** What JavaScript's trim takes away. */
const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/**
 * Fills `raw`: the columns with a role, as text, and a hash of the whole line. Row order is kept: rowid + 1 = transaction.
 *
 * @returns what the text was read as
 */
export async function loadRaw(
  engine: SqlEngine,
  source: Source,
  table: readonly FileColumn[],
  layout: Layout,
  onProgress: (done: number) => void,
): Promise<Encoding> {
  const cell = (role: Role): string => {
    const column = table.find(({ name }) => name === layout.roles[role]);
    if (column === undefined) return 'NULL::VARCHAR';
    const text = column.text ? column.sql : `nullif(CAST(${column.sql} AS VARCHAR), 'nan')`; // a float that is missing
    return role === 'customer' || role === 'date' ? trimmed(text) : `trim(${text})`;
  };
  const select = `CREATE OR REPLACE TABLE raw AS SELECT
    coalesce(${cell('customer')}, '') AS customer,
    regexp_replace(${cell('date')}, '([T ]+\\d{1,2}[:.]\\d{2}|T\\d{4}).*$', '') AS day_text,
    ${cell('quantity')} AS quantity, ${cell('price')} AS price, ${cell('value')} AS value,
    ${cell('order')} AS order_id, ${cell('product')} AS product,
    hash(${table.map(({ sql }) => sql).join(', ')}) AS line_hash`;
  if (source.format === 'parquet') {
    await engine.run(`${select} FROM ${readParquet(source.file)}`, onProgress);
    return 'utf-8';
  }
  const readAs = (encoding: Encoding, file: CsvFile) =>
    patiently(engine, source, encoding, (parallel) =>
      engine.run(`${select} FROM ${readCsv(source, file, parallel)}`, onProgress),
    );
  let { encoding } = source;
  if (encoding === 'utf-8' && source.preamble.rows === 0) {
    try {
      await readAs(encoding, { path: source.file, compression: source.compression });
      return encoding;
    } catch (error) {
      if (!/not utf-8 encoded/.test(String(error))) throw csvError(error, source);
      encoding = 'windows-1252'; // found late in the file
    }
  }
  const folder = await temporaryFolder('clv-text-');
  try {
    const path = join(folder.path, 'log.csv');
    await writeFile(path, textOf(source, encoding));
    await readAs(encoding, { path, compression: 'none' });
    return encoding;
  } catch (error) {
    throw csvError(error, source);
  } finally {
    await folder.remove();
  }
}

/** A CSV file as the engine is to read it. */
interface CsvFile {
  readonly path: string;
  readonly compression: CsvSource['compression'];
}

/**
 * DuckDB's threads can start inside a quoted cell and then refuse a file that is right, and its lines may not be long. One
 * thread with large buffers is slower and reads it, but takes a quote that never closes without a word: so a second
 * reading has to find the same number of rows.
 */
async function patiently(
  engine: SqlEngine,
  source: CsvSource,
  encoding: Encoding,
  attempt: (parallel: boolean) => Promise<void>,
): Promise<void> {
  try {
    await attempt(true);
  } catch (error) {
    if (/not utf-8 encoded/.test(String(error))) throw error;
    const { count, unclosedRow } = await countTransactions(source, encoding);
    if (unclosedRow !== undefined) throw unclosedQuote(source.file, unclosedRow, error);
    await attempt(false).catch(() => {
      throw error;
    });
    const rows = (await engine.query('SELECT count(*) FROM raw')).numbers(0)[0]!;
    if (rows !== count) throw error;
  }
}

function unclosedQuote(file: string, row: number | undefined, cause: unknown): ClvError {
  return new ClvError('bad_row', 'a quoted cell never closes', {
    file,
    row,
    found: 'a cell that goes on to the end of the file',
    expected: 'a closing " before the separator; a quote inside a cell is written twice',
    cause,
  });
}

/** A path as SQL that means this file alone: DuckDB takes `*`, `?` and `[` for patterns. */
const onlyFile = (path: string): string => literal(path.replace(/[*?[]/g, '[$&]'));

const readParquet = (path: string): string => `read_parquet(${onlyFile(path)}, hive_partitioning = false)`;

/** Nothing is left to the engine's own detection: it can be wrong without a word. */
function readCsv({ header, delimiter }: CsvSource, { path, compression }: CsvFile, parallel: boolean): string {
  const columns = textColumns(header).map(({ sql }) => `${sql}: 'VARCHAR'`);
  return `read_csv(${onlyFile(path)}, auto_detect = false, strict_mode = true, header = true,
    delim = ${literal(delimiter)}, quote = '"', escape = '"', columns = {${columns.join(', ')}},
    compression = ${literal(compression)}${parallel ? '' : `, parallel = false, max_line_size = ${LONGEST_LINE}`})`;
}

/** DuckDB's message about a CSV file, as ours. */
function csvError(error: unknown, source: CsvSource): ClvError {
  if (error instanceof ClvError) return error;
  const message = String((error as Error).message);
  const { file } = source;
  const line = /Line: (\d+)/.exec(message)?.[1];
  const row = line === undefined ? undefined : Number(line);
  const original = /Original Line:\s?(.*)/.exec(message)?.[1];
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (counts) {
    return new ClvError('bad_row', `the row has ${counts[2]} cells, the header ${counts[1]}`, {
      file,
      row,
      found: original,
      expected: `${counts[1]} cells, separated by ${JSON.stringify(source.delimiter)}`,
      hint: 'cells that hold the separator must be in double quotes',
      cause: error,
    });
  }
  if (/unterminated quote/.test(message)) return unclosedQuote(file, row, error);
  if (/state machine/.test(message)) {
    return new ClvError('bad_row', 'the rows do not all end in the same way', {
      file,
      expected: 'LF or CRLF at the end of every row, and quotes closed',
      hint: 'convert the line ends: `sed -i "s/\\r$//" FILE`',
      cause: error,
    });
  }
  return new ClvError('unreadable_file', 'the file cannot be read as CSV', {
    file,
    row,
    found: firstLine(error),
    expected: 'CSV with a header row',
    cause: error,
  });
}

const firstLine = (error: unknown): string => String((error as Error).message).split('\n')[0]!;
