import { describe, expect, it } from 'vitest';
import { shareInside } from './coverage.js';

/** P(0), …, P(most) of a Poisson distribution. */
function poissonChances(mean: number, most: number): Float64Array {
  const chances = new Float64Array(most + 1).fill(Math.exp(-mean));
  for (let n = 1; n <= most; n++) chances[n] = (chances[n - 1]! * mean) / n;
  return chances;
}

describe('the share of an outcome inside its interval', () => {
  it.each([0.01, 0.04, 0.3, 1, 3, 20])('is 90 per cent on average where the interval is right, mean %d', (mean) => {
    const chances = poissonChances(mean, 100);
    const upTo = (y: number) => chances.subarray(0, y + 1).reduce((sum, p) => sum + p, 0);
    const quantile = (share: number) => chances.findIndex((_, y) => upTo(y) >= share);
    const [low, high] = [quantile(0.05), quantile(0.95)];
    const held = (from: number, to: number) =>
      chances.reduce((sum, p, y) => sum + p * shareInside(y, from, to, chances), 0);
    expect(held(low, high)).toBeCloseTo(0.9, 12);
    if (mean >= 3) {
      expect(held(low - 1, high + 2), 'too wide').toBeGreaterThan(0.93);
      expect(held(low + 2, high - 2), 'too narrow').toBeLessThan(0.87);
    }
  });
});
