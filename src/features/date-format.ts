/** Which of the usual ways of writing a day a column uses, told from the data, never guessed. */
import { dayNumber } from '../calendar.js';
import { ClvError } from '../errors.js';

/** Reads the day part of a cell (no time of day); undefined if it is not a day in this format. */
export interface DateFormat {
  /** As in flags: `%Y-%m-%d`. */
  readonly name: string;
  parse(text: string): number | undefined;
}

type Part = 'Y' | 'm' | 'd' | 'y' | 'b';
const PART_PATTERN: Record<Part, string> = {
  Y: '(\\d{4})',
  m: '(\\d{1,2})',
  d: '(\\d{1,2})',
  y: '(\\d{2})',
  b: '([A-Za-z]{3,9})',
};
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/**
 * A format from its name: `%Y %m %d` and `%y` (two digits, 1970 to 2069), `%b` (English month), all else literal.
 * Codes for the time of day are understood and ignored.
 *
 * @throws ClvError bad_option
 */
export function dateFormat(name: string): DateFormat {
  const dayPart = name.trim().split(/[ T]+%[HIMSfpzZ]/)[0]!;
  const parts: Part[] = [];
  const pattern = dayPart.replace(/%([A-Za-z])|[^%]/g, (token, code: string | undefined) => {
    if (code === undefined) return token.replace(/[^\w]/g, '\\$&');
    if (!(code in PART_PATTERN) || parts.includes(code as Part)) throw badFormat(name);
    parts.push(code as Part);
    return PART_PATTERN[code as Part];
  });
  const has = (...codes: Part[]) => codes.some((code) => parts.includes(code));
  if (!has('d') || !has('m', 'b') || !has('Y', 'y')) throw badFormat(name);
  const regex = new RegExp(`^${pattern}$`);

  return {
    name,
    parse(text) {
      const cells = regex.exec(text);
      if (!cells) return undefined;
      const of = (part: Part): string | undefined =>
        parts.includes(part) ? cells[parts.indexOf(part) + 1] : undefined;
      const twoDigits = Number(of('y'));
      const year = of('Y') === undefined ? twoDigits + (twoDigits < 70 ? 2000 : 1900) : Number(of('Y'));
      const word = of('b');
      const month = word === undefined ? Number(of('m')) : monthNamed(word);
      return dayNumber(year, month, Number(of('d')));
    },
  };
}

/** 1 to 12 for an English month, written out or by its first three letters; 0 for anything else. */
function monthNamed(word: string): number {
  const name = word.toLowerCase();
  return MONTHS.findIndex((month) => month === name || month.slice(0, 3) === name) + 1;
}

function badFormat(found: string): ClvError {
  return new ClvError('bad_option', '--date_format does not describe a day', {
    found,
    expected: 'year, month and day once each: %Y-%m-%d, %d/%m/%Y, %m/%d/%y, %d-%b-%Y',
  });
}

/** Every format that is looked for. Months by name and years of four digits leave little to confuse. */
const FORMATS: readonly DateFormat[] = [
  dateFormat('%Y-%m-%d'),
  dateFormat('%Y/%m/%d'),
  dateFormat('%Y.%m.%d'),
  compact(),
  ...['%d-%b-%Y', '%d %b %Y', '%d/%b/%Y', '%d-%b-%y'].map(dateFormat),
  ...['/', '.', '-'].flatMap((separator) =>
    ['%d %m %Y', '%m %d %Y', '%d %m %y', '%m %d %y', '%y %m %d'].map((order) =>
      dateFormat(order.replaceAll(' ', separator)),
    ),
  ),
];

/** `20110808`: here month and day need both digits. */
function compact(): DateFormat {
  return {
    name: '%Y%m%d',
    parse(text) {
      const cells = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
      return cells ? dayNumber(Number(cells[1]), Number(cells[2]), Number(cells[3])) : undefined;
    },
  };
}

/**
 * The format in which these cells are days.
 *
 * Where day, month and year could stand in more than one order, one cell that only one order can read settles it. If
 * none does, nothing is guessed.
 *
 * @param cells distinct cells of the column, without blanks and times of day
 * @returns the format that reads most of them; whether it reads all is for the caller to check
 * @throws ClvError ambiguous_date_order
 */
export function detectDateFormat(cells: readonly string[], file: string, column: string): DateFormat {
  const counted = FORMATS.map((format) => ({
    format,
    count: cells.reduce((count, cell) => count + (format.parse(cell) === undefined ? 0 : 1), 0),
  }));
  const most = Math.max(...counted.map(({ count }) => count));
  const best = counted.filter(({ count }) => count === most).map(({ format }) => format);
  if (best.length === 1 || most === 0) return best[0]!;
  throw new ClvError('ambiguous_date_order', 'day, month and year cannot be told apart', {
    file,
    column,
    found: cells.slice(0, 3).join(', '),
    expected: 'at least one day that only one order can read, or the order said',
    hint: best.map(({ name }) => `--date_format ${name}`).join(', or '),
  });
}
