/** One file, written aside and renamed: whole under its name, or not there. */
import { open, realpath, rename, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ClvError } from './errors.js';
import { makeFolders } from './make-folders.js';
import { temporaryFolder } from './temporary.js';
import { asUnwritable, unwritable } from './unwritable.js';

/**
 * Makes the file, and the folders above it; where the path is a link, the file that it leads to.
 *
 * @param write makes the file under the name that it is given
 * @param hint what to do where it cannot be written
 * @throws ClvError unwritable_folder
 */
export async function writeWhole(given: string, write: (aside: string) => Promise<void>, hint: string): Promise<void> {
  const made: string[] = [];
  const path = await realTarget(given);
  try {
    if (await isNoFile(path)) return await write(path);
    await makeFolders(dirname(path), made);
    const aside = await temporaryFolder('.clv-unfinished-', dirname(path));
    try {
      const file = join(aside.path, basename(path));
      await write(file);
      await onDisk(file);
      await rename(file, path);
    } finally {
      await aside.remove();
    }
  } catch (error) {
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
    throw asUnwritable(dirname(path), error, hint);
  }
}

/** Where a symbolic link leads; a path that nobody has made yet is as it is. */
export const realTarget = (path: string): Promise<string> => realpath(path).catch(() => path);

/** A device or a pipe, which can be written into and must not be renamed over. */
export async function isNoFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/**
 * Refuses a name that does not end as what is to be written does.
 *
 * @throws ClvError bad_option
 */
export function checkExtension(path: string, extensions: readonly string[], hint: string): void {
  if (extensions.includes(extname(path).toLowerCase()) || path.startsWith('/dev/')) return;
  throw new ClvError('bad_option', 'the name of the output does not tell its format', {
    found: path,
    expected: `a name ending in ${extensions.join(' or ')}`,
    hint,
  });
}

/** On disk, not only in the memory of the system. */
export async function onDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
}

/**
 * Refuses, before any work, to write over what is read, or onto a folder.
 *
 * @param hint another name
 * @throws ClvError bad_option, unwritable_folder
 */
export async function checkTarget(inputs: readonly string[], target: string, hint: string): Promise<void> {
  const real = (file: string) => realpath(file).catch(() => resolve(file));
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) throw unwritable(target, 'this is a folder', '--output FILE');
  const itself = await real(target);
  for (const input of inputs) {
    if ((await real(input)) !== itself) continue;
    throw new ClvError('bad_option', 'the output would overwrite the log', {
      file: target,
      expected: 'another name',
      hint,
    });
  }
}
