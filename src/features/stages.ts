/**
 * From cleaned tables to what features aggregate: rows (threshold, customer, …) as they were known on the day `threshold`.
 *
 * This is where leaks are kept out: every stage reads only what had happened by the threshold, and a purchase that was
 * cancelled later (`void_day`) still counts as one. Features see nothing else.
 *
 * Tables, under the names that the log has for them: days (customer, day, void_day, value, lines, quantity; unique), returns
 * (customer, day, lines, value), and visits and items, which are needed for what was bought only.
 */
import type { Stage } from './catalogue/feature.js';
import { double } from './catalogue/feature.js';
import type { Dialect } from './engine.js';
import type { TransactionLog } from './read-transactions.js';

/** Transactions above the quantile `at` of all values by the threshold: cut to it, or left out. */
export type Outliers = { readonly winsorise: number } | { readonly drop: number };

/** What of a log stages are made of. */
type Basis = Pick<TransactionLog, 'netted' | 'tables'>;

export interface StageOptions extends Basis {
  readonly thresholds: readonly number[];
  readonly outliers?: Outliers | undefined;
  /** Name of the table that holds `outlierLimits`. */
  readonly limitsTable: string;
}

/** SQL condition: happened by `day`, and was not known to be void. */
const knownBy = (day: number, netted: boolean): string =>
  `day <= ${day}${netted ? ` AND (void_day IS NULL OR void_day > ${day})` : ''}`;

const forEach = ({ thresholds }: Pick<StageOptions, 'thresholds'>, query: (threshold: number) => string): string =>
  thresholds.map(query).join('\nUNION ALL ');

/** Transactions with their values as they are: (threshold, customer, day, value, lines, quantity). */
export function grossDays(options: Basis & Pick<StageOptions, 'thresholds'>): string {
  const { netted, tables } = options;
  return forEach(
    options,
    (threshold) => `SELECT ${threshold} AS threshold, customer, day,
      ${netted ? 'sum(value) AS value, sum(lines) AS lines, sum(quantity) AS quantity' : 'value, lines, quantity'}
      FROM ${tables.days} WHERE ${knownBy(threshold, netted)}${netted ? ' GROUP BY customer, day' : ''}`,
  );
}

/** The limits of `outliers`, one a threshold: (threshold, cut). They come from what was known at it. */
export function outlierLimits(options: StageOptions & { readonly outliers: Outliers }): string {
  const at = 'drop' in options.outliers ? options.outliers.drop : options.outliers.winsorise;
  return `SELECT threshold, percentile_disc(${at}) WITHIN GROUP (ORDER BY value) AS cut
    FROM (${grossDays(options)}) gross GROUP BY threshold`;
}

/** Transactions as features see them. */
export function knownDays(options: StageOptions): string {
  const { outliers, limitsTable } = options;
  if (outliers === undefined) return grossDays(options);
  return `SELECT gross.threshold, customer, day, ${'drop' in outliers ? 'value' : 'least(value, cut) AS value'}, lines, quantity
    FROM (${grossDays(options)}) gross JOIN ${limitsTable} limits ON gross.threshold = limits.threshold
    ${'drop' in outliers ? 'WHERE value <= cut' : ''}`;
}

/** `knownDays` as stories, a customer's rows together: see Stage. */
export const knownStories = (
  options: StageOptions,
  { money }: Dialect,
): string => `SELECT threshold, customer, day, value, lines,
    quantity, gap, last_day, spread, ${double(`value - CAST(mean AS ${money})`)} / nullif(spread, 0) AS deviation
  FROM (SELECT *, CAST(day - lag(day) OVER story AS BIGINT) AS gap, max(day) OVER whole AS last_day,
      ${double('max(value) OVER whole - min(value) OVER whole')} AS spread, sum(value) OVER whole / count(*) OVER whole AS mean
    FROM (${knownDays(options)}) known
    WINDOW story AS (PARTITION BY threshold, customer ORDER BY day),
      whole AS (PARTITION BY threshold, customer ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) stories`;

/** Everyone by a number, with the day of their first transaction: (who, threshold, customer, joined). */
export const everyone = (
  options: StageOptions,
): string => `SELECT CAST(row_number() OVER () AS INTEGER) AS who, people.*
  FROM (SELECT threshold, customer, min(day) AS joined FROM (${grossDays(options)}) gross GROUP BY threshold, customer) people`;

/**
 * Lines bought, as known at each threshold, grouped by customer and `item`: rows (threshold, customer, item, …). A threshold is
 * no part of the groups, of which there may be nearly as many as lines.
 */
const grouped = (options: StageOptions, from: string, item: string, aggregates: string, condition = 'true'): string =>
  forEach(
    options,
    (threshold) => `SELECT ${threshold} AS threshold, customer, ${item}, ${aggregates} FROM ${from}
      WHERE ${knownBy(threshold, options.netted)} AND ${condition} GROUP BY 2, 3`,
  );

const groupedVisits = (options: StageOptions, item: string, aggregates: string, condition?: string): string =>
  grouped(options, options.tables.visits, item, aggregates, condition);

/** How many lines visits are of. */
const LINES = 'CAST(sum(n) AS INTEGER) AS n';

/** What was bought of one sort. Numbers stand for the customers, since items are many: to put those of a name together takes longer. */
const items = (options: StageOptions, column: string, { people, piece = 'true' }: StageTables): string => `
  SELECT who, n, first_day, last_day, joined
  FROM (${grouped(options, `(${options.tables.items(piece)}) items`, column, 'CAST(count(*) AS INTEGER) AS n, min(day) AS first_day, max(day) AS last_day', `${column} IS NOT NULL`)}) grouped
  JOIN ${people} people ON people.threshold = grouped.threshold AND people.customer = grouped.customer`;

/** What stages are made of, besides lines and returns. */
export interface StageTables {
  /** The table of `everyone`. */
  readonly people: string;
  /** Condition on customers who alone count. */
  readonly piece?: string | undefined;
}

/** The stages with rows (who, …), where `everyone` is needed. */
export const OF_PEOPLE: readonly Stage[] = ['products', 'categories'];

/** Stages that are not of transactions. */
export type StageOfLines = Exclude<Stage, 'days' | 'stories'>;

/** Whether a stage has transactions as its rows: `knownDays` or `knownStories`. */
export const isOfDays = (stage: Stage): stage is 'days' | 'stories' => stage === 'days' || stage === 'stories';

/** SQL of the other stages. */
export const STAGES: Readonly<
  Record<StageOfLines, (options: StageOptions, dialect: Dialect, tables: StageTables) => string>
> = {
  orders: (options) => groupedVisits(options, 'order_id', 'sum(value) AS value, max(largest) AS largest'),

  hours: (options) => groupedVisits(options, 'minute - minute % 60 AS clock', LINES, 'minute IS NOT NULL'),

  products: (options, _dialect, tables) => items(options, 'product', tables),

  categories: (options, _dialect, tables) => items(options, 'category', tables),

  countries: (options) => {
    const counts = groupedVisits(options, 'country', LINES, 'country IS NOT NULL');
    const { countries } = options.tables;
    if (countries === undefined) return counts;
    return `SELECT threshold, customer, name AS country, n FROM (${counts}) counts JOIN ${countries} ON code = country`;
  },

  returns: (options, { money }) =>
    forEach(
      options,
      (threshold) => `
      SELECT ${threshold} AS threshold, customer, day AS return_day, lines, -value AS returned, CAST(0 AS ${money}) AS bought
        FROM ${options.tables.returns} WHERE day <= ${threshold}
      UNION ALL SELECT ${threshold}, customer, NULL, 0, CAST(0 AS ${money}), value FROM ${options.tables.days}
        WHERE day <= ${threshold} AND customer IN (SELECT customer FROM ${options.tables.returns} WHERE day <= ${threshold})`,
    ),
};

/** What happened in (threshold, end], as known at its end: (threshold, customer, target_purchases, target_value). */
export function targets(windows: ReadonlyArray<{ threshold: number; end: number }>, { netted, tables }: Basis): string {
  return windows
    .map(
      ({ threshold, end }) => `SELECT ${threshold} AS threshold, customer, count(*) AS target_purchases,
        ${double('sum(value)')} AS target_value
      FROM (${grossDays({ thresholds: [end], netted, tables })}) held WHERE day > ${threshold} GROUP BY customer`,
    )
    .join('\nUNION ALL ');
}
