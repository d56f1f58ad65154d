/** The folder `data` of a bucket, on this machine or in object storage, and what lies in it. */
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClvError } from '../../errors.js';
import type { OnProgress } from '../../progress.js';
import { addressOf, isBucketUrl } from '../../storage/address.js';
import { fetchObjects, listObjects } from '../../storage/fetch-objects.js';
import { inStore } from '../../storage/open-store.js';
import { writeWhole } from '../../whole-file.js';
import { isReferenceFile, type NamedFile, preparedKind } from './prepared-files.js';

/** A place below another: of folders and of buckets. */
export const inside = (place: string, name: string): string =>
  isBucketUrl(place) ? `${place.replace(/\/+$/, '')}/${name}` : join(place, name);

export interface Places {
  readonly data: string;
  readonly jobs: string;
}

/**
 * Where a bucket has its data and its jobs.
 *
 * @param options other places; `orData`: the bucket may be the folder of data itself, and its jobs are then made here
 */
export function placesIn(
  bucket: string,
  { dataSrc, jobDir, orData = false }: { dataSrc?: string | undefined; jobDir?: string | undefined; orData?: boolean },
): Places {
  const data = inside(bucket, 'data');
  const isData = orData && !isBucketUrl(bucket) && existsSync(bucket) && !existsSync(data);
  return {
    data: dataSrc ?? (isData ? bucket : data),
    jobs: jobDir ?? (isData ? 'jobs' : inside(bucket, 'jobs')),
  };
}

/** The log in a folder of data, or the names of the prepared files where there is none. */
export type Data = { readonly log: string } | { readonly log?: undefined; readonly prepared: readonly string[] };

const LOG_NAME = /\.(csv|tsv|txt|parquet|ndjson|jsonl)(\.(gz|zst))?$/i;

/**
 * @param wanted the log that is asked for: one of the folder, or any other
 * @throws ClvError missing_file, unreachable_dataset
 */
export async function dataIn(folder: string, wanted: string | undefined): Promise<Data> {
  if (wanted !== undefined) return { log: named(wanted, folder) };
  const names = await namesIn(folder);
  const logs = names.filter((name) => LOG_NAME.test(name) && !isReferenceFile(name));
  const prepared = names.filter((name) => preparedKind(name) !== undefined);
  if (logs.length === 1) return { log: inside(folder, logs[0]!) };
  if (logs.length === 0 && prepared.length > 0) return { prepared };
  throw new ClvError(
    'missing_file',
    logs.length === 0 ? 'there is no transaction log here' : 'there is more than one log here',
    {
      file: folder,
      found: logs.join(', ') || undefined,
      expected:
        'one CSV or Parquet file, or the prepared files of the reference: btyd.csv; train.csv, eval.csv, test.csv',
      hint: logs.length === 0 ? undefined : `--data ${logs[0]}`,
    },
  );
}

function named(wanted: string, folder: string): string {
  const there = inside(folder, wanted);
  const elsewhere = isBucketUrl(wanted) || (!isBucketUrl(folder) && !existsSync(there) && existsSync(wanted));
  return elsewhere ? wanted : there;
}

/** Names in a folder, sorted. */
async function namesIn(place: string): Promise<string[]> {
  if (isBucketUrl(place)) {
    const folder = inside(place, '');
    const objects = await listObjects(folder);
    return objects.map(({ key }) => key.slice(key.lastIndexOf('/') + 1));
  }
  const names = await readdir(place).catch((cause: Error) => {
    throw new ClvError('missing_file', 'the folder of the data cannot be read', {
      file: place,
      found: cause.message,
      expected: 'a folder with a transaction log, or with the prepared files of the reference',
      cause,
    });
  });
  return names.sort();
}

/** Files of a folder of data, on this machine until they are removed. */
export interface FilesAtHand {
  readonly files: readonly NamedFile[];
  remove(): Promise<void>;
}

/** @throws ClvError missing_file, unreachable_dataset, unwritable_folder */
export async function filesAtHand(
  place: string,
  names: readonly string[],
  onProgress?: OnProgress,
): Promise<FilesAtHand> {
  if (!isBucketUrl(place)) {
    const files = names.map((name) => ({ path: join(place, name), name: join(place, name) }));
    return { files, remove: async () => {} };
  }
  const { objects, remove } = await fetchObjects(inside(place, ''), onProgress, (name) => names.includes(name));
  return { files: objects.map(({ path, url }) => ({ path, name: url })), remove };
}

/**
 * Writes a file into a folder of data, over an older one.
 *
 * @returns what stood in the way, if anything did
 */
export async function leaveFile(place: string, name: string, content: Iterable<string>): Promise<string | undefined> {
  try {
    if (isBucketUrl(place)) {
      const address = addressOf(inside(place, name));
      const bytes = Buffer.from([...content].join(''));
      await inStore(address, 'write', (store) => store.write(address.key, bytes, { replace: true }));
    } else {
      await writeWhole(join(place, name), (aside) => writeFile(aside, content), 'another folder');
    }
    return undefined;
  } catch (error) {
    if (error instanceof ClvError) return error.problem;
    throw error;
  }
}
