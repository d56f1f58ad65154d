/**
 * Straight from the files to tables, for logs that are large and plain: ISO days, a decimal point, UTF-8. The engine reads days
 * and amounts itself and refuses what it cannot read; then, and where anything looks odd, the log is read carefully
 * instead. A test holds the two ways to the same results.
 */
import { dayNumber } from '../calendar.js';
import { LARGEST_AMOUNT } from './cells.js';
import type { Cleaning } from './cleaning.js';
import { literal, type SqlEngine } from './engine.js';
import { type Decimals, decimalsOf, isOff, rounded } from './exact-sums.js';
import type { Layout, Role } from './layout.js';
import { codeSql, dailyOf, IS_PLAIN_DAY, judged, keptDays, MOST_SUMMED, type Named, stays } from './line-codes.js';
import {
  BY_ID,
  dailyViews,
  IS_SPREADSHEET_ID,
  keepLean,
  type LogTables,
  leanCells,
  leanOf,
  viewCustomerLines,
} from './lines.js';
import { type LogPart, trimmed } from './load-raw.js';
import type { ReadOptions } from './read-transactions.js';
import { type ColumnType, directRelation, type Relation, type Typed } from './relation.js';
import type { Source } from './source.js';
import { sampleCells } from './sources/source.js';

/** Bytes. Smaller logs are read carefully: that takes no time, and says exactly where things are. */
const LARGE = 16e6;

const DAY_ONLY = '%Y-%m-%d';
const DAY_LENGTH = 'YYYY-MM-DD'.length;

/** How days are written, where all are written in one way that cannot be misread. */
const FORMATS: ReadonlyArray<readonly [format: string, pattern: RegExp]> = [
  '',
  ' %H:%M:%S',
  ' %H:%M',
  'T%H:%M:%S',
  'T%H:%M',
].flatMap((time) =>
  (time === '' ? [''] : ['', 'Z']).map((zone): [string, RegExp] => [
    `${DAY_ONLY}${time}${zone}`,
    patternOf(`${time}${zone}`),
  ]),
);

function patternOf(time: string): RegExp {
  return new RegExp(`^\\d{4}-\\d{2}-\\d{2}${time.replace(/%[HMS]/g, '\\d{2}')}$`);
}

/** What the engine makes of `epoch` and `infinity`. */
const ODD_DAYS = [0, dayNumber(1900, 1, 1)!];

/** A log that can be read directly: SELECTs of cells, one a part. */
export interface DirectPlan {
  /** How its dates are written, where they are text of one format and lines have all that cleaning looks at. */
  readonly plainDates: string | undefined;
  readonly cells: readonly string[];
  readonly withLines: boolean;
  readonly withQuantity: boolean;
  /** Columns of lines and of cells that no part has. */
  readonly absent: readonly string[];
  /** What sums can be expected to have. */
  readonly decimals: Decimals | undefined;
}

/** How to read a log directly; undefined where it has to be read carefully. */
export function directPlan(
  parts: readonly LogPart[],
  layout: Layout,
  cleaning: Cleaning,
  { decimal = 'point', dateFormat, way, detail, notes = false }: ReadOptions,
  withLines: boolean,
  bytes: number,
): DirectPlan | undefined {
  if (way === 'careful' || decimal !== 'point' || layout.carried) return undefined;
  // which of two equal lines came first is known to careful reading only
  if (cleaning.returns === 'net' || cleaning.duplicates === 'drop') return undefined;
  if (dateFormat !== undefined && dateFormat !== DAY_ONLY) return undefined;
  if (way === undefined && bytes < LARGE) return undefined;
  const needed = judgedBy(layout, cleaning);
  const present = TEXTS.filter(([role]) => (withLines && layout.roles[role] !== undefined) || needed.includes(role));
  const withQuantity = detail !== 'values';
  const wanted: Wanted = { withLines, hashes: notes, present };
  const cells = parts.map((part, i) => cellsOf(part, i, wanted));
  const absent = [
    ...TEXTS.filter((text) => !present.includes(text)).map(([, name]) => name),
    ...AMOUNTS.filter((role) => layout.roles[role] === undefined).map((role) => (role === 'value' ? 'amount' : role)),
    ...(parts.length === 1 ? ['part'] : []),
    'part_row',
    ...(notes ? [] : ['line_hash']),
  ];
  if (!cells.every((sql) => sql !== undefined)) return undefined;
  const plainDates =
    parts.length === 1 && needed.length === 0 ? formatOf(parts[0]!.source, layout.roles.date!) : undefined;
  return { cells, plainDates, withLines, withQuantity, absent, decimals: decimalsOf(parts) };
}

/** Roles, besides amounts and day, that cleaning rules look at. */
function judgedBy({ cancellationPrefix, notPaid }: Layout, { services, testOrders }: Cleaning): readonly Role[] {
  return [
    ...(cancellationPrefix === undefined ? [] : (['order'] as const)),
    ...(services === 'drop' || testOrders === 'drop' ? (['product'] as const) : []),
    ...(notPaid === undefined ? [] : (['status'] as const)),
  ];
}

interface Wanted {
  readonly withLines: boolean;
  readonly hashes: boolean;
  readonly present: typeof TEXTS;
}

const AMOUNTS: readonly Role[] = ['quantity', 'price', 'value'];

/** Columns of lines that are text, by role. */
const TEXTS: ReadonlyArray<readonly [Role, string]> = [
  ['order', 'order_id'],
  ['product', 'product'],
  ['category', 'category'],
  ['country', 'country'],
  ['currency', 'currency'],
  ['status', 'status'],
];

function cellsOf({ source, layout: { roles } }: LogPart, part: number, wanted: Wanted): string | undefined {
  const { withLines, hashes, present } = wanted;
  const format = formatOf(source, roles.date!);
  // Lines that repeat another are told by their text: there numbers stay as they are written.
  const numbers = hashes ? [] : AMOUNTS.flatMap((role) => roles[role] ?? []);
  const typed: Typed = new Map<string, ColumnType>(
    source.format !== 'csv'
      ? []
      : [
          ...numbers.map((name) => [name, 'DOUBLE'] as const),
          ...(format === undefined ? [] : dateTypes(roles.date!, format, withLines)),
        ],
  );
  const relation = directRelation(source, typed);
  if (relation === undefined) return undefined;
  const column = (role: Role) => relation.columns.find(({ name }) => roles[role] !== undefined && name === roles[role]);
  const text = (role: Role): string => {
    const found = column(role);
    if (found === undefined) return 'NULL::VARCHAR';
    return found.text ? found.sql : `nullif(CAST(${found.sql} AS VARCHAR), 'nan')`;
  };
  const number = (role: Role): string => {
    const found = column(role);
    if (found === undefined) return 'NULL::DOUBLE';
    if (found.text) return `CAST(nullif(trim(${found.sql}), '') AS DOUBLE)`;
    return source.format === 'csv' ? found.sql : `nullif(CAST(${found.sql} AS DOUBLE), 'nan'::DOUBLE)`;
  };
  const date = column('date')!;
  if (date.text && format === undefined) return undefined;
  const moment = date.text ? MOMENT : date.sql;
  const from = date.text
    ? `(SELECT *, ${momentOf(date.sql, format!)} AS ${MOMENT} FROM ${relation.from}) timed`
    : relation.from;
  const texts = present.map(([role, name]) => `${withoutBlanks(text(role))} AS ${name},`);
  const day = `CAST(${moment} AS DATE)`;
  return `SELECT ${text('customer')} AS id, ${withLines ? dayNumberOf(day) : day} AS day,
      ${number('quantity')} AS quantity, ${number('price')} AS price, ${number('value')} AS amount,
      ${texts.join(' ')}
      ${withLines ? linesOnly(moment, format !== DAY_ONLY, hashes, relation) : ''} ${part} AS part
      FROM ${from}`;
}

/** What follows a day matters to lines only; not to look at it is quicker. Moments are read by `momentOf`. */
function dateTypes(date: string, format: string, withLines: boolean): Array<readonly [string, ColumnType]> {
  if (!withLines) return [[date, 'DATE']];
  return format === DAY_ONLY ? [[date, 'DATE ALONE']] : [];
}

/** Column of moments that were text. A CASE is worked out as often as it stands in a statement. */
const MOMENT = '"read as a moment"';

/**
 * A text as a moment. To read it as any moment takes half as long as to read it in one format; of texts as long as the format
 * that read differently only the hour 24, which would be a day later, is to be kept from that.
 */
function momentOf(text: string, format: string): string {
  const strict = `strptime(nullif(trim(${text}), ''), ${literal(format)})`;
  if (format === DAY_ONLY) return strict;
  const midnight = format
    .slice(DAY_ONLY.length + 1)
    .replace('%H', '24')
    .replace(/%[MS]/g, '00');
  const length = DAY_LENGTH + 1 + midnight.length;
  return `CASE WHEN strlen(${text}) = ${length} AND NOT ends_with(${text}, ${literal(midnight)})
    THEN CAST(${text} AS TIMESTAMP) ELSE ${strict} END`;
}

/** `trim` of a text, NULL if nothing is left. Most need none; to see that takes less. */
const withoutBlanks = (text: string): string =>
  `CASE WHEN strlen(${text}) = length(${text}) AND ${text} >= '!' AND NOT ends_with(${text}, ' ')
    THEN ${text} ELSE nullif(trim(${text}), '') END`;

const linesOnly = (moment: string, hasClock: boolean, hashes: boolean, { columns }: Relation): string => {
  const clock = `CASE WHEN typeof(${moment}) LIKE 'TIMESTAMP%' THEN extract(hour FROM ${moment}) * 60 + extract(minute FROM ${moment}) END`;
  const hash = hashes ? `hash(${columns.map(({ sql }) => sql).join(', ')}) AS line_hash,` : '';
  return `CAST(${hasClock ? clock : 'NULL'} AS INTEGER) AS minute, ${hash}`;
};

/** The format of all sample cells of the date; undefined where there is none or none is needed. */
function formatOf(source: Source, date: string): string | undefined {
  const cells = sampleCells(source, date).filter((cell) => cell !== '');
  if (cells.length === 0) return undefined;
  return FORMATS.find(([, pattern]) => cells.every((cell) => pattern.test(cell)))?.[0];
}

/**
 * Conditions on a line that show it plain and kept, so that nothing else has to be looked at. Of three amounts of which one
 * is the product of the others two are enough: value is one of them, and the others are compared as whole numbers, which is
 * sooner than as doubles (below 0.5 and above 2^31 they are not plain). Values too large show in their sums.
 */
function plainly(layout: Layout, judged: readonly Role[]): string {
  if (judged.length > 0) return 'false';
  const { roles } = layout;
  const others = roles.value === undefined ? (['quantity'] as const) : (['quantity', 'price'] as const);
  const fine = others.flatMap((role) => (roles[role] === undefined ? [] : [`TRY_CAST(${role} AS INTEGER) > 0`]));
  return [...fine, `${amountSql(layout)} > 1e-6`].join(' AND ');
}

const between = (amount: string) => `${amount} NOT BETWEEN -${LARGEST_AMOUNT} AND ${LARGEST_AMOUNT}`;

/** Amounts too large to be money. */
const BAD = [...AMOUNTS.filter((role) => role !== 'value'), 'value'].map(between).join(' OR ');

/** Cells with a code for what was found in their amounts, and their value; of plain lines only if it is `valued`. */
function codedCells({ cells }: DirectPlan, layout: Layout, cleaning: Cleaning, valued: boolean): string {
  const value = valued ? valueSql(layout) : `CASE WHEN plain THEN NULL ELSE ${valueSql(layout)} END`;
  return `SELECT *, ${codeSql(layout, cleaning, 'plain', BAD)} AS code
    FROM (SELECT *, ${trimmed('id')} AS customer, ${value} AS value
      FROM (SELECT *, ${plainly(layout, judgedBy(layout, cleaning))} AS plain
        FROM (${cells.join('\nUNION ALL ')}) cells) judged) valued`;
}

const amountSql = ({ roles }: Layout): string => (roles.value === undefined ? 'quantity * price' : 'amount');

const valueSql = (layout: Layout): string => `CAST(${amountSql(layout)} AS DECIMAL(38, 12))`;

/** As the days of lines.ts. Where days are grouped only, that is done as the engine read them. */
const dayNumberOf = (day: string): string => `CAST(${day} - DATE '1970-01-01' AS INTEGER)`;

/** Ids as they count. To trim and normalise them is for logs in which one is `spelt` so that it needs that. */
function withIds(from: string, spelt: boolean): string {
  if (!spelt) return `SELECT * REPLACE (coalesce(id, '') AS id), false AS normalised_id FROM (${from}) plain`;
  return `SELECT * REPLACE (CASE WHEN normalised_id THEN left(id, length(id) - 2) ELSE id END AS id)
    FROM (SELECT *, ${IS_SPREADSHEET_ID('id')} AS normalised_id
      FROM (SELECT * REPLACE (coalesce(${trimmed('id')}, '') AS id) FROM (${from}) read) trimmed) normalised`;
}

const BY_TEXT: Named = { no: "id = ''", yes: "id <> ''" };

/** Most ids are as they should be; to see that takes less than to make them so. */
const PLAIN_ID = `strlen(id) = length(id) AND id >= '!' AND right(id, 1) >= '!' AND NOT ends_with(id, '.0')`;

/** What was seen while a log was read. */
export interface DirectlyRead {
  /** Customers with a transaction, where that is known already. */
  readonly customers: number | undefined;
  readonly tables: LogTables;
  /** Whether there are times of day, where that is known already. */
  readonly hasTimes?: boolean;
}

/**
 * Reads the log into the tables of lines.ts. Amounts are judged once a line, by a code that says what was found; customer
 * and day once a group.
 *
 * @returns undefined where something looks odd: the log has to be read carefully
 * @throws errors of the engine
 */
export async function readDirectly(
  engine: SqlEngine,
  plan: DirectPlan,
  layout: Layout,
  cleaning: Cleaning,
  onProgress: (done: number) => void,
): Promise<DirectlyRead | undefined> {
  const { absent, withLines, decimals } = plan;
  const { latest } = cleaning;
  if (withLines) await keepLean(engine, leanOf(codedCells(plan, layout, cleaning, false), absent), onProgress);
  const sumUp = async (decimals: Decimals | undefined): Promise<void> => {
    const kept = withLines
      ? leanCells(absent, valueSql(layout))
      : codedCells(plan, layout, cleaning, decimals === undefined);
    await engine.run(`CREATE OR REPLACE TABLE daily_codes AS ${sums(plan, layout, kept, decimals)}`, onProgress);
  };
  await sumUp(decimals);
  if (
    decimals !== undefined &&
    (await engine.query('SELECT count(*) FROM daily_codes WHERE is_off')).numbers(0)[0]! > 0
  )
    await sumUp(undefined);
  const found = await engine.query(
    `SELECT (SELECT count(*) FROM daily_codes WHERE code = 1 OR value > ${MOST_SUMMED} OR ${ODD_DAY}),
       count(*) FILTER (WHERE id <> '' AND NOT (${PLAIN_ID})), count(*) FILTER (WHERE id <> '' AND bought)
     FROM (SELECT id, bool_or(code = 0 AND day <= ${latest}) AS bought FROM daily_codes GROUP BY id) ids`,
  );
  const [odd, oddIds, customers] = [0, 1, 2].map((column) => found.numbers(column)[0]!) as [number, number, number];
  if (odd > 0) {
    await engine.run('DROP TABLE daily_codes');
    if (withLines) await engine.run('DROP TABLE lean_lines');
    return undefined;
  }
  const spelt = oddIds > 0;
  if (withLines) await viewLines(engine, absent, layout, latest, spelt);
  const daily = dailyOf(withIds('SELECT * FROM daily_codes', spelt), latest, BY_TEXT);
  if (spelt) {
    await engine.run(`CREATE OR REPLACE TABLE daily AS SELECT customer, day, dropped, returned, void_day, sum(lines) AS lines,
      sum(normalised_ids) AS normalised_ids, sum(value) AS value, sum(quantity) AS quantity
      FROM (${daily}) daily GROUP BY ALL`);
    await engine.run('DROP TABLE daily_codes');
    await dailyViews(engine);
    return { customers: undefined, tables: BY_ID }; // two ids may have become one
  }
  await engine.run(`CREATE OR REPLACE VIEW daily AS ${daily}`);
  await dailyViews(engine, keptDays(latest, BY_TEXT));
  return { customers, tables: BY_ID };
}

/** SELECT of the sums of `daily_codes`, exact: of decimals, or found from sums of doubles, which may be off. */
function sums(
  { withLines, withQuantity }: DirectPlan,
  layout: Layout,
  kept: string,
  decimals: Decimals | undefined,
): string {
  const day = withLines ? 'day' : dayNumberOf('day');
  const grouped = (value: string, quantity: string) =>
    `SELECT id, coded.day, code, count(*) AS lines, sum(${value}) AS value${withQuantity ? `, sum(${quantity}) AS quantity` : ''}
     FROM (${kept}) coded GROUP BY id, coded.day, code`;
  const named = (value: string, quantity: string, off: string, from: string) =>
    `SELECT id, ${day} AS day, code, lines, ${value} AS value, ${withQuantity ? quantity : 'NULL::DECIMAL(18, 0)'} AS quantity,
       ${off} AS is_off FROM (${from}) sums`;
  if (decimals === undefined)
    return named('value', 'quantity', 'false', grouped('value', 'CAST(quantity AS DECIMAL(38, 12))'));
  const off = [
    isOff('value', 'lines', decimals.value),
    ...(withQuantity ? [isOff('quantity', 'lines', decimals.quantity)] : []),
  ];
  return named(
    rounded('value', decimals.value),
    rounded('quantity', decimals.quantity),
    off.map((condition) => `(${condition})`).join(' OR '),
    grouped(amountSql(layout), 'quantity'),
  );
}

/** Makes the views `lines` and `customer_lines` of `lean_lines`. */
async function viewLines(
  engine: SqlEngine,
  absent: readonly string[],
  layout: Layout,
  latest: number,
  spelt: boolean,
): Promise<void> {
  if (spelt) await keepLean(engine, withIds('SELECT * FROM lean_lines', true)); // once, not in every query
  const cells = leanCells(absent, valueSql(layout));
  await engine.run(`CREATE OR REPLACE VIEW lines AS
    SELECT * EXCLUDE (code, amount), 0 AS position, NULL::INTEGER AS void_day
    FROM (${judged(spelt ? cells : withIds(cells, false), latest, BY_TEXT)}) lines`);
  await viewCustomerLines(
    engine,
    `SELECT *, NULL::INTEGER AS void_day FROM (${cells}) cells WHERE ${stays(latest, BY_TEXT)}`,
  );
}

const ODD_DAY = `NOT (${IS_PLAIN_DAY}) OR day IN (${ODD_DAYS.join(', ')})`;
