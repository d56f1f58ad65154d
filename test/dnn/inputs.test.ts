import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type InputColumn,
  type InputColumns,
  learnInputs,
  namesOf,
  readInputs,
  widthOf,
} from '../../src/dnn/inputs.js';
import { drawNormal, randomStream } from '../../src/kernels/random.js';
import { keras } from './keras.js';

const rowsOf = (n: number) => Array.from({ length: n }, (_, row) => row);
const row = (of: ReturnType<typeof readInputs>, i: number) => [
  ...of.values.slice(i * of.columns, (i + 1) * of.columns),
];
/** Learns from all rows and reads them. */
function read(columns: InputColumns, style: Parameters<typeof learnInputs>[2] = 'standard') {
  const n = Object.values(columns)[0]!.length;
  const inputs = learnInputs(columns, rowsOf(n), style);
  return { inputs, matrix: readInputs(inputs, columns) };
}
const columnOf = ({ values, columns }: ReturnType<typeof readInputs>, at: number) =>
  values.filter((_, i) => i % columns === at);
const meanOf = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / values.length;

const stream = randomStream(1);
const normal = Float64Array.from({ length: 1000 }, () => 5 + 2 * drawNormal(stream));
const skewed = normal.map((x) => Math.exp(x));
const channel = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 'shop' : i < 5 ? 'fax' : i % 3 ? 'web' : ''));

describe('numbers', () => {
  it('are standardised', () => {
    const { inputs, matrix } = read({ normal });
    expect(inputs).toMatchObject([{ kind: 'number', name: 'normal', log: false }]);
    expect(meanOf(matrix.values)).toBeCloseTo(0, 6);
    expect(meanOf(matrix.values.map((x) => x * x))).toBeCloseTo(1, 6);
  });

  it('are read on a log scale where they are skewed, with their sign', () => {
    const { inputs, matrix } = read({ skewed, both: skewed.map((x, i) => (i % 4 === 0 ? -x : x)) });
    expect(inputs[0]).toMatchObject({ log: true });
    expect(Math.max(...columnOf(matrix, 0).map(Math.abs))).toBeLessThan(4); // as normal numbers are
    const signs = columnOf(matrix, 1);
    expect(signs[0]!).toBeLessThan(signs[1]!);
  });

  it('far below 1 are read alike whatever their unit', () => {
    const [share, less] = [1e-6, 1e-12].map((unit) => read({ share: skewed.map((x) => x * unit) }).matrix.values);
    expect(Math.max(...share!.map((x, i) => Math.abs(x - less![i]!)))).toBeLessThan(1e-6);
  });

  it('are cut at the half per cent at either end', () => {
    const column = Float64Array.from({ length: 1000 }, (_, i) => i);
    const { inputs } = read({ column });
    expect(inputs).toMatchObject([{ low: 5, high: 994 }]);
    const [far, high] = readInputs(inputs, { column: Float64Array.of(1e9, 994) }).values;
    expect(far).toBe(high);
  });

  it('stay numbers as they are in raw style', () => {
    expect(read({ normal }, 'raw').matrix.values).toEqual(Float32Array.from(normal));
  });

  it.each(['standard', 'raw', 'wide', 'wide_without_crosses'] as const)(
    'are finite in style %s whatever the amounts',
    (style) => {
      const huge = fc.constantFrom(-1.7e308, -1e308, -1, -1e-320, 0, 1e-320, 1, 2, 1e10, 1e308, 1.7e308);
      fc.assert(
        fc.property(fc.array(huge, { minLength: 2, maxLength: 40 }), (values) => {
          fc.pre(new Set(values).size > 1 && new Set(values.map(Math.fround)).size > 1);
          const columns = { amount: Float64Array.from(values), other: values.map((_, i) => i) };
          expect(read(columns, style).matrix.values.every(Number.isFinite)).toBe(true);
        }),
        { seed: 1, numRuns: 200, endOnFailure: true, examples: [[[1.7e308, 1.7e308, -1.7e308]]] },
      );
    },
  );
});

describe('what is learned', () => {
  const styles = fc.constantFrom('standard', 'raw', 'wide', 'wide_without_crosses' as const);
  const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 60, maxLength: 60 });

  it('comes from the given rows only', () => {
    fc.assert(
      fc.property(numbers, numbers, styles, (values, others, style) => {
        const known = rowsOf(40);
        const texts = (from: readonly number[]) => from.map((x) => (x > 0 ? 'up' : 'down'));
        const columns = (rest: readonly number[]): InputColumns => {
          const all = [...values.slice(0, 40), ...rest.slice(40)];
          return { frequency: Float64Array.from(all), recency: rowsOf(60), text: texts(all) };
        };
        expect(learnInputs(columns(others), known, style)).toEqual(learnInputs(columns(values), known, style));
      }),
      { seed: 2, endOnFailure: true },
    );
  });

  it('does not depend on the order of the rows', () => {
    const columns = { normal: normal.slice(0, 200), skewed: skewed.slice(0, 200), channel: channel.slice(0, 200) };
    const forward = learnInputs(columns, rowsOf(200), 'wide');
    expect(learnInputs(columns, rowsOf(200).reverse(), 'wide')).toEqual(forward);
  });

  it('leaves out columns that never change, also those that change by rounding only', () => {
    const inputs = learnInputs(
      {
        ...{ normal, zero: new Float64Array(1000), text: new Array(1000).fill('web') },
        ...{ rounding: normal.map((_, i) => 0.1 + (i % 2) * 1e-17) },
      },
      rowsOf(1000),
      'standard',
    );
    expect(namesOf(inputs)).toEqual(['normal']);
  });

  it('keeps a column in which only a few customers differ', () => {
    const rare = Float64Array.from({ length: 1000 }, (_, i) => (i < 2 ? 1 : 0));
    const { matrix } = read({ rare });
    expect(matrix.values[0]).toBeGreaterThan(matrix.values[999]!);
  });
});

describe('buckets', () => {
  it('hold a value that equals a boundary above it, as those of TensorFlow do', () => {
    const { boundaries, values, index } = keras.buckets;
    const inputs: InputColumn[] = [{ kind: 'buckets', name: 'x', boundaries }];
    const matrix = readInputs(inputs, { x: Float64Array.from(values) });
    expect(matrix.columns).toBe(boundaries.length + 1);
    expect(values.map((_, i) => row(matrix, i).indexOf(1))).toEqual(index);
    expect(meanOf(matrix.values) * matrix.columns).toBe(1); // each row is in one of them
  });

  it('hold a tenth of the customers each', () => {
    const { matrix } = read({ normal }, 'wide');
    expect(matrix.columns).toBe(10);
    for (let bucket = 0; bucket < 10; bucket++) expect(meanOf(columnOf(matrix, bucket))).toBeCloseTo(0.1, 2);
  });

  it('are fewer where many customers share a value', () => {
    const { inputs } = read({ count: Float64Array.from({ length: 1000 }, (_, i) => (i < 650 ? 0 : i % 2)) }, 'wide');
    expect(inputs).toEqual([{ kind: 'buckets', name: 'count', boundaries: [1] }]);
  });
});

describe('categories', () => {
  it('have an input each, the most frequent first; the empty text and those of under ten customers have none', () => {
    const { inputs, matrix } = read({ channel });
    expect(inputs).toEqual([{ kind: 'category', name: 'channel', categories: ['web', 'shop'] }]);
    expect(row(matrix, 7)).toEqual([1, 0]);
    expect(row(matrix, 10)).toEqual([0, 1]);
    expect(row(matrix, 1)).toEqual([0, 0]); // fax
  });

  it('that nobody had in training are none of them', () => {
    const { inputs } = read({ channel });
    expect([...readInputs(inputs, { channel: ['pigeon', 'web', 'toString'] }).values]).toEqual([0, 0, 1, 0, 0, 0]);
  });

  it('are at most twenty', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `city ${i % 40}`);
    expect(widthOf(read({ many }).inputs)).toBe(20);
  });
});

describe('crosses', () => {
  const columns = {
    frequency: Float64Array.from({ length: 400 }, (_, i) => i % 20),
    recency: Float64Array.from({ length: 400 }, (_, i) => Math.floor(i / 20)),
  };

  it('have one input a pair of buckets', () => {
    const { inputs, matrix } = read(columns, 'wide');
    expect(inputs.map(({ kind }) => kind)).toEqual(['buckets', 'buckets', 'cross']);
    const start = widthOf(inputs.slice(0, 2));
    expect(matrix.columns).toBe(start + 16);
    for (let cell = 0; cell < 16; cell++) expect(meanOf(columnOf(matrix, start + cell))).toBeCloseTo(1 / 16, 2);
    expect(namesOf(inputs)).toEqual(['frequency', 'recency']);
  });

  it('are left out where told so, and where a column of the pair never changes', () => {
    expect(read(columns, 'wide_without_crosses').inputs).toHaveLength(2);
    expect(read({ ...columns, recency: new Float64Array(400) }, 'wide').inputs).toHaveLength(1);
  });
});

describe('columns that cannot be read', () => {
  const good = { a: Float64Array.of(1, 2, 3), b: ['x', 'y', 'z'] };
  const learn = (columns: InputColumns) => () => learnInputs(columns, rowsOf(3), 'standard');

  it.each([
    ['a number that is not one', { ...good, a: Float64Array.of(1, Number.NaN, 3) }, { row: 2, column: 'a' }],
    ['an infinite one', { ...good, a: Float64Array.of(1, 2, Infinity) }, { row: 3, column: 'a' }],
    ['columns of unequal length', { ...good, c: [1, 2] }, { column: 'c', found: '2 rows' }],
    ['no customers', { a: new Float64Array(0) }, {}],
    ['no columns', {}, {}],
    ['nothing that differs', { a: [1, 1, 1] }, { found: '1 columns, each the same for all 3 customers' }],
  ])('are refused: %s', (_, columns, details) => {
    expect(learn(columns as InputColumns)).toThrow(
      expect.objectContaining({ code: 'bad_columns', details: expect.objectContaining(details) }),
    );
  });

  it('are refused by name where the network knew a column that is gone', () => {
    const { inputs } = read({ normal, skewed });
    expect(() => readInputs(inputs, { normal })).toThrow(
      expect.objectContaining({ code: 'missing_column', details: expect.objectContaining({ column: 'skewed' }) }),
    );
  });

  it('are refused where numbers became text, and text numbers', () => {
    const { inputs } = read({ normal, channel });
    const texts = Array.from(normal, String);
    expect(() => readInputs(inputs, { normal: texts, channel })).toThrow(
      expect.objectContaining({ code: 'bad_columns', details: expect.objectContaining({ column: 'normal' }) }),
    );
    expect(() => readInputs(inputs, { normal, channel: normal })).toThrow(
      expect.objectContaining({ code: 'bad_columns', details: expect.objectContaining({ column: 'channel' }) }),
    );
  });

  it('need not be there where the network does not read them', () => {
    const { inputs, matrix } = read({ normal, constant: new Float64Array(1000) });
    expect(readInputs(inputs, { normal })).toEqual(matrix);
  });
});
