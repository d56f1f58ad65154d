import { beforeAll, describe, expect, it } from 'vitest';
import { readTransactions } from '../../src/features/read-transactions.js';
import { compare } from '../../src/jobs/compare.js';
import type { Comparison } from '../../src/jobs/comparison.js';
import { comparisonText } from '../../src/report/comparison-text.js';
import { asColumns, END, shop, THRESHOLD } from '../jobs/networks-log.js';

const plain = { bold: (text: string) => text, dim: (text: string) => text, warn: (text: string) => text };

describe('a comparison as text', () => {
  let found: Comparison;
  beforeAll(async () => {
    const log = await readTransactions(asColumns(shop()));
    found = await compare(log, { thresholdDate: THRESHOLD, predictEnd: END });
    await log.close();
  });

  it('has a row for every model and benchmark, sorted by error, and names the best', () => {
    const text = comparisonText(found, { ...plain, width: Number.POSITIVE_INFINITY });
    for (const part of ['purchases', 'value'] as const) {
      const winner = found.models.find(({ model }) => model === found.best[part])!;
      expect(text).toContain(`Best for ${part}: ${winner.title}.`);
    }
    const [, ...rows] = text.slice(text.indexOf('  value ')).split('\n\n')[0]!.split('\n');
    const named = found.models.map(({ title, kind }) => (kind === 'benchmark' ? `(${title})` : title));
    expect(rows.slice(1).map((row, k) => row.trim().startsWith(named[k]!) || row)).toEqual(named.map(() => true));
    expect(text).toContain('rank corr.');
  });

  it('leaves columns out rather than breaking rows in two on a narrow terminal', () => {
    const text = comparisonText(found, { ...plain, width: 80 });
    expect(text).not.toContain('rank corr.');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text.match(/Poisson/g)!.length).toBeGreaterThanOrEqual(2);
  });
});
