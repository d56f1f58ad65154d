import { describe, expect, it } from 'vitest';
import { doctor } from '../../src/features/doctor/index.js';
import { logOn } from '../../src/features/log-on.js';
import { featureTable } from '../../src/features/make-features.js';
import { type ReadOptions, readTransactions } from '../../src/features/read-transactions.js';
import { fileIn, temporaryFolder } from './logs.js';

const folder = temporaryFolder();

const HEADER = 'customer_id,order_id,product,order_date,quantity,unit_price,country\n';
const plain = Array.from(
  { length: 200 },
  (_, i) =>
    `c${i % 17},o${i % 41},p${i % 5},2024-0${1 + (i % 9)}-1${i % 7} 1${i % 10}:30:00,${(i % 5) - 1},${i % 3}.25,UK\n`,
).join('');
const spelt = `17850.0, o7 ,p1,2024-02-03 09:00:00,1,2.5, FR
17850,o7,p1,2024-02-03 09:05:00,2,2.5,FR
 c3 ,o8,p2,2024-02-04 23:59:00,1,4,DE
\u00a0test\u3000,o9,p2,2024-02-04 00:00:00,1,4,DE
,o9,p2,2024-02-04 00:00:00,1,4,DE
c4,o9,p2,2999-02-04 00:00:00,1,4,DE
c4,o9,p2,,1,4,DE
c4,o9,p2,2024-02-04 00:00:00,-3,4,DE
`;

const COLUMNS = `customer, day, minute, quantity, price, value, order_id, product, category, country, part, dropped,
  void_day, normalised_id`;

/** Everything that a way of reading leaves behind, rows in order. */
async function leftBy(way: 'plain' | 'direct' | 'careful', files: readonly string[], options: ReadOptions) {
  const log = await readTransactions(files, { ...options, way });
  try {
    const rows = async (sql: string, width: number) => {
      const found = await log.engine.query(`${sql} ORDER BY ALL`);
      // sums may have other numbers of decimals, but no other digits
      const digits = (cell: string) => (/^-?\d+\.\d+$/.test(cell) ? cell.replace(/\.?0+$/, '') : cell);
      return Array.from({ length: width }, (_, column) => found.texts(column).map(digits));
    };
    return {
      report: { ...log.report, encoding: undefined },
      lines: log.keeps === 'lines' ? await rows(`SELECT ${COLUMNS} FROM lines`, 14) : undefined,
      customerDays: await rows('SELECT customer, day, void_day, value, lines, quantity FROM customer_days', 6),
      returns: await rows('SELECT customer, day, lines, value FROM returns', 4),
    };
  } finally {
    await log.close();
  }
}

describe('what is read directly', () => {
  const logs = {
    plain: [HEADER + plain],
    'oddly spelt': [HEADER + plain + spelt],
    'two files': [HEADER + plain, HEADER + spelt],
  };
  for (const [name, contents] of Object.entries(logs)) {
    const files = contents.map((content, i) => fileIn(folder, `${name}-${i}.csv`, content));
    it.each([
      { detail: 'lines' },
      { detail: 'days' },
      { detail: 'lines', notes: true },
      { detail: 'lines', testOrders: 'drop' },
      { detail: 'days', testOrders: 'drop', zeroValue: 'keep' },
    ] as const)(`is what is read carefully: ${name}, %j`, async (options) => {
      expect(await leftBy('direct', files, options)).toEqual(await leftBy('careful', files, options));
    });
  }

  it.each([
    ['products that are nothing to twelve digits', 'quantity,price\na,2024-01-01,1e-7,1e-7\na,2024-01-02,1,2\n', {}],
    [
      'no pieces beside a value',
      'quantity,value\na,2024-01-01,-1,5\na,2024-01-02,1,2\n',
      { columns: { quantity: 'quantity', value: 'value' } },
    ],
  ])('leaves out %s', async (what, rows, options) => {
    const file = fileIn(folder, `${what}.csv`, `customer,date,${rows}`);
    const direct = await leftBy('direct', [file], options);
    expect(direct).toEqual(await leftBy('careful', [file], options));
    expect(direct.report.dropped.map(({ rows }) => rows)).toEqual([1]);
  });

  it.each(['lines', 'days'] as const)('keeps fractions of a piece and billions of them, %s', async (detail) => {
    const rows = [0.4, 0.5, 1, 2147483647, 2147483648, 1e12].map((quantity) => `a,2024-01-01,${quantity},0.25`);
    const file = fileIn(folder, `pieces-${detail}.csv`, `customer,date,quantity,price\n${rows.join('\n')}\n`);
    const direct = await leftBy('direct', [file], { detail });
    expect(direct).toEqual(await leftBy('careful', [file], { detail }));
    expect(direct.report.dropped).toEqual([]);
  });

  it.each([
    ['a third decimal late', ['1,2.25', '1,2.255', '2,0.005']],
    ['decimals that add up to whole cents', ['1,2.125', '1,0.375', '4,0.0025']],
    ['fractions of a piece late', ['1,2.25', '0.3,1.1', '0.7,1.1']],
    ['values too large for cents', ['1,2.25', '100000,900000000.01', '3,0.01']],
    ['returns among purchases', ['1,2.25', '-1,2.25', '-2,0.01']],
    ['decimals without end', ['1,0.3333333333', '2,0.1234567891', '7,1e-3']],
  ])('has exact sums of %s', async (what, rows) => {
    const first = Array.from(
      { length: 2000 },
      (_, i) => `a${i % 7},2024-01-0${1 + (i % 9)},${1 + (i % 4)},${i % 50}.${10 + (i % 90)}`,
    );
    const late = rows.map((row, i) => `a1,2024-02-0${1 + (i % 2)},${row}`);
    const file = fileIn(folder, `${what}.csv`, `customer,date,quantity,price\n${[...first, ...late].join('\n')}\n`);
    for (const detail of ['lines', 'days'] as const) {
      expect(await leftBy('direct', [file], { detail })).toEqual(await leftBy('careful', [file], { detail }));
    }
  });

  it.each([
    ['the hour 24', '2024-02-04 24:00:00'],
    ['a zone', '2024-02-04 23:30:00+02'],
    ['a day alone', '2024-02-04'],
    ['fractions of a second', '2024-02-04 09:08:07.5'],
    ['blanks around it', ' 2024-02-04 09:08:07 '],
  ])('reads a moment with %s as one that is read carefully, or leaves it to that', async (what, moment) => {
    const rows = Array.from(
      { length: 2000 },
      (_, i) => `a${i % 7},o${i},2024-01-0${1 + (i % 9)} 09:0${i % 9}:00,1,2.5`,
    );
    const file = fileIn(
      folder,
      `${what}.csv`,
      `customer,order,date,quantity,price\n${[...rows, `b,o,${moment},1,2.5`].join('\n')}\n`,
    );
    const careful = await leftBy('careful', [file], {});
    const direct = await leftBy('direct', [file], {}).catch(() => careful);
    expect(direct).toEqual(careful);
  });

  const many = (lines: number) =>
    Array.from({ length: lines }, (_, i) => {
      const order = Math.floor(i / 3);
      const [month, day] = [1 + (order % 12), 1 + (order % 28)].map((number) => String(number).padStart(2, '0'));
      const price = `${order % 90}.${String(i % 100).padStart(2, '0')}`;
      return `customer-${(order * 7919) % 5003},o${order},p${(i * 31) % 997},2024-${month}-${day} 10:15:00,${(i % 11) - 1},${price},UK`;
    });
  const forms = {
    'in a file larger than a piece of it': HEADER + many(60_000).join('\n'),
    'with ends of lines of Windows': [HEADER.trim(), ...many(300)].join('\r\n'),
    'with a header in quotes': `${HEADER.replace(/\w+/g, '"$&"')}${many(300).join('\n')}\n`,
    'behind a byte order mark': `\ufeff${HEADER}${many(300).join('\n')}\n`,
    'by semicolons': `${HEADER}${many(300).join('\n')}\n`.replaceAll(',', ';'),
    'of ids that begin alike': `${HEADER}${many(300)
      .map((line, i) => line.replace(/^customer-\d+/, `customer${'123'.slice(0, i % 4)}`))
      .join('\n')}\n`,
    'with cells missing': `${HEADER}${many(300).join('\n')}\n,o1,p1,2024-01-01 10:00:00,1,1,UK\nc1,,,,,,\nc1,o,p,2024-01-01 10:00:00,,2,UK\n`,
    'of days alone': `customer,date,value\n${many(300)
      .map((line) => line.split(','))
      .map(([id, , , date, , price]) => `${id},${date!.slice(0, 10)},${price}`)
      .join('\n')}\n`,
    'of moments with a zone': `${HEADER}${many(300)
      .join('\n')
      .replace(/ (\d\d:\d\d:\d\d)/g, 'T$1Z')}\n`,
  };
  it.each(Object.entries(forms))('is told plainly as well: a log %s', async (what, content) => {
    const file = fileIn(folder, `plain ${what}.csv`, content);
    const days = await leftBy('plain', [file], { detail: 'days' });
    expect(days).toEqual(await leftBy('careful', [file], { detail: 'days' }));
    const values = await leftBy('plain', [file], { detail: 'values' });
    const { customerDays } = days;
    expect(values).toEqual({ ...days, customerDays: [...customerDays.slice(0, 5), customerDays[5]!.map(() => '')] });
  });

  it.each([
    ['ids as spreadsheets write them', '17850.0,o7,p1,2024-02-03 09:00:00,1,2.5,FR'],
    ['ids beyond ASCII', 'é,o7,p1,2024-02-03 09:00:00,1,2.5,FR'],
    ['a quoted cell', 'c1,"o7",p1,2024-02-03 09:00:00,1,2.5,FR'],
    ['a blank line', ''],
    ['a cell too few', 'c1,o7,p1,2024-02-03 09:00:00,1,2.5'],
    ['days of a year below 1000', 'c1,o7,p1,0024-02-03 09:00:00,1,2.5,FR'],
    ['bytes that are no UTF-8', 'c1,\xff,p1,2024-02-03 09:00:00,1,2.5,FR'],
  ])('does not take a log with %s for plain', async (what, line) => {
    const lines = [...many(300), line, ...many(3)].join('\n');
    const file = fileIn(folder, `not plain ${what}.csv`, Buffer.from(`${HEADER}${lines}\n`, 'latin1'));
    await expect(readTransactions(file, { detail: 'days', way: 'plain' })).rejects.toThrow('read carefully');
  });

  it('is asked for again where what was kept is not enough', async () => {
    const log = await readTransactions(fileIn(folder, 'kept.csv', HEADER + plain), {
      detail: 'features',
      notes: false,
      way: 'plain',
    });
    expect(log.keeps).toBe('features');
    await expect(doctor(log)).rejects.toMatchObject({ code: 'bad_option' });
    await expect(featureTable(log, { preset: 'google_clv' })).rejects.toMatchObject({ code: 'bad_option' });
    await expect(logOn(log.engine, log)).rejects.toMatchObject({ code: 'bad_option' });
    await log.close();
  });

  it('can be examined by the doctor', async () => {
    const file = fileIn(folder, 'examined.csv', HEADER + plain + spelt);
    const log = await readTransactions(file, { way: 'direct' });
    const { checks } = await doctor(log);
    await log.close();
    expect(checks.map(({ code }) => code)).toContain('normalised_id');
  });
});
