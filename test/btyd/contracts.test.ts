/** Customers under contract: cohorts and individuals, what sBG and BdW say of them, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { bdw } from '../../src/btyd/bdw.js';
import { bgBb } from '../../src/btyd/bg-bb.js';
import { dert } from '../../src/btyd/clv.js';
import {
  cohort,
  contracts,
  discountedResidualLifetime,
  residualRenewals,
  retentionRates,
  survivalCurve,
} from '../../src/btyd/contracts.js';
import { fit } from '../../src/btyd/fit.js';
import type { FittedModel } from '../../src/btyd/fitted-model.js';
import type { PurchaseModel } from '../../src/btyd/model.js';
import { pAlive, pmfNew } from '../../src/btyd/predict.js';
import { sbg } from '../../src/btyd/sbg.js';
import { customers } from '../../src/customers.js';
import { drawBeta, randomStream } from '../../src/kernels/random.js';
import { relativeError } from '../golden/golden.js';
import { fittedAt } from './one-customer.js';

const yearly = (model: PurchaseModel, parameters: Record<string, number>): FittedModel => ({
  ...fittedAt(model, parameters),
  timeUnit: 'year',
});
const ofSbg = yearly(sbg as PurchaseModel, { a: 0.668, b: 3.806 });
const ofBdw = yearly(bdw as PurchaseModel, { a: 0.214, b: 1.427, c: 1.72 });

describe('cohort and contracts', () => {
  it('a cohort is one row for each renewal at which some left, and one for those who stay', () => {
    const data = cohort([1000, 869, 743, 743]);
    expect(Array.from(data.frequency)).toEqual([0, 1, 3]);
    expect(Array.from(data.recency)).toEqual([0, 1, 3]);
    expect(Array.from(data.age)).toEqual([1, 2, 3]);
    expect(Array.from(data.weight)).toEqual([131, 126, 743]);
    expect(data.timeUnit).toBe('year');
  });

  it('individuals fit as their counts do', () => {
    const renewals = [0, 0, 0, 1, 1, 2, 3, 3, 3, 3];
    const active = [false, false, false, false, false, false, true, true, true, true];
    const one = fit(sbg, contracts({ renewals, active, timeUnit: 'month' }));
    const other = fit(sbg, cohort([10, 7, 5, 4], { timeUnit: 'month' }));
    expect(one.fingerprint).toBe(other.fingerprint);
    expect(one.parameters).toEqual(other.parameters);
    expect(one.timeUnit).toBe('month');
  });

  it('cohorts that began at different times are fitted together', () => {
    const one = cohort([1000, 869, 743, 653]);
    const other = cohort([500, 430]);
    const both = customers({
      frequency: [...one.frequency, ...other.frequency],
      recency: [...one.recency, ...other.recency],
      age: [...one.age, ...other.age],
      weight: [...one.weight, ...other.weight],
      timeUnit: 'year',
    });
    const fitted = fit(sbg, both);
    expect(fitted.customers).toBe(1_500);
    expect(fitted.convergence.converged).toBe(true);
  });

  it.each([
    { title: 'a cohort that grows', left: [100, 90, 95], row: 3 },
    { title: 'a cohort below 0', left: [100, -1], row: 2 },
    { title: 'a cohort with a gap', left: [100, Number.NaN, 80], row: 2 },
  ])('$title is refused', ({ left, row }) => {
    expect(() => cohort(left)).toThrowError(
      expect.objectContaining({ code: 'bad_columns', details: expect.objectContaining({ row, column: 'left' }) }),
    );
  });

  it.each([[[]], [[100]]])('a cohort of %o says too little', (left) => {
    expect(() => cohort(left)).toThrowError(expect.objectContaining({ code: 'bad_columns' }));
  });

  it('columns that differ in length, and renewals that are no counts', () => {
    for (const call of [
      () => contracts({ renewals: [1, 2], active: [true] }),
      () => contracts({ renewals: [1.5], active: [true] }),
      () => contracts({ renewals: [-1], active: [true] }),
    ]) {
      expect(call).toThrowError(expect.objectContaining({ code: 'bad_columns' }));
    }
  });

  it('customers of a shop are not contracts', () => {
    for (const [frequency, recency, age] of [
      [1, 2, 3],
      [2, 2, 2.5],
    ] as const) {
      const shopper = customers({ frequency: [2, frequency], recency: [2, recency], age: [2, age] });
      expect(() => fit(sbg, shopper)).toThrowError(
        expect.objectContaining({ code: 'bad_columns', details: expect.objectContaining({ row: 2 }) }),
      );
    }
  });
});

describe.each([
  { title: 'sBG', fitted: ofSbg },
  { title: 'BdW', fitted: ofBdw },
])('what $title says of contracts', ({ fitted }) => {
  it('survival falls from 1 and is the product of the retention rates', () => {
    const survival = survivalCurve(fitted, 20);
    const retention = retentionRates(fitted, 20);
    expect(survival.length).toBe(21);
    expect(retention.length).toBe(20);
    expect(survival[0]).toBe(1);
    retention.forEach((rate, t) => {
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThan(1);
      expect(relativeError(survival[t]! * rate, survival[t + 1]!)).toBeLessThan(1e-12);
    });
  });

  it('P(so many renewals) is the fall of survival', () => {
    const survival = survivalCurve(fitted, 6);
    pmfNew(fitted, 6, 6).forEach((chance, n) => {
      expect(Math.abs(chance - (n < 6 ? survival[n]! - survival[n + 1]! : survival[6]!))).toBeLessThan(1e-14);
    });
  });

  it('renewals still to come are the sum of survival onwards', () => {
    const survival = survivalCurve(fitted, 30);
    const later = survival.subarray(4).reduce((sum, share) => sum + share / survival[3]!, 0);
    expect(relativeError(residualRenewals(fitted, 3, 27), later)).toBeLessThan(1e-12);
  });

  it('discounted residual lifetime is the sum of its definition', () => {
    const survival = survivalCurve(fitted, 3_000);
    for (const renewals of [0, 1, 5]) {
      let sum = 0;
      for (let t = renewals; t < 3_000; t++) sum += survival[t + 1]! / survival[renewals]! / 1.1 ** (t - renewals);
      expect(relativeError(discountedResidualLifetime(fitted, renewals, 0.1), sum)).toBeLessThan(1e-11);
    }
  });

  it('a contract that ended is over, and one that runs may end next time', () => {
    const known = contracts({ renewals: [2, 2], active: [true, false] });
    const [runs, ended] = pAlive(fitted, known);
    expect([runs, ended]).toEqual([1, 0]);
    expect(pAlive(fitted, known, 1)[0]).toBeLessThan(1);
    expect(dert(fitted, known, 0.1)[1]).toBe(0);
  });

  it('renewals and periods are whole', () => {
    for (const call of [
      () => pAlive(fitted, contracts({ renewals: [2], active: [true] }), 0.5),
      () => residualRenewals(fitted, 3, 2.5),
      () => survivalCurve(fitted, 2.5),
      () => survivalCurve(fitted, -1),
      () => retentionRates(fitted, Number.NaN),
    ]) {
      expect(call).toThrowError(expect.objectContaining({ code: 'bad_horizon' }));
    }
  });

  it('rates for all time are above 0', () => {
    expect(() => discountedResidualLifetime(fitted, 1, 0)).toThrowError(
      expect.objectContaining({ code: 'bad_option' }),
    );
  });
});

describe('duration dependence', () => {
  it('c > 1: the risk of leaving may grow with time, which sBG cannot have', () => {
    const rates = retentionRates(yearly(bdw as PurchaseModel, { a: 5, b: 50, c: 1.5 }), 8);
    expect(rates[7]).toBeLessThan(rates[0]!);
    const plain = retentionRates(yearly(sbg as PurchaseModel, { a: 5, b: 50 }), 8);
    expect(plain[7]).toBeGreaterThan(plain[0]!);
  });

  it('where there is none BdW is found to be sBG, or c within four errors of 1', () => {
    for (const seed of [1, 2, 3, 4]) {
      const stream = randomStream(seed);
      const left = new Float64Array(9);
      for (let i = 0; i < 2_000; i++) {
        const theta = drawBeta(stream, 1, 4);
        for (let t = 0; t < 9; t++) {
          left[t]!++;
          if (stream.uniform() < theta) break;
        }
      }
      const fitted = fit(bdw, cohort(left));
      if (fitted.model === 'bdw_model')
        expect(Math.abs(fitted.parameters.c! - 1) / fitted.standardErrors.c!).toBeLessThan(4);
      expect(fitted.logLikelihood).toBeGreaterThanOrEqual(fit(sbg, cohort(left)).logLikelihood);
    }
  });
});

it('a model that is not one of contracts has no survival curve', () => {
  const donors = yearly(bgBb as PurchaseModel, { alpha: 1, beta: 1, gamma: 1, delta: 2 });
  for (const call of [
    () => survivalCurve(donors, 3),
    () => retentionRates(donors, 3),
    () => residualRenewals(donors, 1, 1),
  ]) {
    expect(call).toThrowError(expect.objectContaining({ code: 'unknown_model' }));
  }
});
