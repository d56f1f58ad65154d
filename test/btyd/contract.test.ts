import { describe, expect, it } from 'vitest';
import { bdw } from '../../src/btyd/bdw.js';
import { bgCnbdK } from '../../src/btyd/bg-cnbd-k.js';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { cnbdK } from '../../src/btyd/cnbd-k.js';
import { gammaGompertzNbd } from '../../src/btyd/gamma-gompertz-nbd.js';
import { mbgCnbdK } from '../../src/btyd/mbg-cnbd-k.js';
import { mbgNbd } from '../../src/btyd/mbg-nbd.js';
import type { PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { nbd } from '../../src/btyd/nbd.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import { paretoNbdSarmanov } from '../../src/btyd/pareto-nbd-sarmanov.js';
import { purchaseModel, purchaseModels, spendModel, spendModels } from '../../src/btyd/registry.js';
import { sbg } from '../../src/btyd/sbg.js';
import { ClvError } from '../../src/errors.js';
import { relativeError } from '../golden/golden.js';
import { commonChecks, purchaseChecks, spendChecks } from './contract.js';
import { customersFor } from './histories.js';

/** Families stand for their member with two stages, and those with one are in the registry themselves. */
const members = [bgCnbdK, mbgCnbdK, cnbdK].map((family) => family.of(3) as PurchaseModel);

describe.each([...purchaseModels, ...members].map((model) => [model.title, model] as const))(
  '%s keeps the contract:',
  (_title, model) => {
    it.each(commonChecks)('%s', (_, check) => check(model));
    it.each(purchaseChecks)('%s', (_, check) => check(model));
  },
);

describe.each(spendModels.map((model) => [model.title, model] as const))('%s keeps the contract:', (_title, model) => {
  it.each(commonChecks)('%s', (_, check) => check(model));
  it.each(spendChecks)('%s', (_, check) => check(model));
});

describe('models that contain others', () => {
  const rows = [
    { x: 0, tx: 0, T: 0 },
    { x: 0, tx: 0, T: 30 },
    { x: 2, tx: 30.43, T: 38.86 },
    { x: 7, tx: 20, T: 20 },
    { x: 9, tx: 55, T: 60 },
  ];

  /** Likelihood and predictions of two models, for the same customers. */
  function expectAlike(
    one: { model: PurchaseModel; params: Record<string, number> },
    other: { model: PurchaseModel; params: Record<string, number> },
    tolerance: number,
  ): void {
    const numbers = ({ model, params }: typeof one) => {
      const at = customersFor(model, rows);
      return [
        ...rows.map((row) => model.logLikelihood(params, customersFor(model, [row]))),
        ...model.pAlive(params, at),
        ...model.purchasesIfAlive(params, at, 26),
        ...model.survivalIfAlive(params, at, 26),
        ...model.activeIfAlive(params, at, 0, 26),
        ...model.activeIfAlive(params, at, 13, 26),
        ...model.pmfIfAlive(params, at, 26, 4),
      ];
    };
    const expected = numbers(other);
    numbers(one).forEach((value, i) => {
      const rounding = Math.abs(value - expected[i]!) < 1e-14; // of a likelihood of 1
      if (!rounding) expect(relativeError(value, expected[i]!), `number ${i}`).toBeLessThan(tolerance);
    });
  }

  it('one stage between purchases is a Poisson buyer', () => {
    expect(bgCnbdK.of(1)).toBe(bgNbd);
    expect(mbgCnbdK.of(1)).toBe(mbgNbd);
    expect(cnbdK.of(1)).toBe(nbd);
  });

  it('BG/CNBD-k and MBG/CNBD-k without dropout are CNBD-k', () => {
    for (const k of [2, 3, 12]) {
      for (const family of [bgCnbdK, mbgCnbdK]) {
        const params = { r: 1.2, alpha: 8, a: 1e-15, b: 1 };
        expectAlike(
          { model: family.of(k) as PurchaseModel, params },
          { model: cnbdK.of(k) as PurchaseModel, params },
          1e-10,
        );
      }
    }
  });

  it('a risk of leaving that hardly grows is that of Pareto/NBD', () => {
    const [s, beta, b] = [0.61, 11.7, 1e-9];
    expectAlike(
      { model: gammaGompertzNbd as PurchaseModel, params: { r: 0.55, alpha: 10.6, s, b, beta: beta * b } },
      { model: paretoNbd as PurchaseModel, params: { r: 0.55, alpha: 10.6, s, beta } },
      1e-6,
    );
  });

  it('rates that are not related are those of Pareto/NBD', () => {
    const params = { r: 0.55, alpha: 10.6, s: 0.61, beta: 11.7 };
    expectAlike(
      { model: paretoNbdSarmanov as PurchaseModel, params: { ...params, m: 0 } },
      { model: paretoNbd as PurchaseModel, params },
      1e-13,
    );
  });

  it('a chance to leave that does not change with the number of renewals is that of sBG', () => {
    const params = { a: 0.67, b: 3.8 };
    expectAlike(
      { model: bdw as PurchaseModel, params: { ...params, c: 1 } },
      { model: sbg as PurchaseModel, params },
      1e-11,
    );
  });

  it('a dropout rate of 0 leaves NBD', () => {
    const params = { r: 0.55, alpha: 10.6 };
    expectAlike(
      { model: paretoNbd as PurchaseModel, params: { ...params, s: 1e-15, beta: 1 } },
      { model: nbd as PurchaseModel, params },
      1e-10,
    );
  });
});

describe('the registry', () => {
  it('finds each model by its name, and each name is unique', () => {
    for (const model of purchaseModels) expect(purchaseModel(model.name)).toBe(model);
    for (const model of spendModels) expect(spendModel(model.name)).toBe(model);
    const names = [...purchaseModels, ...spendModels].map(({ name }: PurchaseModel | SpendModel) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('finds each variant by its name too, as fitted models carry it', () => {
    for (const { variants = [] } of purchaseModels) {
      for (const variant of variants) expect(purchaseModel(variant.name)).toBe(variant);
    }
  });

  it('knows the limits of its models too', () => {
    for (const { limit } of purchaseModels) if (limit) expect(purchaseModel(limit.model.name)).toBe(limit.model);
    for (const { limit } of spendModels) if (limit) expect(spendModels).toContain(limit.model);
  });

  it.each([
    { call: () => purchaseModel('paretonbd'), hint: 'paretonbd_model' },
    { call: () => purchaseModel('bg_nbd_model'), hint: 'bgnbd_model' },
    { call: () => spendModel('gamma_gamma'), hint: 'gammagamma_model' },
  ])('names the nearest model for a name it does not know: $hint', ({ call, hint }) => {
    expect(call).toThrowError(
      expect.objectContaining({ code: 'unknown_model', details: expect.objectContaining({ hint }) }),
    );
    expect(call).toThrowError(ClvError);
  });
});

describe('the number of stages between purchases', () => {
  it.each([0, 13, 1.5, Number.NaN, -1])('%s is none', (k) => {
    expect(() => bgCnbdK.of(k)).toThrowError(expect.objectContaining({ code: 'bad_option' }));
  });
});
