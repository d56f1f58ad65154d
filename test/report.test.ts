import { describe, expect, it } from 'vitest';
import { textTable, wrapped } from '../src/report/table.js';

describe('a table of text', () => {
  it('aligns columns by what a terminal shows, whatever codes a cell holds', () => {
    expect(
      textTable(
        [
          ['a', '1'],
          ['\u001b[1mlong\u001b[22m', '10'],
        ],
        'lr',
      ),
    ).toEqual(['a      1', '\u001b[1mlong\u001b[22m  10']);
  });
});

describe('a wrapped line', () => {
  it('is left alone where it fits', () => {
    expect(wrapped('  a b', 5)).toBe('  a b');
    expect(wrapped('a very long line', Number.POSITIVE_INFINITY)).toBe('a very long line');
  });

  it('breaks at blanks and goes on under its indentation', () => {
    expect(wrapped('  one two three four', 11)).toBe('  one two\n    three\n    four');
  });

  it('keeps a word that is longer than the width whole', () => {
    expect(wrapped('an incomprehensibility', 8)).toBe('an\n  incomprehensibility');
  });
});
