import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CustomerColumn,
  type Customers,
  customers,
  expand,
  fingerprint,
  mergeIdentical,
  takeRows,
} from '../src/customers.js';
import { ClvError } from '../src/errors.js';

const good = {
  frequency: [0, 2, 1],
  recency: [0, 10, 5],
  age: [30, 30, 5],
  monetary: [0, 9.5, 0],
  weight: [1, 2, 0.5],
};

function errorOf(call: () => unknown): ClvError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(ClvError);
    return error as ClvError;
  }
  throw new Error('nothing was thrown');
}

describe('customers', () => {
  it('takes arrays and typed arrays, and fills in what is left out', () => {
    const { frequency, recency, age } = good;
    const made = customers({ frequency: Int32Array.from(frequency), recency, age: Float64Array.from(age) });
    expect(made.n).toBe(3);
    expect(made.timeUnit).toBe('day');
    expect(Array.from(made.frequency)).toEqual(frequency);
    expect(Array.from(made.monetary)).toEqual([0, 0, 0]);
    expect(Array.from(made.weight)).toEqual([1, 1, 1]);
  });

  it('allows an age of 0, and repeat purchases within the first instant', () => {
    expect(customers({ frequency: [0, 3], recency: [0, 0], age: [0, 0] }).n).toBe(2);
    expect(customers({ frequency: [], recency: [], age: [] }).n).toBe(0);
  });

  it.each([
    { column: 'frequency', value: -1 },
    { column: 'frequency', value: 1.5 },
    { column: 'frequency', value: Number.NaN },
    { column: 'frequency', value: Number.POSITIVE_INFINITY },
    { column: 'recency', value: -1 },
    { column: 'recency', value: 31 },
    { column: 'recency', value: Number.NaN },
    { column: 'age', value: -1 },
    { column: 'age', value: Number.NaN },
    { column: 'age', value: Number.POSITIVE_INFINITY },
    { column: 'monetary', value: -0.01 },
    { column: 'monetary', value: Number.NaN },
    { column: 'monetary', value: Number.POSITIVE_INFINITY },
    { column: 'weight', value: 0 },
    { column: 'weight', value: -1 },
    { column: 'weight', value: Number.NaN },
    { column: 'weight', value: Number.POSITIVE_INFINITY },
  ] as const)('names row and column where $column is $value', ({ column, value }) => {
    const changed = { ...good, [column]: good[column].with(1, value) };
    const error = errorOf(() => customers(changed));
    expect(error.code).toBe('bad_columns');
    expect(error.details).toMatchObject({ row: 2, column, found: value });
    expect(error.message).toMatch(new RegExp(`row 2, column "${column}"`));
  });

  it('keeps covariates under their names and litt where it is given', () => {
    const made = customers({ ...good, litt: [0, 1.5, 0], covariates: { channel: [0, 1, 1] } });
    expect(Array.from(made.litt!)).toEqual([0, 1.5, 0]);
    expect(Array.from(made.covariates.channel!)).toEqual([0, 1, 1]);
    expect(customers(good).litt).toBeUndefined();
    expect(customers(good).covariates).toEqual({});
  });

  it.each([
    { column: 'litt', changed: { litt: [0, Number.NaN, 1] } },
    { column: 'litt', changed: { litt: [0, Number.NEGATIVE_INFINITY, 1] } },
    { column: 'channel', changed: { covariates: { channel: [0, Number.NaN, 1] } } },
    { column: 'channel', changed: { covariates: { channel: [0, Number.POSITIVE_INFINITY, 1] } } },
  ])('names row and column where $column is not a number', ({ column, changed }) => {
    expect(errorOf(() => customers({ ...good, ...changed })).details).toMatchObject({ row: 2, column });
  });

  it.each([{ litt: [1, 2] }, { covariates: { channel: [1, 2] } }])(
    'names the column where %o is shorter',
    (changed) => {
      const error = errorOf(() => customers({ ...good, ...changed }));
      expect(error.code).toBe('bad_columns');
      expect(error.details).toMatchObject({ found: '2 rows' });
    },
  );

  it('names row and column where who never came back has a recency', () => {
    const error = errorOf(() => customers({ ...good, recency: [4, 10, 5] }));
    expect(error.details).toMatchObject({ row: 1, column: 'recency', found: 4 });
  });

  it.each(['recency', 'age', 'monetary', 'weight'] as const)('names the column where %s is shorter', (column) => {
    const error = errorOf(() => customers({ ...good, [column]: [1, 2] }));
    expect(error.code).toBe('bad_columns');
    expect(error.details).toMatchObject({ column, found: '2 rows' });
  });
});

const COLUMNS: CustomerColumn[] = ['frequency', 'recency', 'age', 'monetary'];
const row = fc.record({
  x: fc.integer({ min: 0, max: 3 }),
  tx: fc.integer({ min: 0, max: 2 }),
  extra: fc.integer({ min: 0, max: 2 }),
  z: fc.constantFrom(0, 1.5, 2),
  w: fc.constantFrom(1, 2, 0.25),
});
const tables = fc.array(row, { maxLength: 60 }).map((rows) =>
  customers({
    frequency: rows.map(({ x }) => x),
    recency: rows.map(({ x, tx }) => (x === 0 ? 0 : tx)),
    age: rows.map(({ tx, extra }) => tx + extra),
    monetary: rows.map(({ z }) => z),
    weight: rows.map(({ w }) => w),
    timeUnit: 'week',
  }),
);
const SEED = { seed: 1042 };
const keyOf = (from: Customers, i: number, columns: readonly CustomerColumn[]) =>
  columns.map((name) => from[name][i]).join();

describe('mergeIdentical', () => {
  it.each([[COLUMNS], [['frequency', 'age'] as CustomerColumn[]]])(
    'makes one row of those equal in %o and keeps the weight',
    (columns) => {
      fc.assert(
        fc.property(tables, (from) => {
          const { customers: merged, rows } = mergeIdentical(from, columns);
          const keys = Array.from({ length: merged.n }, (_, i) => keyOf(merged, i, columns));
          expect(new Set(keys).size).toBe(merged.n);
          const weightOf = new Map<string, number>();
          for (let i = 0; i < from.n; i++) {
            const key = keyOf(from, i, columns);
            expect(keyOf(merged, rows[i]!, columns)).toBe(key);
            weightOf.set(key, (weightOf.get(key) ?? 0) + from.weight[i]!);
          }
          expect(Array.from(merged.weight)).toEqual(keys.map((key) => weightOf.get(key)));
          expect(merged.timeUnit).toBe('week');
        }),
        SEED,
      );
    },
  );

  it('keeps the order of first appearance, and merging again changes nothing', () => {
    fc.assert(
      fc.property(tables, (from) => {
        const { customers: once, rows } = mergeIdentical(from, COLUMNS);
        const firsts = [...new Set(rows)];
        expect(firsts).toEqual(firsts.map((_, i) => i));
        expect(mergeIdentical(once, COLUMNS).customers).toEqual(once);
      }),
      SEED,
    );
  });

  it('keeps rows apart that differ in a covariate asked for, and in no other', () => {
    const from = customers({
      ...{ frequency: [1, 1, 1, 1], recency: [2, 2, 2, 2], age: [3, 3, 3, 3] },
      covariates: { channel: [0, 1, 0, 1], shoe: [40, 41, 42, 43] },
    });
    expect(mergeIdentical(from, COLUMNS).customers.n).toBe(1);
    const { customers: merged, rows } = mergeIdentical(from, COLUMNS, ['channel']);
    expect(Array.from(merged.covariates.channel!)).toEqual([0, 1]);
    expect(Array.from(rows)).toEqual([0, 1, 0, 1]);
    expect(Array.from(merged.weight)).toEqual([2, 2]);
  });

  it('takes the weighted mean of litt, so that its sum over customers stays', () => {
    const columns = { frequency: [2, 2, 2], recency: [4, 4, 5], age: [9, 9, 9] };
    const from = customers({ ...columns, litt: [1, 4, 7], weight: [1, 3, 2] });
    const { customers: merged } = mergeIdentical(from, COLUMNS);
    expect(Array.from(merged.litt!)).toEqual([13 / 4, 7]);
    const sum = ({ litt, weight }: Customers) => litt!.reduce((total, value, i) => total + weight[i]! * value, 0);
    expect(sum(merged)).toBe(sum(from));
  });

  it('tells 0 from the smallest number, and takes 0 and −0 for one', () => {
    const from = customers({ frequency: [1, 1, 1], recency: [0, Number.MIN_VALUE, -0], age: [1, 1, 1] });
    expect(mergeIdentical(from, ['recency']).customers.n).toBe(2);
  });

  it('is right and quick where a hundred thousand rows are distinct', () => {
    const n = 100_000;
    const age = Float64Array.from({ length: n }, (_, i) => i / 7);
    const zeros = new Float64Array(n);
    expect(mergeIdentical(customers({ frequency: zeros, recency: zeros, age }), COLUMNS).customers.n).toBe(n);
  });
});

describe('expand and takeRows', () => {
  it('expand undoes the merge: one value a distinct row becomes one an original row', () => {
    fc.assert(
      fc.property(tables, (from) => {
        const { customers: merged, rows } = mergeIdentical(from, COLUMNS);
        for (const name of COLUMNS) expect(expand(merged[name], rows)).toEqual(from[name]);
      }),
      SEED,
    );
  });

  it('takeRows picks rows in the order asked for, also twice', () => {
    const from = customers(good);
    const taken = takeRows(from, Int32Array.of(2, 0, 2));
    expect(taken.n).toBe(3);
    expect(Array.from(taken.age)).toEqual([5, 30, 5]);
    expect(Array.from(taken.weight)).toEqual([0.5, 1, 0.5]);
  });
});

describe('fingerprint', () => {
  it('is sixteen hex digits that depend neither on the order of rows nor on how equal rows are written', () => {
    fc.assert(
      fc.property(tables, (from) => {
        const print = fingerprint(from, COLUMNS);
        expect(print).toMatch(/^[0-9a-f]{16}$/);
        const backwards = Int32Array.from({ length: from.n }, (_, i) => from.n - 1 - i);
        expect(fingerprint(takeRows(from, backwards), COLUMNS)).toBe(print);
        expect(fingerprint(mergeIdentical(from, COLUMNS).customers, COLUMNS)).toBe(print);
      }),
      SEED,
    );
  });

  it('changes with any cell, with a weight and with a row', () => {
    const print = fingerprint(customers(good), COLUMNS);
    const others = [
      { ...good, frequency: [0, 3, 1] },
      { ...good, recency: [0, 10.000000000001, 5] },
      { ...good, age: [30.5, 30, 5] },
      { ...good, monetary: [0, 9.49, 0] },
      { ...good, weight: [1, 2, 1] },
    ].map((input) => fingerprint(customers(input), COLUMNS));
    const shorter = fingerprint(takeRows(customers(good), Int32Array.of(0, 1)), COLUMNS);
    expect(new Set([print, shorter, ...others]).size).toBe(7);
  });

  it('looks only at the columns named', () => {
    const other = customers({ ...good, monetary: [0, 1, 2] });
    expect(fingerprint(other, ['frequency', 'age'])).toBe(fingerprint(customers(good), ['frequency', 'age']));
  });
});
