/**
 * Codes for what was found in the amounts of a line, small numbers by which lines can be grouped: 0 for nothing, 1 for amounts
 * too large to be money, else a reason to leave it out. Customer and day are judged afterwards, once a group.
 */
import { dayNumber, LAST_DAY } from '../calendar.js';
import { LARGEST_AMOUNT } from './cells.js';
import { type Cleaning, DROP_RULES, IS_RETURN } from './cleaning.js';
import { literal } from './engine.js';
import type { Layout } from './layout.js';

/** Added to the code of a line that gives something back. */
export const RETURNED = 100;

/** Rules whose reasons codes stand for, from 2. */
const AMOUNT_RULES = DROP_RULES.filter(({ ofGroup }) => !ofGroup);

/** Sums up to here are of no amount that is too large, nor of a price of half a piece that is. */
export const MOST_SUMMED = LARGEST_AMOUNT / 10;

/** Two-digit years read as years below 100. */
const FIRST_PLAIN_DAY = dayNumber(1000, 1, 1)!;
export const IS_PLAIN_DAY = `day BETWEEN ${FIRST_PLAIN_DAY} AND ${LAST_DAY}`;

/**
 * SQL of the code of a line.
 *
 * @param plain condition on a line that stays, which is quick to see
 * @param bad condition on a line with an amount that is too large
 */
export function codeSql(layout: Layout, cleaning: Cleaning, plain: string, bad = 'false'): string {
  const rules = AMOUNT_RULES.flatMap((rule, i) => {
    const condition = rule.condition(layout, cleaning);
    const returned = `CASE WHEN ${IS_RETURN.replace('dropped', literal(rule.reason))} THEN ${RETURNED + i + 2} ELSE ${i + 2} END`;
    return condition === undefined ? [] : [`WHEN ${condition} THEN ${returned}`];
  });
  return `CAST(CASE WHEN ${plain} THEN 0 WHEN ${bad} THEN 1 ${rules.join(' ')} ELSE 0 END AS TINYINT)`;
}

/** How it is said whether a group of lines has a customer: conditions on `id`. */
export interface Named {
  readonly no: string;
  readonly yes: string;
}

/** Of a line or a group of lines: all that `judged` looks at, in less time than it takes to name the reason. */
export const stays = (latest: number, { yes }: Named): string => `code = 0 AND ${yes} AND day <= ${latest}`;

/** SELECT of groups (id, day, code, …) with the reason why they are left out; those of customer and day come first. */
export function judged(groups: string, latest: number, { no }: Named): string {
  const reasons = AMOUNT_RULES.map(({ reason }) => literal(reason));
  return `SELECT * EXCLUDE (id), id AS customer,
      CASE WHEN ${no} THEN 'missing_customer' WHEN day IS NULL THEN 'missing_date'
        WHEN day > ${latest} THEN 'future_date' WHEN code = 0 THEN NULL
        ELSE [NULL, 'bad', ${reasons.join(', ')}][code % ${RETURNED} + 1] END AS dropped
    FROM (${groups}) groups`;
}

/** SELECT of the rows of `daily` from groups of lines, `normalised_id` among their columns. */
export const dailyOf = (groups: string, latest: number, named: Named): string =>
  `SELECT customer, day, dropped, coalesce(code >= ${RETURNED} AND has_customer AND day <= ${latest}, false) AS returned,
    NULL::INTEGER AS void_day, lines, CASE WHEN normalised_id THEN lines ELSE 0 END AS normalised_ids, value, quantity
    FROM (${judged(`SELECT *, ${named.yes} AS has_customer FROM (${groups}) named`, latest, named)}) daily`;

/** SELECT of the rows of `customer_days` from `daily_codes`. */
export const keptDays = (latest: number, named: Named): string =>
  `SELECT id AS customer, day, NULL::INTEGER AS void_day, value, lines, quantity FROM daily_codes WHERE ${stays(latest, named)}`;
