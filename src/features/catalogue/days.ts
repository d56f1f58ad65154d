/** Features of a customer's transactions: when, how many, how much. */
import type { Dialect } from '../engine.js';
import { double, type Feature, type Need, ratio, steadySum } from './feature.js';

/** Days a window reaches back from the threshold, which it includes. */
const WINDOWS = [7, 30, 90, 180, 365];
const TREND_WINDOWS = [30, 90, 180];

const COUNT = 'count(*)';
const SUM = 'sum(value)';
const AGE = 'threshold - min(day)';
const WEEKDAY = '((day + 3) % 7 + 7) % 7 + 1'; // 1970-01-01 was a Thursday
const MONTH = "extract(month FROM DATE '1970-01-01' + day)";
const SEASONS = ['12, 1, 2', '3, 4, 5', '6, 7, 8', '9, 10, 11'];

function day(
  name: string,
  unit: string,
  type: Feature['type'],
  meaning: string,
  sql: string | ((dialect: Dialect) => string),
  needs: readonly Need[] = [],
): Feature {
  return { name, unit, type, stage: 'days', needs, meaning, sql: typeof sql === 'string' ? () => sql : sql };
}

/** The number, from 1, of the condition that most rows fulfil; the first of equals. */
export function mostFrequent(conditions: readonly string[]): string {
  const counts = conditions.map((condition) => `count(*) FILTER (WHERE ${condition})`);
  return `CASE greatest(${counts.join(', ')}) ${counts.map((count, i) => `WHEN ${count} THEN ${i + 1}`).join(' ')} END`;
}

/** Days back to `from` and no longer to `to`. */
const within = (from: number, to = 0): string =>
  `FILTER (WHERE day > threshold - ${from}${to === 0 ? '' : ` AND day <= threshold - ${to}`})`;
const valueWithin = (from: number, to?: number): string => `coalesce(${SUM} ${within(from, to)}, 0)`;

const repeatMean = ({ firstBy }: Dialect): string =>
  `CASE WHEN ${COUNT} = 1 THEN 0 ELSE ${double(`${SUM} - ${firstBy('value', 'day')}`)} / (${COUNT} - 1) END`;

export const DAY_FEATURES: readonly Feature[] = [
  day('frequency', 'transactions', 'integer', 'transactions after the first', `${COUNT} - 1`),
  day('recency', 'days', 'integer', 'from the first transaction to the last', 'max(day) - min(day)'),
  day('age', 'days', 'integer', 'from the first transaction to the threshold: the tenure', AGE),
  day('monetary', 'money', 'number', 'mean value of the transactions after the first; 0 without', repeatMean),
  day('transactions', 'transactions', 'integer', 'days with a purchase', COUNT),
  day('spent', 'money', 'number', 'value of all transactions', double(SUM)),
  day('monetary_all', 'money', 'number', 'mean value of all transactions', `${double(SUM)} / ${COUNT}`),
  day('days_since_last', 'days', 'integer', 'from the last transaction to the threshold', 'threshold - max(day)'),
  day('first_value', 'money', 'number', 'value of the first transaction', ({ firstBy }) =>
    double(firstBy('value', 'day')),
  ),
  day('last_value', 'money', 'number', 'value of the last transaction', ({ lastBy }) => double(lastBy('value', 'day'))),
  day('max_value', 'money', 'number', 'value of the largest transaction', double('max(value)')),
  day('min_value', 'money', 'number', 'value of the smallest transaction', double('min(value)')),
  {
    ...day('value_sd', 'money', 'number', 'standard deviation (n − 1) of the values; 0 for one transaction', ''),
    stage: 'stories',
    // deviations are between −1 and 1 and their squares add up to ½ at least, so fixed digits are enough, and never vary
    sql: () => `coalesce(max(spread) * sqrt(${steadySum('deviation * deviation', 17)} / nullif(${COUNT} - 1, 0)), 0)`,
  },
  day('purchase_rate', 'transactions a day', 'number', 'transactions ÷ (age + 1)', `${double(COUNT)} / (${AGE} + 1)`),
  ...WINDOWS.map((days) =>
    day(
      `transactions_${days}d`,
      'transactions',
      'integer',
      `in the ${days} days to the threshold`,
      `count(*) ${within(days)}`,
    ),
  ),
  ...WINDOWS.map((days) =>
    day(`value_${days}d`, 'money', 'number', `value in the ${days} days to the threshold`, double(valueWithin(days))),
  ),
  ...TREND_WINDOWS.map((days) =>
    day(
      `transactions_trend_${days}d`,
      'transactions',
      'integer',
      `in the last ${days} days, less those in the ${days} days before`,
      `count(*) ${within(days)} - count(*) ${within(2 * days, days)}`,
    ),
  ),
  ...TREND_WINDOWS.map((days) =>
    day(
      `value_trend_${days}d`,
      'money',
      'number',
      `value in the last ${days} days, less that in the ${days} days before`,
      double(`${valueWithin(days)} - ${valueWithin(2 * days, days)}`),
    ),
  ),
  day(
    'weekend_share',
    'share',
    'number',
    'transactions on Saturdays and Sundays',
    ratio(`count(*) FILTER (WHERE ${WEEKDAY} >= 6)`, COUNT),
  ),
  day(
    'preferred_weekday',
    'weekday',
    'integer',
    'with most transactions, 1 Monday to 7 Sunday; the first of equals',
    mostFrequent([1, 2, 3, 4, 5, 6, 7].map((weekday) => `${WEEKDAY} = ${weekday}`)),
  ),
  day(
    'preferred_season',
    'season',
    'integer',
    'with most transactions: 1 Dec–Feb, 2 Mar–May, 3 Jun–Aug, 4 Sep–Nov; the first of equals',
    mostFrequent(SEASONS.map((months) => `${MONTH} IN (${months})`)),
  ),
  day('first_weekday', 'weekday', 'integer', 'of the first transaction, 1 Monday', WEEKDAY.replace('day', 'min(day)')),
  day('first_month', 'month', 'integer', 'of the first transaction, 1 to 12', MONTH.replace('+ day', '+ min(day)')),
  day('lines', 'lines', 'integer', 'lines bought', 'sum(lines)'),
  day('avg_basket_lines', 'lines', 'number', 'lines of a transaction, on average', ratio('sum(lines)', COUNT)),
  day('first_lines', 'lines', 'integer', 'lines of the first transaction', ({ firstBy }) => firstBy('lines', 'day')),
  day('quantity', 'pieces', 'number', 'pieces bought', double('sum(quantity)'), ['quantity']),
  day('avg_basket_size', 'pieces', 'number', 'pieces of a transaction, on average', ratio('sum(quantity)', COUNT), [
    'quantity',
  ]),
  day(
    'first_quantity',
    'pieces',
    'number',
    'pieces of the first transaction',
    ({ firstBy }) => double(firstBy('quantity', 'day')),
    ['quantity'],
  ),
  day('avg_unit_value', 'money', 'number', 'value of a piece, on average', ratio(SUM, 'sum(quantity)'), ['quantity']),
  day('avg_basket_value', 'money', 'number', 'value of a transaction, on average', `${double(SUM)} / ${COUNT}`),
  day('time_between', 'days', 'number', 'recency ÷ transactions', ratio('max(day) - min(day)', COUNT)),
  day('monetary_dnn', 'money', 'number', 'spent, under its name in the Google reference', double(SUM)),
  day('monetary_btyd', 'money', 'number', 'monetary, under its name in the Google reference', repeatMean),
  day('frequency_dnn', 'transactions', 'integer', 'transactions, under its name in the Google reference', COUNT),
  day('frequency_btyd', 'transactions', 'integer', 'frequency, under its name in the Google reference', `${COUNT} - 1`),
];
