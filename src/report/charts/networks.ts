/** What a network makes of its columns. */
import { type Chart, HEIGHT, PALETTE, type Row, WIDTH } from './chart.js';

/** A column, and how much larger the error is when it is shuffled: 0.1 for 10 %. As `clv/dnn` has it. */
export interface Importance {
  readonly column: string;
  readonly worse: number;
}

/** Mean prediction if all customers had `at` in a column. As `clv/dnn` has it. */
export interface Effect {
  readonly column: string;
  readonly at: ReadonlyArray<number | string>;
  readonly mean: readonly number[];
}

const MOST_COLUMNS = 15;

/** @param part what the network predicts: `purchases`, `value` */
export function importanceChart(importance: readonly Importance[], part: string): Chart {
  const rows = importance.slice(0, MOST_COLUMNS).map(({ column, worse }): Row => ({ column, worse }));
  return {
    name: `importance-${part}`,
    title: `What the prediction of ${part} depends on`,
    answers: 'How much larger the error is when a column is shuffled between customers.',
    description: `Most important: ${rows
      .slice(0, 3)
      .map(({ column }) => column)
      .join(', ')}.`,
    columns: [
      { field: 'column', title: 'Column' },
      { field: 'worse', title: 'Error grows by', format: '.1%' },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: { step: 22 },
      layer: [
        {
          mark: { type: 'bar', color: PALETTE.blue, tooltip: true },
          encoding: {
            x: { field: 'worse', type: 'quantitative', title: 'Error grows by', axis: { format: '.1%' } },
            y: { field: 'column', type: 'nominal', title: null, sort: null },
          },
        },
      ],
    },
  };
}

/** Mean prediction if all customers had the same in a column. */
/** @param corrects whether the network corrects statistics: what these say of each customer is then held still, and the rest is shown */
export function effectChart({ column, at, mean }: Effect, part: string, corrects = false): Chart {
  const named = typeof at[0] === 'string';
  const rows = at.map((value, k): Row => ({ at: value, mean: mean[k]! }));
  const y = { field: 'mean', type: 'quantitative', title: `Mean predicted ${part}`, scale: { zero: true } } as const;
  return {
    name: `effect-${part}-${column.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    title: corrects ? `${column}: how it corrects the statistics of ${part}` : `${column}: its effect on ${part}`,
    answers: corrects
      ? `How the network moves the mean prediction of ${part} when all have the same ${column}, what the statistics expect of each staying as it is: a line that falls says that they overrate it.`
      : `How the mean prediction of ${part} moves when all customers have the same ${column}.`,
    description: `Partial dependence of predicted ${part} on ${column}, at ${at.length} of its values.`,
    columns: [
      { field: 'at', title: column, ...(named ? {} : { format: ',.3~f' as const }) },
      { field: 'mean', title: `Mean predicted ${part}`, format: ',.3~f' },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: named
        ? [
            {
              mark: { type: 'bar', color: PALETTE.blue, tooltip: true },
              encoding: { x: { field: 'at', type: 'nominal', title: column, sort: null }, y },
            },
          ]
        : [
            {
              mark: { type: 'line', color: PALETTE.blue, tooltip: true },
              encoding: { x: { field: 'at', type: 'quantitative', title: column, scale: { nice: false } }, y },
            },
          ],
    },
  };
}
