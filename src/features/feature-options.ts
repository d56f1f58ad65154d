/** What a table of features shall hold, checked. */
import { dayOption } from '../calendar.js';
import { ClvError } from '../errors.js';
import { checkOptionTypes } from '../options.js';
import type { OnProgress } from '../progress.js';
import type { Stage } from './catalogue/feature.js';
import { selectedFeatures } from './catalogue/index.js';
import type { SplitOptions } from './customer-table.js';
import type { Outliers } from './stages.js';

/** Which customers get a row; all of it as known at the threshold. */
export interface Cohort {
  /** First transaction on this day or later, `YYYY-MM-DD`. */
  readonly from?: string | undefined;
  /** First transaction on this day or earlier. */
  readonly to?: string | undefined;
  /** At least so many transactions. Default 1. */
  readonly minTransactions?: number | undefined;
  /** Last transaction at most so many days before the threshold. */
  readonly maxSilence?: number | undefined;
}

export interface FeatureOptions extends Omit<SplitOptions, 'timeUnit'> {
  /** `google_clv`: selection, features, target and split of Google's reference solution; only the dates are chosen. */
  readonly preset?: 'google_clv' | undefined;
  /** `all` (default) that the log has the columns for, `core`, or names from `FEATURES`. */
  readonly features?: 'all' | 'core' | readonly string[] | undefined;
  /**
   * Further thresholds, `YYYY-MM-DD`: rolling origins, each with a holdout as long as that of `thresholdDate`. Rows carry
   * their `threshold_date`; a row of an earlier origin is what would have been seen then.
   */
  readonly origins?: readonly string[] | undefined;
  /** Shares by name, such as `{ train: 0.7, eval: 0.15, test: 0.15 }`: a column `split`, from a hash of the id alone. */
  readonly split?: Readonly<Record<string, number>> | undefined;
  readonly cohort?: Cohort | undefined;
  /** Transactions above this quantile of those known at the threshold, cut or left out. Targets stay as they are. */
  readonly outliers?: Outliers | undefined;
  /** A file with static columns of customers to join: their ids, and anything else. */
  readonly customerTable?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const FEATURE_OPTIONS: readonly (keyof FeatureOptions)[] = [
  'thresholdDate',
  'predictEnd',
  'preset',
  'features',
  'origins',
  'split',
  'cohort',
  'outliers',
  'customerTable',
  'onProgress',
];

/** @throws ClvError bad_option, bad_date */
export function checkFeatureOptions(options: FeatureOptions): void {
  checkOptionTypes(
    options,
    {
      split: 'object',
      cohort: 'object',
      outliers: 'object',
      origins: 'array',
      customerTable: 'text',
      onProgress: 'function',
    },
    FEATURE_OPTIONS,
  );
  const { preset, split, cohort = {}, outliers, features, origins, customerTable } = options;
  checkOptionTypes(cohort, {}, ['from', 'to', 'minTransactions', 'maxSilence']);
  if (preset !== undefined && preset !== 'google_clv') {
    throw new ClvError('bad_option', 'there is no such preset', { found: preset, expected: 'google_clv' });
  }
  const chosen =
    preset &&
    Object.entries({ features, origins, split, outliers, cohort: options.cohort, customerTable }).find(
      ([, value]) => value !== undefined,
    );
  if (chosen) {
    throw new ClvError('bad_option', `${preset} leaves no choice of ${chosen[0]}`, { expected: 'dates only' });
  }
  if (split && Object.keys(split).length === 0) {
    throw new ClvError('bad_option', 'a split into nothing', {
      expected: 'shares by name, such as { train: 0.7, test: 0.3 }',
    });
  }
  for (const [name, share] of Object.entries(split ?? {})) {
    if (Number.isFinite(share) && share > 0) continue;
    throw new ClvError('bad_option', 'this is not a share of the customers', {
      column: name,
      found: share,
      expected: 'a positive number, such as 0.7 or 70',
    });
  }
  for (const name of ['minTransactions', 'maxSilence'] as const) {
    const value = cohort[name];
    if (value === undefined || (Number.isInteger(value) && value >= 0)) continue;
    throw new ClvError('bad_option', `${name} of a cohort is not a count`, {
      found: value,
      expected: 'a whole number ≥ 0',
    });
  }
  for (const name of ['from', 'to'] as const) if (cohort[name] !== undefined) dayOption(`cohort ${name}`, cohort[name]);
  const quantile = outliers && ('drop' in outliers ? outliers.drop : outliers.winsorise);
  if (outliers && !(typeof quantile === 'number' && quantile > 0 && quantile < 1)) {
    throw new ClvError('bad_option', 'this is not a quantile to cut outliers at', {
      found: quantile,
      expected: 'a share between 0 and 1, such as 0.99',
    });
  }
  if (features !== undefined && features !== 'all' && features !== 'core' && !Array.isArray(features)) {
    throw new ClvError('bad_option', 'these are not features', {
      found: features,
      expected: 'all, core, or a list of names',
    });
  }
}

/** Stages for which every line has to be kept. */
export const OF_LINES: readonly Stage[] = ['orders', 'hours', 'products', 'categories', 'countries'];

/** How much of a log a selection needs. */
export function detailFor(selection: FeatureOptions['features'] = 'all'): 'features' | 'days' | 'values' {
  const features = selectedFeatures(selection);
  if (features.some(({ stage }) => OF_LINES.includes(stage))) return 'features';
  return features.some(({ needs }) => needs.includes('quantity')) ? 'days' : 'values';
}
