/** What customers spend on a purchase: counted, and as the spend model has it. */
import type { FittedModel } from '../../btyd/fitted-model.js';
import { spendCdf } from '../../btyd/predict.js';
import { type Customers, customers as customersOf } from '../../customers.js';
import { type Chart, HEIGHT, PALETTE, type Row, series, WIDTH } from './chart.js';
import { coarseTally, quantile } from './groups.js';

const BINS = 30;
const MOST_COUNTS = 60;

/** Customers by mean spend of their repeat purchases; undefined where spend does not differ. */
export function spendChart(spend: FittedModel, { n, frequency, monetary, weight }: Customers): Chart | undefined {
  const rows = Int32Array.from({ length: n }, (_, i) => i).filter((i) => monetary[i]! > 0);
  const pick = (values: Float64Array) => Float64Array.from(rows, (i) => values[i]!);
  const [means, counts, weights] = [pick(monetary), pick(frequency), pick(weight)];
  const [low, high] = [quantile(means, 0.005), quantile(means, 0.995)];
  if (!(high > low * 1.01)) return undefined;
  const edges = Float64Array.from({ length: BINS + 1 }, (_, k) => low * (high / low) ** (k / BINS));
  const people = weights.reduce((sum, one) => sum + one, 0);
  const actual = new Float64Array(BINS);
  means.forEach((mean, i) => {
    const bin = Math.floor((Math.log(mean / low) / Math.log(high / low)) * BINS);
    const last = mean === high ? BINS - 1 : bin;
    if (last >= 0 && last < BINS) actual[last]! += weights[i]! / people;
  });
  const below = new Float64Array(BINS + 1);
  for (const [count, many] of coarseTally(counts, weights, MOST_COUNTS)) {
    edges.forEach((edge, k) => {
      below[k]! += (many / people) * meanSpendCdf(spend, count, edge);
    });
  }
  const bins = Array.from(actual, (share, k): Row => {
    const [start, end] = [edges[k]!, edges[k + 1]!];
    return { start, end, middle: Math.sqrt(start * end), actual: share, model: below[k + 1]! - below[k]! };
  });
  const named = series({ 'what happened': PALETTE.grey, model: PALETTE.blue });
  const title = 'Mean spend a purchase';
  const y = (field: string) =>
    ({ field, type: 'quantitative', title: 'Share of customers', axis: { format: '.0%' } }) as const;
  const scale = { type: 'log', domain: [low, high] } as const;
  return {
    name: 'spend',
    title: 'What customers spend on a purchase',
    answers: 'Whether the spend model has as many small and large spenders as there are.',
    description: `Mean spend of ${rows.length} customers who came back: half spend ${Number(quantile(means, 0.5).toPrecision(3))} or less on a purchase.`,
    columns: [
      { field: 'start', title: 'From', format: ',.2f' },
      { field: 'end', title: 'To', format: ',.2f' },
      { field: 'actual', title: 'What happened', format: '.1%' },
      { field: 'model', title: 'Model', format: '.1%' },
    ],
    rows: bins,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          mark: { type: 'bar', tooltip: true },
          encoding: {
            x: { field: 'start', bin: 'binned', type: 'quantitative', title, scale, axis: { format: '~s' } },
            x2: { field: 'end' },
            y: y('actual'),
            color: named('what happened'),
          },
        },
        {
          mark: { type: 'line', tooltip: true },
          encoding: {
            x: { field: 'middle', type: 'quantitative', title, scale, axis: { format: '~s' } },
            y: y('model'),
            color: named('model'),
          },
        },
      ],
    },
  };
}

/**
 * P(mean of `count` transactions ≤ value) of a customer about whom nothing is known. The mean of n transactions that are
 * Gamma(p, ν) each is Gamma(pn, νn): one transaction of a customer with pn for p and γ/n for γ.
 */
function meanSpendCdf(spend: FittedModel, count: number, value: number): number {
  const { p, nu, gamma } = spend.parameters;
  const parameters: Record<string, number> = { ...spend.parameters, p: p! * count };
  if (gamma !== undefined) parameters.gamma = gamma / count;
  if (nu !== undefined) parameters.nu = nu * count;
  return spendCdf({ ...spend, parameters }, UNKNOWN, value)[0]!;
}

const UNKNOWN = customersOf({ frequency: [0], recency: [0], age: [0] });
