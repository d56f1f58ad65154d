import { ClvError } from './errors.js';

/** Length of one unit in days. A month is a twelfth of a year, a year 365.25 days. */
export const DAYS_PER = { day: 1, week: 7, month: 30.4375, year: 365.25 } as const;

/** The unit of frequency's company: recency, age and every horizon are measured in it. */
export type TimeUnit = keyof typeof DAYS_PER;

export const TIME_UNITS = Object.keys(DAYS_PER) as TimeUnit[];

/** @throws ClvError bad_option */
export function checkTimeUnit(unit: unknown): void {
  if (TIME_UNITS.includes(unit as TimeUnit)) return;
  throw new ClvError('bad_option', 'there is no such time unit', { found: unit, expected: TIME_UNITS.join(', ') });
}

/**
 * The continuous discount rate per time unit, ln(1 + d) / units a year, of an effective annual rate d.
 *
 * @param annualRate effective rate a year, 0.1 for 10 %; above −1
 * @throws ClvError bad_option
 */
export function continuousRate(annualRate: number, unit: TimeUnit): number {
  if (!Number.isFinite(annualRate) || annualRate <= -1) {
    throw new ClvError('bad_option', 'the discount rate is not a rate', {
      found: annualRate,
      expected: 'an effective annual rate above -1, such as 0.1 for 10 %',
    });
  }
  return (Math.log1p(annualRate) * DAYS_PER[unit]) / DAYS_PER.year;
}
