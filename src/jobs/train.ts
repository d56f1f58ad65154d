/** From a transaction log to a fitted model, a prediction for every customer and an honest check. */

import { checkMargin, clv } from '../btyd/clv.js';
import { fit } from '../btyd/fit.js';
import type { Finding, FittedModel, FittedPair } from '../btyd/fitted-model.js';
import type { Spread } from '../btyd/individual.js';
import { credible, outcomes } from '../btyd/inference/credible.js';
import { posteriorOf } from '../btyd/inference/posterior.js';
import { expectedPurchases, expectedSpend, pAlive } from '../btyd/predict.js';
import { purchaseModel, purchaseModels, spendModel } from '../btyd/registry.js';
import { checkHorizon } from '../btyd/windows.js';
import type { Customers } from '../customers.js';
import { ClvError } from '../errors.js';
import { BENCHMARKS, type Evaluation, evaluate } from '../evaluate/benchmarks.js';
import { type CustomerTable, requestedSplit, type SplitOptions } from '../features/customer-table.js';
import type { ReadReport, TransactionLog } from '../features/read-transactions.js';
import { summarise } from '../features/summarise.js';
import type { OnProgress } from '../progress.js';
import { DAYS_PER, discountPerUnit, type TimeUnit } from '../time.js';

export interface ModelOptions {
  /** `paretonbd_model` (default), `bgnbd_model`, …: a purchase model's name. */
  readonly modelType?: string | undefined;
  /** Length of time predicted, in the time unit. Default: the holdout, or a year if there is none. */
  readonly horizon?: number | undefined;
  /** Effective rate a year for `clv`. Default 0.1. */
  readonly discountRate?: number | undefined;
  /** Share of value that is the company's, for `clv`. Default 1. */
  readonly margin?: number | undefined;
  /** Level of the intervals, such as 0.9; 0: none. Default 0.9 for up to 20,000 customers, none for more. */
  readonly intervals?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export type TrainOptions = SplitOptions & ModelOptions;

/** One number a customer, in the order of `customerId`; values in the currency of the log, over `horizon`. */
export interface Predictions {
  readonly customerId: readonly string[];
  readonly pAlive: Float64Array;
  readonly expectedPurchases: Float64Array;
  /** Per transaction. */
  readonly expectedSpend: Float64Array;
  /** Expected purchases × expected spend, undiscounted. */
  readonly expectedValue: Float64Array;
  /** Discounted, times the margin. */
  readonly clv: Float64Array;
  readonly intervals: PredictionIntervals | null;
}

/** Central intervals, one row a customer. */
export interface PredictionIntervals {
  readonly level: number;
  /** Whether the draws behind them can be trusted (k̂, R̂); else the intervals are rough. */
  readonly trusted: boolean;
  /** Of what is expected, as the parameters are uncertain. */
  readonly pAlive: Spread;
  readonly expectedPurchases: Spread;
  readonly expectedSpend: Spread;
  readonly expectedValue: Spread;
  readonly clv: Spread;
  /** Of what will really happen: purchases, and their undiscounted value. */
  readonly purchases: Spread;
  readonly value: Spread;
}

/** The model judged on the holdout, beside what needs no model. */
export interface HoldoutCheck extends Evaluation {
  readonly benchmarks: Readonly<Record<string, Evaluation>>;
}

export interface TrainedModel {
  readonly table: CustomerTable;
  readonly purchases: FittedModel;
  readonly spend: FittedModel;
  readonly predictions: Predictions;
  /** In the time unit. */
  readonly horizon: number;
  readonly discountRate: number;
  readonly margin: number;
  readonly metrics: HoldoutCheck | null;
  readonly findings: readonly Finding[];
  readonly timingsMs: { readonly fit: number; readonly predict: number };
}

export interface Training extends TrainedModel {
  readonly report: ReadReport;
}

/**
 * Summarises a log at the threshold, fits the models of purchases and spend, predicts every customer and, where
 * `predictEnd` is given, checks the predictions on (thresholdDate, predictEnd].
 *
 * @throws ClvError of `summarise` and `trainOn`
 */
export async function train(log: TransactionLog, options: TrainOptions = {}): Promise<Training> {
  checkTrainOptions(options);
  const { table, trained } = await inFile(log.report.file, async () => {
    const summary = await summarise(log, options);
    return { table: summary, trained: trainOn(summary, options) };
  });
  const late = table.predictEnd !== null && table.predictEnd > log.report.lastDay;
  return {
    ...trained,
    report: log.report,
    findings: late
      ? [
          holdoutCutShort(log.report.lastDay, table.predictEnd!),
          ...trained.findings.filter(({ code }) => !code.startsWith(BENCHMARK_AHEAD)), // means nothing there
        ]
      : trained.findings,
  };
}

/** Errors of the work name the file that it is about. */
async function inFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClvError) throw new ClvError(error.code, error.problem, { file, ...error.details });
    throw error;
  }
}

export const DEFAULT_MODEL = 'paretonbd_model';

/**
 * Checks what can be checked before a log is read.
 *
 * @throws ClvError unknown_model, bad_date, bad_window, bad_option, bad_horizon
 */
export function checkTrainOptions(options: TrainOptions): void {
  const { modelType = DEFAULT_MODEL, horizon, discountRate = 0, margin = 1, intervals = 0 } = options;
  if (purchaseModel(modelType).discrete) {
    throw new ClvError(
      'bad_option',
      `${purchaseModel(modelType).title} counts opportunities or renewals, and a log has none`,
      {
        found: modelType,
        expected: purchaseModels
          .filter(({ discrete }) => !discrete)
          .map(({ name }) => name)
          .join(', '),
        hint: 'fit() of the library, on histories of opportunities or contracts',
      },
    );
  }
  if (!(intervals >= 0 && intervals < 1)) {
    throw new ClvError('bad_option', 'this is not the level of an interval', {
      found: intervals,
      expected: 'a share between 0 and 1, such as 0.9, or 0 for none',
    });
  }
  const { timeUnit } = requestedSplit(options);
  discountPerUnit(discountRate, timeUnit);
  checkMargin(margin);
  if (horizon !== undefined) checkHorizon(horizon);
}

/**
 * The same for customers already summarised, by `summarise` or `rfm`.
 *
 * @throws ClvError unknown_model, bad_option, bad_horizon, no_repeat_customers
 */
export function trainOn(table: CustomerTable, options: ModelOptions = {}): TrainedModel {
  const { modelType = DEFAULT_MODEL, discountRate = 0.1, margin = 1, onProgress = () => {} } = options;
  const { customers, holdout } = table;
  checkTrainOptions({ ...options, timeUnit: customers.timeUnit });
  const horizon = options.horizon ?? holdout?.length ?? DAYS_PER.year / DAYS_PER[customers.timeUnit];

  const started = performance.now();
  onProgress(`fitting ${modelType}`, 0);
  const purchases = fit(purchaseModel(modelType), customers);
  onProgress('fitting spend', 0);
  const spend = fit(spendModel('gammagamma_model'), customers);
  const fitted = performance.now();

  onProgress(`predicting ${customers.n} customers`, 0);
  const each = expectedSpend(spend, customers);
  const counts = expectedPurchases(purchases, customers, horizon);
  const predictions: Predictions = {
    customerId: table.customerId,
    pAlive: pAlive(purchases, customers),
    expectedPurchases: counts,
    expectedSpend: each,
    expectedValue: counts.map((count, i) => count * each[i]!),
    clv: clv({ purchases, spend }, customers, { horizon, discountRate, margin }),
    intervals: null,
  };
  const { intervals: level = customers.n <= MOST_WITH_INTERVALS ? DEFAULT_LEVEL : 0 } = options;
  if (level > 0) onProgress('intervals of predictions', 0);
  const intervals =
    level === 0
      ? null
      : intervalsOf(
          { purchases, spend },
          customers,
          horizon,
          predictions.clv.map((worth, i) => {
            const value = predictions.expectedValue[i]!;
            return value > 0 ? worth / value : margin;
          }),
          level,
        );
  const overHoldout =
    holdout && (horizon === holdout.length ? counts : expectedPurchases(purchases, customers, holdout.length));
  const metrics = overHoldout && check(table, overHoldout, each);
  return {
    table,
    purchases,
    spend,
    predictions: { ...predictions, intervals },
    horizon,
    discountRate,
    margin,
    metrics,
    findings: [
      ...purchases.findings,
      ...spend.findings.filter((finding) => !isIn(finding, purchases.findings)),
      ...(holdout && horizon !== holdout.length ? [otherHorizon(horizon, holdout.length, customers.timeUnit)] : []),
      ...(metrics ? benchmarksAhead(metrics) : []),
      ...(intervals && !intervals.trusted ? [ROUGH_INTERVALS] : []),
    ],
    timingsMs: { fit: fitted - started, predict: performance.now() - fitted },
  };
}

const MOST_WITH_INTERVALS = 20_000;
const DEFAULT_LEVEL = 0.9;
/** Draws of the parameters at which expectations are computed; lives simulated a customer. */
const EXPECTATIONS = 100;
const LIVES = 200;
const TRUSTED_K = 0.7;
const TRUSTED_R = 1.05;

/**
 * @param discount clv ÷ expected value at the estimates: what the parameters may be hardly changes it
 */
function intervalsOf(
  models: FittedPair,
  customers: Customers,
  horizon: number,
  discount: Float64Array,
  level: number,
): PredictionIntervals {
  // chains walk for minutes on a likelihood as slow and as bounded as that of a correlation
  const method = purchaseModel(models.purchases.model).signed ? 'importance' : 'auto';
  const draws = {
    purchases: posteriorOf(models.purchases, customers, { draws: LIVES, method }),
    spend: posteriorOf(models.spend, customers, { draws: LIVES, seed: 2 }),
  };
  const happens = outcomes(draws, customers, horizon, { level, draws: LIVES });
  // one pass over the draws for all columns: P(alive), purchases, spend and their product
  const { n } = customers;
  const columns = credible(
    draws,
    (at) => {
      const counts = expectedPurchases(at.purchases, customers, horizon);
      const each = expectedSpend(at.spend, customers);
      const all = new Float64Array(4 * n);
      all.set(pAlive(at.purchases, customers));
      all.set(counts, n);
      all.set(each, 2 * n);
      for (let i = 0; i < n; i++) all[3 * n + i] = counts[i]! * each[i]!;
      return all;
    },
    { level, draws: EXPECTATIONS },
  );
  const column = (k: number): Spread => {
    const part = (values: Float64Array) => values.subarray(k * n, (k + 1) * n);
    return { low: part(columns.low), middle: part(columns.middle), high: part(columns.high) };
  };
  const value = column(3);
  const inClv = (values: Float64Array) => values.map((one, i) => one * discount[i]!);
  return {
    level,
    trusted: Object.values(draws).every(({ method: by, kHat, rHat, effectiveSize }) =>
      by === 'chains' ? rHat! < TRUSTED_R : kHat <= TRUSTED_K || effectiveSize > LIVES / 2,
    ),
    pAlive: column(0),
    expectedPurchases: column(1),
    expectedSpend: column(2),
    expectedValue: value,
    clv: { low: inClv(value.low), middle: inClv(value.middle), high: inClv(value.high) },
    purchases: happens.purchases,
    value: happens.value!,
  };
}

function check(table: CustomerTable, purchases: Float64Array, spend: Float64Array): HoldoutCheck {
  const holdout = table.holdout!;
  const value = purchases.map((count, i) => count * spend[i]!);
  return {
    ...evaluate(holdout, { purchases, value }),
    benchmarks: Object.fromEntries(
      BENCHMARKS.map(({ name, forecast }) => [name, evaluate(holdout, forecast(table, holdout.length))]),
    ),
  };
}

const BENCHMARK_AHEAD = 'benchmark_ahead_';

/** Says so where no model was needed: a benchmark with a smaller mean and a smaller squared error. */
function benchmarksAhead({ purchases, value, benchmarks }: HoldoutCheck): Finding[] {
  return (['purchases', 'value'] as const).flatMap((part) => {
    const model = part === 'purchases' ? purchases : value;
    const ahead = Object.entries(benchmarks).filter(
      ([, { [part]: benchmark }]) => benchmark.mae < model.mae && benchmark.rmse < model.rmse,
    );
    if (ahead.length === 0) return [];
    const names = ahead.map(([name]) => `"${name.replaceAll('_', ' ')}"`).join(' and ');
    const message = `On this holdout ${names}, without a model, came closer than the model for ${part} (MAE and RMSE).`;
    return [{ code: `${BENCHMARK_AHEAD}${part}`, message }];
  });
}

const isIn = ({ code }: Finding, others: readonly Finding[]) => others.some((other) => other.code === code);

const ROUGH_INTERVALS: Finding = {
  code: 'rough_intervals',
  message: 'What the parameters may be could not be explored well: take the intervals of predictions as rough.',
};

function otherHorizon(horizon: number, holdout: number, unit: TimeUnit): Finding {
  return {
    code: 'horizon_is_not_holdout',
    message: `Predictions are for ${horizon} ${unit}s, the check and the actual figures for the ${holdout} ${unit}s of the holdout: do not compare the two.`,
  };
}

function holdoutCutShort(lastDay: string, predictEnd: string): Finding {
  return {
    code: 'holdout_cut_short',
    message: `The log ends on ${lastDay}, before predict_end ${predictEnd}: the actual figures lack the days between.`,
  };
}
