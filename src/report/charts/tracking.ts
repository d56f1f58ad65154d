/**
 * Repeat purchases over calendar time, beside what the model expects of the same customers from their first day on.
 *
 * Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, figures 2 and 3.
 */
import type { FittedModel } from '../../btyd/fitted-model.js';
import { expectedPurchasesNew } from '../../btyd/predict.js';
import { isoDay, parseIsoDay } from '../../calendar.js';
import type { Customers } from '../../customers.js';
import { DAYS_PER } from '../../time.js';
import { type Chart, dayRule, HEIGHT, PALETTE, type Row, series, WIDTH } from './chart.js';
import { tally } from './groups.js';

/** Repeat purchases of the customers, counted by day: those of day `firstDay` + d at d. */
export interface RepeatsByDay {
  readonly firstDay: string;
  readonly repeats: Float64Array;
}

export interface TrackingCharts {
  readonly cumulative: Chart;
  readonly incremental: Chart;
}

const STEPS = [1, 7, 14, 28, 56, 91, 182, 364];
const MOST_POINTS = 80;

/**
 * @param customers ages in whole days, whatever their unit; the oldest age begins on the first day
 * @param thresholdDate end of observation, from which the ages count back
 */
export function trackingCharts(
  fitted: FittedModel,
  { age, weight, timeUnit }: Customers,
  { firstDay, repeats }: RepeatsByDay,
  thresholdDate: string,
): TrackingCharts {
  const start = parseIsoDay(firstDay)!;
  const threshold = parseIsoDay(thresholdDate)!;
  const end = start + repeats.length - 1;
  const perUnit = DAYS_PER[timeUnit];
  const joined = tally(
    age.map((length) => threshold - Math.round(length * perUnit)),
    weight,
  );
  const after = expectedAfter(fitted, repeats.length, perUnit);
  const expectedBy = (day: number) =>
    joined.reduce((sum, [first, count]) => sum + (day > first ? count * after(day - first) : 0), 0);

  const step = STEPS.find((days) => repeats.length / days <= MOST_POINTS) ?? 728;
  const ends: number[] = [];
  for (let day = threshold - step * Math.floor((threshold - start) / step); day <= end; day += step) ends.push(day);
  if (ends.at(-1) !== end) ends.push(end);
  const rows: Row[] = [];
  let actual = 0;
  let counted = start;
  for (const day of ends) {
    for (; counted <= day; counted++) actual += repeats[counted - start]!;
    rows.push({
      day: isoDay(day),
      actual,
      model: expectedBy(day),
      whole: day - step >= start && (day - threshold) % step === 0 ? 1 : 0,
    });
  }
  const steps = rows.flatMap((row, k): Row[] => {
    const before = rows[k - 1];
    if (row.whole === 0 || before === undefined) return [];
    return [{ day: row.day!, actual: less(row, before, 'actual'), model: less(row, before, 'model') }];
  });
  const unit = step === 1 ? 'day' : step === 7 ? 'week' : `${step} days`;
  const last = rows.at(-1)!;
  return {
    cumulative: trackingChart(
      rows.map(({ whole: _, ...row }) => row),
      thresholdDate,
      {
        name: 'tracking-cumulative',
        title: 'Repeat purchases so far, and as the model has it',
        answers: 'Whether the model keeps track of all repeat purchases, and goes on doing so after the threshold.',
        description: `By ${last.day} there were ${last.actual} repeat purchases; the model expects ${Math.round(Number(last.model))}.`,
        measure: 'Repeat purchases so far',
      },
    ),
    incremental: trackingChart(steps, thresholdDate, {
      name: 'tracking-incremental',
      title: `Repeat purchases by ${unit}`,
      answers:
        'Where seasons and campaigns lift or lower purchases that the model, which knows neither, spreads evenly.',
      description: `Repeat purchases of each ${unit} that ends on the day shown, and what the model expects.`,
      measure: `Repeat purchases a ${unit}`,
    }),
  };
}

/** Days at which the expectation is computed; a straight line between them loses nothing that could be seen. */
const MOST_NODES = 1000;

/** Expected repeat purchases of a new customer within so many days, for up to `longest` of them. */
function expectedAfter(fitted: FittedModel, longest: number, perUnit: number): (days: number) => number {
  const step = Math.ceil(longest / MOST_NODES);
  const nodes = Float64Array.from({ length: Math.ceil(longest / step) + 1 }, (_, k) =>
    k === 0 ? 0 : expectedPurchasesNew(fitted, (k * step) / perUnit),
  );
  return (days) => {
    const [before, rest] = [Math.floor(days / step), (days % step) / step];
    return rest === 0 ? nodes[before]! : nodes[before]! + rest * (nodes[before + 1]! - nodes[before]!);
  };
}

const less = (row: Row, before: Row, field: string): number => Number(row[field]) - Number(before[field]);

interface Tracking {
  readonly name: string;
  readonly title: string;
  readonly answers: string;
  readonly description: string;
  readonly measure: string;
}

function trackingChart(rows: readonly Row[], thresholdDate: string, { measure, ...what }: Tracking): Chart {
  const named = series({ 'what happened': PALETTE.grey, model: PALETTE.blue });
  const line = (field: string, name: string) =>
    ({
      mark: { type: 'line', tooltip: true },
      encoding: {
        x: { field: 'day', type: 'temporal', title: null, scale: { type: 'utc' } },
        y: { field, type: 'quantitative', title: measure, scale: { zero: true }, axis: { format: '~s' } },
        color: named(name),
      },
    }) as const;
  return {
    ...what,
    columns: [
      { field: 'day', title: 'To' },
      { field: 'actual', title: 'What happened', format: ',d' },
      { field: 'model', title: 'Model', format: ',d' },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: [line('actual', 'what happened'), line('model', 'model'), ...dayRule('day', thresholdDate, 'threshold')],
    },
  };
}
