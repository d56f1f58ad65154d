import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GompertzTimes, logRisen } from '../../src/kernels/gompertz-times.js';
import { integrate } from '../../src/kernels/integrate.js';
import { mixedError, relativeError } from '../golden/golden.js';

const log10 = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);

describe('logRisen', () => {
  it('is ln(β + eᵗ − 1), where eᵗ is 1 up to a digit, ordinary, and beyond all doubles', () => {
    for (const beta of [1e-8, 0.3, 1, 7, 1e12]) {
      expect(logRisen(0, beta)).toBe(Math.log(beta));
      expect(mixedError(logRisen(1e-12, beta), Math.log(beta + 1e-12))).toBeLessThan(1e-15);
      expect(mixedError(logRisen(3, beta), Math.log(beta + Math.expm1(3)))).toBeLessThan(1e-15);
      expect(relativeError(logRisen(1_000, beta), 1_000)).toBeLessThan(1e-15);
      // both forms meet at t = 30
      expect(mixedError(logRisen(30 - 1e-12, beta), logRisen(30, beta))).toBeLessThan(1e-13);
    }
  });

  it('grows with t, by at most as much', () => {
    fc.assert(
      fc.property(log10(-8, 8), log10(-3, 3), log10(-6, 1), (beta, t, step) => {
        const [one, other] = [logRisen(t, beta), logRisen(t + step, beta)];
        const rounding = 1e-14 * (1 + Math.abs(other));
        expect(other - one).toBeGreaterThanOrEqual(-rounding);
        if (beta >= 1) expect(other - one).toBeLessThanOrEqual(step + rounding);
      }),
      { seed: 3 },
    );
  });
});

const times = { b: log10(-4, 1), s: log10(-2, 1.5), beta: log10(-4, 6), tx: log10(-2, 2), waited: log10(-3, 3) };

describe('the moments at which someone may have left', () => {
  it('without purchases to speak of, weigh what survival lost: closed form to 1e-11', () => {
    const left = new GompertzTimes();
    fc.assert(
      fc.property(times.b, times.s, times.beta, times.tx, times.waited, (b, s, beta, tx, waited) => {
        left.place(1e-14, s, b, 1, beta, tx, tx + waited);
        const [before, after] = [logRisen(b * tx, beta), logRisen(b * (tx + waited), beta)];
        const exact = -s * before + Math.log(-Math.expm1(-s * (after - before)) / s);
        // a difference of logs: where little time passed it loses the digits, not the quadrature
        const lost = (1e-15 * (1 + Math.abs(after))) / Math.max(after - before, 1e-300);
        expect(mixedError(left.log, exact)).toBeLessThan(1e-11 + lost);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('with purchases, weigh as another quadrature does', () => {
    const left = new GompertzTimes();
    fc.assert(
      fc.property(
        log10(-1, 1.5),
        times.b,
        times.s,
        log10(-1, 2),
        times.beta,
        log10(-1, 1.5),
        log10(-1, 2),
        (k, b, s, alpha, beta, tx, waited) => {
          left.place(k, s, b, alpha, beta, tx, tx + waited);
          const logAt = (u: number) => -k * Math.log(alpha + u) + b * u - (s + 1) * logRisen(b * u, beta) + Math.log(b);
          const highest = Math.max(...Array.from({ length: 400 }, (_, i) => logAt(tx + (waited * i) / 399)));
          const finest = Math.min((alpha + tx) / (k + 1), Math.min(1, beta) / b / (s + 1), waited);
          const [sum] = integrate(waited, finest, 1, (u, out) => {
            out[0] = Math.exp(logAt(tx + u) - highest);
          });
          expect(Math.abs(left.log - highest - Math.log(sum!))).toBeLessThan(1e-9);
        },
      ),
      { seed: 5, numRuns: 150 },
    );
  });

  it('are found in a few panels where leaving sets in late and sharply', () => {
    const left = new GompertzTimes();
    const far = { b: 0.3, s: 5_000, alpha: 300, beta: 20_000 };
    for (const k of [0.5, 3, 110]) {
      for (const [tx, T] of [
        [0, 60_000],
        [1.6, 60_000],
        [20, 300],
        [20, 25],
      ] as const) {
        left.place(k, far.s, far.b, far.alpha, far.beta, tx, T);
        const logAt = (u: number) =>
          -k * Math.log(far.alpha + u) + far.b * u - (far.s + 1) * logRisen(far.b * u, far.beta) + Math.log(far.b);
        const seen = Math.min(T - tx, 100); // nobody is left then
        const highest = Math.max(...Array.from({ length: 2_000 }, (_, i) => logAt(tx + (seen * i) / 1_999)));
        const [sum] = integrate(seen, 0.05, 1, (u, out) => {
          out[0] = Math.exp(logAt(tx + u) - highest);
        });
        expect(Math.abs(left.log - highest - Math.log(sum!)), `k=${k} tx=${tx} T=${T}`).toBeLessThan(1e-9);
        expect(left.count).toBeLessThan(24 * 20);
      }
    }
  });

  it('lie within the time waited, in order, and their shares sum to 1', () => {
    const left = new GompertzTimes();
    fc.assert(
      fc.property(log10(-2, 4), times.b, times.s, times.beta, times.tx, times.waited, (k, b, s, beta, tx, waited) => {
        left.place(k, s, b, 10, beta, tx, tx + waited);
        let total = 0;
        for (let j = 0; j < left.count; j++) {
          expect(left.u[j]).toBeGreaterThanOrEqual(j === 0 ? tx : left.u[j - 1]!);
          expect(left.u[j]).toBeLessThanOrEqual(tx + waited);
          expect(left.share[j]).toBeGreaterThanOrEqual(0);
          total += left.share[j]!;
        }
        expect(relativeError(total, 1)).toBeLessThan(1e-13);
      }),
      { seed: 6 },
    );
  });

  it('are found at the ends of what parameters can be', () => {
    const left = new GompertzTimes();
    fc.assert(
      fc.property(
        log10(-6, 5),
        log10(-6, 6),
        log10(-6, 6),
        log10(-6, 6),
        log10(-6, 6),
        log10(-6, 6),
        (k, s, b, alpha, beta, T) => {
          left.place(k, s, b, alpha, beta, 0, T);
          expect(left.log).toSatisfy(Number.isFinite);
          expect(left.count).toBeGreaterThan(0);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });
});
