/** Who is expected to buy when. */
import type { FittedModel } from '../../btyd/fitted-model.js';
import { pActive } from '../../btyd/predict.js';
import { isoDay, parseIsoDay } from '../../calendar.js';
import type { Customers } from '../../customers.js';
import { DAYS_PER } from '../../time.js';
import { type Chart, HEIGHT, PALETTE, type Row, WIDTH } from './chart.js';
import { sampleOf } from './sample.js';

const WEEKS = 13;
/** Customers that are looked at; more change little. */
const MOST_CUSTOMERS = 250;

/**
 * Expected number of customers who buy, by week after the threshold.
 *
 * @param expected purchases of each customer, over any time
 */
export function nextPurchasesChart(
  fitted: FittedModel,
  customers: Customers,
  expected: Float64Array,
  thresholdDate: string,
): Chart {
  const threshold = parseIsoDay(thresholdDate)!;
  const week = 7 / DAYS_PER[customers.timeUnit];
  const { customers: some, each } = sampleOf(customers, expected, MOST_CUSTOMERS);
  const rows = Array.from({ length: WEEKS }, (_, k): Row => {
    const chances = pActive(fitted, some, { from: k * week, to: (k + 1) * week });
    const buying = chances.reduce((sum, chance) => sum + chance, 0) * each;
    return { week: isoDay(threshold + 7 * k + 1), to: isoDay(threshold + 7 * (k + 1)), customers: buying };
  });
  return {
    name: 'next-purchases',
    title: 'Customers expected to buy, by coming week',
    answers: 'How many of the customers of today will buy in each of the coming weeks.',
    description: `In the first week after the threshold ${Math.round(Number(rows[0]!.customers))} customers are expected to buy, in the ${WEEKS}th ${Math.round(Number(rows.at(-1)!.customers))}.`,
    columns: [
      { field: 'week', title: 'From' },
      { field: 'to', title: 'To' },
      { field: 'customers', title: 'Customers expected to buy', format: ',d' },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          mark: { type: 'bar', color: PALETTE.blue, tooltip: true },
          encoding: {
            x: { field: 'week', type: 'nominal', title: 'Week beginning', sort: null },
            y: { field: 'customers', type: 'quantitative', title: 'Customers who buy', axis: { format: '~s' } },
          },
        },
      ],
    },
  };
}
