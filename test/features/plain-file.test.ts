import { truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PlainFile } from '../../src/features/plain-file.js';
import { PlainCsv } from '../../src/wasm/plain-csv.js';
import { fileIn, temporaryFolder } from './logs.js';

const folder = temporaryFolder();
const HEADER = 'customer_id,date,value\n';
const LINES = 50_000;
const BODY = Array.from({ length: LINES }, (_, i) => `c${i % 7},2024-01-01,2.50\n`).join('');
const LINE = BODY.length / LINES;

/** A file of more than one piece, and how many lines its rows stand for. */
function opened(name: string, text = HEADER + BODY) {
  const path = fileIn(folder, name, text);
  const kernel = PlainCsv.of({
    delimiter: ',',
    crlf: false,
    columns: ['code', 'moment', 'number'],
    time: { separator: '', seconds: false, zone: false },
    scales: { quantity: undefined, price: undefined, value: 2, decimals: 2, pieceDecimals: 0 },
    visits: { customer: 0, date: 1, minutes: false },
  })!;
  const file = new PlainFile(path, kernel, HEADER.length);
  const rest = () => {
    let lines = 0;
    for (;;) {
      const rows = file.next();
      if (rows === undefined) return undefined;
      if (rows === 0) return lines;
      const { buffer, at } = kernel.cells('lines');
      lines += new Float64Array(buffer, at, rows).reduce((sum, count) => sum + count, 0);
    }
  };
  return { path, file, rest };
}

describe('a plain file', () => {
  it('is read to its end', () => {
    const { file, rest } = opened('whole.csv');
    expect(rest()).toBe(LINES);
    expect(file.done).toBe(1);
    file.close();
  });

  it('is read with a last line that has no end', () => {
    const { file, rest } = opened('open.csv', (HEADER + BODY).trimEnd());
    expect(rest()).toBe(LINES);
    file.close();
  });

  it.each([
    ['to nothing', 0],
    ['after a line', HEADER.length + 20_000 * LINE],
    ['within a line', HEADER.length + 20_000 * LINE + 5],
  ])('is not taken for whole when it is cut off %s meanwhile', (_, size) => {
    const { path, file, rest } = opened('cut.csv');
    expect(file.next()).toBeGreaterThan(0);
    truncateSync(path, size);
    expect(rest()).toBeUndefined();
    file.close();
  });
});
