/** From text to amounts and days: what a cell of `raw` says, or where it says nothing that can be understood. */
import { ClvError } from '../errors.js';
import { type DateFormat, dateFormat, detectDateFormat } from './date-format.js';
import { literal, type SqlEngine } from './engine.js';
import type { Layout, Role } from './layout.js';
import type { LoadedLog } from './load-raw.js';
import { rowInFile } from './second-reading.js';

/** What separates units from cents. */
export type Decimal = 'point' | 'comma';

/** Larger amounts are not money; they would drown every sum. */
export const LARGEST_AMOUNT = 1e15;
/** More distinct cells than this are not days. */
const MOST_DAYS = 200_000;
const NO_DAY = -(2 ** 31);

/** With a decimal comma: digits, in groups of three with points or without any, and a comma with digits. */
const COMMA_AMOUNT = '[+-]?(\\d+|\\d{1,3}(\\.\\d{3})+)?(,\\d*)?([eE][+-]?\\d+)?';

/** SQL that reads an amount: NULL where the cell is empty or not a plain number. */
export function amount(column: string, decimal: Decimal): string {
  if (decimal === 'point') return `TRY_CAST(${column} AS DOUBLE)`;
  return `CASE WHEN regexp_full_match(${column}, ${literal(COMMA_AMOUNT)})
    THEN TRY_CAST(replace(replace(${column}, '.', ''), ',', '.') AS DOUBLE) END`;
}

const AMOUNTS = ['quantity', 'price', 'value'] as const;

/** Finds the first cell that should be an amount and is not, in one pass over the log. */
export async function checkAmounts(
  engine: SqlEngine,
  layout: Layout,
  decimal: Decimal,
  place: LoadedLog,
): Promise<void> {
  const roles = AMOUNTS.filter((role) => layout.roles[role] !== undefined);
  const firstBad = roles.map((role) => {
    const number = amount(role, decimal);
    return `min(rowid) FILTER (WHERE ${role} <> '' AND
      (${number} IS NULL OR NOT isfinite(${number}) OR abs(${number}) > ${LARGEST_AMOUNT}))`;
  });
  const found = await engine.query(`SELECT ${firstBad.join(', ')} FROM raw`);
  for (const [i, role] of roles.entries()) {
    const rowid = found.numbers(i)[0]!;
    if (Number.isNaN(rowid)) continue;
    const cell = (await engine.query(`SELECT ${role} FROM raw WHERE rowid = ${rowid}`)).texts(0)[0]!;
    const comma = /^-?[\d.]*,\d{1,2}$/.test(cell);
    throw new ClvError('bad_cell', 'this is not an amount', {
      ...(await cellPlace(place, role, rowid)),
      found: cell,
      expected:
        decimal === 'comma'
          ? 'a number such as 1.234,50 or 1234,50, without a currency'
          : 'a number such as 1234.50, without separators of thousands or a currency',
      hint: comma && decimal === 'point' ? '--decimal comma, if a comma comes before the cents throughout' : undefined,
    });
  }
}

/** Quantity and price may both pass and still make no amount. */
export async function checkProducts(
  engine: SqlEngine,
  layout: Layout,
  decimal: Decimal,
  place: LoadedLog,
): Promise<void> {
  if (layout.roles.value !== undefined) return;
  const product = `abs(${amount('quantity', decimal)} * ${amount('price', decimal)})`;
  const bad = await engine.query(
    `SELECT rowid, quantity, price FROM raw WHERE ${product} > ${LARGEST_AMOUNT} ORDER BY rowid LIMIT 1`,
  );
  if (bad.rows === 0) return;
  throw new ClvError('bad_cell', 'quantity × price is not an amount', {
    ...(await cellPlace(place, 'price', bad.numbers(0)[0]!)),
    found: `${bad.texts(1)[0]} × ${bad.texts(2)[0]}`,
    expected: `at most ${LARGEST_AMOUNT}`,
  });
}

/** Where a message says that a cell of `raw` is. */
async function cellPlace({ parts }: LoadedLog, role: Role, rowid: number) {
  const part = parts.findLast((part) => part.rowid <= rowid)!;
  const row = await rowInFile(part.source, part.encoding, rowid - part.rowid);
  return { file: part.source.file, row, column: part.layout.roles[role] };
}

/** How the dates of one part are written. */
interface PartDays {
  readonly cells: readonly string[];
  readonly format: DateFormat;
}

/**
 * Fills `days` (text, number) with the distinct days of the log. They are few, so our own calendar reads them.
 *
 * One format for all parts, where there is one; else each part has its own, and `raw.day_text` and `days.text` begin with
 * the number of the part.
 *
 * @returns the format; of several, with all their names
 * @throws ClvError bad_cell, ambiguous_date_order, bad_option
 */
export async function uploadDays(
  engine: SqlEngine,
  format: string | undefined,
  place: LoadedLog,
): Promise<{ readonly name: string }> {
  const distinct = await engine.query(
    `SELECT DISTINCT part, day_text FROM raw WHERE day_text <> '' LIMIT ${MOST_DAYS}`,
  );
  const part = distinct.numbers(0);
  const text = distinct.texts(1);
  const days = formatsOf(place, part, text, format);
  const formats = new Map(days.map(({ format }) => [format.name, format]));
  const several = formats.size > 1;
  const key = (i: number) => (several ? `${part[i]}/${text[i]}` : text[i]!);
  const numbers = new Map(text.map((cell, i) => [key(i), days[part[i]!]!.format.parse(cell) ?? NO_DAY]));
  const number = Int32Array.from(numbers.values());
  if (several) await engine.run("UPDATE raw SET day_text = part || '/' || day_text WHERE day_text <> ''");
  await engine.upload('days', { text: [...numbers.keys()], number });
  if (number.includes(NO_DAY) || text.length === MOST_DAYS) {
    const bad = await engine.query(
      `SELECT raw.rowid, part, day_text FROM raw LEFT JOIN days ON day_text = text
       WHERE day_text <> '' AND coalesce(number, ${NO_DAY}) = ${NO_DAY} ORDER BY raw.rowid LIMIT 1`,
    );
    if (bad.rows > 0) {
      const { cells, format: own } = days[bad.numbers(1)[0]!]!;
      throw new ClvError('bad_cell', 'this is not a day', {
        ...(await cellPlace(place, 'date', bad.numbers(0)[0]!)),
        found: several ? bad.texts(2)[0]!.replace(/^\d+\//, '') : bad.texts(2)[0],
        expected: cells.every((cell) => own.parse(cell) === undefined)
          ? 'a calendar day, such as 2011-08-31, 31/08/2011 or 8/31/2011'
          : `a calendar day written ${own.name}, as others in the column are`,
        hint: format === undefined ? '--date_format, if the days are written another way' : undefined,
      });
    }
  }
  return { name: [...formats.keys()].join(' and ') };
}

function formatsOf(
  { parts }: LoadedLog,
  part: Float64Array,
  text: readonly string[],
  given: string | undefined,
): readonly PartDays[] {
  const cellsOf = (index: number) => text.filter((_, i) => part[i] === index);
  const all = [...new Set(text)];
  const same = (format: DateFormat) => parts.map(() => ({ cells: all, format }));
  if (given !== undefined) return same(dateFormat(given));
  const { source, layout } = parts[0]!;
  const epoch = parts.find(({ epoch }) => epoch !== undefined)?.epoch;
  const detectAll = () => detectDateFormat(all, source.file, layout.roles.date, epoch);
  if (parts.length === 1) return same(detectAll());
  try {
    const format = detectAll();
    if (all.every((cell) => format.parse(cell) !== undefined)) return same(format);
  } catch (error) {
    if (!(error instanceof ClvError)) throw error; // taken together they tell nothing; each file may
  }
  return parts.map(({ source, layout, epoch }, index) => {
    const cells = cellsOf(index);
    return { cells, format: detectDateFormat(cells, source.file, layout.roles.date, epoch) };
  });
}
