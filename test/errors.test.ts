import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClvError, ERROR_CODES } from '../src/errors.js';

const codes = Object.keys(ERROR_CODES);
const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && file !== 'errors.test.ts')
  .map((file) => readFileSync(join('test', file), 'utf8'))
  .join('\n');

describe('the catalogue of errors', () => {
  it('is the table of docs/errors.md', () => {
    const documented = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
    expect(documented).toEqual(codes);
  });

  it.each(codes)('%s is provoked by a test', (code) => {
    expect(tests).toMatch(new RegExp(`['"]${code}['"]`));
  });
});

describe('a ClvError', () => {
  const error = new ClvError('bad_cell', 'this is not a day', {
    file: 'orders.csv',
    row: 1042,
    column: 'order_date',
    found: '31/02/2011',
    expected: 'a calendar day, YYYY-MM-DD',
    hint: '--date_format %d/%m/%Y',
  });

  it('says where, what was found, what was expected and what to try', () => {
    expect(error.message).toBe(
      `orders.csv, row 1042, column "order_date": this is not a day
  found     "31/02/2011"
  expected  a calendar day, YYYY-MM-DD
  try       --date_format %d/%m/%Y`,
    );
  });

  it('is data first', () => {
    expect(error).toMatchObject({ code: 'bad_cell', problem: 'this is not a day', details: { row: 1042 } });
    expect(error).toBeInstanceOf(Error);
  });

  it('cuts what was found at 80 characters, on one line', () => {
    const { message } = new ClvError('bad_cell', 'no', { found: `${'x\n'.repeat(500)}` });
    expect(message.split('\n')).toHaveLength(2);
    expect(message.length).toBeLessThan(110);
  });
});
