import fc from 'fast-check';
import { expect, it } from 'vitest';
import { locateDataset } from '../../src/datasets/locate.js';
import { FEATURES } from '../../src/features/catalogue/index.js';
import type { FeatureOptions } from '../../src/features/feature-options.js';
import { logOn } from '../../src/features/log-on.js';
import { featureTable } from '../../src/features/make-features.js';
import { openPostgres } from '../../src/features/postgres.js';
import { readTransactions, type TransactionLog } from '../../src/features/read-transactions.js';
import { describeOnPostgres } from '../postgres.js';
import { describeOn } from '../real-data.js';
import { fileIn, temporaryFolder } from './logs.js';
import { genericCsv, randomLog } from './random-logs.js';

const folder = temporaryFolder();

/** Makes the same table on both engines; returns how many cells were compared. Text and whole numbers are equal, others to 1e-12. */
async function compareEngines(log: TransactionLog, url: string, options: FeatureOptions): Promise<number> {
  const other = await logOn(await openPostgres(url), log);
  try {
    const [ours, theirs] = [await featureTable(log, options), await featureTable(other, options)];
    expect(theirs.columns).toEqual(ours.columns);
    expect(theirs.details).toEqual(ours.details);
    let cells = 0;
    for (const { name } of ours.columns) {
      const [a, b] = [await ours.column(name), await theirs.column(name)];
      expect(b.length).toBe(a.length);
      const number = FEATURES.find((feature) => feature.name === name)?.type === 'number' || name === 'target_value';
      const wrong = Array.from(a as ArrayLike<string | number>, (_, i) => i).filter((i) =>
        number ? !(Math.abs(Number(a[i]) - Number(b[i])) <= 1e-12 * Math.abs(Number(a[i]))) : a[i] !== b[i],
      );
      expect(wrong.map((i) => `${name}: ${a[i]} and ${b[i]}`)).toEqual([]);
      cells += a.length;
    }
    return cells;
  } finally {
    await other.close();
  }
}

describeOnPostgres('the same features on DuckDB and on Postgres', (postgres) => {
  it('every cell of random logs', async () => {
    let cells = 0;
    await fc.assert(
      fc.asyncProperty(randomLog, fc.constantFrom('drop', 'net'), async (lines, returns) => {
        const file = fileIn(folder, 'random.csv', genericCsv(lines));
        const log = await readTransactions(file, { returns, latestDate: '2100-01-01' }).catch(
          (error: { code?: string }) => {
            if (error.code === 'no_customers') return undefined; // nothing is left of some random logs
            throw error;
          },
        );
        if (log === undefined) return;
        const { firstDay, lastDay } = log.report;
        const middle = new Date((Date.parse(firstDay) + Date.parse(lastDay)) / 2).toISOString().slice(0, 10);
        const options = {
          thresholdDate: middle,
          predictEnd: '2030-01-01',
          split: { a: 2, b: 1 },
          outliers: { winsorise: 0.9 },
        };
        cells += await compareEngines(log, postgres().url, options).finally(() => log.close());
      }),
      { numRuns: 15, endOnFailure: true },
    );
    expect(cells).toBeGreaterThan(1000);
  }, 120_000);

  describeOn('online_retail', 'every cell of UCI Online Retail', () => {
    it.each(['drop', 'net'] as const)(
      'with returns: %s',
      async (returns) => {
        const log = await readTransactions(locateDataset('online_retail')!, { returns });
        const cells = await compareEngines(log, postgres().url, {
          thresholdDate: '2011-08-08',
          predictEnd: '2011-12-09',
          origins: ['2011-04-07'],
          split: { train: 70, eval: 15, test: 15 },
          outliers: { drop: 0.999 },
        });
        await log.close();
        expect(cells).toBeGreaterThan(400_000);
      },
      120_000,
    );
  });
});
