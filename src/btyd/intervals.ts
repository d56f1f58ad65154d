import type { FittedModel } from './fitted-model.js';

/** 97.5 % point of the standard normal: two-sided 95 %. */
const Z_95 = 1.959963984540054;

/** A parameter as estimated. */
export interface Estimate {
  readonly estimate: number;
  /** null where the data leave the parameter undetermined. */
  readonly standardError: number | null;
  /** 95 % Wald interval, made on the log scale so that it stays above 0; null as above. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** The parameters of a fitted model with their errors and 95 % intervals, by name. */
export function estimates(fitted: FittedModel): Record<string, Estimate> {
  return Object.fromEntries(
    Object.entries(fitted.parameters).map(([name, estimate]) => {
      const standardError = fitted.standardErrors[name] ?? null;
      const factor = standardError === null ? null : Math.exp((Z_95 * standardError) / estimate);
      const interval: Estimate['interval'] =
        factor === null || !Number.isFinite(factor * estimate) ? null : [estimate / factor, estimate * factor];
      return [name, { estimate, standardError, interval }];
    }),
  );
}
