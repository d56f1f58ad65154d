/** The lines of a large plain CSV file as rows of numbers, made by the kernel of wasm/plain-csv.ts piece by piece. */
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { PlainCsv } from '../wasm/plain-csv.js';

const LF = 10;
const CR = 13;

export class PlainFile {
  private readonly file: number;
  private readonly size: number;
  private hasEnded = false;

  /** @param offset where the first line after the header begins */
  constructor(
    path: string,
    private readonly kernel: PlainCsv,
    private offset: number,
  ) {
    this.file = openSync(path, 'r');
    this.size = fstatSync(this.file).size;
  }

  /** How much has been read, 0 to 1. */
  get done(): number {
    return this.size === 0 ? 1 : this.offset / this.size;
  }

  /** Reads the next rows: how many; 0 at the end, undefined where lines are not plain. */
  next(): number | undefined {
    for (;;) {
      const rows = this.kernel.scan();
      if (rows !== 0) return rows;
      if (this.hasEnded) return this.kernel.flush();
      if (!this.readPiece()) return undefined;
    }
  }

  /** Puts the next whole lines before the kernel; false if they are not plain. */
  private readPiece(): boolean {
    const piece = this.kernel.input();
    const room = piece.length - 2; // for the end of a last line that has none
    const bytes = readSync(this.file, piece, 0, room, this.offset);
    this.hasEnded = bytes === 0;
    if (this.hasEnded && this.offset < this.size) return false; // it has been cut off meanwhile
    let end = piece.subarray(0, bytes).lastIndexOf(LF) + 1;
    if (this.offset + bytes >= this.size && end < bytes) end = this.endLine(piece, bytes);
    if (bytes > 0 && end === 0) return false; // a line is too long
    if (!isUtf8(piece.subarray(0, end))) return false;
    this.offset += Math.min(end, bytes);
    this.kernel.feed(end);
    return true;
  }

  private endLine(piece: Uint8Array, bytes: number): number {
    const ending = this.kernel.crlf ? [CR, LF] : [LF];
    piece.set(ending, bytes);
    return bytes + ending.length;
  }

  close(): void {
    closeSync(this.file);
  }
}

const QUOTE = 34;
/** A longer header is none. */
const LONGEST_HEADER = 65536;

/** Where the header ends, and how; undefined where that cannot be told from its first line. */
export function headerOf(path: string): { readonly end: number; readonly crlf: boolean } | undefined {
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
