/**
 * The lines of a large plain CSV file as columns of numbers, made in a thread of its own while the engine asks for them.
 * Customers, products, categories and countries become codes, of which those of customers and countries are named at the end;
 * orders become keys. Nothing else is left of their texts.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PlainCell, PlainColumn, PlainFormat } from '../wasm/plain-csv.js';
import { type Texts, textsOf } from '../wasm/texts.js';
import { cellBytes, type RowStream, type StreamCells, type StreamType } from './engine.js';
import type { Decimals } from './exact-sums.js';
import type { Role, Roles } from './layout.js';
import { headerOf } from './plain-file.js';
import { PROGRAM } from './plain-thread.generated.js';
import type { PlainTask, PlainWish, TaskColumn } from './plain-thread.js';
import { directRelation } from './relation.js';
import { RowRing } from './row-ring.js';
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

/** Codes of these are named in the end. */
const NAMED = ['customer', 'country'] as const;
type NamedRole = (typeof NAMED)[number];

/** A column as the engine and the thread know it. */
type LogColumn = TaskColumn & { readonly name: string; readonly type: StreamType };

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
  /** Whether reading ended where the log was not plain. */
  failed = false;
  /** Texts by code, told when all has been read: the engine still sums it up then. */
  readonly texts: Promise<Partial<Record<NamedRole, string[]>>>;
  private ring: RowRing | undefined;

  private constructor(
    readonly view: PlainView,
    readonly columns: readonly LogColumn[],
    private readonly thread: Worker,
    named: readonly NamedRole[],
    private readonly onProgress: (done: number) => void,
  ) {
    this.texts = new Promise((resolve, reject) => {
      thread.once('message', ({ texts }: { texts: readonly Texts[] }) =>
        resolve(Object.fromEntries(texts.map((one, i) => [named[i]!, textsOf(one)]))),
      );
      thread.once('error', reject).once('exit', () => reject(new Error('the thread has ended')));
    });
    this.texts.catch(() => {}); // whoever waits for them is told
  }

  /** undefined where the log cannot be read so. */
  static async of(source: Source, view: PlainView, onProgress: (done: number) => void): Promise<PlainLog | undefined> {
    if (source.format !== 'csv' || source.compression !== 'none' || directRelation(source) === undefined)
      return undefined;
    const header = headerOf(source.path);
    if (header === undefined) return undefined;
    const kinds: PlainColumn[] = source.columns.map(() => undefined);
    const places = new Map<PlainRole, number>();
    for (const role of [...ALWAYS, ...(view.withLines ? [...OF_VISITS, ...LISTED] : [])]) {
      const column = source.columns.findIndex(({ name }) => name === view.roles[role]);
      if (column < 0) continue;
      if (kinds[column] !== undefined) return undefined; // one column in two roles
      kinds[column] = COLUMNS[role].as;
      places.set(role, column);
    }
    const time = timeOf(view.dates);
    const { quantity, price, value, ...visits } = Object.fromEntries(places) as { [role in PlainRole]: number };
    const { value: decimals, quantity: pieceDecimals } = view.decimals;
    const format: PlainFormat = {
      delimiter: source.delimiter,
      crlf: header.crlf,
      columns: kinds,
      time,
      scales: { quantity, price, value, decimals, pieceDecimals },
      visits: { ...visits, minutes: view.withLines && time.separator !== '' },
    };
    const columns = columnsOf(view, places);
    const named = NAMED.filter((role) => places.has(role));
    const tellTextsOf = named.map((role) => places.get(role)!);
    const thread = await startThread({ path: source.path, start: header.end, format, columns, tellTextsOf });
    return thread && new PlainLog(view, columns, thread, named, onProgress);
  }

  has(name: string): boolean {
    return this.columns.some((column) => column.name === name);
  }

  /** Whether moments have a time. */
  get hasTimes(): boolean {
    return hasTimes(this.view);
  }

  begin(wanted: readonly number[]): void {
    if (this.ring !== undefined) throw new Error('a log is read once');
    this.ring = new RowRing(wanted.map((column) => this.columns[column]!));
    this.thread.postMessage({ wanted, memory: this.ring.memory } satisfies PlainWish);
  }

  next(): number {
    const { rows, done } = this.ring!.take();
    this.onProgress(done);
    this.failed = rows < 0;
    if (this.failed) throw new Error('lines are not plain');
    return rows;
  }

  cells(place: number): StreamCells {
    return this.ring!.cells(place);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.thread.terminate();
  }
}

/** undefined where no thread can start, or where it cannot read such a file. */
async function startThread(task: PlainTask): Promise<Worker | undefined> {
  try {
    const thread = new Worker(PROGRAM, { eval: true, execArgv: [], workerData: task });
    const [{ ready }] = await once(thread, 'message');
    if (ready) return thread;
    await thread.terminate();
  } catch {} // threads are not allowed, or there is no memory for one more
  return undefined;
}

/** The columns that rows have, as far as the file has them. */
function columnsOf(view: PlainView, places: ReadonlyMap<PlainRole, number>): LogColumn[] {
  const columns: LogColumn[] = [];
  const add = (name: string, type: StreamType, of: PlainCell) =>
    columns.push({ name, type, width: cellBytes(type), isList: false, of });
  for (const role of [...ALWAYS, ...OF_VISITS]) {
    const { name, as } = COLUMNS[role];
    if (places.has(role)) add(name, TYPES[as], role);
  }
  const list = { type: 'INTEGER[]', width: cellBytes('INTEGER[]'), isList: true } as const;
  for (const role of LISTED) if (places.has(role)) columns.push({ ...list, name: role, of: role });
  if (view.withLines && hasTimes(view)) add('minute', 'INTEGER', 'minute');
  const { value, quantity } = view.decimals;
  add('worth', `DECIMAL(18, ${value})`, 'worth');
  add('largest', `DECIMAL(18, ${value})`, 'largest');
  if (places.has('quantity')) add('pieces', `DECIMAL(18, ${quantity})`, 'pieces');
  add('line_count', 'DOUBLE', 'lines');
  return columns;
}

const hasTimes = (view: PlainView): boolean => timeOf(view.dates).separator !== '';

/** What a format of dates says of the time. */
function timeOf(dates: string): PlainFormat['time'] {
  const [, separator = '', seconds, zone] = /^%Y-%m-%d(?:([ T])%H:%M(:%S)?)?(Z)?$/.exec(dates)!;
  return { separator: separator as '' | ' ' | 'T', seconds: seconds !== undefined, zone: zone !== undefined };
}
