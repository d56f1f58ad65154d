/** What stands in the way of writing, as an error that says what to do. */
import { ClvError } from './errors.js';

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'it cannot be made',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  EISDIR: 'this is a folder',
  ENOTEMPTY: 'a folder is in the way',
  ENAMETOOLONG: 'the name is too long',
};

/** An error of the file system, as ours; any other error as it is. */
export function asUnwritable(place: string, error: unknown, hint: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof ClvError || code === undefined) return error;
  return unwritable(place, PROBLEMS[code] ?? String((error as Error).message), hint, error);
}

export function unwritable(place: string, found: string, hint: string, cause?: unknown): ClvError {
  return new ClvError('unwritable_folder', 'the results cannot be written here', {
    file: place,
    found,
    expected: 'a folder that can be written, or made',
    hint,
    cause,
  });
}
