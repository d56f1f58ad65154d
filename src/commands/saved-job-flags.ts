/** What the commands that use a finished job have in common: its flags, its log, its models. */
import type { TransactionLog } from '../features/read-transactions.js';
import { readConfig } from '../jobs/run-job.js';
import { horizonOf, newestJob, openJob, readLogOf, type SavedJob } from '../jobs/saved-job.js';
import { type DataFlags, definedOnly, numberFlag, readOptionsOf } from './data-flags.js';
import { openProgress, type Progress } from './progress.js';
import { withProjectConfig } from './project-config.js';

/** Flags as commander hands them over: text, under their snake_case names. */
export interface SavedJobFlags extends DataFlags {
  readonly data?: string;
  readonly job_dir?: string;
  readonly threshold_date?: string;
  readonly predict_end?: string;
  readonly horizon?: string;
  readonly discount_rate?: string;
  readonly margin?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** A job, and the log that its models are asked about. */
export interface JobAndLog {
  readonly job: SavedJob;
  readonly log: TransactionLog;
  readonly progress: Progress;
}

/**
 * The folder of the job that is meant: the one named, or the newest where jobs lie by flag or by the project's configuration.
 *
 * @throws ClvError missing_file, bad_option
 */
export async function jobNamed(folder: string | undefined, flags: { readonly job_dir?: string }): Promise<string> {
  if (folder !== undefined) return folder;
  const { config } = withProjectConfig<{ config?: string }>({});
  const configured =
    flags.job_dir === undefined && config !== undefined ? (await readConfig(config)).jobDir : undefined;
  return newestJob(flags.job_dir ?? configured ?? 'jobs');
}

/**
 * Opens a job and its log, or the one that the flags name, and closes the log when the work is done.
 *
 * @throws ClvError of `openJob` and `readLogOf`
 */
export async function withJobAndLog<T>(
  folder: string | undefined,
  flags: SavedJobFlags,
  work: (opened: JobAndLog) => Promise<T>,
): Promise<T> {
  const job = await openJob(await jobNamed(folder, flags));
  const progress = await openProgress(flags.quiet ?? false);
  try {
    const log = await readLogOf(job, flags.data, { ...readOptionsOf(flags), onProgress: progress.show });
    return await work({ job, log, progress }).finally(() => log.close());
  } finally {
    progress.end();
  }
}

/**
 * What is asked of the models, as far as flags say; the horizon and rates go on as in the job.
 *
 * @throws ClvError bad_option
 */
export function predictionOptions(flags: SavedJobFlags, job: SavedJob) {
  const { discountRate, margin } = job.config;
  return definedOnly({
    thresholdDate: flags.threshold_date,
    predictEnd: flags.predict_end,
    horizon: numberFlag('horizon', flags.horizon) ?? (flags.predict_end === undefined ? horizonOf(job) : undefined),
    discountRate: numberFlag('discount_rate', flags.discount_rate) ?? discountRate,
    margin: numberFlag('margin', flags.margin) ?? margin,
  });
}
