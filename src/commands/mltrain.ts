/** `mltrain local|train|tune FOLDER`: a training or a search on FOLDER/data, its job under FOLDER/jobs. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ClvError } from '../errors.js';
import { type TrainFlags, trainCommand } from './train.js';
import { type TuneFlags, tuneCommand } from './tune.js';

const LOG_NAME = /\.(csv|tsv|txt|parquet)(\.gz)?$/i;

export async function mltrainCommand(folder: string, flags: TrainFlags): Promise<void> {
  await trainCommand(await inFolder(folder, flags));
}

export async function mltuneCommand(folder: string, flags: TuneFlags): Promise<void> {
  await tuneCommand(await inFolder(folder, flags));
}

/** The same flags, with data in `folder/data` and jobs in `folder/jobs`. */
async function inFolder<F extends TrainFlags>(folder: string, flags: F): Promise<F> {
  const inside = join(folder, 'data', flags.data ?? (await onlyLog(join(folder, 'data'))));
  const data = flags.data !== undefined && !existsSync(inside) && existsSync(flags.data) ? flags.data : inside;
  return { ...flags, data, job_dir: join(folder, 'jobs') };
}

async function onlyLog(folder: string): Promise<string> {
  const files = await readdir(folder).catch((cause: Error) => {
    throw new ClvError('missing_file', 'the folder of the data cannot be read', {
      file: folder,
      found: cause.message,
      expected: 'a folder with a transaction log',
      cause,
    });
  });
  const logs = files.filter((name) => LOG_NAME.test(name)).sort();
  if (logs.length === 1) return logs[0]!;
  throw new ClvError(
    'missing_file',
    logs.length === 0 ? 'there is no transaction log here' : 'there is more than one log here',
    {
      file: folder,
      found: logs.join(', ') || undefined,
      expected: 'one CSV or Parquet file',
      hint: logs.length === 0 ? undefined : `--data ${logs[0]}`,
    },
  );
}
