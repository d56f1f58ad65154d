/**
 * A folder written to object storage: whole, or not at all.
 *
 * Storages know no folders and cannot rename. So the last object to be written is a manifest, `job.json`, which names all
 * others: who finds it, finds the whole. Nothing is written over: the first object that is written claims the name.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ClvError } from '../errors.js';
import type { OnProgress } from '../progress.js';
import { type Address, below, urlOf } from './address.js';
import type { ObjectStore } from './object-store.js';
import { inStore } from './open-store.js';

/** The object that comes last. */
export const MANIFEST = 'job.json';

/**
 * Whether objects can be listed where a folder is to be put; says before long work that a bucket is missing or closed.
 *
 * @throws ClvError unwritable_folder, unreachable_dataset, bad_option
 */
export async function checkBucket(address: Address): Promise<void> {
  await inStore(address, 'write', (store) => isTaken(store, address));
}

/**
 * Writes the files of a folder below `address`, the manifest last. If anything goes wrong, what was written is removed.
 *
 * @returns false if the name is taken
 * @throws ClvError unwritable_folder
 */
export async function putFolder(folder: string, address: Address, onProgress: OnProgress = () => {}): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  return inStore(address, 'write', async (store) => {
    if (await isTaken(store, address)) return false;
    const attempted: string[] = [];
    const put = async (name: string, content: Uint8Array): Promise<boolean> => {
      const { key } = below(address, name);
      attempted.push(key); // what fails may have arrived all the same
      const written = await store.write(key, content, { replace: false });
      if (!written) attempted.pop(); // someone else's
      return written;
    };
    try {
      const manifest: Array<{ name: string; bytes: number }> = [];
      for (const [i, name] of names.entries()) {
        onProgress(`writing ${urlOf(address)}`, i / names.length);
        const content = await readFile(join(folder, name));
        const written = await put(name, content);
        if (!written && i === 0) return false; // another run was a moment faster
        if (!written) throw meddled(urlOf(below(address, name)));
        manifest.push({ name, bytes: content.length });
      }
      const last = Buffer.from(`${JSON.stringify({ files: manifest }, null, 2)}\n`);
      if (!(await put(MANIFEST, last))) throw meddled(urlOf(below(address, MANIFEST)));
      return true;
    } catch (error) {
      for (const key of attempted) await store.remove(key).catch(() => {}); // the first error is the one to tell
      throw error;
    }
  });
}

const meddled = (file: string): ClvError =>
  new ClvError('unwritable_folder', 'someone else is writing here at the same time', {
    file,
    expected: 'a name that nobody else writes to',
    hint: 'the same again',
  });

async function isTaken(store: ObjectStore, address: Address): Promise<boolean> {
  for await (const _ of store.list(below(address, '').key)) return true;
  return false;
}
