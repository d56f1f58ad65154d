import { ClvError } from './errors.js';

/** Length of one unit in days. A month is a twelfth of a year, a year 365.25 days. */
export const DAYS_PER = { day: 1, week: 7, month: 30.4375, year: 365.25 } as const;

/** The unit of frequency's company: recency, age and every horizon are measured in it. */
export type TimeUnit = keyof typeof DAYS_PER;

export const TIME_UNITS = Object.keys(DAYS_PER) as TimeUnit[];

/** A length of time: a bare number is in the model's own time unit, `weeks(52)` says its own. */
export type Duration = number | { readonly amount: number; readonly unit: TimeUnit };

/** `amount` days, to be read in any model's time unit. */
export const days = (amount: number): Duration => ({ amount, unit: 'day' });
/** `amount` weeks of 7 days. */
export const weeks = (amount: number): Duration => ({ amount, unit: 'week' });
/** `amount` months of 30.4375 days. */
export const months = (amount: number): Duration => ({ amount, unit: 'month' });
/** `amount` years of 365.25 days. */
export const years = (amount: number): Duration => ({ amount, unit: 'year' });

/** An interest rate: a bare number is effective a year, 0.1 for 10 %; `monthlyRate(0.01)` says its own period. */
export type Rate = number | { readonly rate: number; readonly per: TimeUnit };

/** An effective rate a year, 0.1 for 10 %. */
export const annualRate = (rate: number): Rate => ({ rate, per: 'year' });
/** An effective rate a month: monthlyRate(0.01) is annualRate(1.01 ** 12 − 1). */
export const monthlyRate = (rate: number): Rate => ({ rate, per: 'month' });

/** A continuous rate a time unit, as papers and CLVTools give it: e^(−delta t) is what waiting t of them costs. */
export const continuousRate = (delta: number, per: TimeUnit): Rate => ({ rate: Math.expm1(delta), per });

/** @throws ClvError bad_option */
export function checkTimeUnit(unit: unknown): void {
  if (TIME_UNITS.includes(unit as TimeUnit)) return;
  throw new ClvError('bad_option', 'there is no such time unit', { found: unit, expected: TIME_UNITS.join(', ') });
}

/**
 * A length of time as a number of `unit`s; not checked for its sign.
 *
 * @throws ClvError bad_option if it names no unit
 */
export function lengthIn(unit: TimeUnit, duration: Duration): number {
  if (typeof duration !== 'object' || duration === null) return duration;
  checkTimeUnit(duration.unit);
  return duration.unit === unit ? duration.amount : (duration.amount * DAYS_PER[duration.unit]) / DAYS_PER[unit];
}

/**
 * The continuous discount rate per time unit that equals an effective rate: ln(1 + rate) / units in its period.
 *
 * @param rate above −1
 * @throws ClvError bad_option
 */
export function discountPerUnit(rate: Rate, unit: TimeUnit): number {
  const { rate: effective, per } = typeof rate === 'object' && rate !== null ? rate : { rate, per: 'year' as const };
  checkTimeUnit(per);
  if (!Number.isFinite(effective) || effective <= -1) {
    throw new ClvError('bad_option', 'the discount rate is not a rate', {
      found: effective,
      expected: 'an effective annual rate above -1, such as 0.1 for 10 %',
    });
  }
  return (Math.log1p(effective) * DAYS_PER[unit]) / DAYS_PER[per];
}
