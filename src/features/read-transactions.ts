/** From a log in any form to cleaned transactions, everything that was left out counted. */
import { stat } from 'node:fs/promises';
import { isoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import { checkOptionTypes } from '../options.js';
import type { OnProgress } from '../progress.js';
import type { Need } from './catalogue/feature.js';
import { checkAmounts, checkProducts, type Decimal, uploadDays } from './cells.js';
import { type Cleaning, type CleaningOptions, cleaningOf, NOTES, REASONS } from './cleaning.js';
import { type DirectlyRead, type DirectPlan, directPlan, readDirectly } from './direct.js';
import { openDuckDb } from './duckdb.js';
import type { SqlEngine } from './engine.js';
import { detectLayout, type Layout, mergedLayout, ROLES, type Role, type Roles } from './layout.js';
import { BY_ID, countsOf, type LogTables, makeDaily, makeLines, rawCells } from './lines.js';
import { type LogPart, loadRaw } from './load-raw.js';
import { readPlain } from './read-plain.js';
import { checkSource, type Encoding, emptyFile, type Input, openInput } from './source.js';

export type Detail = 'lines' | 'features' | 'days' | 'values';

export interface ReadOptions extends CleaningOptions {
  /** Column names by role, where detection should not decide. */
  readonly columns?: Roles | undefined;
  /** `%d/%m/%Y`, `epoch_s` and the like; left out: told from the data. */
  readonly dateFormat?: string | undefined;
  /** What separates units from cents. Default `point`. */
  readonly decimal?: Decimal | undefined;
  /** Which table of a database, where it has several. */
  readonly table?: string | undefined;
  /**
   * How much is kept. `lines` (default): every line, for features of baskets, notes, netting and the doctor. `features`: what
   * features need of the lines; of large plain logs they then keep no ids of orders and products. `days`: what each
   * customer did each day, in one pass; enough for models and for features of transactions and returns. `values`: the same
   * without the number of pieces.
   */
  readonly detail?: Detail | undefined;
  /**
   * Whether to look for what stays and deserves a look, such as lines that repeat another. Default: yes, but for logs above
   * 64 MB, where that takes longer than reading.
   */
  readonly notes?: boolean | undefined;
  /** @internal For tests: which way to read, whatever the size of the log. */
  readonly way?: 'careful' | 'direct' | 'plain' | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Rows dropped or remarked on for one reason. */
export interface RowCount {
  readonly reason: string;
  readonly meaning: string;
  readonly rows: number;
  /** Sum of their values, in the currency of the log; refunds count negative. */
  readonly value: number;
}

export interface ReadReport {
  /** The log as it was given, or a name for what has none. */
  readonly file: string;
  /** Every file of it. */
  readonly files: readonly string[];
  readonly layout: string;
  readonly roles: Roles;
  readonly dateFormat: string;
  /** Lines of the log, without headers. Always = kept lines + dropped lines. */
  readonly rows: number;
  readonly dropped: readonly RowCount[];
  /** What stayed and deserves a look; none with `detail: 'days'`. */
  readonly notes: readonly RowCount[];
  /** Sentences on what a reader of the figures must know. */
  readonly remarks: readonly string[];
  /** Ids such as `17850.0`, as spreadsheets write numbers, that became `17850`. */
  readonly normalisedIds: number;
  /** What the text was read as; files that are not UTF-8 are rare enough to be told. */
  readonly encoding: Encoding;
  readonly customers: number;
  /** Customer-days. */
  readonly transactions: number;
  readonly value: number;
  readonly firstDay: string;
  readonly lastDay: string;
}

/** A cleaned log, held by the engine in the tables of lines.ts. Close it after use. */
export interface TransactionLog {
  readonly report: ReadReport;
  readonly engine: SqlEngine;
  readonly layout: Layout;
  readonly cleaning: Cleaning;
  /** Whether purchases that were cancelled are void from the day of the cancellation. */
  readonly netted: boolean;
  /** What was kept: every line, what features need of them, or days only. */
  readonly keeps: 'lines' | 'features' | 'days';
  /** Names of the tables that features are made of. */
  readonly tables: LogTables;
  /** Whether the log has a column for a role, or times of day. */
  has(need: Need): boolean;
  close(): Promise<void>;
}

/**
 * Reads and cleans a transaction log: a path (CSV of any usual dialect, NDJSON, Parquet, plain or compressed, a DuckDB or
 * SQLite file), a folder, a glob, several paths, a `postgres://` URL, columns in memory, or pieces of any of these as they
 * come. Columns are found by their names or taken from `options.columns`. Moments
 * that a file holds as such, with a time zone, count as days of UTC; days in text count as they are written.
 *
 * One transaction is one customer-day whose cleaned value is positive.
 *
 * @throws ClvError missing_file, empty_file, unreadable_file, bad_row, bad_cell, missing_column, ambiguous_column,
 *   missing_table, ambiguous_table, unreachable_database, ambiguous_date_order, bad_option, bad_date, no_customers
 */
export async function readTransactions(input: Input, options: ReadOptions = {}): Promise<TransactionLog> {
  checkOptions(options);
  const cleaning = cleaningOf(options);
  const engine = await openDuckDb();
  try {
    return await read(engine, input, options, cleaning);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Bytes of a log up to which notes are looked for unasked. */
const MOST_NOTED = 64e6;

/** What only reading the cells tells. */
interface Understood {
  readonly dateFormat: string;
  readonly encoding: Encoding;
  /** Customers with a transaction, where that is known already. */
  readonly customers?: number | undefined;
  readonly tables: LogTables;
  readonly hasTimes?: boolean | undefined;
}

async function read(engine: SqlEngine, data: Input, options: ReadOptions, cleaning: Cleaning): Promise<TransactionLog> {
  const { detail = 'lines' } = options;
  const { tell: progress, check } = heard(options.onProgress);
  const input = await openInput(engine, data, { table: options.table, onProgress: progress });
  try {
    const parts: LogPart[] = input.sources.map((source) => ({
      source,
      layout: detectLayout(
        source.columns.map(({ name }) => name),
        options.columns ?? {},
        source.file,
      ),
    }));
    const layout = mergedLayout(parts);
    const keepsLines =
      detail === 'lines' || detail === 'features' || cleaning.returns === 'net' || cleaning.duplicates === 'drop';
    progress(`reading ${input.name}`, 0);
    const bytes = await sizeOf(parts);
    const extent = bytes > 0 ? { amount: bytes / 1e6, unit: 'MB' } : undefined;
    const show = (done: number) => progress(`reading ${input.name}`, done, extent);
    const settled = { ...options, notes: options.notes ?? bytes <= MOST_NOTED };
    const quickly = await directly(engine, parts, layout, cleaning, keepsLines, settled, bytes, show).finally(check);
    const understood =
      quickly ??
      (options.way === undefined || options.way === 'careful' ? undefined : notPlain()) ??
      (await carefully(engine, parts, layout, cleaning, options, show));
    progress('cleaning', 0);
    const noted = keepsLines && settled.notes;
    const report = await reported(engine, input.name, input.files, layout, cleaning, understood, noted);
    const { tables } = understood;
    const times =
      keepsLines && (understood.hasTimes ?? (await engine.query('SELECT count(minute) FROM lines')).numbers(0)[0]! > 0);
    progress('cleaning', 1);
    return {
      report,
      engine,
      layout,
      cleaning,
      netted: cleaning.returns === 'net',
      keeps: !keepsLines ? 'days' : tables === BY_ID ? 'lines' : 'features',
      tables,
      has: (need) =>
        need === 'time' ? times : layout.roles[need] !== undefined && (need !== 'quantity' || detail !== 'values'),
      close: () => engine.close(),
    };
  } finally {
    await input.close();
  }
}

/** A listener, and a check that throws what it has thrown: an engine takes that for an error of its own. */
function heard(listener: OnProgress = () => {}): { readonly tell: OnProgress; check(): void } {
  let problem: { readonly error: unknown } | undefined;
  return {
    tell(...progress) {
      try {
        listener(...progress);
      } catch (error) {
        problem ??= { error };
        throw error;
      }
    },
    check() {
      if (problem !== undefined) throw problem.error;
    },
  };
}

async function sizeOf(parts: readonly LogPart[]): Promise<number> {
  const sizes = await Promise.all(
    parts.map(async ({ source }) => (source.path === undefined ? 0 : (await stat(source.path)).size)),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** The fast way, for large logs that are plain; undefined where a log is not that plain. */
async function directly(
  engine: SqlEngine,
  parts: readonly LogPart[],
  layout: Layout,
  cleaning: Cleaning,
  keepsLines: boolean,
  options: ReadOptions,
  bytes: number,
  show: (done: number) => void,
): Promise<Understood | undefined> {
  const plan = directPlan(parts, layout, cleaning, options, keepsLines, bytes);
  if (plan === undefined) return undefined;
  const [whole, read] = await Promise.allSettled([
    Promise.all(parts.map(({ source }) => checkSource(source))),
    soonest(engine, parts, plan, layout, cleaning, options, show),
  ]);
  if (whole.status === 'rejected') throw whole.reason; // a damaged archive explains whatever else went wrong
  if (read.status === 'rejected' && options.way !== undefined) throw read.reason;
  return read.status === 'fulfilled' && read.value
    ? { dateFormat: '%Y-%m-%d', encoding: 'utf-8', ...read.value }
    : undefined;
}

/** The quickest way that a log allows: without the texts of its lines, if nobody asks for them. */
async function soonest(
  engine: SqlEngine,
  parts: readonly LogPart[],
  plan: DirectPlan,
  layout: Layout,
  cleaning: Cleaning,
  { detail = 'lines', notes, way }: ReadOptions,
  show: (done: number) => void,
): Promise<DirectlyRead | undefined> {
  const needsTexts = detail === 'lines' || (plan.withLines && notes);
  const plain =
    needsTexts || way === 'direct' ? undefined : await readPlain(engine, parts, plan, layout, cleaning, show);
  return way === 'plain' ? plain : (plain ?? readDirectly(engine, plan, layout, cleaning, show));
}

function notPlain(): never {
  throw new Error('this log has to be read carefully');
}

/** The way that understands everything: cells as text first, then each checked, the first bad one named. */
async function carefully(
  engine: SqlEngine,
  parts: readonly LogPart[],
  layout: Layout,
  cleaning: Cleaning,
  { decimal = 'point', dateFormat }: ReadOptions,
  show: (done: number) => void,
): Promise<Understood> {
  const place = await loadRaw(engine, parts, { decimal, dateFormat }, show);
  // numbers that a file holds as numbers were written with this mark
  await checkAmounts(engine, layout, decimal, place);
  await checkProducts(engine, layout, decimal, place);
  const format = await uploadDays(engine, dateFormat, place);
  await makeLines(engine, rawCells(layout, decimal), layout, cleaning);
  await engine.run('DROP TABLE raw');
  await makeDaily(engine);
  return { dateFormat: format.name, encoding: place.encoding, tables: BY_ID };
}

async function reported(
  engine: SqlEngine,
  name: string,
  files: readonly string[],
  layout: Layout,
  cleaning: Cleaning,
  understood: Understood,
  noted: boolean,
): Promise<ReadReport> {
  const counts = await engine.query(countsOf(understood.tables));
  const reasons = counts.texts(0);
  const dropped = REASONS.flatMap(({ reason, meaning }): RowCount[] => {
    const i = reasons.indexOf(reason);
    return i < 0 ? [] : [{ reason, meaning, rows: counts.numbers(1)[i]!, value: counts.numbers(2)[i]! }];
  });
  const all = (column: number) => counts.numbers(column).reduce((sum, count) => sum + count, 0);
  const kept = reasons.indexOf('');
  if (kept < 0) throw nothingLeft(name, dropped);
  const ofKept = (column: number) => counts.numbers(column)[kept]!;
  const standing = 'SELECT count(DISTINCT customer) FROM customer_days WHERE void_day IS NULL';
  return {
    file: name,
    files,
    layout: layout.name,
    roles: layout.roles,
    dateFormat: understood.dateFormat,
    rows: all(1),
    dropped,
    notes: noted ? await notedRows(engine, layout, cleaning) : [],
    remarks: remarksOn(layout, cleaning, noted),
    normalisedIds: all(3),
    encoding: understood.encoding,
    customers: understood.customers ?? (await engine.query(standing)).numbers(0)[0]!,
    transactions: ofKept(4),
    value: ofKept(2),
    firstDay: isoDay(ofKept(5)),
    lastDay: isoDay(ofKept(6)),
  };
}

/** Every option, for "did you mean". */
const READ_OPTIONS: readonly (keyof ReadOptions)[] = [
  'columns',
  'dateFormat',
  'decimal',
  'table',
  'detail',
  'notes',
  'way',
  'returns',
  'duplicates',
  'services',
  'testOrders',
  'zeroValue',
  'latestDate',
  'onProgress',
];

/** The options of a reading among others. */
export const readOptionsIn = (options: ReadOptions): ReadOptions =>
  Object.fromEntries(Object.entries(options).filter(([name]) => (READ_OPTIONS as readonly string[]).includes(name)));

const DECIMALS: readonly Decimal[] = ['point', 'comma'];
const DETAILS: readonly unknown[] = ['lines', 'features', 'days', 'values', undefined];

function checkOptions(options: ReadOptions): void {
  checkOptionTypes(
    options,
    { columns: 'object', dateFormat: 'text', table: 'text', onProgress: 'function' },
    READ_OPTIONS,
  );
  const { columns = {}, decimal = 'point', detail } = options;
  if (!DECIMALS.includes(decimal)) {
    throw new ClvError('bad_option', 'there is no such decimal mark', {
      found: decimal,
      expected: DECIMALS.join(', '),
    });
  }
  if (!DETAILS.includes(detail)) {
    throw new ClvError('bad_option', 'there is no such detail', {
      found: detail,
      expected: 'lines, features, days, values',
    });
  }
  for (const [role, name] of Object.entries(columns)) {
    const known = ROLES.includes(role as Role);
    if (known && (name === undefined || typeof name === 'string')) continue;
    throw new ClvError('bad_option', known ? 'this is not the name of a column' : 'columns have no such role', {
      column: role,
      found: known ? name : undefined,
      expected: known ? 'text' : ROLES.join(', '),
      hint: known ? undefined : nearest(role, ROLES),
    });
  }
}

function remarksOn({ roles, caution }: Layout, { returns }: Cleaning, noted: boolean): string[] {
  const cannotNet = returns === 'net' && (roles.product === undefined || roles.quantity === undefined);
  return [
    ...(caution === undefined ? [] : [caution]),
    ...(cannotNet ? ['No purchase could be matched with its cancellation: that needs a product and a quantity.'] : []),
    ...(noted ? [] : ['Repeated lines, services and the like were not looked for; `clv doctor` does.']),
  ];
}

async function notedRows(engine: SqlEngine, layout: Layout, cleaning: Cleaning): Promise<RowCount[]> {
  const notes: RowCount[] = [];
  for (const { reason, meaning, query } of NOTES) {
    const sql = query(layout, cleaning);
    if (sql === undefined) continue;
    const counts = await engine.query(sql);
    const rows = counts.numbers(0)[0]!;
    if (rows > 0) notes.push({ reason, meaning, rows, value: counts.numbers(1)[0]! });
  }
  return notes;
}

function nothingLeft(file: string, dropped: readonly RowCount[]): ClvError {
  if (dropped.length === 0) return emptyFile(file, 'a header and no rows');
  return new ClvError('no_customers', 'cleaning leaves no transaction', {
    file,
    found: dropped.map(({ rows, meaning }) => `${meaning}: ${rows}`).join('; '),
    expected: 'rows with a customer, a date and a positive value',
  });
}
