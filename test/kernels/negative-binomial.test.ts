import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { negativeBinomial, negativeBinomialTail } from '../../src/kernels/negative-binomial.js';
import { relativeError, worst } from '../golden/golden.js';
import special from '../golden/special.json' with { type: 'json' };

const cases = special.values.negativeBinomial;

describe('the negative binomial distribution, against mpmath (n to 1e5, r from 1e-6 to 1e6)', () => {
  it('negativeBinomial: 5e-13 relative', () => {
    const { error, at } = worst(cases, ({ n, r, tau, mass }) => relativeError(negativeBinomial(n, r, tau), mass));
    expect(error, at).toBeLessThanOrEqual(5e-13);
  });

  it('negativeBinomialTail: 1e-12 relative', () => {
    const { error, at } = worst(cases, ({ n, r, tau, tail }) => relativeError(negativeBinomialTail(n, r, tau), tail));
    expect(error, at).toBeLessThanOrEqual(1e-12);
  });
});

describe('the negative binomial distribution', () => {
  const shape = fc.double({ min: Math.log(1e-6), max: Math.log(1e4), noNaN: true }).map(Math.exp);
  const time = fc.double({ min: Math.log(1e-6), max: Math.log(1e3), noNaN: true }).map(Math.exp);

  it('has P(N ≥ n) − P(N ≥ n + 1) = P(N = n)', () => {
    fc.assert(
      fc.property(shape, time, fc.integer({ min: 0, max: 1000 }), (r, tau, n) => {
        const tail = negativeBinomialTail(n, r, tau);
        const step = tail - negativeBinomialTail(n + 1, r, tau);
        expect(Math.abs(step - negativeBinomial(n, r, tau))).toBeLessThanOrEqual(1e-12 * tail);
      }),
      { seed: 8_17_5 },
    );
  });

  it('sums to 1 with mean r τ', () => {
    let [total, mean] = [0, 0];
    for (let n = 0; n < 400; n++) {
      total += negativeBinomial(n, 3.5, 2);
      mean += n * negativeBinomial(n, 3.5, 2);
    }
    expect(total).toBeCloseTo(1, 13);
    expect(mean).toBeCloseTo(7, 12);
  });

  it('knows time 0 and time without end', () => {
    expect([0, 1, 5].map((n) => negativeBinomial(n, 0.3, 0))).toEqual([1, 0, 0]);
    expect([0, 1, 5].map((n) => negativeBinomialTail(n, 0.3, 0))).toEqual([1, 0, 0]);
    expect([0, 1, 5].map((n) => negativeBinomial(n, 0.3, Infinity))).toEqual([0, 0, 0]);
    expect([0, 1, 5].map((n) => negativeBinomialTail(n, 0.3, Infinity))).toEqual([1, 1, 1]);
    expect(negativeBinomialTail(3, 0.3, 1e308)).toBeGreaterThan(0);
  });
});
