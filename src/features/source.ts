/** What a file is, told from its first bytes: CSV of some dialect, gzip-compressed or not, or Parquet. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import Papa from 'papaparse';
import { ClvError } from '../errors.js';

/** As `TextDecoder` names them. What is not UTF-8 and has no mark is taken for windows-1252, which contains Latin-1. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface CsvSource {
  readonly format: 'csv';
  /** As it was given. */
  readonly file: string;
  /** What stands before the header: blank lines, or `sep=;` as spreadsheets write it. */
  readonly preamble: { readonly rows: number; readonly characters: number };
  readonly compression: 'none' | 'gzip';
  readonly delimiter: string;
  readonly encoding: Encoding;
  readonly header: readonly string[];
}

export interface ParquetSource {
  readonly format: 'parquet';
  readonly file: string;
}

export type Source = CsvSource | ParquetSource;

/** How much of a file is looked at to learn its dialect. */
const HEAD_BYTES = 256 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * Looks at a file.
 *
 * @throws ClvError missing_file, empty_file, unreadable_file
 */
export async function openSource(file: string): Promise<Source> {
  if (typeof file !== 'string' || file === '') {
    throw new ClvError('missing_file', 'no file was named', { found: file, expected: 'the path of a transaction log' });
  }
  const start = await firstBytes(file);
  if (start.length === 0) throw emptyFile(file, '0 bytes');
  if (start.subarray(0, 4).toString('latin1') === 'PAR1') return { format: 'parquet', file };
  if (start[0] === 0x50 && start[1] === 0x4b) {
    throw new ClvError('unreadable_file', 'this is a zip archive or an Excel workbook', {
      file,
      expected: 'CSV (plain or gzip) or Parquet',
      hint: 'save the sheet as CSV',
    });
  }
  const gzip = start[0] === 0x1f && start[1] === 0x8b;
  if (start.subarray(0, 4).toString('hex') === '28b52ffd') {
    throw new ClvError('unreadable_file', 'zstd-compressed files are not read yet', {
      file,
      expected: 'CSV (plain or gzip) or Parquet',
      hint: 'unpack it with `zstd -d`',
    });
  }
  const head = gzip ? await gunzippedHead(file) : start;
  return { format: 'csv', file, compression: gzip ? 'gzip' : 'none', ...dialect(head, file) };
}

async function firstBytes(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = { ENOENT: 'there is no such file', EACCES: 'the file may not be read', EISDIR: 'this is a folder' }[
      code ?? ''
    ];
    throw new ClvError('missing_file', problem ?? 'the file cannot be opened', {
      file,
      found: problem ? undefined : String((cause as Error).message),
      expected: 'a transaction log: CSV (plain or gzip) or Parquet',
      cause,
    });
  }
}

async function gunzippedHead(file: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  const enough = new Error('enough');
  try {
    await pipeline(createReadStream(file), createGunzip(), async (unpacked) => {
      for await (const piece of unpacked) {
        pieces.push(piece);
        length += piece.length;
        if (length >= HEAD_BYTES) throw enough;
      }
    });
  } catch (cause) {
    if (cause !== enough && length === 0) throw brokenGzip(file, cause);
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}

/**
 * Reads a gzip file to its end, for its checksum: the engine takes one that is cut off between two rows for whole.
 *
 * @throws ClvError unreadable_file
 */
export async function checkGzip(file: string): Promise<void> {
  try {
    await pipeline(
      createReadStream(file),
      createGunzip(),
      new Writable({ write: (_piece, _encoding, done) => done() }),
    );
  } catch (cause) {
    throw brokenGzip(file, cause);
  }
}

function brokenGzip(file: string, cause: unknown): ClvError {
  return new ClvError('unreadable_file', 'the gzip file is damaged or cut off', {
    file,
    found: (cause as Error).message,
    expected: 'a whole gzip file (`gzip -t` tests one)',
    cause,
  });
}

export function emptyFile(file: string, found: string): ClvError {
  return new ClvError('empty_file', 'the file holds no transactions', {
    file,
    found,
    expected: 'a header row and at least one transaction',
  });
}

function dialect(head: Buffer, file: string): Pick<CsvSource, 'delimiter' | 'encoding' | 'header' | 'preamble'> {
  const encoding = encodingOf(head);
  const text = new TextDecoder(encoding).decode(head);
  if (text.trim() === '') throw emptyFile(file, 'blank lines only');
  const before = /^(?:[ \t]*\r?\n|sep=(.)\r?\n)*/i.exec(text)!;
  const rest = text.slice(before[0].length);
  const { data, meta } = Papa.parse<string[]>(rest, {
    delimiter: before[1] ?? '',
    delimitersToGuess: DELIMITERS,
    preview: 50,
    skipEmptyLines: true,
  });
  const header = (data[0] ?? []).map((name) => name.trim());
  const delimiter = header.length > 1 ? meta.delimiter : ',';
  const preamble = { rows: before[0].split('\n').length - 1, characters: before[0].length };
  return { delimiter, encoding, header, preamble };
}

function encodingOf(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** The text of a CSV file from its header on, unpacked and decoded, in pieces. */
export function textOf({ file, compression, preamble }: CsvSource, encoding: Encoding): AsyncIterable<string> {
  const raw = createReadStream(file);
  const bytes = compression === 'gzip' ? raw.pipe(createGunzip()) : raw;
  return decoded(bytes, encoding, preamble.characters);
}

async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: Encoding, skip: number): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let left = skip;
  for await (const piece of bytes) {
    const text = decoder.decode(piece, { stream: true });
    yield text.slice(left);
    left = Math.max(0, left - text.length);
  }
  yield decoder.decode();
}
