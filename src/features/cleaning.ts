/**
 * Cleaning rules, each a small record. Rows that a rule drops are counted with their value; the first rule that holds
 * for a row has it. Rows that a note points at stay.
 *
 * SQL here speaks of the columns customer, day, quantity, price, value, order_id, product, status and line_hash; what a log
 * does not have is NULL.
 */
import { dayOption } from '../calendar.js';
import { ClvError } from '../errors.js';
import { literal } from './engine.js';
import type { Layout } from './layout.js';

/** What users may decide. All defaults leave values as they are in the log. */
export interface CleaningOptions {
  /**
   * Cancellations and other lines of negative value. `drop` (default): they are left out, and features of returns count
   * them. `net`: also, each takes away the purchase that it cancels (same customer and product, opposite quantity), from its day on.
   */
  readonly returns?: 'drop' | 'net' | undefined;
  /** Lines that repeat another exactly. Default `keep`: two equal lines of an order are often two pieces. */
  readonly duplicates?: 'keep' | 'drop' | undefined;
  /** Postage, fees and other lines that are no goods. Default `keep`. */
  readonly services?: 'keep' | 'drop' | undefined;
  /** Orders of testers. Default `keep`. */
  readonly testOrders?: 'keep' | 'drop' | undefined;
  /** Lines of value 0. Default `drop`: a transaction is worth something. */
  readonly zeroValue?: 'keep' | 'drop' | undefined;
  /** Lines after this day are mistakes and left out, `YYYY-MM-DD`. Default: the day after today. */
  readonly latestDate?: string | undefined;
}

/** The options with their defaults. */
export type Cleaning = {
  readonly [K in Exclude<keyof CleaningOptions, 'latestDate'>]-?: NonNullable<CleaningOptions[K]>;
} & {
  /** Day number. */
  readonly latest: number;
};

export const CLEANING_CHOICES = {
  returns: ['drop', 'net'],
  duplicates: ['keep', 'drop'],
  services: ['keep', 'drop'],
  testOrders: ['keep', 'drop'],
  zeroValue: ['drop', 'keep'],
} as const;

const MS_PER_DAY = 86_400_000;

/**
 * Fills in the defaults.
 *
 * @throws ClvError bad_option, bad_date
 */
export function cleaningOf(options: CleaningOptions): Cleaning {
  for (const [name, choices] of Object.entries(CLEANING_CHOICES)) {
    const chosen = options[name as keyof typeof CLEANING_CHOICES];
    if (chosen === undefined || (choices as readonly string[]).includes(chosen)) continue;
    throw new ClvError('bad_option', `${name} has no such choice`, { found: chosen, expected: choices.join(', ') });
  }
  const { latestDate } = options;
  return {
    returns: options.returns ?? 'drop',
    duplicates: options.duplicates ?? 'keep',
    services: options.services ?? 'keep',
    testOrders: options.testOrders ?? 'keep',
    zeroValue: options.zeroValue ?? 'drop',
    // somewhere on earth it is tomorrow already
    latest: latestDate === undefined ? Math.floor(Date.now() / MS_PER_DAY) + 1 : dayOption('latest_date', latestDate),
  };
}

export interface CleaningRule {
  readonly reason: string;
  /** One line for people. */
  readonly meaning: string;
  /** It looks at customer and day only. */
  readonly ofGroup?: true;
  /** SQL condition; undefined where the rule does not apply. */
  condition(layout: Layout, cleaning: Cleaning): string | undefined;
}

const noMoreThan = ({ zeroValue }: Cleaning): string => (zeroValue === 'keep' ? '<' : '<=');

/** What is dropped, in this order. */
export const DROP_RULES: readonly CleaningRule[] = [
  { reason: 'missing_customer', meaning: 'no customer id', ofGroup: true, condition: () => "customer = ''" },
  { reason: 'missing_date', meaning: 'no date', ofGroup: true, condition: () => 'day IS NULL' },
  {
    reason: 'future_date',
    meaning: 'dated in the future',
    ofGroup: true,
    condition: (_, { latest }) => `day > ${latest}`,
  },
  {
    reason: 'not_paid',
    meaning: 'orders not paid, failed or refunded',
    condition: ({ notPaid }) =>
      notPaid === undefined ? undefined : `regexp_matches(lower(coalesce(status, '')), ${literal(notPaid)})`,
  },
  {
    reason: 'cancellation',
    meaning: 'cancelled orders',
    condition: ({ cancellationPrefix }) =>
      cancellationPrefix === undefined ? undefined : `starts_with(upper(order_id), ${literal(cancellationPrefix)})`,
  },
  { reason: 'missing_value', meaning: 'no amount', condition: () => 'value IS NULL' },
  {
    reason: 'non_positive_quantity',
    meaning: 'quantity zero or negative',
    condition: ({ roles }, cleaning) =>
      roles.quantity === undefined ? undefined : `quantity ${noMoreThan(cleaning)} 0`,
  },
  {
    reason: 'non_positive_price',
    meaning: 'price zero or negative',
    condition: ({ roles }, cleaning) => (roles.price === undefined ? undefined : `price ${noMoreThan(cleaning)} 0`),
  },
  {
    reason: 'non_positive_value',
    meaning: 'value zero or negative',
    condition: (_, cleaning) => `value ${noMoreThan(cleaning)} 0`,
  },
  {
    reason: 'test_order',
    meaning: 'orders of testers',
    condition: (_, { testOrders }) => (testOrders === 'keep' ? undefined : IS_TEST),
  },
  {
    reason: 'service_code',
    meaning: 'services (postage, fees), not goods',
    condition: (layout, { services }) => (services === 'keep' ? undefined : isService(layout)),
  },
];

/** Reasons that are not conditions on a line alone. */
const DUPLICATE = { reason: 'duplicate_line', meaning: 'repeat another line exactly' };
export const CANCELLED = { reason: 'cancelled_order', meaning: 'cancelled later, by a line of the opposite quantity' };

/** Every reason with its meaning, in the order of a report. */
export const REASONS: ReadonlyArray<{ readonly reason: string; readonly meaning: string }> = [
  ...DROP_RULES,
  DUPLICATE,
  CANCELLED,
];

/** `test`, `TEST001`, `test order`, `test@…`: whole words only, so that `testament` stays. */
const isTest = (text: string): string => `regexp_full_match(lower(${text}),
  '(test|dummy)([ _-]?(order|product|item|customer|user|account|purchase))?[ _-]?[0-9]*(@.*)?')`;

const IS_TEST = `(coalesce(${isTest('customer')}, false) OR coalesce(${isTest('product')}, false))`;

/** Words for what is no goods, where a layout has no codes for it. */
const SERVICES =
  '^(POST|POSTAGE|SHIPPING|DELIVERY|FREIGHT|CARRIAGE|HANDLING|SURCHARGE|BANK CHARGES|TIP|FEE)S?([ _-](FEE|COST|CHARGE)S?)?$|^(GIFT[ _-]?(CARD|VOUCHER)|VOUCHER)';

const isService = ({ roles, serviceCodes = SERVICES }: Layout): string | undefined =>
  roles.product === undefined ? undefined : `regexp_matches(upper(coalesce(product, '')), ${literal(serviceCodes)})`;

/** A line of negative value that gives something back, rather than being a mistake elsewhere. */
const RETURN_REASONS = ['cancellation', 'non_positive_quantity', 'non_positive_price', 'non_positive_value'];
export const IS_RETURN = `value < 0 AND dropped IN (${RETURN_REASONS.map(literal).join(', ')})`;

/** Something that stays and is reported. `query` counts it: one row of rows and value. */
export interface CleaningNote {
  readonly reason: string;
  readonly meaning: string;
  query(layout: Layout, cleaning: Cleaning): string | undefined;
}

export const NOTES: readonly CleaningNote[] = [
  {
    reason: 'cancelled_later',
    meaning: 'cancelled later, but counted: spend is gross',
    query: ({ roles, cancellationPrefix }, { returns }) =>
      returns === 'net' ||
      cancellationPrefix === undefined ||
      roles.product === undefined ||
      roles.quantity === undefined
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
    query: () => `SELECT coalesce(sum(lines), 0), coalesce(sum(value), 0)::DOUBLE FROM customer_days
      WHERE lower(customer) IN ('null', 'nan', 'none', 'na', 'n/a', 'undefined', 'unknown', 'guest', 'anonymous', '\\n', '-')`,
  },
  {
    ...DUPLICATE,
    query: (_, { duplicates }) =>
      duplicates === 'drop'
        ? undefined
        : `SELECT coalesce(sum(copies - 1), 0), coalesce(sum(value * (copies - 1)), 0)::DOUBLE FROM (
           SELECT count(*) AS copies, any_value(value) AS value FROM lines WHERE dropped IS NULL
           GROUP BY line_hash HAVING count(*) > 1)`,
  },
  {
    reason: 'service_code',
    meaning: 'are services (postage, fees), not goods',
    query: (layout) => {
      const condition = isService(layout);
      return condition === undefined
        ? undefined
        : `SELECT coalesce(sum(lines), 0), coalesce(sum(value), 0)::DOUBLE FROM (
           SELECT product, count(*) AS lines, sum(value) AS value FROM lines WHERE dropped IS NULL GROUP BY product)
           WHERE ${condition}`;
    },
  },
  {
    reason: 'test_order',
    meaning: 'look like orders of testers',
    // few products and customers have to be looked at, many lines not
    query: (_, { testOrders }) =>
      testOrders === 'drop'
        ? undefined
        : `SELECT count(*), coalesce(sum(value), 0)::DOUBLE FROM lines WHERE dropped IS NULL AND (
           product IN (SELECT product FROM (SELECT DISTINCT product FROM lines) WHERE ${isTest('product')})
           OR customer IN (SELECT customer FROM (SELECT DISTINCT customer FROM customer_days) WHERE ${isTest('customer')}))`,
  },
  {
    reason: 'other_currency',
    meaning: 'are in another currency than most, and added as they are',
    query: ({ roles }) =>
      roles.currency === undefined
        ? undefined
        : `SELECT coalesce(sum(lines) - max(lines), 0), coalesce(sum(value) - arg_max(value, lines), 0)::DOUBLE FROM (
           SELECT upper(trim(currency)), count(*) AS lines, sum(value) AS value FROM lines
           WHERE dropped IS NULL AND trim(currency) <> '' GROUP BY ALL)`,
  },
];

/** SQL for the reason a row is dropped, NULL if it stays. */
export function dropReason(layout: Layout, cleaning: Cleaning): string {
  const cases = DROP_RULES.flatMap((rule) => {
    const condition = rule.condition(layout, cleaning);
    return condition === undefined ? [] : [`WHEN ${condition} THEN ${literal(rule.reason)}`];
  });
  return `CASE ${cases.join(' ')} END`;
}
