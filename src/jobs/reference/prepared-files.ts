/**
 * The files that Google's reference solution prepares and trains on: `btyd.csv` for probability models; `train.csv`,
 * `eval.csv` and `test.csv`, each possibly in several parts, for networks. One row a customer, with the columns of
 * clv_mle/trainer/context.py; only `btyd.csv` has a header.
 */
import { readFile } from 'node:fs/promises';
import Papa from 'papaparse';
import { ClvError } from '../../errors.js';
import { featureTable } from '../../features/make-features.js';
import type { TransactionLog } from '../../features/read-transactions.js';
import { nearest } from '../../nearest.js';
import { customersCsv } from '../predictions-csv.js';

/** All but `customer_id`, which comes first; in this order where a file has no header. */
const COLUMNS = [
  'monetary_dnn',
  'monetary_btyd',
  'frequency_dnn',
  'frequency_btyd',
  'recency',
  'T',
  'time_between',
  'avg_basket_value',
  'avg_basket_size',
  'cnt_returns',
  'has_returned',
  'frequency_btyd_clipped',
  'monetary_btyd_clipped',
  'target_monetary_clipped',
  'target_monetary',
] as const;

export type PreparedColumn = (typeof COLUMNS)[number];

/** Other names under which a column is known, as in lifetimes. */
const READ_AS_WELL: Readonly<Record<string, PreparedColumn>> = {
  t: 'T',
  age: 'T',
  frequency: 'frequency_btyd',
  monetary: 'monetary_btyd',
  monetary_value: 'monetary_btyd',
};

export type PreparedKind = 'btyd' | 'train' | 'eval' | 'test';

/** Which of the prepared files this is, by its name: `train.csv`, or `train-000000000000.csv` where an export came in parts. */
export function preparedKind(name: string): PreparedKind | undefined {
  if (name === 'btyd.csv') return 'btyd';
  const [, kind] = /^(train|eval|test)(?:[-_.]?\d[\w.-]*)?\.csv$/.exec(name) ?? [];
  return kind as PreparedKind | undefined;
}

/** Names in a folder of data that are no log: what was prepared, and what the reference leaves there. */
export const isReferenceFile = (name: string): boolean =>
  preparedKind(name) !== undefined || name === 'predictions.csv';

/** Customers of a prepared file. */
export interface PreparedCustomers {
  readonly customerId: readonly string[];
  /** @throws ClvError missing_column */
  column(name: PreparedColumn): Float64Array;
  has(name: PreparedColumn): boolean;
}

/** A file, and what it is called for people. */
export interface NamedFile {
  readonly path: string;
  readonly name: string;
}

/**
 * Reads prepared files of one kind.
 *
 * @throws ClvError missing_file, empty_file, bad_row, missing_column, bad_cell
 */
export async function readPrepared(files: readonly NamedFile[]): Promise<PreparedCustomers> {
  const parts = await Promise.all(files.map(readPart));
  const customerId = parts.flatMap((part) => part.customerId);
  const has = (name: PreparedColumn) => parts.every(({ columns }) => columns.has(name));
  return {
    customerId,
    has,
    column: (name) => {
      const missing = parts.find(({ columns }) => !columns.has(name));
      if (missing) throw missingColumn(missing.file, name, [...missing.columns.keys()]);
      const values = new Float64Array(customerId.length);
      let at = 0;
      for (const { columns } of parts) {
        values.set(columns.get(name)!, at);
        at += columns.get(name)!.length;
      }
      return values;
    },
  };
}

async function readPart({ path, name: file }: NamedFile) {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new ClvError('missing_file', 'a prepared file cannot be read', { file, found: cause.message, cause });
  });
  const { data: rows } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), {
    delimiter: ',',
    skipEmptyLines: 'greedy',
  });
  const headed = rows[0]?.includes('customer_id') ?? false;
  const header = headed ? rows[0]!.map((name) => READ_AS_WELL[name] ?? name) : ['customer_id', ...COLUMNS];
  const body = headed ? rows.slice(1) : rows;
  if (body.length === 0) throw new ClvError('empty_file', 'there is no customer in this file', { file });
  const first = headed ? 2 : 1;
  for (const [i, row] of body.entries()) {
    if (row.length === header.length) continue;
    throw new ClvError('bad_row', 'this row has another number of cells than there are columns', {
      file,
      row: i + first,
      found: `${row.length} cells`,
      expected: `${header.length}: ${header.join(', ')}`,
      hint: `--data ${file.slice(file.lastIndexOf('/') + 1)}, if this is a transaction log`,
    });
  }
  const columns = new Map<string, Float64Array>();
  for (const name of COLUMNS) {
    const place = header.indexOf(name);
    if (place < 0) continue;
    const numbers = Float64Array.from(body, (row, i) => numberIn(row[place]!, { file, row: i + first, column: name }));
    columns.set(name, numbers);
  }
  const ids = header.indexOf('customer_id');
  return { file, columns, customerId: body.map((row) => row[ids]!) };
}

function numberIn(cell: string, place: { file: string; row: number; column: string }): number {
  const value = Number(cell);
  if (cell.trim() !== '' && Number.isFinite(value)) return value;
  throw new ClvError('bad_cell', 'this is not a number', { ...place, found: cell, expected: 'a number' });
}

function missingColumn(file: string, name: string, there: readonly string[]): ClvError {
  return new ClvError('missing_column', 'a column that is needed is not in the file', {
    file,
    column: name,
    found: there.join(', '),
    expected: name,
    hint: nearest(name, there),
  });
}

/**
 * The prepared files of a log, as text by name; `btyd.csv` holds all customers, the others a share each.
 *
 * @throws ClvError bad_option (no predict_end), missing_column (no quantity), no_customers
 */
export async function prepareFiles(
  log: TransactionLog,
  dates: { readonly thresholdDate: string; readonly predictEnd: string | undefined },
): Promise<Record<`${PreparedKind}.csv`, Iterable<string>>> {
  const table = await featureTable(log, { ...dates, preset: 'google_clv' });
  try {
    const ids = (await table.column('customer_id')) as string[];
    const sides = (await table.column('split')) as string[];
    const values: Array<readonly [string, Float64Array]> = [];
    for (const name of COLUMNS) values.push([name, (await table.column(name === 'T' ? 't' : name)) as Float64Array]);
    const side = (wanted: PreparedKind) => {
      const rows = Int32Array.from(ids.keys()).filter((row) => sides[row] === wanted);
      const some = values.map(([name, all]) => [name, Float64Array.from(rows, (row) => all[row]!)] as const);
      return withoutHeader(
        customersCsv(
          Array.from(rows, (row) => ids[row]!),
          some,
        ),
      );
    };
    return {
      'btyd.csv': customersCsv(ids, values),
      'train.csv': side('train'),
      'eval.csv': side('eval'),
      'test.csv': side('test'),
    };
  } finally {
    await table.drop();
  }
}

function* withoutHeader(csv: Iterable<string>): Generator<string> {
  let header = true;
  for (const piece of csv) {
    if (!header) yield piece;
    header = false;
  }
}
