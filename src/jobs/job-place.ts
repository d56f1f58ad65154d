/** Where jobs are left: in a folder of this machine or in a bucket. */
import type { OnProgress } from '../progress.js';
import { addressOf, below, isBucketUrl, urlOf } from '../storage/address.js';
import { checkBucket, putFolder } from '../storage/put-folder.js';
import { temporaryFolder } from '../temporary.js';
import { checkWritable, type FileContent, writeJobFolder } from './job-folder.js';

/**
 * Checks, before any work, that a job could be left at `place`. Makes nothing.
 *
 * @param place a folder, `s3://bucket/jobs` or `gs://bucket/jobs`
 * @throws ClvError unwritable_folder, bad_option
 */
export async function checkJobPlace(place: string): Promise<void> {
  await (isBucketUrl(place) ? checkBucket(addressOf(place)) : checkWritable(place));
}

/**
 * Leaves a job at `<place>/<name>` (`<name>_2`, … where that exists): all files, or none.
 *
 * @returns where it is
 * @throws ClvError unwritable_folder
 */
export async function writeJob(
  place: string,
  name: string,
  files: (job: string) => Readonly<Record<string, FileContent>>,
  onProgress?: OnProgress,
): Promise<string> {
  if (!isBucketUrl(place)) return writeJobFolder(place, name, files);
  const aside = await temporaryFolder('clv-job-');
  try {
    for (let attempt = 1; ; attempt++) {
      const address = below(addressOf(place), attempt === 1 ? name : `${name}_${attempt}`);
      const folder = await writeJobFolder(aside.path, name, () => files(urlOf(address)));
      if (await putFolder(folder, address, onProgress)) return urlOf(address);
    }
  } finally {
    await aside.remove();
  }
}
