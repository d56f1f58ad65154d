/** Iterables: pieces of columns, or the bytes or text of a file in pieces. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ClvError } from '../../errors.js';
import { type TemporaryFolder, temporaryFolder } from '../../temporary.js';

export function isIterable(input: unknown): input is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof input === 'object' && input !== null && (Symbol.asyncIterator in input || Symbol.iterator in input);
}

/** The first piece, to tell what the pieces are, and all pieces with it. */
export async function peeked(
  pieces: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<{ readonly first: unknown; readonly all: AsyncIterable<unknown> }> {
  const iterator = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  const start = await iterator.next();
  async function* all() {
    try {
      for (let next = start; !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first: start.done ? undefined : start.value, all: all() };
}

/** Writes pieces of text or bytes to a temporary file. */
export async function writeStream(
  pieces: AsyncIterable<unknown>,
): Promise<{ readonly path: string; readonly folder: TemporaryFolder }> {
  const folder = await temporaryFolder('clv-stream-');
  const path = join(folder.path, 'log');
  try {
    await pipeline(bytesOf(pieces), createWriteStream(path));
    return { path, folder };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function* bytesOf(pieces: AsyncIterable<unknown>): AsyncGenerator<string | Uint8Array> {
  for await (const piece of pieces) {
    if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) {
      throw new ClvError('bad_columns', 'the pieces are not all text or bytes', {
        found: piece === null ? 'null' : typeof piece,
        expected: 'strings or Uint8Arrays, as the first piece',
      });
    }
    if (piece.length > 0) yield piece;
  }
}
