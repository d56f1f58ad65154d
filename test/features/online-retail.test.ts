import { expect, it } from 'vitest';
import { isoDay, parseIsoDay } from '../../src/calendar.js';
import { locateDataset } from '../../src/datasets/locate.js';
import { readTransactions } from '../../src/features/read-transactions.js';
import { summarise } from '../../src/features/summarise.js';
import golden from '../golden/features.json' with { type: 'json' };
import { describeOn } from '../real-data.js';

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

describeOn('online_retail', 'UCI Online Retail', () => {
  it('has the published raw totals, and every row is kept or counted as dropped', async () => {
    const log = await readTransactions(locateDataset('online_retail')!);
    await log.close();
    const { report } = log;
    expect(report).toMatchObject({ rows: 541_909, layout: 'UCI Online Retail', customers: 4338, transactions: 16_763 });
    expect(report.customers).toBe(golden.counts.customers_all);
    expect(report.transactions).toBe(golden.counts.customer_days_all);
    expect(report.rows - sum(report.dropped.map(({ rows }) => rows))).toBe(golden.counts.clean_rows);
    expect(report.value).toBeCloseTo(8_911_407.904, 6);
  });

  it('gives the summary that pandas gives, customer by customer', async () => {
    const log = await readTransactions(locateDataset('online_retail')!);
    const table = await summarise(log, { thresholdDate: '2011-08-08', predictEnd: '2011-12-09' });
    await log.close();
    const { frequency, recency, age, monetary } = table.customers;
    const { totals } = golden;
    expect(table.customers.n).toBe(totals.customers);
    expect(sum(frequency)).toBe(totals.x);
    expect(sum(recency)).toBe(totals.t_x);
    expect(sum(age)).toBe(totals.T);
    expect(sum(monetary)).toBeCloseTo(totals.monetary, 6);
    expect(sum(table.holdout!.purchases)).toBe(totals.holdout_days);
    expect(sum(table.holdout!.value)).toBeCloseTo(totals.holdout_value, 6);
    const threshold = parseIsoDay(table.thresholdDate)!;
    for (const row of golden.first_20_customers_by_id) {
      const i = table.customerId.indexOf(String(row.customer_id));
      expect([isoDay(threshold - age[i]!), frequency[i], recency[i], age[i]]).toEqual([
        row.first,
        row.x,
        row.t_x,
        row.T,
      ]);
      expect(monetary[i]).toBeCloseTo(row.monetary, 6);
      expect(table.holdout!.purchases[i]).toBe(row.holdout_days);
      expect(table.holdout!.value[i]).toBeCloseTo(row.holdout_value, 6);
    }
  });
});

describeOn('cdnow_sample', 'the CDNOW sample log', () => {
  describeOn('cdnow_summary_spend', 'and its published summary', (published) => {
    it('summarises to the published table, in weeks', async () => {
      const log = await readTransactions(locateDataset('cdnow_sample')!, { columns: { customer: 'sample_id' } });
      const table = await summarise(log, { thresholdDate: '1997-09-30', predictEnd: '1998-06-30', timeUnit: 'week' });
      await log.close();
      expect(log.report.layout).toBe('CDNOW');
      const columns = { x: table.customers.frequency, t_x: table.customers.recency, T: table.customers.age };
      const differing = table.customerId.filter((id, i) =>
        Object.entries(columns).some(
          ([name, ours]) => Math.abs(ours[i]! - published[name]![Number(id) - 1]!) > 0.00501,
        ),
      );
      expect(differing).toEqual([]);
      // The eight who only ever got something for free have no transaction of positive value, so no row.
      const free = log.report.dropped.find(({ reason }) => reason === 'non_positive_value');
      expect(free).toMatchObject({ rows: 8, value: 0 });
      expect(table.customers.n).toBe(2357 - 8);
    });

    it('summarises to all of it where a transaction may be worth nothing: customers, spend and holdout', async () => {
      const log = await readTransactions(locateDataset('cdnow_sample')!, {
        columns: { customer: 'sample_id' },
        zeroValue: 'keep',
      });
      const table = await summarise(log, { thresholdDate: '1997-09-30', predictEnd: '1998-06-30', timeUnit: 'week' });
      await log.close();
      expect(log.report).toMatchObject({ rows: 6919, dropped: [], customers: 2357, transactions: 6696 });
      const { frequency, recency, age, monetary } = table.customers;
      const columns = { x: frequency, t_x: recency, T: age, mean_spend: monetary, x_holdout: table.holdout!.purchases };
      expect(table.customerId.map(Number)).toEqual([...published.customer_id!]);
      for (const [name, ours] of Object.entries(columns)) {
        const differing = [...ours].filter((value, i) => Math.abs(value - published[name]![i]!) > 0.00501);
        expect([name, differing]).toEqual([name, []]);
      }
    });
  });
});

describeOn('cdnow_master', 'the CDNOW master log', () => {
  it('has the published totals', async () => {
    const log = await readTransactions(locateDataset('cdnow_master')!, { zeroValue: 'keep' });
    await log.close();
    expect(log.report).toMatchObject({ rows: 69_659, dropped: [], customers: 23_570, layout: 'CDNOW' });
    expect(log.report.value).toBeCloseTo(2_500_315.63, 6);
  });
});
