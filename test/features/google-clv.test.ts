import { bigqueryFingerprint } from 'farmhash-modern';
import { describe, expect, it } from 'vitest';
import { locateDataset } from '../../src/datasets/locate.js';
import { featureTable } from '../../src/features/make-features.js';
import { readTransactions } from '../../src/features/read-transactions.js';
import { describeOn } from '../real-data.js';
import { googleOracle } from './google-oracle.js';
import { fileIn, smallLog, temporaryFolder } from './logs.js';
import { dayOf } from './oracle.js';
import { onlineRetailLines } from './real-lines.js';

const folder = temporaryFolder();

describe('the hash of the reference split', () => {
  // the examples of BigQuery's documentation of FARM_FINGERPRINT
  it.each([
    ['1footrue', -1541654101129638711n],
    ['2applefalse', 2794438866806483259n],
    ['3true', -4880158226897771312n],
  ])('of %s is what BigQuery gives', (text, hash) => {
    expect(bigqueryFingerprint(text)).toBe(hash);
  });
});

describeOn('online_retail', 'google_clv on UCI Online Retail', () => {
  it('selects, describes, aims and splits as the reference does, customer by customer', async () => {
    const log = await readTransactions(locateDataset('online_retail')!);
    const table = await featureTable(log, {
      preset: 'google_clv',
      thresholdDate: '2011-08-08',
      predictEnd: '2011-12-09',
    });
    const truth = googleOracle(onlineRetailLines(), {
      threshold: dayOf('2011-08-08'),
      end: dayOf('2011-12-09'),
      maxMonetary: 15_000,
      recentDays: 90,
    });
    expect(table.rows).toBe(truth.length);
    for (const { name } of table.columns) {
      if (name === 'threshold_date' || name === 'split') continue;
      const column = await table.column(name);
      const right = truth.map((row) => (row as unknown as Record<string, unknown>)[name === 't' ? 'T' : name]);
      const wrong = right.flatMap((value, i) =>
        value === column[i] || Math.abs(Number(value) - Number(column[i])) <= 1e-12 * Math.abs(Number(value))
          ? []
          : [`${truth[i]!.customer_id} ${name}: ${column[i]} instead of ${value}`],
      );
      expect(wrong).toEqual([]);
    }
    const [ids, split] = [await table.column('customer_id'), (await table.column('split')) as string[]];
    for (const [i, id] of (ids as string[]).entries()) {
      const hash = bigqueryFingerprint(id);
      const place = Number((hash < 0n ? -hash : hash) % 100_000n);
      expect(split[i]).toBe(place <= 70_000 ? 'train' : place < 85_000 ? 'eval' : 'test');
    }
    expect(table.details.notes[0]).toContain('flatter');
    await log.close();
  }, 60_000);
});

describe('google_clv', () => {
  it('says what it needs', async () => {
    const log = await readTransactions(fileIn(folder, 'small.csv', smallLog));
    const dates = { thresholdDate: '2011-05-01', predictEnd: '2011-06-24' };
    await expect(featureTable(log, { preset: 'google_clv', ...dates })).rejects.toMatchObject({
      code: 'missing_column',
      details: { hint: '--quantity_column NAME' },
    });
    await log.close();
  });
});
