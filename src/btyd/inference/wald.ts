/** Wald intervals: from the standard errors, on the log scale where a parameter must stay above 0. */

import { normalQuantile } from '../../kernels/normal.js';
import { effectName } from '../covariates.js';
import type { FittedModel } from '../fitted-model.js';
import { definitionOf } from './fitted-search.js';
import { checkLevel, type LevelOption } from './level.js';

/** A parameter as estimated. */
export interface Estimate {
  readonly estimate: number;
  /** null where the data leave the parameter undetermined. */
  readonly standardError: number | null;
  /** Wald interval, made on the log scale for parameters that are > 0; null as above. */
  readonly interval: readonly [low: number, high: number] | null;
}

/**
 * The parameters of a fitted model with their errors and intervals, by name; coefficients of covariates are named
 * `purchase.channel` and the like.
 *
 * @throws ClvError bad_option, unknown_model
 */
export function estimates(fitted: FittedModel, { level = 0.95 }: LevelOption = {}): Record<string, Estimate> {
  checkLevel(level);
  const z = normalQuantile((1 + level) / 2);
  const { signed = [] } = definitionOf(fitted.model);
  const estimate = (value: number, error: number | null | undefined, positive: boolean): Estimate => {
    const standardError = error ?? null;
    if (standardError === null) return { estimate: value, standardError, interval: null };
    const factor = Math.exp((z * standardError) / value);
    const interval: readonly [number, number] = positive
      ? [value / factor, value * factor]
      : [value - z * standardError, value + z * standardError];
    return { estimate: value, standardError, interval: interval.every(Number.isFinite) ? interval : null };
  };
  return Object.fromEntries([
    ...Object.entries(fitted.parameters).map(([name, value]) => [
      name,
      estimate(value, fitted.standardErrors[name], !signed.includes(name)),
    ]),
    ...fitted.coefficients.map((coefficient) => [
      effectName(coefficient),
      estimate(coefficient.value, coefficient.standardError, false),
    ]),
  ]);
}
