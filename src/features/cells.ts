/** From text to amounts and days: what a cell of `raw` says, or where it says nothing that can be understood. */
import { ClvError } from '../errors.js';
import { type DateFormat, dateFormat, detectDateFormat } from './date-format.js';
import { literal, type SqlEngine } from './engine.js';
import type { Layout, Role } from './layout.js';
import { rowInFile } from './second-reading.js';
import type { Encoding, Source } from './source.js';

/** What separates units from cents. */
export type Decimal = 'point' | 'comma';

/** Which decimal mark the cells of a role have. */
export type Marks = (role: Role) => Decimal;

/** Where a message says that something is. */
export interface Place {
  readonly source: Source;
  readonly encoding: Encoding;
  readonly file: string;
}

/** Larger amounts are not money; they would drown every sum. */
const LARGEST_AMOUNT = 1e15;
/** More distinct cells than this are not days. */
const MOST_DAYS = 200_000;
const NO_DAY = -(2 ** 31);

/** With a decimal comma: digits, in groups of three with points or without any, and a comma with digits. */
const COMMA_AMOUNT = '[+-]?(\\d+|\\d{1,3}(\\.\\d{3})+)?(,\\d*)?([eE][+-]?\\d+)?';

/** SQL that reads an amount: NULL where the cell is empty or not a plain number. */
export function amount(column: string, decimal: Decimal): string {
  if (decimal === 'point') return `CASE WHEN contains(${column}, '_') THEN NULL ELSE TRY_CAST(${column} AS DOUBLE) END`;
  return `CASE WHEN regexp_full_match(${column}, ${literal(COMMA_AMOUNT)})
    THEN TRY_CAST(replace(replace(${column}, '.', ''), ',', '.') AS DOUBLE) END`;
}

const AMOUNTS = ['quantity', 'price', 'value'] as const;

/** Finds the first cell that should be an amount and is not, in one pass over the log. */
export async function checkAmounts(engine: SqlEngine, layout: Layout, marks: Marks, place: Place): Promise<void> {
  const roles = AMOUNTS.filter((role) => layout.roles[role] !== undefined);
  const firstBad = roles.map((role) => {
    const number = amount(role, marks(role));
    return `min(rowid) FILTER (WHERE ${role} <> '' AND
      (${number} IS NULL OR NOT isfinite(${number}) OR abs(${number}) > ${LARGEST_AMOUNT}))`;
  });
  const found = await engine.query(`SELECT ${firstBad.join(', ')} FROM raw`);
  for (const [i, role] of roles.entries()) {
    const rowid = found.numbers(i)[0]!;
    if (Number.isNaN(rowid)) continue;
    const cell = (await engine.query(`SELECT ${role} FROM raw WHERE rowid = ${rowid}`)).texts(0)[0]!;
    const decimal = marks(role);
    const comma = /^-?[\d.]*,\d{1,2}$/.test(cell);
    throw new ClvError('bad_cell', 'this is not an amount', {
      ...(await cellPlace(place, layout, role, rowid)),
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
export async function checkProducts(engine: SqlEngine, layout: Layout, marks: Marks, place: Place): Promise<void> {
  if (layout.roles.value !== undefined) return;
  const product = `abs(${amount('quantity', marks('quantity'))} * ${amount('price', marks('price'))})`;
  const bad = await engine.query(
    `SELECT rowid, quantity, price FROM raw WHERE ${product} > ${LARGEST_AMOUNT} ORDER BY rowid LIMIT 1`,
  );
  if (bad.rows === 0) return;
  throw new ClvError('bad_cell', 'quantity × price is not an amount', {
    ...(await cellPlace(place, layout, 'price', bad.numbers(0)[0]!)),
    found: `${bad.texts(1)[0]} × ${bad.texts(2)[0]}`,
    expected: `at most ${LARGEST_AMOUNT}`,
  });
}

async function cellPlace({ source, encoding, file }: Place, layout: Layout, role: Role, rowid: number) {
  const row = source.format === 'csv' ? await rowInFile(source, encoding, rowid) : rowid + 1;
  return { file, row, column: layout.roles[role] };
}

/** Fills `days` (text, number) with the distinct days of the log. They are few, so our own calendar reads them. */
export async function uploadDays(
  engine: SqlEngine,
  layout: Layout,
  format: string | undefined,
  place: Place,
): Promise<DateFormat> {
  const distinct = await engine.query(`SELECT DISTINCT day_text FROM raw WHERE day_text <> '' LIMIT ${MOST_DAYS}`);
  const cells = distinct.texts(0);
  const chosen = format === undefined ? detectDateFormat(cells, place.file, layout.roles.date) : dateFormat(format);
  const numbers = Int32Array.from(cells, (cell) => chosen.parse(cell) ?? NO_DAY);
  await engine.upload('days', cells, numbers);
  if (numbers.includes(NO_DAY) || cells.length === MOST_DAYS) {
    const bad = await engine.query(
      `SELECT raw.rowid, day_text FROM raw LEFT JOIN days ON day_text = text
       WHERE day_text <> '' AND coalesce(number, ${NO_DAY}) = ${NO_DAY} ORDER BY raw.rowid LIMIT 1`,
    );
    if (bad.rows > 0) {
      throw new ClvError('bad_cell', 'this is not a day', {
        ...(await cellPlace(place, layout, 'date', bad.numbers(0)[0]!)),
        found: bad.texts(1)[0],
        expected: numbers.every((number) => number === NO_DAY)
          ? 'a calendar day, such as 2011-08-31, 31/08/2011 or 8/31/2011'
          : `a calendar day written ${chosen.name}, as others in the column are`,
        hint: format === undefined ? '--date_format, if the days are written another way' : undefined,
      });
    }
  }
  return chosen;
}
