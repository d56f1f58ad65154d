import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expm1Ratio, logistic, softplus } from '../../src/kernels/logistic.js';
import { relativeError } from '../golden/golden.js';

// mpmath, 20 digits: log1p(exp(u)), 1/(1 + exp(-u)), expm1(u)/u
const VALUES = [
  {
    u: -700,
    soft: '9.8596765437597708567e-305',
    share: '9.8596765437597708567e-305',
    ratio: '0.0014285714285714285714',
  },
  { u: -40, soft: '4.2483542552915889863e-18', share: '4.2483542552915889773e-18', ratio: '0.024999999999999999894' },
  { u: -1, soft: '0.31326168751822283405', share: '0.26894142136999512075', ratio: '0.6321205588285576784' },
  { u: -1e-9, soft: '0.69314718005994530954', share: '0.49999999975', ratio: '0.99999999950000000017' },
  { u: 1e-9, soft: '0.69314718105994530954', share: '0.50000000025', ratio: '1.0000000005000000002' },
  { u: 2.5, soft: '2.5788897342925496233', share: '0.92414181997875644881', ratio: '4.4729975842813893752' },
  { u: 40, soft: '40.000000000000000004', share: '0.99999999999999999575', ratio: '5884631670925499.6102' },
];

describe('logistic kernels', () => {
  it.each(VALUES)('agree with mpmath at $u', ({ u, soft, share, ratio }) => {
    expect(relativeError(softplus(u), soft)).toBeLessThan(5e-16);
    expect(relativeError(logistic(u), share)).toBeLessThan(5e-16);
    expect(relativeError(expm1Ratio(u), ratio)).toBeLessThan(5e-16);
  });

  it('have their limits at the ends', () => {
    expect([softplus(Number.NEGATIVE_INFINITY), softplus(Number.POSITIVE_INFINITY)]).toEqual([
      0,
      Number.POSITIVE_INFINITY,
    ]);
    expect([logistic(Number.NEGATIVE_INFINITY), logistic(Number.POSITIVE_INFINITY)]).toEqual([0, 1]);
    expect(expm1Ratio(0)).toBe(1);
  });

  it('two sides of the odds make one', () => {
    fc.assert(
      fc.property(fc.double({ min: -800, max: 800, noNaN: true }), (u) => {
        expect(logistic(u) + logistic(-u)).toBeCloseTo(1, 15);
        expect(Math.abs(softplus(u) - softplus(-u) - u)).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(u)));
      }),
      { seed: 11 },
    );
  });
});
