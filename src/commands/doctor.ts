/** `clv doctor LOG`: what is odd in a log, what it is worth, and what to do. */
import { doctor } from '../features/doctor/doctor.js';
import { readTransactions } from '../features/read-transactions.js';
import { snakeKeys } from '../json-keys.js';
import { doctorText } from '../report/doctor-text.js';
import { logFrom, noLogNamed } from './configured-log.js';
import { type DataFlags, numberFlag } from './data-flags.js';
import { openProgress } from './progress.js';
import { terminalStyle } from './terminal-style.js';

/** Flags as commander hands them over: text, under their snake_case names. */
export interface DoctorFlags extends DataFlags {
  readonly data?: string;
  readonly horizon?: string;
  readonly threshold_date?: string;
  readonly examples?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * Examines a log and prints the report, or with `json` one JSON object.
 *
 * @throws ClvError as `readTransactions` and `doctor`
 */
export async function doctorCommand(file: string | undefined, flags: DoctorFlags): Promise<void> {
  const { data, reading } = await logFrom(file, flags);
  if (data === undefined) noLogNamed('clv doctor LOG');
  const horizon = numberFlag('horizon', flags.horizon);
  const examples = numberFlag('examples', flags.examples);
  const progress = await openProgress(flags.quiet ?? false);
  const examined = async () => {
    const log = await readTransactions(data, { ...reading, notes: true, onProgress: progress.show });
    const options = { horizon, examples, thresholdDate: flags.threshold_date, onProgress: progress.show };
    return doctor(log, options).finally(() => log.close());
  };
  const report = await examined().finally(progress.end);
  console.log(flags.json ? JSON.stringify(snakeKeys(report, ['cells']), null, 2) : doctorText(report, terminalStyle()));
}
