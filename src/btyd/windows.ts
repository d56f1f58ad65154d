/** Stretches of time after the end of observation, as users give them, in the unit of a model. */
import { ClvError } from '../errors.js';
import { type Duration, lengthIn } from '../time.js';
import type { Usable } from './by-customer.js';
import type { PurchaseModel } from './model.js';

/** (0, horizon], or (from, to], after the end of observation. Bare numbers are in the fitted model's time unit. */
export type Window = Duration | { readonly from: Duration; readonly to: Duration };

/** Beyond it numbers lose their meaning long before they overflow. */
const LONGEST_HORIZON = 1e9;
/** Discrete models walk through their opportunities. */
const MOST_OPPORTUNITIES = 1e6;

/**
 * The limits of a window in the model's time unit.
 *
 * @throws ClvError bad_horizon
 */
export function limits({ model, fitted }: Usable<PurchaseModel>, window: Window): { from: number; to: number } {
  const pair = typeof window === 'object' && window !== null && 'to' in window ? window : { from: 0, to: window };
  const from = lengthIn(fitted.timeUnit, pair.from);
  const to = lengthIn(fitted.timeUnit, pair.to);
  checkHorizon(to, from);
  if (model.discrete && !(Number.isInteger(from) && Number.isInteger(to) && to <= MOST_OPPORTUNITIES)) {
    throw new ClvError('bad_horizon', `${model.title} counts whole opportunities`, {
      found: from === 0 ? to : `from ${from} to ${to}`,
      expected: `whole numbers of ${fitted.timeUnit}s, at most ${MOST_OPPORTUNITIES}`,
    });
  }
  return { from, to };
}

/**
 * Checks a length of time to predict, in the time unit.
 *
 * @throws ClvError bad_horizon
 */
export function checkHorizon(to: number, from = 0): void {
  if (from >= 0 && to >= from && to <= LONGEST_HORIZON) return;
  throw new ClvError('bad_horizon', 'this is not a stretch of time to predict', {
    found: from === 0 ? to : `from ${from} to ${to}`,
    expected: `a length from 0 to ${LONGEST_HORIZON} in the time unit of the model, or { from, to } with from ≤ to`,
  });
}
