/** The folder that a training leaves behind: whole, or not at all. */
import { constants } from 'node:fs';
import { access, mkdir, rename, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { exists, makeFolders } from '../make-folders.js';
import { type TemporaryFolder, temporaryFolder } from '../temporary.js';
import { asUnwritable, unwritable } from '../unwritable.js';

const HINT = '--job_dir FOLDER';

/** Contents of a file: text, or pieces of it, or bytes. */
export type FileContent = string | Iterable<string> | Uint8Array;

/**
 * Checks, before any work, that a job folder could be made under `parent`. Makes nothing.
 *
 * @throws ClvError unwritable_folder
 */
export async function checkWritable(parent: string): Promise<void> {
  for (let folder = resolve(parent); ; folder = dirname(folder)) {
    try {
      const found = await stat(folder);
      if (!found.isDirectory()) throw unwritable(parent, `${folder} is a file`, HINT);
      await access(folder, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asUnwritable(parent, error, HINT);
    }
  }
}

/**
 * Writes the files into a new folder `<parent>/<name>` (`<name>_2`, … where that exists), which appears only when
 * complete; whatever goes wrong, nothing stays behind.
 *
 * @returns path of the folder
 * @throws ClvError unwritable_folder
 */
export async function writeJobFolder(
  parent: string,
  name: string,
  files: (folder: string) => Readonly<Record<string, FileContent>>,
): Promise<string> {
  const made: string[] = [];
  let aside: TemporaryFolder | undefined;
  try {
    await makeFolders(parent, made);
    aside = await temporaryFolder('.clv-unfinished-', parent);
    for (let attempt = 1; ; attempt++) {
      const folder = join(parent, attempt === 1 ? name : `${name}_${attempt}`);
      if (await exists(folder)) continue;
      for (const [file, content] of Object.entries(files(folder))) {
        const path = join(aside.path, file); // `file` may lie in a folder of its own
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, content);
      }
      try {
        await rename(aside.path, folder);
        aside.keep();
        return folder;
      } catch (error) {
        if (!(await exists(folder))) throw error; // else another run was a moment faster: the next name
      }
    }
  } catch (error) {
    await aside?.remove();
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
    throw asUnwritable(parent, error, HINT);
  }
}

/** `clv_<job>_20110808T123000`: when the job ran, in local time. */
export function jobName(job: string, now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `clv_${job}_${day}T${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
