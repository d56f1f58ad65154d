/**
 * The split by time: networks learn from earlier windows of the same log, all of which end at the threshold or before it, and are
 * applied at the threshold. Nothing of the holdout is looked at.
 */
import type { FittedPair } from '../../btyd/fitted-model.js';
import { isoDay, parseIsoDay } from '../../calendar.js';
import { ClvError } from '../../errors.js';
import type { CustomerTable } from '../../features/customer-table.js';
import { featureTable } from '../../features/make-features.js';
import type { TransactionLog } from '../../features/read-transactions.js';
import { summarise } from '../../features/summarise.js';
import type { OnProgress } from '../../progress.js';
import { columnsOf, featuresOf, joined, numbered, type Rows, rowsAt, type TrainingRows } from './rows.js';

/** Days that a log must go back before a window, and the fewest that a window may have. */
const LEAST_HISTORY = 28;
const LEAST_LENGTH = 7;
/** Days from one window to the next, and the most windows. */
const STEP = 14;
const MOST_WINDOWS = 12;
/** A window counts only if the log before it is at least so long, as a share of that before the last: others say other things. */
const LIKE_THE_LAST = 0.7;

/** Days, as numbers: features know what happened by `threshold`, targets lie in (threshold, end]. */
export type Window = TrainingRows['windows'][number];

/**
 * The windows to train on: as long as what is to be predicted, or as half of the history if that is shorter; the last ends at
 * the threshold, each other begins `STEP` days before the next.
 *
 * @param length days that are to be predicted
 * @throws ClvError bad_window (the log is too short)
 */
export function trainingWindows(firstDay: number, threshold: number, length: number): Window[] {
  const history = threshold - firstDay;
  if (!(length >= LEAST_LENGTH)) {
    throw new ClvError('bad_window', 'the time to predict is too short for a network to learn from', {
      found: `${length} days`,
      expected: `at least ${LEAST_LENGTH} days`,
      hint: '--model_type paretonbd_model',
    });
  }
  const span = Math.min(Math.round(length), Math.floor(history / 2), history - LEAST_HISTORY);
  if (span < LEAST_LENGTH) {
    throw new ClvError('bad_window', 'the log is too short before threshold_date for a network to learn from', {
      found: `${history} days from ${isoDay(firstDay)} to ${isoDay(threshold)}`,
      expected: `at least ${LEAST_HISTORY + LEAST_LENGTH} days, part of them to learn what customers do next`,
      hint: '--model_type paretonbd_model, which needs no earlier windows',
    });
  }
  const windows: Window[] = [];
  const least = Math.max(LEAST_HISTORY, LIKE_THE_LAST * (history - span));
  for (let at = threshold - span; at - firstDay >= least && windows.length < MOST_WINDOWS; at -= STEP) {
    windows.push({ threshold: at, end: at + span });
  }
  return windows.reverse();
}

/**
 * Rows of earlier windows to train on, and of all customers at the threshold.
 *
 * @param table customers at the threshold
 * @param pair models fitted to `table`. They describe earlier windows as well, better than models fitted to what little had been
 *   seen by then; they know nothing of what comes after the threshold
 * @param horizon days to predict
 * @throws ClvError bad_window
 */
export async function timeRows(
  log: TransactionLog,
  table: CustomerTable,
  pair: FittedPair,
  horizon: number,
  onProgress: OnProgress,
): Promise<TrainingRows> {
  const threshold = parseIsoDay(table.thresholdDate)!;
  const windows = trainingWindows(parseIsoDay(log.report.firstDay)!, threshold, horizon);
  const made = await featureTable(log, {
    features: featuresOf(log),
    thresholdDate: table.thresholdDate,
    origins: windows.map((window) => isoDay(window.threshold)),
    onProgress,
  });
  const { columns, units } = await columnsOf(made, featuresOf(log));
  await made.drop();
  const numbers = numbered(table);
  let start = 0;
  const next = (count: number) => {
    const own = Object.entries(columns).map(([name, values]) => [name, values.slice(start, start + count)]);
    start += count;
    return { columns: Object.fromEntries(own), units };
  };
  const parts: Rows[] = [];
  for (const window of windows) {
    const { timeUnit } = table.customers;
    const dates = { thresholdDate: isoDay(window.threshold), predictEnd: isoDay(window.end), timeUnit };
    const earlier = await summarise(log, dates);
    parts.push(rowsAt(earlier, next(earlier.customers.n), pair, window.end - window.threshold, numbers));
  }
  const last = next(table.customers.n);
  return { training: joined(parts), predicted: (days) => rowsAt(table, last, pair, days, numbers), windows };
}
