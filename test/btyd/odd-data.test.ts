/** Data that no shop has, or only a bad one: a fit must still end, with numbers that can be used or an error of ours. */
import { describe, expect, it } from 'vitest';
import { discountedPurchases } from '../../src/btyd/clv.js';
import { fit as fitModel } from '../../src/btyd/fit.js';
import type { FittedModel } from '../../src/btyd/fitted-model.js';
import type { PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { expectedPurchases, expectedPurchasesNew, expectedSpend, pAlive } from '../../src/btyd/predict.js';
import { purchaseModels, spendModels } from '../../src/btyd/registry.js';
import { simulateCustomers } from '../../src/btyd/simulate.js';
import { type Customers, customers, takeRows } from '../../src/customers.js';
import { drawGamma, randomStream } from '../../src/kernels/random.js';
import { recastFor } from './histories.js';
import { continuous } from './one-customer.js';

type AnyModel = PurchaseModel | SpendModel;

const isDiscrete = (model: AnyModel) => model.kind === 'purchases' && model.discrete === true;

type Shape = (u: () => number, i: number, T: number) => readonly [x: number, share: number];

/** How often customer i bought, and at what share of the time observed last. */
const SHAPES: Record<string, Shape> = {
  'all bought equally often': (u) => [2, u()],
  'one came back': (u, i) => [i === 0 ? 3 : 0, u()],
  'one bought 2,210 times': (u, i) => [i === 0 ? 2_210 : Math.floor(3 * u()), u()],
  'many bought 221 times': (u) => [u() < 0.3 ? 221 : Math.floor(3 * u()), u()],
  'all last seen on the last day': (u) => [Math.floor(4 * u()), 1],
  'all repeats at the first instant': (u) => [Math.floor(4 * u()), 0],
  'all repeats soon after the first': (u) => [Math.floor(4 * u()), 1e-4 * u()],
  'counts over four powers of ten': (u) => [Math.floor(10 ** (4 * u()) - 0.5), 1 - 0.5 * u()],
  'as regular as a clock': (_, __, T) => [Math.floor(12 * T), 0.98],
};

function table(shape: Shape, n: number, unit: number, seed: number): Customers {
  const stream = randomStream(seed);
  const u = () => stream.uniform();
  const rows = Array.from({ length: n }, (_, i) => {
    const T = seed % 3 === 0 ? 1 : seed % 3 === 1 && u() < 0.2 ? 0 : 0.2 + 0.8 * u();
    const [x, share] = shape(u, i, T);
    const z = x === 0 ? 0 : drawGamma(stream, 2 * x, x * drawGamma(stream, 3, 1)) * unit;
    return { x, tx: x === 0 ? 0 : Math.min(T * unit, T * share * unit), T: T * unit, z };
  });
  return customers({
    frequency: rows.map(({ x }) => x),
    recency: rows.map(({ tx }) => tx),
    age: rows.map(({ T }) => T),
    monetary: rows.map(({ z }) => z),
  });
}

/** Discrete models take whole periods, so their shops are watched for few or many of them instead. */
const cases = Object.entries(SHAPES).flatMap(([name, shape], k) =>
  [
    { n: 5, unit: 1e-3, periods: 3 },
    { n: 40, unit: 300, periods: 12 },
    { n: 200, unit: 1e5, periods: 104 },
  ].map(({ n, unit, periods }, j) => {
    const data = table(shape, n, unit, 3 * k + j);
    const inPeriods = table(shape, n, periods, 3 * k + j);
    return {
      name,
      n,
      unit,
      periods,
      dataFor: (model: AnyModel) => recastFor(model, isDiscrete(model) ? inPeriods : data),
    };
  }),
);

const usable = (value: number) => value >= 0 && value < Number.POSITIVE_INFINITY;

describe.each(cases)('$n customers, $name, over $unit days', ({ dataFor, unit, periods }) => {
  it.each([...purchaseModels, ...spendModels])('$title ends well, and says so where it found no maximum', (model) => {
    const data = dataFor(model);
    if (model.kind === 'purchases' && data.frequency.every((x) => x === 0)) {
      expect(() => fitModel(model, data)).toThrowError(expect.objectContaining({ code: 'no_repeat_customers' }));
      return;
    }
    const fitted = fitModel(model, data);
    for (const [name, value] of Object.entries(fitted.parameters)) {
      expect(value, name).toSatisfy(
        model.signed?.includes(name) ? Number.isFinite : (v: number) => v > 0 && v < Infinity,
      );
    }
    expect(fitted.logLikelihood).toSatisfy(Number.isFinite);
    const codes = fitted.findings.map(({ code }) => code);
    const edge = model.edge?.(fitted.parameters)?.code ?? '';
    const open = codes.includes('undetermined_parameters') || codes.includes(edge);
    if (!fitted.convergence.converged) expect(open, codes.join()).toBe(true);
    if (model.limit) {
      const simpler = fitModel(model.limit.model as typeof model, data).logLikelihood;
      expect(fitted.logLikelihood).toBeGreaterThanOrEqual(simpler - 1e-9 * Math.abs(simpler));
    }
    if (model.kind === 'spend') {
      expect(expectedSpend(fitted, data).every(usable)).toBe(true);
      return;
    }
    const some = takeRows(data, Int32Array.of(0, 1, 2, 3, 4));
    expect(pAlive(fitted, data).every((value) => value >= 0 && value <= 1)).toBe(true);
    for (const horizon of isDiscrete(model) ? [1, periods, 10 * periods] : [0.01 * unit, unit, 100 * unit]) {
      expect(expectedPurchases(fitted, data, horizon).every(usable)).toBe(true);
      expect(discountedPurchases(fitted, some, horizon, continuous(0.1 / unit)).every(usable)).toBe(true);
      expect(expectedPurchasesNew(fitted, horizon)).toSatisfy(usable);
    }
  });
});

describe('small simulated shops', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i: a fit depends on the time unit by its unit alone', (seed) => {
    const age = Float64Array.from({ length: 80 }, (_, i) => 20 + i);
    const simulated =
      seed % 2 === 0
        ? simulateCustomers(
            { model: 'paretonbd_model', parameters: { r: 0.6, alpha: 10, s: 0.6, beta: 12 } },
            { n: 80, age, seed },
          )
        : simulateCustomers(
            { model: 'bgnbd_model', parameters: { r: 0.6, alpha: 5, a: 0.8, b: 2.5 } },
            { n: 80, age, seed },
          );
    const times = (factor: number) =>
      customers({
        frequency: simulated.frequency,
        recency: simulated.recency.map((t) => factor * t),
        age: simulated.age.map((T) => factor * T),
      });
    const purchases = simulated.frequency.reduce((sum, x) => sum + x, 0);
    for (const model of purchaseModels) {
      if (model.discrete || model.signed) continue; // whole periods; a correlation that depends on the unit
      const [plain, grown] = [1, 1e5].map((factor) => fitModel(model, recastFor(model, times(factor)))) as [
        FittedModel,
        FittedModel,
      ];
      expect(grown.model).toBe(plain.model);
      const shifted = plain.logLikelihood - purchases * Math.log(1e5);
      expect(Math.abs(grown.logLikelihood - shifted)).toBeLessThan(1e-4);
    }
  });
});
