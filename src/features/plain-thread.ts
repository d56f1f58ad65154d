/**
 * The program of the thread that reads a large plain CSV file: fills a ring with its rows, then tells the texts behind its
 * codes. It runs from plain-thread.generated.ts, into which scripts/generate.mjs puts it whole.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type PlainCell, PlainCsv, type PlainFormat, type PlainList } from '../wasm/plain-csv.js';
import type { Texts } from '../wasm/texts.js';
import { PlainFile } from './plain-file.js';
import { type RingColumn, RowRing } from './row-ring.js';

export type TaskColumn = RingColumn &
  ({ readonly isList: false; readonly of: PlainCell } | { readonly isList: true; readonly of: PlainList });

/** What the thread is started with. */
export interface PlainTask {
  readonly path: string;
  /** Where the first line after the header begins. */
  readonly start: number;
  readonly format: PlainFormat;
  readonly columns: readonly TaskColumn[];
  /** Columns of the file. */
  readonly tellTextsOf: readonly number[];
}

/** What it then waits for: columns by number, and the memory of a ring of them. */
export interface PlainWish {
  readonly wanted: readonly number[];
  readonly memory: SharedArrayBuffer;
}

/** What it says: first whether it can read at all, then, when all is read, texts. */
type Answer = { readonly ready: boolean } | { readonly texts: readonly Texts[] };

const { path, start, format, columns, tellTextsOf } = workerData as PlainTask;
const port = parentPort!;
const answer = (message: Answer, transferred: ArrayBuffer[] = []): void => port.postMessage(message, transferred);

const kernel = PlainCsv.of(format);
answer({ ready: kernel !== undefined });

port.once('message', ({ wanted, memory }: PlainWish) => {
  const put = wanted.map((column) => columns[column]!);
  const ring = new RowRing(put, memory);
  const cells = (place: number) => {
    const column = put[place]!;
    return column.isList ? kernel!.lists(column.of) : kernel!.cells(column.of);
  };
  let rows: number | undefined;
  try {
    const file = new PlainFile(path, kernel!, start);
    do {
      rows = file.next();
      if (rows !== undefined) ring.put(rows, file.done, cells);
    } while (rows !== undefined && rows > 0);
    file.close();
  } catch {
    rows = undefined; // another reader will say what is wrong with the file
  }
  if (rows === undefined) return ring.put(-1, 1, cells);
  const texts = tellTextsOf.map((column) => kernel!.texts(column));
  answer(
    { texts },
    texts.flatMap(({ bytes, ends }) => [bytes.buffer, ends.buffer]),
  );
});
