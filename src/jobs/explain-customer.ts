/** Why one customer of a log is worth what a job's models say. */
import { type Explanation, explain } from '../btyd/explain.js';
import type { InputColumns } from '../dnn/inputs.js';
import { ClvError } from '../errors.js';
import type { CustomerTable, SplitOptions } from '../features/customer-table.js';
import type { TransactionLog } from '../features/read-transactions.js';
import { summarise } from '../features/summarise.js';
import { nearest } from '../nearest.js';
import { networkThread } from '../threads/network-thread.js';
import { DAYS_PER, type TimeUnit } from '../time.js';
import { networkModel } from './networks/models.js';
import { isStatistics } from './networks/rows.js';
import { offsetOf } from './networks/task.js';
import { networkRows, type SavedModels } from './predict.js';
import type { ModelOptions } from './trained-model.js';

/** What a column does to a network's value of one customer. */
export interface Reason {
  readonly column: string;
  readonly value: number | string;
  /** The middle customer's; of text, the most frequent. */
  readonly typical: number | string;
  /** The value expected, less what would be expected with the typical one. */
  readonly difference: number;
}

export interface CustomerExplanation extends Explanation {
  readonly customerId: string;
  readonly thresholdDate: string;
  readonly timeUnit: TimeUnit;
  /** In the time unit. */
  readonly horizon: number;
  /** What the job's model makes of it, a network where it has one: as in predictions.csv. */
  readonly clv: number;
  /** What a network makes of it: `terms` and `sentences` are the statistics that it corrects or stands beside. */
  readonly network?: {
    readonly model: string;
    readonly expectedValue: number;
    /** From the greatest difference to the smallest. */
    readonly reasons: readonly Reason[];
  };
}

/**
 * Explains a customer. The horizon, if left out, is what networks learned to look ahead, or a year.
 *
 * @param customer id as the log has it
 * @throws ClvError unknown_customer; of `summarise`; missing_column
 */
export async function explainCustomer(
  models: SavedModels,
  log: TransactionLog,
  customer: string,
  options: Pick<SplitOptions, 'thresholdDate'> & Pick<ModelOptions, 'horizon' | 'discountRate' | 'margin'> = {},
): Promise<CustomerExplanation> {
  const { timeUnit } = models.purchases;
  const { thresholdDate, discountRate = 0.1, margin } = options;
  const table = await summarise(log, { thresholdDate, timeUnit });
  const row = rowOf(table, customer);
  const learned = models.trainedDays > 0 ? models.trainedDays : DAYS_PER.year;
  const horizon = options.horizon ?? learned / DAYS_PER[timeUnit];
  const statistics = explain(models, table.customers, row, { horizon, discountRate, margin });
  const about = { customerId: customer, thresholdDate: table.thresholdDate, timeUnit, horizon };
  const { terms } = statistics;
  if (models.networks.value === undefined) return { ...about, clv: terms.clv, ...statistics };
  const network = await reasonsOf(models, log, table, row, horizon * DAYS_PER[timeUnit]);
  const discounted = terms.margin * terms.discount; // a network says nothing of when they buy: as the statistics have it
  return { ...about, clv: network.expectedValue * discounted, ...statistics, network };
}

/** @throws ClvError unknown_customer */
function rowOf({ customerId, thresholdDate, laterCustomers }: CustomerTable, customer: string): number {
  const row = customerId.indexOf(customer);
  if (row >= 0) return row;
  throw new ClvError('unknown_customer', 'no customer has this id', {
    found: customer,
    expected: `one of ${customerId.length} customers who bought by ${thresholdDate}, such as ${customerId[0]}${laterCustomers > 0 ? `; ${laterCustomers} bought later for the first time` : ''}`,
    hint: nearest(customer, customerId),
  });
}

async function reasonsOf(
  models: SavedModels,
  log: TransactionLog,
  table: CustomerTable,
  row: number,
  days: number,
): Promise<NonNullable<CustomerExplanation['network']>> {
  const network = models.networks.value!;
  const rows = (await networkRows(models, log, table))(Math.round(days));
  const names = Object.keys(rows.columns).filter((name) => !isStatistics(name));
  const offset = network.offset
    ? offsetOf('value', rows, networkModel(models.model)!, network.options, models.trainedDays)
    : undefined;
  // one row as the customer is, and one a column in which that column alone is typical
  const typical = new Map(names.map((name) => [name, typicalOf(rows.columns[name]!)]));
  const columns = Object.fromEntries(
    Object.entries(rows.columns).map(([name, values]) => {
      const cells = [values[row]!, ...names.map((other) => (other === name ? typical.get(name)! : values[row]!))];
      return [name, typeof values[row] === 'string' ? (cells as string[]) : Float64Array.from(cells as number[])];
    }),
  ) as InputColumns;
  const thread = networkThread();
  try {
    const { mean } = await thread.predict(network, {
      columns,
      units: rows.units,
      offset: offset && new Float64Array(names.length + 1).fill(offset[row]!),
    });
    const longer = network.options.loss === 'mse' ? days / models.trainedDays : 1;
    const worth = mean.map((value) => Math.max(value, 0) * longer);
    const reasons = names.map((column, k) => ({
      column,
      value: rows.columns[column]![row]!,
      typical: typical.get(column)!,
      difference: worth[0]! - worth[k + 1]!,
    }));
    return {
      model: models.model,
      expectedValue: worth[0]!,
      reasons: reasons
        .filter(({ difference }) => difference !== 0)
        .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference)),
    };
  } finally {
    await thread.close();
  }
}

/** The middle number, or the most frequent text. */
function typicalOf(values: ArrayLike<number> | readonly string[]): number | string {
  if (typeof values[0] !== 'string') {
    const sorted = Float64Array.from(values as ArrayLike<number>).sort();
    return sorted[sorted.length >> 1]!;
  }
  const counts = new Map<string, number>();
  for (const text of values as readonly string[]) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}
