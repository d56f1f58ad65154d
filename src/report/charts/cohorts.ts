/** Customers by when they first bought: what they have spent, and what is expected of them. */
import { isoDay, parseIsoDay } from '../../calendar.js';
import type { Customers } from '../../customers.js';
import { DAYS_PER } from '../../time.js';
import { type Chart, HEIGHT, type Layer, PALETTE, type Row, series, WIDTH } from './chart.js';

/** One number a customer. */
export interface CustomerValues {
  /** So far. */
  readonly spent: Float64Array;
  /** Expected from now on. */
  readonly expected: Float64Array;
}

const MOST_COHORTS = 26;

/** The name of the month, quarter or year of a day. */
const PERIODS: ReadonlyArray<{ readonly name: string; readonly of: (day: string) => string }> = [
  { name: 'month', of: (day) => day.slice(0, 7) },
  { name: 'quarter', of: (day) => `${day.slice(0, 4)} Q${Math.ceil(Number(day.slice(5, 7)) / 3)}` },
  { name: 'year', of: (day) => day.slice(0, 4) },
];

/** @param thresholdDate the day from which the ages count back */
export function cohortChart(customers: Customers, { spent, expected }: CustomerValues, thresholdDate: string): Chart {
  const { age, timeUnit } = customers;
  const threshold = parseIsoDay(thresholdDate)!;
  const first = age.map((length) => threshold - Math.round(length * DAYS_PER[timeUnit]));
  const days = new Map<number, string>();
  for (const day of first) if (!days.has(day)) days.set(day, isoDay(day));
  const period = PERIODS.find(({ of }) => new Set([...days.values()].map(of)).size <= MOST_COHORTS) ?? PERIODS.at(-1)!;
  const cohorts = new Map<string, { customers: number; spent: number; expected: number }>();
  first.forEach((day, i) => {
    const name = period.of(days.get(day)!);
    const cohort = cohorts.get(name) ?? { customers: 0, spent: 0, expected: 0 };
    cohort.customers++;
    cohort.spent += spent[i]!;
    cohort.expected += expected[i]!;
    cohorts.set(name, cohort);
  });
  const rows = [...cohorts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cohort, sums]): Row => {
      return { cohort, ...sums, both: sums.spent + sums.expected, each: sums.expected / sums.customers };
    });
  const named = series({ 'spent so far': PALETTE.grey, 'expected (CLV)': PALETTE.blue });
  const bar = (field: string, name: string, from?: string): Layer => ({
    mark: { type: 'bar', tooltip: true },
    encoding: {
      x: { field: 'cohort', type: 'nominal', title: `First purchase, by ${period.name}`, sort: null },
      y: { field, type: 'quantitative', title: 'Value', stack: null, scale: { zero: true }, axis: { format: '~s' } },
      ...(from && { y2: { field: from } }),
      color: named(name),
    },
  });
  const best = rows.reduce((most, row) => (Number(row.each) > Number(most.each) ? row : most));
  return {
    name: 'cohorts',
    title: `Value by ${period.name} of the first purchase`,
    answers: 'Which customers, by when they were won, have brought value and will bring more.',
    description: `${rows.length} cohorts. Most is expected of a customer of ${best.cohort}: ${Number(Number(best.each).toPrecision(3))} each.`,
    columns: [
      { field: 'cohort', title: 'First purchase' },
      { field: 'customers', title: 'Customers', format: ',d' },
      { field: 'spent', title: 'Spent so far', format: ',d' },
      { field: 'expected', title: 'Expected (CLV)', format: ',d' },
      { field: 'each', title: 'Expected a customer', format: ',.2f' },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: [bar('spent', 'spent so far'), bar('both', 'expected (CLV)', 'spent')],
    },
  };
}
