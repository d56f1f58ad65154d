/** Lines of plain CSV as columns, compiled from assembly/plain-csv.ts, which says what plain means. */
import { instantiate } from './instance.js';
import { WASM } from './plain-csv.generated.js';

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
    /** Columns by which neighbouring purchases share a row; undefined: every line has its own. */
    readonly shared: { readonly customer: number; readonly date: number } | undefined;
  };
}

interface Constant {
  readonly value: number;
}

interface Exports
  extends Readonly<Record<'PIECE' | 'MOST_COLUMNS' | 'ODD' | 'WEIGHED' | 'SHARED' | 'input', Constant>> {
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
  feed(bytes: number): void;
  scan(): number;
  flush(): number;
  cellsOf(column: number): number;
  minutesOf(column: number): number;
  filledOf(column: number): number;
  emptyOf(column: number): number;
  sizeOf(column: number): number;
  textsOf(column: number): number;
}

const KINDS = { code: 1, number: 2, moment: 3, key: 4 };
/** No column. */
const NONE = 0xffffffff;
/** What lines weigh, and what rows have that lines share, in the order of the kernel. */
const WEIGHTS = ['worth', 'pieces'] as const;
const SHARED = ['customer', 'date', 'quantity', 'price', 'value', 'worth', 'pieces', 'lines'] as const;

/** A stretch of memory; a bit of `filled` is 0 where a cell is empty, which is undefined where none is. */
export interface PlainCells {
  readonly buffer: ArrayBuffer;
  readonly at: number;
  readonly filled: number | undefined;
}

/** Reads the lines of one file. Views of its memory hold until the next call. */
export class PlainCsv {
  private constructor(
    private readonly exports: Exports,
    readonly crlf: boolean,
  ) {}

  /** undefined where WebAssembly cannot run, or a file has too many columns for it. */
  static of({ delimiter, crlf, columns, time, scales }: PlainFormat): PlainCsv | undefined {
    const exports = instantiate<Exports>(WASM);
    if (exports === undefined || columns.length > exports.MOST_COLUMNS.value) return undefined;
    const separator = time.separator === '' ? 0 : time.separator.charCodeAt(0);
    exports.begin(columns.length, delimiter.charCodeAt(0), crlf, separator, time.seconds, time.zone);
    columns.forEach((column, i) => {
      if (column !== undefined) exports.setColumn(i, KINDS[column]);
    });
    const { quantity = NONE, price = NONE, value = NONE, decimals, pieceDecimals } = scales;
    const { customer = NONE, date = NONE } = scales.shared ?? {};
    exports.weigh(customer, date, quantity, price, value, decimals, pieceDecimals);
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

  /** Cells of a column of the file, of the lines that were read last: codes and days are Int32, keys Uint64, numbers Float64. */
  cells(column: number): PlainCells {
    return this.stretch(column, this.exports.cellsOf(column));
  }

  /** Minutes of moments, Int32. */
  minutes(column: number): PlainCells {
    return this.stretch(column, this.exports.minutesOf(column));
  }

  /** What lines weigh: Int64, with as many decimals as told. */
  weight(of: (typeof WEIGHTS)[number]): PlainCells {
    return this.cells(this.exports.WEIGHED.value + WEIGHTS.indexOf(of));
  }

  /** Cells of rows that lines share, instead of those of lines, as these are; `lines`, how many they are, is Float64. */
  shared(of: (typeof SHARED)[number]): PlainCells {
    return this.cells(this.exports.SHARED.value + SHARED.indexOf(of));
  }

  private stretch(column: number, at: number): PlainCells {
    const filled = this.exports.emptyOf(column) === 0 ? undefined : this.exports.filledOf(column) >>> 0;
    return { buffer: this.exports.memory.buffer, at: at >>> 0, filled };
  }

  /** The dictionary of a column of codes: texts by code. */
  texts(column: number): string[] {
    const { buffer } = this.exports.memory;
    const bytes = Buffer.from(buffer);
    const places = new Uint32Array(buffer, this.exports.textsOf(column) >>> 0, 2 * this.exports.sizeOf(column));
    const texts = new Array<string>(places.length / 2);
    for (let code = 0; code < texts.length; code++) {
      const at = places[2 * code]!;
      texts[code] = bytes.toString('utf8', at, at + places[2 * code + 1]!);
    }
    return texts;
  }
}
