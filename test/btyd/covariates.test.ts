/** Covariates: found where they act, shared where asked to be, shrunk by a penalty, and told apart in predictions. */
import { describe, expect, it } from 'vitest';
import { bgBb } from '../../src/btyd/bg-bb.js';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { clv } from '../../src/btyd/clv.js';
import type { CovariateChoice, Effect } from '../../src/btyd/covariates.js';
import { fit } from '../../src/btyd/fit.js';
import { type Coefficient, type FittedModel, loadModel, saveModel } from '../../src/btyd/fitted-model.js';
import { gammaGamma } from '../../src/btyd/gamma-gamma.js';
import { gammaGompertzNbd } from '../../src/btyd/gamma-gompertz-nbd.js';
import { mbgCnbdK } from '../../src/btyd/mbg-cnbd-k.js';
import { mbgNbd } from '../../src/btyd/mbg-nbd.js';
import type { PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { nbd } from '../../src/btyd/nbd.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import { expectedPurchases, expectedPurchasesNew, expectedSpend, pAlive } from '../../src/btyd/predict.js';
import { simulateCustomers } from '../../src/btyd/simulate.js';
import { type Customers, customers, takeRows } from '../../src/customers.js';
import { drawGamma, drawNormal, randomStream } from '../../src/kernels/random.js';
import { relativeError } from '../golden/golden.js';
import { fittedAt } from './one-customer.js';

const N = 2_000;

/** A member or not, and an income about 0; both of 2,000 customers. */
const described = () => {
  const stream = randomStream(99);
  return {
    member: Float64Array.from({ length: N }, () => (stream.uniform() < 0.4 ? 1 : 0)),
    income: Float64Array.from({ length: N }, () => drawNormal(stream)),
  };
};
const COVARIATES = described();

const effect = (process: Effect['process'], covariate: string, value: number): Coefficient => ({
  process,
  covariate,
  value,
  standardError: null,
});

function shop(model: PurchaseModel, parameters: Record<string, number>, coefficients: Coefficient[], seed: number) {
  const story = { model: model.name, parameters, coefficients };
  return simulateCustomers(story, { n: N, age: 78, seed, covariates: COVARIATES });
}

/** Estimates within four standard errors of the truth. */
function expectRecovered(fitted: FittedModel, parameters: Record<string, number>, coefficients: Coefficient[]): void {
  for (const [name, value] of Object.entries(parameters)) {
    expect(Math.abs(fitted.parameters[name]! - value) / fitted.standardErrors[name]!, name).toBeLessThan(4);
  }
  expect(fitted.coefficients.length).toBe(coefficients.length);
  for (const { process, covariate, value } of coefficients) {
    const found = fitted.coefficients.find((one) => one.process === process && one.covariate === covariate)!;
    expect(found.standardError).toBeGreaterThan(0);
    expect(Math.abs(found.value - value) / found.standardError!, `${covariate} on ${process}`).toBeLessThan(4);
  }
}

const ACTING = [
  effect('purchase', 'member', 0.6),
  effect('purchase', 'income', 0.2),
  effect('dropout', 'member', -0.7),
];
const CHOICE: CovariateChoice = { purchase: ['member', 'income'], dropout: ['member'] };
const PARETO = { r: 1.2, alpha: 12, s: 0.8, beta: 20 };

describe('simulated customers with covariates: the truth within four standard errors', () => {
  it.each([
    { title: 'Pareto/NBD', model: paretoNbd as PurchaseModel, parameters: PARETO },
    { title: 'BG/NBD', model: bgNbd as PurchaseModel, parameters: { r: 1.2, alpha: 12, a: 0.8, b: 2.5 } },
    { title: 'MBG/NBD', model: mbgNbd as PurchaseModel, parameters: { r: 1.2, alpha: 12, a: 0.8, b: 2.5 } },
    { title: 'MBG/CNBD-2', model: mbgCnbdK.of(2) as PurchaseModel, parameters: { r: 1.2, alpha: 6, a: 0.8, b: 2.5 } },
  ])('$title', ({ model, parameters }) => {
    expectRecovered(fit(model, shop(model, parameters, ACTING, 1), { covariates: CHOICE }), parameters, ACTING);
  });

  it('NBD, where nobody leaves', () => {
    const acting = [effect('purchase', 'member', -0.5)];
    const parameters = { r: 0.9, alpha: 10 };
    const data = shop(nbd as PurchaseModel, parameters, acting, 2);
    expectRecovered(fit(nbd, data, { covariates: { purchase: ['member'] } }), parameters, acting);
  });

  it('one coefficient for both processes', () => {
    const acting = [effect('both', 'member', 0.5)];
    const data = shop(paretoNbd as PurchaseModel, PARETO, acting, 3);
    expectRecovered(fit(paretoNbd, data, { covariates: { both: ['member'] } }), PARETO, acting);
  });

  it('spend', () => {
    const stream = randomStream(5);
    const { member } = COVARIATES;
    const frequency = Float64Array.from({ length: N }, () => 1 + Math.floor(5 * stream.uniform()));
    const monetary = frequency.map((x, i) => {
      const nu = drawGamma(stream, 4, 15 * Math.exp(0.4 * member[i]!));
      return drawGamma(stream, 6 * x, nu) / x;
    });
    const zeros = new Float64Array(N);
    const data = customers({ frequency, recency: zeros, age: zeros, monetary, covariates: { member } });
    const fitted = fit(gammaGamma, data, { covariates: { spend: ['member'] } });
    expectRecovered(fitted, { p: 6, q: 4, gamma: 15 }, [effect('spend', 'member', 0.4)]);
    const newcomers = customers({ frequency: [0, 0], recency: [0, 0], age: [1, 1], covariates: { member: [0, 1] } });
    const [plain, ofMembers] = expectedSpend(fitted, newcomers);
    expect(relativeError(ofMembers! / plain!, Math.exp(fitted.coefficients[0]!.value))).toBeLessThan(1e-12);
  });
});

describe('a fit with covariates', () => {
  const data = shop(paretoNbd as PurchaseModel, PARETO, ACTING, 1);
  const plain = fit(paretoNbd, data);
  const full = fit(paretoNbd, data, { covariates: CHOICE });

  it('is likelier than without, and at least as likely as with fewer or tied ones', () => {
    const tied = fit(paretoNbd, data, { covariates: { both: ['member'], purchase: ['income'] } });
    expect(full.logLikelihood).toBeGreaterThan(plain.logLikelihood + 50);
    expect(full.logLikelihood).toBeGreaterThan(tied.logLikelihood);
    expect(tied.logLikelihood).toBeGreaterThan(plain.logLikelihood);
  });

  it('with a covariate that is 0 for all is the fit without it', () => {
    const silent = { ...data, covariates: { nothing: new Float64Array(data.n) } };
    const fitted = fit(paretoNbd, silent, { covariates: { purchase: ['nothing'] }, covariatePenalty: 1 });
    expect(fitted.coefficients[0]!.value).toBe(0);
    for (const [name, value] of Object.entries(plain.parameters)) {
      expect(relativeError(fitted.parameters[name]!, value)).toBeLessThan(1e-6);
    }
  });

  it('of a group alone is that with the group told apart in everything', () => {
    const { member } = data.covariates as { member: Float64Array };
    const members = Array.from({ length: data.n }, (_, i) => i).filter((i) => member[i] === 1);
    const alone = fit(paretoNbd, takeRows(data, Int32Array.from(members)), { covariates: { purchase: ['income'] } });
    expectRecovered(alone, { r: PARETO.r, s: PARETO.s }, [effect('purchase', 'income', 0.2)]);
  });

  it('depends on the unit of a covariate by its unit alone', () => {
    const { income, member } = data.covariates as Record<'income' | 'member', Float64Array>;
    const scaled = { ...data, covariates: { member, income: income.map((value) => 1_000 * value) } };
    const fitted = fit(paretoNbd, scaled, { covariates: CHOICE });
    expect(relativeError(fitted.logLikelihood, full.logLikelihood)).toBeLessThan(1e-10);
    expect(relativeError(1_000 * fitted.coefficients[1]!.value, full.coefficients[1]!.value)).toBeLessThan(1e-5);
  });

  it('is pulled towards 0 by a penalty on the coefficients, the more the larger it is', () => {
    const sizes = [0, 10, 1_000, 1e6].map((covariatePenalty) => {
      const { coefficients } = fit(paretoNbd, data, { covariates: CHOICE, covariatePenalty });
      return Math.hypot(...coefficients.map(({ value }) => value));
    });
    for (let i = 1; i < sizes.length; i++) expect(sizes[i]).toBeLessThan(sizes[i - 1]!);
    expect(sizes.at(-1)).toBeLessThan(1e-3);
  });

  it('reports the likelihood without the penalty, and what was added', () => {
    const fitted = fit(paretoNbd, data, { covariates: CHOICE, covariatePenalty: 10 });
    expect(fitted.logLikelihood).toBeLessThan(full.logLikelihood);
    expect(fitted.regularisation).toEqual({ penalizer: 0, covariatePenalty: 10, priors: [] });
  });

  it('comes back from a file as it was', () => {
    expect(loadModel(saveModel(full))).toEqual(full);
  });

  it('does not depend on the order of the customers', () => {
    const backwards = takeRows(
      data,
      Int32Array.from({ length: data.n }, (_, i) => data.n - 1 - i),
    );
    const other = fit(paretoNbd, backwards, { covariates: CHOICE });
    expect(other.fingerprint).toBe(full.fingerprint);
    full.coefficients.forEach(({ value }, i) => {
      expect(relativeError(other.coefficients[i]!.value, value)).toBeLessThan(1e-6);
    });
  });
});

describe('predictions with covariates', () => {
  const fitted: FittedModel = { ...fittedAt(paretoNbd as PurchaseModel, PARETO), coefficients: ACTING };
  const two = (member: number[], income: number[]): Customers =>
    customers({
      frequency: member.map(() => 3),
      recency: member.map(() => 30),
      age: member.map(() => 40),
      covariates: { member, income },
    });

  it('are those of the model with the parameters of the group', () => {
    const here = two([0, 1, 1], [0, 0, -1.5]);
    const shifted = [
      PARETO,
      { ...PARETO, alpha: PARETO.alpha * Math.exp(-0.6), beta: PARETO.beta * Math.exp(0.7) },
      { ...PARETO, alpha: PARETO.alpha * Math.exp(-0.6 + 0.2 * 1.5), beta: PARETO.beta * Math.exp(0.7) },
    ];
    const alive = pAlive(fitted, here);
    const bought = expectedPurchases(fitted, here, 52);
    shifted.forEach((parameters, i) => {
      const plain = fittedAt(paretoNbd as PurchaseModel, parameters);
      const one = two([0], [0]);
      expect(relativeError(alive[i]!, pAlive(plain, one)[0]!)).toBeLessThan(1e-12);
      expect(relativeError(bought[i]!, expectedPurchases(plain, one, 52)[0]!)).toBeLessThan(1e-12);
    });
  });

  it('tell customers apart who differ in nothing else', () => {
    const [usual, member, rich] = expectedPurchases(fitted, two([0, 1, 0], [0, 0, 2]), 52);
    expect(member).toBeGreaterThan(usual!); // buys more often, stays longer
    expect(rich).toBeGreaterThan(0);
    expect(new Set([usual, member, rich]).size).toBe(3);
    expect(expectedPurchasesNew(fitted, 52, { member: 1, income: 0 })).toBeGreaterThan(
      expectedPurchasesNew(fitted, 52, { member: 0, income: 0 }),
    );
  });

  it('give each customer the same in company as alone', () => {
    const all = two([0, 1, 1, 0], [0.5, -1, 0, 0.5]);
    const together = expectedPurchases(fitted, all, 10);
    together.forEach((value, i) => {
      expect(expectedPurchases(fitted, takeRows(all, Int32Array.of(i)), 10)[0]).toBe(value);
    });
  });

  it('reach values through purchases and spend', () => {
    const spend: FittedModel = {
      ...fittedAt(gammaGamma as SpendModel, { p: 6, q: 4, gamma: 15 }),
      coefficients: [effect('spend', 'member', 0.4)],
    };
    const [usual, member] = clv({ purchases: fitted, spend }, two([0, 1], [0, 0]), { horizon: 52 });
    expect(member).toBeGreaterThan(Math.exp(0.39) * usual!);
  });

  it('say which covariate the customers lack', () => {
    const without = customers({ frequency: [3], recency: [30], age: [40] });
    for (const call of [() => pAlive(fitted, without), () => expectedPurchasesNew(fitted, 52)]) {
      expect(call).toThrowError(
        expect.objectContaining({ code: 'bad_columns', details: expect.objectContaining({ column: 'member' }) }),
      );
    }
  });
});

describe('choices that cannot be', () => {
  const data = customers({
    frequency: [1, 0, 3, 7],
    recency: [4, 0, 20, 30],
    age: [40, 30, 41, 39],
    covariates: { channel: [0, 1, 1, 0] },
  });

  it('a name that no covariate has: the nearest one', () => {
    expect(() => fit(paretoNbd, data, { covariates: { purchase: ['chanel'] } })).toThrowError(
      expect.objectContaining({
        code: 'bad_columns',
        details: expect.objectContaining({ column: 'chanel', hint: 'channel' }),
      }),
    );
  });

  it.each([
    { title: 'dropout, where nobody leaves', model: nbd as PurchaseModel, choice: { dropout: ['channel'] } },
    { title: 'both, where nobody leaves', model: nbd as PurchaseModel, choice: { both: ['channel'] } },
    { title: 'spend, of a purchase model', model: paretoNbd as PurchaseModel, choice: { spend: ['channel'] } },
    { title: 'purchase, of a spend model', model: gammaGamma as SpendModel, choice: { purchase: ['channel'] } },
  ])('$title', ({ model, choice }) => {
    const spending = { ...data, monetary: Float64Array.of(3, 0, 4, 5) };
    expect(() => fit(model, spending, { covariates: choice })).toThrowError(
      expect.objectContaining({ code: 'bad_option' }),
    );
  });

  it('any, of a model that takes none', () => {
    const donors = customers({ frequency: [1, 2], recency: [1, 3], age: [4, 4], covariates: { channel: [0, 1] } });
    expect(() => fit(bgBb, donors, { covariates: { purchase: ['channel'] } })).toThrowError(
      expect.objectContaining({ code: 'bad_option', details: expect.objectContaining({ expected: 'none at all' }) }),
    );
  });

  it.each([{ covariatePenalty: -1 }, { penalizer: Number.NaN }, { priors: { q: { median: 1, spread: 1 } } }])(
    'the option %o',
    (options) => {
      expect(() => fit(paretoNbd, data, options)).toThrowError(expect.objectContaining({ code: 'bad_option' }));
    },
  );

  it('a covariate that is not a number', () => {
    expect(() => customers({ frequency: [1], recency: [1], age: [2], covariates: { x: [Number.NaN] } })).toThrowError(
      expect.objectContaining({ code: 'bad_columns', details: expect.objectContaining({ column: 'x', row: 1 }) }),
    );
  });
});

describe('priors and penalties', () => {
  const data = shop(gammaGompertzNbd as PurchaseModel, { r: 1.2, alpha: 12, b: 0.05, s: 0.5, beta: 2 }, [], 4);
  const few = takeRows(
    data,
    Int32Array.from({ length: 60 }, (_, i) => i),
  );

  it('a narrow prior holds a parameter, a wide one leaves it', () => {
    const buyers = shop(paretoNbd as PurchaseModel, PARETO, [], 6);
    const free = fit(paretoNbd, buyers);
    const held = fit(paretoNbd, buyers, { priors: { s: { median: 2, spread: 1e-3 } } });
    expect(relativeError(held.parameters.s!, 2)).toBeLessThan(0.01);
    const loose = fit(paretoNbd, buyers, { priors: { s: { median: 2, spread: 1e3 } } });
    expect(relativeError(loose.parameters.s!, free.parameters.s!)).toBeLessThan(1e-3);
  });

  it('settles what few customers leave open', () => {
    const priors = Object.fromEntries(
      ['r', 'alpha', 'b', 's', 'beta'].map((name) => [name, { median: name === 'alpha' ? 12 : 0.5, spread: 1 }]),
    );
    const fitted = fit(gammaGompertzNbd, few, { priors });
    expect(fitted.convergence.converged).toBe(true);
    expect(fitted.model).toBe('ggnbd_model');
    for (const error of Object.values(fitted.standardErrors)) expect(error).toBeGreaterThan(0);
  });

  it("lifetimes' penalizer makes all parameters smaller", () => {
    const size = (fitted: FittedModel) => Math.hypot(...Object.values(fitted.parameters));
    const [none, some, more] = [0, 0.001, 0.1].map((penalizer) => size(fit(bgNbd, data, { penalizer })));
    expect(some).toBeLessThan(none!);
    expect(more).toBeLessThan(some!);
  });
});
