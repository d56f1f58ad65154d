/** What people get wrong on their first day, and what they are told. */
import { describe, expect, it } from 'vitest';
import * as btyd from '../../src/btyd/index.js';

const covariates = { fan: Array.from({ length: 200 }, (_, i) => i % 2) };
const story = { model: 'paretonbd_model', parameters: { r: 1, alpha: 10, s: 1, beta: 20 } };
const people = btyd.simulateCustomers(story, { n: 200, age: 52, timeUnit: 'week', covariates });
const fitted = btyd.fit(btyd.paretoNbd, people, { covariates: { purchase: ['fan'] } });

function errorOf(call: () => unknown): btyd.ClvError {
  try {
    call();
  } catch (error) {
    if (error instanceof btyd.ClvError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('first mistakes', () => {
  const bare = btyd.customers({ ...people, covariates: {} });

  it('uncertainty of customers without the covariate that was fitted', () => {
    const draws = btyd.posteriorOf(fitted, people, { draws: 100 });
    for (const call of [() => btyd.posteriorOf(fitted, bare), () => btyd.outcomes(draws, bare, 39)]) {
      expect(errorOf(call)).toMatchObject({ code: 'bad_columns', details: { column: 'fan' } });
    }
  });

  it('uncertainty of customers in another time unit', () => {
    const inDays = btyd.customers({ ...people, timeUnit: 'day' });
    const error = errorOf(() => btyd.posteriorOf(fitted, inDays));
    expect(error).toMatchObject({ code: 'bad_columns', details: { found: 'customers in days' } });
  });

  it.each([[{ trans: ['fan'] }], [['fan']], [{ purchase: 'fan' }]])('covariates given as %j', (choice) => {
    const error = errorOf(() => btyd.fit(btyd.paretoNbd, people, { covariates: choice as never }));
    expect(error.code).toBe('bad_option');
    expect(error.details.expected).toContain('purchase, dropout');
  });

  it("lifetimes' T instead of age", () => {
    const error = errorOf(() => btyd.customers({ frequency: [1], recency: [2], T: [3] } as never));
    expect(error).toMatchObject({ code: 'bad_columns', details: { column: 'age', found: 'frequency, recency, T' } });
  });

  it('an interval of a single number', () => {
    const draws = btyd.posteriorOf(btyd.fit(btyd.paretoNbd, people), people, { draws: 100 });
    const { low, middle, high } = btyd.credible(draws, (at) => btyd.expectedPurchasesNew(at, 39));
    expect(low).toHaveLength(1);
    expect(low[0]).toBeLessThan(middle[0]!);
    expect(middle[0]).toBeLessThan(high[0]!);
  });

  it('irregular buyers in a model for regular ones', () => {
    const found = btyd.fit(
      btyd.mbgCnbdK,
      btyd.simulateCustomers({ ...story }, { n: 2_000, age: 52, timeUnit: 'week' }),
    );
    expect(found).toMatchObject({ model: 'mbgnbd_model', requested: 'mbgcnbd_model' });
    expect(found.findings.map(({ code }) => code)).toContain('no_regularity');
  });

  it('a return handed over as a purchase', () => {
    const error = errorOf(() => btyd.afterPurchase(btyd.FIRST_PURCHASE, { at: 1, value: -4 }));
    expect(error).toMatchObject({ code: 'bad_columns', details: { found: -4 } });
  });
});
