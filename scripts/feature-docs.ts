/**
 * The tables in docs/ that are made from the code, between markers such as `<!-- features -->` and `<!-- /features -->`:
 * features, and the checks of the doctor. `npx tsx scripts/feature-docs.ts` makes them anew;
 * test/features/docs.test.ts holds that they are what the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { FEATURES } from '../src/features/catalogue/index.js';
import { CHECKS } from '../src/features/doctor/index.js';

/** A table of Markdown; `|` in a cell would end it. */
function markdownTable(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Every feature, in the order of `clv features --list`. */
export const featuresTable = (): string =>
  markdownTable(
    ['name', 'unit', 'needs', 'meaning'],
    FEATURES.map(({ name, unit, needs, meaning }) => [`\`${name}\``, unit, needs.join(', '), meaning]),
  );

/** Every check of the doctor, in the order of its report. */
export const checksTable = (): string =>
  markdownTable(
    ['code', 'looks for', 'what it means where found'],
    CHECKS.map(({ code, title, meaning }) => [`\`${code}\``, title, meaning]),
  );

/** Which table stands where, by the name of its markers. */
export const TABLES: ReadonlyArray<{ readonly document: string; readonly name: string; readonly made: () => string }> =
  [
    { document: 'docs/features.md', name: 'features', made: featuresTable },
    { document: 'docs/data.md', name: 'checks', made: checksTable },
  ];

/** A document in three parts: up to its first marker, what stands between the two, and the rest. */
export function partsOf(text: string, name: string): [before: string, between: string, after: string] {
  const [open, close] = [`<!-- ${name} -->\n\n`, `\n\n<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start + open.length) throw new Error(`no markers ${open.trim()} … ${close.trim()}`);
  return [text.slice(0, start + open.length), text.slice(start + open.length, end), text.slice(end)];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { document, name, made } of TABLES) {
    const [before, , after] = partsOf(readFileSync(document, 'utf8'), name);
    writeFileSync(document, before + made() + after);
  }
}
