/**
 * Cleaning rules, each a small record. Rows that a rule drops are counted with their value; the first rule that holds
 * for a row has it. Rows that a note points at stay.
 *
 * SQL here speaks of the columns customer, day, quantity, price, value, order_id, product and line_hash; what a log does
 * not have is NULL.
 */
import { literal } from './engine.js';
import type { Layout } from './layout.js';

export interface CleaningRule {
  readonly reason: string;
  /** One line for people. */
  readonly meaning: string;
  /** SQL condition; undefined where the rule does not apply to a layout. */
  condition(layout: Layout): string | undefined;
}

/** What is dropped, in this order. */
export const DROP_RULES: readonly CleaningRule[] = [
  { reason: 'missing_customer', meaning: 'no customer id', condition: () => "customer = ''" },
  { reason: 'missing_date', meaning: 'no date', condition: () => 'day IS NULL' },
  {
    reason: 'cancellation',
    meaning: 'cancelled orders',
    condition: ({ cancellationPrefix }) =>
      cancellationPrefix === undefined ? undefined : `starts_with(upper(order_id), ${literal(cancellationPrefix)})`,
  },
  {
    reason: 'missing_value',
    meaning: 'no amount',
    condition: () => 'value IS NULL',
  },
  {
    reason: 'non_positive_quantity',
    meaning: 'quantity zero or negative',
    condition: ({ roles }) => (roles.quantity === undefined ? undefined : 'quantity <= 0'),
  },
  {
    reason: 'non_positive_price',
    meaning: 'price zero or negative',
    condition: ({ roles }) => (roles.price === undefined ? undefined : 'price <= 0'),
  },
  {
    reason: 'non_positive_value',
    meaning: 'value zero or negative',
    condition: () => 'value <= 0',
  },
];

/** Something that stays and is reported. `query` counts it: one row of rows and value. */
export interface CleaningNote {
  readonly reason: string;
  readonly meaning: string;
  query(layout: Layout): string | undefined;
}

export const NOTES: readonly CleaningNote[] = [
  {
    reason: 'cancelled_later',
    meaning: 'cancelled later, but counted: spend is gross',
    query: ({ roles, cancellationPrefix }) =>
      cancellationPrefix === undefined || roles.product === undefined || roles.quantity === undefined
        ? undefined
        : `SELECT coalesce(sum(least(kept, cancelled)), 0),
             coalesce(sum(value * least(kept, cancelled) / kept), 0)::DOUBLE FROM (
             SELECT count(*) FILTER (WHERE dropped IS NULL) AS kept, sum(value) FILTER (WHERE dropped IS NULL) AS value,
               count(*) FILTER (WHERE dropped = 'cancellation') AS cancelled
             FROM lines WHERE dropped IS NULL OR dropped = 'cancellation' GROUP BY customer, product, abs(quantity))
           WHERE kept > 0`,
  },
  {
    reason: 'placeholder_id',
    meaning: 'have an id such as NULL or NaN, taken as it is',
    query: () => `SELECT count(*), coalesce(sum(value), 0)::DOUBLE FROM lines
      WHERE dropped IS NULL AND lower(customer) IN ('null', 'nan', 'none', 'na', 'n/a', 'undefined', '\\n', '-')`,
  },
  {
    reason: 'duplicate_line',
    meaning: 'repeat another line exactly',
    query: () => `SELECT coalesce(sum(copies - 1), 0), coalesce(sum(value * (copies - 1)), 0)::DOUBLE FROM (
      SELECT count(*) AS copies, any_value(value) AS value FROM lines WHERE dropped IS NULL
      GROUP BY line_hash HAVING count(*) > 1)`,
  },
  {
    reason: 'service_code',
    meaning: 'are services (postage, fees), not goods',
    query: ({ serviceCodes }) =>
      serviceCodes === undefined
        ? undefined
        : `SELECT coalesce(sum(lines), 0), coalesce(sum(value), 0)::DOUBLE FROM (
           SELECT product, count(*) AS lines, sum(value) AS value FROM lines WHERE dropped IS NULL GROUP BY product)
           WHERE regexp_matches(upper(product), ${literal(serviceCodes)})`,
  },
];

/** SQL for the reason a row is dropped, NULL if it stays. */
export function dropReason(layout: Layout): string {
  const cases = DROP_RULES.flatMap((rule) => {
    const condition = rule.condition(layout);
    return condition === undefined ? [] : [`WHEN ${condition} THEN ${literal(rule.reason)}`];
  });
  return `CASE ${cases.join(' ')} END`;
}
