import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaCdf, betaTail } from '../../src/kernels/incomplete-beta.js';
import { relativeError, worst } from '../golden/golden.js';
import special from '../golden/special.json' with { type: 'json' };

const cases = special.values.beta;
const moderate = cases.filter(({ a, b }) => Math.max(a, b) <= 1e4);
const large = cases.filter(({ a, b }) => Math.max(a, b) > 1e4);

const logUniform = (from: number, to: number) =>
  fc.double({ min: Math.log(from), max: Math.log(to), noNaN: true }).map(Math.exp);
const anyShape = logUniform(1e-6, 1e6);
const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe('the incomplete beta function, against mpmath (a and b from 1e-6, tails down to 1e-305)', () => {
  it('betaCdf: 3e-13 relative for a and b to 1e4', () => {
    const { error, at } = worst(moderate, ({ a, b, p, q, cdf }) => relativeError(betaCdf(a, b, p, q), cdf));
    expect(error, at).toBeLessThanOrEqual(3e-13);
  });

  it('betaTail: 3e-13 relative for a and b to 1e4', () => {
    const { error, at } = worst(moderate, ({ a, b, p, q, tail }) => relativeError(betaTail(a, b, p, q), tail));
    expect(error, at).toBeLessThanOrEqual(3e-13);
  });

  it('betaCdf: 2e-12 relative for a and b to 1e6', () => {
    const { error, at } = worst(large, ({ a, b, p, q, cdf }) => relativeError(betaCdf(a, b, p, q), cdf));
    expect(error, at).toBeLessThanOrEqual(2e-12);
  });

  it('betaTail: 2e-12 relative for a and b to 1e6', () => {
    const { error, at } = worst(large, ({ a, b, p, q, tail }) => relativeError(betaTail(a, b, p, q), tail));
    expect(error, at).toBeLessThanOrEqual(2e-12);
  });
});

describe('the incomplete beta function', () => {
  it('is p^a at b = 1', () => {
    for (const a of [1e-6, 0.5, 1, 3, 1e5]) {
      for (const p of [1e-300, 0.01, 0.5, 0.999]) {
        expect(relativeError(betaCdf(a, 1, p), Math.exp(a * Math.log(p)))).toBeLessThan(1e-11);
        expect(relativeError(betaTail(a, 1, p), -Math.expm1(a * Math.log(p)))).toBeLessThan(1e-11);
      }
    }
  });

  it('begins at 0 and ends at 1', () => {
    for (const [a, b] of [
      [1e-6, 1e-6],
      [1, 1],
      [1e6, 1e-6],
      [1e6, 1e6],
    ] as const) {
      expect([betaCdf(a, b, 0), betaTail(a, b, 0)]).toEqual([0, 1]);
      expect([betaCdf(a, b, 1), betaTail(a, b, 1)]).toEqual([1, 0]);
    }
  });

  it('keeps the tail near p = 1 if told 1 − p', () => {
    expect(relativeError(betaTail(2, 1, 1, 1e-30), 2e-30)).toBeLessThan(3e-14);
    expect(betaTail(2, 1, 1)).toBe(0);
  });

  it('is NaN for what is not a number', () => {
    expect(betaCdf(Number.NaN, 1, 0.5)).toBeNaN();
    expect(betaCdf(1, 1, Number.NaN)).toBeNaN();
    expect(betaTail(0.5, Number.NaN, 0.1)).toBeNaN();
  });

  it('adds up to 1, and has I_p(a, b) = 1 − I_q(b, a)', () => {
    fc.assert(
      fc.property(anyShape, anyShape, probability, (a, b, p) => {
        const q = 1 - p;
        expect(Math.abs(betaCdf(a, b, p, q) + betaTail(a, b, p, q) - 1)).toBeLessThanOrEqual(1e-14);
        expect(betaTail(a, b, p, q)).toBe(betaCdf(b, a, q, p));
      }),
      { seed: 8_17_4 },
    );
  });

  it('never falls as p grows, also across the border between its methods', () => {
    fc.assert(
      fc.property(anyShape, anyShape, fc.constantFrom(0.9, 1, 1.2), logUniform(1e-11, 0.1), (a, b, ratio, step) => {
        const border = Math.min(0.8, ratio * ((a + 1) / (a + b + 2)));
        const [low, high] = [border * (1 - step), border];
        expect(betaCdf(a, b, high)).toBeGreaterThanOrEqual(betaCdf(a, b, low) * (1 - 1e-11));
        expect(betaTail(a, b, high)).toBeLessThanOrEqual(betaTail(a, b, low) * (1 + 1e-11));
      }),
      { seed: 8_17 },
    );
  });
});
