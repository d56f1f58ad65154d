import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { partsOf, TABLES } from '../../scripts/feature-docs.js';
import { CLEANING_CHOICES, NOTES, REASONS } from '../../src/features/cleaning.js';
import { ROLES } from '../../src/features/layout.js';

const data = readFileSync('docs/data.md', 'utf8');

/** Reason and meaning of the rows of tables with so many columns, where the first cell is code. */
const reasonsIn = (columns: number) =>
  data
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === columns + 2 && /^`\w+`$/.test(cells[1]!))
    .map(([, reason, meaning]) => ({ reason: reason!.slice(1, -1), meaning }));

describe('the documents of features and data', () => {
  it.each(TABLES)(
    '$document has the $name of the code (npx tsx scripts/feature-docs.ts)',
    ({ document, name, made }) => {
      expect(partsOf(readFileSync(document, 'utf8'), name)[1]).toBe(made());
    },
  );

  it('name every reason for which a line is left out, in the order in which they are asked', () => {
    expect(reasonsIn(4)).toEqual(REASONS.map(({ reason, meaning }) => ({ reason, meaning })));
  });

  it('name everything that stays and is reported', () => {
    expect(reasonsIn(2)).toEqual(NOTES.map(({ reason, meaning }) => ({ reason, meaning })));
  });

  it('name every role of a column, and every choice of cleaning with its default', () => {
    for (const role of ROLES) expect(data).toMatch(new RegExp(`^\\| \`${role}\` \\|`, 'm'));
    for (const [option, [byDefault, ...others]] of Object.entries(CLEANING_CHOICES)) {
      const flag = `--${option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
      for (const other of others) expect(data).toContain(`\`${flag} ${other}\``);
      expect(data).toContain(`${option}: '${byDefault}'`);
    }
  });
});
