import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BetaMixture } from '../../src/kernels/beta-mixture.js';
import { golden, relativeError, worst } from '../golden/golden.js';

const meanPurchasesWhileAlive = (k: number, tau: number, a: number, b: number) =>
  new BetaMixture(a, b).meanPurchasesWhileAlive(k, tau);

const { meanPurchases } = golden('kernels').values;
const log10 = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);

describe('meanPurchasesWhileAlive', () => {
  it('is right to 1e-11 relative, parameters from 1e-6 to 1e6, against mpmath', () => {
    const { error, at } = worst(meanPurchases, ({ k, tau, a, b, value }) =>
      relativeError(meanPurchasesWhileAlive(k, tau, a, b), value),
    );
    expect(error, at).toBeLessThanOrEqual(1e-11);
  });

  it('is 0 for no time, and at most what someone buys who never leaves', () => {
    expect(meanPurchasesWhileAlive(3, 0, 0.8, 2.4)).toBe(0);
    fc.assert(
      fc.property(log10(-3, 3), log10(-6, 6), log10(-3, 3), log10(-3, 3), (k, tau, a, b) => {
        const mean = meanPurchasesWhileAlive(k, tau, a, b);
        expect(mean).toBeGreaterThan(0);
        expect(mean).toBeLessThanOrEqual(k * tau * (1 + 1e-12));
      }),
      { seed: 9 },
    );
  });

  it('falls when customers are likelier to leave', () => {
    fc.assert(
      fc.property(log10(-2, 2), log10(-3, 3), log10(-2, 2), log10(-2, 2), (k, tau, a, b) => {
        const loyal = meanPurchasesWhileAlive(k, tau, a, b);
        const fickle = meanPurchasesWhileAlive(k, tau, 1.5 * a, b);
        expect(fickle).toBeLessThanOrEqual(loyal * (1 + 1e-12));
      }),
      { seed: 10 },
    );
  });

  it('evaluates no more where all customers share nearly one dropout probability', () => {
    const calls = vi.spyOn(Math, 'expm1');
    const value = meanPurchasesWhileAlive(3_000, 2, 3e9, 9e9);
    const evaluations = calls.mock.calls.length;
    calls.mockRestore();
    // the mean over p ~ Beta(3e9, 9e9) is that at p = 1/4 but for terms of 1e-10
    expect(relativeError(value, 4 * (1 - 1.5 ** -3_000))).toBeLessThan(1e-9);
    expect(evaluations).toBeLessThan(2_000);
  });

  it('gives the same whatever it was asked before', () => {
    const used = new BetaMixture(0.8, 2.4);
    for (const tau of [1e-6, 1e6, 1e-3, 1e3]) used.meanPurchasesWhileAlive(100, tau);
    expect(used.meanPurchasesWhileAlive(3, 2)).toBe(meanPurchasesWhileAlive(3, 2, 0.8, 2.4));
  });
});
