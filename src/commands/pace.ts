/** How fast a step goes, and how long it will still take. */
import type { Extent } from '../progress.js';

/** Before so many seconds, and so much of the work, what is left is a guess. */
const LEAST_SECONDS = 1;
const LEAST_DONE = 0.02;

/**
 * `48 MB/s, 3 s left`; empty as long as nothing can be said.
 *
 * @param seconds since the step began
 * @param done share of the step, 0 to 1
 */
export function paceText(seconds: number, done: number, of?: Extent): string {
  if (seconds < LEAST_SECONDS || done < LEAST_DONE || done >= 1) return '';
  const rate = of && (done * of.amount) / seconds;
  const left = `${duration((seconds * (1 - done)) / done)} left`;
  return rate === undefined ? left : `${Number(rate.toPrecision(2))} ${of!.unit}/s, ${left}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
