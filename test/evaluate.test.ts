import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BENCHMARKS, evaluate } from '../src/evaluate/benchmarks.js';
import { metrics, spearman } from '../src/evaluate/metrics.js';
import { rfm } from '../src/features/rfm.js';

const column = (...values: number[]) => Float64Array.from(values);
const columns = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
  minLength: 2,
  maxLength: 40,
});

describe('metrics', () => {
  it('are those worked out by hand', () => {
    const { totalActual, totalPredicted, bias, mae, rmse, mdae } = metrics(column(0, 2, 4, 6), column(1, 2, 2, 3));
    expect([totalActual, totalPredicted, bias, mae, mdae]).toEqual([12, 8, -1 / 3, 1.5, 1.5]);
    expect(rmse).toBeCloseTo(Math.sqrt(14 / 4), 15);
  });

  it('rank with ties at their mean rank: scipy.stats.spearmanr gives .8660254 here', () => {
    expect(spearman(column(1, 2, 3), column(1, 2, 2))).toBeCloseTo(0.8660254037844387, 14);
  });

  it('give a perfect order a Gini of 1, its reverse −1, and no order 0', () => {
    const actual = column(0, 1, 5, 20);
    expect(metrics(actual, column(1, 2, 3, 4)).gini).toBeCloseTo(1, 14);
    expect(metrics(actual, column(4, 3, 2, 1)).gini).toBeCloseTo(-1, 14);
    expect(metrics(actual, column(7, 7, 7, 7)).gini).toBeCloseTo(0, 14);
  });

  it('are never NaN, and null where they mean nothing', () => {
    const nothing = metrics(column(0, 0), column(1, 1));
    expect(nothing).toMatchObject({ bias: null, spearman: null, gini: null, mae: 1 });
    fc.assert(
      fc.property(columns, (pairs) => {
        const result = metrics(
          Float64Array.from(pairs, ([a]) => a),
          Float64Array.from(pairs, ([, b]) => b),
        );
        return Object.values(result).every((value) => value === null || Number.isFinite(value));
      }),
    );
  });

  it('do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(columns, (pairs) => {
        const of = (rows: typeof pairs) =>
          metrics(
            Float64Array.from(rows, ([a]) => a),
            Float64Array.from(rows, ([, b]) => b),
          );
        const [forward, backward] = [of(pairs), of([...pairs].reverse())];
        for (const [name, value] of Object.entries(forward)) {
          const other = backward[name as keyof typeof backward];
          if (value === null) expect(other).toBeNull();
          else expect(Math.abs(value - other!)).toBeLessThan(1e-12);
        }
      }),
    );
  });
});

describe('benchmarks', () => {
  const table = rfm(
    {
      customer: ['a', 'a', 'a', 'b', 'a'],
      date: ['2024-01-01', '2024-01-06', '2024-01-11', '2024-01-11', '2024-01-16'],
      value: [10, 20, 30, 8, 40],
    },
    { thresholdDate: '2024-01-11', predictEnd: '2024-01-16' },
  );
  const forecasts = Object.fromEntries(BENCHMARKS.map(({ name, forecast }) => [name, forecast(table, 5)]));

  it('same_rate: 2 repeats in 10 days at a mean of 20 give 1 purchase worth 20 in 5 days', () => {
    expect([...forecasts.same_rate!.purchases]).toEqual([1, 0]);
    expect([...forecasts.same_rate!.value]).toEqual([20, 0]);
  });

  it('nothing: nobody buys', () => {
    expect([...forecasts.nothing!.purchases]).toEqual([0, 0]);
  });

  it('seed_formula: all that was spent × 5 days ÷ 10 days of the log', () => {
    expect([...forecasts.seed_formula!.purchases]).toEqual([1.5, 0.5]);
    expect([...forecasts.seed_formula!.value]).toEqual([30, 4]);
  });

  it('are judged on the holdout', () => {
    expect(evaluate(table.holdout!, forecasts.nothing!).value).toMatchObject({ totalActual: 40, mae: 20 });
  });
});
