/** Which of the usual ways of writing a day a column uses, told from the data, never guessed. */
import { dayNumber, FIRST_DAY, LAST_DAY } from '../calendar.js';
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

/** Moments as numbers: seconds or milliseconds since 1970-01-01 00:00 UTC. */
export interface Epoch {
  readonly name: 'epoch_s' | 'epoch_ms';
  /** Units in a second. */
  readonly perSecond: number;
  /** What a cell looks like, as a regular expression for the whole cell. */
  readonly pattern: string;
}

/** Nine digits of seconds begin in 1973, ten end in 2286; twelve of milliseconds begin in 1973. */
export const EPOCHS: readonly Epoch[] = [
  { name: 'epoch_s', perSecond: 1, pattern: '\\d{9,10}(\\.\\d+)?' },
  { name: 'epoch_ms', perSecond: 1000, pattern: '\\d{12,13}(\\.\\d+)?' },
];
const COMPACT_MINUTE = /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d$/;

/** The epoch in which all of these cells are numbers, if they are; `201108081230` is none. */
export function epochOf(cells: readonly string[]): Epoch | undefined {
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length === 0 || filled.every((cell) => COMPACT_MINUTE.test(cell))) return undefined;
  return EPOCHS.find(({ pattern }) => {
    const regex = new RegExp(`^${pattern}$`);
    return filled.every((cell) => regex.test(cell));
  });
}

/** The SQL that reads moments turns them into days already: `@15046` is the day with this number. */
export const EPOCH_DAY = '@';

const epochFormat = ({ name }: Epoch): DateFormat => ({
  name,
  parse(text) {
    if (!text.startsWith(EPOCH_DAY)) return undefined;
    const day = Number(text.slice(EPOCH_DAY.length));
    return Number.isInteger(day) && day >= FIRST_DAY && day <= LAST_DAY ? day : undefined;
  },
});

/**
 * A format from its name: `%Y %m %d` and `%y` (two digits, 1970 to 2069), `%b` (English month), all else literal.
 * Codes for the time of day are understood and ignored. `epoch_s` and `epoch_ms` are moments of UTC as numbers.
 *
 * @throws ClvError bad_option
 */
export function dateFormat(name: string): DateFormat {
  const epoch = EPOCHS.find((epoch) => epoch.name === name);
  if (epoch !== undefined) return epochFormat(epoch);
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
    expected: 'year, month and day once each: %Y-%m-%d, %d/%m/%Y, %m/%d/%y, %d-%b-%Y; or epoch_s, epoch_ms',
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
 * @param epoch as what moments among them were read
 * @returns the format that reads most of them; whether it reads all is for the caller to check
 * @throws ClvError ambiguous_date_order
 */
export function detectDateFormat(
  cells: readonly string[],
  file: string | undefined,
  column: string,
  epoch?: Epoch | undefined,
): DateFormat {
  const formats = epoch === undefined ? FORMATS : [epochFormat(epoch), ...FORMATS];
  const counted = formats.map((format) => ({
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
