import { describe, expect, it } from 'vitest';
import { DeathTimes } from '../../src/kernels/death-times.js';
import { golden, worst } from '../golden/golden.js';

const { leaving } = golden('kernels').values;
type Case = (typeof leaving)[number];

function place({ k, s, alpha, beta, tx, T }: Case): DeathTimes {
  const nodes = new DeathTimes();
  nodes.place(k, s, alpha, beta, tx, T);
  return nodes;
}

/** Error of ln ∫, beyond what the logarithms around `total` lose by being subtracted here. */
function error(one: Case): number {
  const { k, s, alpha, beta, tx, logIntegral } = one;
  const factors = [
    Math.log(place(one).total),
    Math.log(Math.min(alpha, beta) + tx),
    -k * Math.log(alpha + tx),
    -(s + 1) * Math.log(beta + tx),
  ];
  const rounding = 4e-16 * factors.reduce((sum, factor) => sum + Math.abs(factor), 0);
  return Math.max(0, Math.abs(factors.reduce((sum, factor) => sum + factor, 0) - Number(logIntegral)) - rounding);
}

describe('DeathTimes', () => {
  it('integrates to 1e-12 relative, parameters from 1e-6 to 1e6, against mpmath', () => {
    const found = worst(leaving, error);
    expect(found.error, found.at).toBeLessThanOrEqual(1e-12);
  });

  it('places all moments between t_x and T, in their order, with shares that sum to the total', () => {
    for (const one of leaving) {
      const { count, u, share, total } = place(one);
      const moments = u.subarray(0, count);
      expect(moments.every((moment) => moment >= one.tx && moment <= one.T)).toBe(true);
      expect(moments.every((moment, j) => j === 0 || moment >= moments[j - 1]!)).toBe(true);
      const sum = share.subarray(0, count).reduce((all, each) => all + each, 0);
      expect(Math.abs(sum - total)).toBeLessThanOrEqual(1e-13 * total);
    }
  });

  it('knows the logarithms of its moments', () => {
    for (const one of leaving) {
      const { count, u, logAlpha, logBeta } = place(one);
      for (let j = 0; j < count; j++) {
        const grownBy = (own: number) => Math.log1p((u[j]! - one.tx) / (own + one.tx));
        // u − t_x has lost digits where u is hardly later than t_x
        const lost = (own: number) => (4e-16 * u[j]!) / (own + one.tx);
        expect(Math.abs(logAlpha[j]! - grownBy(one.alpha))).toBeLessThanOrEqual(
          1e-14 * (1 + logAlpha[j]!) + lost(one.alpha),
        );
        expect(Math.abs(logBeta[j]! - grownBy(one.beta))).toBeLessThanOrEqual(
          1e-14 * (1 + logBeta[j]!) + lost(one.beta),
        );
      }
    }
  });

  it('agrees with the closed form where alpha = beta', () => {
    for (const { k, s, alpha, tx, T } of leaving) {
      const nodes = new DeathTimes();
      nodes.place(k, s, alpha, alpha, tx, T);
      const closed = -Math.expm1(-(k + s) * Math.log1p((T - tx) / (alpha + tx))) / (k + s);
      expect(Math.abs(nodes.total / closed - 1)).toBeLessThan(1e-12);
    }
  });
});
