/** Logs that are in memory already, as columns: one table, or a sequence of pieces of one. */
import { FIRST_DAY, isoDay, LAST_DAY } from '../../calendar.js';
import { ClvError } from '../../errors.js';
import { nearest } from '../../nearest.js';
import type { SqlEngine } from '../engine.js';
import type { Role } from '../layout.js';
import { emptyFile, type TableSource } from './source.js';
import { growingTable, sampleRows } from './tables.js';

/** Numbers; what is null, undefined or NaN is missing. */
export type LogNumbers = ArrayLike<number | bigint | null | undefined>;
/** Ids and names; what is null, undefined, NaN or blank is missing. */
export type LogTexts = ArrayLike<string | number | bigint | null | undefined>;

/** A transaction log as columns of equal length. What a line was worth is `value`, or `quantity` × `price`. */
export interface LogColumns {
  readonly customer: LogTexts;
  /**
   * A calendar day each, with or without a time: text in any of the usual ways of writing days, a day number (days since
   * 1970-01-01), or a Date, whose local calendar day and time count.
   */
  readonly date: ArrayLike<string | number | Date | null | undefined>;
  readonly value?: LogNumbers | undefined;
  readonly quantity?: LogNumbers | undefined;
  readonly price?: LogNumbers | undefined;
  readonly order?: LogTexts | undefined;
  readonly product?: LogTexts | undefined;
  readonly category?: LogTexts | undefined;
  readonly country?: LogTexts | undefined;
  readonly currency?: LogTexts | undefined;
  readonly status?: LogTexts | undefined;
}

const READERS: Readonly<Record<Role, (cell: unknown, row: number, column: Role) => string | number>> = {
  customer: textCell,
  date: dateCell,
  value: numberCell,
  quantity: numberCell,
  price: numberCell,
  order: textCell,
  product: textCell,
  category: textCell,
  country: textCell,
  currency: textCell,
  status: textCell,
};
const COLUMNS = Object.keys(READERS) as Role[];
const isNumeric = (role: Role) => READERS[role] === numberCell;

/** Rows that are copied at once. */
const PIECE_ROWS = 100_000;

export function isColumns(input: unknown): input is LogColumns {
  return typeof input === 'object' && input !== null && 'customer' in input && 'date' in input;
}

/**
 * Copies columns into a table of the engine, piece by piece.
 *
 * @throws ClvError bad_columns, bad_cell (rows counted from 1, over all pieces), empty_file
 */
export async function columnsSource(
  engine: SqlEngine,
  pieces: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<TableSource> {
  const table = growingTable(engine);
  let roles: readonly Role[] | undefined;
  let rows = 0;
  let waiting: Array<Array<string | number>> = [];
  const flush = async () => {
    const cells = waiting;
    waiting = cells.map(() => []);
    await table.append(
      cells.map((column, i) => (isNumeric(roles![i]!) ? Float64Array.from(column as number[]) : (column as string[]))),
    );
  };
  for await (const piece of pieces) {
    const own = checkColumns(piece, rows);
    if (roles === undefined) {
      roles = own;
      waiting = own.map(() => []);
    }
    if (own.join() !== roles.join()) {
      throw new ClvError('bad_columns', 'the pieces have different columns', {
        row: rows + 1,
        found: own.join(', '),
        expected: `${roles.join(', ')}, as in the first piece`,
      });
    }
    const log = piece as LogColumns;
    const { length } = log.customer;
    for (let start = 0; start < length; start += PIECE_ROWS) {
      const end = Math.min(length, start + PIECE_ROWS);
      for (const [i, role] of roles.entries()) {
        for (let row = start; row < end; row++) waiting[i]!.push(READERS[role](log[role]![row], rows + row + 1, role));
      }
      if (waiting[0]!.length >= PIECE_ROWS) await flush();
    }
    rows += length;
  }
  if (rows > 0 && (waiting[0]?.length ?? 0) > 0) await flush();
  if (roles === undefined || rows === 0) throw emptyFile(undefined, roles ? 'columns without rows' : 'nothing');
  const columns = roles.map((role, i) => ({ name: role, sql: `c${i}`, text: !isNumeric(role) }));
  return {
    format: 'table',
    file: undefined,
    from: table.from,
    columns,
    sample: await sampleRows(engine, table.from, columns),
  };
}

function checkColumns(piece: unknown, before: number): Role[] {
  if (!isColumns(piece)) {
    throw new ClvError('bad_columns', 'the log is not given as columns', {
      row: before + 1,
      found: Array.isArray(piece) ? 'an array' : typeof piece,
      expected: '{ customer: […], date: […], value: […] }',
    });
  }
  const unknown = Object.keys(piece).find((name) => !COLUMNS.includes(name as Role));
  if (unknown !== undefined) {
    throw new ClvError('bad_columns', 'a log has no such column', {
      found: unknown,
      expected: COLUMNS.join(', '),
      hint: nearest(unknown, COLUMNS),
    });
  }
  const roles = COLUMNS.filter((role) => piece[role] !== undefined);
  for (const role of roles) {
    const column: unknown = piece[role];
    const length = (column as ArrayLike<unknown> | null)?.length;
    if (typeof column !== 'object' || !Number.isInteger(length) || length! < 0) {
      throw new ClvError('bad_columns', 'the column is no array', {
        column: role,
        found: column === null ? 'null' : typeof column,
        expected: 'an array or a typed array',
      });
    }
  }
  const { length } = piece.customer;
  for (const role of roles) {
    if (piece[role]!.length === length) continue;
    throw new ClvError('bad_columns', 'the columns differ in length', {
      column: role,
      found: `${piece[role]!.length} rows`,
      expected: `${length} rows, as in "customer"`,
    });
  }
  return roles;
}

const isMissing = (cell: unknown): boolean => cell === undefined || cell === null || Number.isNaN(cell);

function textCell(cell: unknown, row: number, column: Role): string {
  if (isMissing(cell)) return '';
  if (typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'bigint') return String(cell);
  throw badCell(row, column, cell, 'text or a number');
}

function numberCell(cell: unknown, row: number, column: Role): number {
  if (isMissing(cell)) return Number.NaN;
  if (typeof cell === 'number' || typeof cell === 'bigint') return Number(cell);
  throw badCell(row, column, cell, 'a number');
}

function dateCell(cell: unknown, row: number, column: Role): string {
  if (isMissing(cell)) return '';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') {
    if (Number.isInteger(cell) && cell >= FIRST_DAY && cell <= LAST_DAY) return isoDay(cell);
    throw badCell(row, column, cell, 'a whole number of days since 1970-01-01 (not of seconds or milliseconds)');
  }
  if (cell instanceof Date && !Number.isNaN(cell.getTime())) return localTime(cell);
  throw badCell(row, column, cell, 'a calendar day: text, a Date or a day number');
}

/** `YYYY-MM-DD HH:MM` of the local clock. */
function localTime(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function badCell(row: number, column: Role, found: unknown, expected: string): ClvError {
  return new ClvError('bad_cell', `this is not a ${column}`, { row, column, found: String(found), expected });
}
