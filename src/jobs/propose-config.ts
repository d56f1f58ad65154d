/** A configuration to begin with, told from the log itself. */
import { daysBetween } from '../calendar.js';
import { proposeSplit } from '../features/propose-split.js';
import type { TransactionLog } from '../features/read-transactions.js';
import type { JobConfig } from './run-job.js';

/** A proposal, and why. */
export interface Proposal {
  readonly config: JobConfig;
  readonly reasons: Readonly<Partial<Record<keyof JobConfig, string>>>;
}

/** Networks learn from earlier windows: with fewer customers or a shorter log there is too little in these. */
const ENOUGH_CUSTOMERS = 1000;
const ENOUGH_DAYS = 300;
/** Beyond this many days a horizon is better counted in weeks. */
const DAYS_PEOPLE_COUNT = 400;

/**
 * Proposes columns, dates, unit of time and model for a log.
 *
 * @throws ClvError bad_window (a log of a few days only)
 */
export function proposeConfig({ report }: TransactionLog): Proposal {
  const { file, roles, dateFormat, firstDay, lastDay, customers } = report;
  const split = proposeSplit(report);
  const days = daysBetween(firstDay, lastDay);
  const holdout = daysBetween(split.thresholdDate, split.predictEnd);
  const enough = customers >= ENOUGH_CUSTOMERS && days >= ENOUGH_DAYS;
  const long = days > DAYS_PEOPLE_COUNT;
  return {
    config: {
      data: file,
      modelType: enough ? 'hybrid_model' : 'paretonbd_model',
      ...split,
      timeUnit: long ? 'week' : 'day',
      columns: roles,
      ...(dateFormat.includes(' and ') ? {} : { dateFormat }),
      jobDir: 'jobs',
    },
    reasons: {
      columns: `the layout looks like ${report.layout}`,
      thresholdDate: `the last quarter of the log, ${holdout} days, is held back to check on`,
      predictEnd: 'the last day of the log',
      timeUnit: long ? 'the log is longer than a year' : 'the log is short enough to count in days',
      modelType: enough
        ? `${customers.toLocaleString('en')} customers over ${days} days are enough for a network to correct the statistics`
        : `${customers.toLocaleString('en')} customers over ${days} days are few for a network: statistics are safer`,
    },
  };
}
