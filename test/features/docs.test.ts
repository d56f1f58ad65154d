import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { partsOf, TABLES } from '../../scripts/feature-docs.js';
import { CLEANING_CHOICES, NOTES, REASONS } from '../../src/features/cleaning.js';
import { ROLES } from '../../src/features/layout.js';

const data = readFileSync('docs/data.md', 'utf8');

describe('the documents of features and data', () => {
  it.each(TABLES)('$document has the $name of the code (npx tsx scripts/feature-docs.ts)', ({ document, name, made }) => {
    expect(partsOf(readFileSync(document, 'utf8'), name)[1]).toBe(made());
  });

  it('name every reason for which a line is left out, in the order in which they are asked', () => {
    const rows = [...data.matchAll(/^\| `(\w+)` \| (.*?) \| .* \| .* \|$/gm)].map(([, reason, meaning]) => ({
      reason,
      meaning,
    }));
    expect(rows).toEqual(REASONS.map(({ reason, meaning }) => ({ reason, meaning })));
  });

  it('name everything that stays and is reported', () => {
    const rows = [...data.matchAll(/^\| `(\w+)` \| ([^|]*) \|$/gm)].map(([, reason, meaning]) => ({ reason, meaning }));
    expect(rows).toEqual(NOTES.map(({ reason, meaning }) => ({ reason, meaning })));
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
