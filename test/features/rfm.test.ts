import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayNumber, isoDay } from '../../src/calendar.js';
import { readTransactions } from '../../src/features/read-transactions.js';
import { rfm } from '../../src/features/rfm.js';
import { summarise } from '../../src/features/summarise.js';
import { fileIn, temporaryFolder } from './logs.js';

const folder = temporaryFolder();
const start = dayNumber(2024, 2, 20)!;

const line = fc.record({
  customer: fc.constantFrom('a', 'b', 'c', '07', '7', 'é', 'Ω', ''),
  day: fc.integer({ min: 0, max: 30 }),
  cents: fc.integer({ min: -200, max: 100_000 }),
});

describe('rfm', () => {
  it('gives what the database gives, on any log', async () => {
    const property = fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 0, max: 30 }),
      fc.constantFrom('day', 'week', 'month', 'year') as fc.Arbitrary<'day'>,
      async (lines, after, timeUnit) => {
        const kept = lines.filter(({ customer, cents }) => customer !== '' && cents > 0);
        fc.pre(kept.length > 0);
        const first = Math.min(...kept.map(({ day }) => day));
        const last = Math.max(...kept.map(({ day }) => day));
        const threshold = Math.min(last, first + after);
        const options = {
          thresholdDate: isoDay(start + threshold),
          predictEnd: isoDay(start + threshold + 10),
          timeUnit,
        };
        const columns = {
          customer: lines.map(({ customer }) => customer),
          date: lines.map(({ day }) => isoDay(start + day)),
          value: lines.map(({ cents }) => cents / 100),
        };
        const rows = lines.map((_, i) => `${columns.customer[i]},${columns.date[i]},${columns.value[i]}`);
        const log = await readTransactions(fileIn(folder, 'log.csv', `customer,date,value\n${rows.join('\n')}\n`));
        const fromDatabase = await summarise(log, options);
        await log.close();
        const { dropped, ...inMemory } = rfm(columns, options);

        expect(inMemory.customerId).toEqual(fromDatabase.customerId);
        for (const name of ['frequency', 'recency', 'age'] as const) {
          expect(inMemory.customers[name]).toEqual(fromDatabase.customers[name]);
        }
        expect(inMemory.holdout!.purchases).toEqual(fromDatabase.holdout!.purchases);
        for (const [ours, theirs] of [
          [inMemory.customers.monetary, fromDatabase.customers.monetary],
          [inMemory.spent, fromDatabase.spent],
          [inMemory.holdout!.value, fromDatabase.holdout!.value],
        ]) {
          for (const [i, value] of ours!.entries())
            expect(Math.abs(value - theirs![i]!)).toBeLessThanOrEqual(1e-12 * value);
        }
        expect(inMemory.laterCustomers).toBe(fromDatabase.laterCustomers);
        expect(inMemory.observedLength).toBe(fromDatabase.observedLength);
        const counted = Object.fromEntries(log.report.dropped.map(({ reason, rows }) => [reason, rows]));
        expect(dropped.missingCustomer).toBe(counted.missing_customer ?? 0);
        expect(dropped.nonPositiveValue).toBe(counted.non_positive_value ?? 0);
      },
    );
    await fc.assert(property, { numRuns: 40, seed: 7 });
  });

  it('takes day numbers, dates and text for the same day', () => {
    const date = [start, '2024-02-20T23:59:59+14:00', new Date(2024, 1, 20, 23, 59), '2024-02-21'];
    const table = rfm({ customer: ['a', 'a', 'a', 'a'], date, value: [1, 2, 3, 4] });
    expect([...table.customers.frequency]).toEqual([1]);
    expect([...table.spent]).toEqual([10]);
  });

  it('reads ids as spreadsheets write numbers, and counts them', () => {
    const table = rfm({ customer: ['17850.0', '17850', Number.NaN], date: [1, 2, 2], value: [1, 2, 3] });
    expect(table).toMatchObject({ customerId: ['17850'], normalisedIds: 1, dropped: { missingCustomer: 1 } });
  });

  it('refuses options in the spelling of flags, and logs as rows', () => {
    const columns = { customer: ['a'], date: [1], value: [1] };
    const flags = { threshold_date: '1970-01-02' } as never;
    expect(() => rfm(columns, flags)).toThrowError(
      expect.objectContaining({ code: 'bad_option', details: { found: 'threshold_date', hint: 'thresholdDate' } }),
    );
    expect(() => rfm([{ customer: 'a' }] as never)).toThrowError(expect.objectContaining({ code: 'bad_columns' }));
  });

  it.each([
    ['columns of different length', { customer: ['a'], date: [], value: [1] }, 'bad_columns'],
    ['a day that is none', { customer: ['a'], date: ['2023-02-29'], value: [1] }, 'bad_cell'],
    ['milliseconds for a day', { customer: ['a'], date: [Date.parse('2024-01-01')], value: [1] }, 'bad_cell'],
    ['no day', { customer: ['a'], date: [null as never], value: [1] }, 'bad_cell'],
    ['an object for an id', { customer: [{} as never], date: [1], value: [1] }, 'bad_cell'],
    ['half a day', { customer: ['a'], date: [1.5], value: [1] }, 'bad_cell'],
    ['a value that is no number', { customer: ['a'], date: [1], value: [Number.NaN] }, 'bad_cell'],
    ['nothing', { customer: [], date: [], value: [] }, 'no_customers'],
  ])('refuses %s', (_, columns, code) => {
    expect(() => rfm(columns)).toThrowError(expect.objectContaining({ code }));
  });
});
