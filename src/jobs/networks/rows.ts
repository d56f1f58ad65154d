/** Customers as networks see them: one row a customer, or a customer and window. */
import type { FittedPair } from '../../btyd/fitted-model.js';
import { expectedPurchases, expectedSpend, pAlive } from '../../btyd/predict.js';
import type { InputColumns } from '../../dnn/inputs.js';
import { pick, rowsOf } from '../../dnn/rows.js';
import { FEATURES } from '../../features/catalogue/index.js';
import type { CustomerTable } from '../../features/customer-table.js';
import { OF_LINES } from '../../features/feature-options.js';
import type { FeatureTable } from '../../features/feature-table.js';
import type { TransactionLog } from '../../features/read-transactions.js';
import { DAYS_PER } from '../../time.js';

export interface Rows {
  readonly columns: InputColumns;
  /** What the columns are measured in. */
  readonly units: Readonly<Record<string, string>>;
  /** Which customer a row is of, as a number. */
  readonly customer: Int32Array;
  /** What the probability models expect in the window: purchases, and their value. */
  readonly expectedPurchases: Float64Array;
  readonly expectedValue: Float64Array;
  /** What happened in it. */
  readonly purchases: Float64Array;
  readonly value: Float64Array;
  /** Length of the window in days. */
  readonly days: Float64Array;
}

/** What a training learns from, and what it predicts. */
export interface TrainingRows {
  readonly training: Rows;
  /** Rows of `training` to stop on, where the split says which. */
  readonly validation?: Int32Array | undefined;
  /** The customers to predict, over so many days. */
  predicted(days: number): Rows;
  readonly windows: ReadonlyArray<{ readonly threshold: number; readonly end: number }>;
}

/** Features that networks read; chosen on windows of UCI Online Retail and CDNOW that end before any day they are judged on. */
const READ = new Set(
  `frequency recency age days_since_last spent monetary_all last_value max_value value_sd transactions_30d transactions_90d
   value_30d value_90d avg_basket_lines unique_products litt gap_mean last_gap gap_max gap_cv gaps_longer product_entropy
   repeat_product_share refund_rate days_since_last_ratio cnt_returns`.split(/\s+/),
);

/** Those that the log has the columns for. */
export const featuresOf = (log: TransactionLog): string[] =>
  FEATURES.filter(
    ({ name, needs, stage }) =>
      READ.has(name) && needs.every((need) => log.has(need)) && (log.keeps !== 'days' || !OF_LINES.includes(stage)),
  ).map(({ name }) => name);

export interface Columns {
  readonly columns: Readonly<Record<string, Float64Array | string[]>>;
  readonly units: Readonly<Record<string, string>>;
}

export async function columnsOf(table: FeatureTable, names: readonly string[]): Promise<Columns> {
  const columns: Record<string, Float64Array | string[]> = {};
  for (const name of names) columns[name] = await table.column(name);
  const units = Object.fromEntries(
    table.columns.filter(({ name }) => names.includes(name)).map(({ name, unit }) => [name, unit]),
  );
  return { columns, units };
}

/** Columns that probability models give, for networks that correct these. */
const STATISTICS = { statistics_rate: 'transactions a day', statistics_p_alive: 'share', statistics_spend: 'money' };

export const isStatistics = (column: string): boolean => Object.hasOwn(STATISTICS, column);

/**
 * Rows of all customers of a table.
 *
 * @param features of the same customers in the same order
 * @param pair the probability models; they may have been fitted at another threshold
 * @param days length of the window that begins at the table's threshold
 * @param numbers of customers, by id
 */
export function rowsAt(
  table: CustomerTable,
  { columns, units }: Columns,
  pair: FittedPair,
  days: number,
  numbers: ReadonlyMap<string, number>,
): Rows {
  const { customers, holdout } = table;
  const counts = expectedPurchases(pair.purchases, customers, days / DAYS_PER[customers.timeUnit]);
  const spend = expectedSpend(pair.spend, customers);
  return {
    columns: {
      ...columns,
      statistics_rate: counts.map((count) => count / days),
      statistics_p_alive: pAlive(pair.purchases, customers),
      statistics_spend: spend,
    },
    units: { ...units, ...STATISTICS },
    customer: Int32Array.from(table.customerId, (id) => numbers.get(id)!),
    expectedPurchases: counts,
    expectedValue: counts.map((count, i) => count * spend[i]!),
    purchases: holdout?.purchases ?? new Float64Array(customers.n),
    value: holdout?.value ?? new Float64Array(customers.n),
    days: new Float64Array(customers.n).fill(days),
  };
}

export const numbered = ({ customerId }: CustomerTable): Map<string, number> =>
  new Map(customerId.map((id, i) => [id, i]));

const NUMBERS = ['expectedPurchases', 'expectedValue', 'purchases', 'value', 'days'] as const;

/** Some rows of `rows`, in the order given. */
export function someRows(rows: Rows, at: Int32Array): Rows {
  return {
    columns: rowsOf(rows.columns, at),
    units: rows.units,
    customer: Int32Array.from(at, (row) => rows.customer[row]!),
    ...(Object.fromEntries(NUMBERS.map((name) => [name, pick(rows[name], at)])) as Pick<
      Rows,
      (typeof NUMBERS)[number]
    >),
  };
}

/** One after the other; all have the columns of the first. */
export function joined(parts: readonly Rows[]): Rows {
  const first = parts[0]!;
  const numbers = (of: (rows: Rows) => ArrayLike<number>) => {
    const out = new Float64Array(parts.reduce((sum, part) => sum + part.days.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(of(part), at);
      at += part.days.length;
    }
    return out;
  };
  return {
    columns: Object.fromEntries(
      Object.keys(first.columns).map((name) => [
        name,
        typeof first.columns[name]![0] === 'string'
          ? parts.flatMap(({ columns }) => columns[name] as string[])
          : numbers(({ columns }) => columns[name] as Float64Array),
      ]),
    ),
    units: first.units,
    customer: Int32Array.from(numbers(({ customer }) => customer)),
    ...(Object.fromEntries(NUMBERS.map((name) => [name, numbers((rows) => rows[name])])) as Pick<
      Rows,
      (typeof NUMBERS)[number]
    >),
  };
}
