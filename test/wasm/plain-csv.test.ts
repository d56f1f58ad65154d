import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDay, parseIsoDay } from '../../src/calendar.js';
import { PlainCsv, type PlainFormat } from '../../src/wasm/plain-csv.js';

const FORMAT: PlainFormat = {
  delimiter: ',',
  crlf: false,
  columns: ['code', 'moment', 'number', 'number', 'key'],
  time: { separator: ' ', seconds: true, zone: false },
  scales: { quantity: 2, price: 3, value: undefined, decimals: 2, pieceDecimals: 1, shared: undefined },
};
const PLAIN = ['ann', '2024-02-29 23:59:59', '2', '1.25', 'o1'];

/** Cells of all lines by column, read by the kernel; undefined where they are not plain. */
function read(lines: ReadonlyArray<readonly string[]>, format: Partial<PlainFormat> = {}) {
  const all = { ...FORMAT, ...format };
  const kernel = PlainCsv.of(all)!;
  const end = all.crlf ? '\r\n' : '\n';
  const cells = {
    code: [] as number[],
    day: [] as Array<number | null>,
    minute: [] as Array<number | null>,
    quantity: [] as Array<number | null>,
    key: [] as bigint[],
    worth: [] as Array<number | null>,
    pieces: [] as Array<number | null>,
  };
  const take = <T>(
    into: T[],
    { buffer, at, filled }: ReturnType<PlainCsv['cells']>,
    rows: number,
    view: 'i4' | 'f8' | 'u8' | 'i8',
  ) => {
    const data = new DataView(buffer);
    for (let row = 0; row < rows; row++) {
      const isEmpty = filled !== undefined && (data.getUint8(filled + (row >> 3)) & (1 << (row & 7))) === 0;
      const values = {
        i4: () => data.getInt32(at + 4 * row, true),
        f8: () => data.getFloat64(at + 8 * row, true),
        u8: () => data.getBigUint64(at + 8 * row, true),
        i8: () => Number(data.getBigInt64(at + 8 * row, true)),
      };
      into.push((isEmpty ? null : values[view]()) as T);
    }
  };
  for (let from = 0; from < lines.length; from += 500) {
    const text = lines
      .slice(from, from + 500)
      .map((line) => line.join(all.delimiter) + end)
      .join('');
    kernel.feed(Buffer.from(text).copy(kernel.input()));
    for (;;) {
      const rows = kernel.scan();
      if (rows === undefined) return undefined;
      if (rows === 0) break;
      take(cells.code, kernel.cells(0), rows, 'i4');
      take(cells.day, kernel.cells(1), rows, 'i4');
      take(cells.minute, kernel.minutes(1), rows, 'i4');
      take(cells.quantity, kernel.cells(2), rows, 'f8');
      take(cells.key, kernel.cells(4), rows, 'u8');
      take(cells.worth, kernel.weight('worth'), rows, 'i8');
      take(cells.pieces, kernel.weight('pieces'), rows, 'i8');
    }
  }
  return { ...cells, texts: kernel.texts(0) };
}

const withCell = (place: number, cell: string) => PLAIN.map((plain, i) => (i === place ? cell : plain));

describe('the kernel for plain CSV', () => {
  it('reads a line', () => {
    expect(read([PLAIN])).toEqual({
      code: [0],
      day: [parseIsoDay('2024-02-29')],
      minute: [1439],
      quantity: [2],
      key: [BigInt('o'.charCodeAt(0)) + (BigInt('1'.charCodeAt(0)) << 8n)],
      worth: [250],
      pieces: [20],
      texts: ['ann'],
    });
  });

  it('reads every day of the calendar', () => {
    const days = Array.from({ length: 9998 * 3 }, (_, i) => isoDay(parseIsoDay('0001-01-01')! + 121 * i + (i % 7)));
    const { day } = read(days.map((date) => withCell(1, `${date} 00:00:00`)))!;
    expect(day).toEqual(days.map((date) => parseIsoDay(date)));
  });

  it('reads numbers as JavaScript does, to the bit', () => {
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
        const { quantity, pieces } = read(numbers.map((number) => ['a', PLAIN[1]!, number, '', 'o']))!;
        expect(quantity).toEqual(numbers.map(Number));
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
        const { worth } = read(pairs.map(([pieces, price]) => ['a', PLAIN[1]!, String(pieces), cents(price), 'o']))!;
        expect(worth).toEqual(pairs.map(([pieces, price]) => pieces * price || 0));
      }),
    );
  });

  it('tells texts apart, however long and however many, and gives equal ones the same code and key', () => {
    const ids = Array.from({ length: 30_000 }, (_, i) => `${'customer-'.repeat(i % 4)}${(i * 7919) % 20_011}`);
    const { code, key, texts } = read(ids.map((id) => [id, ...PLAIN.slice(1, 4), id]))!;
    expect(code.map((place) => texts[place])).toEqual(ids);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBe(new Set(ids).size);
    expect(new Set(key).size).toBe(texts.length);
    const byId = new Map(ids.map((id, i) => [id, key[i]]));
    expect(key).toEqual(ids.map((id) => byId.get(id)));
  });

  it('keeps empty cells apart from all others', () => {
    const lines = [PLAIN, ['', '', '', '', ''], PLAIN, ['', PLAIN[1]!, '', '1', ''], ['', '', '1', '1', 'o2']];
    expect(read(lines)).toMatchObject({
      code: [0, null, 0, null, null],
      day: [parseIsoDay('2024-02-29'), null, parseIsoDay('2024-02-29'), parseIsoDay('2024-02-29'), null],
      quantity: [2, null, 2, null, 1],
      worth: [250, null, 250, null, 100],
      pieces: [20, null, 20, null, 10],
      texts: ['ann'],
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
    expect(read([[...PLAIN.slice(0, 4), 'o1\r']])).toBeUndefined();
  });

  it.each([
    ['a cell too few', PLAIN.slice(1)],
    ['a cell too many', [...PLAIN, 'x']],
    ['a blank line', ['']],
  ])('leaves a line with %s to another reader', (_, line) => {
    expect(read([PLAIN, line, PLAIN])).toBeUndefined();
  });

  it('puts neighbouring purchases of one customer and day together, and nothing else', () => {
    const shared = { customer: 0, date: 1 };
    const kernel = PlainCsv.of({ ...FORMAT, scales: { ...FORMAT.scales, shared } })!;
    const [day, next] = ['2024-01-01 10:00:00', '2024-01-02 10:00:00'];
    const lines = [
      ['ann', day, '1', '2.50', 'a'],
      ['ann', day, '2', '0.25', 'b'],
      ['ann', day, '-1', '2.50', 'c'], // given back
      ['ann', day, '1', '1', 'd'],
      ['ann', next, '1', '1', 'd'],
      ['bob', next, '1', '1', 'd'],
      ['bob', next, '1', '3', 'd'],
    ];
    kernel.feed(Buffer.from(lines.map((line) => `${line.join(',')}\n`).join('')).copy(kernel.input()));
    expect(kernel.scan()).toBe(0);
    expect(kernel.flush()).toBe(5);
    const { buffer, at } = kernel.shared('worth');
    expect(Array.from(new BigInt64Array(buffer, at, 5), Number)).toEqual([300, -250, 100, 100, 400]);
    const counts = kernel.shared('lines');
    expect(Array.from(new Float64Array(counts.buffer, counts.at, 5))).toEqual([2, 1, 1, 1, 2]);
    const pieces = kernel.shared('pieces');
    expect(Array.from(new BigInt64Array(pieces.buffer, pieces.at, 5), Number)).toEqual([30, -10, 10, 10, 20]);
  });
});
