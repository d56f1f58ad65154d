/** Calendar days as numbers: whole days since 1970-01-01, in the data's own local time. No time zone is involved. */
import { ClvError } from './errors.js';

const MS_PER_DAY = 86_400_000;

/** Day number of a date of the proleptic Gregorian calendar, years 1 to 9999; undefined if there is no such day (31 February). */
export function dayNumber(year: number, month: number, day: number): number | undefined {
  if (!(year >= 1 && year <= 9999)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / MS_PER_DAY;
}

/** Day numbers that have a date with a year of four digits. */
export const FIRST_DAY = dayNumber(1, 1, 1)!;
export const LAST_DAY = dayNumber(9999, 12, 31)!;

/** `YYYY-MM-DD` of a day number. */
export function isoDay(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** Day number of `YYYY-MM-DD`; undefined for anything else. */
export function parseIsoDay(text: string): number | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts ? dayNumber(Number(parts[1]), Number(parts[2]), Number(parts[3])) : undefined;
}

/** Days from one `YYYY-MM-DD` to another, both known to be such. */
export const daysBetween = (from: string, to: string): number => parseIsoDay(to)! - parseIsoDay(from)!;

/**
 * Day number of an option given as `YYYY-MM-DD`.
 *
 * @param option its name as users write it, for the message
 * @throws ClvError bad_date
 */
export function dayOption(option: string, value: string): number {
  const day = typeof value === 'string' ? parseIsoDay(value.trim()) : undefined;
  if (day !== undefined) return day;
  throw new ClvError('bad_date', `${option} is not a calendar day`, {
    found: value,
    expected: 'YYYY-MM-DD, such as 2011-08-08',
  });
}
