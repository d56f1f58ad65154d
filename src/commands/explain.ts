/** `clv explain CUSTOMER`: why a customer is worth what a finished job's models say. */
import { explainCustomer } from '../jobs/explain-customer.js';
import { snakeKeys } from '../json-keys.js';
import { explanationText } from '../report/explanation-text.js';
import { predictionOptions, type SavedJobFlags, withJobAndLog } from './saved-job-flags.js';
import { terminalStyle } from './terminal-style.js';

export interface ExplainFlags extends SavedJobFlags {
  readonly job?: string;
}

export async function explainCommand(customer: string, flags: ExplainFlags): Promise<void> {
  await withJobAndLog(flags.job, flags, async ({ job, log, progress }) => {
    const { thresholdDate = job.config.thresholdDate, predictEnd: _, ...options } = predictionOptions(flags, job);
    const explanation = await explainCustomer(job.models, log, customer, { ...options, thresholdDate });
    progress.end();
    if (flags.json) console.log(JSON.stringify(snakeKeys(explanation), null, 2));
    else console.log(explanationText(explanation, terminalStyle()));
  });
}
