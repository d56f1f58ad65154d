import { describe, expect, it } from 'vitest';
import { randomBits } from '../../src/dnn/random-bits.js';
import { keras } from './keras.js';

const dropped = (mask: Float32Array) => mask.reduce((count, cell) => count + (cell === 0 ? 1 : 0), 0);

/** Correlation of whether cells are dropped in two masks. */
function correlation(one: Float32Array, other: Float32Array, rate: number): number {
  const off = (cell: number) => (cell === 0 ? 1 : 0) - rate;
  return one.reduce((sum, cell, i) => sum + off(cell) * off(other[i]!), 0) / one.length / (rate * (1 - rate));
}

describe('random bits', () => {
  it.each(keras.dropout.keras_statistics_of_ones)(
    'drop the share $rate of the cells, and keep the rest at the value that Keras gives them',
    ({ rate, cells, kept_value }) => {
      const mask = randomBits(1).mask(cells, rate);
      const standardError = Math.sqrt((rate * (1 - rate)) / cells);
      expect(Math.abs(dropped(mask) / cells - rate)).toBeLessThan(4 * standardError);
      const kept = new Set(mask.filter((cell) => cell !== 0));
      expect([...kept]).toEqual([Math.fround(1 / (1 - rate))]);
      expect(1 / (1 - rate)).toBeCloseTo(kept_value, 6);
    },
  );

  it('drop nothing at rate 0, and nearly everything just below 1', () => {
    expect(randomBits(2).mask(1001, 0)).toEqual(new Float32Array(1001).fill(1));
    expect(dropped(randomBits(2).mask(100_000, 0.999))).toBeGreaterThan(99_800);
  });

  it('repeat themselves for the same seed, and go on from one mask to the next', () => {
    const [one, other] = [randomBits(7), randomBits(7)];
    const first = one.mask(999, 0.5);
    expect(other.mask(999, 0.5)).toEqual(first);
    expect(one.mask(999, 0.5)).not.toEqual(first);
    expect(one.mask(0, 0.5)).toHaveLength(0);
  });

  it('are unrelated between neighbouring seeds, between masks, and between the two cells of one draw', () => {
    const cells = 100_000;
    const bits = randomBits(11);
    const mask = bits.mask(cells, 0.5);
    const limit = 4 / Math.sqrt(cells);
    expect(Math.abs(correlation(mask, randomBits(12).mask(cells, 0.5), 0.5))).toBeLessThan(limit);
    expect(Math.abs(correlation(mask, bits.mask(cells, 0.5), 0.5))).toBeLessThan(limit);
    const even = mask.filter((_, i) => i % 2 === 0);
    const odd = mask.filter((_, i) => i % 2 === 1);
    expect(Math.abs(correlation(even, odd, 0.5))).toBeLessThan(limit * Math.SQRT2);
  });
});
