import Papa from 'papaparse';
import type { TrainedModel } from './train.js';

/** Rows put into text at a time. */
const BATCH = 10_000;

/** The columns of predictions.csv with their values, in order. */
export function predictionColumns({
  table,
  predictions,
}: TrainedModel): ReadonlyArray<readonly [string, ArrayLike<number>]> {
  const { frequency, recency, age, monetary } = table.customers;
  const actual = table.holdout
    ? ([
        ['actual_purchases', table.holdout.purchases],
        ['actual_value', table.holdout.value],
      ] as const)
    : [];
  return [
    ['frequency', frequency],
    ['recency', recency],
    ['age', age],
    ['monetary', monetary],
    ['p_alive', predictions.pAlive],
    ['expected_purchases', predictions.expectedPurchases],
    ['expected_spend', predictions.expectedSpend],
    ['expected_value', predictions.expectedValue],
    ['clv', predictions.clv],
    ...actual,
  ];
}

/**
 * predictions.csv in pieces of text: a header, then one row a customer, numbers as JavaScript prints them (they read back
 * as the same doubles). Ids that a spreadsheet would run as a formula get a leading apostrophe.
 */
export function* predictionsCsv(trained: TrainedModel): Generator<string> {
  const columns = predictionColumns(trained);
  const { customerId } = trained.predictions;
  yield `${['customer_id', ...columns.map(([name]) => name)].join(',')}\n`;
  for (let start = 0; start < customerId.length; start += BATCH) {
    const rows: Array<Array<string | number>> = [];
    for (let i = start; i < Math.min(start + BATCH, customerId.length); i++) {
      rows.push([customerId[i]!, ...columns.map(([, values]) => values[i]!)]);
    }
    yield `${Papa.unparse(rows, { escapeFormulae: true, newline: '\n' })}\n`;
  }
}
