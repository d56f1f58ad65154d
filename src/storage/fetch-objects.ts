/** Objects copied to this machine, for work that needs files. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ClvError } from '../errors.js';
import type { OnProgress } from '../progress.js';
import { temporaryFolder } from '../temporary.js';
import { asUnwritable } from '../unwritable.js';
import { addressOf, urlOf } from './address.js';
import { ATTEMPTS, type ObjectStore, refusalOf, type StoredObject, silenceMs } from './object-store.js';
import { inStore } from './open-store.js';

export interface FetchedObject {
  /** On this machine. */
  readonly path: string;
  /** Where it is from. */
  readonly url: string;
}

export interface FetchedObjects {
  readonly folder: string;
  readonly objects: readonly FetchedObject[];
  remove(): Promise<void>;
}

/**
 * Objects at an address: the one of this key, or, if the address ends in `/`, those directly below.
 *
 * @throws ClvError missing_file, unreachable_dataset, bad_option
 */
export async function listObjects(url: string): Promise<StoredObject[]> {
  const address = addressOf(url);
  const { key } = address;
  return inStore(address, 'read', async (store) => {
    const found: StoredObject[] = [];
    for await (const object of store.list(key)) {
      if (!key.endsWith('/')) return object.key === key ? [object] : []; // it would be the first of those that begin so
      const name = object.key.slice(key.length);
      if (name !== '' && !name.includes('/')) found.push(object);
    }
    return found;
  });
}

/**
 * Copies the object at an address, or those directly below it if it ends in `/`, into a temporary folder.
 *
 * @param wanted which of those below, by their names
 * @throws ClvError missing_file, unreachable_dataset, unwritable_folder, bad_option
 */
export async function fetchObjects(
  url: string,
  onProgress: OnProgress = () => {},
  wanted: (name: string) => boolean = () => true,
): Promise<FetchedObjects> {
  const address = addressOf(url);
  const found = await listObjects(url);
  const objects = url.endsWith('/') ? found.filter(({ key }) => wanted(lastPart(key))) : found;
  if (objects.length === 0) {
    throw new ClvError('missing_file', 'there is no such object', {
      file: url,
      found: found.length > 0 ? `${found.length} objects of other kinds` : undefined,
      expected: 'the key of an object, or, with a / at its end, what the keys of several begin with',
    });
  }
  const all = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  const folder = await temporaryFolder('clv-fetched-');
  try {
    const fetched: FetchedObject[] = [];
    for (const object of objects) {
      const path = join(folder.path, localName(object.key, fetched.length));
      const from = urlOf({ ...address, key: object.key });
      const show = (received: number) =>
        onProgress(`fetching ${from}`, all === 0 ? 1 : (before + received) / all, { amount: all / 1e6, unit: 'MB' });
      await inStore({ ...address, key: object.key }, 'read', (store) => fetchOne(store, object, path, from, show));
      before += object.bytes;
      fetched.push({ path, url: from });
    }
    return { folder: folder.path, objects: fetched, remove: () => folder.remove() };
  } catch (error) {
    await folder.remove();
    throw asUnwritable(folder.path, error, 'setting TMPDIR to a folder with more room');
  }
}

/** Keys are anything at all; names of files are letters, digits and the end that tells the kind of file. */
const localName = (key: string, index: number): string =>
  `${index}-${lastPart(key)
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .slice(-100)}`;

const lastPart = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

async function fetchOne(
  store: ObjectStore,
  { key, bytes }: StoredObject,
  path: string,
  url: string,
  onProgress: (received: number) => void,
): Promise<void> {
  let received = 0;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    received = await copied(store, key, path, onProgress, attempt === ATTEMPTS);
    if (received === bytes) return;
  }
  throw new ClvError('unreachable_dataset', 'the object did not arrive whole', {
    file: url,
    found: `${received} bytes`,
    expected: `${bytes} bytes`,
    hint: 'the same again; if this stays so, the object is being written, or the connection is bad',
  });
}

/** Bytes that arrived. A connection that breaks off counts as fewer bytes, unless it is the last attempt. */
async function copied(
  store: ObjectStore,
  key: string,
  path: string,
  onProgress: (received: number) => void,
  last: boolean,
): Promise<number> {
  let received = 0;
  const file = await open(path, 'w');
  try {
    const pieces = await store.read(key); // clients try this again by themselves
    try {
      for await (const piece of withoutSilence(pieces)) {
        await file.write(piece);
        received += piece.length;
        onProgress(received);
      }
    } catch (error) {
      const { status = 500 } = refusalOf(error); // none: the connection broke off
      if (last || status < 500 || (error as NodeJS.ErrnoException).syscall === 'write') throw error;
    }
    return received;
  } finally {
    await file.close();
  }
}

/** Ends where no piece comes for long. */
async function* withoutSilence(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(Object.assign(new Error('silence'), { code: 'ETIMEDOUT' })), silenceMs());
      });
      const { done, value } = await Promise.race([iterator.next(), silence]).finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    (pieces as { destroy?: () => void }).destroy?.(); // frees the connection
  }
}
