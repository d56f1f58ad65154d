/** How many customers came back how often: counted, and as the model has it. */
import type { FittedModel } from '../../btyd/fitted-model.js';
import { pmfNew } from '../../btyd/predict.js';
import type { Customers } from '../../customers.js';
import { type Chart, HEIGHT, PALETTE, type Row, series, WIDTH } from './chart.js';
import { coarseTally, quantile } from './groups.js';

/** Ages told apart: the chances change slowly with age. */
const MOST_AGES = 100;

/** Customers by repeat purchases, and how many the model expects of customers of these ages. */
export function repeatCountsChart(fitted: FittedModel, { frequency, age, weight }: Customers): Chart {
  const most = Math.min(15, Math.max(5, quantile(frequency, 0.97)));
  const actual = new Float64Array(most + 1);
  frequency.forEach((x, i) => {
    actual[Math.min(x, most)]! += weight[i]!;
  });
  const expected = new Float64Array(most + 1);
  for (const [length, count] of coarseTally(age, weight, MOST_AGES)) {
    const chances = pmfNew(fitted, length, most - 1);
    let rest = 1;
    chances.forEach((chance, k) => {
      expected[k]! += count * chance;
      rest -= chance;
    });
    expected[most]! += count * Math.max(0, rest);
  }
  const rows = Array.from(actual, (count, k): Row => {
    return { repeats: k === most ? `${k}+` : String(k), actual: count, model: expected[k]! };
  });
  const named = series({ 'what happened': PALETTE.grey, model: PALETTE.blue });
  const x = { field: 'repeats', type: 'nominal', title: 'Repeat purchases', sort: null } as const;
  const y = (field: string) => ({ field, type: 'quantitative', title: 'Customers', axis: { format: '~s' } }) as const;
  const bar = (field: string, name: string) =>
    ({
      mark: { type: 'bar', tooltip: true },
      encoding: { x, y: y(field), xOffset: { datum: name }, color: named(name) },
    }) as const;
  return {
    name: 'repeat-counts',
    title: 'How often customers came back',
    answers: 'Whether the model has as many one-time buyers and regulars as there are.',
    description: `${Math.round(actual[0]!)} customers never came back by the threshold; the model has ${Math.round(expected[0]!)}.`,
    columns: [
      { field: 'repeats', title: 'Repeat purchases' },
      { field: 'actual', title: 'Customers', format: ',d' },
      { field: 'model', title: 'Model', format: ',d' },
    ],
    rows,
    spec: { width: WIDTH, height: HEIGHT, layer: [bar('actual', 'what happened'), bar('model', 'model')] },
  };
}
