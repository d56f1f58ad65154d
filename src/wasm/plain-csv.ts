/** Lines of plain CSV as columns, compiled from assembly/plain-csv.ts, which says what plain means. */
import { instantiate } from './instance.js';
import { WASM } from './plain-csv.generated.js';
import type { Texts } from './texts.js';

/**
 * What a column shall become: `code`, the place of its text in a dictionary; `key`, 64 bits that are the same for the same text;
 * `number`; `moment`, a day since 1970-01-01 and a minute of it; undefined, nothing.
 */
export type PlainColumn = 'code' | 'key' | 'number' | 'moment' | undefined;

export interface PlainFormat {
  readonly delimiter: string;
  /** Whether lines end in CR LF. */
  readonly crlf: boolean;
  /** Of every column of the file. */
  readonly columns: readonly PlainColumn[];
  /** What follows the day of a moment: nothing, or `T` or a blank, hours and minutes, perhaps seconds, perhaps `Z`. */
  readonly time: { readonly separator: '' | ' ' | 'T'; readonly seconds: boolean; readonly zone: boolean };
  /** How lines are weighed. */
  readonly scales: {
    /** Columns: worth is the value, or quantity × price where there is none. */
    readonly quantity: number | undefined;
    readonly price: number | undefined;
    readonly value: number | undefined;
    /** Decimals of worth and of pieces. Lines with more are not plain. */
    readonly decimals: number;
    readonly pieceDecimals: number;
  };
  /**
   * Columns by which neighbouring purchases share a row, if all of them are the same, minutes too if these count, and those whose
   * texts the row lists.
   */
  readonly visits: {
    readonly customer: number;
    readonly date: number;
    readonly minutes: boolean;
    readonly order?: number | undefined;
    readonly country?: number | undefined;
    readonly product?: number | undefined;
    readonly category?: number | undefined;
  };
}

interface Constant {
  readonly value: number;
}

type Address = 'input' | 'lists' | 'productItems' | 'categoryItems' | 'filledProducts' | 'filledCategories';

interface Exports extends Readonly<Record<'PIECE' | 'MOST_COLUMNS' | 'ODD' | 'SHARED' | Address, Constant>> {
  readonly memory: { readonly buffer: ArrayBuffer };
  begin(count: number, delimiter: number, crlf: boolean, separator: number, seconds: boolean, zone: boolean): void;
  setColumn(column: number, kind: number): void;
  weigh(
    customer: number,
    date: number,
    quantity: number,
    price: number,
    amount: number,
    decimals: number,
    pieceDecimals: number,
  ): void;
  visit(order: number, country: number, minutes: boolean, product: number, category: number): void;
  itemCount(): number;
  feed(bytes: number): void;
  scan(): number;
  flush(): number;
  cellsOf(column: number): number;
  filledOf(column: number): number;
  emptyOf(column: number): number;
  sizeOf(column: number): number;
  textsOf(column: number): number;
}

const KINDS = { code: 1, number: 2, moment: 3, key: 4 };
/** No column. */
const NONE = 0xffffffff;
/** What rows tell, in the order of the kernel. */
const CELLS = [
  ...(['customer', 'date', 'quantity', 'price', 'value', 'worth', 'pieces', 'lines'] as const),
  ...(['largest', 'minute', 'order', 'country'] as const),
];

export type PlainCell = (typeof CELLS)[number];
export type PlainList = 'product' | 'category';

/** A stretch of memory; a bit of `filled` is 0 where a cell is empty, which is undefined where none is. */
export interface PlainCells {
  readonly buffer: ArrayBuffer;
  readonly at: number;
  readonly filled: number | undefined;
}

/** Lists of codes, of each row one: where it begins among the items and how long it is lie at `at`, two Uint64 each. */
export interface PlainLists extends PlainCells {
  readonly items: { readonly at: number; readonly filled: number; readonly count: number };
}

/** Reads the lines of one file. Views of its memory hold until the next call. */
export class PlainCsv {
  private constructor(
    private readonly exports: Exports,
    readonly crlf: boolean,
  ) {}

  /** undefined where WebAssembly cannot run, or a file has too many columns for it. */
  static of({ delimiter, crlf, columns, time, scales, visits }: PlainFormat): PlainCsv | undefined {
    const exports = instantiate<Exports>(WASM);
    if (exports === undefined || columns.length > exports.MOST_COLUMNS.value) return undefined;
    const separator = time.separator === '' ? 0 : time.separator.charCodeAt(0);
    exports.begin(columns.length, delimiter.charCodeAt(0), crlf, separator, time.seconds, time.zone);
    columns.forEach((column, i) => {
      if (column !== undefined) exports.setColumn(i, KINDS[column]);
    });
    const { quantity = NONE, price = NONE, value = NONE, decimals, pieceDecimals } = scales;
    const { customer, date, minutes, order = NONE, country = NONE, product = NONE, category = NONE } = visits;
    exports.weigh(customer, date, quantity, price, value, decimals, pieceDecimals);
    exports.visit(order, country, minutes, product, category);
    return new PlainCsv(exports, crlf);
  }

  /** Where lines are written before `feed`. */
  input(): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, this.exports.input.value, this.exports.PIECE.value);
  }

  /** Tells that so many bytes of `input` are whole lines. */
  feed(bytes: number): void {
    this.exports.feed(bytes);
  }

  /**
   * Reads the next lines: how many rows they are, 2,048 at most; 0 if `input` is read, of which lines that share rows may wait for
   * company; undefined if they are not plain.
   */
  scan(): number | undefined {
    const rows = this.exports.scan();
    return rows === this.exports.ODD.value ? undefined : rows;
  }

  /** The rows that wait: how many. */
  flush(): number {
    return this.exports.flush();
  }

  /**
   * Cells of the rows that were read last: customers and countries are codes, they, days and minutes Int32; orders Uint64;
   * quantities, prices, values and `lines`, how many share the row, Float64; `worth`, `pieces` and `largest`, of the worths of
   * its lines, Int64 with decimals as told.
   */
  cells(of: PlainCell): PlainCells {
    const column = this.exports.SHARED.value + CELLS.indexOf(of);
    const filled = this.exports.emptyOf(column) === 0 ? undefined : this.exports.filledOf(column) >>> 0;
    return { buffer: this.exports.memory.buffer, at: this.exports.cellsOf(column) >>> 0, filled };
  }

  /** What rows list of their lines. */
  lists(of: PlainList): PlainLists {
    const { memory, lists, productItems, categoryItems, filledProducts, filledCategories } = this.exports;
    const [cells, filled] = of === 'product' ? [productItems, filledProducts] : [categoryItems, filledCategories];
    const items = { at: cells.value, filled: filled.value, count: this.exports.itemCount() };
    return { buffer: memory.buffer, at: lists.value, filled: undefined, items };
  }

  /** The dictionary of a column of codes: texts by code. */
  texts(column: number): Texts {
    const { buffer } = this.exports.memory;
    const places = new Uint32Array(buffer, this.exports.textsOf(column) >>> 0, 2 * this.exports.sizeOf(column));
    const ends = new Uint32Array(places.length / 2);
    let total = 0;
    for (let code = 0; code < ends.length; code++) {
      total += places[2 * code + 1]!;
      ends[code] = total;
    }
    const bytes = new Uint8Array(total);
    // texts mostly lie one behind the other, and are copied together
    for (let code = 0; code < ends.length; ) {
      const start = places[2 * code]!;
      const to = code === 0 ? 0 : ends[code - 1]!;
      let stop = start;
      for (; code < ends.length && places[2 * code] === stop; code++) stop += places[2 * code + 1]!;
      bytes.set(new Uint8Array(buffer, start, stop - start), to);
    }
    return { bytes, ends };
  }
}
