import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integrate } from '../../src/kernels/integrate.js';
import { relativeError } from '../golden/golden.js';

const log10 = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);
const one = (t: number, finest: number, f: (u: number) => number) =>
  integrate(t, finest, 1, (u, out) => {
    out[0] = f(u);
  })[0]!;

describe('integrate', () => {
  it('is right to 1e-12 for decays on any scale, within the stretch or far beyond it', () => {
    fc.assert(
      fc.property(log10(-6, 6), log10(-6, 6), (t, scale) => {
        const found = one(t, scale, (u) => Math.exp(-u / scale));
        expect(relativeError(found, -scale * Math.expm1(-t / scale))).toBeLessThan(1e-12);
      }),
      { seed: 1 },
    );
  });

  it('is right to 1e-11 for powers, as of purchase rates and lifetimes, also for the power −1', () => {
    fc.assert(
      fc.property(log10(-4, 4), log10(-4, 4), fc.oneof(log10(-3, 3), fc.constant(1)), (t, scale, k) => {
        const grown = Math.log1p(t / scale);
        const exact = k === 1 ? scale * grown : (scale * Math.expm1((1 - k) * grown)) / (1 - k);
        const found = one(t, scale / (1 + k), (u) => Math.exp(-k * Math.log1p(u / scale)));
        // near k = 1 the closed form itself is a difference
        expect(relativeError(found, exact)).toBeLessThan(1e-11 + 1e-15 / Math.max(1e-15, Math.abs(1 - k)));
      }),
      { seed: 2 },
    );
  });

  it('is right for a hump in the middle that both ends are far from', () => {
    for (const width of [0.05, 0.01, 0.001]) {
      const found = one(1, width, (u) => Math.exp(-0.5 * ((u - 0.4) / width) ** 2));
      expect(relativeError(found, width * Math.sqrt(2 * Math.PI))).toBeLessThan(1e-13);
    }
  });

  it('takes several functions at once, and 0 for nothing', () => {
    const [all, nothing, half] = integrate(3, 1, 3, (u, out) => {
      out[0] = Math.exp(-u);
      out[1] = 0;
      out[2] = 0.5;
    });
    expect(relativeError(all!, -Math.expm1(-3))).toBeLessThan(1e-13);
    expect(nothing).toBe(0);
    expect(relativeError(half!, 1.5)).toBeLessThan(1e-13);
  });

  it('never asks beyond the stretch', () => {
    let [low, high] = [Number.POSITIVE_INFINITY, 0];
    one(7, 1e-6, (u) => {
      low = Math.min(low, u);
      high = Math.max(high, u);
      return 1 / (1 + u);
    });
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThanOrEqual(7);
  });
});
