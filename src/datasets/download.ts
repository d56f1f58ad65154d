/** Bringing a data set to this machine: found if it is here, else downloaded once into the user's cache. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClvError } from '../errors.js';
import { cacheFolder, type LocateOptions, locateDataset, userFolders } from './locate.js';
import { type DatasetEntry, findDataset, knownDatasets, unpackedName } from './manifest.js';

export interface FetchOptions extends LocateOptions {
  /** Called with 0 when a download starts, then after each piece; never called for a data set that is already here. */
  readonly onProgress?: ((receivedBytes: number, totalBytes: number) => void) | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** Longest silence of the server in milliseconds, before its answer and between two pieces of it. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

type Download = NonNullable<DatasetEntry['download']>;

/**
 * Path of a data set, downloaded first if need be. A download is written aside and takes its name only once its
 * checksum is right, so a broken one leaves nothing behind. There are no retries: without a network this fails at once.
 *
 * @throws ClvError `unknown_dataset`; `unreachable_dataset` if it is neither here nor can be had; `checksum_mismatch` if
 *   the server sent other bytes; `unwritable_folder` if the cache cannot be written
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<string> {
  const entry = findDataset(name, options.entries ?? knownDatasets);
  const located = locateDataset(name, options);
  if (located !== undefined) return located;

  const cache = cacheFolder(options.env);
  if (!entry.download) {
    throw unreachable(entry, options, { problem: 'this data set is not here, and no address is known for it' });
  }
  const path = join(cache, unpackedName(entry));
  const partial = `${path}.partial-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(cache, { recursive: true });
    await save(pieces(entry, entry.download, options), entry.download, partial, options.onProgress);
    await rename(partial, path);
    return path;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {}); // the first error is the one to tell
    throw isSystemError(error) ? unwritable(cache, error) : error;
  }
}

/** Writes the pieces to a new file. Throws `checksum_mismatch` at the end, or as soon as there are too many bytes. */
async function save(
  source: AsyncIterable<Uint8Array>,
  { url, sha256, bytes }: Download,
  path: string,
  onProgress: FetchOptions['onProgress'],
): Promise<void> {
  const mismatch = (found: string) =>
    new ClvError('checksum_mismatch', 'the download is not the file that was expected; nothing was kept', {
      file: url,
      found,
      expected: `${bytes} bytes with SHA-256 ${sha256}`,
      hint: 'again later; if this stays so, the file at this address has changed',
    });
  const hash = createHash('sha256');
  let received = 0;
  const file = await open(path, 'wx');
  try {
    onProgress?.(0, bytes);
    for await (const piece of source) {
      received += piece.length;
      if (received > bytes) throw mismatch(`more than ${bytes} bytes`);
      hash.update(piece);
      await file.appendFile(piece);
      onProgress?.(received, bytes);
    }
  } finally {
    await file.close();
  }
  const found = hash.digest('hex');
  if (found !== sha256) throw mismatch(received === bytes ? found : `${received} bytes`);
}

/** The answer's body, piece by piece. Every failure of the network becomes `unreachable_dataset`. */
async function* pieces(
  entry: DatasetEntry,
  { url }: Download,
  options: FetchOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { fetch = globalThis.fetch, timeoutMs = 5_000 } = options;
  const silence = new AbortController();
  const giveUp = () => silence.abort(new Error(`no byte within ${timeoutMs} ms`));
  let timer = setTimeout(giveUp, timeoutMs);
  try {
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    for await (const piece of response.body) {
      clearTimeout(timer);
      yield piece;
      timer = setTimeout(giveUp, timeoutMs); // the clock stands still while the consumer works
    }
  } catch (cause) {
    throw unreachable(entry, options, { problem: 'this data set is not here and could not be downloaded', cause });
  } finally {
    clearTimeout(timer);
    silence.abort(); // frees the connection where the consumer stopped early
  }
}

function unreachable(
  entry: DatasetEntry,
  options: FetchOptions,
  { problem, cause }: { problem: string; cause?: unknown },
) {
  const names = [...new Set([entry.file, unpackedName(entry)])].join(' or ');
  const folders = [...userFolders(options), cacheFolder(options.env)].join(', ');
  const source = entry.download?.url ?? entry.homepage;
  return new ClvError('unreachable_dataset', problem, {
    file: entry.name,
    found: cause === undefined ? undefined : reason(cause),
    expected: `${names} in ${folders}${entry.download ? `, or an answer from ${entry.download.url}` : ''}`,
    hint: `setting CLV_DATA_DIR to a folder that holds ${names}${source ? `, from ${source}` : ''}`,
    cause,
  });
}

/** What lies under the "fetch failed" of fetch. Some of its causes have a code and no message. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name);
}

function unwritable(folder: string, cause: NodeJS.ErrnoException): ClvError {
  return new ClvError('unwritable_folder', 'the cache for downloads cannot be written', {
    file: folder,
    found: cause.message,
    expected: 'a folder in which files can be made, with room for the data set',
    hint: 'setting CLV_CACHE_DIR to such a folder',
    cause,
  });
}

/** Files fail with errors that name the system call; whatever else arrives is not about the cache. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
