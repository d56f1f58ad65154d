/** A split to begin with, where nobody has said one. */
import { isoDay, parseIsoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import type { ReadReport } from './read-transactions.js';

/** The holdout is this share of the log: long enough to judge on, and leaving enough to learn from. */
const SHARE = 1 / 4;

/**
 * The last quarter of a log as holdout.
 *
 * @throws ClvError bad_window (a log of a few days only)
 */
export function proposeSplit({ file, firstDay, lastDay }: Pick<ReadReport, 'file' | 'firstDay' | 'lastDay'>): {
  readonly thresholdDate: string;
  readonly predictEnd: string;
} {
  const last = parseIsoDay(lastDay)!;
  const days = Math.floor((last - parseIsoDay(firstDay)!) * SHARE);
  if (days < 1) {
    throw new ClvError('bad_window', 'the log is too short to hold a part of it back', {
      file,
      found: `${firstDay} to ${lastDay}`,
      expected: 'a log of several weeks or more',
    });
  }
  return { thresholdDate: isoDay(last - days), predictEnd: lastDay };
}
