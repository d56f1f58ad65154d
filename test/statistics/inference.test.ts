/** The ways to say how sure an estimate is agree with one another, and with what happens over many data sets. */
import { describe, expect, it } from 'vitest';
import {
  bgNbd,
  bootstrap,
  type Customers,
  cnbdK,
  customers,
  fit,
  gammaGamma,
  likelihoodRatioTest,
  mbgNbd,
  nbd,
  type PurchaseModel,
  paretoNbd,
  poisson,
  posteriorOf,
  profileIntervals,
  type SpendModel,
  sandwichErrors,
  simulateCustomers,
  vuongTest,
} from '../../src/btyd/index.js';
import { effectiveSize } from '../../src/kernels/chains.js';
import { randomStream } from '../../src/kernels/random.js';
import { kolmogorovSmirnov } from './goodness.js';
import { type Design, tell } from './stories.js';

const SPEND = { p: 6.25, q: 3.74, gamma: 15.4 };
const DESIGN = { n: 800, youngest: 78, oldest: 104, horizon: 0 };
/** The sandwich is a mean of squares with a long tail: of 2,000 customers it can be off by a third. */
const MANY = { ...DESIGN, n: 10_000 };
/** χ²₁ exceeds it in 10 % of cases. */
const CHI_SQUARE_90 = 2.705543454095404;

const CASES: ReadonlyArray<readonly [PurchaseModel | SpendModel, Readonly<Record<string, number>>]> = [
  [paretoNbd, { r: 0.55, alpha: 10.6, s: 0.6, beta: 11.7 }],
  [bgNbd, { r: 0.24, alpha: 4.41, a: 0.79, b: 2.43 }],
  [mbgNbd, { r: 0.52, alpha: 6.18, a: 0.89, b: 1.61 }],
  [gammaGamma, SPEND],
];

/** Customers that the model is true of. */
function made(
  model: PurchaseModel | SpendModel,
  parameters: Readonly<Record<string, number>>,
  design: Design,
  seed: number,
): Customers {
  const purchases = model.kind === 'spend' ? { r: 0.8, alpha: 12 } : parameters;
  const name = model.kind === 'spend' ? nbd.name : model.name;
  return tell(name, purchases, design, randomStream(seed), SPEND).customers;
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: Float64Array) => {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
};

function expectRatio(one: number, other: number, tolerance: number, what: string): void {
  expect(Math.abs(Math.log(one / other)), `${what}: ${one} against ${other}`).toBeLessThan(Math.log1p(tolerance));
}

describe.each(CASES)('$title where it is true', (model, parameters) => {
  const known = made(model, parameters, DESIGN, 2);
  const fitted = fit(model, known);

  it('has the same errors by the Hessian, by the sandwich and by the bootstrap', () => {
    const many = made(model, parameters, MANY, 3);
    const best = fit(model, many);
    const sandwich = sandwichErrors(best, many);
    const samples = bootstrap(best, many, { draws: 250 });
    expect(samples.failed).toBe(0);
    for (const name of model.parameters) {
      const error = best.standardErrors[name]! / best.parameters[name]!;
      expectRatio(sandwich[name]! / best.parameters[name]!, error, 0.15, `sandwich, ${name}`);
      expectRatio(deviation(samples.draws[name]!.map(Math.log)), error, 0.15, `bootstrap, ${name}`);
    }
  });

  it('has the same posterior by importance and by chains, and chains that agree', () => {
    const weighed = posteriorOf(fitted, known, { draws: 10_000, method: 'importance' });
    const chains = posteriorOf(fitted, known, { draws: 1_600, method: 'chains' });
    expect(weighed.kHat).toBeLessThan(0.7);
    expect(chains.rHat).toBeLessThan(1.02);
    for (const name of model.parameters) {
      const [one, other] = [weighed.draws[name]!.map(Math.log), chains.draws[name]!.map(Math.log)];
      const walked = Array.from({ length: 4 }, (_, k) => other.subarray(k * 400, (k + 1) * 400));
      const error = Math.hypot(
        deviation(one) / Math.sqrt(weighed.effectiveSize),
        deviation(other) / Math.sqrt(effectiveSize(walked)),
      );
      expect(Math.abs(mean(one) - mean(other)), name).toBeLessThan(3 * error);
      expectRatio(deviation(one), deviation(other), 0.15, `spread of ${name}`);
    }
  });

  it('has profile intervals at whose ends the best fit has lost half the χ² quantile', () => {
    const profile = profileIntervals(fitted, known, { level: 0.9 });
    for (const name of model.parameters) {
      for (const end of profile[name] as readonly [number, number]) {
        // a prior as narrow as this holds the parameter where it is; the log-likelihood is reported without it
        const held = fit(model, known, { priors: { [name]: { median: end, spread: 1e-5 } } });
        expect(2 * (fitted.logLikelihood - held.logLikelihood)).toBeCloseTo(CHI_SQUARE_90, 4);
      }
    }
  });
});

describe('the sandwich where the model is not true', () => {
  it('has the errors that estimates really have, as the Hessian has not: Poisson of buyers who differ', () => {
    const story = { model: nbd.name, parameters: { r: 1.5, alpha: 10 } };
    const sets = 300;
    const estimates = new Float64Array(sets);
    const hessian = new Float64Array(sets);
    const sandwich = new Float64Array(sets);
    for (let set = 0; set < sets; set++) {
      const known = simulateCustomers(story, { n: 500, age: 50, seed: set });
      const fitted = fit(poisson, known);
      estimates[set] = fitted.parameters.rate!;
      hessian[set] = fitted.standardErrors.rate!;
      sandwich[set] = sandwichErrors(fitted, known).rate!;
    }
    expectRatio(mean(sandwich), deviation(estimates), 0.1, 'sandwich');
    expectRatio(mean(hessian) * Math.sqrt(1 + 50 / 10), deviation(estimates), 0.1, 'Hessian');
  });

  it('has the errors that estimates really have: BG/NBD of Pareto/NBD customers', () => {
    const [model, parameters] = CASES[0]!;
    const sets = 200;
    const logs = bgNbd.parameters.map(() => new Float64Array(sets));
    const errors = bgNbd.parameters.map(() => new Float64Array(sets));
    for (let set = 0; set < sets; set++) {
      const known = tell(model.name, parameters, { ...DESIGN, n: 2_000 }, randomStream(3_000 + set)).customers;
      const fitted = fit(bgNbd, known);
      const sandwich = sandwichErrors(fitted, known);
      bgNbd.parameters.forEach((name, i) => {
        logs[i]![set] = Math.log(fitted.parameters[name]!);
        errors[i]![set] = sandwich[name]! / fitted.parameters[name]!;
      });
    }
    bgNbd.parameters.forEach((name, i) => {
      expectRatio(mean(errors[i]!), deviation(logs[i]!), 0.15, name);
    });
  });
});

describe('likelihoodRatioTest', () => {
  it('calls a covariate that does nothing significant as often as it says', () => {
    const sets = 300;
    const values = Float64Array.from({ length: sets }, (_, set) => {
      const { customers: plain } = tell(bgNbd.name, CASES[1]![1], { ...DESIGN, n: 500 }, randomStream(4_000 + set));
      const member = Float64Array.from({ length: plain.n }, (_, i) => i % 2);
      const known = customers({ ...plain, covariates: { member } });
      const larger = fit(bgNbd, known, { covariates: { purchase: ['member'] } });
      return likelihoodRatioTest(fit(bgNbd, known), larger).pValue;
    });
    const significant = values.filter((value) => value < 0.05).length / sets;
    expect(significant).toBeGreaterThan(0.02);
    expect(significant).toBeLessThan(0.09);
    expect(kolmogorovSmirnov(values)).toBeLessThan(1.95);
  });
});

describe('vuongTest', () => {
  it('prefers the model that made the customers', () => {
    const pairs = [
      [cnbdK.of(3), nbd, { r: 1, alpha: 3 }],
      [nbd, cnbdK.of(2), { r: 1, alpha: 9 }],
      [mbgNbd, bgNbd, CASES[2]![1]],
    ] as const;
    for (const [right, wrong, parameters] of pairs) {
      const z = Float64Array.from({ length: 20 }, (_, set) => {
        const story = { model: right.name, parameters };
        const known = simulateCustomers(story, { n: 1_000, age: 52, seed: 5_000 + set });
        return vuongTest(fit(right, known), fit(wrong, known), known).z;
      });
      expect(mean(z), `${right.title} against ${wrong.title}`).toBeGreaterThan(1);
    }
  });
});
