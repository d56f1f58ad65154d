/** What customers are worth, and the numbers of the Python package lifetimes at the same parameters. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bgBb } from '../../src/btyd/bg-bb.js';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { clv, clvByPeriod, clvMonthly, dert, discountedPurchases, expectedValue } from '../../src/btyd/clv.js';
import type { FittedModel, FittedPair } from '../../src/btyd/fitted-model.js';
import { gammaGamma } from '../../src/btyd/gamma-gamma.js';
import type { PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import {
  expectedPurchases,
  expectedPurchasesNew,
  expectedSpend,
  pActive,
  pAlive,
  pmf,
  pmfNew,
} from '../../src/btyd/predict.js';
import { purchaseModel } from '../../src/btyd/registry.js';
import { type Customers, customers } from '../../src/customers.js';
import { annualRate, days, monthlyRate, months, type TimeUnit, weeks, years } from '../../src/time.js';
import { relativeError } from '../golden/golden.js';
import { continuous, fittedAt } from './one-customer.js';

const inUnit = (fitted: FittedModel, timeUnit: TimeUnit): FittedModel => ({ ...fitted, timeUnit });

function expectAll(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) {
    expect(relativeError(found[i]!, expected[i]!), `${i}: ${found[i]}, not ${expected[i]}`).toBeLessThan(tolerance);
  }
}

describe('the Python package lifetimes says the same', () => {
  const file = JSON.parse(readFileSync(new URL('../golden/lifetimes.json', import.meta.url), 'utf8'));
  const known = customers({
    frequency: file.customers.map(([x]: number[]) => x),
    recency: file.customers.map(([, tx]: number[]) => tx),
    age: file.customers.map(([, , T]: number[]) => T),
    timeUnit: 'week',
  });

  // its doubles lose some digits where hypergeometric series cancel
  const CLOSE = 1e-8;

  it.each(Object.keys(file.models))('%s: P(alive), purchases, counts', (name) => {
    const one = file.models[name];
    const fitted = inUnit(fittedAt(purchaseModel(name), one.parameters), 'week');
    expectAll(pAlive(fitted, known), one.p_alive, CLOSE);
    file.weeks.forEach((t: number, j: number) => {
      expectAll(expectedPurchases(fitted, known, t), one.expected_purchases[j], CLOSE);
    });
    expectAll(
      file.weeks.map((t: number) => expectedPurchasesNew(fitted, t)),
      one.expected_purchases_new,
      CLOSE,
    );
    if (one.pmf) expectAll(pmf(fitted, known, 13, 3), one.pmf.flat(), 1e-6);
    if (one.pmf_new) expectAll(pmfNew(fitted, 13, 5), one.pmf_new, CLOSE);
  });

  it('BG/BB: P(alive) and purchases in five opportunities', () => {
    const { parameters, customers: rows, p_alive, horizon, expected_purchases } = file.opportunities;
    const fitted = fittedAt(bgBb as PurchaseModel, parameters);
    const donors = customers({
      frequency: rows.map(([x]: number[]) => x),
      recency: rows.map(([, tx]: number[]) => tx),
      age: rows.map(([, , n]: number[]) => n),
    });
    expectAll(pAlive(fitted, donors), p_alive, CLOSE);
    expectAll(expectedPurchases(fitted, donors, horizon), expected_purchases, CLOSE);
  });

  const { spend } = file;
  const shoppers = (scale: number, timeUnit: TimeUnit) =>
    customers({
      frequency: spend.frequency,
      recency: spend.recency.map((t: number) => scale * t),
      age: spend.age.map((t: number) => scale * t),
      monetary: spend.monetary,
      timeUnit,
    });
  const spending = fittedAt(gammaGamma as SpendModel, spend.parameters);

  it('Gamma-Gamma: expected spend', () => {
    expectAll(expectedSpend(spending, shoppers(1, 'week')), spend.expected_spend, 1e-13);
  });

  it.each(file.clv as { time_unit: 'day' | 'week'; scale: number; months: number; rate: number; value: number[] }[])(
    'clvMonthly is its customer_lifetime_value: $months months at $rate, in $time_unit',
    ({ time_unit, scale, months: time, rate, value }) => {
      const { parameters } = file.models.bgnbd_model;
      const atScale = fittedAt(bgNbd as PurchaseModel, { ...parameters, alpha: scale * parameters.alpha });
      const pair = { purchases: inUnit(atScale, time_unit), spend: spending };
      expectAll(clvMonthly(pair, shoppers(scale, time_unit), { time, discountRate: rate }), value, 1e-7);
    },
  );
});

const rows = {
  frequency: [1, 0, 3, 7],
  recency: [4, 0, 20, 30],
  age: [40, 30, 41, 39],
  monetary: [5, 0, 9, 7],
};
const known = customers(rows);
const pair: FittedPair = {
  purchases: fittedAt(paretoNbd as PurchaseModel, { r: 0.55, alpha: 10, s: 0.6, beta: 12 }),
  spend: fittedAt(gammaGamma as SpendModel, { p: 6, q: 4, gamma: 15 }),
};

describe('customer lifetime value', () => {
  it('takes one rate a customer, and gives each what they have at theirs alone', () => {
    const rates = [0.1, 0, 0.25, 0.1];
    const each = clv(pair, known, { horizon: years(3), discountRate: rates });
    rates.forEach((rate, i) => {
      expect(relativeError(each[i]!, clv(pair, known, { horizon: years(3), discountRate: rate })[i]!)).toBeLessThan(
        1e-9,
      );
    });
  });

  it('of periods one after the other sums to the value of all of them', () => {
    const options = { discountRate: annualRate(0.12), margin: 0.3 };
    const parts = clvByPeriod(pair, known, { period: months(1), periods: 24, ...options });
    expect(parts.length).toBe(24);
    const whole = clv(pair, known, { horizon: months(24), ...options });
    whole.forEach((value, i) => {
      const sum = parts.reduce((total, part) => total + part[i]!, 0);
      expect(relativeError(sum, value)).toBeLessThan(1e-12);
      for (let j = 1; j < 24; j++) expect(parts[j]![i]).toBeLessThan(parts[j - 1]![i]!);
    });
  });

  it('without an end is more than for a century, by no more than what later purchases are worth', () => {
    const century = clv(pair, known, { horizon: years(100), discountRate: 0.1 });
    clv(pair, known, { horizon: Number.POSITIVE_INFINITY, discountRate: 0.1 }).forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(century[i]!);
      expect(value / century[i]!).toBeLessThan(1 + 1e-4);
    });
    const each = expectedSpend(pair.spend, known);
    dert(pair.purchases, known, 0.1).forEach((purchases, i) => {
      const value = clv(pair, known, { horizon: Number.POSITIVE_INFINITY, discountRate: 0.1 })[i]!;
      expect(relativeError(purchases * each[i]!, value)).toBeLessThan(1e-14);
    });
  });

  it('lies between that with all purchases of a month at its end and at its beginning', () => {
    const fine = clv(pair, known, {
      horizon: days(360),
      discountRate: { rate: 1.01 ** (365.25 / 30) - 1, per: 'year' },
    });
    const atEnds = clvMonthly(pair, known, { time: 12, discountRate: 0.01 });
    fine.forEach((value, i) => {
      expect(value).toBeGreaterThan(atEnds[i]!);
      expect(value).toBeLessThan(1.01 * atEnds[i]!);
    });
  });

  it.each([
    ['a rate for each but one', () => clv(pair, known, { horizon: 30, discountRate: [0.1, 0.1] }), 'bad_columns'],
    [
      'a rate of less than −100 %',
      () => clv(pair, known, { horizon: 30, discountRate: [0.1, 0.1, -2, 0] }),
      'bad_option',
    ],
    ['no end and no rate', () => clv(pair, known, { horizon: Number.POSITIVE_INFINITY }), 'bad_option'],
    ['no period', () => clvByPeriod(pair, known, { period: 30, periods: 0 }), 'bad_option'],
    ['a period of minus a month', () => clvByPeriod(pair, known, { period: months(-1), periods: 2 }), 'bad_horizon'],
    ['half a month', () => clvMonthly(pair, known, { time: 0.5 }), 'bad_option'],
    [
      'lifetimes, in years',
      () => clvMonthly({ ...pair, purchases: inUnit(pair.purchases, 'year') }, known),
      'bad_option',
    ],
    ['dert without a rate', () => dert(pair.purchases, known, 0), 'bad_option'],
    ['a rate per fortnight', () => dert(pair.purchases, known, { rate: 0.1, per: 'fortnight' as never }), 'bad_option'],
  ])('%s: %s says what is wrong', (_, call, code) => {
    expect(call).toThrowError(expect.objectContaining({ code }));
  });
});

describe('units of time', () => {
  const inWeeks = (times: readonly number[]) => times.map((t) => t / 7);
  const weekly = customers({ ...rows, recency: inWeeks(rows.recency), age: inWeeks(rows.age), timeUnit: 'week' });
  const { r, alpha, s, beta } = pair.purchases.parameters as Record<'r' | 'alpha' | 's' | 'beta', number>;
  const ofWeeks = inUnit(fittedAt(paretoNbd as PurchaseModel, { r, alpha: alpha / 7, s, beta: beta / 7 }), 'week');

  it('52 weeks are 364 days, of a model of days and of one of weeks', () => {
    const expected = expectedPurchases(pair.purchases, known, 364);
    expect(Array.from(expectedPurchases(pair.purchases, known, weeks(52)))).toEqual(Array.from(expected));
    expectAll(expectedPurchases(ofWeeks, weekly, weeks(52)), expected, 1e-12);
    expectAll(expectedPurchases(ofWeeks, weekly, days(364)), expected, 1e-12);
    expectAll(expectedPurchases(ofWeeks, weekly, 52), expected, 1e-12);
    expectAll(
      expectedPurchases(ofWeeks, weekly, { from: days(7), to: years(1) }),
      expectedPurchases(pair.purchases, known, { from: weeks(1), to: months(12) }),
      1e-12,
    );
  });

  it('every prediction takes a length with its unit', () => {
    expectAll(pAlive(ofWeeks, weekly, months(2)), pAlive(pair.purchases, known, months(2)), 1e-12);
    expectAll(pActive(ofWeeks, weekly, months(2)), pActive(pair.purchases, known, months(2)), 1e-11);
    expectAll(pmf(ofWeeks, weekly, months(2), 2), pmf(pair.purchases, known, months(2), 2), 1e-11);
    const pairOfWeeks = { ...pair, purchases: ofWeeks };
    expectAll(expectedValue(pairOfWeeks, weekly, years(1)), expectedValue(pair, known, years(1)), 1e-12);
    const options = { horizon: years(2), discountRate: 0.1 };
    expectAll(clv(pairOfWeeks, weekly, options), clv(pair, known, options), 1e-10);
  });

  it('a rate is what it says, whatever its period and the unit of the model', () => {
    const value = (rate: Parameters<typeof dert>[2]) => dert(pair.purchases, known, rate);
    const yearly = value(0.1);
    expect(Array.from(value(annualRate(0.1)))).toEqual(Array.from(yearly));
    expectAll(value(monthlyRate(1.1 ** (1 / 12) - 1)), yearly, 1e-10);
    expectAll(value(continuous(Math.log(1.1) / 365.25)), yearly, 1e-10);
    expectAll(dert(ofWeeks, weekly, annualRate(0.1)), yearly, 1e-10);
    expectAll(
      discountedPurchases(pair.purchases, known, 364, annualRate(0)),
      expectedPurchases(pair.purchases, known, 364),
      1e-14,
    );
  });
});

describe('values for very many customers', () => {
  it('a million who are alike are computed once', () => {
    const n = 1_000_000;
    const many: Customers = customers({
      frequency: new Float64Array(n).fill(3),
      recency: new Float64Array(n).fill(20),
      age: new Float64Array(n).fill(41),
      monetary: new Float64Array(n).fill(9),
    });
    const all = clv(pair, many, { horizon: 365, discountRate: 0.1 });
    const one = clv(pair, known, { horizon: 365, discountRate: 0.1 })[2];
    expect(all[0]).toBeCloseTo(one!, 10);
    expect(all.every((value) => value === all[0])).toBe(true);
  });
});
