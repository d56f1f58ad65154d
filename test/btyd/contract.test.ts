import { describe, expect, it } from 'vitest';
import type { PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { purchaseModel, purchaseModels, spendModel, spendModels } from '../../src/btyd/registry.js';
import { ClvError } from '../../src/errors.js';
import { commonChecks, purchaseChecks, spendChecks } from './contract.js';

describe.each(purchaseModels.map((model) => ({ model })))('$model.title keeps the contract:', ({ model }) => {
  it.each(commonChecks)('%s', (_, check) => check(model));
  it.each(purchaseChecks)('%s', (_, check) => check(model));
});

describe.each(spendModels.map((model) => ({ model })))('$model.title keeps the contract:', ({ model }) => {
  it.each(commonChecks)('%s', (_, check) => check(model));
  it.each(spendChecks)('%s', (_, check) => check(model));
});

describe('the registry', () => {
  it('finds each model by its name, and each name is unique', () => {
    for (const model of purchaseModels) expect(purchaseModel(model.name)).toBe(model);
    for (const model of spendModels) expect(spendModel(model.name)).toBe(model);
    const names = [...purchaseModels, ...spendModels].map(({ name }: PurchaseModel | SpendModel) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('knows the limits of its models too', () => {
    for (const { limit } of purchaseModels) if (limit) expect(purchaseModels).toContain(limit.model);
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
