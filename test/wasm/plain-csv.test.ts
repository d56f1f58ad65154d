import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDay, parseIsoDay } from '../../src/calendar.js';
import { PlainCsv, type PlainFormat } from '../../src/wasm/plain-csv.js';
import { textsOf } from '../../src/wasm/texts.js';

const FORMAT: PlainFormat = {
  delimiter: ',',
  crlf: false,
  columns: ['code', 'moment', 'number', 'number', 'key', 'code'],
  time: { separator: ' ', seconds: true, zone: false },
  scales: { quantity: 2, price: 3, value: undefined, decimals: 2, pieceDecimals: 1 },
  visits: { customer: 0, date: 1, minutes: true, order: 4, product: 5 },
};
const PLAIN = ['ann', '2024-02-29 23:59:59', '2', '1.25', 'o1', 'tea'];
type Cells = ReturnType<PlainCsv['cells']>;

const NUMBERS = {
  i4: (data: DataView, at: number, row: number) => data.getInt32(at + 4 * row, true),
  f8: (data: DataView, at: number, row: number) => data.getFloat64(at + 8 * row, true),
  u8: (data: DataView, at: number, row: number) => data.getBigUint64(at + 8 * row, true),
  i8: (data: DataView, at: number, row: number) => Number(data.getBigInt64(at + 8 * row, true)),
};

/** So many cells, null where they are empty. */
function cellsOf({ buffer, at, filled }: Cells, rows: number, as: keyof typeof NUMBERS) {
  const data = new DataView(buffer);
  const isEmpty = (row: number) =>
    filled !== undefined && (data.getUint8(filled + (row >> 3)) & (1 << (row & 7))) === 0;
  return Array.from({ length: rows }, (_, row) => (isEmpty(row) ? null : NUMBERS[as](data, at, row)));
}

/** Lists of codes, null where there is none. */
function listsOf({ buffer, at, items }: ReturnType<PlainCsv['lists']>, rows: number) {
  const codes = cellsOf({ buffer, at: items.at, filled: items.filled }, items.count, 'i4');
  const places = new BigUint64Array(buffer, at, 2 * rows);
  return Array.from({ length: rows }, (_, row) => {
    const [start, length] = [Number(places[2 * row]), Number(places[2 * row + 1])];
    return codes.slice(start, start + length);
  });
}

/** All rows by column, read by the kernel; undefined where lines are not plain. */
function rowsOf(lines: ReadonlyArray<readonly string[]>, format: Partial<PlainFormat> = {}) {
  const all = { ...FORMAT, ...format };
  const kernel = PlainCsv.of(all)!;
  const end = all.crlf ? '\r\n' : '\n';
  const rows: Record<string, unknown[]> = {};
  const take = (count: number) => {
    const columns = {
      code: cellsOf(kernel.cells('customer'), count, 'i4'),
      day: cellsOf(kernel.cells('date'), count, 'i4'),
      minute: cellsOf(kernel.cells('minute'), count, 'i4'),
      quantity: cellsOf(kernel.cells('quantity'), count, 'f8'),
      order: cellsOf(kernel.cells('order'), count, 'u8'),
      worth: cellsOf(kernel.cells('worth'), count, 'i8'),
      largest: cellsOf(kernel.cells('largest'), count, 'i8'),
      pieces: cellsOf(kernel.cells('pieces'), count, 'i8'),
      lines: cellsOf(kernel.cells('lines'), count, 'f8'),
      products: listsOf(kernel.lists('product'), count),
    };
    for (const [name, cells] of Object.entries(columns)) rows[name] = [...(rows[name] ?? []), ...cells];
  };
  for (let from = 0; from < lines.length; from += 500) {
    const text = lines
      .slice(from, from + 500)
      .map((line) => line.join(all.delimiter) + end)
      .join('');
    kernel.feed(Buffer.from(text).copy(kernel.input()));
    for (;;) {
      const count = kernel.scan();
      if (count === undefined) return undefined;
      if (count === 0) break;
      take(count);
    }
  }
  take(kernel.flush());
  return { ...rows, texts: textsOf(kernel.texts(0)), names: textsOf(kernel.texts(5)) } as Record<string, unknown[]>;
}

/** Of lines of which each has a row of its own: a purchase of nothing stands between any two. */
function read(lines: ReadonlyArray<readonly string[]>, format?: Partial<PlainFormat>) {
  const apart = rowsOf(
    lines.flatMap((line) => [line, NOTHING]),
    format,
  );
  if (apart === undefined) return undefined;
  const { texts, names, ...columns } = apart;
  const own = Object.entries(columns).map(([name, cells]) => [name, cells.filter((_, row) => row % 2 === 0)]);
  return { ...Object.fromEntries(own), texts: texts!.filter((text) => text !== 'none') } as Record<string, unknown[]>;
}
const NOTHING = ['none', '2000-01-01 00:00:00', '0', '0', 'none', ''];

const withCell = (place: number, cell: string) => PLAIN.map((plain, i) => (i === place ? cell : plain));

describe('the kernel for plain CSV', () => {
  it('reads a line', () => {
    expect(read([PLAIN])).toEqual({
      code: [0],
      day: [parseIsoDay('2024-02-29')],
      minute: [1439],
      quantity: [2],
      order: [BigInt('o'.charCodeAt(0)) + (BigInt('1'.charCodeAt(0)) << 8n)],
      worth: [250],
      largest: [250],
      pieces: [20],
      lines: [1],
      products: [[0]],
      texts: ['ann'],
    });
  });

  it('reads every day of the calendar', () => {
    const days = Array.from({ length: 9998 * 3 }, (_, i) => isoDay(parseIsoDay('0001-01-01')! + 121 * i + (i % 7)));
    const { day } = read(days.map((date) => withCell(1, `${date} 00:00:00`)))!;
    expect(day).toEqual(days.map((date) => parseIsoDay(date)));
  });

  it('reads numbers as JavaScript does, to the bit, but for the sign of a zero', () => {
    const decimal = fc
      .tuple(
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 1 }),
        fc.boolean(),
      )
      .map(
        ([whole, fraction, decimals, negative]) =>
          `${negative ? '-' : ''}${whole}${decimals === 0 ? '' : `.${fraction}`}`,
      );
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1, maxLength: 50 }), (numbers) => {
        const { quantity, pieces } = read(numbers.map((number) => ['a', PLAIN[1]!, number, '', 'o', 'p']))!;
        expect(quantity).toEqual(numbers.map((number) => Number(number) || 0));
        expect(pieces).toEqual(numbers.map((number) => Math.round(10 * Number(number)) || 0));
      }),
    );
  });

  it('weighs lines exactly', () => {
    const amounts = fc.tuple(
      fc.integer({ min: -99_999, max: 99_999 }),
      fc.integer({ min: -9_999_999, max: 9_999_999 }),
    );
    fc.assert(
      fc.property(fc.array(amounts, { minLength: 1, maxLength: 50 }), (pairs) => {
        const cents = (price: number) =>
          `${price < 0 ? '-' : ''}${Math.floor(Math.abs(price) / 100)}.${String(Math.abs(price) % 100).padStart(2, '0')}`;
        const { worth } = read(
          pairs.map(([pieces, price]) => ['a', PLAIN[1]!, String(pieces), cents(price), 'o', 'p']),
        )!;
        expect(worth).toEqual(pairs.map(([pieces, price]) => pieces * price || 0));
      }),
    );
  });

  it('tells texts apart, however long and however many, and gives equal ones the same code and key', () => {
    const ids = Array.from({ length: 30_000 }, (_, i) => `${'customer-'.repeat(i % 4)}${(i * 7919) % 20_011}`);
    const { code, order, products, texts, names } = rowsOf(ids.map((id) => [id, ...PLAIN.slice(1, 4), id, id]))!;
    expect(code!.map((place) => texts![place as number])).toEqual(ids);
    expect(products!.map((list) => names![(list as number[])[0]!])).toEqual(ids);
    expect(new Set(texts).size).toBe(texts!.length);
    expect(texts!.length).toBe(new Set(ids).size);
    expect(new Set(order).size).toBe(texts!.length);
    const byId = new Map(ids.map((id, i) => [id, order![i]]));
    expect(order).toEqual(ids.map((id) => byId.get(id)));
  });

  it('tells a text from one that it is the beginning of, next to it', () => {
    const ids = ['customer1', 'customer', 'customer12', 'customer1', 'cust', 'customer', 'custom', 'customer'];
    const { code, order, products, texts, names } = rowsOf(ids.map((id) => [id, ...PLAIN.slice(1, 4), id, id]))!;
    expect(code!.map((place) => texts![place as number])).toEqual(ids);
    expect(products!.map((list) => names![(list as number[])[0]!])).toEqual(ids);
    expect(new Set(order).size).toBe(new Set(ids).size);
  });

  it('keeps empty cells apart from all others', () => {
    const day = PLAIN[1]!;
    const lines = [PLAIN, ['', '', '', '', '', ''], PLAIN, ['', day, '', '1', '', ''], ['', '', '1', '1', 'o2', 'x']];
    expect(rowsOf(lines)).toMatchObject({
      code: [0, null, 0, null, null],
      products: [[0], [null], [0], [null], [1]],
      day: [parseIsoDay('2024-02-29'), null, parseIsoDay('2024-02-29'), parseIsoDay('2024-02-29'), null],
      quantity: [2, null, 2, null, 1],
      worth: [250, null, 250, null, 100],
      pieces: [20, null, 20, null, 10],
      texts: ['ann'],
      names: ['tea', 'x'],
    });
  });

  it.each([
    ['a quote', 0, '"ann"'],
    ['a NUL', 0, 'a\0b'],
    ['a delimiter too many', 0, 'a,b'],
    ['a carriage return', 0, 'a\rb'],
    ['a blank before a text', 0, ' ann'],
    ['a blank after a text', 4, 'o1 '],
    ['a wide blank around a text', 0, '\u3000ann'],
    ['a wide blank after a text', 0, 'ann\u00a0'],
    ['a day that is none', 1, '2023-02-29 00:00:00'],
    ['a month that is none', 1, '2023-13-01 00:00:00'],
    ['the hour 24', 1, '2024-02-04 24:00:00'],
    ['a leap second', 1, '2024-02-04 23:59:60'],
    ['a day alone', 1, '2024-02-04'],
    ['another separator', 1, '2024-02-04T10:00:00'],
    ['the year 0', 1, '0000-02-04 10:00:00'],
    ['an exponent', 2, '1e3'],
    ['a plus', 2, '+1'],
    ['a point alone', 3, '.5'],
    ['a point at the end', 3, '5.'],
    ['a minus alone', 3, '-'],
    ['a comma of decimals', 3, '1;5'],
    ['more decimals than told', 3, '1.001'],
    ['fractions of a piece that are too small', 2, '0.25'],
    ['more digits than a double has', 3, '12345678901234567'],
    ['amounts that are no money', 3, '999999999999999'],
    ['infinity', 3, 'inf'],
  ])('leaves %s to another reader', (_, place, cell) => {
    expect(read([PLAIN, withCell(place, cell), PLAIN])).toBeUndefined();
  });

  it('takes zeros at the end for no decimals', () => {
    expect(read([withCell(3, '1.2500'), withCell(2, '3.000')])).toMatchObject({ worth: [250, 375], pieces: [20, 30] });
  });

  it('reads lines that end in CR LF, and no others where they do', () => {
    expect(read([PLAIN, PLAIN], { crlf: true })?.code).toEqual([0, 0]);
    expect(read([[...PLAIN.slice(0, 5), 'tea\r']])).toBeUndefined();
  });

  it.each([
    ['a cell too few', PLAIN.slice(1)],
    ['a cell too many', [...PLAIN, 'x']],
    ['a blank line', ['']],
  ])('leaves a line with %s to another reader', (_, line) => {
    expect(read([PLAIN, line, PLAIN])).toBeUndefined();
  });

  describe('puts neighbouring purchases together', () => {
    const [day, next] = ['2024-01-01 10:00:00', '2024-01-02 10:00:00'];
    const lines = [
      ['ann', day, '1', '2.50', 'a', 'tea'],
      ['ann', day, '2', '0.25', 'a', 'milk'],
      ['ann', day, '-1', '2.50', 'a', 'tea'], // given back
      ['ann', day, '1', '1', 'a', ''],
      ['ann', next, '1', '1', 'a', 'tea'],
      ['bob', next, '1', '1', 'a', 'tea'],
      ['bob', next, '1', '3', 'a', 'milk'],
      ['bob', next, '1', '2', 'b', 'milk'],
      ['bob', '2024-01-02 10:01:00', '1', '4', 'b', 'milk'],
    ];

    it('of one customer, day, minute and order', () => {
      expect(rowsOf(lines)).toMatchObject({
        worth: [300, -250, 100, 100, 400, 200, 400],
        largest: [250, -250, 100, 100, 300, 200, 400],
        pieces: [30, -10, 10, 10, 20, 10, 10],
        lines: [2, 1, 1, 1, 2, 1, 1],
        products: [[0, 1], [0], [null], [0], [0, 1], [1], [1]],
      });
    });

    it('of one customer and day, where nothing else matters', () => {
      expect(rowsOf(lines, { visits: { customer: 0, date: 1, minutes: false } })).toMatchObject({
        worth: [300, -250, 100, 100, 1000],
        lines: [2, 1, 1, 1, 4],
      });
    });

    it('however many there are', () => {
      const many = rowsOf(Array.from({ length: 100_000 }, () => ['ann', day, '1', '0.01', 'a', 'tea']))!;
      const sum = (cells: unknown[]) => cells.reduce<number>((so, cell) => so + (cell as number), 0);
      expect([sum(many.worth!), sum(many.pieces!), sum(many.lines!)]).toEqual([100_000, 1_000_000, 100_000]);
      expect(many.products!.flat()).toEqual(Array.from({ length: 100_000 }, () => 0));
      expect(many.lines!.length).toBeLessThan(500);
    });
  });
});
