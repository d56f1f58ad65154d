/** Every number the models give, against mpmath: each case of the golden files, and customers far outside the ordinary. */
import { describe, expect, it } from 'vitest';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { discountedPurchases } from '../../src/btyd/clv.js';
import type { Model, PurchaseModel } from '../../src/btyd/model.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import type { Customers } from '../../src/customers.js';
import { type Case, compared, modelOf } from '../golden/compare.js';
import { type DiscountedCase, golden, relativeError, type WildCustomer, worst } from '../golden/golden.js';
import { continuous, customer, derivativesOf, expectedOf, fittedAt, newcomer } from './one-customer.js';

const CLOSE = 1e-10;
/** For what needs an integral over time, a tail far out, or a difference. */
const NEAR = 1e-9;
const TO_CLOSE = new Set([
  ...['log-likelihood', 'gradient', 'P(alive)'],
  ...['expected purchases', 'of a new customer', 'expected spend'],
]);
/** Below the normal doubles digits are lost whatever one does; 0 is right there. */
const SMALLEST = 1e-290;

/** Of a new customer, whose likelihood is 1: logarithms and slopes that sum to exactly 0 leave a last digit. */
const ROUNDING = 1e-15;
const SUMS = new Set(['log-likelihood', 'gradient']);

function errorOf(value: number, expected: string, quantity = ''): number {
  if (SUMS.has(quantity) && Number(expected) === 0) return Math.abs(value) <= ROUNDING ? 0 : Math.abs(value);
  if (Math.abs(Number(expected)) < SMALLEST) return value >= 0 && value <= 2 * SMALLEST ? 0 : Number.POSITIVE_INFINITY;
  return relativeError(value, expected);
}

/** What a case is about, for its title. */
function about({ tag, x, t_x, T, n, k, t, mean }: Case): string {
  const given = Object.entries({ k, x, mean, t_x, T, n, t }).filter(([, value]) => value !== undefined);
  return `${tag}: ${given.map(([name, value]) => `${name}=${value}`).join(' ')}`;
}

describe.each(['accuracy', 'more-models'] as const)('agrees with mpmath on every case of %s.json:', (file) => {
  const { models, ...rates } = golden(file);
  const discount = { continuous: rates.discount_rate_continuous, discrete: rates.discount_rate_discrete };

  describe.each(Object.entries(models))('%s', (key, cases) => {
    it.each(cases.map((one) => [about(one), one] as const))('%s', (_, one) => {
      const numbers = compared(key, one, discount);
      expect(numbers.length).toBeGreaterThan(0);
      for (const { quantity, value, expected } of numbers) {
        const found = `${modelOf(key, one).title}, ${quantity}: ${value}, not ${expected}`;
        expect(errorOf(value, expected, quantity), found).toBeLessThan(TO_CLOSE.has(quantity) ? CLOSE : NEAR);
      }
    });
  });
});

const wild = golden('kernels').values;

/** Largest error of a gradient component on the logs of the parameters; those below 1e-4 of the largest, to that share. */
function gradientError(model: Model, { parameters, gradient }: WildCustomer, at: Customers): number {
  const derivatives = derivativesOf(model);
  model.logLikelihood(parameters, at, derivatives);
  const onLogs = model.parameters.map((name, i) => Number(gradient[i]) * parameters[name]!);
  const floor = 1e-4 * Math.max(...onLogs.map(Math.abs));
  return Math.max(
    ...model.parameters.map((name, i) => {
      const error = Math.abs(derivatives.gradient[i]! * parameters[name]! - onLogs[i]!);
      return error === 0 ? 0 : error / Math.max(floor, Math.abs(onLogs[i]!));
    }),
  );
}

describe.each([
  { model: paretoNbd as PurchaseModel, cases: wild.paretoNbd },
  { model: bgNbd as PurchaseModel, cases: wild.bgNbd },
])('$model.title with parameters from 1e-6 to 1e6, against mpmath', ({ model, cases }) => {
  const of = (error: (one: WildCustomer, at: Customers) => number) =>
    worst(cases, (one) => error(one, customer(one.x, one.tx, one.T)));

  it('log-likelihood to 1e-10', () => {
    const { error, at } = of((one, who) => relativeError(model.logLikelihood(one.parameters, who), one.log_likelihood));
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('gradient to 1e-10', () => {
    const { error, at } = of((one, who) => gradientError(model, one, who));
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('P(alive) to 1e-10', () => {
    const { error, at } = of((one, who) => errorOf(model.pAlive(one.parameters, who)[0]!, one.p_alive));
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('expected purchases to 1e-10, of known and of new customers', () => {
    const { error, at } = of(({ parameters, horizons, ...one }, who) =>
      Math.max(
        ...horizons.flatMap((horizon, j) => [
          errorOf(expectedOf(model, parameters, who, horizon)[0]!, one.expected_purchases[j]!),
          errorOf(expectedOf(model, parameters, newcomer(), horizon)[0]!, one.expected_purchases_new[j]!),
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
  const errorAt = ({ parameters, x, tx, T, horizon, delta, value }: DiscountedCase) => {
    const found = discountedPurchases(fittedAt(model, parameters), customer(x, tx, T), horizon, continuous(delta));
    return errorOf(found[0]!, value);
  };

  it('to 1e-10 on CDNOW, at 10 % a year over one and ten years', () => {
    const { error, at } = worst(
      cases.filter(({ delta }) => delta === 0.0018),
      errorAt,
    );
    expect(error, at).toBeLessThan(CLOSE);
  });

  it('to 1e-6 with parameters from 1e-6 to 1e6 and discounts to nothing', () => {
    const { error, at } = worst(cases, errorAt);
    expect(error, at).toBeLessThan(1e-6);
  });
});
