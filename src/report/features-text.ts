/** A table of features, and the list of all features, as text. */
import type { Feature } from '../features/catalogue/feature.js';
import type { FeatureTable } from '../features/feature-table.js';
import { count, counted, money, type Style } from './style.js';
import { textTable, wrapped } from './table.js';

/** `clv features --list`: name, unit and meaning, and what the log must have. */
export function featureListText(features: ReadonlyArray<Omit<Feature, 'sql' | 'stage'>>, width: number): string {
  const rows = features.map(({ name, unit, needs, meaning }) => [
    name,
    unit,
    needs.length === 0 ? meaning : `${meaning} [needs ${needs.join(', ')}]`,
  ]);
  return textTable([['name', 'unit', 'meaning'], ...rows], 'lll')
    .map((line) => wrapped(line, width))
    .join('\n');
}

/** What a table holds and what to know about it. */
export function featureTableText({ columns, details, rows }: FeatureTable, style: Style): string {
  const { windows, leftOut, outliers, split, notes } = details;
  const [first] = windows;
  const last = windows.at(-1)!;
  const origins = windows.length === 1 ? '' : ` at ${windows.length} thresholds from ${first!.thresholdDate} on`;
  const made = columns.length - 2 - (split ? 1 : 0) - columns.filter(({ name }) => name.startsWith('target_')).length;
  const lines = [
    `${style.bold('Features')} as known on ${last.thresholdDate}${origins}: ${counted(rows, 'row')}, ${counted(made, 'feature')}${
      last.predictEnd === null ? '' : `; targets to ${last.predictEnd}`
    }`,
  ];
  if (split) {
    const shares = Object.entries(split).map(([name, share]) => `${name} ${share}`);
    lines.push(`  split by a hash of the id: ${shares.join(', ')}`);
  }
  for (const { thresholdDate, limit, transactions, customers, value } of outliers?.limits ?? []) {
    lines.push(
      `  outliers at ${thresholdDate}: ${count(transactions)} transactions of ${count(customers)} customers above ${money(limit)}, ${
        'drop' in outliers!.rule ? 'left out' : 'cut to it'
      }: ${money(value)} less`,
    );
  }
  if (leftOut.length > 0) {
    const needs = [...new Set(leftOut.flatMap((feature) => feature.needs))];
    lines.push(`  ${leftOut.length} features left out: the log has no ${needs.join(', ')}`);
  }
  return [...lines, ...notes.map((note) => `${style.warn('Note:')} ${note}`)]
    .map((line) => wrapped(line, style.width))
    .join('\n');
}
