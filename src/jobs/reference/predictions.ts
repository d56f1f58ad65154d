/**
 * `predictions.csv` with the columns of Google's reference solution (clv_mle/trainer/btyd.py): of each customer the value of all
 * days to predict_end, as it was and as predicted. What is known by threshold_date counts in both.
 */
import { customersCsv, type PredictionColumn } from '../predictions-csv.js';
import type { TrainedModel } from '../trained-model.js';

export interface ReferencePredictions {
  readonly customerId: readonly string[];
  /** null where nobody knows what happened. */
  readonly actualTotal: Float64Array | null;
  /** After threshold_date; null where the model predicts value only. */
  readonly purchases: Float64Array | null;
  /** After threshold_date, undiscounted. */
  readonly value: Float64Array;
  /** What was spent by threshold_date, and the value predicted. */
  readonly total: Float64Array;
}

export function referencePredictions(trained: TrainedModel): ReferencePredictions {
  const { table, predictions, horizon, networks } = trained;
  const { spent, holdout } = table;
  const { customerId, expectedPurchases: purchases, expectedValue } = predictions;
  const checked = holdout !== null && horizon === holdout.length ? holdout.value : null;
  if (networks?.preset) {
    // The target of google_clv holds the days before the threshold already.
    return { customerId, purchases, ...apart(expectedValue, spent), actualTotal: checked };
  }
  return {
    customerId,
    purchases,
    value: expectedValue,
    total: expectedValue.map((value, i) => spent[i]! + value),
    actualTotal: checked?.map((value, i) => spent[i]! + value) ?? null,
  };
}

/** A total, and what of it comes after the threshold. */
export const apart = (total: Float64Array, spent: Float64Array) => ({
  total,
  value: total.map((all, i) => all - spent[i]!),
});

/** The columns of predictions.csv after `customer_id`. */
export const referenceColumns = ({
  actualTotal,
  purchases,
  value,
  total,
}: ReferencePredictions): PredictionColumn[] => [
  ['actual_total', actualTotal],
  ['predicted_num_purchases', purchases],
  ['predicted_value', value],
  ['predicted_total', total],
  ['error', actualTotal?.map((actual, i) => actual - total[i]!) ?? null],
];

export const referenceCsv = (predictions: ReferencePredictions): Generator<string> =>
  customersCsv(predictions.customerId, referenceColumns(predictions));

/** Root mean squared error of the totals; null where they cannot be checked. */
export function referenceRmse({ actualTotal, total }: ReferencePredictions): number | null {
  if (actualTotal === null) return null;
  const squares = actualTotal.reduce((sum, actual, i) => sum + (actual - total[i]!) ** 2, 0);
  return Math.sqrt(squares / total.length);
}
