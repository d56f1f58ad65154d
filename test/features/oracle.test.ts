import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from '../golden/features.json' with { type: 'json' };
import { describeOn } from '../real-data.js';
import { googleOracle } from './google-oracle.js';
import {
  dayOf,
  exact,
  isoOf,
  type Line,
  type OracleOptions,
  type OracleRow,
  oracle,
  oracleDrops,
  oracleRolling,
  splitOf,
  times,
  toNumber,
} from './oracle.js';
import { FIRST_DAY, genericColumns, genericCsv, LAST_DAY, randomLog, uciColumns, uciCsv } from './random-logs.js';
import { onlineRetailLines, parsed, uciLine } from './real-lines.js';

const has = genericColumns;

/** One line of customer A, bought for `value` in one piece unless said otherwise. */
function line(date: string | null, value: number | null, cells: Partial<Line> = {}): Line {
  const [day, time] = date?.split(' ') ?? [];
  const [hours, minutes] = time?.split(':').map(Number) ?? [];
  return {
    customer: 'A',
    day: day === undefined ? null : dayOf(day),
    minute: hours === undefined ? null : hours * 60 + minutes!,
    quantity: value === null ? null : value < 0 ? -1 : 1,
    price: value === null ? null : Math.abs(value),
    value,
    order: null,
    product: null,
    category: null,
    country: null,
    status: null,
    ...cells,
  };
}

function at(threshold: string, options: Partial<OracleOptions> = {}): OracleOptions {
  return { has, threshold: dayOf(threshold), cancellationPrefix: 'C', ...options };
}

/** Days 0 (Saturday), 30 and 70, worth 10, 20 and 60; the threshold is day 89. */
const threeDays = [
  line('2011-03-12', 60),
  line('2011-01-01', 3, { quantity: 2 }),
  line('2011-01-31', 20, { quantity: 4 }),
  line('2011-01-01', 7),
  line('2011-04-01', 1000), // the day after
];

describe('the oracle, by hand', () => {
  it('describes days', () => {
    const [row, ...others] = oracle(threeDays, at('2011-03-31'));
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      customer_id: 'A',
      threshold_date: '2011-03-31',
      frequency: 2,
      recency: 70, // 30 days to 31 January, 40 more to 12 March
      age: 89, // 30 + 28 + 31
      monetary: 40, // (20 + 60) / 2
      transactions: 3,
      spent: 90,
      monetary_all: 30,
      days_since_last: 19,
      first_value: 10,
      last_value: 60,
      max_value: 60,
      min_value: 10,
      value_sd: Math.sqrt(700), // (20² + 10² + 30²) / 2
      purchase_rate: 3 / 90,
      transactions_7d: 0,
      value_7d: 0,
      transactions_30d: 1, // after 1 March
      value_30d: 60,
      transactions_90d: 3, // after 31 December
      value_90d: 90,
      transactions_365d: 3,
      transactions_trend_30d: 0, // 31 January lies in the 30 days before: after 30 January
      value_trend_30d: 40,
      transactions_trend_90d: 3,
      value_trend_180d: 90,
      weekend_share: 2 / 3,
      preferred_weekday: 6,
      preferred_season: 1,
      first_weekday: 6,
      first_month: 1,
      lines: 4,
      avg_basket_lines: 4 / 3,
      first_lines: 2,
      quantity: 8, // 2 + 1, 4, 1
      avg_basket_size: 8 / 3,
      first_quantity: 3,
      avg_unit_value: 11.25,
      avg_basket_value: 30,
      time_between: 70 / 3,
      monetary_dnn: 90,
      monetary_btyd: 40,
      frequency_dnn: 3,
      frequency_btyd: 2,
    });
  });

  it('opens its windows on the far side and closes them on the near one', () => {
    const lines = [line('2011-03-01', 1), line('2011-03-02', 2), line('2011-03-31', 4), line('2011-01-30', 8)];
    const [row] = oracle(lines, at('2011-03-31')); // 30 days before: 1 March; 60: 30 January
    expect(row).toMatchObject({ transactions_30d: 2, value_30d: 6, transactions_trend_30d: 1, value_trend_30d: 5 });
  });

  it('describes gaps, as zeros where there is none', () => {
    const [row] = oracle(threeDays, at('2011-03-31')); // gaps 30, 40; silence 19
    expect(row).toMatchObject({
      gap_mean: 35,
      gap_sd: Math.sqrt(50), // (5² + 5²) / 1
      gap_min: 30,
      gap_max: 40,
      last_gap: 40,
      first_gap: 30,
      gap_cv: Math.sqrt(50) / 35,
      days_since_last_ratio: 19 / 35,
      gaps_longer: 1,
    });
    expect(row!.litt).toBeCloseTo(Math.log(1200), 14);
    expect(oracle(threeDays, at('2011-04-11'))[0]).toMatchObject({ gaps_longer: 1, days_since_last: 10 });
    const two = oracle(threeDays, at('2011-03-11'))[0]!; // one gap of 30, silence 39
    expect(two).toMatchObject({ gap_mean: 30, gap_sd: 0, gap_cv: 0, days_since_last_ratio: 1.3, gaps_longer: 0 });
    expect(oracle(threeDays, at('2011-03-02'))[0]).toMatchObject({ days_since_last: 30, gaps_longer: 1 }); // as long
    const one = oracle(threeDays, at('2011-01-30'))[0]!;
    expect(one).toMatchObject({ recency: 0, monetary: 0, value_sd: 0, litt: 0, gap_mean: 0, gap_min: 0, last_gap: 0 });
    expect(one).toMatchObject({ days_since_last: 29, days_since_last_ratio: 0, gaps_longer: 0 });
  });

  it('describes lines', () => {
    const lines = [
      line('2011-01-01 09:59', 1, { order: '1', product: 'p', category: 'x', country: 'b' }),
      line('2011-01-01 10:00', 2, { order: '1', product: 'q', category: 'x', country: 'é' }),
      line('2011-01-02 09:00', 4, { order: '2', product: 'p', category: '' }),
      line('2011-01-03 10:30', 8, { order: '', product: 'p', country: 'b' }),
      line('2011-01-03', 16, { country: 'é' }),
    ];
    const [row] = oracle(lines, at('2011-01-31'));
    expect(row).toMatchObject({
      orders: 2,
      avg_order_value: 3.5, // (1 + 2 + 4) / 2
      max_line_value: 16,
      preferred_hour: 9, // 9 and 10 twice each
      unique_products: 2,
      top_product_share: 0.75,
      repeat_product_share: 0.5, // p, not q
      first_products: 2,
      unique_categories: 1,
      category_entropy: 0,
      top_category_share: 1,
      country: 'b', // b and é twice each; b is 62, é is c3 a9
      countries: 2,
    });
    expect(row!.product_entropy).toBeCloseTo(0.75 * Math.log(4 / 3) + 0.25 * Math.log(4), 15);
    const later = [line('2011-01-01', 1, { product: 'p' }), line('2011-01-02', 1, { product: 'q' })];
    expect(oracle(later, at('2011-01-31'))[0]).toMatchObject({ unique_products: 2, first_products: 1 });
    const [bare] = oracle([line('2011-01-03', 16)], at('2011-01-31', { has: { ...has, time: true } }));
    expect(bare).toMatchObject({ orders: 0, avg_order_value: 0, preferred_hour: -1, product_entropy: 0, country: '' });
    expect(bare).toMatchObject({ top_product_share: 0, repeat_product_share: 0, first_products: 0, countries: 0 });
  });

  it('leaves out what needs a column that the log does not have', () => {
    const none = { quantity: false, price: false, order: false, product: false, category: false, country: false };
    const [row] = oracle([line('2011-01-01', 1, { product: 'p' })], at('2011-01-31', { has: none }));
    const missing = ['quantity', 'avg_unit_value', 'orders', 'preferred_hour', 'unique_products', 'country'];
    for (const name of missing) expect(row).not.toHaveProperty(name);
    expect(row).toMatchObject({ lines: 1, max_line_value: 1, return_lines: 0 });
  });

  it('takes of several equally common days and seasons the first', () => {
    const lines = [line('2011-06-05', 1), line('2011-03-01', 1), line('2010-12-06', 1), line('2011-09-09', 1)];
    // Sunday in June, Tuesday in March, Monday in December, Friday in September
    const [row] = oracle(lines, at('2011-12-31'));
    expect(row).toMatchObject({ preferred_weekday: 1, preferred_season: 1, first_weekday: 1, first_month: 12 });
    expect(row!.weekend_share).toBe(0.25);
  });

  it('drops a line for the first rule that holds, and counts it', () => {
    const lines = [
      line(null, -1, { customer: '', order: 'C1' }),
      line(null, 2, { order: 'C1' }),
      line('2012-01-01', 4, { order: 'C1' }),
      line('2011-01-01', 8, { status: 'Voided', order: 'C1' }),
      line('2011-01-01', -16, { order: 'c1' }),
      line('2011-01-01', null, { quantity: -1 }),
      line('2011-01-01', 32, { quantity: -1, price: -32 }),
      line('2011-01-01', 0, { price: 0 }),
      line('2011-01-01', 0, { quantity: null, price: null }),
      line('2011-01-01', 64, { product: 'TEST' }),
      line('2011-01-01', 128, { product: 'POST' }),
      line('2011-01-01', 256, { product: 'p', quantity: 2 }),
      line('2011-01-01', 256, { product: 'p', quantity: 2 }),
      line('2011-01-02', -256, { product: 'p', quantity: -2 }),
      line('2011-12-31', 512), // not in the future yet
    ];
    const options = at('2011-12-31', {
      latestDate: dayOf('2011-12-31'),
      notPaid: ['voided'],
      testOrders: ({ product }) => product === 'TEST',
      services: ({ product }) => product === 'POST',
      duplicates: 'drop',
      returns: 'net',
    });
    expect(oracleDrops(lines, options)).toEqual({
      kept: { rows: 1, value: 512 },
      dropped: {
        missing_customer: { rows: 1, value: -1 },
        missing_date: { rows: 1, value: 2 },
        future_date: { rows: 1, value: 4 },
        not_paid: { rows: 1, value: 8 },
        cancellation: { rows: 1, value: -16 },
        missing_value: { rows: 1, value: 0 },
        non_positive_quantity: { rows: 2, value: 32 - 256 },
        non_positive_price: { rows: 1, value: 0 },
        non_positive_value: { rows: 1, value: 0 },
        test_order: { rows: 1, value: 64 },
        service_code: { rows: 1, value: 128 },
        duplicate_line: { rows: 1, value: 256 },
        cancelled_order: { rows: 1, value: 256 },
      },
    });
    expect(oracle(lines, options)[0]).toMatchObject({
      spent: 512,
      return_lines: 2,
      cnt_returns: 2,
      returned_value: 272,
      refund_rate: 272 / 768, // the purchase that was undone counts in what was bought
      days_since_last_return: 363, // from 2 January to 31 December
    });
  });

  it('undoes the latest equal purchase from the day of its return on', () => {
    const p = (quantity: number) => ({ product: 'p', quantity });
    const lines = [
      line('2011-01-01', 10, p(2)),
      line('2011-01-05', 20, p(2)),
      line('2011-01-05', 40, p(3)), // another quantity
      line('2011-01-05', 80, { product: 'q', quantity: 2 }),
      line('2011-01-05', 160, { ...p(2), customer: 'B' }),
      line('2011-01-10', -10, p(-2)), // undoes 5 January
      line('2011-01-12', 320, p(2)),
      line('2011-01-20', -10, p(-2)), // undoes 12 January
      line('2011-01-25', -10, p(-2)), // undoes 1 January
      line('2011-01-26', -10, p(-2)), // finds nothing
    ];
    const spentOn = (threshold: string) => oracle(lines, at(threshold, { returns: 'net' }))[0]?.spent;
    expect(spentOn('2011-01-09')).toBe(150);
    expect(spentOn('2011-01-10')).toBe(130);
    expect(spentOn('2011-01-19')).toBe(450);
    expect(spentOn('2011-01-20')).toBe(130);
    expect(spentOn('2011-01-26')).toBe(120);
    expect(oracle(lines, at('2011-01-26'))[0]!.spent).toBe(470);
    expect(oracle(lines, at('2011-01-26', { returns: 'net' }))[0]).toMatchObject({
      transactions: 1,
      refund_rate: 40 / 470,
    });
  });

  it('leaves a customer out once everything was brought back, and matches nothing bought later', () => {
    const back = line('2011-01-02 10:00', -5, { product: 'p' });
    const bought = line('2011-01-02 10:00', 5, { product: 'p' });
    expect(oracle([bought, back], at('2011-01-01', { returns: 'net' }))).toEqual([]);
    expect(oracle([bought, back], at('2011-01-02', { returns: 'net' }))).toEqual([]);
    expect(oracle([back, bought], at('2011-01-02', { returns: 'net' }))).toHaveLength(1);
  });

  it('counts targets as known at their end', () => {
    const lines = [
      line('2011-01-01', 1),
      line('2011-02-01', 2),
      line('2011-02-01', 4),
      line('2011-02-10', 8, { product: 'p' }),
      line('2011-02-20', -8, { product: 'p' }),
      line('2011-02-28', 16),
      line('2011-03-01', 32),
    ];
    const targetsAt = (end: string, returns: 'drop' | 'net') => {
      const [row] = oracle(lines, at('2011-01-01', { end: dayOf(end), returns }));
      return [row!.target_purchases, row!.target_value];
    };
    expect(targetsAt('2011-02-28', 'drop')).toEqual([3, 30]);
    expect(targetsAt('2011-02-28', 'net')).toEqual([2, 22]);
    expect(targetsAt('2011-02-20', 'net')).toEqual([1, 6]); // brought back on the last day
    expect(targetsAt('2011-02-19', 'net')).toEqual([2, 14]);
    expect(targetsAt('2011-01-31', 'net')).toEqual([0, 0]);
    const winsorised = at('2011-01-01', { end: dayOf('2011-02-28'), outliers: { winsorise: 0.5 } });
    expect(oracle(lines, winsorised)[0]).toMatchObject({ target_value: 30 });
  });

  it('limits outliers by what all customers are known to have spent on a day', () => {
    const lines = [
      line('2011-01-01', 1),
      line('2011-01-02', 2, { customer: 'B' }),
      line('2011-01-03', 3, { customer: 'B' }),
      line('2011-01-04', 100, { customer: 'C', quantity: 5 }),
      line('2011-02-01', 1000),
    ];
    // of 1, 2, 3, 100: three quarters are at most 3
    const spent = (outliers: OracleOptions['outliers']) =>
      oracle(lines, at('2011-01-31', { outliers })).map((row) => [row.customer_id, row.spent]);
    const limited = (C: number) => Object.entries({ A: 1, B: 5, C });
    expect(spent({ winsorise: 0.75 })).toEqual(limited(3));
    expect(spent({ winsorise: 0.76 })).toEqual(limited(100));
    expect(spent({ drop: 0.75 })).toEqual(limited(3).slice(0, 2));
    const [, , clipped] = oracle(lines, at('2011-01-31', { outliers: { winsorise: 0.75 } }));
    expect(clipped).toMatchObject({ max_value: 3, max_line_value: 100, quantity: 5, lines: 1 });
  });

  it('keeps free gifts when asked', () => {
    const lines = [line('2011-01-01', 0), line('2011-01-02', 6), line('2011-01-03', -6)];
    expect(oracle(lines, at('2011-01-31'))[0]).toMatchObject({ transactions: 1, monetary: 0, refund_rate: 1 });
    expect(oracle(lines, at('2011-01-31', { zeroValue: 'keep' }))[0]).toMatchObject({
      transactions: 2,
      monetary: 6,
      return_lines: 1,
    });
  });

  it('filters cohorts by what is known, ends included', () => {
    const lines = [line('2011-01-01', 1), line('2011-01-11', 1), line('2011-01-05', 1, { customer: 'B' })];
    const ids = (options: Partial<OracleOptions>) =>
      oracle(lines, at('2011-01-15', options)).map((row) => row.customer_id);
    const [first, fifth] = [dayOf('2011-01-01'), dayOf('2011-01-05')];
    expect(ids({ cohort: { to: first } })).toEqual(['A']);
    expect(ids({ cohort: { from: first, to: fifth } })).toEqual(['A', 'B']);
    expect(ids({ cohort: { from: first + 1 } })).toEqual(['B']);
    expect(ids({ minTransactions: 2 })).toEqual(['A']);
    expect(ids({ maxSilence: 10 })).toEqual(['A', 'B']);
    expect(ids({ maxSilence: 9 })).toEqual(['A']);
  });

  it('splits by the md5 of the id', () => {
    // md5(a) = 0cc175b9…: 0.0498 of the way; md5(b) = 92eb5ffe…: 0.574
    expect(splitOf('a', { train: 0.05, test: 0.95 })).toBe('train');
    expect(splitOf('a', { train: 0.0498, test: 0.9502 })).toBe('test');
    expect(splitOf('b', { train: 0.57, validation: 0.01, test: 0.42 })).toBe('validation');
    const [row] = oracle([line('2011-01-01', 1, { customer: 'b' })], at('2011-01-31', { split: { x: 0.5, y: 0.5 } }));
    expect(row!.split).toBe('y');
  });

  it('sums money exactly', () => {
    const lines = Array.from({ length: 10 }, () => line('2011-01-01', 0.1)).concat(line('2011-01-01', 123456.789));
    expect(oracle(lines, at('2011-01-31'))[0]!.spent).toBe(123457.789);
    expect(toNumber(exact(0.1) + exact(0.2))).toBe(0.3);
    expect(exact(0.1234567890125)).toBe(123456789013n);
    expect([exact(-1.5), exact(1e-12), exact(4.9e-13), exact(1e21)]).toEqual([-15n * 10n ** 11n, 1n, 0n, 10n ** 33n]);
    expect([times(3, 0.1), times(-80995, 2.08), times(0, 5)]).toEqual([0.3, -168469.6, 0]);
  });

  it('orders customers by the bytes of their ids', () => {
    const ids = ['\u{1f600}', 'b', '\u{ff5e}', '10', '9', 'B', 'é'];
    const rows = oracle(
      ids.map((customer) => line('2011-01-01', 1, { customer })),
      at('2011-01-31'),
    );
    expect(rows.map((row) => row.customer_id)).toEqual(['10', '9', 'B', 'b', 'é', '\u{ff5e}', '\u{1f600}']);
  });

  it('rolls: one table after the other', () => {
    const [march, april] = [dayOf('2011-03-31'), dayOf('2011-04-01')];
    const rows = oracleRolling(threeDays, [{ threshold: march, end: april }, { threshold: april }], { has });
    expect(rows.map((row) => [row.threshold_date, row.transactions, row.target_value])).toEqual([
      ['2011-03-31', 3, 1000],
      ['2011-04-01', 4, undefined],
    ]);
  });
});

describe('the oracle, on random logs', () => {
  const someOptions = fc.record({
    threshold: fc.integer({ min: FIRST_DAY, max: LAST_DAY }),
    returns: fc.constantFrom('drop' as const, 'net' as const),
    zeroValue: fc.constantFrom('drop' as const, 'keep' as const),
    duplicates: fc.constantFrom('keep' as const, 'drop' as const),
  });

  it('knows nothing of what comes after the threshold', () => {
    fc.assert(
      fc.property(randomLog, someOptions, (lines, some) => {
        const options = { ...some, has: { ...has, time: true }, cancellationPrefix: 'C' };
        const past = lines.filter(({ day }) => day === null || day <= options.threshold);
        expect(oracle(lines, options)).toEqual(oracle(past, options));
      }),
    );
  });

  it('keeps or drops every row', () => {
    fc.assert(
      fc.property(randomLog, someOptions, (lines, options) => {
        const { kept, dropped } = oracleDrops(lines, { ...options, has, cancellationPrefix: 'C' });
        const rows = Object.values(dropped).reduce((so, one) => so + one.rows, kept.rows);
        expect(rows).toBe(lines.length);
      }),
    );
  });

  it('gives finite numbers only', () => {
    fc.assert(
      fc.property(randomLog, someOptions, (lines, options) => {
        for (const row of oracle(lines, { ...options, has, end: LAST_DAY })) {
          for (const value of Object.values(row))
            expect(typeof value === 'string' || Number.isFinite(value)).toBe(true);
        }
      }),
    );
  });

  it('writes files that read back as the same lines', () => {
    fc.assert(
      fc.property(randomLog, (lines) => {
        const uci = parsed(uciCsv(lines)).map(uciLine);
        expect(uci).toEqual(lines.map((one) => ({ ...one, category: null })));
        const generic = parsed(genericCsv(lines)).map((cells) => ({
          ...uciLine({
            InvoiceNo: cells.order_id!,
            StockCode: cells.product_id!,
            Quantity: cells.quantity!,
            UnitPrice: cells.unit_price!,
            InvoiceDate: cells.date!,
            CustomerID: cells.customer_id!,
            Country: cells.country!,
          }),
          category: cells.category || null,
        }));
        expect(generic).toEqual(lines);
      }),
    );
  });

  it('are logs in which something happens', () => {
    const logs = fc.sample(randomLog, { numRuns: 300, seed: 1 });
    const end = FIRST_DAY + 300;
    const options = { has, threshold: FIRST_DAY + 200, end, cancellationPrefix: 'C', returns: 'net' as const };
    const reasons = logs.flatMap((lines) => Object.keys(oracleDrops(lines, options).dropped));
    for (const reason of [
      'missing_customer',
      'missing_date',
      'cancellation',
      'missing_value',
      'non_positive_quantity',
      'non_positive_price',
      'cancelled_order',
    ]) {
      expect(reasons.filter((one) => one === reason).length, reason).toBeGreaterThan(30);
    }
    const rows = logs.flatMap((lines) => oracle(lines, options));
    const share = (holds: (row: OracleRow) => boolean) => rows.filter(holds).length / rows.length;
    expect(share((row) => row.transactions === 1)).toBeGreaterThan(0.1);
    expect(share((row) => Number(row.transactions) > 3)).toBeGreaterThan(0.1);
    expect(share((row) => row.has_returned === 1)).toBeGreaterThan(0.1);
    expect(share((row) => Number(row.target_purchases) > 0)).toBeGreaterThan(0.1);
    const theirs = logs.flatMap((lines) =>
      googleOracle(lines, { threshold: FIRST_DAY + 200, end, maxMonetary: 15_000, recentDays: 90 }),
    );
    expect(theirs.length).toBeGreaterThan(30);
  });
});

describe('the oracle of the reference solution, by hand', () => {
  const options = { threshold: dayOf('2011-03-31'), end: dayOf('2011-06-30'), maxMonetary: 15_000, recentDays: 90 };
  const lines = [
    line('2011-01-01', 10.004), // 10.00
    line('2011-01-11', 20.125, { quantity: 4 }), // 20.13
    line('2011-01-21', -5, { quantity: -2 }), // a return
    line('2011-01-25', 3, { quantity: 1 }), // 3 − 7 < 0 but 1 − 0 > 0: left out
    line('2011-01-25', -7, { quantity: 0 }),
    line('2011-02-10', 1, { quantity: 2 }), // not below 1
    line('2011-04-01', 1000), // after the threshold
    line('2011-07-09', 500), // after the end
  ];

  it('counts returns as orders, and the future as target', () => {
    expect(googleOracle(lines, options)).toEqual([
      {
        customer_id: 'A',
        monetary_dnn: 26.13, // 10 + 20.13 − 5 + 1
        monetary_btyd: 16.13 / 3,
        cnt_orders: 4,
        frequency_dnn: 4,
        frequency_btyd: 3,
        recency: 40, // 1 January to 10 February
        T: 89,
        time_between: 10,
        avg_basket_value: 6.53, // 6.5325
        avg_basket_size: 1.25, // (1 + 4 − 2 + 2) / 4
        cnt_returns: 1,
        has_returned: 1,
        frequency_btyd_clipped: 3,
        monetary_btyd_clipped: 5.38, // 5.3766…
        target_monetary: 1526.13,
        target_monetary_clipped: 1526.13,
      },
    ]);
  });

  it('selects by the last order of any kind, two paying days and what was spent', () => {
    const selected = (some: readonly Line[], changed = {}) => googleOracle(some, { ...options, ...changed }).length;
    expect(selected(lines.slice(0, 6))).toBe(0); // 10 February is 140 days before the end
    expect(selected(lines.slice(0, 7))).toBe(1); // 1 April: 90 days
    expect(selected(lines.slice(0, 7), { recentDays: 89 })).toBe(0);
    expect(selected([...lines.slice(0, 6), line('2011-06-01', -1, { order: 'C1' })])).toBe(1);
    expect(selected(lines, { maxMonetary: 26.13 })).toBe(1);
    expect(selected(lines, { maxMonetary: 26.12 })).toBe(0);
    expect(selected([line('2011-01-01', 5), line('2011-03-31', 5), line('2011-06-01', 5)])).toBe(0);
    expect(selected([line('2011-01-01', 5), line('2011-03-30', 5), line('2011-06-01', 5)])).toBe(1);
    expect(
      selected([line('2011-01-01', 5), line('2011-03-30', 5), line('2011-03-31', -6), line('2011-06-01', 5)]),
    ).toBe(0);
  });

  it('clips at its limits', () => {
    const rich = [line('2011-01-01', 1), line('2011-01-02', 250_000), line('2011-06-01', 1)];
    expect(googleOracle(rich, { ...options, maxMonetary: 1e6 })[0]).toMatchObject({
      monetary_btyd: 250_000,
      monetary_btyd_clipped: 100_000,
      target_monetary: 250_002,
      target_monetary_clipped: 100_000,
    });
  });
});

describeOn('online_retail', 'the oracle on UCI Online Retail', () => {
  const { totals, counts } = golden;
  const sum = (rows: readonly OracleRow[], name: string) => rows.reduce((so, row) => so + Number(row[name]), 0);

  it('finds what pandas found, customer by customer', () => {
    const lines = onlineRetailLines();
    const options = at('2011-08-08', { has: uciColumns, end: dayOf('2011-12-09') });
    expect(oracleDrops(lines, options).kept.rows).toBe(counts.clean_rows);

    const rows = oracle(lines, options);
    expect(rows.length).toBe(totals.customers);
    expect(rows.filter((row) => Number(row.frequency) > 0).length).toBe(totals.customers_with_repeat);
    expect(sum(rows, 'transactions')).toBe(counts.customer_days_calibration);
    expect(sum(rows, 'frequency')).toBe(totals.x);
    expect(sum(rows, 'recency')).toBe(totals.t_x);
    expect(sum(rows, 'age')).toBe(totals.T);
    expect(sum(rows, 'monetary')).toBeCloseTo(totals.monetary, 6);
    expect(sum(rows, 'target_purchases')).toBe(totals.holdout_days);
    expect(sum(rows, 'target_value')).toBeCloseTo(totals.holdout_value, 6);
    expect(new Set(rows.map((row) => `${row.frequency} ${row.recency} ${row.age}`)).size).toBe(totals.distinct_x_tx_T);

    const everyone = oracle(lines, at('2011-12-09', { has: uciColumns }));
    expect([everyone.length, sum(everyone, 'transactions')]).toEqual([counts.customers_all, counts.customer_days_all]);

    for (const theirs of golden.first_20_customers_by_id) {
      const row = rows.find((one) => one.customer_id === String(theirs.customer_id))!;
      expect([isoOf(options.threshold - Number(row.age)), row.frequency, row.recency, row.age]).toEqual([
        theirs.first,
        theirs.x,
        theirs.t_x,
        theirs.T,
      ]);
      expect(row.monetary).toBeCloseTo(theirs.monetary, 6);
      expect(row.target_purchases).toBe(theirs.holdout_days);
      expect(row.target_value).toBeCloseTo(theirs.holdout_value, 6);
    }
  });
});
