import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/features/duckdb.js';
import { literal } from '../../src/features/engine.js';
import { type ReadOptions, type ReadReport, readTransactions } from '../../src/features/read-transactions.js';
import { summarise } from '../../src/features/summarise.js';
import { fileIn, smallLog, temporaryFolder } from './logs.js';

const folder = temporaryFolder();

async function read(name: string, content: string | Uint8Array, options: ReadOptions = {}): Promise<ReadReport> {
  const log = await readTransactions(fileIn(folder, name, content), options);
  await log.close();
  return log.report;
}

describe('a log is understood', () => {
  const sixty = {
    rows: 60,
    customers: 7,
    transactions: 60,
    value: 2400,
    firstDay: '2011-01-10',
    lastDay: '2011-06-24',
  };

  it.each([
    ['comma separated', smallLog],
    ['semicolon separated', smallLog.replaceAll(',', ';')],
    ['tab separated', smallLog.replaceAll(',', '\t')],
    ['bar separated', smallLog.replaceAll(',', '|')],
    ['with a byte order mark', `\uFEFF${smallLog}`],
    ['with CRLF', smallLog.replaceAll('\n', '\r\n')],
    ['without a last line end', smallLog.trimEnd()],
    ['with blank lines', smallLog.replaceAll('\n', '\n\n')],
    ['gzip-compressed, whatever its name', gzipSync(smallLog)],
    ['in UTF-16', Buffer.from(`\uFEFF${smallLog}`, 'utf16le')],
    ['in UTF-16 with its bytes the other way round', Buffer.from(`\uFEFF${smallLog}`, 'utf16le').swap16()],
    ['below blank lines', `\n\r\n${smallLog}`],
    ['below the separator, as spreadsheets note it', `sep=;\n${smallLog.replaceAll(',', ';')}`],
    ['with a line of a megabyte', smallLog.replace('\n', ',note\n').replace(/\.5\n/g, `.5,${'x'.repeat(30_000)}\n`)],
    ['with blanks and tabs around ids', smallLog.replace(/(c\d)/g, '\t $1\u00a0')],
    ['with times that have points', smallLog.replace(/(\d{4}-\d\d-\d\d)/g, '$1 21.45.05')],
    ['with months first', smallLog.replace(/(\d{4})-(\d\d)-(\d\d)/g, '$2/$3/$1')],
    ['with days first', smallLog.replace(/(\d{4})-(\d\d)-(\d\d)/g, '$3.$2.$1')],
    ['with times of day', smallLog.replace(/(\d{4}-\d\d-\d\d)/g, '$1T23:59:59.5Z')],
    ['with cells in quotes', smallLog.replace(/(c\d)/g, '"$1"')],
  ])('%s', async (_, content) => {
    expect(await read('log.csv', content)).toMatchObject(sixty);
  });

  it('with quoted line ends, doubled quotes and separators in a description', async () => {
    const described = smallLog.replace('\n', ',note\n').replace(/\.5\n/g, '.5,"a ""b"",\nc"\n');
    expect(await read('log.csv', described)).toMatchObject(sixty);
  });

  it('as windows-1252 (and so Latin-1) where it is not UTF-8, even late in the file, and says so', async () => {
    const rows = `${smallLog}${'c1,2011-03-03,1\n'.repeat(30_000)}`.replaceAll('\n', ',cafe\n').replace('cafe', 'note');
    const content = Buffer.concat([Buffer.from(rows), Buffer.from('c1,2011-03-03,1,caf\xe9 \x80\n', 'latin1')]);
    expect(await read('log.csv', content)).toMatchObject({ encoding: 'windows-1252', rows: 30_061 });
  });

  it('with quoted line ends in a file so large that the engine reads it in parts', async () => {
    const note = '"Flat 1\\nMain St 5, Floor 3\\nattn. Mr. X, Sales, Dept. 4, Room 2\\nUSA"'.replaceAll('\\n', '\n');
    const rows = Array.from({ length: 150_000 }, (_, i) => `c${i % 99},2024-01-${10 + (i % 18)},1,${note}\n`);
    const log = `customer_id,date,value,note\n${rows.join('')}`;
    expect(await read('large.csv', log)).toMatchObject({ rows: 150_000, customers: 99, value: 150_000 });
    const open = `${log}c1,2024-01-13,1,"never closed\n${rows.slice(0, 99).join('')}`;
    await expect(read('large.csv', open)).rejects.toMatchObject({ code: 'bad_row' });
  });

  it.each(['lines', 'days'] as const)(
    'in a file so large that the engine reads it directly, and carefully where anything is odd: %s',
    async (detail) => {
      const rows = Array.from({ length: 700_000 }, (_, i) => `customer ${i % 997},2024-01-${10 + (i % 18)},1.5\n`);
      const header = 'customer_id,date,value\n';
      const odd = async (row: string) => read('large.csv', `${header}${rows.join('')}${row}`, { detail });
      expect(await odd('')).toMatchObject({ rows: 700_000, customers: 997, value: 1_050_000 });
      expect(await odd(' tabbed\t,2024-02-01,2\n')).toMatchObject({ rows: 700_001, customers: 998, value: 1_050_002 });
      await expect(odd('a,2024-02-31,1\n')).rejects.toMatchObject({ code: 'bad_cell', details: { row: 700_002 } });
      await expect(odd('a,24-02-01,1\n')).rejects.toMatchObject({ code: 'bad_cell', details: { row: 700_002 } });
      await expect(odd('a,2024-02-01,1e300\n')).rejects.toMatchObject({ code: 'bad_cell', details: { row: 700_002 } });
      await expect(odd('a,2024-02-01\n')).rejects.toMatchObject({ code: 'bad_row', details: { row: 700_002 } });
    },
  );

  it('as Parquet, whatever the types of its columns and the folder it lies in', async () => {
    const path = join(folder, 'customer_id=7', 'typed.parquet');
    mkdirSync(join(folder, 'customer_id=7'), { recursive: true });
    const engine = await openDuckDb();
    await engine.run(`COPY (SELECT * FROM (VALUES
      (1::DOUBLE, TIMESTAMPTZ '2024-01-13 23:30:00+00', 12.5::DOUBLE),
      (2::DOUBLE, TIMESTAMPTZ '2024-02-01 00:30:00+00', 0.01::DOUBLE),
      ('nan'::DOUBLE, TIMESTAMPTZ '2024-02-01 00:30:00+00', 3::DOUBLE),
      (2::DOUBLE, TIMESTAMPTZ '2024-02-02 12:00:00+00', 'nan'::DOUBLE)) AS t(customer_id, date, value))
      TO ${literal(path)} (FORMAT parquet)`);
    await engine.close();
    const log = await readTransactions(path, { decimal: 'comma' });
    await log.close();
    const { dropped, ...report } = log.report;
    expect(report).toMatchObject({ customers: 2, value: 12.51, firstDay: '2024-01-13', lastDay: '2024-02-01' });
    expect(report.normalisedIds).toBe(3);
    expect(dropped.map(({ reason, rows }) => [reason, rows])).toEqual([
      ['missing_customer', 1],
      ['missing_value', 1],
    ]);
  });

  it('as Parquet of text', async () => {
    const csv = fileIn(folder, 'for-parquet.csv', smallLog);
    const parquet = `${csv}.parquet`;
    const engine = await openDuckDb();
    await engine.run(`COPY (SELECT * FROM read_csv(${literal(csv)})) TO ${literal(parquet)} (FORMAT parquet)`);
    await engine.close();
    const log = await readTransactions(parquet);
    await log.close();
    expect(log.report).toMatchObject(sixty);
  });

  it('with a decimal comma, when told', async () => {
    const european = smallLog.replaceAll(',', ';').replaceAll('.5', ',50').replace('10,50', '1.010,50');
    expect(await read('log.csv', european, { decimal: 'comma' })).toMatchObject({ ...sixty, value: 3400 });
  });

  it.each(['12.34', '1.23,4', '1.2.3,4', '1,234.50', '12.3456,7', '1.5e3', ','])(
    'with a decimal comma, but not %s',
    async (cell) => {
      const log = `customer_id;date;value\na;2011-01-01;1.234.567,5\nb;2011-01-02;,5\nc;2011-01-03;${cell}\n`;
      await expect(read('comma.csv', log, { decimal: 'comma' })).rejects.toMatchObject({
        code: 'bad_cell',
        details: { row: 4, found: cell },
      });
    },
  );

  it('with names that are SQL', async () => {
    const name = 'it\'s "a"; DROP TABLE raw; --';
    const log = smallLog.replace('customer_id', `"${name.replaceAll('"', '""')}"`);
    expect(await read(`${name}.csv`, log, { columns: { customer: name } })).toMatchObject(sixty);
  });

  it.each(['orders*.csv', 'orders?.csv', 'orders[1].csv', "o'rders; DROP.csv", 'öders €.csv'])(
    'from a file named %s, and from no other',
    async (name) => {
      fileIn(folder, 'orders1.csv', smallLog);
      expect(await read(name, smallLog)).toMatchObject(sixty);
    },
  );

  it('with ids as spreadsheets write numbers, and says so', async () => {
    const log = smallLog.replace(/c(\d)/g, '1785$1.0');
    const report = await read('log.csv', log);
    expect(report).toMatchObject({ ...sixty, normalisedIds: 60 });
  });

  it('keeps leading zeros of ids: 042 and 42 are two customers', async () => {
    const report = await read('log.csv', 'customer_id,date,value\n042,2011-01-01,5\n42,2011-01-02,5\n');
    expect(report.customers).toBe(2);
  });

  it('takes quantity × unit price as the value, and a column of values before both', async () => {
    const product = await read('log.csv', 'customer,date,qty,unit_price\na,2011-01-31,3,2.5\n');
    expect(product).toMatchObject({ value: 7.5, roles: { quantity: 'qty', price: 'unit_price' } });
    const given = await read('log.csv', 'customer,date,qty,unit_price,amount\na,2011-01-31,3,2.5,7\n');
    expect(given).toMatchObject({ value: 7, roles: { value: 'amount' } });
    const named = await read('log.csv', 'customer,date,n,each,amount\na,2011-01-31,3,2.5,7\n', {
      columns: { quantity: 'n', price: 'each' },
    });
    expect(named.value).toBe(7.5);
    const half = read('log.csv', 'customer,date,each,amount\na,2011-01-31,2.5,7\n', { columns: { price: 'each' } });
    await expect(half).rejects.toMatchObject({ code: 'missing_column' });
    const cdnow = await read('log.csv', 'customer_id,date,quantity,amount\n1,1997-01-01,2,29.33\n');
    expect(cdnow).toMatchObject({ value: 29.33, layout: 'CDNOW' });
  });
});

describe('a layout', () => {
  it('is CDNOW by its whole header only: one column more, and nothing is chosen without asking', async () => {
    const rows = '1,1997-01-01,2,29.33,1997-01-05,40\n';
    const more = read('log.csv', `customer_id,date,quantity,amount,order_date,total\n${rows}`);
    await expect(more).rejects.toMatchObject({ code: 'ambiguous_column' });
  });
});

describe('options', () => {
  it.each([
    [{ decimal: 'dot' }, 'bad_option'],
    [{ return: 'net' }, 'bad_option'],
    [{ returns: 'nett' }, 'bad_option'],
    [{ latestDate: 'soon' }, 'bad_date'],
    [{ columns: { custmer: 'a' } }, 'bad_option'],
    [{ columns: { customer: 5 } }, 'bad_option'],
  ])('%j: %s', async (options, code) => {
    await expect(read('log.csv', smallLog, options as never)).rejects.toMatchObject({ code });
  });

  it.each(['Customer ID,customer_id,date,amount', 'customer_id,date,amount,amount'])(
    'two columns for one role: %s',
    async (header) => {
      await expect(read('log.csv', `${header}\na,2011-01-31,5,5\n`)).rejects.toMatchObject({
        code: 'ambiguous_column',
      });
    },
  );

  it('no file at all', async () => {
    await expect(readTransactions(undefined as never)).rejects.toMatchObject({ code: 'missing_file' });
  });
});

describe('cleaning', () => {
  it('points at orders that were cancelled later and still count', async () => {
    const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
    const rows = ['1,A,x,9,12/31/2010 8:26,2,1,UK', '2,A,x,3,12/31/2010 8:26,2,1,UK', 'C3,A,x,-9,1/1/2011 9:00,2,1,UK'];
    const report = await read('uci.csv', `${header}${rows.join('\n')}\n`);
    expect(report.notes).toMatchObject([{ reason: 'cancelled_later', rows: 1, value: 18 }]);
  });

  it('says what --returns net cannot do, and drops what a later day than the latest is', async () => {
    const report = await read('log.csv', `${smallLog}c1,2150-01-01,5\n`, { returns: 'net' });
    expect(report.remarks.join()).toContain('needs a product and a quantity');
    expect(report.dropped).toMatchObject([{ reason: 'future_date', rows: 1, value: 5 }]);
  });

  it('points at ids that look like a missing one', async () => {
    const report = await read('log.csv', smallLog.replaceAll('c1', 'NULL'));
    expect(report.notes).toMatchObject([{ reason: 'placeholder_id', rows: 9 }]);
  });

  it('drops by the first rule that holds, and rows in = rows kept + rows dropped', async () => {
    const report = await read(
      'uci.csv',
      `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,x,2,12/31/2010 8:26,1.5,1,UK
1,A,x,2,12/31/2010 8:26,1.5,1,UK
2,A,x,2,12/31/2010 8:26,1.5,,UK
C3,A,x,-2,1/1/2011 9:00,1.5,1,UK
4,A,x,-1,1/1/2011 9:00,1.5,1,UK
5,A,x,1,1/1/2011 9:00,0,1,UK
6,POST,x,1,1/2/2011 9:00,4,2,UK
7,A,x,,1/2/2011 9:00,4,2,UK
8,A,x,1,,4,2,UK
`,
    );
    expect(report.layout).toBe('UCI Online Retail');
    expect(report.dropped.map(({ reason, rows, value }) => [reason, rows, value])).toEqual([
      ['missing_customer', 1, 3],
      ['missing_date', 1, 4],
      ['cancellation', 1, -3],
      ['missing_value', 1, 0],
      ['non_positive_quantity', 1, -1.5],
      ['non_positive_price', 1, 0],
    ]);
    expect(report.notes.map(({ reason, rows, value }) => [reason, rows, value])).toEqual([
      ['cancelled_later', 1, 3],
      ['duplicate_line', 1, 3],
      ['service_code', 1, 4],
    ]);
    expect(report).toMatchObject({ rows: 9, transactions: 2, customers: 2, value: 10 });
  });
});

describe('the split', () => {
  const log = `customer_id,date,value
a,2011-01-01,1
a,2011-01-08,4
a,2011-01-08,2
a,2011-01-15,3
a,2011-01-16,5
b,2011-01-15,7
c,2011-01-16,9
`;
  const table = async (text: string, options: Parameters<typeof summarise>[1]) => {
    const transactions = await readTransactions(fileIn(folder, 'split.csv', text));
    const summary = await summarise(transactions, options);
    await transactions.close();
    return summary;
  };

  it('counts the threshold day as calibration, customer-days as transactions, and the rest as holdout', async () => {
    const summary = await table(log, { thresholdDate: '2011-01-15', predictEnd: '2011-01-20', timeUnit: 'week' });
    expect(summary.customerId).toEqual(['a', 'b']);
    expect(summary.laterCustomers).toBe(1);
    expect(summary.observedLength).toBe(2);
    const { frequency, recency, age, monetary } = summary.customers;
    expect([...frequency]).toEqual([2, 0]);
    expect([...recency]).toEqual([2, 0]);
    expect([...age]).toEqual([2, 0]);
    expect([...monetary]).toEqual([4.5, 0]);
    expect([...summary.spent]).toEqual([10, 7]);
    expect([...summary.holdout!.purchases]).toEqual([1, 0]);
    expect([...summary.holdout!.value]).toEqual([5, 0]);
    expect(summary.holdout!.length).toBeCloseTo(5 / 7, 15);
  });

  it('lets no future day change a feature', async () => {
    const options = { thresholdDate: '2011-01-15', predictEnd: '2011-01-20' };
    const { holdout: _, ...before } = await table(log, options);
    const changed = log
      .replace('a,2011-01-16,5', 'z,2011-01-17,500\nb,2011-01-18,90')
      .replace('c,2011-01-16,9', 'c,2011-01-19,1');
    const { holdout: __, ...after } = await table(changed, options);
    expect(after).toEqual({ ...before, laterCustomers: 2 });
  });
});

describe('a listener that throws', () => {
  const day = (i: number) => `2024-0${1 + (i % 9)}-1${i % 10}`;
  const large = fileIn(
    folder,
    'heard.csv',
    `customer_id,date,value\n${Array.from({ length: 60_000 }, (_, i) => `c${i % 977},${day(i)},${1 + (i % 50)}.25\n`).join('')}`,
  );

  it.each(['careful', 'direct', 'plain'] as const)('ends the reading with its own error: %s', async (way) => {
    for (const last of [1, 2, 3]) {
      let told = 0;
      const onProgress = () => {
        if (++told === last) throw new RangeError('enough'); // once
      };
      const reading = readTransactions(large, { way, detail: 'features', notes: false, onProgress });
      await expect(reading).rejects.toThrow(new RangeError('enough'));
    }
  });
});
