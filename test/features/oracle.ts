/**
 * The features once more, slowly: every definition as it is written down, over arrays of objects, knowing nothing of how
 * src/features does it. What the two disagree on is wrong in one of them.
 *
 * Days are counted from 1970-01-01. Money is summed in whole 1e-12ths, so that the order of summing cannot matter.
 */
import { createHash } from 'node:crypto';

/** One row of a log. Text that is missing is '' or null; `value` is the line's, however the log states it. */
export interface Line {
  readonly customer: string;
  readonly day: number | null;
  /** Of the day, 0 to 1439; null where the cell has a date only. */
  readonly minute: number | null;
  readonly quantity: number | null;
  readonly price: number | null;
  readonly value: number | null;
  readonly order: string | null;
  readonly product: string | null;
  readonly category: string | null;
  readonly country: string | null;
  readonly status: string | null;
}

/** Which columns the log has: features that need another are left out. */
export interface OracleColumns {
  readonly quantity: boolean;
  readonly price: boolean;
  readonly order: boolean;
  readonly product: boolean;
  readonly category: boolean;
  readonly country: boolean;
  /** Default: whether any line has a time of day. */
  readonly time?: boolean | undefined;
}

/** How lines are cleaned. */
export interface CleaningOptions {
  readonly has: OracleColumns;
  /** Default: drop. */
  readonly returns?: 'drop' | 'net' | undefined;
  readonly duplicates?: 'keep' | 'drop' | undefined;
  /** Lines to drop as services, as tests. Default: none. */
  readonly services?: ((line: Line) => boolean) | undefined;
  readonly testOrders?: ((line: Line) => boolean) | undefined;
  readonly zeroValue?: 'drop' | 'keep' | undefined;
  readonly cancellationPrefix?: string | undefined;
  /** Statuses of orders that nobody paid, in any case. */
  readonly notPaid?: readonly string[] | undefined;
  readonly latestDate?: number | undefined;
}

export interface OracleOptions extends CleaningOptions {
  readonly threshold: number;
  /** Last day of the targets; without it there are none. */
  readonly end?: number | undefined;
  readonly outliers?: { readonly winsorise: number } | { readonly drop: number } | undefined;
  /** Shares by name, in this order. */
  readonly split?: Readonly<Record<string, number>> | undefined;
  /** First and last day on which the first transaction may lie. */
  readonly cohort?: { readonly from?: number | undefined; readonly to?: number | undefined } | undefined;
  readonly minTransactions?: number | undefined;
  readonly maxSilence?: number | undefined;
}

/** One customer: features, targets and `split` under their own names. */
export interface OracleRow {
  readonly customer_id: string;
  readonly threshold_date: string;
  readonly [column: string]: string | number;
}

/** Whole 1e-12ths. */
export type Exact = bigint;

const DECIMALS = 12;
const ONE: Exact = 10n ** BigInt(DECIMALS);

/** The decimal that `value` was read from: its shortest text, to twelve decimals, halves away from zero. */
export function exact(value: number): Exact {
  if (Math.abs(value) >= 1e21) return BigInt(value) * ONE;
  const text = String(value).includes('e') ? value.toFixed(DECIMALS) : String(value);
  const [whole, fraction = ''] = text.replace('-', '').split('.');
  const digits = fraction.padEnd(DECIMALS + 1, '0');
  const size = BigInt(whole + digits.slice(0, DECIMALS)) + (digits[DECIMALS]! >= '5' ? 1n : 0n);
  return text.startsWith('-') ? -size : size;
}

/** The double nearest to an exact decimal. */
export function toNumber(amount: Exact): number {
  const digits = String(amount < 0n ? -amount : amount).padStart(DECIMALS + 1, '0');
  const size = Number(`${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`);
  return amount < 0n ? -size : size;
}

/** quantity × price of two decimals, without the rounding of a product of doubles. */
export function times(quantity: number, price: number): number {
  const twice = exact(quantity) * exact(price); // in 1e-24ths
  const half = ONE / 2n;
  return toNumber(twice < 0n ? -((-twice + half) / ONE) : (twice + half) / ONE);
}

/** '2011-08-08' as a day number, and back. */
export const dayOf = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;
export const isoOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

// Cleaning

interface Purchase extends Line {
  readonly row: number;
  readonly day: number;
  readonly amount: Exact;
  /** The day on which a matching return undid it. */
  voidDay: number | null;
}

interface Return extends Line {
  readonly row: number;
  readonly day: number;
  readonly amount: Exact;
}

/** Rows and money, counted. */
export interface Counted {
  rows: number;
  value: number;
}

interface CleanLog {
  readonly purchases: Purchase[];
  readonly returns: Return[];
  readonly dropped: Array<{ reason: string; line: Line }>;
}

const RETURN_REASONS = ['cancellation', 'non_positive_quantity', 'non_positive_price', 'non_positive_value'];

/** The first rule that drops a line, duplicates left aside. */
function dropReason(line: Line, options: CleaningOptions): string | undefined {
  const { customer, day, quantity, price, value, order, status } = line;
  const tooSmall = (amount: number) => (options.zeroValue === 'keep' ? amount < 0 : amount <= 0);
  const prefix = options.cancellationPrefix?.toLowerCase();
  if (customer === '') return 'missing_customer';
  if (day === null) return 'missing_date';
  if (options.latestDate !== undefined && day > options.latestDate) return 'future_date';
  if (status !== null && options.notPaid?.some((unpaid) => unpaid.toLowerCase() === status.toLowerCase())) {
    return 'not_paid';
  }
  if (prefix && order?.toLowerCase().startsWith(prefix)) return 'cancellation';
  if (value === null) return 'missing_value';
  if (quantity !== null && tooSmall(quantity)) return 'non_positive_quantity';
  if (price !== null && tooSmall(price)) return 'non_positive_price';
  if (tooSmall(value)) return 'non_positive_value';
  if (options.testOrders?.(line)) return 'test_order';
  if (options.services?.(line)) return 'service_code';
  return undefined;
}

/** The line as a log without some columns would have it; missing text is null, but for the customer. */
function asKnown(line: Line, has: OracleColumns): Line {
  return {
    customer: line.customer,
    day: line.day,
    minute: line.minute,
    quantity: has.quantity ? line.quantity : null,
    price: has.price ? line.price : null,
    value: line.value,
    order: (has.order && line.order) || null,
    product: (has.product && line.product) || null,
    category: (has.category && line.category) || null,
    country: (has.country && line.country) || null,
    status: line.status || null,
  };
}

function clean(lines: readonly Line[], options: CleaningOptions): CleanLog {
  const purchases: Purchase[] = [];
  const returns: Return[] = [];
  const dropped: CleanLog['dropped'] = [];
  const seen = new Set<string>();
  lines.forEach((raw, row) => {
    const line = asKnown(raw, options.has);
    let reason = dropReason(line, options);
    if (reason === undefined && options.duplicates === 'drop') {
      const cells = JSON.stringify(line);
      if (seen.has(cells)) reason = 'duplicate_line';
      seen.add(cells);
    }
    if (reason === undefined) {
      purchases.push(Object.assign(line, { row, day: line.day!, amount: exact(line.value!), voidDay: null }));
      return;
    }
    dropped.push({ reason, line });
    if (RETURN_REASONS.includes(reason) && line.value !== null && line.value < 0) {
      returns.push({ ...line, row, day: line.day!, amount: exact(line.value) });
    }
  });
  if (options.returns === 'net') net(purchases, returns);
  return { purchases, returns, dropped };
}

/** Each return undoes the latest purchase before it of the same customer, product and quantity that is not undone yet. */
function net(purchases: Purchase[], returns: readonly Return[]): void {
  const bought = groupBy(purchases, ({ customer }) => customer);
  const inOrder = returns
    .filter(({ product, quantity }) => product !== null && quantity !== null && quantity < 0)
    .sort(inTime);
  for (const back of inOrder) {
    const candidates = (bought.get(back.customer) ?? [])
      .filter(
        (one) =>
          one.product === back.product &&
          one.quantity === -back.quantity! &&
          one.voidDay === null &&
          inTime(one, back) < 0,
      )
      .sort(inTime);
    const latest = candidates.at(-1);
    if (latest) latest.voidDay = back.day;
  }
}

function inTime(a: Purchase | Return, b: Purchase | Return): number {
  return a.day - b.day || (a.minute ?? 0) - (b.minute ?? 0) || a.row - b.row;
}

/** What was kept and what was dropped, by reason. Purchases that a return undid, whenever, count as `cancelled_order`. */
export function oracleDrops(
  lines: readonly Line[],
  options: CleaningOptions,
): { kept: Counted; dropped: Record<string, Counted> } {
  const { purchases, dropped } = clean(lines, options);
  const all = [
    ...dropped.map(({ reason, line }) => ({ reason, amount: line.value === null ? 0n : exact(line.value) })),
    ...purchases.map(({ voidDay, amount }) => ({ reason: voidDay === null ? 'kept' : 'cancelled_order', amount })),
  ];
  const counted = (reason: string): Counted => {
    const those = all.filter((one) => one.reason === reason);
    return { rows: those.length, value: toNumber(total(those.map(({ amount }) => amount))) };
  };
  const reasons = [...new Set(all.map(({ reason }) => reason))].filter((reason) => reason !== 'kept');
  return { kept: counted('kept'), dropped: Object.fromEntries(reasons.map((reason) => [reason, counted(reason)])) };
}

// Transactions

/** A customer-day. */
interface Transaction {
  readonly day: number;
  readonly value: Exact;
  readonly quantity: Exact;
  readonly lines: number;
}

/** The customer-days of one customer's lines, in order. */
function transactionsOf(lines: readonly Purchase[], options: CleaningOptions): Transaction[] {
  return [...groupBy(lines, ({ day }) => day)]
    .map(([day, those]) => ({
      day,
      value: total(those.map(({ amount }) => amount)),
      quantity: total(those.map(({ quantity }) => exact(quantity ?? 0))),
      lines: those.length,
    }))
    .filter(({ value }) => value > 0n || options.zeroValue === 'keep')
    .sort((a, b) => a.day - b.day);
}

/** The smallest of the values that at least a share q of them does not exceed. */
function quantileDisc(values: readonly Exact[], q: number): Exact | undefined {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.find((_, i) => (i + 1) / sorted.length >= q);
}

function limitOutliers(
  byCustomer: Map<string, Transaction[]>,
  outliers: OracleOptions['outliers'],
): Map<string, Transaction[]> {
  if (!outliers) return byCustomer;
  const values = [...byCustomer.values()].flat().map(({ value }) => value);
  const limit = quantileDisc(values, 'drop' in outliers ? outliers.drop : outliers.winsorise);
  if (limit === undefined) return byCustomer;
  const limited = [...byCustomer].map(([customer, those]): [string, Transaction[]] => [
    customer,
    'drop' in outliers
      ? those.filter(({ value }) => value <= limit)
      : those.map((one) => (one.value > limit ? { ...one, value: limit } : one)),
  ]);
  return new Map(limited);
}

// Features

/** Every customer known at the threshold, by id in the order of its UTF-8 bytes. */
export function oracle(lines: readonly Line[], options: OracleOptions): OracleRow[] {
  return rowsAt(clean(lines, options), lines, options);
}

/** The same at several thresholds, one after the other. */
export function oracleRolling(
  lines: readonly Line[],
  origins: ReadonlyArray<Pick<OracleOptions, 'threshold' | 'end'>>,
  options: Omit<OracleOptions, 'threshold' | 'end'>,
): OracleRow[] {
  return origins.flatMap((origin) => oracle(lines, { ...options, ...origin }));
}

function rowsAt(log: CleanLog, raw: readonly Line[], options: OracleOptions): OracleRow[] {
  const { threshold: theta, end, has } = options;
  const hasTime = has.time ?? raw.some(({ minute }) => minute !== null);
  const bought = groupBy(log.purchases, ({ customer }) => customer);
  const returned = groupBy(log.returns, ({ customer }) => customer);
  const known = new Map(
    [...bought].map(([customer, those]) => [
      customer,
      those.filter(({ day, voidDay }) => day <= theta && !(voidDay !== null && voidDay <= theta)),
    ]),
  );
  const transactions = limitOutliers(
    new Map([...known].map(([customer, those]) => [customer, transactionsOf(those, options)])),
    options.outliers,
  );

  const ids = [...bought.keys()]
    .filter((id) => transactions.get(id)!.length > 0 && inCohort(transactions.get(id)!, options))
    .sort(compareUtf8);
  return ids.map((id) => ({
    customer_id: id,
    threshold_date: isoOf(theta),
    ...dayFeatures(transactions.get(id)!, theta, has),
    ...gapFeatures(
      transactions.get(id)!.map(({ day }) => day),
      theta,
    ),
    ...lineFeatures(known.get(id)!, has, hasTime),
    ...returnFeatures(
      (returned.get(id) ?? []).filter(({ day }) => day <= theta),
      bought.get(id)!.filter(({ day }) => day <= theta),
      theta,
    ),
    ...(end !== undefined && targets(bought.get(id)!, theta, end, options)),
    ...(options.split && { split: splitOf(id, options.split) }),
  }));
}

function inCohort(those: readonly Transaction[], options: OracleOptions): boolean {
  const { threshold, cohort, minTransactions = 1, maxSilence = Number.POSITIVE_INFINITY } = options;
  const first = those[0]!.day;
  const last = those.at(-1)!.day;
  return (
    first >= (cohort?.from ?? Number.NEGATIVE_INFINITY) &&
    first <= (cohort?.to ?? Number.POSITIVE_INFINITY) &&
    those.length >= minTransactions &&
    threshold - last <= maxSilence
  );
}

function dayFeatures(those: readonly Transaction[], theta: number, has: OracleColumns): Record<string, number> {
  const n = those.length;
  const first = those[0]!;
  const last = those.at(-1)!;
  const values = those.map(({ value }) => toNumber(value));
  const spent = toNumber(total(those.map(({ value }) => value)));
  const monetary = n === 1 ? 0 : toNumber(total(those.slice(1).map(({ value }) => value))) / (n - 1);
  const lines = sum(those.map((one) => one.lines));
  const quantity = toNumber(total(those.map((one) => one.quantity)));
  const weekdays = those.map(({ day }) => weekdayOf(day));

  /** Transactions of the days in (from, to]. */
  const within = (from: number, to: number) => those.filter(({ day }) => day > from && day <= to);
  const worth = (some: readonly Transaction[]) => total(some.map(({ value }) => value));
  const windows: Record<string, number> = {};
  for (const width of [7, 30, 90, 180, 365]) {
    windows[`transactions_${width}d`] = within(theta - width, theta).length;
    windows[`value_${width}d`] = toNumber(worth(within(theta - width, theta)));
  }
  for (const width of [30, 90, 180]) {
    const recent = within(theta - width, theta);
    const before = within(theta - 2 * width, theta - width);
    windows[`transactions_trend_${width}d`] = recent.length - before.length;
    windows[`value_trend_${width}d`] = toNumber(worth(recent) - worth(before));
  }

  return {
    frequency: n - 1,
    recency: last.day - first.day,
    age: theta - first.day,
    monetary,
    transactions: n,
    spent,
    monetary_all: spent / n,
    days_since_last: theta - last.day,
    first_value: values[0]!,
    last_value: values.at(-1)!,
    max_value: Math.max(...values),
    min_value: Math.min(...values),
    value_sd: sampleSd(values, spent / n),
    purchase_rate: n / (theta - first.day + 1),
    ...windows,
    weekend_share: weekdays.filter((weekday) => weekday >= 6).length / n,
    preferred_weekday: commonest(weekdays, ascending)!,
    preferred_season: commonest(
      those.map(({ day }) => seasonOf(monthOf(day))),
      ascending,
    )!,
    first_weekday: weekdayOf(first.day),
    first_month: monthOf(first.day),
    lines,
    avg_basket_lines: lines / n,
    first_lines: first.lines,
    ...(has.quantity && {
      quantity,
      avg_basket_size: quantity / n,
      first_quantity: toNumber(first.quantity),
      avg_unit_value: quantity === 0 ? 0 : spent / quantity,
    }),
    avg_basket_value: spent / n,
    time_between: (last.day - first.day) / n,
    monetary_dnn: spent,
    monetary_btyd: monetary,
    frequency_dnn: n,
    frequency_btyd: n - 1,
  };
}

function gapFeatures(days: readonly number[], theta: number): Record<string, number> {
  const gaps = days.slice(1).map((day, i) => day - days[i]!);
  const silence = theta - days.at(-1)!;
  if (gaps.length === 0) {
    const names =
      'litt gap_mean gap_sd gap_min gap_max last_gap first_gap gap_cv days_since_last_ratio gaps_longer'.split(' ');
    return Object.fromEntries(names.map((name) => [name, 0]));
  }
  const mean = sum(gaps) / gaps.length;
  return {
    litt: sum(gaps.map(Math.log)),
    gap_mean: mean,
    gap_sd: sampleSd(gaps, mean),
    gap_min: Math.min(...gaps),
    gap_max: Math.max(...gaps),
    last_gap: gaps.at(-1)!,
    first_gap: gaps[0]!,
    gap_cv: sampleSd(gaps, mean) / mean,
    days_since_last_ratio: silence / mean,
    gaps_longer: gaps.filter((gap) => gap >= silence).length / gaps.length,
  };
}

function lineFeatures(
  those: readonly Purchase[],
  has: OracleColumns,
  hasTime: boolean,
): Record<string, number | string> {
  const features: Record<string, number | string> = {};
  if (has.order) {
    const ordered = those.filter(({ order }) => order !== null);
    const orders = new Set(ordered.map(({ order }) => order)).size;
    features.orders = orders;
    features.avg_order_value = orders === 0 ? 0 : toNumber(total(ordered.map(({ amount }) => amount))) / orders;
  }
  features.max_line_value = Math.max(...those.map(({ amount }) => toNumber(amount)));
  if (hasTime) {
    const hours = those.flatMap(({ minute }) => (minute === null ? [] : [Math.floor(minute / 60)]));
    features.preferred_hour = commonest(hours, ascending) ?? -1;
  }
  if (has.product) {
    const named = those.filter(({ product }) => product !== null);
    const products = named.map(({ product }) => product!);
    const firstDay = Math.min(...those.map(({ day }) => day));
    const daysOf = [...groupBy(named, ({ product }) => product)].map(([, some]) => new Set(some.map(({ day }) => day)));
    features.unique_products = new Set(products).size;
    features.product_entropy = entropy(products);
    features.top_product_share = Math.max(0, ...shares(products));
    features.repeat_product_share =
      daysOf.length === 0 ? 0 : daysOf.filter(({ size }) => size >= 2).length / daysOf.length;
    features.first_products = new Set(named.filter(({ day }) => day === firstDay).map(({ product }) => product)).size;
  }
  if (has.category) {
    const categories = those.flatMap(({ category }) => (category === null ? [] : [category]));
    features.unique_categories = new Set(categories).size;
    features.category_entropy = entropy(categories);
    features.top_category_share = Math.max(0, ...shares(categories));
  }
  if (has.country) {
    const countries = those.flatMap(({ country }) => (country === null ? [] : [country]));
    features.country = commonest(countries, compareUtf8) ?? '';
    features.countries = new Set(countries).size;
  }
  return features;
}

/** `bought`: every purchase up to the threshold, also those undone since. */
function returnFeatures(
  returns: readonly Return[],
  bought: readonly Purchase[],
  theta: number,
): Record<string, number> {
  const days = new Set(returns.map(({ day }) => day));
  const returned = toNumber(-total(returns.map(({ amount }) => amount)));
  const gross = toNumber(total(bought.map(({ amount }) => amount)));
  return {
    return_lines: returns.length,
    cnt_returns: days.size,
    has_returned: returns.length > 0 ? 1 : 0,
    returned_value: returned,
    days_since_last_return: days.size === 0 ? 0 : theta - Math.max(...days),
    refund_rate: gross === 0 ? 0 : returned / gross,
  };
}

function targets(
  bought: readonly Purchase[],
  theta: number,
  end: number,
  options: CleaningOptions,
): Record<string, number> {
  const later = transactionsOf(
    bought.filter(({ day, voidDay }) => day > theta && day <= end && (voidDay === null || voidDay > end)),
    options,
  );
  return { target_purchases: later.length, target_value: toNumber(total(later.map(({ value }) => value))) };
}

/** The first name whose cumulative share lies above the id's place in [0, 2^28); of shares short of 1, the last. */
export function splitOf(id: string, split: Readonly<Record<string, number>>): string {
  const place = Number.parseInt(createHash('md5').update(id, 'utf8').digest('hex').slice(0, 7), 16);
  const names = Object.keys(split);
  let cumulative = 0;
  for (const name of names) {
    cumulative += split[name]!;
    if (cumulative * 2 ** 28 > place) return name;
  }
  return names.at(-1)!;
}

// Small words

/** 1 Monday to 7 Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return new Date(day * 86_400_000).getUTCDay() || 7;
}

/** 1 to 12. */
function monthOf(day: number): number {
  return new Date(day * 86_400_000).getUTCMonth() + 1;
}

/** 1 December to February, 2 March to May, 3 June to August, 4 September to November. */
function seasonOf(month: number): number {
  if (month === 12 || month <= 2) return 1;
  if (month <= 5) return 2;
  return month <= 8 ? 3 : 4;
}

const ascending = (a: number, b: number) => a - b;

/** The value that occurs most often, of several the first in `order`; undefined if there is none. */
function commonest<Value>(values: readonly Value[], order: (a: Value, b: Value) => number): Value | undefined {
  const groups = [...groupBy(values, (value) => value)];
  groups.sort(([a, as], [b, bs]) => bs.length - as.length || order(a, b));
  return groups[0]?.[0];
}

/** The share of each distinct value. */
function shares(values: readonly string[]): number[] {
  return [...groupBy(values, (value) => value)].map(([, same]) => same.length / values.length);
}

/** −Σ p ln p; 0, not −0, where all are the same or there is none. */
function entropy(values: readonly string[]): number {
  return sum(shares(values).map((p) => p * Math.log(1 / p)));
}

function sampleSd(values: readonly number[], mean: number): number {
  if (values.length < 2 || values.every((value) => value === values[0])) return 0; // whatever their mean rounds to
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((so, value) => so + value, 0);
}

export function total(amounts: readonly Exact[]): Exact {
  return amounts.reduce((so, amount) => so + amount, 0n);
}

export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
