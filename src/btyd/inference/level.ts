import { ClvError } from '../../errors.js';

/** How sure an interval is. */
export interface LevelOption {
  /** Coverage of the intervals. */
  readonly level?: number | undefined;
}

/** @throws ClvError bad_option */
export function checkLevel(level: number): void {
  if (level > 0 && level < 1) return;
  throw new ClvError('bad_option', 'this is not the level of an interval', {
    found: level,
    expected: 'a share between 0 and 1, such as 0.9',
  });
}
