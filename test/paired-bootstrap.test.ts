import { describe, expect, it } from 'vitest';
import { pairedDifferences } from '../src/evaluate/paired-bootstrap.js';
import { drawNormal, randomStream } from '../src/kernels/random.js';

/** Errors of customers who are judged once. */
const errors = (...forecasts: number[][]) => ({
  judged: new Float64Array(forecasts[0]!.length).fill(1),
  absolute: forecasts.map((one) => Float64Array.from(one, Math.abs)),
  squared: forecasts.map((one) => Float64Array.from(one, (error) => error ** 2)),
});

function normals(n: number, seed: number): number[] {
  const stream = randomStream(seed);
  return Array.from({ length: n }, () => drawNormal(stream));
}

describe('paired differences', () => {
  it('are those of the errors themselves, and 0 for the one held against', () => {
    const [first, second] = pairedDifferences(errors([1, -3, 2], [0, 1, -5]), 0);
    expect(first).toEqual({ mae: { difference: 0, low: 0, high: 0 }, rmse: { difference: 0, low: 0, high: 0 } });
    expect(second!.mae.difference).toBeCloseTo(2 - 2, 14);
    expect(second!.rmse.difference).toBeCloseTo(Math.sqrt(26 / 3) - Math.sqrt(14 / 3), 14);
  });

  it('have the interval of the normal approximation where customers are many', () => {
    const n = 4000;
    const [a, b] = [normals(n, 1), normals(n, 2).map((one, i) => one * 0.4 + normals(n, 1)[i]! * 0.9)];
    const apart = a.map((one, i) => Math.abs(b[i]!) - Math.abs(one));
    const mean = apart.reduce((sum, one) => sum + one, 0) / n;
    const error = Math.sqrt(apart.reduce((sum, one) => sum + (one - mean) ** 2, 0)) / n;
    const { difference, low, high } = pairedDifferences(errors(a, b), 0)[1]!.mae;
    expect(difference).toBeCloseTo(mean, 12);
    expect(Math.abs(low - (mean - 1.96 * error))).toBeLessThan(0.15 * error);
    expect(Math.abs(high - (mean + 1.96 * error))).toBeLessThan(0.15 * error);
  });

  it('hold the true difference 0 in 95 of 100 studies', () => {
    let held = 0;
    for (let study = 0; study < 200; study++) {
      const { low, high } = pairedDifferences(errors(normals(150, 2 * study), normals(150, 2 * study + 1)), 0, {
        draws: 400,
      })[1]!.rmse;
      if (low <= 0 && high >= 0) held++;
    }
    // binomial(200, .95): fewer than 181 in one study of a thousand; percentile intervals cover a little less
    expect(held).toBeGreaterThan(178);
  });

  it('take a customer judged several times as one: the interval is as wide as the customers are few', () => {
    const once = errors(normals(50, 5), normals(50, 6));
    const twice = {
      judged: once.judged.map((count) => 2 * count),
      absolute: once.absolute.map((one) => one.map((error) => 2 * error)),
      squared: once.squared.map((one) => one.map((error) => 2 * error)),
    };
    const [of1, of2] = [once, twice].map((all) => pairedDifferences(all, 0)[1]!.mae);
    expect(of2!.difference).toBeCloseTo(of1!.difference, 14);
    expect(of2!.low).toBeCloseTo(of1!.low, 14);
  });
});
