/** From sources to the engine's table `raw`: cells as text, nothing interpreted but moments, nothing lost. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClvError } from '../errors.js';
import { temporaryFolder } from '../temporary.js';
import type { Decimal } from './cells.js';
import { EPOCH_DAY, EPOCHS, type Epoch, epochOf } from './date-format.js';
import { countRows, literal, type SqlEngine } from './engine.js';
import type { Layout, Role } from './layout.js';
import { csvRelation, directRelation, ndjsonRelation, type Relation, type TextFile } from './relation.js';
import { countTransactions } from './second-reading.js';
import { type CsvSource, csvText } from './sources/csv.js';
import { firstBadLine, type NdjsonSource, ndjsonText } from './sources/ndjson.js';
import { checkSource, type Source, sampleCells } from './sources/source.js';
import type { Encoding } from './sources/text.js';

/** A source and what its columns mean. */
export interface LogPart {
  readonly source: Source;
  readonly layout: Layout;
}

/** A part as it lies in `raw`. */
export interface LoadedPart extends LogPart {
  /** What its text was read as. */
  readonly encoding: Encoding;
  /** As what numbers in its date column were read. */
  readonly epoch: Epoch | undefined;
  /** Of its first transaction, in `raw`. */
  readonly rowid: number;
}

/** A log as it lies in `raw`. */
export interface LoadedLog {
  readonly parts: readonly LoadedPart[];
  /** What the text was read as: that of a part that is not UTF-8, if there is one. */
  readonly encoding: Encoding;
}

export interface LoadOptions {
  /** The mark that numbers get which a source holds as numbers, so that all amounts of a log are written alike. */
  readonly decimal: Decimal;
  readonly dateFormat: string | undefined;
}

/**
 * Fills `raw`: the columns with a role, as text, and a hash of the whole line. Rows are in the order of the log.
 *
 *   part         index of the source
 *   part_row     index of the transaction in its source; NULL in a log of one source, where it is rowid
 *   customer     '' if missing
 *   day_text     the date without its time
 *   minute       of the day, NULL where there is no time
 *   quantity, price, value, order_id, product, category, country, currency, status: NULL where the log has none
 *   line_hash
 *
 * @throws ClvError unreadable_file, bad_row
 */
export async function loadRaw(
  engine: SqlEngine,
  parts: readonly LogPart[],
  options: LoadOptions,
  onProgress: (done: number) => void,
): Promise<LoadedLog> {
  const loaded: LoadedPart[] = [];
  for (const [i, part] of parts.entries()) {
    const rowid = i === 0 ? 0 : await countRows(engine, 'raw');
    const epoch = epochOfPart(part, options.dateFormat);
    const show = (done: number) => onProgress((i + done) / parts.length);
    const [whole, encoding] = await Promise.allSettled([
      checkSource(part.source),
      loadPart(engine, part.source, i, rowid, (relation) => selectRaw(part, i, relation, epoch, options.decimal), show),
    ]);
    if (whole.status === 'rejected') throw whole.reason; // a damaged archive explains whatever else went wrong
    if (encoding.status === 'rejected') throw encoding.reason;
    if ((part.layout.carried?.orderCells.length ?? 0) > 0) await carryOrderCells(engine, i, part.layout);
    loaded.push({ ...part, encoding: encoding.value, epoch, rowid });
  }
  if (loaded.length > 1) {
    for (const [i, { rowid }] of loaded.entries()) {
      await engine.run(`UPDATE raw SET part_row = rowid - ${rowid} WHERE part = ${i}`);
    }
  }
  return { parts: loaded, encoding: loaded.find(({ encoding }) => encoding !== 'utf-8')?.encoding ?? 'utf-8' };
}

/** Numbers are moments if the user says so, or if the first dates of the source all are. */
function epochOfPart({ source, layout }: LogPart, dateFormat: string | undefined): Epoch | undefined {
  if (dateFormat !== undefined) return EPOCHS.find(({ name }) => name === dateFormat);
  return epochOf(sampleCells(source, layout.roles.date).map((cell) => cell.trim()));
}

/** SQL for JavaScript's trim: the wide one, which is slow, only where a cell ends in something that is not plain ASCII. */
export function trimmed(text: string): string {
  return `CASE WHEN strlen(${text}) = length(${text}) AND ${text} >= '!' AND right(${text}, 1) >= '!' THEN ${text}
    ELSE trim(${text}, ${literal(BLANKS)}) END`;
}

/** What JavaScript's trim takes away. */
const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

const AMOUNTS: readonly Role[] = ['quantity', 'price', 'value'];

/** The SELECT that makes lines of `raw` from a relation. */
function selectRaw(
  { layout }: LogPart,
  part: number,
  { from, columns }: Relation,
  epoch: Epoch | undefined,
  decimal: Decimal,
): string {
  const cell = (name: string | undefined, isAmount = false): string | undefined => {
    const column = columns.find((column) => column.name === name);
    if (column === undefined) return undefined;
    if (column.text) return column.sql;
    const number = `nullif(CAST(${column.sql} AS VARCHAR), 'nan')`; // a float that is missing
    return isAmount && decimal === 'comma' ? `replace(${number}, '.', ',')` : number;
  };
  const plain = (role: Role): string => {
    const text = cell(layout.roles[role], AMOUNTS.includes(role));
    return text === undefined ? 'NULL::VARCHAR' : `trim(${text})`;
  };
  const wide = (name: string): string => trimmed(cell(name)!);
  const { guest, cancelledAt } = layout.carried ?? {};
  const own = wide(layout.roles.customer);
  const customer = guest === undefined ? own : `coalesce(nullif(nullif(${own}, ''), '0'), ${wide(guest)})`;
  const status =
    cancelledAt === undefined
      ? plain('status')
      : `CASE WHEN trim(${cell(cancelledAt)}) <> '' THEN 'cancelled' ELSE ${plain('status')} END`;
  return `SELECT ${part}::INTEGER AS part, NULL::BIGINT AS part_row, coalesce(customer_cell, '') AS customer,
      ${dayText(epoch)} AS day_text, ${minute(epoch)} AS minute, * EXCLUDE (customer_cell, date_cell, plain, clock)
    FROM (SELECT *, ${HAS_PLAIN_TIME} AS plain, ${CLOCK} AS clock FROM (
      SELECT ${customer} AS customer_cell, ${wide(layout.roles.date)} AS date_cell,
        ${plain('quantity')} AS quantity, ${plain('price')} AS price, ${plain('value')} AS value,
        ${plain('order')} AS order_id, ${plain('product')} AS product, ${plain('category')} AS category,
        ${plain('country')} AS country, ${plain('currency')} AS currency, ${status} AS status,
        hash(${columns.map(({ sql }) => sql).join(', ')}) AS line_hash
      FROM ${from}) cells) clocks`;
}

/** Hours and minutes, or a full hour of a 12-hour clock; what stands before is the day. */
const TIME = '(?:[T ]+(\\d{1,2})[:.](\\d{2})|T(\\d{2})(\\d{2})|[T ]+(\\d{1,2})[ \\x{202f}]?[AaPp]\\.?[Mm])';
const HALF = '(?:[:.]\\d{2})?(?:[.,]\\d+)?[ \\x{202f}]*([AaPp])?';

/** `YYYY-MM-DD HH:MM`, perhaps with seconds and a zone: nearly all logs with times are so, and this is quick. */
const HAS_PLAIN_TIME = `regexp_matches(date_cell, '^\\d{4}-\\d\\d-\\d\\d[ T]([01]\\d|2[0-3]):[0-5]\\d.*[0-9Z]$')`;

/** No day without a time is as long as this, or has a blank. */
const HAS_TIME = `(strlen(date_cell) > 10 OR contains(date_cell, ' '))`;

/** The parts of a time as text, empty where missing: a struct. */
const CLOCK = `CASE WHEN ${HAS_TIME} AND NOT (${HAS_PLAIN_TIME})
  THEN regexp_extract(date_cell, ${literal(TIME + HALF)}, ['h', 'm', 'hh', 'mm', 'hour', 'half']) END`;

const isMoment = ({ pattern }: Epoch): string => `regexp_full_match(date_cell, ${literal(pattern)})`;

const seconds = ({ perSecond }: Epoch): string => `CAST(date_cell AS DOUBLE) / ${perSecond}`;

function dayText(epoch: Epoch | undefined): string {
  const text = `CASE WHEN plain THEN left(date_cell, 10)
    WHEN ${HAS_TIME} THEN regexp_replace(date_cell, ${literal(`${TIME}.*$`)}, '') ELSE date_cell END`;
  if (epoch === undefined) return text;
  return `CASE WHEN ${isMoment(epoch)}
    THEN ${literal(EPOCH_DAY)} || CAST(floor(${seconds(epoch)} / 86400) AS INTEGER) ELSE ${text} END`;
}

/** Minute of the day; NULL where there is no time, or none that a clock shows. */
function minute(epoch: Epoch | undefined): string {
  const hourShown =
    'TRY_CAST(CASE WHEN plain THEN substr(date_cell, 12, 2) ELSE concat(clock.h, clock.hh) END AS INTEGER)';
  const minuteShown =
    'TRY_CAST(CASE WHEN plain THEN substr(date_cell, 15, 2) ELSE concat(clock.m, clock.mm) END AS INTEGER)';
  const hour = `CASE lower(clock.half) WHEN 'p' THEN ${hourShown} % 12 + 12 WHEN 'a' THEN ${hourShown} % 12 ELSE ${hourShown} END`;
  const shown = `CASE WHEN ${hourShown} < 24 AND ${minuteShown} < 60 THEN (${hour}) * 60 + ${minuteShown} END`;
  if (epoch === undefined) return shown;
  return `CASE WHEN ${isMoment(epoch)} THEN CAST(floor(${seconds(epoch)} / 60) AS BIGINT) % 1440 ELSE ${shown} END`;
}

/** What stands on the first line of an order only holds for its other lines. */
async function carryOrderCells(engine: SqlEngine, part: number, { roles, carried }: Layout): Promise<void> {
  const columns = carried!.orderCells
    .filter((role) => roles[role] !== undefined)
    .flatMap((role) => (role === 'date' ? ['day_text', 'minute'] : [role]));
  /** NULL where the cell is empty. */
  const filled = (table: string, column: string) =>
    column === 'minute' ? `${table}.minute` : `nullif(${table}.${column}, '')`;
  const first = columns.map((column) => {
    const cell = filled('raw', column);
    return `arg_min(${cell}, raw.rowid) FILTER (WHERE ${cell} IS NOT NULL) AS ${column}`;
  });
  const carry = columns.map((column) => {
    const cell = `coalesce(${filled('raw', column)}, orders.${column})`;
    return `${column} = ${column === 'customer' ? `coalesce(${cell}, '')` : cell}`;
  });
  await engine.run(`UPDATE raw SET ${carry.join(', ')}
    FROM (SELECT order_id AS id, ${first.join(', ')} FROM raw WHERE part = ${part} AND order_id <> '' GROUP BY order_id) orders
    WHERE raw.part = ${part} AND raw.order_id = orders.id`);
}

type Select = (relation: Relation) => string;

/** @returns what the text was read as */
async function loadPart(
  engine: SqlEngine,
  source: Source,
  part: number,
  before: number,
  select: Select,
  onProgress: (done: number) => void,
): Promise<Encoding> {
  const fill = (relation: Relation) =>
    engine.run(`${part === 0 ? 'CREATE OR REPLACE TABLE raw AS' : 'INSERT INTO raw'} ${select(relation)}`, onProgress);
  switch (source.format) {
    case 'csv':
      return loadText(source, (encoding, file) =>
        patiently(engine, source, encoding, before, (parallel) => fill(csvRelation(source, file, undefined, parallel))),
      );
    case 'ndjson':
      return loadText(source, (_, file) => fill(ndjsonRelation(source, file)));
    case 'parquet':
    case 'table':
      try {
        await fill(directRelation(source)!);
      } catch (cause) {
        throw new ClvError('unreadable_file', 'the file is damaged or cut off', {
          file: source.file,
          found: firstLine(cause),
          expected: 'a whole file',
          cause,
        });
      }
      return 'utf-8';
  }
}

/** Reads a text file where it lies if the engine can, else a copy of it in UTF-8. */
async function loadText(
  source: CsvSource | NdjsonSource,
  readAs: (encoding: Encoding, file: TextFile) => Promise<void>,
): Promise<Encoding> {
  let { encoding } = source;
  if (directRelation(source) !== undefined) {
    try {
      await readAs(encoding, source);
      return encoding;
    } catch (error) {
      if (!isNotUtf8(error)) throw await textError(error, source);
      encoding = 'windows-1252'; // found late in the file
    }
  }
  const folder = await temporaryFolder('clv-text-');
  try {
    const path = join(folder.path, 'log');
    await writeFile(path, source.format === 'csv' ? csvText(source, encoding) : ndjsonText(source, encoding));
    await readAs(encoding, { path, compression: 'none' });
    return encoding;
  } catch (error) {
    throw await textError(error, source);
  } finally {
    await folder.remove();
  }
}

const isNotUtf8 = (error: unknown): boolean => /not utf-8 encoded|invalid utf-8/i.test(String(error));

/**
 * DuckDB's threads can start inside a quoted cell and then refuse a file that is right, and its lines may not be long. One
 * thread with large buffers is slower and reads it, but takes a quote that never closes without a word: so a second
 * reading has to find the same number of rows.
 */
async function patiently(
  engine: SqlEngine,
  source: CsvSource,
  encoding: Encoding,
  before: number,
  attempt: (parallel: boolean) => Promise<void>,
): Promise<void> {
  try {
    await attempt(true);
  } catch (error) {
    if (isNotUtf8(error)) throw error;
    const { count, unclosedRow } = await countTransactions(source, encoding);
    if (unclosedRow !== undefined) throw unclosedQuote(source.file, unclosedRow, error);
    await attempt(false).catch(() => {
      throw error;
    });
    if ((await countRows(engine, 'raw')) - before !== count) throw error;
  }
}

function unclosedQuote(file: string | undefined, row: number | undefined, cause: unknown): ClvError {
  return new ClvError('bad_row', 'a quoted cell never closes', {
    file,
    row,
    found: 'a cell that goes on to the end of the file',
    expected: 'a closing " before the separator; a quote inside a cell is written twice',
    cause,
  });
}

/** DuckDB's message about a text file, as ours. */
async function textError(error: unknown, source: CsvSource | NdjsonSource): Promise<ClvError> {
  if (error instanceof ClvError) return error;
  if (source.format === 'csv') return csvError(error, source);
  const badLine = await firstBadLine(source, error).catch(() => undefined);
  if (badLine !== undefined) return badLine;
  const repeated = /in line (\d+): Object .* has duplicate key "(.*)"/s.exec(String(error));
  return (
    (repeated &&
      new ClvError('bad_row', 'the object has two values of one name', {
        file: source.file,
        row: Number(repeated[1]),
        found: repeated[2],
        expected: 'every name once',
        cause: error,
      })) ??
    new ClvError('unreadable_file', 'the file cannot be read as NDJSON', {
      file: source.file,
      found: firstLine(error),
      expected: 'one JSON object a line, in UTF-8',
      cause: error,
    })
  );
}

function csvError(error: unknown, source: CsvSource): ClvError {
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
