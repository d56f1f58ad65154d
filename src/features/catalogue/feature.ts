/** A feature: one record, from which its SQL, its entry in `clv features --list` and its docs are made. */
import type { Dialect } from '../engine.js';
import type { Role } from '../layout.js';

/**
 * What a feature aggregates: rows of a customer as they were known on the day `threshold`. stages.ts has the SQL.
 *
 * days: day, value, lines, quantity: the transactions; one row a customer-day
 * stories: the same, and of each: gap, the days since the one before, NULL for the first; last_day, of the customer; spread,
 * the range of the customer's values, and deviation, how far its own is from their mean as a share of that
 * orders: order_id, value, largest: what was bought, one row an order, and its largest line
 * hours: clock, n: lines bought in an hour that began at this minute of the day; lines of unknown time are left out
 * products, categories: n, first_day, last_day, joined: what was bought, one row each, and the customer's first day
 * countries: country, n: where, one row each
 * returns: return_day, lines, returned, bought: lines given back, and what was bought in all by who gave back
 */
export type Stage = 'days' | 'stories' | 'orders' | 'hours' | 'products' | 'categories' | 'countries' | 'returns';

/** What a log must have: a column, or times of day. */
export type Need = Role | 'time';

export interface Feature {
  readonly name: string;
  readonly unit: string;
  readonly type: 'integer' | 'number' | 'text';
  readonly stage: Stage;
  readonly needs: readonly Need[];
  /** One line for people. */
  readonly meaning: string;
  /** Of a customer who has no row in the stage. Default 0, of text ''. */
  readonly otherwise?: number;
  /** An aggregate over the rows of one customer at one `threshold`. */
  sql(dialect: Dialect): string;
}

export const double = (expression: string): string => `CAST(${expression} AS DOUBLE PRECISION)`;

/** Sum of numbers that are not exact, such as logarithms, in units of 10^−digits: the same in whatever order threads add. */
export const steadySum = (expression: string, digits: number): string =>
  `${double(`sum(CAST(${expression} * 1e${digits} AS BIGINT))`)} / 1e${digits}`;

/** a ÷ b where both are exact, as a double; 0 where b is 0. */
export const ratio = (a: string, b: string): string => `coalesce(${double(a)} / nullif(${double(b)}, 0), 0)`;
