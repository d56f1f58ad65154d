/** Purchases in the holdout by what was known of customers before it: predicted, and as it came. */
import type { Customers } from '../../customers.js';
import { type Chart, HEIGHT, PALETTE, type Row, series, WIDTH } from './chart.js';
import { byCount, byQuantile, type Group, meanOver } from './groups.js';

/** Purchases of each customer in the holdout. */
export interface HoldoutPurchases {
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
}

const MOST_FREQUENT = 7;
const GROUPS = 8;

/** By frequency, by time since the last purchase, and by age. */
export function calibrationCharts(
  { frequency, recency, age, timeUnit }: Customers,
  holdout: HoldoutPurchases,
): Chart[] {
  const since = age.map((length, i) => length - recency[i]!);
  return [
    calibrationChart('frequency', 'Repeat purchases before the threshold', byCount(frequency, MOST_FREQUENT), holdout),
    calibrationChart('recency', `${timeUnit}s since the last purchase`, byQuantile(since, GROUPS), holdout),
    calibrationChart('age', `${timeUnit}s since the first purchase`, byQuantile(age, GROUPS), holdout),
  ];
}

function calibrationChart(
  by: string,
  measure: string,
  groups: readonly Group[],
  { actual, predicted }: HoldoutPurchases,
): Chart {
  const rows = groups.map(({ label, rows }): Row => {
    return { group: label, customers: rows.length, actual: meanOver(actual, rows), model: meanOver(predicted, rows) };
  });
  const named = series({ 'what happened': PALETTE.grey, model: PALETTE.blue });
  const title = measure[0]!.toUpperCase() + measure.slice(1);
  const both = (field: string, name: string) =>
    (['line', 'point'] as const).map((type) => ({
      mark: { type, ...(type === 'point' ? { filled: true, size: 60, tooltip: true as const } : {}) },
      encoding: {
        x: { field: 'group', type: 'nominal', title, sort: null },
        y: {
          field,
          type: 'quantitative',
          title: 'Purchases a customer in the holdout',
          scale: { zero: true },
          axis: { format: ',.3~f' },
        },
        color: named(name),
      } as const,
    }));
  return {
    name: `calibration-${by}`,
    title: `Holdout purchases by ${by}`,
    answers: `Whether predictions are right on average for customers who differ in ${by}.`,
    description: `Mean purchases in the holdout by ${measure}, in ${groups.length} groups: predicted, and as it came.`,
    columns: [
      { field: 'group', title },
      { field: 'customers', title: 'Customers', format: ',d' },
      { field: 'actual', title: 'What happened', format: ',.2f' },
      { field: 'model', title: 'Model', format: ',.2f' },
    ],
    rows,
    spec: { width: WIDTH, height: HEIGHT, layer: [...both('actual', 'what happened'), ...both('model', 'model')] },
  };
}
