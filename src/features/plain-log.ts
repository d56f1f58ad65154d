/**
 * The lines of a large plain CSV file as columns of numbers, made by the kernel of wasm/plain-csv.ts while the engine asks for
 * them. Customers, products, categories and countries become codes, of which those of customers and countries are named at the
 * end; orders become keys. Nothing else is left of their texts.
 *
 * Reading takes turns with whatever else the program does, a piece of the file at a time.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type PlainColumn, PlainCsv, type PlainFormat } from '../wasm/plain-csv.js';
import type { RowStream, StreamCells, StreamType } from './engine.js';
import type { Decimals } from './exact-sums.js';
import type { Role, Roles } from './layout.js';
import { directRelation } from './relation.js';
import type { Source } from './source.js';

/** Columns of a log, by role. The day of a date has its minute beside it. */
const COLUMNS = {
  customer: { name: 'id', as: 'code' },
  date: { name: 'day', as: 'moment' },
  quantity: { name: 'quantity', as: 'number' },
  price: { name: 'price', as: 'number' },
  value: { name: 'amount', as: 'number' },
  order: { name: 'order_id', as: 'key' },
  country: { name: 'country', as: 'code' },
  product: { name: 'product', as: 'code' },
  category: { name: 'category', as: 'code' },
} as const satisfies Partial<Record<Role, { name: string; as: PlainColumn }>>;

type PlainRole = keyof typeof COLUMNS;

/** What every row tells; what it also tells where lines matter, by which lines are apart; what it lists of each of them. */
const ALWAYS = ['customer', 'date', 'quantity', 'price', 'value'] as const;
const OF_VISITS = ['order', 'country'] as const;
const LISTED = ['product', 'category'] as const;

const TYPES = { code: 'INTEGER', moment: 'INTEGER', number: 'DOUBLE', key: 'UBIGINT' } as const;

/** How a log is looked at. */
export interface PlainView {
  readonly roles: Roles;
  /** How dates are written: a format of direct.ts. */
  readonly dates: string;
  readonly decimals: Decimals;
  /** Whether orders, countries, minutes and what was bought matter, or customers and days only. */
  readonly withLines: boolean;
}

/**
 * A log as a stream of visits: neighbouring purchases of one customer on one day are a row, if minute, order and country are the
 * same as far as these matter; every other line has a row of its own. Columns are as in COLUMNS, those there are, products and
 * categories as lists of one item a line; `minute` where there are times; `worth`, `pieces` where there is a quantity, and `largest`, of
 * the worths of the lines, all exact; and `line_count`.
 */
export class PlainLog implements RowStream {
  readonly columns: Array<{ readonly name: string; readonly type: StreamType; readonly cells: () => StreamCells }> = [];
  /** Whether the last reading ended where the log was not plain. */
  failed = false;
  /** Fulfilled when all has been read: its texts are known while the engine still sums it up. */
  readonly ended: Promise<void>;
  private end = () => {};
  private file: number | undefined;
  private offset = 0;
  private size = 0;

  private constructor(
    private readonly path: string,
    private readonly kernel: PlainCsv,
    /** Columns of the file. */
    private readonly places: ReadonlyMap<PlainRole, number>,
    readonly view: PlainView,
    /** Where the first line after the header begins. */
    private readonly start: number,
    private readonly onProgress: (done: number) => void,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    for (const role of [...ALWAYS, ...OF_VISITS]) {
      const { name, as } = COLUMNS[role];
      if (places.has(role)) this.add(name, TYPES[as], () => kernel.cells(role));
    }
    for (const role of LISTED) if (places.has(role)) this.add(role, 'INTEGER[]', () => kernel.lists(role));
    if (view.withLines && this.hasTimes) this.add('minute', 'INTEGER', () => kernel.cells('minute'));
    const { value, quantity } = view.decimals;
    this.add('worth', `DECIMAL(18, ${value})`, () => kernel.cells('worth'));
    this.add('largest', `DECIMAL(18, ${value})`, () => kernel.cells('largest'));
    if (places.has('quantity')) this.add('pieces', `DECIMAL(18, ${quantity})`, () => kernel.cells('pieces'));
    this.add('line_count', 'DOUBLE', () => kernel.cells('lines'));
  }

  private add(name: string, type: StreamType, cells: () => StreamCells): void {
    this.columns.push({ name, type, cells });
  }

  has(name: string): boolean {
    return this.columns.some((column) => column.name === name);
  }

  /** undefined where the log cannot be read so. */
  static of(source: Source, view: PlainView, onProgress: (done: number) => void): PlainLog | undefined {
    if (source.format !== 'csv' || source.compression !== 'none' || directRelation(source) === undefined)
      return undefined;
    const header = headerOf(source.path);
    if (header === undefined) return undefined;
    const columns: PlainColumn[] = source.columns.map(() => undefined);
    const places = new Map<PlainRole, number>();
    for (const role of [...ALWAYS, ...(view.withLines ? [...OF_VISITS, ...LISTED] : [])]) {
      const column = source.columns.findIndex(({ name }) => name === view.roles[role]);
      if (column < 0) continue;
      if (columns[column] !== undefined) return undefined; // one column in two roles
      columns[column] = COLUMNS[role].as;
      places.set(role, column);
    }
    const time = timeOf(view.dates);
    const { quantity, price, value, ...visits } = Object.fromEntries(places) as { [role in PlainRole]: number };
    const { value: decimals, quantity: pieceDecimals } = view.decimals;
    const kernel = PlainCsv.of({
      delimiter: source.delimiter,
      crlf: header.crlf,
      columns,
      time,
      scales: { quantity, price, value, decimals, pieceDecimals },
      visits: { ...visits, minutes: view.withLines && time.separator !== '' },
    });
    return kernel && new PlainLog(source.path, kernel, places, view, header.end, onProgress);
  }

  /** Whether moments have a time. */
  get hasTimes(): boolean {
    return timeOf(this.view.dates).separator !== '';
  }

  begin(): void {
    this.close();
    this.file = openSync(this.path, 'r');
    this.size = fstatSync(this.file).size;
    this.offset = this.start;
    this.kernel.feed(0);
    this.kernel.flush(); // of a reading that was broken off
  }

  next(): number {
    for (;;) {
      const rows = this.kernel.scan();
      if (rows === undefined) this.fail('lines are not plain');
      if (rows > 0) return rows;
      if (!this.readPiece()) return this.kernel.flush();
    }
  }

  private fail(why: string): never {
    this.failed = true;
    throw new Error(why);
  }

  /** Puts the next whole lines before the kernel; false at the end of the file. */
  private readPiece(): boolean {
    if (this.file === undefined) return false;
    const piece = this.kernel.input();
    const room = piece.length - 2; // for the end of a last line that has none
    const bytes = readSync(this.file, piece, 0, room, this.offset);
    if (bytes === 0) {
      this.close();
      this.end();
      return false;
    }
    let end = piece.subarray(0, bytes).lastIndexOf(LF) + 1;
    if (this.offset + bytes >= this.size && end < bytes) end = this.endLine(piece, bytes);
    if (end === 0) this.fail('a line is too long');
    if (!isUtf8(piece.subarray(0, end))) this.fail('text is not UTF-8');
    this.offset += Math.min(end, bytes);
    this.kernel.feed(end);
    this.onProgress(this.offset / this.size);
    return true;
  }

  private endLine(piece: Uint8Array, bytes: number): number {
    const ending = this.kernel.crlf ? [CR, LF] : [LF];
    piece.set(ending, bytes);
    return bytes + ending.length;
  }

  cells(column: number): StreamCells {
    return this.columns[column]!.cells();
  }

  /** The texts of a column of codes, by code; undefined where the log is read without it. */
  texts(role: 'customer' | 'country'): string[] | undefined {
    const column = this.places.get(role);
    return column === undefined ? undefined : this.kernel.texts(column);
  }

  /** Lets go of the file. */
  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

const LF = 10;
const CR = 13;
const QUOTE = 34;
/** A longer header is none. */
const LONGEST_HEADER = 65536;

/** Where the header ends, and how; undefined where that cannot be told from its first line. */
function headerOf(path: string): { readonly end: number; readonly crlf: boolean } | undefined {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(LONGEST_HEADER);
    const line = start.subarray(0, readSync(file, start, 0, LONGEST_HEADER, 0)).indexOf(LF);
    const header = start.subarray(0, Math.max(0, line));
    const quotes = header.reduce((count, byte) => count + Number(byte === QUOTE), 0);
    return line < 0 || quotes % 2 === 1 ? undefined : { end: line + 1, crlf: header[line - 1] === CR };
  } finally {
    closeSync(file);
  }
}

/** What a format of dates says of the time. */
function timeOf(dates: string): PlainFormat['time'] {
  const [, separator = '', seconds, zone] = /^%Y-%m-%d(?:([ T])%H:%M(:%S)?)?(Z)?$/.exec(dates)!;
  return { separator: separator as '' | ' ' | 'T', seconds: seconds !== undefined, zone: zone !== undefined };
}
