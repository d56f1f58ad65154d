/** Finding a data set on this machine. Nothing here touches the network. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DatasetEntry, findDataset, knownDatasets, unpackedName } from './manifest.js';

/** The surroundings of a search. The defaults are those of the running program. */
export interface LocateOptions {
  readonly entries?: readonly DatasetEntry[] | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  readonly packageRoot?: string | undefined;
}

/**
 * Path of a data set on this machine, packed or unpacked; undefined if it is nowhere.
 *
 * Looks in CLV_DATA_DIR, in ../shared/datasets beside the package and beside the working directory, then in the user's
 * cache. A file in the cache counts only if its checksum is right; a file that the user put elsewhere is trusted.
 *
 * @throws ClvError `unknown_dataset`
 */
export function locateDataset(name: string, options: LocateOptions = {}): string | undefined {
  const entry = findDataset(name, options.entries ?? knownDatasets);
  const files = [
    { file: entry.file, sha256: entry.sha256.stored },
    { file: unpackedName(entry), sha256: entry.sha256.unpacked },
  ];
  const placed = userFolders(options)
    .flatMap((folder) => files.map(({ file }) => join(folder, file)))
    .find((path) => existsSync(path));
  if (placed !== undefined) return placed;

  const cache = cacheFolder(options.env);
  const cached = files.find(({ file, sha256 }) => hasChecksum(join(cache, file), sha256));
  return cached && join(cache, cached.file);
}

/** Folders that people fill themselves, in the order in which they are searched. */
export function userFolders({
  env = process.env,
  cwd = process.cwd(),
  packageRoot = findPackageRoot(),
}: LocateOptions = {}): string[] {
  const shared = [packageRoot, cwd].map((folder) => resolve(folder, '..', 'shared', 'datasets'));
  return [...new Set([...(env.CLV_DATA_DIR ? [resolve(cwd, env.CLV_DATA_DIR)] : []), ...shared])];
}

/** Folder for downloads: CLV_CACHE_DIR, else XDG_CACHE_HOME/clv, else where the platform keeps its caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CLV_CACHE_DIR) return resolve(env.CLV_CACHE_DIR);
  if (env.XDG_CACHE_HOME) return resolve(env.XDG_CACHE_HOME, 'clv');
  switch (process.platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Caches', 'clv');
    case 'win32':
      return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'clv', 'Cache');
    default:
      return join(homedir(), '.cache', 'clv');
  }
}

/** The nearest folder at or above this file that holds a package.json: the checkout, or the installed package. */
function findPackageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) return start;
    folder = above;
  }
  return folder;
}

/** False also where there is no file, or none that can be read: either way it cannot be used. */
function hasChecksum(path: string, sha256: string): boolean {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex') === sha256;
  } catch {
    return false;
  }
}
