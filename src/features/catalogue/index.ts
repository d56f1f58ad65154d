/** All features, in the order in which they are listed. A new feature is one record in one of these lists. */
import { ClvError } from '../../errors.js';
import { nearest } from '../../nearest.js';
import { BASKET_FEATURES } from './basket.js';
import { DAY_FEATURES } from './days.js';
import type { Feature } from './feature.js';
import { GAP_FEATURES } from './gaps.js';
import { RETURN_FEATURES } from './returns.js';

export const FEATURES: readonly Feature[] = [...DAY_FEATURES, ...GAP_FEATURES, ...BASKET_FEATURES, ...RETURN_FEATURES];

/** What most models of purchases and spend need. */
export const CORE_FEATURES: readonly string[] = [
  'frequency',
  'recency',
  'age',
  'monetary',
  'transactions',
  'spent',
  'days_since_last',
];

/**
 * The features of a selection, in the order of the list.
 *
 * @param selection `core`, `all`, or names, among which `core` stands for its own
 * @throws ClvError unknown_feature, bad_option
 */
export function selectedFeatures(selection: 'core' | 'all' | readonly string[]): readonly Feature[] {
  if (selection === 'all') return FEATURES;
  const names = [selection].flat().flatMap((name) => (name === 'core' ? CORE_FEATURES : [name as string]));
  if (names.length === 0) {
    throw new ClvError('bad_option', 'no features are asked for', { expected: 'all, core, or names' });
  }
  for (const name of names) {
    if (FEATURES.some((feature) => feature.name === name)) continue;
    throw new ClvError('unknown_feature', 'there is no such feature', {
      found: name,
      expected: 'core, all, or names that `clv features --list` prints',
      hint: nearest(
        typeof name === 'string' ? name : '',
        FEATURES.map((feature) => feature.name),
      ),
    });
  }
  return FEATURES.filter(({ name }) => names.includes(name));
}
