import { afterEach, describe, expect, it } from 'vitest';
import { parseIsoDay } from '../../src/calendar.js';
import { dailyRepeats, purchaseDays } from '../../src/features/activity.js';
import { readTransactions, type TransactionLog } from '../../src/features/read-transactions.js';
import { summarise } from '../../src/features/summarise.js';

let log: TransactionLog;
afterEach(() => log.close());

const columns = {
  customer: ['ada', 'ada', 'ada', 'ada', 'ada', 'bo', 'bo', 'cy'],
  date: ['01', '05', '05', '12', '15', '02', '08', '14'].map((day) => `2020-03-${day}`),
  product: ['pen', 'ink', 'ink', 'ink', 'pen', 'pen', 'pen', 'pen'],
  quantity: [1, 2, 1, -2, 1, 1, 1, 1],
  price: [10, 3, 3, 3, 10, 10, 10, 10],
};
const split = { thresholdDate: '2020-03-10', predictEnd: '2020-03-20' };

describe('purchases by day', () => {
  it.each(['drop', 'net'] as const)(
    'add up to what customers are counted to have done, returns: %s',
    async (returns) => {
      log = await readTransactions(columns as never, { returns });
      const table = await summarise(log, split);
      const { firstDay, repeats } = await dailyRepeats(log, table);
      const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
      expect(firstDay).toBe('2020-03-01');
      expect(repeats).toHaveLength(parseIsoDay('2020-03-20')! - parseIsoDay('2020-03-01')! + 1);
      const untilThreshold = repeats.subarray(0, 10);
      expect(sum(untilThreshold)).toBe(sum(table.customers.frequency));
      expect(sum(repeats)).toBe(sum(table.customers.frequency) + sum(table.holdout!.purchases));
    },
  );

  it('leave out who first bought after the threshold', async () => {
    log = await readTransactions(columns as never);
    const { repeats } = await dailyRepeats(log, await summarise(log, split));
    expect(repeats[13]).toBe(0); // cy
  });

  it('end at the threshold where there is no holdout', async () => {
    log = await readTransactions(columns as never);
    const { repeats } = await dailyRepeats(log, await summarise(log, { thresholdDate: '2020-03-10' }));
    expect(repeats).toHaveLength(10);
  });
});

describe('days of purchase', () => {
  it('are given in the order of the customers asked for, whatever their names', async () => {
    const name = `bo"'; DROP TABLE daily; --`;
    log = await readTransactions({
      ...columns,
      customer: columns.customer.map((id) => (id === 'bo' ? name : id)),
    } as never);
    const table = await summarise(log, split);
    expect(await purchaseDays(log, table, [name, 'nobody', 'ada'])).toEqual([
      ['2020-03-02', '2020-03-08'],
      [],
      ['2020-03-01', '2020-03-05', '2020-03-15'],
    ]);
  });
});
