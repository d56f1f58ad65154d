import { describe, expect, it } from 'vitest';
import { type SimulateOptions, simulateCustomers, simulateLog } from '../../src/btyd/simulate.js';
import { ClvError } from '../../src/errors.js';

const simulateParetoNbd = (parameters: Record<string, number>, options: SimulateOptions) =>
  simulateCustomers({ model: 'paretonbd_model', parameters }, options);
const simulateBgNbd = (parameters: Record<string, number>, options: SimulateOptions) =>
  simulateCustomers({ model: 'bgnbd_model', parameters }, options);

/** Distance of a sample's mean from what theory says, in standard errors. */
function standardErrorsOff(sample: Float64Array, expected: number): number {
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const variance = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sample.length - 1);
  return Math.abs(mean - expected) / Math.sqrt(variance / sample.length);
}

/** E[X(t)] of the Pareto/NBD: Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model". */
function expectedRepeats({ r, alpha, s, beta }: { r: number; alpha: number; s: number; beta: number }, t: number) {
  return (((r / alpha) * beta) / (s - 1)) * (1 - (beta / (beta + t)) ** (s - 1));
}

function code(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return error instanceof ClvError ? error.code : 'not a ClvError';
  }
  return undefined;
}

describe('simulateLog', () => {
  const shop = simulateLog();
  const purchases = { r: 0.8, alpha: 45, s: 1.3, beta: 130 };
  const byCustomer = new Map<string, number[]>(); // rows of the log, in its order
  shop.customer.forEach((customer, row) => {
    byCustomer.set(customer, [...(byCustomer.get(customer) ?? []), row]);
  });

  it('tells the same story for the same seed and another one for another', () => {
    expect(simulateLog({ customers: 50, seed: 3 })).toEqual(simulateLog({ customers: 50, seed: 3 }));
    expect(simulateLog({ customers: 50, seed: 3 })).not.toEqual(simulateLog({ customers: 50, seed: 4 }));
  });

  it('lets all 4,000 customers join within 360 days and keeps to the 540 days of the log', () => {
    expect(byCustomer.size).toBe(4_000);
    expect(shop.day.length).toBe(shop.customer.length);
    expect(shop.value.length).toBe(shop.customer.length);
    expect(shop.day.every((day) => day >= 19_723 && day < 19_723 + 540)).toBe(true);

    const joined = Float64Array.from(byCustomer.values(), (rows) => shop.day[rows[0]!]! - 19_723);
    expect(Math.max(...joined)).toBeLessThan(360);
    expect(standardErrorsOff(joined, 179.5)).toBeLessThan(4); // mean of the whole days 0 … 359
  });

  it('is sorted by day', () => {
    expect(shop.day.every((day, row) => row === 0 || day >= shop.day[row - 1]!)).toBe(true);
  });

  it('gives everyone a first purchase and the repeat purchases that the Pareto/NBD expects', () => {
    const repeats = Float64Array.from(byCustomer.values(), (rows) => rows.length - 1);
    const joins = Array.from({ length: 3_600 }, (_, i) => (i + 0.5) / 10); // evenly over the 360 days
    const expected = joins.reduce((sum, joined) => sum + expectedRepeats(purchases, 540 - joined), 0) / joins.length;
    expect(standardErrorsOff(repeats, expected)).toBeLessThan(4);
  });

  it('values purchases at 40 on average, in whole cents', () => {
    const means = Float64Array.from(
      byCustomer.values(),
      (rows) => rows.reduce((sum, row) => sum + shop.value[row]!, 0) / rows.length,
    );
    expect(standardErrorsOff(means, (6 * 20) / (4 - 1))).toBeLessThan(4);
    expect(shop.value.every((value) => value === Math.round(value * 100) / 100)).toBe(true);
  });

  it('charges at least a cent', () => {
    const { value } = simulateLog({
      customers: 200,
      spend: { model: 'gammagamma_model', parameters: { p: 0.01, q: 2, gamma: 0.01 } },
    });
    expect(Math.min(...value)).toBe(0.01);
  });

  it('copes with a log of one day', () => {
    const { customer, day } = simulateLog({ customers: 9, days: 1, firstDay: -1 });
    expect(new Set(customer)).toEqual(new Set(['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C9']));
    expect(day.every((value) => value === -1)).toBe(true);
  });

  it.each([
    ['bad_option', { customers: 0 }],
    ['bad_option', { days: 1.5 }],
    ['bad_option', { seed: Number.NaN }],
    ['bad_option', { days: 10, joinDays: 11 }],
    ['bad_parameters', { purchases: { model: 'paretonbd_model', parameters: { ...purchases, s: 0 } } }],
    ['bad_parameters', { spend: { model: 'gammagamma_model', parameters: { p: 6, q: 1, gamma: 20 } } }],
  ] as const)('refuses with %s: %o', (expected, options) => {
    expect(code(() => simulateLog(options))).toBe(expected);
  });
});

describe('simulateCustomers after the Pareto/NBD', () => {
  const parameters = { r: 0.8, alpha: 45, s: 1.6, beta: 130 };
  const n = 100_000;

  it.each([30, 365, 3_000])('buys as often in %d days as the model expects', (age) => {
    const { frequency } = simulateParetoNbd(parameters, { n, age, seed: 11 });
    expect(standardErrorsOff(frequency, expectedRepeats(parameters, age))).toBeLessThan(4);
  });

  it('is NBD where nobody lives to leave: the share without a repeat purchase', () => {
    const immortal = { ...parameters, s: 1, beta: 1e12 };
    const { frequency } = simulateParetoNbd(immortal, { n, age: 100, seed: 12 });
    const none = frequency.map((x) => (x === 0 ? 1 : 0));
    expect(standardErrorsOff(none, (45 / 145) ** 0.8)).toBeLessThan(4);
  });
});

describe('simulateCustomers after the BG/NBD', () => {
  const { r, alpha, a, b } = { r: 0.24, alpha: 4.41, a: 0.79, b: 2.43 };
  const age = 39;
  const { frequency } = simulateBgNbd({ r, alpha, a, b }, { n: 100_000, age, seed: 13 });

  it('has the shares of no and of one repeat purchase of Fader, Hardie & Lee (2005)', () => {
    const none = (alpha / (alpha + age)) ** r;
    // One purchase and still here, or one purchase and gone: P(X(t) = 1) of the paper with its sums written out.
    const one = ((b / (a + b)) * r * none * age) / (alpha + age) + (a / (a + b)) * (1 - none);
    expect(
      standardErrorsOff(
        frequency.map((x) => (x === 0 ? 1 : 0)),
        none,
      ),
    ).toBeLessThan(4);
    expect(
      standardErrorsOff(
        frequency.map((x) => (x === 1 ? 1 : 0)),
        one,
      ),
    ).toBeLessThan(4);
  });

  it('buys as often as an integral over the rate says', () => {
    // Given λ and p a customer buys (1 − exp(−λpt)) / p times. Over λ: (1 − (alpha / (alpha + pt))^r) / p. Over p, with
    // p = v^(1/a) to take out the pole of the beta density at 0: midpoints in v.
    let expected = 0;
    let mass = 0;
    for (let i = 0; i < 20_000; i++) {
      const p = ((i + 0.5) / 20_000) ** (1 / a);
      const density = (1 - p) ** (b - 1);
      mass += density;
      expected += (density * (1 - (alpha / (alpha + p * age)) ** r)) / p;
    }
    expect(standardErrorsOff(frequency, expected / mass)).toBeLessThan(4);
  });
});

describe.each([
  ['Pareto/NBD', (options: SimulateOptions) => simulateParetoNbd({ r: 0.8, alpha: 10, s: 0.6, beta: 12 }, options)],
  ['BG/NBD', (options: SimulateOptions) => simulateBgNbd({ r: 0.8, alpha: 10, a: 0.8, b: 2.4 }, options)],
])('simulateCustomers after the %s', (_, simulate) => {
  const age = Float64Array.from({ length: 5_000 }, (_, i) => i / 50);

  it('repeats itself for the same seed only', () => {
    expect(simulate({ n: 99, age: 50, seed: 1 })).toEqual(simulate({ n: 99, age: 50, seed: 1 }));
    expect(simulate({ n: 99, age: 50, seed: 1 })).not.toEqual(simulate({ n: 99, age: 50, seed: 2 }));
  });

  it('keeps recency within age, and at 0 exactly for those who never came back', () => {
    const { frequency, recency, age: ages } = simulate({ n: 5_000, age, seed: 1 });
    expect(ages).toEqual(age);
    frequency.forEach((x, i) => {
      expect(Number.isInteger(x)).toBe(true);
      expect(x === 0).toBe(recency[i] === 0);
      expect(recency[i]).toBeLessThanOrEqual(ages[i]!);
    });
  });

  it('rounds recency and age, nothing else, and keeps recency within age', () => {
    const exact = simulate({ n: 5_000, age, seed: 1 });
    const rounded = simulate({ n: 5_000, age, seed: 1, roundTo: 7 });
    expect(rounded.frequency).toEqual(exact.frequency);
    for (let i = 0; i < 5_000; i++) {
      expect(rounded.recency[i]! % 7).toBe(0);
      expect(rounded.age[i]! % 7).toBe(0);
      expect(Math.abs(rounded.recency[i]! - exact.recency[i]!)).toBeLessThanOrEqual(3.5);
      expect(rounded.recency[i]).toBeLessThanOrEqual(rounded.age[i]!);
    }
  });

  it('leaves the ages it was given as they were', () => {
    const given = Float64Array.of(1.4, 2.6);
    simulate({ n: 2, age: given, seed: 1, roundTo: 1 });
    expect(given).toEqual(Float64Array.of(1.4, 2.6));
  });

  it('says what is wrong with its options', () => {
    expect(code(() => simulate({ n: 0, age: 1, seed: 1 }))).toBe('bad_option');
    expect(code(() => simulate({ n: 1, age: 1, seed: 0.5 }))).toBe('bad_option');
    expect(code(() => simulate({ n: 1, age: 1, seed: 1, roundTo: 0 }))).toBe('bad_option');
    expect(code(() => simulate({ n: 1, age: -1, seed: 1 }))).toBe('bad_columns');
    expect(code(() => simulate({ n: 3, age: Float64Array.of(1, 2), seed: 1 }))).toBe('bad_columns');
  });
});

it('refuses parameters that are not positive', () => {
  expect(code(() => simulateParetoNbd({ r: 0, alpha: 1, s: 1, beta: 1 }, { n: 1, age: 1, seed: 1 }))).toBe(
    'bad_parameters',
  );
  expect(code(() => simulateBgNbd({ r: 1, alpha: 1, a: Infinity, b: 1 }, { n: 1, age: 1, seed: 1 }))).toBe(
    'bad_parameters',
  );
});
