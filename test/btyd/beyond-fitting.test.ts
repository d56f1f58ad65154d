import { describe, expect, it } from 'vitest';
import { clv } from '../../src/btyd/clv.js';
import { fit } from '../../src/btyd/fit.js';
import { expectedPurchases } from '../../src/btyd/predict.js';
import { purchaseModels, spendModels } from '../../src/btyd/registry.js';
import { customers } from '../../src/customers.js';
import { ClvError } from '../../src/errors.js';
import { customersFor } from './histories.js';

const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ClvError) return error.code;
    throw error;
  }
  return 'none';
};

describe('numbers that leave no room to fit', () => {
  it.each(purchaseModels)('$title: nobody watched for any time', (model) => {
    const known = customers({ frequency: [1], recency: [0], age: [0], litt: [0] });
    expect(code(() => fit(model, known))).toBe('bad_columns');
  });

  it.each(purchaseModels.filter(({ discrete }) => !discrete))(
    '$title: ages at the ends of what doubles hold are fitted or refused, never thrown at',
    (model) => {
      for (const age of [1e300, 1e-290, 5e-324]) {
        const known = customersFor(model, [
          { x: 1, tx: age, T: age },
          { x: 2, tx: age / 2, T: age },
          { x: 0, tx: 0, T: age },
        ]);
        expect(['none', 'bad_columns']).toContain(code(() => fit(model, known)));
      }
    },
  );

  it.each(spendModels)('$title: amounts at the ends of what doubles hold', (model) => {
    for (const amount of [1e300, 1e-310]) {
      const known = customers({ frequency: [1, 2], recency: [1, 1], age: [2, 2], monetary: [amount, amount / 2] });
      expect(['none', 'bad_columns']).toContain(code(() => fit(model, known)));
    }
  });
});

describe('options that plain JavaScript lets through', () => {
  const known = customers({ frequency: [1, 2, 3], recency: [1, 2, 3], age: [4, 5, 6], monetary: [1, 2, 3] });
  const pair = { purchases: fit(purchaseModels[2]!, known), spend: fit(spendModels[0]!, known) };

  it.each([
    ['no horizon', () => expectedPurchases(pair.purchases, known, undefined as never), 'bad_horizon'],
    ['no horizon for clv', () => clv(pair, known, {} as never), 'bad_horizon'],
    ['a horizon beyond meaning', () => expectedPurchases(pair.purchases, known, 1e308), 'bad_horizon'],
    ['a margin beyond meaning', () => clv(pair, known, { horizon: 1, margin: 1e308 }), 'bad_option'],
    ['a margin that is no number', () => clv(pair, known, { horizon: 1, margin: Number.NaN }), 'bad_option'],
    [
      'a unit that is none',
      () => customers({ frequency: [1], recency: [1], age: [1], timeUnit: 'weeks' as never }),
      'bad_option',
    ],
    ['a column of big integers', () => customers({ frequency: [1n] as never, recency: [1], age: [1] }), 'bad_columns'],
    ['a column that is null', () => customers({ frequency: [1], recency: [1], age: null as never }), 'bad_columns'],
  ])('%s', (_, work, expected) => {
    expect(code(work)).toBe(expected);
  });
});
