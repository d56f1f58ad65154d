/** Purchases of single customers over time, on the chance that they were still customers. */
import type { FittedModel } from '../../btyd/fitted-model.js';
import { pAlive } from '../../btyd/predict.js';
import { isoDay, parseIsoDay } from '../../calendar.js';
import { customers as customersOf } from '../../customers.js';
import { DAYS_PER } from '../../time.js';
import { type Chart, dayRule, type Layer, PALETTE, type Row, WIDTH } from './chart.js';

/** One customer's days of purchase, ascending, at least one. */
export interface Timeline {
  /** As shown; no two alike. */
  readonly label: string;
  readonly days: readonly string[];
}

const STEPS = 48;

export function timelineChart(fitted: FittedModel, timelines: readonly Timeline[], thresholdDate: string): Chart {
  const threshold = parseIsoDay(thresholdDate)!;
  const cells = timelines.flatMap((timeline) => statesOf(timeline, threshold));
  const perUnit = DAYS_PER[fitted.timeUnit];
  const alive = pAlive(
    fitted,
    customersOf({
      frequency: cells.map(({ x }) => x),
      recency: cells.map(({ tx }) => tx / perUnit),
      age: cells.map(({ T }) => T / perUnit),
      timeUnit: fitted.timeUnit,
    }),
  );
  const told = alive.some((chance) => chance < 1 - 1e-9);
  const shades = cells.map(({ label, start, end }, i): Row => ({ label, start, end, alive: alive[i]! }));
  const purchases = timelines.flatMap(({ label, days }) => days.map((day) => ({ label, day })));
  const known = purchases.filter(({ day }) => day <= thresholdDate);
  const later = purchases.filter(({ day }) => day > thresholdDate);
  const y = { field: 'label', type: 'nominal', title: null, sort: null } as const;
  const x = (field: string) => ({ field, type: 'temporal', title: null, scale: { type: 'utc' } }) as const;
  const tick = (values: readonly Row[], color: string, strokeWidth: number): Layer => ({
    data: { values },
    mark: { type: 'tick', color, strokeWidth },
    encoding: { x: x('day'), y },
  });
  const shade: Layer = {
    mark: { type: 'rect', tooltip: true },
    encoding: {
      x: x('start'),
      x2: { field: 'end' },
      y,
      color: {
        field: 'alive',
        type: 'quantitative',
        title: 'P(alive) as of that day',
        scale: { scheme: 'viridis', domain: [0, 1] },
        legend: { format: '.0%' },
      },
    },
  };
  const bare: Layer = {
    mark: { type: 'rect', color: PALETTE.grey, opacity: 0.25 },
    encoding: { x: x('start'), x2: { field: 'end' }, y },
  };
  return {
    name: 'timelines',
    title: 'Purchases of single customers',
    answers: told
      ? 'How the chance of being a customer still falls with each silence and rises with each purchase.'
      : 'How regularly some of the customers bought.',
    description: `Timelines of ${timelines.length} customers: a mark for each purchase, red after the threshold${told ? ', the background P(alive) as it was on that day' : ''}.`,
    columns: [
      { field: 'label', title: 'Customer' },
      { field: 'start', title: 'From' },
      { field: 'end', title: 'To' },
      { field: 'alive', title: 'P(alive)', format: '.0%' },
    ],
    rows: shades,
    spec: {
      width: WIDTH,
      height: { step: 20 },
      layer: [
        told ? shade : bare,
        tick(known, '#ffffff', 4),
        tick(known, '#000000', 1.5),
        ...(later.length > 0 ? [tick(later, PALETTE.vermilion, 1.5)] : []),
        ...dayRule('day', thresholdDate, '').slice(0, 1),
      ],
    },
  };
}

/** What was known of a customer on some days from the first purchase to the threshold, in days. */
function statesOf({ label, days }: Timeline, threshold: number) {
  const all = days.map((day) => parseIsoDay(day)!).filter((day) => day <= threshold);
  const first = all[0] ?? threshold;
  const step = Math.max(1, (threshold - first) / STEPS);
  const starts = Array.from({ length: Math.ceil((threshold - first) / step) || 1 }, (_, k) =>
    Math.round(first + k * step),
  );
  return starts.map((start, k) => {
    const end = starts[k + 1] ?? threshold;
    const known = all.filter((day) => day <= start);
    const x = Math.max(0, known.length - 1);
    return {
      label,
      start: isoDay(start),
      end: isoDay(end),
      x,
      tx: x === 0 ? 0 : known.at(-1)! - first,
      T: start - first,
    };
  });
}
