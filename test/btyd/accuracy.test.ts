/** Every model function against mpmath: 1e-10 relative on every case of accuracy.json and of the wild customers. */
import { describe, expect, it } from 'vitest';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { gammaGamma } from '../../src/btyd/gamma-gamma.js';
import { mbgNbd } from '../../src/btyd/mbg-nbd.js';
import type { Model, PurchaseModel } from '../../src/btyd/model.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import { discountedPurchases } from '../../src/btyd/predict.js';
import type { Customers } from '../../src/customers.js';
import { type DiscountedCase, golden, relativeError, type WildCustomer, worst } from '../golden/golden.js';
import { customer, derivativesOf, expectedOf, fittedAt } from './one-customer.js';

const CLOSE = 1e-10;
/** Below the normal doubles digits are lost whatever one does; 0 is right there. */
const SMALLEST = 1e-290;

const { models } = golden('accuracy');
const wild = golden('kernels').values;

const relativeAboveUnderflow = (value: number, expected: string) =>
  Number(expected) < SMALLEST && value < 2 * SMALLEST ? 0 : relativeError(value, expected);

/**
 * Largest error of a gradient component, relative to that component or, where it is smaller than 1e-4 of the largest
 * one, to 1e-4 of the largest: a component can be exactly 0 (of a and b for a customer last seen at x = 1, t_x = T) or
 * nearly so because its terms cancel, and then no double arithmetic keeps its own digits. "Largest" is taken on the
 * scale of the logs of the parameters, where the fit searches and components have one unit.
 */
function gradientError(model: Model, parameters: Record<string, number>, at: Customers, expected: string[]): number {
  const derivatives = derivativesOf(model);
  model.logLikelihood(parameters, at, derivatives);
  const onLogs = model.parameters.map((name, i) => Number(expected[i]) * parameters[name]!);
  const floor = 1e-4 * Math.max(...onLogs.map(Math.abs));
  return Math.max(
    ...model.parameters.map((name, i) => {
      const error = Math.abs(derivatives.gradient[i]! * parameters[name]! - onLogs[i]!);
      return error === 0 ? 0 : error / Math.max(floor, Math.abs(onLogs[i]!));
    }),
  );
}

describe.each([
  { model: paretoNbd as PurchaseModel, cases: models['pareto-nbd'] },
  { model: bgNbd as PurchaseModel, cases: models['bg-nbd'] },
  { model: mbgNbd as PurchaseModel, cases: models['mbg-nbd'] },
])('$model.title agrees with mpmath to 1e-10', ({ model, cases }) => {
  it.each(cases)('$tag: x=$x t_x=$t_x T=$T', (golden) => {
    const { parameters, x, t_x, T } = golden;
    const at = customer(x, t_x, T);
    expect(relativeError(model.logLikelihood(parameters, at), golden.log_likelihood), 'log-likelihood').toBeLessThan(
      CLOSE,
    );
    const slopes = model.parameters.map((name) => golden.gradient[name]!);
    expect(gradientError(model, parameters, at, slopes), 'gradient').toBeLessThan(CLOSE);
    expect(relativeAboveUnderflow(model.pAlive(parameters, at)[0]!, golden.p_alive), 'P(alive)').toBeLessThan(CLOSE);
    for (const [horizon, value] of Object.entries(golden.conditional_expected_purchases)) {
      const [expected] = expectedOf(model, parameters, at, Number(horizon));
      expect(relativeAboveUnderflow(expected!, value), `expected purchases in ${horizon}`).toBeLessThan(CLOSE);
    }
    for (const [horizon, value] of Object.entries(golden.expected_purchases)) {
      const expected = model.expectedPurchasesNew(parameters, Number(horizon));
      expect(relativeError(expected, value), `expected purchases of a new customer in ${horizon}`).toBeLessThan(CLOSE);
    }
  });
});

describe('Gamma-Gamma agrees with mpmath to 1e-10', () => {
  it.each(models['gamma-gamma'])('$tag: x=$x mean=$mean', (golden) => {
    const { parameters, x, mean } = golden as typeof golden & { parameters: Record<'p' | 'q' | 'gamma', number> };
    const at = customer(x, 1, 1, mean);
    expect(relativeError(gammaGamma.logLikelihood(parameters, at), golden.log_likelihood)).toBeLessThan(CLOSE);
    const slopes = gammaGamma.parameters.map((name) => golden.gradient[name]!);
    expect(gradientError(gammaGamma as Model, parameters, at, slopes)).toBeLessThan(CLOSE);
    const [known] = gammaGamma.expectedSpend(parameters, at, Number.NaN);
    expect(relativeError(known!, golden.expected_spend)).toBeLessThan(CLOSE);
    const [unknown] = gammaGamma.expectedSpend(parameters, customer(0, 0, 1), Number.NaN);
    expect(relativeError(unknown!, golden.expected_spend_new_customer)).toBeLessThan(CLOSE);
  });
});

describe.each([
  { model: paretoNbd as PurchaseModel, cases: wild.paretoNbd },
  { model: bgNbd as PurchaseModel, cases: wild.bgNbd },
])('$model.title with parameters from 1e-6 to 1e6, against mpmath', ({ model, cases }) => {
  const of = (errorOf: (one: WildCustomer, at: Customers) => number) =>
    worst(cases, (one) => errorOf(one, customer(one.x, one.tx, one.T)));

  it('log-likelihood to 1e-10', () => {
    const { error, at } = of((one, who) => relativeError(model.logLikelihood(one.parameters, who), one.log_likelihood));
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('gradient to 1e-10', () => {
    const { error, at } = of((one, who) => gradientError(model, one.parameters, who, one.gradient));
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('P(alive) to 1e-10', () => {
    const { error, at } = of((one, who) => relativeAboveUnderflow(model.pAlive(one.parameters, who)[0]!, one.p_alive));
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('expected purchases to 1e-10, of known and of new customers', () => {
    const { error, at } = of(({ parameters, horizons, ...one }, who) =>
      Math.max(
        ...horizons.flatMap((horizon, j) => [
          relativeAboveUnderflow(expectedOf(model, parameters, who, horizon)[0]!, one.expected_purchases[j]!),
          relativeAboveUnderflow(model.expectedPurchasesNew(parameters, horizon), one.expected_purchases_new[j]!),
        ]),
      ),
    );
    expect(error, at).toBeLessThan(CLOSE);
  });
});

describe.each([
  { model: paretoNbd as PurchaseModel, cases: wild.discountedParetoNbd },
  { model: bgNbd as PurchaseModel, cases: wild.discountedBgNbd },
])('discounted purchases of $model.title, against mpmath', ({ model, cases }) => {
  const errorOf = ({ parameters, x, tx, T, horizon, delta, value }: DiscountedCase) =>
    relativeAboveUnderflow(
      discountedPurchases(fittedAt(model, parameters), customer(x, tx, T), horizon, delta)[0]!,
      value,
    );

  it('to 1e-10 on CDNOW, at 10 % a year over one and ten years', () => {
    const { error, at } = worst(
      cases.filter(({ delta }) => delta === 0.0018),
      errorOf,
    );
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('to 1e-6 with parameters from 1e-6 to 1e6 and discounts to nothing', () => {
    const { error, at } = worst(cases, errorOf);
    expect(error, at).toBeLessThan(1e-6);
  });
});
