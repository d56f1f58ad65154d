/** Single customers: their own rate, how long they stay and when they buy next, against chances and simulated lives. */
import { describe, expect, it } from 'vitest';
import { bgBb } from '../../src/btyd/bg-bb.js';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { nextPurchase, purchaseRate, remainingLifetime, type Spread } from '../../src/btyd/individual.js';
import { mbgCnbdK } from '../../src/btyd/mbg-cnbd-k.js';
import { mbgNbd } from '../../src/btyd/mbg-nbd.js';
import type { PurchaseModel } from '../../src/btyd/model.js';
import { nbd } from '../../src/btyd/nbd.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import { paretoNbdSarmanov } from '../../src/btyd/pareto-nbd-sarmanov.js';
import { poisson } from '../../src/btyd/poisson.js';
import { pActive, pAlive } from '../../src/btyd/predict.js';
import { sbg } from '../../src/btyd/sbg.js';
import { type Customers, takeRows } from '../../src/customers.js';
import { randomStream } from '../../src/kernels/random.js';
import { customersFor } from './histories.js';
import { fittedAt } from './one-customer.js';

const ROWS = [
  { x: 0, tx: 0, T: 0 },
  { x: 0, tx: 0, T: 39 },
  { x: 2, tx: 30.43, T: 38.86 },
  { x: 7, tx: 20, T: 20 },
  { x: 26, tx: 31, T: 39 },
];

const CASES: { model: PurchaseModel; parameters: Record<string, number> }[] = [
  { model: paretoNbd, parameters: { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 } },
  { model: bgNbd, parameters: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 } },
  { model: mbgNbd, parameters: { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 } },
  { model: mbgCnbdK.of(2), parameters: { r: 0.58, alpha: 2.288, a: 1.134, b: 1.585 } },
  { model: paretoNbdSarmanov, parameters: { r: 1.3, alpha: 8, s: 0.6, beta: 9, m: 4 } },
  { model: nbd, parameters: { r: 0.9, alpha: 10 } },
  { model: bgBb, parameters: { alpha: 1.204, beta: 0.75, gamma: 0.657, delta: 2.783 } },
];

/** Low ≤ middle ≤ high, of everyone. */
function expectOrdered({ low, middle, high }: Spread): void {
  middle.forEach((value, i) => {
    expect(value).toBeGreaterThanOrEqual(low[i]!);
    expect(value).toBeLessThanOrEqual(high[i]!);
  });
}

const probabilities = (level: number) => [(1 - level) / 2, 0.5, (1 + level) / 2];

/** Each quantile is where the chance reaches its probability: there, not before. */
function expectQuantiles(
  { low, middle, high }: Spread,
  level: number,
  discrete: boolean,
  chance: (row: number, t: number) => number,
): void {
  for (let i = 0; i < middle.length; i++) {
    [low[i]!, middle[i]!, high[i]!].forEach((t, j) => {
      const probability = probabilities(level)[j]!;
      const what = `row ${i}, ${probability}: ${t}`;
      if (t === Number.POSITIVE_INFINITY) expect(chance(i, 1e6), what).toBeLessThan(probability);
      else if (t === 0) expect(chance(i, 0), what).toBeGreaterThanOrEqual(probability);
      else if (discrete) {
        expect(chance(i, t), what).toBeGreaterThanOrEqual(probability);
        expect(chance(i, t - 1), what).toBeLessThan(probability);
      } else expect(Math.abs(chance(i, t) - probability), what).toBeLessThan(1e-7);
    });
  }
}

const alone = (known: Customers, row: number) => takeRows(known, Int32Array.of(row));

describe.each(CASES.map(({ model, parameters }) => [model.title, model, parameters] as const))(
  '%s: single customers',
  (_title, model, parameters) => {
    const fitted = fittedAt(model, parameters);
    const known = customersFor(model, ROWS);
    const discrete = model.discrete ?? false;

    it('stay for times whose chances are those of P(alive)', () => {
      const spread = remainingLifetime(fitted, known, { level: 0.8 });
      expect(spread.unit).toBe('day');
      expectOrdered(spread);
      expectQuantiles(spread, 0.8, discrete, (row, t) => 1 - pAlive(fitted, alone(known, row), t)[0]!);
    });

    it('buy next, if ever, at times whose chances are those of P(active)', () => {
      const spread = nextPurchase(fitted, known, { level: 0.8 });
      expectOrdered(spread);
      const ever = spread.never.map((chance) => 1 - chance);
      expectQuantiles(spread, 0.8, discrete, (row, t) => pActive(fitted, alone(known, row), t)[0]! / ever[row]!);
      const alive = pAlive(fitted, known);
      spread.never.forEach((chance, i) => {
        expect(chance).toBeGreaterThanOrEqual(1 - alive[i]! - 1e-9);
      });
    });

    it('have rates whose interval holds their mean, and widens with its level', () => {
      const some = purchaseRate(fitted, known, { level: 0.5 });
      const most = purchaseRate(fitted, known, { level: 0.95 });
      some.middle.forEach((mean, i) => {
        expect(mean).toBe(most.middle[i]);
        expect(most.low[i]).toBeLessThanOrEqual(some.low[i]!);
        expect(most.high[i]).toBeGreaterThanOrEqual(some.high[i]!);
        expect(mean).toBeGreaterThan(most.low[i]!);
        expect(mean).toBeLessThan(most.high[i]!);
      });
    });

    it('answer the same in company as alone', () => {
      const together = [remainingLifetime(fitted, known), nextPurchase(fitted, known), purchaseRate(fitted, known)];
      const last = alone(known, 4);
      const single = [remainingLifetime(fitted, last), nextPurchase(fitted, last), purchaseRate(fitted, last)];
      together.forEach((spread, k) => {
        for (const name of ['low', 'middle', 'high'] as const) expect(single[k]![name][0]).toBe(spread[name][4]);
      });
    });
  },
);

describe('simulated lives', () => {
  const LIVES = 20_000;

  it.each(
    CASES.filter(({ model }) => !model.discrete).map(
      ({ model, parameters }) => [model.title, model, parameters] as const,
    ),
  )('%s: as many of them buy next within the interval as its level says', (_title, model, parameters) => {
    const fitted = fittedAt(model, parameters);
    const row = { x: 7, tx: 20, T: 20 };
    const known = customersFor(model, [row]);
    const { low, middle, high, never } = nextPurchase(fitted, known);
    const stream = randomStream(3);
    const far = 3 * high[0]!;
    const [alive] = pAlive(fitted, known);
    const seen = { low: 0, middle: 0, high: 0 };
    for (let life = 0; life < LIVES; life++) {
      if (stream.uniform() > alive!) continue;
      let first = Number.POSITIVE_INFINITY;
      model.live(parameters, row, far, stream, (t) => {
        first = Math.min(first, t);
      });
      if (first <= low[0]!) seen.low++;
      if (first <= middle[0]!) seen.middle++;
      if (first <= high[0]!) seen.high++;
    }
    const ever = 1 - never[0]!;
    [0.05, 0.5, 0.95].forEach((probability, j) => {
      const share = [seen.low, seen.middle, seen.high][j]! / LIVES;
      expect(Math.abs(share - ever * probability)).toBeLessThan(5 * Math.sqrt(0.25 / LIVES));
    });
  });

  it.each(
    CASES.filter(({ model }) => model === nbd || model === mbgCnbdK.of(2)).map(
      ({ model }) => [model.title, model] as const,
    ),
  )(
    '%s: over a long time without leaving, purchases come at a rate within the interval as often as it says',
    (_title, model) => {
      const parameters = model === nbd ? { r: 0.9, alpha: 10 } : { r: 0.9, alpha: 10, a: 1e-12, b: 1 };
      const row = { x: 4, tx: 20, T: 20 };
      const { low, middle, high } = purchaseRate(fittedAt(model, parameters), customersFor(model, [row]), {
        level: 0.8,
      });
      const stream = randomStream(4);
      const time = 2_000;
      const lives = 4_000;
      let [inside, sum] = [0, 0];
      for (let life = 0; life < lives; life++) {
        let count = 0;
        model.live(parameters, row, time, stream, () => count++);
        sum += count / time / lives;
        if (count / time > low[0]! && count / time < high[0]!) inside++;
      }
      expect(Math.abs(inside / lives - 0.8)).toBeLessThan(0.03);
      expect(Math.abs(sum / middle[0]! - 1)).toBeLessThan(0.03);
    },
  );
});

describe('the ends of what single customers can be', () => {
  it('who never leaves stays for ever, and who buys at one rate for all has no spread', () => {
    const fitted = fittedAt(poisson as PurchaseModel, { rate: 0.1 });
    const known = customersFor(poisson as PurchaseModel, ROWS);
    expect(Array.from(remainingLifetime(fitted, known).low)).toEqual(ROWS.map(() => Number.POSITIVE_INFINITY));
    const { low, middle, high } = purchaseRate(fitted, known);
    for (const column of [low, middle, high]) expect(Array.from(column)).toEqual(ROWS.map(() => 0.1));
    const next = nextPurchase(fitted, known);
    expect(next.middle[0]).toBeCloseTo(Math.LN2 / 0.1, 6);
    expect(next.never[0]).toBeCloseTo(0, 9);
  });

  it('who has ended a contract has no time left', () => {
    const fitted = fittedAt(sbg as PurchaseModel, { a: 1, b: 3 });
    const known = customersFor(sbg as PurchaseModel, [
      { x: 2, tx: 2, T: 3 },
      { x: 2, tx: 2, T: 2 },
    ]);
    const spread = remainingLifetime(fitted, known);
    expect([spread.low[0], spread.middle[0], spread.high[0]]).toEqual([0, 0, 0]);
    expect(spread.middle[1]).toBeGreaterThanOrEqual(1);
    const next = nextPurchase(fitted, known);
    expect(next.never[0]).toBe(1);
    expect(next.middle[1]).toBe(1);
  });

  it.each([0, 1, -0.5, 1.5, Number.NaN])('a level of %s is none', (level) => {
    const fitted = fittedAt(nbd as PurchaseModel, { r: 1, alpha: 10 });
    const known = customersFor(nbd as PurchaseModel, ROWS);
    for (const call of [purchaseRate, remainingLifetime, nextPurchase]) {
      expect(() => call(fitted, known, { level })).toThrowError(expect.objectContaining({ code: 'bad_option' }));
    }
  });
});
