/**
 * The selection, features and target of Google's reference solution (tensorflow-lifetime-value), slowly: customer-days of
 * all lines, returns and cancellations included, in exact decimals. As there, the selection knows the last order and the
 * target is the whole log, features' days and days after `end` included.
 */
import { compareUtf8, type Exact, exact, groupBy, type Line, toNumber, total } from './oracle.js';

export interface GoogleOptions {
  readonly threshold: number;
  readonly end: number;
  /** Customers who spent more up to the threshold are left out. Theirs: 15000. */
  readonly maxMonetary: number;
  /** Customers whose last order is longer before `end` are left out. Theirs: 90. */
  readonly recentDays: number;
}

export interface GoogleRow {
  readonly customer_id: string;
  readonly monetary_dnn: number;
  readonly monetary_btyd: number;
  readonly cnt_orders: number;
  readonly frequency_dnn: number;
  readonly frequency_btyd: number;
  readonly recency: number;
  readonly T: number;
  readonly time_between: number;
  readonly avg_basket_value: number;
  readonly avg_basket_size: number;
  readonly cnt_returns: number;
  readonly has_returned: number;
  readonly frequency_btyd_clipped: number;
  readonly monetary_btyd_clipped: number;
  readonly target_monetary: number;
  readonly target_monetary_clipped: number;
}

interface CustomerDay {
  readonly day: number;
  readonly unrounded: Exact;
  /** Rounded to pennies. */
  readonly value: Exact;
  readonly quantity: Exact;
}

const MOST_TRANSACTIONS = 600;
const MOST_MONEY = 100_000;

/** A line with what the reference asks of it: who, when, how much. */
type Usable = Line & { readonly day: number; readonly value: number };

/** By id in the order of its UTF-8 bytes. */
export function googleOracle(lines: readonly Line[], options: GoogleOptions): GoogleRow[] {
  const usable = lines.filter(
    (line): line is Usable => line.customer !== '' && line.day !== null && line.value !== null,
  );
  return [...groupBy(usable, ({ customer }) => customer)]
    .sort(([a], [b]) => compareUtf8(a, b))
    .flatMap(([id, those]) => {
      const days = customerDays(those);
      const row = isSelected(days, options) ? rowOf(id, days.filter(isConsistent), options) : undefined;
      return row && row.monetary_dnn > 0 && row.monetary_dnn <= options.maxMonetary && row.monetary_btyd > 0
        ? [row]
        : [];
    });
}

function customerDays(lines: readonly Usable[]): CustomerDay[] {
  return [...groupBy(lines, ({ day }) => day)]
    .map(([day, those]) => {
      const unrounded = total(those.map(({ value }) => exact(value)));
      const quantity = total(those.map((line) => exact(line.quantity ?? 0)));
      return { day, unrounded, value: rounded(unrounded, 1), quantity };
    })
    .sort((a, b) => a.day - b.day);
}

/** More than one paying day strictly before the threshold, and an order of whatever kind not long before the end. */
function isSelected(days: readonly CustomerDay[], { threshold, end, recentDays }: GoogleOptions): boolean {
  const paying = days.filter(({ day, unrounded }) => unrounded > 0n && day < threshold);
  return paying.length > 1 && end - days.at(-1)!.day <= recentDays;
}

/** Value and quantity have the same sign, and neither is zero. */
function isConsistent({ value, quantity }: CustomerDay): boolean {
  return (value > 0n && quantity > 0n) || (value < 0n && quantity < 0n);
}

/** `all`: the days that are kept, of the whole log. Undefined without one up to the threshold. */
function rowOf(id: string, all: readonly CustomerDay[], { threshold }: GoogleOptions): GoogleRow | undefined {
  const days = all.filter(({ day }) => day <= threshold);
  const n = days.length;
  if (n === 0) return undefined;
  const worth = (some: readonly CustomerDay[]) => total(some.map(({ value }) => value));
  const first = all[0]!.day;
  const spent = worth(days);
  const later = worth(days.filter(({ day }) => day !== first));
  const monetary = n === 1 ? 0 : toNumber(later) / (n - 1);
  const recency = days.at(-1)!.day - days[0]!.day;
  const returns = days.filter(({ value }) => value < exact(1)).length;
  const target = toNumber(rounded(worth(all), 1));
  return {
    customer_id: id,
    monetary_dnn: toNumber(spent),
    monetary_btyd: monetary,
    cnt_orders: n,
    frequency_dnn: n,
    frequency_btyd: n - 1,
    recency,
    T: threshold - days[0]!.day,
    time_between: toNumber(rounded(exact(recency), n)),
    avg_basket_value: toNumber(rounded(spent, n)),
    avg_basket_size: toNumber(rounded(total(days.map(({ quantity }) => quantity)), n)),
    cnt_returns: returns,
    has_returned: returns > 0 ? 1 : 0,
    frequency_btyd_clipped: Math.min(n - 1, MOST_TRANSACTIONS),
    monetary_btyd_clipped: monetary > MOST_MONEY ? MOST_MONEY : n === 1 ? 0 : toNumber(rounded(later, n - 1)),
    target_monetary: target,
    target_monetary_clipped: Math.min(target, MOST_MONEY),
  };
}

/** amount ÷ count to two decimals, halves away from zero. */
function rounded(amount: Exact, count: number): Exact {
  const unit = exact(0.01) * BigInt(count);
  const size = amount < 0n ? -amount : amount;
  const hundredths = (2n * size + unit) / (2n * unit);
  return (amount < 0n ? -hundredths : hundredths) * exact(0.01);
}
