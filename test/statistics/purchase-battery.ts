/** The tests of a purchase model on many simulated data sets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Customers, customers, expectedPurchases, fit, type PurchaseModel, pAlive } from '../../src/btyd/index.js';
import { takeRows } from '../../src/customers.js';
import { randomStream } from '../../src/kernels/random.js';
import { SETS } from './coverage.js';
import { type PurchaseStudy, studyPurchases } from './purchase-study.js';
import { type Design, tell } from './stories.js';

/**
 * @param seed of the first data set
 * @param withProfile whether profile intervals are looked at too
 */
export function describePurchases<P extends string>(
  model: PurchaseModel<P>,
  truth: Readonly<Record<P, number>>,
  design: Design,
  seed: number,
  withProfile = true,
): void {
  describe(`${model.title}, ${SETS} data sets of ${design.n} customers`, () => {
    let study: PurchaseStudy;
    beforeAll(() => {
      study = studyPurchases(model, truth, design, seed, withProfile);
    });
    afterAll(() => study.coverages.publish());

    it('always finds a maximum, with errors', () => {
      expect(study.undetermined).toBe(0);
    });

    it('rarely needs chains', () => {
      expect(study.chains / SETS).toBeLessThan(0.05);
    });

    it.each(model.parameters)('recovers %s', (name) => {
      expectRecovered(study.estimates[name]!, truth[name]);
    });

    it.each(['parameter', 'expectation', 'outcome'])('has intervals of 90 per cent that hold 87 to 93: %s', (kind) => {
      study.coverages.expectWithinBand(kind);
    });
  });

  describe(`${model.title}, one data set`, () => {
    const { customers: exact } = tell(model.name, truth, design, randomStream(seed));
    const fitted = fit(model, exact);

    it('is the same in days as in weeks', () => {
      const inDays = customers({
        frequency: exact.frequency,
        recency: exact.recency.map((t) => 7 * t),
        age: exact.age.map((t) => 7 * t),
        timeUnit: 'day',
      });
      const again = fit(model, inDays);
      for (const name of model.parameters) {
        const longer = 7 ** (model.timePower?.[name] ?? 0);
        expectNear(again.parameters[name]!, longer * fitted.parameters[name]!, 1e-6);
        expectNear(again.standardErrors[name]!, longer * fitted.standardErrors[name]!, 1e-5);
      }
      const purchases = exact.frequency.reduce((sum, x) => sum + x, 0);
      expectNear(again.logLikelihood, fitted.logLikelihood - purchases * Math.log(7), 1e-10);
      expectAllNear(pAlive(again, inDays), pAlive(fitted, exact), 1e-6);
      expectAllNear(expectedPurchases(again, inDays, 7 * 52), expectedPurchases(fitted, exact, 52), 1e-6);
    });

    it('does not depend on the order of the rows', () => {
      const backwards = Int32Array.from({ length: exact.n }, (_, i) => exact.n - 1 - i);
      expectSameFit(model, exact, takeRows(exact, backwards));
    });

    it('takes a weight for so many equal rows', () => {
      const inWholeWeeks = customers({
        frequency: exact.frequency,
        recency: exact.recency.map(Math.ceil),
        age: exact.age.map(Math.ceil),
        timeUnit: 'week',
      });
      const thrice = takeRows(
        inWholeWeeks,
        Int32Array.from({ length: 3 * exact.n }, (_, i) => i % exact.n),
      );
      expectSameFit(model, { ...inWholeWeeks, weight: new Float64Array(exact.n).fill(3) }, thrice);
    });
  });
}

/** The middle of the estimates: their bias, which is of order 1/n, is small against the error of a single one. */
export function expectRecovered(estimates: Float64Array, truth: number): void {
  const off = estimates.map((estimate) => Math.log(estimate / truth)).sort();
  const at = (share: number) => off[Math.floor(share * off.length)]!;
  const spread = (at(0.84) - at(0.16)) / 2;
  expect(Math.abs(at(0.5)), 'the median against the truth').toBeLessThan(0.2 * spread);
}

export function expectSameFit(model: Parameters<typeof fit>[0], one: Customers, other: Customers): void {
  const first = fit(model, one);
  const second = fit(model, other);
  expectNear(second.logLikelihood, first.logLikelihood, 1e-12);
  for (const name of model.parameters) {
    expectNear(second.parameters[name]!, first.parameters[name]!, 1e-6);
    expectNear(second.standardErrors[name]!, first.standardErrors[name]!, 1e-5);
  }
}

export function expectNear(value: number, expected: number, tolerance: number): void {
  expect(Math.abs(value / expected - 1), `${value} against ${expected}`).toBeLessThan(tolerance);
}

function expectAllNear(values: Float64Array, expected: Float64Array, tolerance: number): void {
  expect(Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(tolerance);
}
