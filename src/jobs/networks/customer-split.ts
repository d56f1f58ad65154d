/**
 * The split by customers, as Google's reference does it: networks learn what some customers did in the holdout and are judged on
 * others, in the same days. Easier than to predict days that nobody has seen.
 */
import type { FittedPair } from '../../btyd/fitted-model.js';
import { parseIsoDay } from '../../calendar.js';
import { ClvError } from '../../errors.js';
import { type CustomerTable, someCustomers } from '../../features/customer-table.js';
import { featureTable } from '../../features/make-features.js';
import type { TransactionLog } from '../../features/read-transactions.js';
import type { OnProgress } from '../../progress.js';
import { type Columns, columnsOf, featuresOf, numbered, rowsAt, someRows, type TrainingRows } from './rows.js';

const SHARES = { train: 70, eval: 15, test: 15 };

/** Columns of the reference's DNN (clv_mle/trainer/context.py): NUMERICS and CATEGORICALS_W_LIST. */
export const REFERENCE_COLUMNS = [
  'monetary_dnn',
  'recency',
  'frequency_dnn',
  't',
  'time_between',
  'avg_basket_value',
  'avg_basket_size',
  'cnt_returns',
  'has_returned',
];

/**
 * @param table customers at the threshold, with their holdout
 * @returns rows, and the customers to judge; with the preset their value is the reference's target
 * @throws ClvError bad_option, missing_column, no_customers, bad_columns
 */
export async function customerRows(
  log: TransactionLog,
  table: CustomerTable,
  pair: FittedPair,
  preset: 'google_clv' | undefined,
  onProgress: OnProgress,
): Promise<TrainingRows & { readonly judged: CustomerTable }> {
  const { thresholdDate, predictEnd } = table;
  if (predictEnd === null) {
    throw new ClvError('bad_option', 'a split by customers needs a holdout to learn from', {
      expected: '--predict_end, the last day of the holdout',
      hint: `--predict_end ${log.report.lastDay}, or --split time`,
    });
  }
  const names = preset ? REFERENCE_COLUMNS : featuresOf(log);
  const made = await featureTable(log, {
    thresholdDate,
    predictEnd,
    onProgress,
    ...(preset ? { preset } : { features: names, split: SHARES }),
  });
  const ids = (await made.column('customer_id')) as string[];
  const sides = (await made.column('split')) as string[];
  const target = preset && ((await made.column('target_monetary')) as Float64Array);
  const features = await columnsOf(made, names);
  await made.drop();
  const numbers = numbered(table);
  const places = Int32Array.from(ids, (id) => numbers.get(id)!);
  const chosen = someCustomers(table, places);
  const people = target ? { ...chosen, holdout: { ...chosen.holdout!, value: target } } : chosen;
  const [threshold, end] = [parseIsoDay(thresholdDate)!, parseIsoDay(predictEnd)!];
  const all = rowsAt(people, features, pair, end - threshold, numbers);
  const of = (...wanted: string[]) => Int32Array.from(sides.keys()).filter((row) => wanted.includes(sides[row]!));
  const learned = of('train', 'eval');
  const judged = of('test');
  const validation = Int32Array.from(learned.keys()).filter((row) => sides[learned[row]!] === 'eval');
  if (judged.length === 0 || validation.length === 0 || validation.length === learned.length) {
    throw new ClvError('bad_columns', 'there are too few customers to split', {
      found: `${ids.length} customers`,
      expected: 'some for training, for stopping and for judging: 70, 15 and 15 %',
      hint: '--split time',
    });
  }
  const judgedTable = someCustomers(people, judged);
  const { columns, units } = someRows(all, judged);
  const judgedColumns = { columns: columns as Columns['columns'], units };
  return {
    training: someRows(all, learned),
    validation,
    predicted: (days) => rowsAt(judgedTable, judgedColumns, pair, days, numbers),
    windows: [{ threshold, end }],
    judged: judgedTable,
  };
}
