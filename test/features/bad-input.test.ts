import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ClvError, type ErrorCode } from '../../src/errors.js';
import { type JobConfig, runJob } from '../../src/jobs/run-job.js';
import { fileIn, smallLog, temporaryFolder } from './logs.js';

const folder = temporaryFolder();

/** What a job says to a file with this content; fails if it finishes or leaves anything behind. */
async function complaint(
  name: string,
  content: string | Uint8Array | null,
  options: Partial<JobConfig> = {},
): Promise<ClvError> {
  const data = content === null ? join(folder, name) : fileIn(folder, name, content);
  const jobDir = options.jobDir ?? join(folder, 'jobs');
  try {
    await runJob({ data, jobDir, ...options });
  } catch (error) {
    if (!(error instanceof ClvError)) throw error;
    expect(existsSync(join(folder, 'jobs')), 'a job folder was left behind').toBe(false);
    expect(readdirSync(folder).filter((file) => file.startsWith('.clv'))).toEqual([]);
    return error;
  }
  throw new Error('the job finished');
}

const header = 'customer_id,date,value\n';

interface Case {
  readonly title: string;
  readonly file: string;
  readonly content: string | Uint8Array | null;
  readonly options?: Partial<JobConfig>;
  readonly code: ErrorCode;
  readonly row?: number;
  readonly column?: string;
  readonly found?: string;
  readonly hint?: RegExp;
}

/** A gzip file whose compressed part ends between two rows, without the trailer. */
function cutBetweenRows(text: string): Uint8Array {
  return gzipSync(text).subarray(0, 10 + deflateRawSync(text).length);
}

const cases: readonly Case[] = [
  { title: 'a missing file', file: 'nowhere.csv', content: null, code: 'missing_file' },
  { title: 'a folder', file: '.', content: null, code: 'missing_file' },
  { title: 'an empty file', file: 'empty.csv', content: '', code: 'empty_file', found: '0 bytes' },
  { title: 'blank lines', file: 'blank.csv', content: '\n\n', code: 'empty_file' },
  {
    title: 'a header without rows',
    file: 'header.csv',
    content: header,
    code: 'empty_file',
    found: 'a header and no rows',
  },
  {
    title: 'a workbook',
    file: 'book.csv',
    content: 'PK\u0003\u0004 and more',
    code: 'unreadable_file',
    hint: /save the sheet as CSV/,
  },
  {
    title: 'a damaged zstd file',
    file: 'log.csv.zst',
    content: Buffer.from('28b52ffd00000000', 'hex'),
    code: 'unreadable_file',
  },
  { title: 'a damaged Parquet file', file: 'bad.parquet', content: 'PAR1 and nothing', code: 'unreadable_file' },
  {
    title: 'a damaged gzip file',
    file: 'bad.csv.gz',
    content: Buffer.from('1f8b67617262616765', 'hex'),
    code: 'unreadable_file',
  },
  {
    title: 'a gzip file cut off between two rows',
    file: 'cut.csv.gz',
    content: cutBetweenRows(smallLog),
    code: 'unreadable_file',
    found: 'unexpected end of file',
  },
  {
    title: 'no column for the value',
    file: 'novalue.csv',
    content: smallLog.replace('value', 'foo'),
    code: 'missing_column',
    hint: /--value_column/,
  },
  {
    title: 'no header',
    file: 'nohead.csv',
    content: smallLog.slice(header.length),
    code: 'missing_column',
    hint: /looks like data/,
  },
  {
    title: 'a misspelt column',
    file: 'typo.csv',
    content: smallLog,
    options: { columns: { customer: 'custoner' } },
    code: 'missing_column',
    column: 'custoner',
    hint: /--customer_column customer_id/,
  },
  {
    title: 'two columns for the date',
    file: 'two.csv',
    content: 'customer_id,order_date,invoice_date,value\na,2011-01-01,2011-01-02,5\n',
    code: 'ambiguous_column',
    hint: /--date_column order_date/,
  },
  {
    title: 'two columns of one name',
    file: 'same.csv',
    content: 'customer_id,customer_id,date,value\na,b,2011-01-01,5\n',
    options: { columns: { customer: 'customer_id' } },
    code: 'ambiguous_column',
    column: 'customer_id',
  },
  {
    title: 'a day that is none',
    file: 'feb.csv',
    content: `${header}a,28/02/2011,5\nb,31/02/2011,5\n`,
    code: 'bad_cell',
    row: 3,
    column: 'date',
    found: '31/02/2011',
  },
  {
    title: 'a date in another format than the rest',
    file: 'mixed.csv',
    content: `${header}a,2011-02-28,5\nb,28/02/2011,5\na,2011-03-01,5\n`,
    code: 'bad_cell',
    row: 3,
    column: 'date',
    hint: /--date_format/,
  },
  {
    title: 'a day among epoch seconds',
    file: 'epoch.csv',
    content: `${header}a,1300000000,5\nb,2011-03-13,5\n`,
    options: { dateFormat: 'epoch_s' },
    code: 'bad_cell',
    row: 3,
    column: 'date',
    found: '2011-03-13',
  },
  {
    title: 'day and month that cannot be told apart',
    file: 'order.csv',
    content: `${header}a,01/02/2011,5\na,03/04/2011,5\n`,
    code: 'ambiguous_date_order',
    column: 'date',
    hint: /%d\/%m\/%Y.*%m\/%d\/%Y/,
  },
  {
    title: 'a decimal comma',
    file: 'comma.csv',
    content: `${header}a,2011-01-01,"12,50"\n`,
    code: 'bad_cell',
    row: 2,
    column: 'value',
    found: '12,50',
    hint: /--decimal comma/,
  },
  {
    title: 'separators of thousands',
    file: 'thousands.csv',
    content: `${header}a,2011-01-01,5\na,2011-01-02,"1,234.50"\n`,
    code: 'bad_cell',
    row: 3,
    column: 'value',
    found: '1,234.50',
  },
  {
    title: 'a currency sign',
    file: 'currency.csv',
    content: `${header}a,2011-01-01,$5\n`,
    code: 'bad_cell',
    row: 2,
    found: '$5',
  },
  {
    title: 'an infinite amount',
    file: 'inf.csv',
    content: `${header}a,2011-01-01,inf\n`,
    code: 'bad_cell',
    row: 2,
    found: 'inf',
  },
  {
    title: 'an amount of 10^308',
    file: 'huge.csv',
    content: `${header}a,2011-01-01,1e308\n`,
    code: 'bad_cell',
    row: 2,
    found: '1e308',
  },
  {
    title: 'a bad cell after blank lines',
    file: 'gaps.csv',
    content: `${header}a,2011-01-01,5\n\n\nb,2011-01-02,x\n`,
    code: 'bad_cell',
    row: 5,
    found: 'x',
  },
  {
    title: 'a bad cell below blank lines and a header',
    file: 'above.csv',
    content: `\n\r\n${header}a,2011-01-01,5\nb,2011-01-02,x\n`,
    code: 'bad_cell',
    row: 5,
    found: 'x',
  },
  {
    title: 'a bad cell after a quoted line end',
    file: 'lines.csv',
    content: `${header}"a\nb",2011-01-01,5\nb,2011-01-02,x\n`,
    code: 'bad_cell',
    row: 3,
    found: 'x',
  },
  {
    title: 'a quote that never closes',
    file: 'open.csv',
    content: `${header}a,2011-01-01,5\n"b,2011-01-02,6\nc,2011-01-03,7\n`,
    code: 'bad_row',
    row: 3,
  },
  {
    title: 'a row that is too short',
    file: 'short.csv',
    content: `${header}a,2011-01-01,5\nb,2011-01-02\n`,
    code: 'bad_row',
    row: 3,
  },
  {
    title: 'a row that is too long',
    file: 'long.csv',
    content: `${header}a,2011-01-01,5\nb,2011-01-02,6,7\n`,
    code: 'bad_row',
    row: 3,
  },
  {
    title: 'line ends of two kinds',
    file: 'ends.csv',
    content: `${header.replace('\n', '\r\n')}a,2011-01-01,5\r\nb,2011-01-02,6\n`,
    code: 'bad_row',
    hint: /sed/,
  },
  {
    title: 'nothing left after cleaning',
    file: 'gone.csv',
    content: `${header},2011-01-01,5\nb,2011-01-02,-5\n`,
    code: 'no_customers',
    found: 'no customer id: 1; value zero or negative: 1',
  },
  {
    title: 'nobody who came back',
    file: 'once.csv',
    content: `${header}a,2011-01-01,5\nb,2011-01-02,5\n`,
    code: 'no_repeat_customers',
  },
  {
    title: 'a threshold before the log',
    file: 'log.csv',
    content: smallLog,
    options: { thresholdDate: '2010-12-31' },
    code: 'threshold_outside_data',
    found: '2010-12-31',
  },
  {
    title: 'a threshold after the log',
    file: 'log.csv',
    content: smallLog,
    options: { thresholdDate: '2011-06-25' },
    code: 'threshold_outside_data',
  },
  {
    title: 'a threshold that is no day',
    file: 'log.csv',
    content: smallLog,
    options: { thresholdDate: '2011-02-30' },
    code: 'bad_date',
    found: '2011-02-30',
  },
  {
    title: 'a predict_end on the threshold',
    file: 'log.csv',
    content: smallLog,
    options: { thresholdDate: '2011-04-01', predictEnd: '2011-04-01' },
    code: 'bad_window',
  },
  {
    title: 'an unknown model',
    file: 'log.csv',
    content: smallLog,
    options: { modelType: 'paretonbd' },
    code: 'unknown_model',
    found: 'paretonbd',
    hint: /^paretonbd_model$/,
  },
  {
    title: 'an unknown time unit',
    file: 'log.csv',
    content: smallLog,
    options: { timeUnit: 'fortnight' as never },
    code: 'bad_option',
  },
  { title: 'a horizon below zero', file: 'log.csv', content: smallLog, options: { horizon: -1 }, code: 'bad_horizon' },
  {
    title: 'a discount rate below −100 %',
    file: 'log.csv',
    content: smallLog,
    options: { discountRate: -1 },
    code: 'bad_option',
  },
  {
    title: 'a date format without a year',
    file: 'log.csv',
    content: smallLog,
    options: { dateFormat: '%d/%m' },
    code: 'bad_option',
  },
];

describe('bad input', () => {
  it.each(cases)('$title: $code', async ({ file, content, options, code, row, column, found, hint }) => {
    const error = await complaint(file, content, options);
    expect(error.code).toBe(code);
    if (row !== undefined) expect(error.details.row).toBe(row);
    if (column !== undefined) expect(error.details.column).toBe(column);
    if (found !== undefined) expect(String(error.details.found)).toBe(found);
    if (hint !== undefined) expect(error.details.hint).toMatch(hint);
    if (content !== null && file !== 'log.csv') expect(error.details.file).toBe(join(folder, file));
    expect(error.details.expected).toBeTruthy();
  });

  it('an unwritable job folder: unwritable_folder, before the log is read', async () => {
    const inTheWay = fileIn(folder, 'in-the-way', '');
    const error = await complaint('never-read.csv', null, { jobDir: join(inTheWay, 'jobs') });
    expect(error.code).toBe('unwritable_folder');
    expect(error.details.hint).toBe('--job_dir FOLDER');
  });
});
