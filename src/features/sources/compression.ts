/** Files that are packed: gzip and Zstandard, told by their first bytes, unpacked as streams. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { ClvError } from '../../errors.js';

/** As DuckDB names them. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** How much of a file is looked at to learn what it is. */
export const HEAD_BYTES = 256 * 1024;

/** A file or, where `path` is a temporary one, what it stands for: `file` is the name for people. */
export interface PackedFile {
  readonly path: string;
  readonly file: string | undefined;
  readonly compression: Compression;
}

export function compressionOf(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  return Buffer.from(start.subarray(0, 4)).toString('hex') === '28b52ffd' ? 'zstd' : 'none';
}

/**
 * The first bytes of a file, as they lie on the disk.
 *
 * @throws ClvError missing_file
 */
export async function firstBytes(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw cannotOpen(file, cause);
  }
}

export function cannotOpen(file: string, cause: unknown): ClvError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const problem = { ENOENT: 'there is no such file', EACCES: 'the file may not be read' }[code];
  return new ClvError('missing_file', problem ?? 'the file cannot be opened', {
    file,
    found: problem ? undefined : String(message),
    expected: 'a transaction log: CSV, NDJSON or Parquet, a folder of them, or a database',
    cause,
  });
}

/** The bytes of a file, unpacked, in pieces. A damaged archive throws what the unpacker throws. */
export function unpacked({ path, compression }: PackedFile): AsyncIterable<Uint8Array> {
  const packed = createReadStream(path);
  if (compression === 'zstd') return unzstd(packed);
  if (compression === 'none') return packed;
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => packed.destroy());
  return packed.pipe(gunzip);
}

async function* unzstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  let ready: Uint8Array[] = [];
  const decompressor = new Decompress((piece) => ready.push(piece));
  const take = () => {
    const pieces = ready;
    ready = [];
    return pieces;
  };
  for await (const piece of packed) {
    decompressor.push(piece);
    yield* take();
  }
  decompressor.push(new Uint8Array(0), true); // throws where the last frame is not whole
  yield* take();
}

/** The first bytes of what is in a packed file; of a damaged one, as many as there are. */
export async function unpackedHead(packed: PackedFile): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of unpacked(packed)) {
      pieces.push(piece);
      length += piece.length;
      if (length >= HEAD_BYTES) break;
    }
  } catch (cause) {
    if (length === 0) throw damaged(packed, cause);
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}

/**
 * Unpacks a packed file to its end.
 *
 * @throws ClvError unreadable_file
 */
export async function checkWhole(packed: PackedFile): Promise<void> {
  if (packed.compression === 'none') return;
  try {
    for await (const _ of unpacked(packed));
  } catch (cause) {
    throw damaged(packed, cause);
  }
}

function damaged({ file, compression }: PackedFile, cause: unknown): ClvError {
  const tool = compression === 'zstd' ? 'zstd' : 'gzip';
  return new ClvError('unreadable_file', `the ${tool} file is damaged or cut off`, {
    file,
    found: (cause as Error).message,
    expected: `a whole ${tool} file (\`${tool} -t\` tests one)`,
    cause,
  });
}
