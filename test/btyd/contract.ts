/**
 * What every model of the library promises, as named checks that run on any model: contract.test.ts runs them over the
 * registry. A check throws (vitest's `expect`) where the promise is broken. All randomness is seeded.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Model, Params, PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { type Customers, customers, takeRows } from '../../src/customers.js';
import { derivativesOf, expectedOf } from './one-customer.js';

type AnyModel = PurchaseModel | SpendModel;
export type Check<M extends Model> = readonly [promise: string, check: (model: M) => void];

const RUNS = { seed: 2005, numRuns: 60 };
const powerOfTen = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);

/** Parameters for a model, each of 10^min … 10^max. */
function parametersOf<P extends string>(model: Model<P>, min: number, max: number): fc.Arbitrary<Params<P>> {
  return fc.tuple(...model.parameters.map(() => powerOfTen(min, max))).map((values) => {
    return Object.fromEntries(model.parameters.map((name, i) => [name, values[i]])) as Params<P>;
  });
}

interface History {
  x: number;
  tx: number;
  T: number;
  z: number;
}

/** A customer: any count to `most`, an age of 10^±span, last seen at any share of it. */
function history(most: number, span: number): fc.Arbitrary<History> {
  const share = fc.oneof(fc.constantFrom(0, 1, 1e-9, 1 - 1e-9), fc.double({ min: 0, max: 1, noNaN: true }));
  const age = fc.oneof({ weight: 9, arbitrary: powerOfTen(-span, span) }, { weight: 1, arbitrary: fc.constant(0) });
  return fc.tuple(fc.integer({ min: 0, max: most }), share, age, powerOfTen(-2, 4)).map(([x, at, T, z]) => {
    return { x, tx: x === 0 ? 0 : Math.min(T, T * at), T, z: x === 0 ? 0 : z };
  });
}

const several = fc.array(history(30, 2), { minLength: 2, maxLength: 12 });

function table(rows: readonly History[], weight?: readonly number[]): Customers {
  return customers({
    frequency: rows.map(({ x }) => x),
    recency: rows.map(({ tx }) => tx),
    age: rows.map(({ T }) => T),
    monetary: rows.map(({ z }) => z),
    weight,
  });
}

/** Predictions of a model: what its kind promises, one list a quantity. */
function predictions(model: AnyModel, params: Params<string>, rows: Customers, horizon: number): Float64Array[] {
  if (model.kind === 'spend') return [model.expectedSpend(params, rows, 30)];
  const fresh = Float64Array.of(model.expectedPurchasesNew(params, horizon));
  return [model.pAlive(params, rows), expectedOf(model, params, rows, horizon), fresh];
}

/** Equal up to `digits` of the larger size given. */
function expectNear(value: number, expected: number, tolerance: number, size = Math.abs(expected)): void {
  expect(Math.abs(value - expected), `${value} against ${expected}`).toBeLessThanOrEqual(tolerance * size);
}

/** Central differences of f at 0, extrapolated once (Richardson): error of order h⁴. */
function slope(f: (step: number) => number, h: number): number {
  const central = (step: number) => (f(step) - f(-step)) / (2 * step);
  return (4 * central(h / 2) - central(h)) / 3;
}

function movedBy<P extends string>(params: Params<P>, name: P, factor: number): Params<P> {
  return { ...params, [name]: params[name] * factor };
}

/** Promises of every model. */
export const commonChecks: ReadonlyArray<Check<AnyModel>> = [
  [
    'its gradient is the slope of its log-likelihood',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -1, 1.5), several, (params, rows) => {
          const at = table(rows);
          const derivatives = derivativesOf(model);
          const value = model.logLikelihood(params, at, derivatives);
          model.parameters.forEach((name, i) => {
            const numeric = slope((step) => model.logLikelihood(movedBy(params, name, 1 + step), at), 1e-3);
            const exact = derivatives.gradient[i]! * params[name]!;
            expectNear(exact, numeric, 1e-7, Math.abs(numeric) + 1e-3 * (1 + Math.abs(value)));
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
          const at = table(rows);
          const derivatives = derivativesOf(model);
          model.logLikelihood(params, at, derivatives);
          const gradientAt = (moved: Params<string>, i: number) => {
            const there = derivativesOf(model);
            model.logLikelihood(moved, at, there);
            return there.gradient[i]!;
          };
          for (let i = 0; i < p; i++) {
            for (let j = 0; j < p; j++) {
              const name = model.parameters[j]!;
              const unit = params[model.parameters[i]!]!; // of the logs of the parameters
              const numeric = slope((step) => gradientAt(movedBy(params, name, 1 + step), i), 1e-3) * unit;
              const exact = derivatives.hessian[i * p + j]! * params[name]! * unit;
              expectNear(
                exact,
                numeric,
                1e-7,
                Math.abs(numeric) + 1e-2 * (1 + Math.abs(derivatives.gradient[i]! * unit)),
              );
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
          const at = table(rows);
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
          const value = model.logLikelihood(
            params,
            table(
              rows,
              rows.map(() => 2),
            ),
            once,
          );
          const size = table(rows).frequency.reduce((sum, x) => sum + x, 1);
          expectNear(
            value,
            model.logLikelihood(params, table([...rows, ...rows]), twice),
            1e-12,
            size + Math.abs(value),
          );
          once.gradient.forEach((slope, i) => {
            expectNear(slope, twice.gradient[i]!, 1e-11, Math.abs(slope) + size / params[model.parameters[i]!]!);
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
          const at = table(rows);
          const backwards = Int32Array.from(rows, (_, i) => rows.length - 1 - i);
          const reversed = takeRows(at, backwards);
          const value = model.logLikelihood(params, at);
          expectNear(model.logLikelihood(params, reversed), value, 1e-12, 100 + Math.abs(value));
          const one = predictions(model, params, at, 10)[0]!;
          const other = predictions(model, params, reversed, 10)[0]!;
          expect(Array.from(other)).toEqual(Array.from(backwards, (i) => one[i]));
        }),
        RUNS,
      );
    },
  ],
  [
    'likelihood, derivatives and predictions are finite, parameters from 1e-6 to 1e6, x to 100,000, T to 1e6',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -6, 6), history(100_000, 6), powerOfTen(-3, 6), (params, one, horizon) => {
          const at = table([one]);
          const derivatives = derivativesOf(model);
          expect(model.logLikelihood(params, at, derivatives)).toSatisfy(Number.isFinite);
          expect(Array.from(derivatives.gradient)).toSatisfy((slopes: number[]) => slopes.every(Number.isFinite));
          expect(Array.from(derivatives.hessian)).toSatisfy((curves: number[]) => curves.every(Number.isFinite));
          for (const values of predictions(model, params, at, horizon)) {
            expect(values[0]).toSatisfy((value: number) => value >= 0 && value < Number.POSITIVE_INFINITY);
          }
        }),
        { ...RUNS, numRuns: 300 },
      );
    },
  ],
];

/** Promises of models of when customers buy. */
export const purchaseChecks: ReadonlyArray<Check<PurchaseModel>> = [
  [
    'measuring in days instead of weeks lowers the log-likelihood by Σx · ln 7 and changes no prediction',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -1.5, 1.5), several, powerOfTen(-1, 2), (params, rows, horizon) => {
          const weeks = table(rows);
          const days = table(rows.map(({ x, tx, T, z }) => ({ x, tx: Math.min(7 * tx, 7 * T), T: 7 * T, z })));
          const inDays = Object.fromEntries(
            Object.entries(params).map(([name, value]) => {
              if (name === 'rate') return [name, value / 7];
              return [name, name === 'alpha' || name === 'beta' ? 7 * value : value];
            }),
          );
          const purchases = weeks.frequency.reduce((sum, x) => sum + x, 0);
          const value = model.logLikelihood(params, weeks);
          const shifted = value - purchases * Math.log(7);
          expectNear(model.logLikelihood(inDays, days), shifted, 1e-12, 1 + purchases + Math.abs(value));
          const before = predictions(model, params, weeks, horizon);
          const after = predictions(model, inDays, days, 7 * horizon);
          before.forEach((values, k) => {
            values.forEach((value, i) => {
              expectNear(after[k]![i]!, value, 1e-10);
            });
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'P(alive) is a probability',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -6, 6), history(100_000, 6), (params, one) => {
          const [alive] = model.pAlive(params, table([one]));
          expect(alive).toBeGreaterThanOrEqual(0);
          expect(alive).toBeLessThanOrEqual(1);
        }),
        { ...RUNS, numRuns: 300 },
      );
    },
  ],
  [
    'who bought more recently is never less likely to be alive',
    (model) => {
      const day = fc.integer({ min: 0, max: 99 });
      fc.assert(
        fc.property(parametersOf(model, -2, 2), fc.integer({ min: 1, max: 10_000 }), day, (params, x, tx) => {
          const rows = [tx, tx + 1].map((recency) => ({ x, tx: recency, T: 100, z: 1 }));
          const [earlier, later] = model.pAlive(params, table(rows));
          expect(later).toBeGreaterThanOrEqual(earlier! * (1 - 1e-12));
        }),
        RUNS,
      );
    },
  ],
  [
    'expected purchases start at 0 and grow with the horizon',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -2, 2), several, powerOfTen(-2, 3), (params, rows, horizon) => {
          const at = table(rows);
          const [none, some, more] = [0, horizon, 1.5 * horizon].map((t) => [
            ...expectedOf(model, params, at, t),
            model.expectedPurchasesNew(params, t),
          ]);
          none!.forEach((value) => {
            expect(value).toBe(0);
          });
          some!.forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(more![i]).toBeGreaterThanOrEqual(value * (1 - 1e-12));
          });
        }),
        RUNS,
      );
    },
  ],
  [
    'a customer seen for no time is expected to do as a new one does',
    (model) => {
      fc.assert(
        fc.property(parametersOf(model, -2, 2), powerOfTen(-2, 3), (params, horizon) => {
          const [known] = expectedOf(model, params, table([{ x: 0, tx: 0, T: 0, z: 0 }]), horizon);
          expectNear(known!, model.expectedPurchasesNew(params, horizon), 1e-11);
        }),
        RUNS,
      );
    },
  ],
];

/** Promises of models of how much customers spend. */
export const spendChecks: ReadonlyArray<Check<SpendModel>> = [
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
          const pounds = model.expectedSpend(params, table(rows), 30);
          const pence = model.expectedSpend(inPence, table(rows.map((row) => ({ ...row, z: 100 * row.z }))), 3_000);
          pounds.forEach((value, i) => {
            expectNear(pence[i]!, 100 * value, 1e-12);
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
          const value = model.logLikelihood(params, table(rows));
          expectNear(model.logLikelihood(params, table([...silent, ...rows])), value, 1e-13, 1 + Math.abs(value));
        }),
        RUNS,
      );
    },
  ],
];
