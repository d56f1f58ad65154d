/** Earlier thresholds for training, so that a model can be judged on windows that came later. */
import { isoDay, parseIsoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { resolveSplit } from './customer-table.js';
import type { TransactionLog } from './read-transactions.js';

/**
 * Origins before `thresholdDate`: days as given (`2011-02-08,2011-04-08`), or a number of them, `step` days apart. By default
 * a step is as long as the holdout, so that no window of targets overlaps the next.
 *
 * @throws ClvError bad_option, bad_date, threshold_outside_data
 */
export function rollingOrigins(
  log: TransactionLog,
  dates: { readonly thresholdDate?: string | undefined; readonly predictEnd?: string | undefined },
  origins: string | undefined,
  step: number | undefined,
): string[] | undefined {
  if (origins === undefined) return undefined;
  if (!/^\d+$/.test(origins.trim())) return origins.split(',').map((origin) => origin.trim());
  const firstDay = parseIsoDay(log.report.firstDay)!;
  const { threshold, end } = resolveSplit(dates, firstDay, parseIsoDay(log.report.lastDay)!);
  const length = step ?? (end === null ? undefined : end - threshold);
  if (length === undefined || !Number.isInteger(length) || length < 1) {
    throw new ClvError('bad_option', 'it is not said how far apart the origins lie', {
      found: step,
      expected: '--predict_end, or --origin_step with a whole number of days',
    });
  }
  const most = Math.floor((threshold - firstDay) / length);
  if (Number(origins) > most) {
    throw new ClvError('threshold_outside_data', 'the log does not reach back to so many origins', {
      found: `${origins} origins, ${length} days apart`,
      expected: `at most ${most}: the log begins on ${isoDay(firstDay)}`,
    });
  }
  return Array.from({ length: Number(origins) }, (_, i) => isoDay(threshold - (i + 1) * length));
}
