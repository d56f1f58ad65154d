/** NDJSON: one JSON object a line. Its keys are the columns, as far as the first lines name them. */
import { ClvError } from '../../errors.js';
import { identifier } from '../engine.js';
import { HEAD_BYTES, type PackedFile } from './compression.js';
import { emptyFile, type FileColumn } from './source.js';
import { decoded, type Encoding, encodingOf } from './text.js';

export interface NdjsonSource extends PackedFile {
  readonly format: 'ndjson';
  readonly encoding: Encoding;
  /** A byte order mark, which the engine does not read over. */
  readonly marked: boolean;
  readonly columns: readonly FileColumn[];
  readonly sample: readonly (readonly string[])[];
}

const SAMPLE_ROWS = 200;

/** Whether a text with this beginning is NDJSON, whatever its name. */
export const looksLikeNdjson = (head: Uint8Array): boolean => /^\s*\{/.test(startOf(head));

/** Whether it is a JSON array, which cannot be read line by line. */
export const looksLikeJsonArray = (head: Uint8Array): boolean => /^\s*\[\s*(\{|\[|$)/.test(startOf(head));

const startOf = (head: Uint8Array): string => new TextDecoder(encodingOf(head)).decode(head.subarray(0, 256));

/**
 * @param head the first bytes, unpacked
 * @throws ClvError empty_file, bad_row, ambiguous_column
 */
export function ndjsonSource(packed: PackedFile, head: Uint8Array): NdjsonSource {
  const encoding = encodingOf(head);
  const lines = new TextDecoder(encoding).decode(head).split('\n');
  if (head.length >= HEAD_BYTES) lines.pop(); // cut off
  const objects: Record<string, unknown>[] = [];
  const names = new Set<string>();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const object = objectIn(line);
    if (object === undefined) throw notAnObject(packed.file, i + 1, line);
    for (const name of Object.keys(object)) if (name !== '') names.add(name);
    if (objects.length < SAMPLE_ROWS) objects.push(object);
  }
  if (objects.length === 0 && head.length >= HEAD_BYTES) {
    throw new ClvError('unreadable_file', 'the first line is too long to tell its columns', {
      file: packed.file,
      found: `more than ${HEAD_BYTES / 1024} kB`,
      expected: 'one object a line, the first of them short',
    });
  }
  if (objects.length === 0) throw emptyFile(packed.file, 'blank lines only');
  const header = [...names];
  checkCase(header, packed.file);
  return {
    ...packed,
    format: 'ndjson',
    encoding,
    marked: head[0] === 0xef && head[1] === 0xbb,
    columns: header.map((name) => ({ name, sql: identifier(name), text: true })),
    sample: objects.map((object) => header.map((name) => cellText(object[name]))),
  };
}

/** The engine's names do not tell upper case from lower. */
function checkCase(names: readonly string[], file: string | undefined): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new ClvError('ambiguous_column', 'two names differ in upper and lower case only', {
        file,
        found: `${other}, ${name}`,
        expected: 'one of them',
        hint: 'rename one of them in the file',
      });
    }
    seen.set(name.toLowerCase(), name);
  }
}

const cellText = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function notAnObject(file: string | undefined, row: number, line: string, cause?: unknown): ClvError {
  return new ClvError('bad_row', 'the line is not a JSON object', {
    file,
    row,
    found: line.trim(),
    expected: 'one object a line: {"customer_id": "a", "date": "2011-01-31", "value": 5}',
    cause,
  });
}

/** The text, unpacked and decoded, in pieces. */
export const ndjsonText = (source: NdjsonSource, encoding: Encoding): AsyncIterable<string> =>
  decoded(source, encoding, 0);

/** 1-based line of the `index`-th transaction from 0; blank lines count as lines only. */
export async function lineInFile(source: NdjsonSource, encoding: Encoding, index: number): Promise<number> {
  let transaction = -1;
  let row = 0;
  for await (const line of linesOf(source, encoding)) {
    row++;
    if (line.trim() !== '' && ++transaction === index) return row;
  }
  return row;
}

/** The first line that is not an object, as an error; undefined if there is none. */
export async function firstBadLine(source: NdjsonSource, cause: unknown): Promise<ClvError | undefined> {
  let row = 0;
  for await (const line of linesOf(source, source.encoding)) {
    row++;
    if (line.trim() !== '' && objectIn(line) === undefined) return notAnObject(source.file, row, line, cause);
  }
  return undefined;
}

async function* linesOf(source: NdjsonSource, encoding: Encoding): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of ndjsonText(source, encoding)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
