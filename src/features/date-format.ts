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
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * A format from its name: `%Y %m %d` and `%y` (two digits, 1970 to 2069), `%b` (English month), all else literal.
 * Codes for the time of day are understood and ignored, as is whatever stands after the day in a cell.
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
  const regex = new RegExp(`^${pattern}(?=$|[ T])`);

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
      const month = word === undefined ? Number(of('m')) : MONTHS.indexOf(word.slice(0, 3).toLowerCase()) + 1;
      return dayNumber(year, month, Number(of('d')));
    },
  };
}

function badFormat(found: string): ClvError {
  return new ClvError('bad_option', '--date_format does not describe a day', {
    found,
    expected: 'year, month and day once each: %Y-%m-%d, %d/%m/%Y, %m/%d/%y, %d-%b-%Y',
  });
}

const SEPARATORS = ['/', '.', '-'];
/** Formats that read one way only. */
const PLAIN = ['%Y-%m-%d', '%Y/%m/%d', '%Y.%m.%d', '%Y%m%d', '%d-%b-%Y', '%d %b %Y', '%d-%b-%y'].map((name) =>
  name === '%Y%m%d' ? compact() : dateFormat(name),
);

/** `20110808`: here month and day need both digits. */
function compact(): DateFormat {
  return {
    name: '%Y%m%d',
    parse(text) {
      const cells = /^(\d{4})(\d{2})(\d{2})(?=$|[ T])/.exec(text);
      return cells ? dayNumber(Number(cells[1]), Number(cells[2]), Number(cells[3])) : undefined;
    },
  };
}

/**
 * The format in which these cells are days.
 *
 * Where day and month could be either, one cell above 12 settles it. If none does, nothing is guessed.
 *
 * @param cells distinct cells of the column, without blanks
 * @returns the format that reads most of them; whether it reads all is for the caller to check
 * @throws ClvError ambiguous_date_order
 */
export function detectDateFormat(cells: readonly string[], file: string, column: string): DateFormat {
  const ordered = SEPARATORS.flatMap((separator) =>
    ['%Y', '%y'].map((year) =>
      [`%d${separator}%m${separator}${year}`, `%m${separator}%d${separator}${year}`].map(dateFormat),
    ),
  );
  const read = (format: DateFormat) =>
    cells.reduce((count, cell) => count + (format.parse(cell) === undefined ? 0 : 1), 0);
  let best = PLAIN[0]!;
  let bestCount = read(best);
  for (const format of PLAIN.slice(1)) {
    const count = read(format);
    if (count > bestCount) [best, bestCount] = [format, count];
  }
  for (const [dayFirst, monthFirst] of ordered as Array<[DateFormat, DateFormat]>) {
    const [days, months] = [read(dayFirst), read(monthFirst)];
    if (days === months && days > bestCount) {
      throw new ClvError('ambiguous_date_order', 'day and month cannot be told apart', {
        file,
        column,
        found: cells.slice(0, 3).join(', '),
        expected: 'at least one day after the 12th, or the order said',
        hint: `--date_format ${dayFirst.name} if the day comes first, --date_format ${monthFirst.name} if the month does`,
      });
    }
    if (Math.max(days, months) > bestCount) [best, bestCount] = days > months ? [dayFirst, days] : [monthFirst, months];
  }
  return best;
}
