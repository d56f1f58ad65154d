/** Folders made one by one, so that they can be taken away again. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Makes a folder and those above it, noting each. (Node's own `recursive` never returns where a file system lies, as /proc.) */
export async function makeFolders(folder: string, made: string[]): Promise<void> {
  if (await exists(folder)) return;
  await makeFolders(dirname(resolve(folder)), made);
  try {
    await mkdir(folder);
    made.push(folder);
  } catch (error) {
    if (!(await exists(folder))) throw error; // else another run was a moment faster
  }
}
