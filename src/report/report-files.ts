/** The report of a training as files of its job: the page, and the data that it is made from. */
import type { JobHooks } from '../jobs/run-job.js';
import { reportHtml } from './render-report.js';
import { reportData } from './report-data.js';

export const REPORT_JSON = 'report.json';
export const REPORT_HTML = 'report.html';

/**
 * For `runJob`: `{ filesOf: reportFiles }`.
 *
 * @example
 * await runJob({ data: 'orders.csv' }, { filesOf: reportFiles });
 */
export const reportFiles: NonNullable<JobHooks['filesOf']> = async (training, log) => {
  const data = await reportData(training, log);
  return { [REPORT_JSON]: `${JSON.stringify(data)}\n`, [REPORT_HTML]: await reportHtml(data) };
};
