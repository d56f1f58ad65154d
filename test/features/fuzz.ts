/**
 * Damage to logs, the same for the same seed, and what reading a damaged log must hold to: a report that adds up, or a
 * ClvError that says what was expected. Never another exception, never a line lost in silence.
 */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import Papa from 'papaparse';
import { ClvError } from '../../src/errors.js';
import { literal } from '../../src/features/engine.js';
import { type ReadOptions, type ReadReport, readTransactions } from '../../src/features/read-transactions.js';

export type Random = (below: number) => number;

/** mulberry32 (T. Ettinger, public domain): whole numbers from 0 to `below` − 1. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)]!;

const FRAGMENTS = [
  ...[',', ';', '\t', '|', '"', '""', "'", '\\', ',,', ' ', '#', '%', '{', '}', '[', ']', ':', '.', '-', '+', '='],
  ...['\n', '\r\n', '\r', '\n\n', '"\n', '\n"', '\0', '\u2028', '\ufeff', '\u00a0', '\u202e', '😀', 'e\u0301', '客户'],
  ...[
    '=1+1',
    "'; DROP TABLE lines; --",
    '1e308',
    'NaN',
    'null',
    '1_000',
    '0x10',
    '31/12/2011',
    '2011-02-30',
    'sep=;\n',
  ],
].map((text) => Buffer.from(text));
const BAD_UTF8 = ['ff', 'c3', 'eda0bd', 'f09f98', 'c080', 'fffe'].map((hex) => Buffer.from(hex, 'hex'));

const ODD_NUMBERS = [
  ...[
    '',
    '0',
    '-0',
    '-1',
    '1e308',
    '-1e308',
    '1e-320',
    '1e15',
    '1e16',
    '999999999999999999999',
    'NaN',
    'inf',
    '-Infinity',
  ],
  ...[
    '1,5',
    '1.234,50',
    '1 000',
    '1_000',
    '0x1F',
    '$5',
    '5 EUR',
    '5%',
    '+5',
    '.5',
    '5.',
    '00012',
    '1e',
    '٣',
    '(5)',
    '5-',
    "'5",
  ],
];
const ODD_DAYS = [
  ...[
    '',
    '0001-01-01',
    '9999-12-31',
    '0000-00-00',
    '2011-02-29',
    '2012-02-29',
    '31/12/2011',
    '12/31/2011',
    '2011-01-05T24:00',
  ],
  ...[
    '1296432000',
    '1296432000000',
    '20110131',
    '2011-01-31T23:59:59+14:00',
    '2011-1-3',
    '31 Jan 2011',
    'soon',
    '2011/01/31',
  ],
  ...['2011-01-31 garbage9', '2011-01-31 25:61', '2011-01-31 00:00:00Z', '11-01-31', '10000-01-01'],
];
const ODD_IDS = [
  ...[
    '',
    ' ',
    '=1+1',
    '@x',
    '-2',
    '17850.0',
    '1.5E+10',
    'NULL',
    'NaN',
    'a"b',
    'a,b',
    'a\nb',
    'a\r\nb',
    'a;b',
    '"',
    "O'Brien",
  ],
  ...['\u202eabc', '😀', 'e\u0301', "'; DROP TABLE lines; --", '\\', '\\N', 'x'.repeat(10_000), 'a\tb', '#1', '\u00a0'],
];
const ODD = {
  customer: ODD_IDS,
  date: ODD_DAYS,
  us: ODD_DAYS,
  amount: ODD_NUMBERS,
  other: [...ODD_IDS, ...ODD_NUMBERS],
};

/** A log before anything happens to it. */
interface SeedLog {
  readonly delimiter: string;
  readonly columns: ReadonlyArray<readonly [name: string, kind: keyof typeof ODD]>;
  readonly rows: ReadonlyArray<readonly string[]>;
  readonly options?: ReadOptions;
}

/** An ISO day. */
const day = (i: number): string => new Date(Date.UTC(2011, 0, 3 + ((i * 37) % 200))).toISOString().slice(0, 10);
/** As spreadsheets in the United States write a moment. */
const us = (iso: string, i: number): string =>
  `${Number(iso.slice(5, 7))}/${Number(iso.slice(8))}/${iso.slice(0, 4)} ${i % 24}:${10 + (i % 50)}`;
const rowsOf = (count: number, cells: (i: number) => string[]): string[][] =>
  Array.from({ length: count }, (_, i) => cells(i));

const SEED_LOGS: readonly SeedLog[] = [
  {
    delimiter: ',',
    columns: [
      ['customer_id', 'customer'],
      ['date', 'date'],
      ['value', 'amount'],
    ],
    rows: rowsOf(60, (i) => [`c${i % 7}`, day(i), `${10 + i}.5`]),
  },
  {
    delimiter: ';',
    columns: [
      ['Client', 'customer'],
      ['Order Date', 'date'],
      ['Amount', 'amount'],
      ['Country', 'other'],
      ['note', 'other'],
    ],
    rows: rowsOf(40, (i) => [
      `Müller ${i % 5}`,
      `${day(i)} 08:26`,
      `1.0${i % 10},25`,
      'DE',
      i % 3 ? 'a; "b"' : 'line\nend',
    ]),
    options: { decimal: 'comma' },
  },
  {
    delimiter: ',',
    columns: [
      ['InvoiceNo', 'other'],
      ['StockCode', 'other'],
      ['Description', 'other'],
      ['Quantity', 'amount'],
      ['InvoiceDate', 'date'],
      ['UnitPrice', 'amount'],
      ['CustomerID', 'customer'],
      ['Country', 'other'],
    ],
    rows: rowsOf(80, (i) => [
      `${i % 11 === 10 ? 'C' : ''}${536365 + (i >> 1)}`,
      `85${i % 9}A`,
      i % 4 ? 'WHITE, "HANGING"' : 'LAMP',
      `${i % 11 === 10 ? -2 : 1 + (i % 5)}`,
      `${day(i)} 12:0${i % 10}:00`,
      `${1 + (i % 3)}.25`,
      i % 13 === 12 ? '' : `${17850 + (i % 6)}`,
      'United Kingdom',
    ]),
  },
  {
    delimiter: '\t',
    columns: [
      ['user', 'customer'],
      ['timestamp', 'us'],
      ['qty', 'amount'],
      ['unit price', 'amount'],
    ],
    rows: rowsOf(50, (i) => [`u${i % 9}`, us(day(i), i), `${1 + (i % 3)}`, `${i % 7 ? 4 : 0}.5`]),
  },
];

const quoted = (cell: string, delimiter: string): string =>
  cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

/** One string a row, each with its line end. */
const csvRows = ({ columns, rows, delimiter }: SeedLog, cells: ReadonlyArray<readonly string[]> = rows): string[] =>
  [columns.map(([name]) => name), ...cells].map(
    (row) => `${row.map((cell) => quoted(cell, delimiter)).join(delimiter)}\n`,
  );

const ndjsonRows = ({ columns, rows }: SeedLog, numbers: boolean): string[] =>
  rows.map((row) => {
    const cells = row.map((cell, i) => [columns[i]![0], numbers && columns[i]![1] === 'amount' ? Number(cell) : cell]);
    return `${JSON.stringify(Object.fromEntries(cells))}\n`;
  });

/** Any bytes, damaged somewhere. */
function damaged(random: Random, bytes: Buffer, text: boolean): Buffer {
  const at = random(bytes.length + 1);
  const insert = (piece: Uint8Array) => Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  const lines = () => bytes.toString('latin1').split(/(?<=\n)/);
  const joined = (rows: readonly string[]) => Buffer.from(rows.join(''), 'latin1');
  switch (pick(random, text ? [0, 1, 2, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9] : [0, 1, 2, 3, 4])) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[at % copy.length]! ^= 1 << random(8);
      return copy;
    }
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))]);
    case 2:
      return insert(pick(random, BAD_UTF8));
    case 3:
      return random(3) ? insert(pick(random, FRAGMENTS)) : bytes.subarray(0, at);
    case 4: {
      const copy = Buffer.from(bytes);
      copy.fill(random(256), at, Math.min(bytes.length, at + 1 + random(8)));
      return copy;
    }
    case 5: {
      const rows = lines();
      const [i, j] = [random(rows.length), random(rows.length)];
      [rows[i], rows[j]] = [rows[j]!, rows[i]!];
      return joined(rows);
    }
    case 6: {
      const rows = lines();
      rows.splice(random(rows.length), 0, rows[0]!); // the header, as where files were joined
      return joined(rows);
    }
    case 7: {
      const rows = lines();
      rows.splice(random(rows.length), 1, ...(random(2) ? [] : ['\n', '\n']));
      return joined(rows);
    }
    case 8: {
      const numbers = [...bytes.toString('latin1').matchAll(/\d+(\.\d+)?/g)];
      if (numbers.length === 0) return bytes;
      const found = pick(random, numbers);
      const end = found.index + found[0].length;
      return Buffer.concat([
        bytes.subarray(0, found.index),
        Buffer.from(pick(random, ODD_NUMBERS)),
        bytes.subarray(end),
      ]);
    }
    default:
      return insert(pick(random, FRAGMENTS));
  }
}

function damagedOften(random: Random, bytes: Buffer, text: boolean): Buffer {
  let out = bytes;
  for (let times = pick(random, [1, 1, 1, 1, 2, 2, 4]); times > 0; times--) out = damaged(random, out, text);
  return out;
}

/** zstd without compression (RFC 8878, 3.1.1): raw blocks in one frame. */
export function zstdOf(content: Buffer): Buffer {
  const pieces: Buffer[] = [Buffer.from('28b52ffd0058', 'hex')];
  for (let at = 0; at === 0 || at < content.length; at += 1000) {
    const block = content.subarray(at, at + 1000);
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (at + 1000 >= content.length ? 1 : 0), 0, 3);
    pieces.push(header, block);
  }
  return Buffer.concat(pieces);
}

/** The first seed log in the containers that Node cannot write. */
export interface Containers {
  readonly parquet: Buffer;
  readonly zstd: Buffer;
  readonly sqlite: Buffer;
  readonly duckdb: Buffer;
}

export const firstSeedCsv = (): string => csvRows(SEED_LOGS[0]!).join('');

/** SQL that makes the first seed log a file of DuckDB's. */
export const copySeed = (csv: string): string => `SELECT customer_id, date, value FROM read_csv(${literal(csv)})`;

export interface Mutant {
  readonly story: string;
  readonly file: string;
  readonly bytes: Buffer;
  readonly options: ReadOptions;
  /** Another reading of it, where there can be one. */
  readonly reckon?: (report: ReadReport) => Reckoning;
}

/** What a log holds by another reading, as far as that can be said. */
interface Reckoning {
  readonly rows?: number;
  readonly kept?: number;
  readonly value?: number;
}

const PLANS = [
  ...Array<Plan>(9).fill('csv'),
  ...Array<Plan>(6).fill('cells'),
  ...Array<Plan>(3).fill('ndjson'),
  ...(['gzip', 'gzip', 'zstd', 'zstd', 'parquet', 'parquet', 'sqlite', 'duckdb'] as const),
];
type Plan = 'csv' | 'cells' | 'ndjson' | 'gzip' | 'zstd' | 'parquet' | 'sqlite' | 'duckdb';

/** The mutant of this seed. */
export function mutantOf(seed: number, containers: Containers): Mutant {
  const random = randomOf(seed * 2_654_435_761 + 1);
  const plan = pick(random, PLANS);
  const log = pick(random, SEED_LOGS);
  const options = log.options ?? {};
  const csv = () => Buffer.from(csvRows(log).join(''));
  const reckon = (bytes: Buffer) => (report: ReadReport) => reckoned(bytes, log, report);
  switch (plan) {
    case 'csv': {
      const bytes = damagedOften(random, csv(), true);
      return { story: 'damaged CSV', file: 'log.csv', bytes, options, reckon: reckon(bytes) };
    }
    case 'cells':
      return cellsMutant(random, log);
    case 'ndjson': {
      const text = Buffer.from(ndjsonRows(log, random(2) > 0 && log.options === undefined).join(''));
      const bytes = damagedOften(random, text, true);
      const lines = (report: ReadReport) => decodedAs(bytes, report).split('\n');
      const count = (report: ReadReport) => ({ rows: lines(report).filter((line) => line.trim() !== '').length });
      return { story: 'damaged NDJSON', file: 'log.ndjson', bytes, options, reckon: count };
    }
    case 'gzip':
    case 'zstd': {
      const pack = (text: Buffer): Buffer => (plan === 'gzip' ? gzipSync(text) : zstdOf(text));
      const file = `log.csv.${plan === 'gzip' ? 'gz' : 'zst'}`;
      if (random(2)) {
        const text = damagedOften(random, csv(), true);
        return { story: `damaged CSV in ${plan}`, file, bytes: pack(text), options, reckon: reckon(text) };
      }
      const whole = plan === 'zstd' && random(2) ? containers.zstd : pack(csv());
      return { story: `damaged ${plan}`, file, bytes: damagedOften(random, whole, false), options };
    }
    case 'parquet':
    case 'sqlite':
    case 'duckdb':
      return {
        story: `damaged ${plan}`,
        file: `log.${plan}`,
        bytes: damagedOften(random, containers[plan], false),
        options: {},
      };
  }
}

/** Cells changed, rows copied, moved or taken away, all written as CSV should be: the number of lines is known. */
function cellsMutant(random: Random, log: SeedLog): Mutant {
  const rows = log.rows.map((row) => [...row]);
  for (let times = 1 + random(3); times > 0; times--) {
    const row = random(rows.length);
    switch (random(5)) {
      case 0:
        rows.push([...rows[row]!]);
        break;
      case 1:
        if (rows.length > 1) rows.splice(row, 1);
        break;
      case 2:
        rows.splice(random(rows.length), 0, ...rows.splice(row, 1));
        break;
      default: {
        const column = random(log.columns.length);
        rows[row]![column] = pick(random, ODD[log.columns[column]![1]]);
      }
    }
  }
  const lines = csvRows(log, rows);
  if (random(4) === 0) lines.splice(1 + random(lines.length), 0, '\n');
  const end = pick(random, ['\n', '\n', '\r\n']);
  const mark = random(6) === 0 ? '\ufeff' : '';
  const text = mark + lines.map((line) => line.replace(/\n$/, end)).join('');
  const bytes = Buffer.from(text);
  const reckon = (report: ReadReport) => ({ ...reckoned(bytes, log, report), rows: rows.length });
  return { story: 'odd cells', file: 'log.csv', bytes, options: log.options ?? {}, reckon };
}

/** The text with the encoding that the report says it was read in. */
const decodedAs = (bytes: Uint8Array, { encoding }: ReadReport): string => new TextDecoder(encoding).decode(bytes);

/**
 * The log as papaparse and plain arithmetic see it. Nothing where they see another table than the report, quotes that make
 * no sense, or cells that only the reader understands.
 */
function reckoned(
  bytes: Buffer,
  { delimiter, columns, options }: SeedLog,
  { roles, ...report }: ReadReport,
): Reckoning {
  const text = decodedAs(bytes, { roles, ...report }).replace(/^(\s*\n)+/, '');
  const { data, errors } = Papa.parse<string[]>(text, { delimiter });
  const [names = [], ...all] = data.filter((row) => row.length > 1 || row[0] !== '');
  const header = names.map((name) => name.trim());
  if (errors.length > 0 || !Object.values(roles).every((name) => header.includes(name))) return {};
  const fits = (row: readonly string[]) =>
    row.length >= header.length && !row.slice(header.length).some((cell) => cell);
  const rows = all.filter(fits); // any other makes the log unreadable
  const known = Object.values(roles).every((name) => columns.some(([own]) => own === name));
  if (!known || roles.status !== undefined) return { rows: rows.length };
  let kept = 0;
  let value = 0;
  for (const row of rows) {
    const cell = (name: string | undefined) => (name === undefined ? '' : row[header.indexOf(name)]!.trim());
    const amount = (name: string | undefined) => {
      const digits = options?.decimal === 'comma' ? cell(name).replaceAll('.', '').replace(',', '.') : cell(name);
      return digits === '' ? 0 : Number(digits);
    };
    const worth = roles.value === undefined ? amount(roles.quantity) * amount(roles.price) : amount(roles.value);
    if (Number.isNaN(worth)) return { rows: rows.length };
    const cancelled = report.layout.startsWith('UCI') && /^c/i.test(cell(roles.order));
    const future = Number(/\d{4}/.exec(cell(roles.date))?.[0]) >= 2030;
    const negative = roles.quantity !== undefined && amount(roles.quantity) <= 0;
    if (cell(roles.customer) === '' || cell(roles.date) === '' || future || cancelled || negative) continue;
    if (worth < 1e-12) continue; // the smallest amount there is
    kept++;
    value += worth;
  }
  return { rows: rows.length, kept, value };
}

/** What became of a mutant: `read`, or the code of the error. */
export type Outcome = 'read' | ClvError['code'];

const LONGEST_MS = 10_000;

/**
 * Reads a mutant and checks what came of it.
 *
 * @throws Error where something came of it that should not
 */
export async function outcomeOf(mutant: Mutant, path: string, seed: number): Promise<Outcome> {
  writeFileSync(path, mutant.bytes);
  const careful = await reading(path, mutant.options);
  if (careful instanceof ClvError) checkError(careful);
  else checkReport(careful, mutant);
  if (seed % 2 === 0) {
    // Quick ways may give up, and then the careful one goes on; but what they take, the careful one takes as well.
    const ways: ReadOptions[] = [
      { detail: seed % 4 === 0 ? 'days' : 'lines', way: 'direct' },
      { detail: 'days', way: 'plain' },
    ];
    for (const way of ways) {
      const quick = await reading(path, { ...mutant.options, ...way }).catch(asGivenUp);
      if (quick !== undefined) checkSame(quick, careful);
    }
  }
  return careful instanceof ClvError ? careful.code : 'read';
}

interface Read {
  readonly report: ReadReport;
  readonly keptLines: number;
  /** Of the lines, where they are kept. */
  readonly minutes: string | undefined;
}
type Reading = Read | ClvError;

async function reading(path: string, options: ReadOptions): Promise<Reading> {
  const started = Date.now();
  const result = await report(path, options).catch((error: unknown) => {
    if (error instanceof ClvError) return error;
    throw error;
  });
  const took = Date.now() - started;
  if (took > LONGEST_MS) throw new Error(`it took ${took} ms`);
  return result;
}

async function report(path: string, options: ReadOptions): Promise<Reading> {
  const log = await readTransactions(path, { latestDate: '2030-01-01', ...options });
  try {
    const kept = await log.engine.query('SELECT coalesce(sum(lines), 0) FROM customer_days WHERE void_day IS NULL');
    const minutes = 'SELECT count(minute), sum(minute), min(minute), max(minute) FROM lines';
    const times = options.detail === 'days' ? undefined : await log.engine.query(minutes);
    return {
      report: log.report,
      keptLines: kept.numbers(0)[0]!,
      minutes: times && [0, 1, 2, 3].map((i) => times.numbers(i)[0]).join(),
    };
  } finally {
    await log.close();
  }
}

/** With `way: 'direct'` what the engine says comes through, where else the log would now be read carefully. */
function asGivenUp(error: unknown): undefined {
  const given = error as Error;
  if (given.name === 'Error' && / Error: |has to be read carefully/.test(given.message)) return;
  throw error;
}

function checkError({ code, message, details }: ClvError): void {
  if (!details.expected) throw new Error(`${code} does not say what was expected: ${message}`);
  if (!details.file) throw new Error(`${code} does not say in which file: ${message}`);
  if (code === 'bad_option') throw new Error(`there was nothing wrong with the options: ${message}`);
}

function checkReport({ report, keptLines }: Read, { reckon }: Mutant): void {
  const dropped = report.dropped.reduce((sum, part) => sum + part.rows, 0);
  if (report.rows !== keptLines + dropped) {
    throw new Error(`${report.rows} rows are not ${keptLines} kept and ${dropped} dropped`);
  }
  const numbers = [report.rows, report.customers, report.transactions, report.value, report.normalisedIds];
  for (const { rows, value } of [...report.dropped, ...report.notes]) numbers.push(rows, value);
  if (!numbers.every(Number.isFinite)) throw new Error(`not all finite: ${numbers}`);
  const { rows = report.rows, kept = keptLines, value = report.value } = reckon?.(report) ?? {};
  if (rows !== report.rows) throw new Error(`${report.rows} rows were read of ${rows}`);
  if (kept !== keptLines) throw new Error(`${keptLines} lines were kept of ${kept}`);
  if (Math.abs(value - report.value) > 1e-9 * Math.abs(value))
    throw new Error(`they are worth ${value}, not ${report.value}`);
}

function checkSame(direct: Reading, careful: Reading): void {
  const daysOnly = !(direct instanceof ClvError) && direct.minutes === undefined;
  const told = (one: Reading) => {
    if (one instanceof ClvError) return one.code;
    return JSON.stringify(daysOnly ? { ...one.report, notes: [], remarks: [] } : [one.report, one.minutes]);
  };
  if (told(direct) === told(careful)) return;
  throw new Error(`read directly: ${told(direct)}\nread carefully: ${told(careful)}`);
}
