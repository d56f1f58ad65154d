/** Rows on their way from one thread to another: slots of shared memory that are filled and emptied in turn. */
import type { StreamCells } from './engine.js';

export interface RingColumn {
  /** Bytes of a cell; those of a list say where its items begin and how many they are. */
  readonly width: number;
  readonly isList: boolean;
}

/** Rows and items of a slot, at most. */
const ROWS = 2048;
const ITEMS = 16384;
const ITEM_BYTES = 4;
/** Enough for one thread to go on while the other does something else for a while. */
const SLOTS = 32;
/** For how long, and how often on end, rows are waited for: a program that was stopped gets them when it goes on. */
const PATIENCE_MS = 20_000;
const MOST_WAITS = 3;

/** Counts of slots that were filled and emptied so far. */
const FILLED = 0;
const EMPTIED = 1;
/** Bytes before the slots. */
const COUNTS = 64;

/** Where a column lies in a slot. */
interface Place {
  readonly cells: number;
  readonly filled: number;
  readonly items: number;
  readonly filledItems: number;
}

/** Numbers at the head of a slot; whether columns have empty cells follows. */
const HEAD = { rows: 0, items: 1, done: 2, hasEmpty: 3 };

export class RowRing {
  private readonly counts: Int32Array;
  private readonly places: readonly Place[];
  private readonly slotBytes: number;
  readonly memory: SharedArrayBuffer;
  private readonly shared: Uint8Array;
  /** Of the reader: the cells of the slot that it holds. */
  private readonly own: Uint8Array<ArrayBuffer>;
  private head: Int32Array = new Int32Array();
  private slot = 0;
  private turn = 0;

  /** @param memory as the other thread has it; new, if left out */
  constructor(
    readonly columns: readonly RingColumn[],
    memory?: SharedArrayBuffer,
  ) {
    const { places, bytes } = placesOf(columns);
    this.places = places;
    this.slotBytes = bytes;
    this.memory = memory ?? new SharedArrayBuffer(COUNTS + SLOTS * bytes);
    this.counts = new Int32Array(this.memory, 0, 2);
    this.shared = new Uint8Array(this.memory);
    this.own = new Uint8Array(bytes);
  }

  /** Puts rows into the next slot, as soon as it is empty; 0 rows are the end, less a failure. */
  put(rows: number, done: number, cellsOf: (column: number) => StreamCells): void {
    for (let emptied = this.emptied(); this.turn - emptied >= SLOTS; emptied = this.emptied()) {
      Atomics.wait(this.counts, EMPTIED, emptied);
    }
    this.goTo(this.turn);
    this.head[HEAD.rows] = rows;
    this.head[HEAD.done] = Math.round(done * MOST_DONE);
    for (let column = 0; rows > 0 && column < this.columns.length; column++)
      this.putColumn(column, rows, cellsOf(column));
    this.turn++;
    Atomics.store(this.counts, FILLED, this.turn);
    Atomics.notify(this.counts, FILLED);
  }

  private putColumn(column: number, rows: number, { buffer, at, filled, items }: StreamCells): void {
    const place = this.places[column]!;
    const copy = (to: number, from: number, bytes: number) =>
      this.shared.set(new Uint8Array(buffer, from, bytes), this.slot + to);
    copy(place.cells, at, rows * this.columns[column]!.width);
    this.head[HEAD.hasEmpty + column] = Number(filled !== undefined);
    if (filled !== undefined) copy(place.filled, filled, ROWS / 8);
    if (items === undefined) return;
    this.head[HEAD.items] = items.count;
    copy(place.items, items.at, items.count * ITEM_BYTES);
    copy(place.filledItems, items.filled, Math.ceil(items.count / 8));
  }

  /**
   * Waits for the next rows; those before are gone then. The end comes again and again.
   *
   * @returns how many they are, as they were put, and how much is done, 0 to 1
   * @throws Error when none come
   */
  take(): { readonly rows: number; readonly done: number } {
    if (this.turn > 0 && this.head[HEAD.rows]! <= 0) return this.taken();
    if (this.turn > this.emptied()) {
      Atomics.store(this.counts, EMPTIED, this.turn);
      Atomics.notify(this.counts, EMPTIED);
    }
    for (let waits = 0; Atomics.load(this.counts, FILLED) === this.turn; waits++) {
      if (waits === MOST_WAITS) throw new Error('no lines came');
      Atomics.wait(this.counts, FILLED, this.turn, PATIENCE_MS);
    }
    this.goTo(this.turn++);
    return this.taken();
  }

  private taken() {
    return { rows: this.head[HEAD.rows]!, done: this.head[HEAD.done]! / MOST_DONE };
  }

  /** The cells of a column of the rows that were taken last, until the next are. */
  cells(column: number): StreamCells {
    const { cells, filled, items, filledItems } = this.places[column]!;
    const { buffer } = this.own;
    const copy = (at: number, bytes: number) =>
      this.own.set(this.shared.subarray(this.slot + at, this.slot + at + bytes), at);
    copy(cells, this.head[HEAD.rows]! * this.columns[column]!.width);
    const hasEmpty = this.head[HEAD.hasEmpty + column] === 1;
    if (hasEmpty) copy(filled, ROWS / 8);
    const plain = { buffer, at: cells, filled: hasEmpty ? filled : undefined };
    if (!this.columns[column]!.isList) return plain;
    const count = this.head[HEAD.items]!;
    copy(items, count * ITEM_BYTES);
    copy(filledItems, Math.ceil(count / 8));
    return { ...plain, items: { at: items, filled: filledItems, count } };
  }

  private emptied(): number {
    return Atomics.load(this.counts, EMPTIED);
  }

  private goTo(turn: number): void {
    this.slot = COUNTS + (turn % SLOTS) * this.slotBytes;
    this.head = new Int32Array(this.memory, this.slot, HEAD.hasEmpty + this.columns.length);
  }
}

/** How much is done is told in whole numbers. */
const MOST_DONE = 1e9;

/** Where columns lie in a slot, and its bytes. Columns begin at multiples of 64 bytes. */
function placesOf(columns: readonly RingColumn[]): { readonly places: readonly Place[]; readonly bytes: number } {
  let at = 64 * Math.ceil((4 * (HEAD.hasEmpty + columns.length)) / 64);
  const places = columns.map(({ width, isList }): Place => {
    const filled = at + ROWS * width;
    const items = filled + ROWS / 8;
    const filledItems = items + (isList ? ITEMS * ITEM_BYTES : 0);
    const place = { cells: at, filled, items, filledItems };
    at = filledItems + (isList ? ITEMS / 8 : 0);
    return place;
  });
  return { places, bytes: at };
}
