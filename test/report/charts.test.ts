/** What charts count and compute, against totals and single customers computed apart from them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { expectedPurchases, expectedPurchasesNew, pActive, pAlive } from '../../src/btyd/predict.js';
import { purchaseModels } from '../../src/btyd/registry.js';
import { isoDay, parseIsoDay } from '../../src/calendar.js';
import { customers as customersOf } from '../../src/customers.js';
import { logGamma } from '../../src/kernels/gamma.js';
import { integrate } from '../../src/kernels/integrate.js';
import type { Row } from '../../src/report/charts/chart.js';
import { byQuantile, coarseTally } from '../../src/report/charts/groups.js';
import { effectChart, importanceChart } from '../../src/report/charts/networks.js';
import { dropoutChart, purchaseRatesChart } from '../../src/report/charts/newcomers.js';
import { nextPurchasesChart } from '../../src/report/charts/next-purchases.js';
import { concentrationChart, decileChart, gainChart } from '../../src/report/charts/ranking.js';
import { repeatCountsChart } from '../../src/report/charts/repeat-counts.js';
import { spendChart } from '../../src/report/charts/spend.js';
import { trackingCharts } from '../../src/report/charts/tracking.js';
import { relativeInterval } from '../../src/report/relative-interval.js';
import { chartOf, type Reported, reported, reportedOn } from './training.js';

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
const column = (rows: readonly Row[], field: string) => rows.map((row) => Number(row[field]));

describe('the charts of a report', () => {
  let done: Reported;
  beforeAll(async () => {
    done = await reported(600);
  });
  const rowsOf = (name: string) => chartOf(done.data, name).rows;

  it('track as many repeat purchases as customers made, before the threshold and after it', () => {
    const { table } = done.training;
    const rows = rowsOf('tracking-cumulative');
    const atThreshold = rows.find(({ day }) => day === table.thresholdDate)!;
    expect(atThreshold.actual).toBe(sum(table.customers.frequency));
    expect(rows.at(-1)!.day).toBe(table.predictEnd);
    expect(rows.at(-1)!.actual).toBe(sum(table.customers.frequency) + sum(table.holdout!.purchases));
  });

  it('expect at the end what is expected of each customer from their first day on, one by one', () => {
    const { purchases, table } = done.training;
    const { age } = table.customers;
    const slowly = (later: number) => sum(age.map((length) => expectedPurchasesNew(purchases, length + later)));
    const rows = rowsOf('tracking-cumulative');
    const atThreshold = rows.find(({ day }) => day === table.thresholdDate)!;
    expect(atThreshold.model).toBeCloseTo(slowly(0), 6);
    expect(rows.at(-1)!.model).toBeCloseTo(slowly(table.holdout!.length), 6);
  });

  it('split the same purchases into steps', () => {
    const cumulative = new Map(rowsOf('tracking-cumulative').map((row) => [row.day, row]));
    const steps = rowsOf('tracking-incremental');
    const [first, last] = [cumulative.get(steps[0]!.day!)!, cumulative.get(steps.at(-1)!.day!)!];
    for (const field of ['actual', 'model']) {
      const between = Number(last[field]) - Number(first[field]) + Number(steps[0]![field]);
      expect(sum(column(steps, field))).toBeCloseTo(between, 6);
    }
  });

  it('have in each cell of a heatmap what is said of one such customer', () => {
    const { purchases, table, horizon } = done.training;
    const oldest = Math.max(...table.customers.age);
    for (const [name, predict] of [
      ['purchases-heatmap', (one: never) => expectedPurchases(purchases, one, horizon)],
      ['alive-heatmap', (one: never) => pAlive(purchases, one)],
    ] as const) {
      for (const row of rowsOf(name).filter((_, k) => k % 37 === 0)) {
        const one = customersOf({
          frequency: [Number(row.repeats)],
          recency: [oldest - Number(row.since)],
          age: [oldest],
          timeUnit: table.customers.timeUnit,
        });
        expect(row.value).toBeCloseTo(predict(one as never)[0]!, 12);
      }
    }
  });

  it('count every customer once', () => {
    const { n } = done.training.table.customers;
    for (const name of ['segments', 'cohorts', 'alive', 'deciles', 'calibration-frequency', 'calibration-age']) {
      expect(sum(column(rowsOf(name), 'customers')), name).toBe(n);
    }
    expect(sum(column(rowsOf('repeat-counts'), 'actual'))).toBe(n);
    expect(sum(column(rowsOf('repeat-counts'), 'model'))).toBeCloseTo(n, 6);
  });

  it('add up to the value that was spent and is expected', () => {
    const { table, predictions } = done.training;
    for (const name of ['segments', 'cohorts']) {
      expect(sum(column(rowsOf(name), 'spent'))).toBeCloseTo(sum(table.spent), 4);
      expect(sum(column(rowsOf(name), 'expected'))).toBeCloseTo(
        sum(name === 'segments' ? predictions.expectedValue : predictions.clv),
        4,
      );
    }
  });

  it('add up to the holdout, by decile and by group', () => {
    const { table, predictions } = done.training;
    const total = (name: string, field: string) =>
      sum(rowsOf(name).map((row) => Number(row.customers) * Number(row[field])));
    expect(total('deciles', 'actual')).toBeCloseTo(sum(table.holdout!.value), 4);
    expect(total('deciles', 'model')).toBeCloseTo(sum(predictions.expectedValue), 4);
    for (const by of ['frequency', 'recency', 'age']) {
      expect(total(`calibration-${by}`, 'actual')).toBeCloseTo(sum(table.holdout!.purchases), 6);
      expect(total(`calibration-${by}`, 'model')).toBeCloseTo(sum(predictions.expectedPurchases), 6);
    }
  });

  it('predict for the holdout even where predictions are for another horizon', async () => {
    const longer = await reported(600, { horizon: 365 });
    expect(sum(column(chartOf(longer.data, 'deciles').rows, 'model'))).toBeCloseTo(
      sum(column(rowsOf('deciles'), 'model')),
      6,
    );
  });

  it('mark the purchases of a timeline on the days of the log', async () => {
    const days = ['2020-01-01', '2020-02-01', '2020-03-05', '2020-03-20'];
    const log = {
      customer: [...days.map(() => 'ada'), 'bo', 'bo', 'cy', 'cy', 'cy'],
      date: [...days, '2020-01-05', '2020-04-01', '2020-01-02', '2020-01-20', '2020-02-25'],
      value: Array.from({ length: 9 }, (_, i) => 10 + i),
    };
    const { data } = await reportedOn(log, { thresholdDate: '2020-03-10', predictEnd: '2020-04-01', intervals: 0 });
    const chart = chartOf(data, 'timelines');
    const marks = chart.spec.layer.filter(({ mark }) => mark.type === 'tick').flatMap(({ data }) => data!.values);
    const ada = new Set(marks.filter(({ label }) => String(label).endsWith('ada')).map(({ day }) => day));
    expect([...ada].sort()).toEqual(days);
  });
});

describe('repeat counts', () => {
  it('are those of each customer’s own age, within what joining ages costs', () => {
    const { fitted, customers } = example();
    const rows = repeatCountsChart(fitted, customers).rows;
    const none = sum(customers.age.map((age) => 1 - pActive(fitted, newcomer(), age)[0]!));
    expect(rows[0]!.model).toBeCloseTo(none, 2);
  });
});

describe('the weeks to come', () => {
  it('are about the same from some of the customers as from all', async () => {
    const { training, data } = await reported(2000);
    const { purchases, table } = training;
    const week = pActive(purchases, table.customers, 7);
    const [first] = chartOf(data, 'next-purchases').rows;
    expect(Number(first!.customers) / sum(week)).toBeGreaterThan(0.99);
    expect(Number(first!.customers) / sum(week)).toBeLessThan(1.01);
  });

  it('are exact where all are looked at', () => {
    const { fitted, customers } = example();
    const [first] = nextPurchasesChart(fitted, customers, customers.frequency, '2020-01-31').rows;
    expect(first).toMatchObject({ week: '2020-02-01', to: '2020-02-07' });
    expect(first!.customers).toBeCloseTo(sum(pActive(fitted, customers, 7)), 9);
  });
});

describe('spend', () => {
  it('has shares that are the integral of the density of Fader & Hardie (2013, eq. 1a)', () => {
    const [p, q, gamma, x] = [6.25, 3.74, 15.44, 3];
    const fitted = { ...example().fitted, model: 'gammagamma_model', parameters: { p, q, gamma } };
    const monetary = Float64Array.from({ length: 200 }, (_, i) => 5 + i);
    const customers = customersOf({
      frequency: monetary.map(() => x),
      recency: monetary.map(() => 10),
      age: monetary.map(() => 20),
      monetary,
    });
    const density = (z: number) =>
      Math.exp(
        logGamma(p * x + q) -
          logGamma(p * x) -
          logGamma(q) +
          q * Math.log(gamma) +
          (p * x - 1) * Math.log(z) +
          p * x * Math.log(x) -
          (p * x + q) * Math.log(gamma + x * z),
      );
    for (const row of spendChart(fitted, customers)!.rows) {
      const [from, to] = [Number(row.start), Number(row.end)];
      const [area] = integrate(to - from, to - from, 1, (t, out) => {
        out[0] = density(from + t);
      });
      expect(row.model).toBeCloseTo(area!, 9);
    }
    expect(sum(column(spendChart(fitted, customers)!.rows, 'actual'))).toBeCloseTo(1, 1);
  });
});

describe('how customers differ', () => {
  it('adds up to all of them but the tails that are left out', () => {
    const { fitted } = example();
    expect(sum(column(purchaseRatesChart(fitted)!.rows, 'share'))).toBeCloseTo(0.945, 2);
    expect(sum(column(dropoutChart(fitted)!.rows, 'share'))).toBeLessThanOrEqual(1);
    const bg = { ...fitted, model: 'bgnbd_model', parameters: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 } };
    expect(sum(column(dropoutChart(bg)!.rows, 'share'))).toBeCloseTo(1, 12);
  });
});

describe('gain and concentration', () => {
  it('end at everything, and are the diagonal where all are alike', () => {
    const alike = new Float64Array(7).fill(3);
    const gain = gainChart({ actual: alike, predicted: alike })!;
    for (const row of gain.rows) expect(row.model).toBeCloseTo(Number(row.share), 12);
    const held = concentrationChart(Float64Array.of(8, 1, 1, 0, 0))!.rows;
    expect(held.find(({ share }) => share === 0.2)!.held).toBeCloseTo(0.8, 12);
    expect(held.at(-1)!.held).toBe(1);
  });

  it('are left out where there is nothing to gain', () => {
    expect(gainChart({ actual: new Float64Array(3), predicted: Float64Array.of(1, 2, 3) })).toBeUndefined();
    expect(concentrationChart(new Float64Array(3))).toBeUndefined();
  });

  it('has as many deciles as customers where these are few', () => {
    expect(decileChart({ actual: Float64Array.of(1, 2), predicted: Float64Array.of(1, 0) }).rows).toHaveLength(2);
  });
});

describe('the interval of the total', () => {
  it('grows with the standard errors, and is not there where a parameter is undetermined', async () => {
    const { training } = await reported(400);
    const { purchases, spend, table, horizon } = training;
    const expected = training.predictions.expectedValue;
    const [low, high] = relativeInterval({ purchases, spend }, table.customers, expected, horizon)!;
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
    const wider = (fitted: typeof purchases) => ({
      ...fitted,
      covariance: fitted.covariance!.map((row) => row.map((value) => 4 * value)),
    });
    const twice = relativeInterval(
      { purchases: wider(purchases), spend: wider(spend) },
      table.customers,
      expected,
      horizon,
    )!;
    expect(Math.log(twice[1])).toBeCloseTo(2 * Math.log(high), 9);
    const unknown = { ...purchases, covariance: null };
    expect(relativeInterval({ purchases: unknown, spend }, table.customers, expected, horizon)).toBeNull();
  });
});

describe('groups', () => {
  it('keep equal values together and every row once', () => {
    const values = Float64Array.of(0, 0, 0, 1, 2, 2, 3, 9);
    const groups = byQuantile(values, 4);
    expect(groups.flatMap(({ rows }) => rows).sort()).toEqual([...values.keys()]);
    const labels = groups.map(({ label }) => label);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('join neighbours at their mean, so that sums stay', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => i / 7);
    const joined = coarseTally(values, new Float64Array(1000).fill(1), 60);
    expect(joined.length).toBeLessThanOrEqual(60);
    expect(sum(joined.map(([value, count]) => value * count))).toBeCloseTo(sum(values), 6);
  });
});

describe('networks', () => {
  it('show columns from the most important on, and effects of numbers and of names', () => {
    const importance = Array.from({ length: 20 }, (_, k) => ({ column: `c${k}`, worse: 1 / (k + 1) }));
    expect(importanceChart(importance, 'value').rows).toHaveLength(15);
    expect(effectChart({ column: 'country', at: ['NL', 'UK'], mean: [1, 2] }, 'value').spec.layer[0]!.mark.type).toBe(
      'bar',
    );
    expect(effectChart({ column: 'age', at: [1, 2], mean: [1, 2] }, 'value').spec.layer[0]!.mark.type).toBe('line');
    expect(effectChart({ column: '../etc', at: [1, 2], mean: [1, 2] }, 'value').name).toBe('effect-value--etc');
  });
});

describe('a report', () => {
  it.each(purchaseModels.filter(({ discrete }) => !discrete).map(({ name }) => name))(
    'is finite everywhere with %s',
    async (modelType) => {
      const { data } = await reported(150, { modelType });
      expect(JSON.parse(JSON.stringify(data))).toEqual(data); // JSON has no NaN and no Infinity
    },
  );

  it('stands without a holdout, and says what it lacks', async () => {
    const { data } = await reported(150, { holdout: false });
    expect(data.tables.holdout).toBeNull();
    expect(data.charts.map(({ name }) => name)).not.toContain('deciles');
    expect(data.remarks.join(' ')).toContain('Without a holdout');
    expect(chartOf(data, 'tracking-cumulative').rows.at(-1)!.day).toBe(data.thresholdDate);
  });

  it.each([1, 3])('stands with %i customers who came back', async (n) => {
    const ids = Array.from({ length: n }, (_, i) => `c${i}`);
    const log = {
      customer: ids.flatMap((id) => [id, id, id]),
      date: ids.flatMap((_, i) => ['2020-01-01', `2020-01-${10 + i}`, `2020-02-0${1 + i}`]),
      value: ids.flatMap((_, i) => [10 + i, 20, 31]),
    };
    const { data } = await reportedOn(log, { thresholdDate: '2020-02-01', predictEnd: '2020-03-01' });
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expect(data.tables.top.rows).toHaveLength(n);
  });

  it('gives the same from the same log', async () => {
    const [a, b] = [await reported(100), await reported(100)];
    expect(JSON.stringify(a.data)).toBe(JSON.stringify(b.data));
  });
});

/** Pareto/NBD of CDNOW, in weeks taken for days, and some customers. */
function example() {
  const fitted = {
    ...baseFit,
    model: 'paretonbd_model',
    parameters: { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 },
  } as never as Reported['training']['purchases'];
  const customers = customersOf({
    frequency: [0, 1, 2, 5, 0, 3],
    recency: [0, 10, 20, 30, 0, 8],
    age: [30, 30, 25, 39, 2, 30],
  });
  return { fitted, customers };
}

const baseFit = {
  requested: 'paretonbd_model',
  coefficients: [],
  timeUnit: 'day',
  observedMeanSpend: 30,
  covariance: null,
};
const newcomer = () => customersOf({ frequency: [0], recency: [0], age: [0] });

describe('tracking', () => {
  it('begins on the first day, where nobody can have come back', () => {
    const { fitted } = example();
    const customers = customersOf({ frequency: [1, 0], recency: [2, 0], age: [3, 1] });
    const { cumulative } = trackingCharts(
      fitted,
      customers,
      { firstDay: '2020-01-01', repeats: Float64Array.of(0, 0, 1, 0, 0, 2) },
      '2020-01-04',
    );
    expect(cumulative.rows.map(({ day, actual }) => [day, actual])).toEqual([
      ['2020-01-01', 0],
      ['2020-01-02', 0],
      ['2020-01-03', 1],
      ['2020-01-04', 1],
      ['2020-01-05', 1],
      ['2020-01-06', 3],
    ]);
    const [first, , third] = cumulative.rows;
    expect(first!.model).toBe(0);
    expect(third!.model).toBeCloseTo(expectedPurchasesNew(fitted, 2), 12); // the other joins on this very day
  });

  it('stays right over decades, where not every day is computed', () => {
    const { fitted } = example();
    const days = 9000;
    const customers = customersOf({ frequency: [0, 0, 0], recency: [0, 0, 0], age: [days - 1, 5003, 17] });
    const last = isoDay(parseIsoDay('1990-01-01')! + days - 1);
    const { cumulative } = trackingCharts(
      fitted,
      customers,
      { firstDay: '1990-01-01', repeats: new Float64Array(days) },
      last,
    );
    const slowly = sum(customers.age.map((age) => expectedPurchasesNew(fitted, age)));
    expect(Number(cumulative.rows.at(-1)!.model) / slowly).toBeCloseTo(1, 3);
    expect(cumulative.rows.length).toBeLessThan(100);
  });
});
