/** A finished job, opened again: its models, and the log that it was trained on or another. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { daysBetween } from '../calendar.js';
import { ClvError } from '../errors.js';
import type { Role } from '../features/layout.js';
import {
  type ReadOptions,
  readOptionsIn,
  readTransactions,
  type TransactionLog,
} from '../features/read-transactions.js';
import { DAYS_PER } from '../time.js';
import { loadJob, type SavedModels } from './predict.js';
import { type JobConfig, readConfig } from './run-job.js';

export interface SavedJob {
  readonly folder: string;
  readonly config: Partial<JobConfig>;
  readonly models: SavedModels;
}

/**
 * Opens the folder of a job.
 *
 * @param folder default: the newest job in `jobs`
 * @throws ClvError missing_file, bad_saved_model, bad_option
 */
export async function openJob(folder?: string): Promise<SavedJob> {
  const job = folder ?? (await newestJob('jobs'));
  return { folder: job, config: await readConfig(join(job, 'config.json')), models: await loadJob(job) };
}

/**
 * The newest folder of a job.
 *
 * @throws ClvError missing_file
 */
export async function newestJob(parent: string): Promise<string> {
  const names = await readdir(parent).catch(() => []);
  const jobs = await Promise.all(
    names
      .filter((name) => name.startsWith('clv_'))
      .map(async (name) => {
        const folder = join(parent, name);
        const made = await stat(join(folder, 'model.json')).catch(() => undefined);
        return { folder, made: made?.mtimeMs ?? Number.NEGATIVE_INFINITY };
      }),
  );
  const newest = jobs.reduce<(typeof jobs)[number] | undefined>(
    (best, one) => (one.made > (best?.made ?? Number.NEGATIVE_INFINITY) ? one : best),
    undefined,
  );
  if (newest) return newest.folder;
  throw new ClvError('missing_file', 'there is no job here', {
    file: parent,
    expected: 'the folder of a finished job, such as jobs/clv_paretonbd_model_20110808T120000',
    hint: 'clv train --data LOG makes one',
  });
}

/** How far the job predicted, in its time unit; undefined: the year that it took for want of a holdout. */
export function horizonOf({ config: { horizon, thresholdDate, predictEnd }, models }: SavedJob): number | undefined {
  if (horizon !== undefined || thresholdDate === undefined || predictEnd === undefined) return horizon;
  return daysBetween(thresholdDate, predictEnd) / DAYS_PER[models.purchases.timeUnit];
}

/**
 * Reads a log as the job read its own: cleaned alike, with columns of the same names where there are such.
 *
 * @param data default: the log of the job
 * @throws ClvError of `readTransactions`
 */
export async function readLogOf(
  { folder, config }: Pick<SavedJob, 'folder' | 'config'>,
  data: string | undefined,
  options: ReadOptions = {},
): Promise<TransactionLog> {
  const log = data ?? config.data;
  if (log === undefined) {
    throw new ClvError('missing_file', 'the job does not say which log it was trained on', {
      file: join(folder, 'config.json'),
      expected: 'data, or another log',
      hint: '--data LOG',
    });
  }
  const { dateFormat, table, ...own } = readOptionsIn(config);
  const same = data === undefined || data === config.data; // how days are written, and in which table, is of that log only
  const reading = readWith(
    log,
    { ...own, ...(same && { dateFormat, table }), ...options },
    { ...own.columns },
    { ...options.columns },
  );
  return reading.catch((error: unknown) => {
    if (!(error instanceof ClvError && error.code === 'missing_file' && data === undefined)) throw error;
    throw new ClvError('missing_file', 'the log that the job was trained on is not there', {
      file: log,
      expected: `the log that ${join(folder, 'config.json')} names, or another`,
      hint: '--data LOG',
      cause: error,
    });
  });
}

/** Columns that the job had and this log has not are looked for by their usual names. */
async function readWith(
  log: string,
  options: ReadOptions,
  usual: NonNullable<ReadOptions['columns']>,
  given: NonNullable<ReadOptions['columns']>,
): Promise<TransactionLog> {
  try {
    return await readTransactions(log, { ...options, columns: { ...usual, ...given } });
  } catch (error) {
    const column = error instanceof ClvError && error.code === 'missing_column' ? error.details.column : undefined;
    const role = (Object.keys(usual) as Role[]).find((name) => usual[name] === column && given[name] === undefined);
    if (column === undefined || role === undefined) throw error;
    const { [role]: _, ...others } = usual;
    return readWith(log, options, others, given);
  }
}
