import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErlangRenewals } from '../../src/kernels/erlang-renewals.js';
import { negativeBinomial } from '../../src/kernels/negative-binomial.js';
import { drawGamma, randomStream } from '../../src/kernels/random.js';
import { relativeError } from '../golden/golden.js';

const log10 = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);

interface Case {
  readonly k: number;
  readonly shape: number;
  readonly shares: Float64Array;
  readonly tau: number;
}

/** Up to 12 stages, and so short a time that every count of stages can be listed. */
const cases: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom(1, 2, 3, 5, 12),
    log10(-2, 1.3),
    log10(-4, 0.3),
    fc.array(log10(-3, 0), { minLength: 12, maxLength: 12 }),
  )
  .map(([k, shape, tau, sizes]) => {
    const total = sizes.slice(0, k).reduce((sum, size) => sum + size, 0);
    return { k, shape, tau, shares: Float64Array.from(sizes.slice(0, k), (size) => size / total) };
  });
const MOST_STAGES = 400;

/** Σ over stages passed n and before j of P(j) P(n | j) · value(purchases made, stage since the last one, j, n). */
function listed({ k, shape, shares, tau }: Case, value: (made: number, stage: number, j: number, n: number) => number) {
  let total = 0;
  for (let j = 0; j < k; j++) {
    for (let n = 0; n < MOST_STAGES; n++) {
      const chance = shares[j]! * negativeBinomial(n, shape + j, tau);
      if (chance > 0) total += chance * value(Math.floor((j + n) / k), (j + n) % k, j, n);
    }
  }
  return total;
}

const renewalsOf = ({ k, shape, shares, tau }: Case) => new ErlangRenewals(k, shape, shares, tau);
const near = (value: number, expected: number, tolerance: number) =>
  expect(Math.abs(value - expected), `${value}, not ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.abs(expected) + 1e-13,
  );
const RUNS = { seed: 7, numRuns: 60 };

describe('renewals of k stages each, against the sum over every number of stages', () => {
  it('counts and tails', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 8 }), (one, m) => {
        const renewals = renewalsOf(one);
        near(
          renewals.count(m),
          listed(one, (made) => (made === m ? 1 : 0)),
          1e-11,
        );
        near(
          renewals.tail(m),
          listed(one, (made) => (made >= m ? 1 : 0)),
          1e-11,
        );
      }),
      RUNS,
    );
  });

  it('the chance to have stayed, at any chance to leave', () => {
    fc.assert(
      fc.property(cases, log10(-6, -0.001), (one, p) => {
        const staying = renewalsOf(one).staying();
        near(
          staying.at(p, Math.log1p(-p)),
          listed(one, (made) => (1 - p) ** made),
          1e-11,
        );
        near(
          staying.atOne,
          listed(one, (made) => (made === 0 ? 1 : 0)),
          1e-11,
        );
        expect(staying.atZero).toBe(1);
      }),
      RUNS,
    );
  });

  it('purchases made while staying, the last one counted', () => {
    fc.assert(
      fc.property(cases, log10(-6, -0.001), (one, p) => {
        const purchases = renewalsOf(one).purchases();
        const sum = (made: number) => -Math.expm1(made * Math.log1p(-p)) / p;
        near(purchases.at(p, Math.log1p(-p)), listed(one, sum), 1e-10);
        near(
          purchases.atZero,
          listed(one, (made) => made),
          1e-10,
        );
      }),
      RUNS,
    );
  });

  it('no purchase in a window that comes later', () => {
    fc.assert(
      fc.property(cases, log10(-3, 0), log10(-4, -0.001), (one, window, p) => {
        const quiet = renewalsOf(one).quiet(window);
        const { k, shape, tau } = one;
        const still = (stage: number, j: number, n: number) => {
          let total = 0;
          for (let i = 0; i < k - stage; i++) total += negativeBinomial(i, shape + j + n, window / (1 + tau));
          return total;
        };
        near(
          quiet.at(p, Math.log1p(-p)),
          listed(one, (made, stage, j, n) => (1 - p) ** made * still(stage, j, n)),
          1e-9,
        );
        near(
          quiet.atZero,
          listed(one, (_, stage, j, n) => still(stage, j, n)),
          1e-9,
        );
      }),
      { ...RUNS, numRuns: 15 },
    );
  });

  it('with one stage is a Poisson buyer: (1 + p τ)^−shape have stayed', () => {
    fc.assert(
      fc.property(log10(-3, 3), log10(-4, 4), log10(-6, -0.001), (shape, tau, p) => {
        const renewals = new ErlangRenewals(1, shape, Float64Array.of(1), tau);
        near(renewals.staying().at(p, Math.log1p(-p)), (1 + p * tau) ** -shape, 1e-10);
        near(renewals.purchases().at(p, Math.log1p(-p)), -Math.expm1(-shape * Math.log1p(p * tau)) / p, 1e-10);
        near(renewals.purchases().atZero, shape * tau, 1e-12);
      }),
      RUNS,
    );
  });
});

describe('renewals far beyond what can be listed', () => {
  it('tend to stages ÷ k, less what a purchase begun is missing', () => {
    for (const k of [2, 3, 12]) {
      const shares = new Float64Array(k).fill(1 / k);
      const renewals = new ErlangRenewals(k, 3, shares, 1e5);
      const before = (k - 1) / 2;
      // (stages passed + those before − those of the purchase begun) / k; the shape grows with the stages before
      expect(relativeError(renewals.purchases().atZero, ((3 + before) * 1e5) / k)).toBeLessThan(1e-9);
    }
  });

  it('agree with simulated ones', () => {
    const [k, shape, tau, p, lives] = [3, 2.5, 4, 0.2, 40_000];
    const renewals = new ErlangRenewals(k, shape, Float64Array.of(1, 0, 0), tau);
    const stream = randomStream(8);
    let [stayed, bought] = [0, 0];
    for (let life = 0; life < lives; life++) {
      const lambda = drawGamma(stream, shape, 1);
      let stays = true;
      for (let t = drawGamma(stream, k, lambda); t <= tau && stays; t += drawGamma(stream, k, lambda)) {
        bought++;
        stays = stream.uniform() >= p;
      }
      if (stays) stayed++;
    }
    expect(Math.abs(stayed / lives - renewals.staying().at(p, Math.log1p(-p)))).toBeLessThan(
      5 * Math.sqrt(0.25 / lives),
    );
    expect(Math.abs(bought / lives - renewals.purchases().at(p, Math.log1p(-p)))).toBeLessThan(
      5 * Math.sqrt(6 / lives),
    );
  });
});
