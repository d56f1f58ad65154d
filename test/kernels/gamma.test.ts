import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  digamma,
  digammaRise,
  logGamma,
  logGammaStar,
  logRising,
  trigamma,
  trigammaRise,
} from '../../src/kernels/gamma.js';
import { golden, mixedError, relativeError, worst } from '../golden/golden.js';

const { rises, gammas } = golden('kernels').values;

describe('differences of the gamma family, against mpmath (a from 1e-9 to 1e9, n from 1e-6 to 1e6)', () => {
  it('logRising: 2e-15 · max(1, |value|)', () => {
    const { error, at } = worst(rises, ({ a, n, logRising: value }) => mixedError(logRising(a, n), value));
    expect(error, at).toBeLessThanOrEqual(2e-15);
  });

  it('digammaRise: 2e-15 relative', () => {
    const { error, at } = worst(rises, ({ a, n, digammaRise: value }) => relativeError(digammaRise(a, n), value));
    expect(error, at).toBeLessThanOrEqual(2e-15);
  });

  it('trigammaRise: 4e-15 relative', () => {
    const { error, at } = worst(rises, ({ a, n, trigammaRise: value }) => relativeError(trigammaRise(a, n), value));
    expect(error, at).toBeLessThanOrEqual(4e-15);
  });

  it.each([logRising, digammaRise, trigammaRise])('%o is 0 for a step of 0', (rise) => {
    for (const a of [1e-9, 0.5, 10, 1e9]) expect(rise(a, 0)).toBeCloseTo(0, 15);
  });

  it('adds up: rising by m and then by n is rising by m + n', () => {
    const size = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(size, fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 10_000 }), (a, m, n) => {
        const whole = logRising(a, m + n);
        const parts = logRising(a, m) + logRising(a + m, n);
        const scale = Math.abs(logRising(a, m)) + Math.abs(logRising(a + m, n));
        expect(Math.abs(whole - parts)).toBeLessThanOrEqual(1e-14 * Math.max(1, scale));
      }),
      { seed: 5_11_1 },
    );
  });
});

describe('the gamma family itself, against mpmath', () => {
  it('logGammaStar: 4e-15 · max(1, |value|), a down to 1e-300', () => {
    const { error, at } = worst(gammas, ({ a, logGammaStar: value }) => mixedError(logGammaStar(a), value));
    expect(error, at).toBeLessThanOrEqual(4e-15);
  });

  it('logGamma: 4e-15 · max(1, |value|)', () => {
    const { error, at } = worst(gammas, ({ a, logGamma: value }) => mixedError(logGamma(a), value));
    expect(error, at).toBeLessThanOrEqual(4e-15);
  });

  it('digamma: 4e-15 · max(1, |value|)', () => {
    const { error, at } = worst(gammas, ({ a, digamma: value }) => mixedError(digamma(a), value));
    expect(error, at).toBeLessThanOrEqual(4e-15);
  });

  it('trigamma: 4e-15 relative', () => {
    const { error, at } = worst(
      gammas.filter(({ a }) => a > 1e-150), // below, 1/a² is beyond the largest double
      ({ a, trigamma: value }) => relativeError(trigamma(a), value),
    );
    expect(error, at).toBeLessThanOrEqual(4e-15);
  });
});
