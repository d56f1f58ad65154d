/** Which files a path means: a file, the logs in a folder, or all that match a pattern. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ClvError } from '../../errors.js';
import { literal, type SqlEngine } from '../engine.js';
import { cannotOpen } from './compression.js';

const LOG_FILE = /\.(csv|tsv|txt|parquet|ndjson|jsonl)(\.(gz|zst))?$/i;
/** Whether this is one of the logs of a folder. */
export const isLogName = (name: string): boolean => LOG_FILE.test(name) && !name.startsWith('.');
const EXPECTED = 'csv, tsv, txt, parquet, ndjson or jsonl, also with .gz or .zst';

/**
 * The files that a path means, sorted by name. A file that bears the name of a pattern is that file.
 *
 * @throws ClvError missing_file
 */
export async function filesOf(engine: SqlEngine, path: string): Promise<string[]> {
  if (typeof path !== 'string' || path === '') {
    throw new ClvError('missing_file', 'no file was named', { found: path, expected: 'the path of a transaction log' });
  }
  let entry: Awaited<ReturnType<typeof stat>>;
  try {
    entry = await stat(path);
  } catch (cause) {
    if (!/[*?[]/.test(path)) throw cannotOpen(path, cause);
    return matches(engine, path);
  }
  return entry.isDirectory() ? logsIn(path) : [path];
}

async function logsIn(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw cannotOpen(folder, cause);
  }
  const files: string[] = [];
  for (const name of names.filter(isLogName).sort()) {
    const file = join(folder, name);
    if ((await stat(file)).isFile()) files.push(file);
  }
  if (files.length > 0) return files;
  throw new ClvError('missing_file', 'there are no transaction logs in this folder', {
    file: folder,
    found: `${names.length} other files or folders`,
    expected: `files that end in ${EXPECTED}`,
  });
}

async function matches(engine: SqlEngine, pattern: string): Promise<string[]> {
  const found = (await engine.query(`SELECT file FROM glob(${literal(pattern)})`)).texts(0);
  const files = found.filter((file) => !basename(file).startsWith('.')).sort();
  if (files.length > 0) return files;
  throw new ClvError('missing_file', 'no file matches', {
    file: pattern,
    expected: 'a pattern of files that exist, such as orders/*.csv',
  });
}

/**
 * Files given twice would count twice.
 *
 * @throws ClvError bad_option
 */
export async function checkDistinct(files: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  for (const file of files) {
    const real = await realpath(file).catch(() => file); // a pipe has no path
    if (seen.has(real)) {
      throw new ClvError('bad_option', 'a file is given twice', { file, expected: 'each file of the log once' });
    }
    seen.add(real);
  }
}
