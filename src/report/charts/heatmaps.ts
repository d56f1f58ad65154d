/** What a model expects of customers by how often and how recently they bought. */
import type { FittedModel } from '../../btyd/fitted-model.js';
import { expectedPurchases, pAlive } from '../../btyd/predict.js';
import { type Customers, customers as customersOf } from '../../customers.js';
import { type Chart, HEIGHT, type NumberFormat, type Row, WIDTH } from './chart.js';
import { quantile } from './groups.js';

const CELLS = 24;

/** Expected purchases over `horizon` of customers as old as the oldest; undefined where nobody has a history. */
export function purchasesHeatmap(fitted: FittedModel, customers: Customers, horizon: number): Chart | undefined {
  return heatmap(customers, (grid) => expectedPurchases(fitted, grid, horizon), {
    name: 'purchases-heatmap',
    title: 'Expected purchases by frequency and recency',
    answers: `How many purchases to expect over the next ${round(horizon)} ${customers.timeUnit}s, given how often and how recently a customer bought.`,
    measure: 'Expected purchases',
    format: ',.3~f',
    domain: (values) => [0, Math.max(...values)],
  });
}

/** P(alive) of customers as old as the oldest; undefined where nobody has a history. */
export function aliveHeatmap(fitted: FittedModel, customers: Customers): Chart | undefined {
  return heatmap(customers, (grid) => pAlive(fitted, grid), {
    name: 'alive-heatmap',
    title: 'P(alive) by frequency and recency',
    answers: 'How likely a customer is still a customer: a long silence says more about one who used to buy often.',
    measure: 'P(alive)',
    format: '.0%',
    domain: () => [0, 1],
  });
}

interface Heatmap {
  readonly name: string;
  readonly title: string;
  readonly answers: string;
  readonly measure: string;
  readonly format: NumberFormat;
  domain(values: readonly number[]): readonly [number, number];
}

function heatmap(customers: Customers, predict: (grid: Customers) => Float64Array, what: Heatmap): Chart | undefined {
  const { age, frequency, timeUnit } = customers;
  const oldest = age.reduce((most, one) => Math.max(most, one), 0);
  if (oldest === 0) return undefined;
  const step = Math.ceil(Math.max(5, quantile(frequency, 0.99)) / CELLS);
  const highest = Math.ceil(Math.max(5, quantile(frequency, 0.99)) / step);
  const cells = Array.from({ length: CELLS * highest }, (_, cell) => {
    const low = 1 + step * Math.floor(cell / CELLS);
    const start = ((cell % CELLS) * oldest) / CELLS;
    return {
      repeats: low + Math.floor(step / 2),
      low: low - 0.5,
      high: low + step - 0.5,
      start,
      end: start + oldest / CELLS,
    };
  });
  const since = (cell: (typeof cells)[number]) => (cell.start + cell.end) / 2;
  const values = predict(
    customersOf({
      frequency: cells.map(({ repeats }) => repeats),
      recency: cells.map((cell) => oldest - since(cell)),
      age: cells.map(() => oldest),
      timeUnit,
    }),
  );
  const rows = cells.map((cell, i): Row => ({ ...cell, since: since(cell), value: values[i]! }));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return {
    name: what.name,
    title: what.title,
    answers: what.answers,
    description: `Heatmap for a customer whose first purchase was ${round(oldest)} ${timeUnit}s ago. ${what.measure} goes from ${round(low)} to ${round(high)}.`,
    columns: [
      { field: 'repeats', title: 'Repeat purchases', format: ',d' },
      { field: 'since', title: `${capital(timeUnit)}s since the last one`, format: ',.3~f' },
      { field: 'value', title: what.measure, format: what.format },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          mark: { type: 'rect', tooltip: true },
          encoding: {
            x: {
              field: 'start',
              type: 'quantitative',
              title: `${capital(timeUnit)}s since the last purchase`,
              scale: { domain: [0, oldest], nice: false },
            },
            x2: { field: 'end' },
            y: {
              field: 'low',
              type: 'quantitative',
              title: 'Repeat purchases',
              scale: { domain: [0.5, 0.5 + step * highest], nice: false },
              axis: { tickMinStep: 1 },
            },
            y2: { field: 'high' },
            color: {
              field: 'value',
              type: 'quantitative',
              title: what.measure,
              scale: { scheme: 'viridis', domain: what.domain([...values]) },
              legend: { format: what.format },
            },
          },
        },
      ],
    },
  };
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);
const round = (value: number): number => Number(value.toPrecision(3));
