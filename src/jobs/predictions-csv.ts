import Papa from 'papaparse';
import type { Spread } from '../btyd/individual.js';
import type { NamedColumn } from './formulas.js';
import type { TrainedModel } from './trained-model.js';

/** Rows put into text at a time. */
const BATCH = 10_000;

/** The columns of predictions.csv with their values, in order. */
export function predictionColumns({ table, predictions }: TrainedModel): readonly NamedColumn[] {
  const { frequency, recency, age, monetary } = table.customers;
  const { intervals } = predictions;
  const withEnds = (name: string, values: ArrayLike<number>, ends: Spread | undefined) => [
    [name, values] as const,
    ...around(name, ends),
  ];
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
    ...withEnds('p_alive', predictions.pAlive, intervals?.pAlive),
    ...withEnds('expected_purchases', predictions.expectedPurchases, intervals?.expectedPurchases),
    ...withEnds('expected_spend', predictions.expectedSpend, intervals?.expectedSpend),
    ...withEnds('expected_value', predictions.expectedValue, intervals?.expectedValue),
    ...withEnds('clv', predictions.clv, intervals?.clv),
    ...around('purchases', intervals?.purchases),
    ...around('value', intervals?.value),
    ...actual,
  ];
}

/** The ends of an interval as columns, where there is one. */
function around(name: string, ends: Spread | undefined): readonly NamedColumn[] {
  if (!ends) return [];
  return [
    [`${name}_low`, ends.low],
    [`${name}_high`, ends.high],
  ];
}

/**
 * predictions.csv in pieces of text: a header, then one row a customer, numbers as JavaScript prints them (they read back
 * as the same doubles). Ids that a spreadsheet would run as a formula get a leading apostrophe.
 *
 * @param further columns beside those of the predictions
 */
export const predictionsCsv = (trained: TrainedModel, further: readonly NamedColumn[] = []): Generator<string> =>
  customersCsv(trained.predictions.customerId, [...predictionColumns(trained), ...further]);

/** A column with its name; null where nothing is known of anyone. */
export type PredictionColumn = readonly [string, ArrayLike<number> | null];

/** The same with any columns; what is not known is an empty cell. */
export function* customersCsv(customerId: readonly string[], columns: readonly PredictionColumn[]): Generator<string> {
  yield `${['customer_id', ...columns.map(([name]) => name)].join(',')}\n`;
  for (let start = 0; start < customerId.length; start += BATCH) {
    const rows: Array<Array<string | number>> = [];
    for (let i = start; i < Math.min(start + BATCH, customerId.length); i++) {
      rows.push([customerId[i]!, ...columns.map(([, values]) => values?.[i] ?? '')]);
    }
    yield `${Papa.unparse(rows, { escapeFormulae: true, newline: '\n' })}\n`;
  }
}
