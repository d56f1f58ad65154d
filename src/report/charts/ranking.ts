/** Whether those predicted to be valuable are: customers from the largest prediction to the smallest. */
import { type Chart, HEIGHT, type Layer, PALETTE, type Row, series, WIDTH } from './chart.js';
import { largestFirst, meanOver, total } from './groups.js';

/** Value of each customer in the holdout. */
export interface HoldoutValue {
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
}

const POINTS = 50;

/** Mean value by tenths of the customers, the tenth with the largest predictions first. */
export function decileChart({ actual, predicted }: HoldoutValue): Chart {
  const order = Array.from(largestFirst(predicted));
  const groups = Math.min(10, order.length);
  const rows = Array.from({ length: groups }, (_, k): Row => {
    const some = order.slice(Math.round((k * order.length) / groups), Math.round(((k + 1) * order.length) / groups));
    return {
      decile: String(k + 1),
      customers: some.length,
      model: meanOver(predicted, some),
      actual: meanOver(actual, some),
    };
  });
  const named = series({ model: PALETTE.blue, 'what happened': PALETTE.grey });
  const bar = (field: string, name: string): Layer => ({
    mark: { type: 'bar', tooltip: true },
    encoding: {
      x: { field: 'decile', type: 'nominal', title: 'Tenth of customers, largest predictions first', sort: null },
      y: { field, type: 'quantitative', title: 'Value a customer in the holdout', axis: { format: '~s' } },
      xOffset: { datum: name },
      color: named(name),
    },
  });
  return {
    name: 'deciles',
    title: 'Predicted and actual value by decile',
    answers: 'Whether customers predicted to be worth more really were, and by as much.',
    description: `The first tenth of the customers was predicted to be worth ${short(rows[0]!.model)} each and was worth ${short(rows[0]!.actual)}; the last, ${short(rows.at(-1)!.model)} and ${short(rows.at(-1)!.actual)}.`,
    columns: [
      { field: 'decile', title: 'Tenth' },
      { field: 'customers', title: 'Customers', format: ',d' },
      { field: 'model', title: 'Model', format: ',.2f' },
      { field: 'actual', title: 'What happened', format: ',.2f' },
    ],
    rows,
    spec: { width: WIDTH, height: HEIGHT, layer: [bar('model', 'model'), bar('actual', 'what happened')] },
  };
}

const short = (value: unknown): string => String(Number(Number(value).toPrecision(3)));

/** Share of all value that the first so many customers hold; undefined where there is none. */
export function gainChart({ actual, predicted }: HoldoutValue): Chart | undefined {
  if (total(actual) <= 0) return undefined;
  const model = shares(actual, largestFirst(predicted));
  const perfect = shares(actual, largestFirst(actual));
  const rows = Array.from({ length: POINTS + 1 }, (_, k): Row => {
    const share = k / POINTS;
    return { share, model: model(share), perfect: perfect(share), chance: share };
  });
  const colours = { model: PALETTE.blue, 'perfect order': PALETTE.green, 'any order': PALETTE.grey };
  return {
    name: 'gain',
    title: 'Gain: how much value the best customers bring',
    answers: 'How much of the value of the holdout you reach by attending to those with the largest predictions only.',
    description: `The fifth of the customers with the largest predictions brought ${percent(model(0.2))} of the value in the holdout; in perfect order a fifth brings ${percent(perfect(0.2))}.`,
    columns: [
      { field: 'share', title: 'Share of customers', format: '.0%' },
      { field: 'model', title: 'Model', format: '.1%' },
      { field: 'perfect', title: 'Perfect order', format: '.1%' },
    ],
    rows,
    spec: shareSpec({ model: 'model', perfect: 'perfect order', chance: 'any order' }, colours, 'Share of the value'),
  };
}

/** Share of all expected value that the most valuable customers hold; undefined where none is expected. */
export function concentrationChart(expected: Float64Array): Chart | undefined {
  if (total(expected) <= 0) return undefined;
  const held = shares(expected, largestFirst(expected));
  const rows = Array.from({ length: POINTS + 1 }, (_, k): Row => {
    return { share: k / POINTS, held: held(k / POINTS), even: k / POINTS };
  });
  return {
    name: 'concentration',
    title: 'How few customers hold how much of the value',
    answers: 'How much of the expected value comes from the most valuable customers.',
    description: `The most valuable fifth of the customers holds ${percent(held(0.2))} of the expected value, the most valuable half ${percent(held(0.5))}.`,
    columns: [
      { field: 'share', title: 'Share of customers', format: '.0%' },
      { field: 'held', title: 'Share of expected value', format: '.1%' },
    ],
    rows,
    spec: shareSpec(
      { held: 'expected value', even: 'if all were worth the same' },
      { 'expected value': PALETTE.blue, 'if all were worth the same': PALETTE.grey },
      'Share of the expected value',
    ),
  };
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;

/** Share of the total that the first share of the customers of an order holds; within a customer it grows evenly. */
export function shares(values: Float64Array, order: Int32Array): (share: number) => number {
  const sums = new Float64Array(order.length + 1);
  for (let k = 0; k < order.length; k++) sums[k + 1] = sums[k]! + values[order[k]!]!;
  const all = sums[order.length]!;
  return (share) => {
    const at = share * order.length;
    const whole = Math.min(order.length, Math.floor(at + 1e-9));
    const rest = whole < order.length ? (at - whole) * values[order[whole]!]! : 0;
    return (sums[whole]! + rest) / all;
  };
}

function shareSpec(
  fields: Readonly<Record<string, string>>,
  colours: Readonly<Record<string, string>>,
  measure: string,
): Chart['spec'] {
  const named = series(colours);
  const layer = Object.entries(fields).map(
    ([field, name], k): Layer => ({
      mark: k === 0 ? { type: 'line', tooltip: true } : { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x: {
          field: 'share',
          type: 'quantitative',
          title: 'Share of customers, most valuable first',
          scale: { domain: [0, 1] },
          axis: { format: '.0%' },
        },
        y: { field, type: 'quantitative', title: measure, scale: { domain: [0, 1] }, axis: { format: '.0%' } },
        color: named(name),
      },
    }),
  );
  return { width: WIDTH, height: HEIGHT, layer };
}
