import { beforeAll, describe, expect, it } from 'vitest';
import {
  aic,
  bgNbd,
  bic,
  bootstrap,
  ClvError,
  type Customers,
  cnbdK,
  credible,
  customers,
  estimates,
  expectedPurchases,
  expectedSpend,
  type FittedModel,
  fit,
  gammaGamma,
  likelihoodRatioTest,
  logLikelihoods,
  nbd,
  outcomes,
  pAlive,
  paretoNbd,
  poisson,
  posteriorOf,
  profileIntervals,
  sandwichErrors,
  simulateCustomers,
  vuongTest,
} from '../../src/btyd/index.js';
import { effectiveSize } from '../../src/kernels/chains.js';

const BG = { model: bgNbd.name, parameters: { r: 0.24, alpha: 4.41, a: 0.79, b: 2.43 } };
const PARETO = { model: paretoNbd.name, parameters: { r: 0.55, alpha: 10.6, s: 0.6, beta: 11.7 } };
const SPEND = { model: gammaGamma.name, parameters: { p: 2, q: 3.74, gamma: 48 } };
const week = { timeUnit: 'week' as const };

/** χ²₁ exceeds it in 10 % of cases. */
const CHI_SQUARE_90 = 2.705543454095404;

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: Float64Array) => {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
};
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ClvError) return error.code;
    throw error;
  }
  return 'none';
};

let known: Customers;
let buying: FittedModel;
let spending: FittedModel;
beforeAll(() => {
  known = simulateCustomers(BG, { n: 1_000, age: 78, seed: 1, spend: SPEND, ...week });
  buying = fit(bgNbd, known);
  spending = fit(gammaGamma, known);
});

describe('estimates', () => {
  it('has intervals on the log scale that are as wide as their level says', () => {
    const wide = estimates(buying, { level: 0.99 });
    for (const [name, { estimate, standardError, interval }] of Object.entries(estimates(buying, { level: 0.9 }))) {
      const z = Math.log(interval![1] / estimate) / (standardError! / estimate);
      expect(z ** 2).toBeCloseTo(CHI_SQUARE_90, 10);
      expect(interval![0] * interval![1]).toBeCloseTo(estimate ** 2, 10);
      expect(wide[name]!.interval![0]).toBeLessThan(interval![0]);
    }
  });

  it.each([0, 1, -0.5, Number.NaN])('refuses a level of %d', (level) => {
    expect(code(() => estimates(buying, { level }))).toBe('bad_option');
  });
});

describe('profileIntervals', () => {
  it.each([
    ['BG/NBD', () => [bgNbd, buying] as const],
    ['Gamma-Gamma', () => [gammaGamma, spending] as const],
  ])('%s: at their ends the best fit has lost half the χ² quantile', (_, of) => {
    const [model, fitted] = of();
    const profile = profileIntervals(fitted, known, { level: 0.9 });
    for (const name of model.parameters) {
      for (const end of profile[name as never] as [number, number]) {
        // a prior as narrow as this holds the parameter where it is; the log-likelihood is reported without it
        const held = fit(model, known, { priors: { [name]: { median: end, spread: 1e-5 } } });
        expect(2 * (fitted.logLikelihood - held.logLikelihood)).toBeCloseTo(CHI_SQUARE_90, 4);
      }
    }
  });

  it('has an open end where the likelihood levels off', () => {
    const few = simulateCustomers(PARETO, { n: 60, age: 20, seed: 3, ...week });
    const fitted = fit(paretoNbd, few);
    const ends = fitted.model === paretoNbd.name ? Object.values(profileIntervals(fitted, few)).flat() : [null];
    expect(ends).toContain(null);
  });
});

describe('sandwichErrors', () => {
  it('agrees with the Hessian where the model is true', () => {
    for (const fitted of [buying, spending]) {
      for (const [name, error] of Object.entries(sandwichErrors(fitted, known))) {
        expect(error! / fitted.standardErrors[name]!).toBeGreaterThan(0.85);
        expect(error! / fitted.standardErrors[name]!).toBeLessThan(1.15);
      }
    }
  });

  it('sees what a Poisson model of customers who differ does not: variance = mean × (1 + age/alpha)', () => {
    const [alpha, age] = [10, 50];
    const story = { model: nbd.name, parameters: { r: 1.5, alpha } };
    const differing = simulateCustomers(story, { n: 5_000, age, seed: 4, ...week });
    const fitted = fit(poisson, differing);
    const ratio = sandwichErrors(fitted, differing).rate! / fitted.standardErrors.rate!;
    expect(ratio / Math.sqrt(1 + age / alpha)).toBeGreaterThan(0.95);
    expect(ratio / Math.sqrt(1 + age / alpha)).toBeLessThan(1.05);
  });
});

describe('bootstrap', () => {
  it('agrees with the Hessian where the model is true, and fails at no sample', () => {
    for (const fitted of [buying, spending]) {
      const samples = bootstrap(fitted, known, { draws: 250 });
      expect(samples.failed).toBe(0);
      for (const [name, values] of Object.entries(samples.draws)) {
        const ratio = deviation(values.map(Math.log)) / (fitted.standardErrors[name]! / fitted.parameters[name]!);
        expect(ratio).toBeGreaterThan(0.85);
        expect(ratio).toBeLessThan(1.15);
      }
    }
  });

  it('draws each of the customers that a weight stands for', () => {
    const inWeeks = customers({
      frequency: known.frequency,
      recency: known.recency.map(Math.ceil),
      age: known.age,
      ...week,
    });
    const doubled = { ...inWeeks, weight: new Float64Array(inWeeks.n).fill(2) };
    const once = bootstrap(fit(bgNbd, inWeeks), inWeeks, { draws: 200 });
    const twice = bootstrap(fit(bgNbd, doubled), doubled, { draws: 200 });
    const ratio = deviation(once.draws.alpha!) / deviation(twice.draws.alpha!);
    expect(ratio / Math.SQRT2).toBeGreaterThan(0.8);
    expect(ratio / Math.SQRT2).toBeLessThan(1.25);
  });

  it('is the same for the same seed, and takes no part of a customer', () => {
    const draws = () => bootstrap(buying, known, { draws: 10, seed: 5 }).draws;
    expect(draws()).toEqual(draws());
    const halves = { ...known, weight: new Float64Array(known.n).fill(0.5) };
    expect(code(() => bootstrap(fit(bgNbd, halves), halves, { draws: 10 }))).toBe('bad_columns');
  });
});

describe('posteriorOf', () => {
  it('has the same means by importance and by chains, and chains that agree', () => {
    const some = simulateCustomers(BG, { n: 300, age: 78, seed: 10, ...week });
    const fitted = fit(bgNbd, some);
    const weighed = posteriorOf(fitted, some, { draws: 4_000, method: 'importance' });
    const chains = posteriorOf(fitted, some, { draws: 1_600, method: 'chains' });
    expect(weighed.kHat).toBeLessThan(0.7);
    expect(chains.rHat).toBeLessThan(1.02);
    for (const name of bgNbd.parameters) {
      const [one, other] = [weighed.draws[name]!.map(Math.log), chains.draws[name]!.map(Math.log)];
      const walked = Array.from({ length: 4 }, (_, k) => other.subarray(k * 400, (k + 1) * 400));
      const error = Math.hypot(
        deviation(one) / Math.sqrt(weighed.effectiveSize),
        deviation(other) / Math.sqrt(effectiveSize(walked)),
      );
      expect(Math.abs(mean(one) - mean(other))).toBeLessThan(3 * error);
      expect(deviation(one) / deviation(other)).toBeGreaterThan(0.8);
      expect(deviation(one) / deviation(other)).toBeLessThan(1.25);
    }
  });

  it('is near the normal approximation where data are many', () => {
    const { draws } = posteriorOf(spending, known, { draws: 4_000 });
    for (const name of gammaGamma.parameters) {
      const error = spending.standardErrors[name]! / spending.parameters[name]!;
      const logs = draws[name]!.map(Math.log);
      expect(deviation(logs) / error).toBeGreaterThan(0.9);
      expect(deviation(logs) / error).toBeLessThan(1.15);
      expect(Math.abs(mean(logs) - Math.log(spending.parameters[name]!))).toBeLessThan(0.5 * error);
    }
  });

  it('takes a prior for the prior, and follows it where the data are silent', () => {
    const priors = { r: { median: 0.24, spread: 0.01 } };
    const held = fit(bgNbd, known, { priors });
    const { draws } = posteriorOf(held, known, { draws: 2_000 });
    expect(deviation(draws.r!.map(Math.log))).toBeGreaterThan(0.009);
    expect(deviation(draws.r!.map(Math.log))).toBeLessThan(0.0105);
  });

  it('has a coefficient among its draws, and a prediction for each of them', () => {
    const member = Float64Array.from({ length: 800 }, (_, i) => i % 2);
    const coefficients = [{ process: 'purchase' as const, covariate: 'member', value: 0.6, standardError: null }];
    const story = { ...BG, coefficients };
    const some = simulateCustomers(story, { n: 800, age: 78, seed: 6, covariates: { member }, ...week });
    const fitted = fit(bgNbd, some, { covariates: { purchase: ['member'] } });
    const posterior = posteriorOf(fitted, some, { draws: 400 });
    expect(posterior.names).toEqual(['r', 'alpha', 'a', 'b', 'purchase.member']);
    const { value } = fitted.coefficients[0]!;
    const standardError = fitted.coefficients[0]!.standardError!;
    expect(Math.abs(mean(posterior.draws['purchase.member']!) - value)).toBeLessThan(0.3 * standardError);
    expect(deviation(posterior.draws['purchase.member']!) / standardError).toBeCloseTo(1, 0);
    const { low, middle, high } = credible(posterior, (at) => expectedPurchases(at, some, 52), { draws: 50 });
    expect(middle.every((value, i) => low[i]! < value && value < high[i]!)).toBe(true);
  });

  it('is the same for the same seed, and knows other customers from its own', () => {
    expect(posteriorOf(buying, known, { draws: 20, seed: 3 })).toEqual(
      posteriorOf(buying, known, { draws: 20, seed: 3 }),
    );
    const others = simulateCustomers(BG, { n: 1_000, age: 78, seed: 2, ...week });
    expect(code(() => posteriorOf(buying, others))).toBe('bad_columns');
    expect(code(() => posteriorOf(buying, known, { draws: 5 }))).toBe('bad_option');
    expect(code(() => posteriorOf(buying, known, { priorSpread: 0 }))).toBe('bad_option');
  });
});

describe('credible', () => {
  it('is about the prediction of the fit, as wide as the delta method says', () => {
    const posterior = posteriorOf(buying, known, { draws: 1_000 });
    const one = customers({ frequency: [3], recency: [50], age: [78], ...week });
    const { low, middle, high } = credible(posterior, (at) => expectedPurchases(at, one, 52), { draws: 1_000 });
    const [best] = expectedPurchases(buying, one, 52);
    const slopes = bgNbd.parameters.map((name) => {
      const at = (factor: number) =>
        expectedPurchases(
          { ...buying, parameters: { ...buying.parameters, [name]: factor * buying.parameters[name]! } },
          one,
          52,
        )[0]!;
      return (at(1 + 1e-4) - at(1 - 1e-4)) / (2e-4 * buying.parameters[name]!);
    });
    const variance = slopes.reduce(
      (sum, slope, i) => sum + slopes.reduce((row, other, j) => row + slope * other * buying.covariance![i]![j]!, 0),
      0,
    );
    const error = Math.sqrt(variance);
    expect(Math.abs(middle[0]! - best!)).toBeLessThan(0.3 * error);
    expect((high[0]! - low[0]!) / (2 * 1.645 * error)).toBeCloseTo(1, 0);
  });

  it('takes a pair of posteriors', () => {
    const pair = {
      purchases: posteriorOf(buying, known, { draws: 100 }),
      spend: posteriorOf(spending, known, { draws: 100 }),
    };
    const one = customers({ frequency: [3], recency: [50], age: [78], monetary: [40], ...week });
    const { low, high } = credible(pair, ({ purchases, spend }) =>
      expectedPurchases(purchases, one, 52).map((count, i) => count * expectedSpend(spend, one)[i]!),
    );
    const best = expectedPurchases(buying, one, 52)[0]! * expectedSpend(spending, one)[0]!;
    expect(low[0]).toBeLessThan(best);
    expect(high[0]).toBeGreaterThan(best);
  });
});

describe('outcomes', () => {
  it('are the chances of a Poisson buyer whose rate is known', () => {
    const story = { model: poisson.name, parameters: { rate: 0.2 } };
    const many = simulateCustomers(story, { n: 20_000, age: 100, seed: 7, ...week });
    const posterior = posteriorOf(fit(poisson, many), many, { draws: 100 });
    const one = customers({ frequency: [20], recency: [90], age: [100], ...week });
    const { purchases } = outcomes(posterior, one, 50, { draws: 20_000 });
    // Poisson(10): P(≤ 4) = 2.9 %, P(≤ 5) = 6.7 %, P(≤ 9) = 45.8 %, P(≤ 10) = 58.3 %, P(≤ 14) = 91.7 %, P(≤ 15) = 95.1 %
    expect([purchases.low[0], purchases.middle[0]]).toEqual([5, 10]);
    expect(purchases.high[0]).toBeGreaterThanOrEqual(15);
    expect(purchases.high[0]).toBeLessThanOrEqual(16);
  });

  it('of all together are the chances of a Poisson of the summed rate: no wider than chance and rate make it', () => {
    const story = { model: poisson.name, parameters: { rate: 0.2 } };
    const many = simulateCustomers(story, { n: 20_000, age: 100, seed: 7, ...week });
    const posterior = posteriorOf(fit(poisson, many), many, { draws: 100 });
    const n = 40;
    const some = customers({
      frequency: Array(n).fill(20),
      recency: Array(n).fill(90),
      age: Array(n).fill(100),
      ...week,
    });
    const { total, purchases } = outcomes(posterior, some, 50, { draws: 20_000 });
    // Poisson(400): normal with deviation 20 to half a purchase; the rate, known to 0.16 %, adds nothing to see
    expect(Math.abs(total.purchases.low - (400 - 1.645 * 20))).toBeLessThan(2.5);
    expect(Math.abs(total.purchases.middle - 400)).toBeLessThan(2.5);
    expect(Math.abs(total.purchases.high - (400 + 1.645 * 20))).toBeLessThan(2.5);
    expect(total.value).toBeUndefined();
    expect(total.purchases.high).toBeLessThan(purchases.high.reduce((sum, one) => sum + one, 0));
  });

  it('never lie above 0 for who has certainly left, and are worth nothing', () => {
    const pair = {
      purchases: posteriorOf(buying, known, { draws: 100 }),
      spend: posteriorOf(spending, known, { draws: 100 }),
    };
    const gone = customers({ frequency: [200], recency: [20], age: [78], monetary: [40], ...week });
    expect(pAlive(buying, gone)[0]).toBeLessThan(1e-12);
    const { purchases, value } = outcomes(pair, gone, 52);
    expect([purchases.low[0], purchases.middle[0], purchases.high[0]]).toEqual([0, 0, 0]);
    expect([value!.low[0], value!.middle[0], value!.high[0]]).toEqual([0, 0, 0]);
  });

  it('are in money what they are in purchases, times margin and discount', () => {
    const pair = {
      purchases: posteriorOf(buying, known, { draws: 400 }),
      spend: posteriorOf(spending, known, { draws: 400 }),
    };
    const one = customers({ frequency: [30], recency: [77], age: [78], monetary: [40], ...week });
    const options = { draws: 4_000, seed: 2 };
    const { value } = outcomes(pair, one, 26, options);
    const expected = expectedPurchases(buying, one, 26)[0]! * expectedSpend(spending, one)[0]!;
    expect(value!.middle[0]! / expected).toBeGreaterThan(0.85);
    expect(value!.middle[0]! / expected).toBeLessThan(1.15);
    const half = outcomes(pair, one, 26, { ...options, margin: 0.5 }).value!;
    expect(half.middle[0]).toBeCloseTo(value!.middle[0]! / 2, 8);
    const discounted = outcomes(pair, one, 26, { ...options, discountRate: 0.2 }).value!;
    expect(discounted.middle[0]! / value!.middle[0]!).toBeGreaterThan(1.2 ** -0.5);
    expect(discounted.middle[0]! / value!.middle[0]!).toBeLessThan(1);
  });
});

describe('comparing fits', () => {
  it('sums the customers to the log-likelihood', () => {
    for (const fitted of [buying, spending]) {
      const sum = logLikelihoods(fitted, known).reduce((total, value) => total + value, 0);
      expect(sum / fitted.logLikelihood).toBeCloseTo(1, 10);
    }
  });

  it('finds the covariate that acts, and says of it what χ² says', () => {
    const member = Float64Array.from({ length: known.n }, (_, i) => i % 2);
    const coefficients = [{ process: 'purchase' as const, covariate: 'member', value: 0.6, standardError: null }];
    const some = simulateCustomers({ ...BG, coefficients }, { n: known.n, age: 78, covariates: { member }, ...week });
    const plain = fit(bgNbd, some);
    const fuller = fit(bgNbd, some, { covariates: { purchase: ['member'] } });
    const { chiSquare, degreesOfFreedom, pValue } = likelihoodRatioTest(plain, fuller);
    expect(chiSquare).toBeCloseTo(2 * (fuller.logLikelihood - plain.logLikelihood), 10);
    expect(degreesOfFreedom).toBe(1);
    expect(pValue).toBeLessThan(1e-4);
    expect(aic(fuller)).toBeLessThan(aic(plain));
    expect(bic(fuller) - bic(plain)).toBeCloseTo(Math.log(known.n) - chiSquare, 8);
    expect(code(() => likelihoodRatioTest(fuller, plain))).toBe('bad_option');
  });

  it('prefers the model that made the customers, whichever comes first', () => {
    const regular = { model: cnbdK.of(3).name, parameters: { r: 1, alpha: 3 } };
    const some = simulateCustomers(regular, { n: 500, age: 52, seed: 9, ...week });
    const [erlang, exponential] = [fit(cnbdK.of(3), some), fit(nbd, some)];
    const { z, pValue } = vuongTest(erlang, exponential, some);
    expect(z).toBeGreaterThan(5);
    expect(pValue).toBeLessThan(1e-6);
    expect(vuongTest(exponential, erlang, some).z).toBeCloseTo(-z, 10);
    expect(vuongTest(erlang, erlang, some)).toEqual({ z: 0, pValue: 1 });
  });

  it('compares fits to the same customers only', () => {
    const fewer = fit(nbd, simulateCustomers(BG, { n: 500, age: 78, ...week }));
    expect(code(() => vuongTest(buying, fewer, known))).toBe('bad_option');
  });
});
