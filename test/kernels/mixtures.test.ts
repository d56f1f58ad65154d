import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drawMixture,
  type Mixture,
  mixtureCdf,
  mixtureMean,
  mixtureQuantile,
  mixtureVariance,
} from '../../src/kernels/mixtures.js';
import { randomStream } from '../../src/kernels/random.js';
import { relativeError } from '../golden/golden.js';
import special from '../golden/special.json' with { type: 'json' };

function mixture(family: string, share: number[], first: number[], second: number[]): Mixture {
  return {
    family: family === 'beta' ? 'beta' : 'gamma',
    share: Float64Array.from(share),
    first: Float64Array.from(first),
    second: Float64Array.from(second),
  };
}

const hurdle = mixture('gamma', [0.3, 0.7], [0.05, 12], [0.002, 3]);
const signed = mixture('gamma', [1.25, -0.25], [2, 3], [1, 2]); // e^−x x (5/4 − x e^−x), never below 0
const shares = mixture('beta', [0.6, 0.4], [0.2, 40], [3, 0.5]);
const signedShares = mixture('beta', [1.5, -0.5], [1, 1], [1, 2]); // density ½ + x
const all = [hurdle, signed, shares, signedShares];

describe('quantiles of mixtures', () => {
  it.each(special.values.quantiles)(
    'agree with mpmath to 1e-11: $family $share $first $second at $probability',
    ({ family, share, first, second, probability, x }) => {
      expect(relativeError(mixtureQuantile(mixture(family, share, first, second), probability), x)).toBeLessThan(1e-11);
    },
  );

  it('undo the distribution function', () => {
    const logit = fc.double({ min: -30, max: 30, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...all), logit, (one, w) => {
        const probability = 1 / (1 + Math.exp(-w));
        const x = mixtureQuantile(one, probability);
        expect(Math.abs(mixtureCdf(one, x) - probability)).toBeLessThanOrEqual(1e-9 * probability);
      }),
      { seed: 1997 },
    );
  });

  it('begin and end with the support', () => {
    for (const one of all) {
      expect(mixtureQuantile(one, 0)).toBe(0);
      expect(mixtureQuantile(one, 1)).toBe(one.family === 'gamma' ? Infinity : 1);
      expect(mixtureQuantile(one, -0.1)).toBeNaN();
      expect(mixtureQuantile(one, Number.NaN)).toBeNaN();
      expect([mixtureCdf(one, -1), mixtureCdf(one, 0), mixtureCdf(one, Infinity)]).toEqual([0, 0, 1]);
    }
  });

  it('are finite and in order whatever the shapes', () => {
    const log = fc.double({ min: Math.log(1e-6), max: Math.log(1e6), noNaN: true }).map(Math.exp);
    const probability = fc.constantFrom(
      Number.MIN_VALUE,
      1e-100,
      1e-9,
      0.3,
      0.5,
      0.500001,
      0.9,
      1 - 1e-12,
      1 - 2 ** -53,
    );
    fc.assert(
      fc.property(
        fc.constantFrom('gamma', 'beta'),
        fc.array(fc.tuple(log, log, log), { minLength: 1, maxLength: 4 }),
        fc.tuple(probability, probability),
        (family, parts, probabilities) => {
          const total = parts.reduce((sum, [share]) => sum + share, 0);
          const one = mixture(
            family,
            parts.map(([share]) => share / total),
            parts.map(([, first]) => first),
            parts.map(([, , second]) => second),
          );
          const [low, high] = probabilities.sort((p, q) => p - q).map((p) => mixtureQuantile(one, p)) as [
            number,
            number,
          ];
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(family === 'beta' ? 1 : Number.MAX_VALUE);
          expect(low).toBeLessThanOrEqual(high * (1 + 1e-9));
        },
      ),
      { seed: 28 },
    );
  });
});

describe('moments of mixtures', () => {
  it('are those of the components by the laws of total expectation and variance', () => {
    expect(mixtureMean(hurdle)).toBeCloseTo(0.3 * 25 + 0.7 * 4, 12);
    expect(mixtureVariance(hurdle)).toBeCloseTo(0.3 * (12500 + 625) + 0.7 * (4 / 3 + 16) - 10.3 ** 2, 9);
    expect(mixtureMean(signed)).toBeCloseTo(1.25 * 2 - 0.25 * 1.5, 14);
    expect(mixtureVariance(signed)).toBeCloseTo(1.25 * 6 - 0.25 * 3 - 2.125 ** 2, 13);
    expect(mixtureMean(signedShares)).toBeCloseTo(7 / 12, 15); // ∫ x (½ + x)
    expect(mixtureVariance(signedShares)).toBeCloseTo(5 / 12 - (7 / 12) ** 2, 15);
  });

  it('do not cancel where a mean is large against its spread', () => {
    const narrow = mixture('gamma', [0.5, 0.5], [1e6, 1e6], [1e-3, 1e-3]);
    expect(relativeError(mixtureVariance(narrow), 1e12)).toBeLessThan(1e-14);
  });
});

describe('draws of mixtures', () => {
  const N = 50_000;

  it.each([
    ['two gammas', hurdle],
    ['a difference of gammas', signed],
    ['two betas', shares],
    ['a difference of betas', signedShares],
  ])('follow the distribution: %s', (_, one) => {
    const stream = randomStream(20_240_101);
    const draws = new Float64Array(N).map(() => drawMixture(one, stream)).sort();
    let distance = 0; // Kolmogorov–Smirnov; times √N above 1.95 in one sample of a thousand
    draws.forEach((x, i) => {
      const p = mixtureCdf(one, x);
      distance = Math.max(distance, p - i / N, (i + 1) / N - p);
    });
    expect(distance * Math.sqrt(N)).toBeLessThan(1.95);
  });
});
