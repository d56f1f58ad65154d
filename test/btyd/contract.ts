/**
 * What every model of the library promises, as named checks that run on any model: contract.test.ts runs them over the
 * registry. A check throws (vitest's `expect`) where the promise is broken. All randomness is seeded.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { discountedPurchases } from '../../src/btyd/clv.js';
import type { History, Model, Params, PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { correlationBounds } from '../../src/btyd/pareto-nbd-sarmanov.js';
import { type Customers, takeRows } from '../../src/customers.js';
import { mixtureMean, mixtureQuantile } from '../../src/kernels/mixtures.js';
import { randomStream } from '../../src/kernels/random.js';
import { customersFor, historyFor, horizonFor, timeOf } from './histories.js';
import { continuous, derivativesOf, expectedOf, fittedAt } from './one-customer.js';

type AnyModel = PurchaseModel | SpendModel;
export type Check<M extends Model> = readonly [promise: string, check: (model: M) => void];

const RUNS = { seed: 2005, numRuns: 25 };
const MANY_RUNS = { ...RUNS, numRuns: 80 };
const powerOfTen = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);

/** A correlation of Sarmanov's distribution, at this share of its bounds. */
function correlation(params: Params<string>, share: number): number {
  const [low, high] = correlationBounds(params as Params<'r' | 'alpha' | 's' | 'beta'>);
  return share < 0 ? -share * Math.max(low, -1e6) : share * Math.min(high, 1e6);
}

/** BdW's power of time: with much more than 30, a contract ends at one known renewal, and t^c at 1e250. */
const MOST_POWER = 1.5;

/** Parameters for a model, each of 10^min … 10^max and now and then 1, where formulas of papers divide by 0. */
function parametersOf<P extends string>(model: Model<P>, min: number, max: number): fc.Arbitrary<Params<P>> {
  const size = fc.oneof(
    { weight: 9, arbitrary: powerOfTen(min, max) },
    { weight: 1, arbitrary: fc.constant(10 ** Math.max(min, 0)) },
  );
  const power = powerOfTen(Math.max(min, -MOST_POWER), Math.min(max, MOST_POWER));
  const share = fc.integer({ min: -900, max: 900 });
  const sizes = model.parameters.map((name) => (name === 'c' ? power : size));
  return fc.tuple(share, ...sizes).map(([of, ...values]) => {
    const params = Object.fromEntries(model.parameters.map((name, i) => [name, values[i]!])) as Params<P>;
    const signed = model.signed?.map((name) => [name, correlation(params, of / 1000)]) ?? [];
    return { ...params, ...Object.fromEntries(signed) } as Params<P>;
  });
}

interface Row extends History {
  readonly z: number;
}

/** A customer: any count to `most`, an age of 10^±span, last seen at any share of it. */
function history(most: number, span: number): fc.Arbitrary<Row> {
  const share = fc.oneof(fc.constantFrom(0, 1, 1e-9, 1 - 1e-9), fc.double({ min: 0, max: 1, noNaN: true }));
  const age = fc.oneof({ weight: 9, arbitrary: powerOfTen(-span, span) }, { weight: 1, arbitrary: fc.constant(0) });
  return fc.tuple(fc.integer({ min: 0, max: most }), share, age, powerOfTen(-2, 4)).map(([x, at, T, z]) => {
    return { x, tx: x === 0 ? 0 : Math.min(T, T * at), T, z: x === 0 ? 0 : z };
  });
}

const several = fc.array(history(30, 2), { minLength: 2, maxLength: 12 });

/** Predictions of a model: what its kind promises, one list a quantity. */
function predictions(model: AnyModel, params: Params<string>, rows: Customers, time: number): Float64Array[] {
  if (model.kind === 'spend') return [model.expectedSpend(params, rows, 30), model.spendCdf(params, rows, 30)];
  const horizon = horizonFor(model, time);
  return [
    model.pAlive(params, rows),
    expectedOf(model, params, rows, horizon),
    model.survivalIfAlive(params, rows, horizon),
    model.activeIfAlive(params, rows, 0, horizon),
    model.activeIfAlive(params, rows, horizon, 2 * horizon),
    model.pmfIfAlive(params, rows, horizon, 3),
  ];
}

/** Equal up to `tolerance` of the size given. */
function expectNear(value: number, expected: number, tolerance: number, size = Math.abs(expected), what = ''): void {
  expect(Math.abs(value - expected), `${what} ${value} against ${expected}`).toBeLessThanOrEqual(tolerance * size);
}

/** Shows the values of which it does not hold. */
function expectEach(what: string, values: ArrayLike<number>, holds: (value: number) => boolean): void {
  const others = Array.from(values).filter((value) => !holds(value));
  expect(others, what).toEqual([]);
}

/** Central differences of f at 0, extrapolated once (Richardson): error of order h⁴. */
function slope(f: (step: number) => number, h: number): number {
  const central = (step: number) => (f(step) - f(-step)) / (2 * step);
  return (4 * central(h / 2) - central(h)) / 3;
}

/** The length of a step of 1 in a parameter: itself, or 1 where it may be 0. */
function unitOf<P extends string>(model: Model<P>, params: Params<P>, name: P): number {
  return model.signed?.includes(name) ? 1 : params[name];
}

function movedBy<P extends string>(model: Model<P>, params: Params<P>, name: P, step: number): Params<P> {
  return { ...params, [name]: params[name] + step * unitOf(model, params, name) };
}

/** Promises of every model. */
export const commonChecks: ReadonlyArray<Check<AnyModel>> = [
  [
    'its gradient is the slope of its log-likelihood',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -1, 1.5), several, (params, rows) => {
          const at = customersFor(model, rows);
          const derivatives = derivativesOf(model);
          const value = model.logLikelihood(params, at, derivatives);
          model.parameters.forEach((name, i) => {
            const numeric = slope((step) => model.logLikelihood(movedBy(model, params, name, step), at), 1e-3);
            const exact = derivatives.gradient[i]! * unitOf(model, params, name);
            expectNear(exact, numeric, 1e-7, Math.abs(numeric) + 1e-3 * (1 + Math.abs(value)), name);
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'its Hessian is the slope of its gradient, and symmetric',
    (model) => {
      const p = model.parameters.length;
      fc.assert(
        fc.property(parametersOf(model, -1, 1.5), several, (params, rows) => {
          const at = customersFor(model, rows);
          const derivatives = derivativesOf(model);
          model.logLikelihood(params, at, derivatives);
          const gradientAt = (moved: Params<string>, i: number) => {
            const there = derivativesOf(model);
            model.logLikelihood(moved, at, there);
            return there.gradient[i]!;
          };
          for (let i = 0; i < p; i++) {
            for (let j = 0; j < p; j++) {
              const [row, name] = [model.parameters[i]!, model.parameters[j]!];
              const unit = unitOf(model, params, row);
              const numeric = slope((step) => gradientAt(movedBy(model, params, name, step), i), 1e-3) * unit;
              const exact = derivatives.hessian[i * p + j]! * unitOf(model, params, name) * unit;
              const size = Math.abs(numeric) + 1e-2 * (1 + Math.abs(derivatives.gradient[i]! * unit));
              expectNear(exact, numeric, 1e-7, size, `${row}, ${name}:`);
              expect(derivatives.hessian[i * p + j]).toBe(derivatives.hessian[j * p + i]);
            }
          }
        }),
        RUNS,
      );
    },
  ],
  [
    'its value is the same with and without derivatives',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -2, 2), several, (params, rows) => {
          const at = customersFor(model, rows);
          expect(model.logLikelihood(params, at, derivativesOf(model))).toBe(model.logLikelihood(params, at));
        }),
        RUNS,
      );
    },
  ],
  [
    'a weight of 2 is the same customer twice',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -2, 2), several, (params, rows) => {
          const once = derivativesOf(model);
          const twice = derivativesOf(model);
          const weighted = customersFor(model, rows, { weight: rows.map(() => 2) });
          const value = model.logLikelihood(params, weighted, once);
          const size = weighted.frequency.reduce((sum, x) => sum + x, 1);
          const doubled = model.logLikelihood(params, customersFor(model, [...rows, ...rows]), twice);
          expectNear(value, doubled, 1e-12, size + Math.abs(value));
          once.gradient.forEach((slope, i) => {
            const unit = Math.abs(unitOf(model, params, model.parameters[i]!));
            expectNear(slope, twice.gradient[i]!, 1e-11, Math.abs(slope) + size / unit);
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'the order of the rows does not matter',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -2, 2), several, (params, rows) => {
          const at = customersFor(model, rows);
          const backwards = Int32Array.from(rows, (_, i) => rows.length - 1 - i);
          const reversed = takeRows(at, backwards);
          const value = model.logLikelihood(params, at);
          expectNear(model.logLikelihood(params, reversed), value, 1e-12, 100 + Math.abs(value));
          const there = predictions(model, params, reversed, 10);
          predictions(model, params, at, 10).forEach((here, q) => {
            const width = here.length / rows.length;
            const turned = Array.from(backwards, (i) => Array.from(here.subarray(i * width, (i + 1) * width)));
            expect(Array.from(there[q]!)).toEqual(turned.flat());
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'likelihood and derivatives are finite, parameters from 1e-6 to 1e6, x to 100,000, T to 1e6',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -6, 6), history(100_000, 6), (params, one) => {
          const at = customersFor(model, [one]);
          const derivatives = derivativesOf(model);
          expectEach('log-likelihood', [model.logLikelihood(params, at, derivatives)], Number.isFinite);
          expectEach('gradient', derivatives.gradient, Number.isFinite);
          expectEach('Hessian', derivatives.hessian, Number.isFinite);
        }),
        MANY_RUNS,
      );
    },
  ],
];

/** Sums of rounded probabilities. */
const ROUNDING = 1e-9;
const isProbability = (value: number) => value >= 0 && value <= 1 + ROUNDING;
const isCount = (value: number) => value >= 0 && value < Number.POSITIVE_INFINITY;

/** All that a purchase model predicts is finite and in its range. */
function expectUsable(model: PurchaseModel, params: Params<string>, one: Row, time: number, delta: number): void {
  const at = customersFor(model, [one]);
  const horizon = horizonFor(model, time);
  expectEach('P(alive)', model.pAlive(params, at), (value) => value >= 0 && value <= 1);
  expectEach('purchases', model.purchasesIfAlive(params, at, horizon), isCount);
  expectEach('survival', model.survivalIfAlive(params, at, horizon), isProbability);
  expectEach('P(active)', model.activeIfAlive(params, at, 0, horizon), isProbability);
  expectEach('P(active later)', model.activeIfAlive(params, at, horizon, 2 * horizon), isProbability);
  const chances = model.pmfIfAlive(params, at, horizon, 5);
  expectEach('pmf', chances, isProbability);
  expectEach('sum of pmf', [chances.reduce((sum, chance) => sum + chance, 0)], isProbability);
  expectEach('discounted', discountedPurchases(fittedAt(model, params), at, horizon, continuous(delta)), isCount);
  const mixture = model.rate?.(params, historyFor(model, one));
  if (!mixture) return;
  expectNear(
    mixture.share.reduce((sum, share) => sum + share, 0),
    1,
    ROUNDING,
    1,
    'shares of the rate',
  );
  expectEach('mean rate', [mixtureMean(mixture)], isCount);
  const quantiles = [0.05, 0.5, 0.95].map((probability) => mixtureQuantile(mixture, probability));
  expectEach('quantiles of the rate', quantiles, isCount);
  expectEach(
    'order of the quantiles',
    [quantiles[1]! - quantiles[0]!, quantiles[2]! - quantiles[1]!],
    (gap) => gap >= 0,
  );
}

/** Parameters that have a unit of time, and the power of it. */
const PER_TIME: Record<string, Record<string, 1 | -1>> = {
  poisson_model: { rate: -1 },
  paretonbd_model: { alpha: 1, beta: 1 },
  ggnbd_model: { alpha: 1, b: -1 },
};
/** Its mixing function e^−λ has no unit. */
const BOUND_TO_ITS_UNIT = new Set(['paretonbd_sarmanov_model']);

/** A horizon in which few enough purchases are to be expected that their counts can be listed. */
function countable(model: PurchaseModel, params: Params<string>, { x, T }: Row, share: number): number {
  if (timeOf(model) !== 'continuous') return horizonFor(model, 60 * share);
  if (params.rate !== undefined) return (10 * share) / params.rate;
  return (params.alpha! + T) * Math.min(0.3, 20 / (params.r! + x)) * share;
}
const MOST_COUNTED = 120;

/** How simulated lives compare: 5 standard errors, and what one life more or less makes. */
function expectSimulated(found: number, expected: number, deviation: number, lives: number, what: string): void {
  const error = 5 * (deviation / Math.sqrt(lives)) + 5 / lives;
  expect(Math.abs(found - expected), `${what}: ${found} simulated, ${expected} expected`).toBeLessThanOrEqual(error);
}

const LIVES = 20_000;

/** Promises of models of when customers buy. */
export const purchaseChecks: ReadonlyArray<Check<PurchaseModel>> = [
  [
    'every prediction is finite and in its range, parameters from 1e-6 to 1e6, x to 100,000, T and horizon to 1e6',
    (model) => {
      fc.assert(
        fc.property(
          parametersOf(model, -6, 6),
          history(100_000, 6),
          powerOfTen(-3, 6),
          powerOfTen(-6, 1),
          (params, one, horizon, delta) => expectUsable(model, params, one, horizon, delta),
        ),
        MANY_RUNS,
      );
    },
  ],
  [
    'hundreds of purchases are no harder, where products of gamma functions would overflow',
    (model) => {
      const many = fc.constantFrom(161, 204, 221, 254);
      const last = fc.double({ min: 0, max: 1, noNaN: true });
      fc.assert(
        fc.property(parametersOf(model, -2, 2), many, last, powerOfTen(1, 3), (params, x, share, T) => {
          const one = { x, tx: share * T, T, z: 1 };
          expectEach('log-likelihood', [model.logLikelihood(params, customersFor(model, [one]))], Number.isFinite);
          expectUsable(model, params, one, T / 2, 0.01);
        }),
        RUNS,
      );
    },
  ],
  [
    'nothing jumps where a formula of a paper divides by 0: at parameters of 1, or where two sum to 1',
    (model) => {
      const [first, second] = model.parameters.slice(-2) as [string, string];
      fc.assert(
        fc.property(parametersOf(model, -1, 1), history(20, 2), fc.boolean(), (params, one, both) => {
          const at = customersFor(model, [one]);
          const there = both ? { ...params, [first]: 0.3, [second]: 0.7 } : { ...params, [first]: 1, [second]: 1 };
          const signed = model.signed?.map((name) => [name, correlation(there, 0.5)]) ?? [];
          const edge = { ...there, ...Object.fromEntries(signed) };
          const beside = Object.fromEntries(
            model.parameters.map((name) => [
              name,
              model.signed?.includes(name) ? edge[name]! : edge[name]! * (1 + 1e-9),
            ]),
          );
          const [here, near] = [predictions(model, edge, at, 30), predictions(model, beside, at, 30)];
          here.forEach((values, q) => {
            values.forEach((value, i) => {
              expectNear(near[q]![i]!, value, 1e-6, value + 1e-12, `quantity ${q}:`);
            });
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'measuring in days instead of weeks lowers the log-likelihood by Σx · ln 7 and changes no prediction',
    (model) => {
      if (model.discrete || BOUND_TO_ITS_UNIT.has(model.name)) return;
      const powers = PER_TIME[model.name] ?? { alpha: 1 };
      fc.assert(
        fc.property(parametersOf(model, -1.5, 1.5), several, powerOfTen(-1, 2), (params, rows, horizon) => {
          const weeks = customersFor(model, rows);
          const sevenfold = rows.map(({ x, tx, T, z }) => ({ x, tx: Math.min(7 * tx, 7 * T), T: 7 * T, z }));
          const days = customersFor(model, sevenfold);
          const inDays = Object.fromEntries(
            Object.entries(params).map(([name, value]) => [name, value * 7 ** (powers[name] ?? 0)]),
          );
          // who bought at the first instant only has no times between purchases
          const shift = (i: number) => weeks.frequency[i]! * Math.log(7);
          const litt = weeks.litt!.map((sum, i) => sum + shift(i));
          const purchases = weeks.frequency.reduce((sum, x) => sum + x, 0);
          const value = model.logLikelihood(params, weeks);
          const shifted = value - purchases * Math.log(7);
          const found = model.logLikelihood(inDays, { ...days, litt });
          expectNear(found, shifted, 1e-12, 10 + 10 * purchases + Math.abs(value));
          const before = predictions(model, params, weeks, horizon);
          const after = predictions(model, inDays, days, 7 * horizon);
          before.forEach((values, k) => {
            values.forEach((value, i) => {
              expectNear(after[k]![i]!, value, 1e-9, value + 1e-5, `quantity ${k}:`);
            });
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'who bought more recently is never less likely to be alive',
    (model) => {
      const day = fc.integer({ min: 50, max: 99 });
      fc.assert(
        fc.property(parametersOf(model, -2, 2), fc.integer({ min: 1, max: 50 }), day, (params, x, tx) => {
          const rows = [tx, tx + 1].map((recency) => ({ x, tx: recency, T: 100 }));
          const [earlier, later] = model.pAlive(params, customersFor(model, rows));
          expect(later).toBeGreaterThanOrEqual(earlier! * (1 - 1e-11));
        }),
        RUNS,
      );
    },
  ],
  [
    'who is alive now is alive now, and P(alive) falls with time',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -2, 2), several, powerOfTen(-2, 3), (params, rows, time) => {
          const at = customersFor(model, rows);
          const horizon = horizonFor(model, time);
          const now = model.survivalIfAlive(params, at, 0);
          const soon = model.survivalIfAlive(params, at, horizon);
          const later = model.survivalIfAlive(params, at, 2 * horizon);
          now.forEach((value, i) => {
            expectNear(value, 1, 1e-14);
            expect(soon[i]).toBeLessThanOrEqual(1);
            expect(later[i]).toBeLessThanOrEqual(soon[i]! * (1 + 1e-11));
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'expected purchases start at 0 and grow with the horizon',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -2, 2), several, powerOfTen(-2, 3), (params, rows, time) => {
          const at = customersFor(model, rows);
          const horizon = horizonFor(model, time);
          const [none, some, more] = [0, horizon, 2 * horizon].map((t) => expectedOf(model, params, at, t));
          none!.forEach((value) => {
            expect(value).toBe(0);
          });
          some!.forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(more![i]).toBeGreaterThanOrEqual(value * (1 - 1e-11));
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'chances of counts sum to 1, their mean is the purchases expected, and P(active) is that of one or more',
    (model) => {
      const share = fc.double({ min: 0.02, max: 1, noNaN: true });
      fc.assert(
        fc.property(parametersOf(model, -1.5, 1.5), history(20, 2), share, (params, one, length) => {
          const at = customersFor(model, [one]);
          const horizon = countable(model, params, { ...one, ...historyFor(model, one) }, length);
          const chances = model.pmfIfAlive(params, at, horizon, MOST_COUNTED);
          expect(chances[MOST_COUNTED]).toBeLessThan(1e-14);
          const [total, mean] = chances.reduce(([sum, counted], p, n) => [sum! + p, counted! + n * p], [0, 0]);
          expectNear(total!, 1, 1e-10, 1, 'sum');
          const [purchases] = model.purchasesIfAlive(params, at, horizon);
          expectNear(mean!, purchases!, 1e-9, purchases! + 1e-3, 'mean');
          expectNear(model.activeIfAlive(params, at, 0, horizon)[0]!, 1 - chances[0]!, 1e-10, 1, 'P(active)');
        }),
        RUNS,
      );
    },
  ],
  [
    'a long window is as likely to see a purchase as its first part, its second part, or both',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -1.5, 1.5), several, powerOfTen(-1, 2), (params, rows, time) => {
          const at = customersFor(model, rows);
          const half = horizonFor(model, time);
          const early = model.activeIfAlive(params, at, 0, half);
          const late = model.activeIfAlive(params, at, half, 2 * half);
          const survival = model.survivalIfAlive(params, at, half);
          model.activeIfAlive(params, at, 0, 2 * half).forEach((whole, i) => {
            expect(whole).toBeGreaterThanOrEqual(Math.max(early[i]!, late[i]!) - 1e-10);
            expect(whole).toBeLessThanOrEqual(early[i]! + late[i]! + 1e-10);
            expect(late[i]).toBeLessThanOrEqual(survival[i]! + 1e-10);
          });
          for (const value of model.activeIfAlive(params, at, half, half)) expectNear(value, 0, 1e-12, 1);
        }),
        RUNS,
      );
    },
  ],
  [
    'purchases without a discount count in full, and with one for less, the later the less',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -1.5, 1.5), several, powerOfTen(-3, 0), (params, rows, delta) => {
          const at = customersFor(model, rows);
          const fitted = fittedAt(model, params);
          const horizon = horizonFor(model, 40);
          const plain = expectedOf(model, params, at, horizon);
          const full = discountedPurchases(fitted, at, horizon, 0);
          const less = discountedPurchases(fitted, at, horizon, continuous(delta));
          plain.forEach((count, i) => {
            expectNear(full[i]!, count, 1e-9);
            expect(less[i]).toBeLessThanOrEqual(count * (1 + 1e-9));
            expect(less[i]).toBeGreaterThanOrEqual(count * Math.exp(-delta * horizon) * (1 - 1e-9));
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'simulated lives buy as often as predicted, and in as many of the windows',
    (model) => {
      const points = fc.sample(fc.tuple(parametersOf(model, -0.2, 0.8), history(8, 1)), { seed: 1987, numRuns: 2 });
      points.forEach(([params, one], j) => {
        const from = { ...one, ...historyFor(model, one) };
        const at = customersFor(model, [one]);
        const horizon = 2 * horizonFor(model, countable(model, params, from, 0.5));
        const stream = randomStream(j);
        const counts = new Float64Array(LIVES);
        let late = 0;
        let outOfOrder = 0;
        for (let life = 0; life < LIVES; life++) {
          let last = 0;
          model.live(params, from, horizon, stream, (t) => {
            counts[life]!++;
            if (t <= last || t > horizon) outOfOrder++;
            last = t;
          });
          if (last > horizon / 2) late++;
        }
        expect(outOfOrder).toBe(0);
        const mean = counts.reduce((sum, n) => sum + n, 0) / LIVES;
        const deviation = Math.sqrt(counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / LIVES);
        const what = `${model.title} at ${JSON.stringify({ ...params, ...from, horizon })}`;
        const [purchases] = model.purchasesIfAlive(params, at, horizon);
        expectSimulated(mean, purchases!, deviation, LIVES, `purchases of ${what}`);
        model.pmfIfAlive(params, at, horizon, 5).forEach((chance, n) => {
          const share = counts.reduce((sum, count) => sum + (count === n ? 1 : 0), 0) / LIVES;
          expectSimulated(share, chance, Math.sqrt(chance * (1 - chance)), LIVES, `P(N = ${n}) of ${what}`);
        });
        const [active] = model.activeIfAlive(params, at, horizon / 2, horizon);
        expectSimulated(late / LIVES, active!, Math.sqrt(active! * (1 - active!)), LIVES, `P(active late) of ${what}`);
      });
    },
  ],
  [
    'who has just bought buys, in a moment or for ever without leaving, at the mean of their own rate',
    (model) => {
      if (!model.rate) return;
      fc.assert(
        fc.property(parametersOf(model, -1, 1), history(20, 1), (params, one) => {
          const from = historyFor(model, { ...one, tx: one.x === 0 ? 0 : one.T, T: one.x === 0 ? 0 : one.T });
          const staying = 'a' in params ? { ...params, a: 1e-12 } : params; // of BG, MBG: almost nobody leaves
          const at = customersFor(model, [from]);
          const mean = mixtureMean(model.rate!(staying, from));
          if (timeOf(model) === 'opportunities') {
            const [there] = model.survivalIfAlive(params, at, 1);
            expectNear(model.purchasesIfAlive(params, at, 1)[0]! / there!, mean, 1e-10);
          } else if (model.ifAliveColumns && !model.signed) {
            const long = 1e6 * (1 + from.T); // regular buyers have a memory
            expectNear(model.purchasesIfAlive(staying, at, long)[0]! / long, mean, 1e-4);
          } else {
            const moment = 1e-9 * Math.min(1, model.bend?.(params, at)[0] ?? 1);
            expectNear(model.purchasesIfAlive(staying, at, moment)[0]! / moment, mean, 1e-6);
          }
        }),
        RUNS,
      );
    },
  ],
];

/** Promises of models of how much customers spend. */
export const spendChecks: ReadonlyArray<Check<SpendModel>> = [
  [
    'expectations and chances are finite, parameters from 1e-6 to 1e6, x to 100,000',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -6, 6), history(100_000, 6), powerOfTen(-6, 9), (params, one, value) => {
          const at = customersFor(model, [one]);
          expectEach('spend', model.expectedSpend(params, at, 30), (v) => v > 0 && v < Number.POSITIVE_INFINITY);
          expectEach('P(spend ≤ v)', model.spendCdf(params, at, value), (v) => v >= 0 && v <= 1);
        }),
        MANY_RUNS,
      );
    },
  ],
  [
    'the chance to spend at most so much rises from 0 to 1',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -1, 1), several, powerOfTen(-1, 3), (params, rows, value) => {
          const at = customersFor(model, rows);
          const [none, some, more] = [0, value, 2 * value].map((v) => model.spendCdf(params, at, v));
          some!.forEach((chance, i) => {
            expect(none![i]).toBe(0);
            expect(more![i]).toBeGreaterThanOrEqual(chance * (1 - 1e-12));
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'drawn transactions are worth as much as expected, and as often at most so much',
    (model) => {
      const tame = Object.fromEntries(model.parameters.map((name) => [name, name === 'q' ? 6 : 2]));
      [
        { x: 0, tx: 0, T: 1, z: 0 },
        { x: 3, tx: 1, T: 1, z: 1.5 },
      ].forEach((one, j) => {
        const at = customersFor(model, [one]);
        const [mean] = model.expectedSpend(tame, at, 30);
        const stream = randomStream(j);
        const drawn = Float64Array.from({ length: LIVES }, () => model.drawSpender(tame, one.x, one.z, stream)());
        const found = drawn.reduce((sum, v) => sum + v, 0) / LIVES;
        const deviation = Math.sqrt(drawn.reduce((sum, v) => sum + (v - found) ** 2, 0) / LIVES);
        expectSimulated(found, mean!, deviation, LIVES, 'mean');
        const [chance] = model.spendCdf(tame, at, mean!);
        const below = drawn.reduce((sum, v) => sum + (v <= mean! ? 1 : 0), 0) / LIVES;
        expectSimulated(below, chance!, Math.sqrt(chance! * (1 - chance!)), LIVES, 'P(spend ≤ mean)');
      });
    },
  ],
  [
    'counting money in pence instead of pounds makes expectations a hundredfold',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, 0.1, 1.5), several, (params, rows) => {
          const inPence = Object.fromEntries(
            Object.entries(params).map(([name, value]) => {
              if (name === 'nu') return [name, value / 100];
              return [name, name === 'gamma' ? 100 * value : value];
            }),
          );
          const pounds = customersFor(model, rows);
          const pence = customersFor(
            model,
            rows.map((row) => ({ ...row, z: 100 * row.z })),
          );
          const expected = model.expectedSpend(params, pounds, 30);
          model.expectedSpend(inPence, pence, 3_000).forEach((value, i) => {
            expectNear(value, 100 * expected[i]!, 1e-12);
          });
          const chances = model.spendCdf(params, pounds, 20);
          model.spendCdf(inPence, pence, 2_000).forEach((value, i) => {
            expectNear(value, chances[i]!, 1e-11);
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'who never came back, or spent nothing, does not enter the likelihood',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -1, 1.5), several, (params, rows) => {
          const silent = [
            { x: 0, tx: 0, T: 3, z: 0 },
            { x: 4, tx: 1, T: 3, z: 0 },
          ];
          const value = model.logLikelihood(params, customersFor(model, rows));
          const more = model.logLikelihood(params, customersFor(model, [...silent, ...rows]));
          expectNear(more, value, 1e-13, 1 + Math.abs(value));
        }),
        RUNS,
      );
    },
  ],
];
