/** Customers by what they have spent and whether they are still there: whom to keep, win back, or let go. */

import { inkOn } from '../draw/colours.js';
import { type Chart, type Layer, type Row, WIDTH } from './chart.js';
import type { CustomerValues } from './cohorts.js';
import { largestFirst, total } from './groups.js';

/** By spend so far: shares of the customers, biggest spenders first. */
const VALUE_BANDS = [
  { name: 'Top 10% by spend', to: 0.1 },
  { name: 'Next 20%', to: 0.3 },
  { name: 'Next 30%', to: 0.6 },
  { name: 'Lowest 40%', to: 1 },
];

const ALIVE_BANDS = [
  { name: 'Lost', from: 0 },
  { name: 'Fading', from: 0.2 },
  { name: 'Unsure', from: 0.5 },
  { name: 'Active', from: 0.8 },
];

export function segmentChart({ spent, expected }: CustomerValues, pAlive: Float64Array): Chart {
  const order = largestFirst(spent);
  const sums = VALUE_BANDS.flatMap((value) =>
    ALIVE_BANDS.map((alive) => ({ value: value.name, alive: alive.name, customers: 0, spent: 0, expected: 0 })),
  );
  order.forEach((i, place) => {
    const value = VALUE_BANDS.findIndex(({ to }) => (place + 0.5) / order.length <= to);
    const alive = ALIVE_BANDS.findLastIndex(({ from }) => pAlive[i]! >= from);
    const sum = sums[value * ALIVE_BANDS.length + alive]!;
    sum.customers++;
    sum.spent += spent[i]!;
    sum.expected += expected[i]!;
  });
  const seen = new Set(sums.flatMap(({ alive, customers }) => (customers > 0 ? [alive] : [])));
  const all = total(expected) || 1;
  const most = Math.max(...sums.map((sum) => sum.expected / all), 1e-9);
  const rows = sums
    .filter(({ alive }) => seen.has(alive))
    .map((sum): Row => {
      const share = sum.expected / all;
      return {
        ...sum,
        share,
        people: sum.customers.toLocaleString('en-US'),
        worth: `${(100 * share).toFixed(1)}%`,
      };
    });
  const x = {
    field: 'alive',
    type: 'nominal',
    title: 'P(alive): below 20%, 50%, 80%, and above',
    sort: null,
  } as const;
  const y = { field: 'value', type: 'nominal', title: null, sort: null } as const;
  /** Of cells with a light background, and of those with a dark one: Vega-Lite has one scale of colours for all layers. */
  const label = (field: string, dy: number): Layer[] =>
    (['#000000', '#ffffff'] as const).map((color) => ({
      data: { values: rows.filter((row) => inkOn(Number(row.share) / most) === color) },
      mark: { type: 'text', dy, fontSize: 11, color },
      encoding: { x, y, text: { field } },
    }));
  const [biggest, faintest] = [VALUE_BANDS.slice(0, 2), ALIVE_BANDS.slice(0, 2)];
  const fading = rows.filter(
    ({ value, alive }) => biggest.some(({ name }) => name === value) && faintest.some(({ name }) => name === alive),
  );
  return {
    name: 'segments',
    title: 'Customers by past spend and P(alive)',
    answers: 'Whom to keep, and whom to win back: customers in each field, and their share of the expected value.',
    description: `${count(fading)} of the biggest spenders (top 30%) are probably gone or fading (P(alive) below 50%).`,
    columns: [
      { field: 'value', title: 'By spend so far' },
      { field: 'alive', title: 'P(alive)' },
      { field: 'customers', title: 'Customers', format: ',d' },
      { field: 'spent', title: 'Spent so far', format: ',d' },
      { field: 'expected', title: 'Expected value', format: ',d' },
      { field: 'share', title: 'Share of expected value', format: '.1%' },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: { step: 56 },
      layer: [
        {
          mark: { type: 'rect', tooltip: true },
          encoding: {
            x,
            y,
            color: {
              field: 'share',
              type: 'quantitative',
              title: 'Share of expected value',
              scale: { scheme: 'viridis', domain: [0, most] },
              legend: { format: '.0%' },
            },
          },
        },
        ...label('people', -8),
        ...label('worth', 8),
      ],
    },
  };
}

const count = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + Number(row.customers), 0);
