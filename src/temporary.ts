/** Folders that must not outlive the work: tracked, so that a program that is interrupted can remove them. */
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tracked = new Set<string>();
let count = 0;

/** A folder that is removed at the latest when the program is interrupted. */
export interface TemporaryFolder {
  readonly path: string;
  /** It is no longer there, or no longer temporary: forgets it. */
  keep(): void;
  remove(): Promise<void>;
}

/** The path of a temporary folder that nobody has made yet: below `parent`, or where the system keeps such folders. */
export function temporaryPath(prefix: string, parent: string = tmpdir()): TemporaryFolder {
  const random = Math.floor(Math.random() * 36 ** 6).toString(36);
  const path = join(parent, `${prefix}${process.pid}-${++count}-${random}`);
  tracked.add(path);
  return {
    path,
    keep: () => tracked.delete(path),
    remove: async () => {
      await rm(path, { recursive: true, force: true });
      tracked.delete(path);
    },
  };
}

/** A new temporary folder. */
export async function temporaryFolder(prefix: string, parent?: string): Promise<TemporaryFolder> {
  const folder = temporaryPath(prefix, parent);
  try {
    mkdirSync(folder.path); // at once: an interruption meets a folder, or none, but never one that is about to be made
  } catch (error) {
    folder.keep();
    throw error;
  }
  return folder;
}

/** Removes at once what is left; for programs that are about to end. */
export function removeTemporaryFolders(): void {
  for (const path of tracked) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // what cannot be removed stays; the end of a program is no place to fail
    }
  }
  tracked.clear();
}
