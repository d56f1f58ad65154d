import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gammaCdf, gammaPower, gammaTail, logExcess, logRisingOfLittle } from '../../src/kernels/incomplete-gamma.js';
import { relativeError, worst } from '../golden/golden.js';
import special from '../golden/special.json' with { type: 'json' };

const cases = special.values.gamma;
const moderate = cases.filter(({ shape }) => shape <= 1e4);
const large = cases.filter(({ shape }) => shape > 1e4);

const logUniform = (from: number, to: number) =>
  fc.double({ min: Math.log(from), max: Math.log(to), noNaN: true }).map(Math.exp);
const anyShape = logUniform(1e-6, 1e6);

describe('the incomplete gamma functions, against mpmath (shapes from 1e-6, tails down to 1e-305)', () => {
  it('gammaCdf: 3e-13 relative for shapes to 1e4', () => {
    const { error, at } = worst(moderate, ({ shape, x, cdf }) => relativeError(gammaCdf(shape, x), cdf));
    expect(error, at).toBeLessThanOrEqual(3e-13);
  });

  it('gammaTail: 3e-13 relative for shapes to 1e4', () => {
    const { error, at } = worst(moderate, ({ shape, x, tail }) => relativeError(gammaTail(shape, x), tail));
    expect(error, at).toBeLessThanOrEqual(3e-13);
  });

  it('gammaCdf: 3e-13 relative for shapes to 1e6', () => {
    const { error, at } = worst(large, ({ shape, x, cdf }) => relativeError(gammaCdf(shape, x), cdf));
    expect(error, at).toBeLessThanOrEqual(3e-13);
  });

  it('gammaTail: 3e-13 relative for shapes to 1e6', () => {
    const { error, at } = worst(large, ({ shape, x, tail }) => relativeError(gammaTail(shape, x), tail));
    expect(error, at).toBeLessThanOrEqual(3e-13);
  });
});

describe('the incomplete gamma functions', () => {
  it('are the exponential distribution at shape 1', () => {
    for (const x of [1e-300, 1e-9, 0.3, 1, 2, 30, 700]) {
      expect(relativeError(gammaTail(1, x), Math.exp(-x))).toBeLessThan(1e-13);
      expect(relativeError(gammaCdf(1, x), -Math.expm1(-x))).toBeLessThan(1e-13);
    }
  });

  it('begin at 0 and end at 1', () => {
    for (const shape of [1e-6, 0.5, 1, 20, 1e6]) {
      expect([gammaCdf(shape, 0), gammaTail(shape, 0)]).toEqual([0, 1]);
      expect([gammaCdf(shape, Infinity), gammaTail(shape, Infinity)]).toEqual([1, 0]);
      expect([gammaCdf(shape, Number.MAX_VALUE), gammaTail(shape, Number.MAX_VALUE)]).toEqual([1, 0]);
      expect(gammaCdf(shape, Number.MIN_VALUE)).toBeGreaterThanOrEqual(0);
    }
  });

  it('are NaN for what is not a number', () => {
    expect(gammaCdf(Number.NaN, 1)).toBeNaN();
    expect(gammaTail(1, Number.NaN)).toBeNaN();
    expect(gammaTail(30, Number.NaN)).toBeNaN();
  });

  it('add up to 1', () => {
    fc.assert(
      fc.property(anyShape, fc.double({ min: -8, max: 8, noNaN: true }), (shape, z) => {
        const x = Math.max(0, shape + z * Math.sqrt(shape));
        expect(Math.abs(gammaCdf(shape, x) + gammaTail(shape, x) - 1)).toBeLessThanOrEqual(1e-14);
      }),
      { seed: 8_2_5 },
    );
  });

  it('never fall, and rise, as x grows', () => {
    // also across the borders between the methods, at x = shape, 0.31 and 2.3 times it
    fc.assert(
      fc.property(anyShape, fc.constantFrom(0.31, 0.7, 1, 1.01, 2.3, 5), logUniform(1e-11, 1), (shape, ratio, step) => {
        const [low, high] = [ratio * shape * (1 - step / 2), ratio * shape * (1 + step / 2)];
        expect(gammaCdf(shape, high)).toBeGreaterThanOrEqual(gammaCdf(shape, low) * (1 - 1e-12));
        expect(gammaTail(shape, high)).toBeLessThanOrEqual(gammaTail(shape, low) * (1 + 1e-12));
      }),
      { seed: 8_10 },
    );
  });

  it('follow P(a + 1, x) = P(a, x) − x^a e^−x / Γ(a + 1)', () => {
    fc.assert(
      fc.property(anyShape, fc.double({ min: -4, max: 4, noNaN: true }), (shape, z) => {
        const x = Math.max(shape / 2, shape + z * Math.sqrt(shape));
        const step = gammaPower(shape, x) / shape;
        expect(Math.abs(gammaCdf(shape, x) - step - gammaCdf(shape + 1, x))).toBeLessThanOrEqual(1e-13);
      }),
      { seed: 8_8_5 },
    );
  });
});

describe('what the incomplete functions are made of', () => {
  it('logExcess is μ²/2 − μ³/3 + μ⁴/4 near 0 and the plain difference far from it', () => {
    for (const mu of [1e-160, -1e-9, 1e-5, -1e-4]) {
      expect(
        relativeError(logExcess(mu, 1 + mu), mu * mu * (1 / 2 - mu / 3 + (mu * mu) / 4 - mu ** 3 / 5)),
      ).toBeLessThan(1e-15);
    }
    for (const mu of [-0.499, 0.499, -0.9, 3]) {
      expect(relativeError(logExcess(mu, 1 + mu), mu - Math.log1p(mu))).toBeLessThan(1e-14);
    }
  });

  it('logRisingOfLittle keeps relative accuracy for a tiny step: n ψ(a) + n² ψ′(a) / 2', () => {
    const n = 1e-9;
    expect(relativeError(logRisingOfLittle(1, n), -0.5772156649015329 * n + (Math.PI ** 2 / 12) * n * n)).toBeLessThan(
      2e-15,
    );
    expect(relativeError(logRisingOfLittle(0.5, n), -1.9635100260214235 * n + (Math.PI ** 2 / 4) * n * n)).toBeLessThan(
      2e-15,
    );
  });
});
