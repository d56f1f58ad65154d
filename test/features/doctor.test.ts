import { beforeAll, describe, expect, it } from 'vitest';
import { isoDay, parseIsoDay } from '../../src/calendar.js';
import { locateDataset } from '../../src/datasets/locate.js';
import { CHECKS, type DoctorOptions, doctor } from '../../src/features/doctor/doctor.js';
import type { DoctorReport, Finding } from '../../src/features/doctor/finding.js';
import { fitLine, fTail, groupEffect, median } from '../../src/features/doctor/statistics.js';
import { openDuckDb } from '../../src/features/duckdb.js';
import { literal } from '../../src/features/engine.js';
import { type ReadReport, readTransactions, type TransactionLog } from '../../src/features/read-transactions.js';
import { drawExponential, drawGamma, drawNormal, randomStream } from '../../src/kernels/random.js';
import { describeOn } from '../real-data.js';
import { fileIn, temporaryFolder } from './logs.js';

/** A line of a log made by hand. What is left out is missing in the log. */
interface Line {
  customer: string;
  day: number | null;
  value: number | null;
  quantity?: number;
  price?: number;
  minute?: number;
  order?: string;
  product?: string;
  country?: string;
  currency?: string;
  status?: string;
  part?: number;
  /** Keeps what the rules below would drop. */
  keep?: boolean;
}

/** Why cleaning drops a line: the rules of `cleaning.ts`, in its order. */
function dropped({ customer, day, value, quantity, price, order = '', keep = false }: Line): string | null {
  if (keep) return null;
  if (customer === '') return 'missing_customer';
  if (day === null) return 'missing_date';
  if (order.startsWith('C')) return 'cancellation';
  if (value === null) return 'missing_value';
  if (quantity !== undefined && quantity <= 0) return 'non_positive_quantity';
  if (price !== undefined && price <= 0) return 'non_positive_price';
  return value <= 0 ? 'non_positive_value' : null;
}

/** A cell of CSV: text in quotes. */
const csv = (cell: string | number | null | undefined) =>
  cell === undefined || cell === null
    ? 'NULL'
    : typeof cell === 'string'
      ? `"${cell.replaceAll('"', '""')}"`
      : `${cell}`;

const CELLS = [
  ...['customer', 'day', 'minute', 'quantity', 'price', 'value', 'order_id', 'product', 'category', 'country'],
  ...['currency', 'status'],
];
const TYPES: Record<string, string> = {
  ...{ day: 'INTEGER', minute: 'INTEGER', quantity: 'DOUBLE', price: 'DOUBLE', value: 'DECIMAL(38, 12)' },
  ...{ part: 'INTEGER', part_row: 'BIGINT' },
};
const typeOf = (name: string) => TYPES[name] ?? 'VARCHAR';

const folder = temporaryFolder();
let written = 0;

/** A log as reading leaves it, without a file. */
async function logOf(lines: readonly Line[], report: Partial<ReadReport> = {}): Promise<TransactionLog> {
  const engine = await openDuckDb();
  const rows = lines.map((line, i) => {
    const { customer, day, minute, quantity, price, value, order, product, country, currency, status, part = 0 } = line;
    const cells = [customer, day, minute, quantity, price, value, order, product, null, country, currency, status];
    return [...cells, dropped(line), part, i].map(csv).join(',');
  });
  const path = fileIn(folder, `lines-${++written}.csv`, rows.join('\n'));
  await engine.run(`CREATE TABLE lines AS SELECT *, hash(${CELLS.join(', ')}) AS line_hash
    FROM read_csv(${literal(path)}, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
      nullstr = 'NULL', columns = {${[...CELLS, 'dropped', 'part', 'part_row'].map((name) => `${name}: '${typeOf(name)}'`).join(', ')}})`);
  await engine.run(
    'CREATE TABLE customer_days AS SELECT customer, day, sum(value) AS value FROM lines WHERE dropped IS NULL GROUP BY ALL',
  );
  const totals = await engine.query(
    'SELECT count(DISTINCT customer), count(*), sum(value)::DOUBLE, min(day), max(day) FROM customer_days',
  );
  const total = (column: number) => totals.numbers(column)[0]!;
  return {
    engine,
    layout: {},
    netted: false,
    cleaning: { latest: parseIsoDay(TODAY)! },
    report: {
      ...{
        file: 'made.csv',
        files: ['made.csv', 'more.csv'],
        layout: 'generic',
        roles: {},
        dateFormat: '%Y-%m-%d',
        rows: lines.length,
        dropped: [],
      },
      ...{
        notes: [],
        normalisedIds: 0,
        encoding: 'utf-8',
        customers: total(0),
        transactions: total(1),
        value: total(2),
      },
      ...{ firstDay: isoDay(total(3)), lastDay: isoDay(total(4)), ...report },
    },
    close: () => engine.close(),
  } as TransactionLog;
}

const TODAY = '2024-01-31';
const START = parseIsoDay('2020-01-01')!;
const DAYS = 4 * 365;

async function examined(lines: readonly Line[], options: DoctorOptions = {}, report?: Partial<ReadReport>) {
  const log = await logOf(lines, report);
  const result = await doctor(log, { horizon: 90, today: TODAY, ...options });
  await log.close();
  return result;
}

const findingIn = ({ checks }: DoctorReport, code: string): Finding => {
  const found = checks.find((finding) => finding.code === code);
  if (!found) throw new Error(`no finding ${code} among ${checks.map((finding) => finding.code).join(', ')}`);
  return found;
};

interface Shop {
  customers?: number;
  /** Relative rate of purchases on a day, at most 2. */
  season?: (day: number) => number;
  /** Factor on spend. */
  price?: (day: number, rate: number) => number;
  /** Shape of the gaps; 1 is a Poisson process. */
  shape?: number;
  /** Day on which a customer joins, of a uniform number. */
  joins?: (u: number) => number;
}

/** Customers as the Pareto/NBD and Gamma-Gamma models have them, unless told otherwise. They join evenly over four years. */
function shop({
  customers = 1500,
  season = () => 1,
  price = () => 1,
  shape = 1,
  joins = (u) => u * DAYS,
}: Shop = {}): Line[] {
  const stream = randomStream(7);
  const lines: Line[] = [];
  for (let c = 0; c < customers; c++) {
    const rate = drawGamma(stream, 2, 100); // a purchase in 50 days
    const life = drawExponential(stream, 1 / 800);
    const spend = 30 * Math.exp(0.3 * drawNormal(stream));
    const joined = joins(stream.uniform());
    const days = new Set<number>();
    for (let t = joined; t < Math.min(DAYS, joined + life); t += drawGamma(stream, shape, shape * rate * 2)) {
      const today = Math.floor(t);
      if (t > joined && stream.uniform() > season(START + today) / 2) continue; // thinning
      if (days.has(today)) continue;
      days.add(today);
      const value = Math.round(100 * spend * price(START + today, rate) * Math.exp(0.3 * drawNormal(stream))) / 100;
      const order = `o${lines.length}`;
      lines.push({
        customer: `k${c}`,
        day: START + today,
        value,
        quantity: 1,
        price: value,
        order,
        product: `p${lines.length % 97}`,
      });
    }
  }
  return lines;
}

const clean = shop();
const someDay = START + 700;
const line = (more: Partial<Line>): Line => ({
  customer: 'k3',
  day: someDay,
  value: 25,
  quantity: 1,
  price: 25,
  order: 'x1',
  product: 'p1',
  ...more,
});
const many = (n: number, more: (i: number) => Partial<Line>) => Array.from({ length: n }, (_, i) => line(more(i)));
const withLines = (...more: Line[]) => [...clean, ...more];

describe('the doctor, on a log as the models have it', () => {
  it('finds nothing to mend and nothing to look at', async () => {
    const report = await examined(clean);
    expect(
      report.checks.filter(({ severity }) => severity !== 'fine').map(({ code, evidence }) => [code, evidence]),
    ).toEqual([]);
    expect(report.touched).toEqual({ rows: 0, value: 0, share: 0 });
    expect(report.rows).toBe(clean.length);
    expect(report.skipped.map(({ code }) => code).sort()).toEqual(
      ['equal_times', 'mixed_currency', 'several_countries', 'unfinished_status'].sort(),
    );
  });

  it('says something about every check, and nothing twice', async () => {
    const report = await examined(clean);
    const codes = [...report.checks, ...report.skipped].map(({ code }) => code);
    expect(codes.sort()).toEqual(
      CHECKS.map(({ code }) => code)
        .filter((code) => code !== 'overlapping_files')
        .sort(),
    );
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('leaves no table behind', async () => {
    const log = await logOf(clean.slice(0, 200));
    await doctor(log, { today: TODAY });
    const tables = (await log.engine.query('SELECT table_name FROM information_schema.tables ORDER BY 1')).texts(0);
    await log.close();
    expect(tables).toEqual(['customer_days', 'lines']);
  });

  it('is plain JSON', async () => {
    const report = await examined(withLines(line({ customer: '' })));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

interface Case {
  code: string;
  lines: Line[];
  expected: Partial<Finding>;
}

const cases: Case[] = [
  {
    code: 'missing_customer',
    lines: withLines(line({ customer: '', value: 10 }), line({ customer: '', value: 5 })),
    expected: { severity: 'note', rows: 2, customers: 0, value: 15 },
  },
  {
    code: 'missing_customer',
    lines: withLines(...many(clean.length, () => ({ customer: '' }))),
    expected: { severity: 'problem', rows: clean.length },
  },
  {
    code: 'missing_date',
    lines: withLines(line({ day: null })),
    expected: { severity: 'note', rows: 1, customers: 1, value: 25 },
  },
  { code: 'missing_value', lines: withLines(line({ value: null })), expected: { severity: 'note', rows: 1, value: 0 } },
  {
    code: 'cancellation',
    lines: withLines(line({ order: 'C9', value: -25, quantity: -1 })),
    expected: { severity: 'note', rows: 1, value: -25 },
  },
  {
    code: 'duplicate_line',
    lines: withLines(...many(3, () => ({}))),
    expected: { severity: 'note', rows: 2, customers: 1, value: 50 },
  },
  { code: 'duplicate_line', lines: withLines(...clean), expected: { severity: 'problem', rows: clean.length } },
  {
    code: 'overlapping_files',
    lines: withLines(...clean.slice(0, 1000).map((one) => ({ ...one, part: 1 }))),
    expected: { severity: 'problem', rows: 1000 },
  },
  {
    code: 'cancellation_with_order',
    lines: withLines(line({ product: 'q' }), line({ product: 'q', day: someDay + 3, order: 'C1', value: -25 })),
    expected: { rows: 1, customers: 1, value: -25 },
  },
  {
    code: 'cancelled_unmatched',
    lines: withLines(line({ product: 'q' }), line({ product: 'q', day: someDay - 3, order: 'C1', value: -25 })),
    expected: { rows: 1, customers: 1, value: -25 },
  },
  {
    code: 'unmarked_return',
    lines: withLines(line({ value: -40, quantity: -1 }), line({ customer: '', value: -1 })),
    expected: { rows: 1, value: -40 },
  },
  {
    code: 'service_code',
    lines: withLines(line({ product: 'POSTAGE' }), line({ product: 'Gift card 50' }), line({ product: 'POSTER' })),
    expected: { rows: 2, value: 50 },
  },
  {
    code: 'test_order',
    lines: withLines(
      line({ product: 'TEST001' }),
      line({ customer: 'qa@example.com' }),
      line({ order: 'Test-7' }),
      line({ product: 'pregnancy test' }),
      line({ customer: 'contestant' }),
    ),
    expected: { rows: 3, customers: 2, value: 75 },
  },
  {
    code: 'zero_value',
    lines: withLines(line({ value: 0, price: 0 }), line({ customer: 'only free', value: 0, price: 0 })),
    expected: {
      rows: 2,
      customers: 2,
      value: 0,
      evidence: '2 of 2 have a customer; 1 customer never paid anything and will not be predicted',
    },
  },
  {
    code: 'unfinished_status',
    lines: withLines(line({ status: 'Refunded' }), line({ status: 'paid' })),
    expected: { rows: 1, value: 25 },
  },
  {
    code: 'extreme_line',
    lines: withLines(line({ value: 400_000 })),
    expected: { severity: 'problem', rows: 1, value: 400_000 },
  },
  {
    code: 'mixed_currency',
    lines: clean.map((one, i) => ({ ...one, currency: i % 4 === 0 ? 'USD' : 'EUR' })),
    expected: { severity: 'problem', rows: Math.ceil(clean.length / 4) },
  },
  {
    code: 'same_day_orders',
    lines: clean.flatMap((one) => [one, { ...one, order: `${one.order}b` }]),
    expected: { severity: 'attention' },
  },
  {
    code: 'equal_times',
    lines: clean.map((one, i) => (i < 3000 ? { ...one, day: someDay + 1, minute: 0 } : { ...one, minute: i % 1440 })),
    expected: { severity: 'attention', rows: 3000 },
  },
  {
    code: 'placeholder_id',
    lines: withLines(...many(400, (i) => ({ customer: 'guest', day: START + i, order: `g${i}` }))),
    expected: { severity: 'problem', rows: 400, customers: 1, value: 10_000 },
  },
  {
    code: 'collective_account',
    lines: withLines(...many(1200, (i) => ({ customer: 'till', day: START + i, order: `g${i}` }))),
    expected: { severity: 'problem', rows: 1200, customers: 1 },
  },
  {
    code: 'similar_id',
    lines: clean.map((one, i) => (i % 2 ? { ...one, customer: one.customer.toUpperCase() } : one)),
    expected: { severity: 'problem' },
  },
  {
    code: 'similar_id',
    lines: withLines(line({ customer: '0042' }), line({ customer: '42' }), line({ customer: ' 42.0' })),
    expected: { severity: 'attention', rows: 3, customers: 3 },
  },
  {
    code: 'several_countries',
    lines: clean.map((one, i) => ({ ...one, country: i % 50 ? 'DE' : 'FR' })),
    expected: { severity: 'attention' },
  },
  {
    code: 'future_date',
    lines: withLines(line({ day: parseIsoDay('2031-03-03')! })),
    expected: { severity: 'problem', rows: 1 },
  },
  {
    code: 'placeholder_date',
    lines: withLines(line({ day: 0 }), line({ day: parseIsoDay('1900-01-01')! })),
    expected: { severity: 'problem', rows: 2, value: 50 },
  },
  {
    code: 'stray_start',
    lines: withLines(line({ day: parseIsoDay('2011-05-05')! })),
    expected: { severity: 'problem', rows: 1 },
  },
  {
    code: 'ancient_date',
    lines: withLines(line({ day: parseIsoDay('1921-05-05')! })),
    expected: { severity: 'problem', rows: 1 },
  },
  {
    code: 'missing_days',
    lines: clean.filter(({ day }) => day! < someDay || day! >= someDay + 60),
    expected: { severity: 'problem' },
  },
  {
    code: 'missing_days',
    lines: clean.filter(({ day }) => day! < someDay || day! >= someDay + 20),
    expected: { severity: 'attention' },
  },
  {
    code: 'busy_day',
    lines: clean.map((one, i) => (i % 5 === 0 && one.day! > someDay ? { ...one, day: someDay } : one)),
    expected: { severity: 'problem' },
  },
  {
    code: 'seasonality_month',
    lines: shop({ season: (day) => (new Date(day * 864e5).getUTCMonth() === 11 ? 2 : 0.9) }),
    expected: { severity: 'attention', rows: null },
  },
  {
    code: 'seasonality_weekday',
    lines: clean.map((one) => ({ ...one, day: one.day! - (one.day! % 7 < 3 ? one.day! % 7 : 0) })),
    expected: { severity: 'note' },
  },
  {
    code: 'spend_drift',
    lines: shop({ price: (day) => 1.4 ** ((day - START) / 365) }),
    expected: { severity: 'attention' },
  },
  {
    code: 'spend_frequency',
    lines: shop({ price: (_, rate) => (50 * rate) ** 0.7 }),
    expected: { severity: 'attention' },
  },
  {
    code: 'purchase_timing',
    lines: shop({ shape: 4, season: () => 2 }),
    expected: { severity: 'attention', title: 'purchases at regular intervals' },
  },
  {
    code: 'purchase_timing',
    lines: shop({ shape: 0.3 }),
    expected: { severity: 'attention', title: 'purchases in bursts' },
  },
  {
    code: 'concentration',
    lines: clean.map((one) => (one.customer === 'k1' ? { ...one, value: 50_000 } : one)),
    expected: { severity: 'attention' },
  },
  {
    code: 'left_truncation',
    lines: shop({ joins: (u) => (u < 0.3 ? u * 60 : ((u - 0.3) / 0.7) * DAYS) }),
    expected: { severity: 'attention' },
  },
  {
    code: 'left_truncation',
    lines: shop({ joins: (u) => u * 90 }),
    expected: { severity: 'note', title: 'all customers are first seen early in the log' },
  },
  { code: 'inflow_drift', lines: shop({ joins: (u) => DAYS * Math.sqrt(u) }), expected: { severity: 'note' } },
  {
    code: 'one_time_customers',
    lines: withLines(...many(12_000, (i) => ({ customer: `once${i}`, day: START + (i % DAYS), order: `n${i}` }))),
    expected: { severity: 'attention', customers: 12_000 + once(clean) },
  },
  {
    code: 'few_repeat_customers',
    lines: clean.filter(({ customer }) => customer.length <= 2),
    expected: { severity: 'problem' },
  },
];

function once(lines: readonly Line[]): number {
  const counts = new Map<string, number>();
  for (const { customer } of lines) counts.set(customer, (counts.get(customer) ?? 0) + 1);
  return [...counts.values()].filter((n) => n === 1).length;
}

describe('each check finds what it looks for', () => {
  it.each(cases)('$code: $expected', async ({ code, lines, expected }) => {
    const finding = findingIn(await examined(lines), code);
    expect(finding).toMatchObject(expected);
    expect(finding.severity).not.toBe('fine');
    expect(finding.meaning).not.toBe('Nothing found.');
  });

  it('has a case for every check', () => {
    const elsewhere = ['dropped', 'stray_end', 'young_customers', 'short_log', 'normalised_id'];
    expect(
      CHECKS.map(({ code }) => code).filter(
        (code) => !elsewhere.includes(code) && !cases.some((one) => one.code === code),
      ),
    ).toEqual([]);
  });

  it('stray_end: a few lines more than a year after all others, before today', async () => {
    const report = await examined(withLines(line({ day: START + DAYS + 500 })), { today: '2026-01-01' });
    expect(findingIn(report, 'stray_end')).toMatchObject({ severity: 'problem', rows: 1 });
    expect(report.examinedTo < '2024').toBe(true);
  });

  it('young_customers and short_log: by the horizon', async () => {
    const report = await examined(clean, { horizon: 1400 });
    expect(findingIn(report, 'young_customers').severity).toBe('attention');
    expect(findingIn(report, 'short_log').severity).toBe('note');
    expect(findingIn(await examined(clean, { horizon: 1500 }), 'short_log').severity).toBe('attention');
  });

  it('normalised_id: as reading counted them', async () => {
    expect(findingIn(await examined(clean, {}, { normalisedIds: 12 }), 'normalised_id')).toMatchObject({
      severity: 'note',
      rows: 12,
    });
  });
});

describe('what it says of numbers', () => {
  it('tests assumptions on the days that belong to the log', async () => {
    const strays = withLines(line({ day: parseIsoDay('2011-05-05')! }), line({ day: parseIsoDay('9999-12-31')! }));
    const [with_, without] = [await examined(strays), await examined(clean)];
    expect(with_.examinedFrom).toBe(without.examinedFrom);
    expect(with_.examinedTo).toBe(without.examinedTo);
    expect(findingIn(with_, 'seasonality_month').evidence).toBe(findingIn(without, 'seasonality_month').evidence);
  });

  it('tells which cancellations netting took away', async () => {
    const rows = [
      ...[
        'A1,k1,2020-01-05,p1,2,5',
        'C2,k1,2020-01-09,p1,-2,5',
        'A3,k1,2020-02-05,p2,1,30',
        'C4,k2,2020-02-09,p9,-1,5',
      ],
      ...Array.from({ length: 40 }, (_, i) => `B${i},k${i},2020-03-${10 + (i % 20)},p3,1,10`),
    ];
    const header = 'InvoiceNo,CustomerID,InvoiceDate,StockCode,Quantity,UnitPrice,Country';
    const path = fileIn(folder, 'net.csv', `${header}\n${rows.map((row) => `${row},UK`).join('\n')}\n`);
    const log = await readTransactions(path, { returns: 'net' });
    const report = await doctor(log, { today: TODAY });
    await log.close();
    expect(findingIn(report, 'cancelled_order')).toMatchObject({ rows: 1, value: 10 });
    expect(findingIn(report, 'cancellation_with_order')).toMatchObject({ rows: 1, value: -10, advice: null });
    expect(findingIn(report, 'cancelled_unmatched')).toMatchObject({ rows: 1, value: -5 });
    expect(findingIn(report, 'cancelled_unmatched').examples[0]).toMatchObject({ row: 5, cells: { customer: 'k2' } });
    expect(report.value).toBe(430);
  });

  it('needs the lines of a log', async () => {
    const rows = clean.slice(0, 500).map(({ customer, day, value }) => `${customer},${isoDay(day!)},${value}`);
    const path = fileIn(folder, 'days.csv', `customer_id,date,value\n${rows.join('\n')}\n`);
    const log = await readTransactions(path, { detail: 'days', way: 'direct' });
    await expect(doctor(log)).rejects.toThrow(expect.objectContaining({ code: 'bad_option' }));
    await log.close();
  });

  it('knows nothing of days after the threshold when it tests assumptions', async () => {
    const thresholdDate = isoDay(someDay);
    const early = await examined(
      clean.filter(({ day }) => day! <= someDay),
      { thresholdDate },
    );
    const all = await examined(clean, { thresholdDate });
    for (const code of ['spend_drift', 'concentration', 'purchase_timing', 'spend_frequency', 'young_customers']) {
      expect(findingIn(all, code).evidence).toBe(findingIn(early, code).evidence);
    }
  });

  it('gives concentration as plain TypeScript does', async () => {
    const spent = new Map<string, number>();
    for (const { customer, value } of clean) spent.set(customer, (spent.get(customer) ?? 0) + value!);
    const values = [...spent.values()].sort((a, b) => a - b);
    const total = values.reduce((a, b) => a + b, 0);
    const n = values.length;
    const gini = values.reduce((s, v, i) => s + (2 * (i + 1) - n - 1) * v, 0) / (n * total);
    const effective = total ** 2 / values.reduce((s, v) => s + v * v, 0);
    const top = values.slice(-Math.ceil(0.1 * n)).reduce((a, b) => a + b, 0) / total;
    const { evidence } = findingIn(await examined(clean), 'concentration');
    expect(evidence).toContain(`Gini ${gini.toFixed(2)}`);
    expect(evidence).toContain(
      `as if ${Math.round(effective).toLocaleString('en-US')} of ${n.toLocaleString('en-US')} customers`,
    );
    expect(evidence).toContain(`10 % hold ${(100 * top).toFixed(0)} %`);
  });

  it('gives the slope of spend within customers as plain TypeScript does', async () => {
    const own = new Map<string, Array<[number, number]>>();
    for (const { customer, day, value } of clean) {
      own.set(customer, [...(own.get(customer) ?? []), [day! / 365.25, Math.log(value!)]]);
    }
    const sums = [...own.values()]
      .filter((points) => points.length > 1)
      .map((points) => {
        const [mx, my] = [0, 1].map((j) => points.reduce((s, point) => s + point[j]!, 0) / points.length) as [
          number,
          number,
        ];
        return [
          points.reduce((s, [x]) => s + (x - mx) ** 2, 0),
          points.reduce((s, [x, y]) => s + (x - mx) * (y - my), 0),
        ] as const;
      });
    const sxx = sums.reduce((s, [xx]) => s + xx, 0);
    const slope = sums.reduce((s, [, xy]) => s + xy, 0) / sxx;
    const error = Math.sqrt(sums.reduce((s, [xx, xy]) => s + (xy - slope * xx) ** 2, 0)) / sxx;
    expect(findingIn(await examined(clean), 'spend_drift').evidence).toContain(
      `${slope.toFixed(3)} ± ${error.toFixed(3)}`,
    );
  });

  it('shows example lines with their cells and about where they are', async () => {
    const report = await examined(withLines(line({ customer: '', country: 'DE' })), { examples: 1 });
    expect(findingIn(report, 'missing_customer').examples).toEqual([
      {
        row: clean.length + 2,
        cells: {
          date: isoDay(someDay),
          order_id: 'x1',
          product: 'p1',
          quantity: 1,
          price: 25,
          value: 25,
          country: 'DE',
        },
      },
    ]);
    const none = await examined(withLines(line({ customer: '' })), { examples: 0 });
    expect(none.checks.every(({ examples }) => examples.length === 0)).toBe(true);
  });

  it('takes ids for text, whatever characters they hold', async () => {
    const odd = `a'b"; DROP TABLE lines; --`;
    const report = await examined(withLines(...many(1200, (i) => ({ customer: odd, day: START + i, order: `g${i}` }))));
    expect(findingIn(report, 'collective_account')).toMatchObject({ rows: 1200, customers: 1 });
  });

  it('counts lines once in what problems touch', async () => {
    const report = await examined(withLines(line({ customer: 'guest', day: 0, value: 100_000 })));
    expect(report.touched.rows).toBe(1);
    expect(report.touched.value).toBe(100_000);
  });

  it.each([{ horizon: 0 }, { horizon: Number.NaN }, { examples: -1 }, { examples: 1.5 }, { thresholdDate: 'soon' }])(
    'refuses %o',
    async (options) => {
      const log = await logOf(clean.slice(0, 50));
      await expect(doctor(log, options)).rejects.toThrow(expect.objectContaining({ name: 'ClvError' }));
      await log.close();
    },
  );

  it('has something to say about the smallest log', async () => {
    const report = await examined([line({})]);
    expect(findingIn(report, 'few_repeat_customers').severity).toBe('problem');
    expect(report.skipped.length).toBeGreaterThan(5);
  });
});

describe('statistics', () => {
  it('knows F(1, n) as the square of t, and tables', () => {
    expect(fTail(4.964602743730711, 1, 10)).toBeCloseTo(0.05, 10); // t(10) = 2.2281388519649385 two-sided
    expect(fTail(2.353809, 3, 200)).toBeGreaterThan(0.05);
    expect(fTail(0, 3, 10)).toBe(1);
  });

  it('fits a line through points on it', () => {
    const { slope, standardError } = fitLine([0, 1, 2, 3], [1, 3, 5, 7]);
    expect(slope).toBeCloseTo(2, 12);
    expect(standardError).toBeCloseTo(0, 12);
  });

  it('sees levels of groups on a trend, and only them', () => {
    const time = Array.from({ length: 48 }, (_, i) => i);
    const group = time.map((t) => t % 4);
    const noise = time.map((t) => 0.01 * Math.sin(t * t));
    const y = time.map((t, i) => 10 + 0.1 * t + (group[i] === 2 ? 5 : 0) + noise[i]!);
    const { level, p, explained } = groupEffect(
      y,
      time,
      group,
      time.map(() => 1),
    );
    const mean = y.reduce((a, b) => a + b, 0) / 48;
    expect(level[2]! - level[0]!).toBeCloseTo(5 / mean, 2);
    expect(level[1]! - level[0]!).toBeCloseTo(0, 2);
    expect(p).toBeLessThan(1e-20);
    expect(explained).toBeGreaterThan(0.99);
    // Weight 2 is the same as seeing it twice, but for the degrees of freedom.
    const twice = groupEffect(
      [...y, ...y],
      [...time, ...time],
      [...group, ...group],
      [...y, ...y].map(() => 1),
    );
    const doubled = groupEffect(
      y,
      time,
      group,
      time.map(() => 2),
    );
    expect(doubled.explained).toBeCloseTo(twice.explained, 12);
  });

  it('finds medians', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});

describe('a log from a file', () => {
  it('is examined as it was read', async () => {
    const rows = clean.slice(0, 500).map(({ customer, day, value }) => `${customer},${isoDay(day!)},${value}`);
    const path = fileIn(folder, 'log.csv', `customer_id,date,value\n${[',2020-05-05,9', ...rows].join('\n')}\n`);
    const log = await readTransactions(path);
    const report = await doctor(log, { today: TODAY });
    await log.close();
    expect(findingIn(report, 'missing_customer')).toMatchObject({ rows: 1, value: 9 });
    expect(findingIn(report, 'missing_customer').examples[0]!.row).toBe(2);
  });
});

describeOn('online_retail', 'UCI Online Retail', () => {
  let report: DoctorReport;
  beforeAll(async () => {
    const log = await readTransactions(locateDataset('online_retail')!);
    report = await doctor(log, { today: TODAY });
    await log.close();
  });

  it('has its known lines without a customer, cancellations and copies', () => {
    expect(report).toMatchObject({ rows: 541_909, customers: 4338, transactions: 16_763 });
    expect(findingIn(report, 'missing_customer')).toMatchObject({ severity: 'problem', rows: 135_080, customers: 0 });
    expect(findingIn(report, 'cancellation')).toMatchObject({ rows: 8905, customers: 1589 });
    expect(findingIn(report, 'duplicate_line').rows).toBe(5192);
    expect(findingIn(report, 'cancellation_with_order').rows! + findingIn(report, 'cancelled_unmatched').rows!).toBe(
      8905,
    );
    // 2,517 lines with a price of at most 0 (shared/datasets/README.md), two of them negative
    expect(findingIn(report, 'zero_value').rows).toBe(2515);
  });

  it('starts in the middle of its customers’ lives, and hangs on a few of them', () => {
    expect(findingIn(report, 'left_truncation')).toMatchObject({ severity: 'attention', customers: 885 });
    expect(findingIn(report, 'concentration').severity).toBe('attention');
    expect(findingIn(report, 'extreme_line').examples[0]!.cells).toMatchObject({ customer: '16446', value: 168_469.6 });
  });

  it('says why it lacks Christmas', () => {
    expect(findingIn(report, 'missing_days').evidence).toContain('2010-12-24 to 2011-01-03');
  });
});
