/** Which log a command reads where none is named, and what is known of it: `clv.config.json`. */
import { ClvError } from '../errors.js';
import { type ReadOptions, readOptionsIn } from '../features/read-transactions.js';
import { type JobConfig, readConfig } from '../jobs/run-job.js';
import { type DataFlags, LOG_HELP, readOptionsOf } from './data-flags.js';
import { withProjectConfig } from './project-config.js';

/**
 * The log that a command is to read, and how: the one named first, or by a flag, or by the project's configuration.
 *
 * @throws ClvError missing_file, bad_option
 */
export async function logFrom(
  file: string | undefined,
  flags: DataFlags & { readonly data?: string },
): Promise<{ readonly data: string | undefined; readonly reading: ReadOptions; readonly config: Partial<JobConfig> }> {
  const data = file ?? flags.data;
  const { config: path } = withProjectConfig<{ config?: string }>({});
  const config = path === undefined ? {} : configFor(data, await readConfig(path));
  const own = readOptionsOf(flags);
  const reading = { ...readOptionsIn(config), ...own, columns: { ...config.columns, ...own.columns } };
  return { data: data ?? config.data, reading, config };
}

/** @throws ClvError missing_file, saying how a log is named */
export function noLogNamed(expected: string, hint?: string): never {
  throw new ClvError('missing_file', 'no transaction log was named', { expected: `${expected}: ${LOG_HELP}`, hint });
}

/** A configuration for another log than its own: without what only its own log has. */
export function configFor(data: string | undefined, config: Partial<JobConfig>): Partial<JobConfig> {
  if (data === undefined || config.data === undefined || data === config.data) return config;
  const { columns: _columns, dateFormat: _dateFormat, table: _table, ...others } = config;
  return others;
}
