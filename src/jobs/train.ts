/** From a transaction log to a fitted model, a prediction for every customer and an honest check. */
import { fit } from '../btyd/fit.js';
import type { Finding, FittedModel } from '../btyd/fitted-model.js';
import { checkHorizon, checkMargin, clv, expectedPurchases, expectedSpend, pAlive } from '../btyd/predict.js';
import { purchaseModel, spendModel } from '../btyd/registry.js';
import { ClvError } from '../errors.js';
import { BENCHMARKS, type Evaluation, evaluate } from '../evaluate/benchmarks.js';
import { type CustomerTable, requestedSplit, type SplitOptions } from '../features/customer-table.js';
import type { ReadReport, TransactionLog } from '../features/read-transactions.js';
import { summarise } from '../features/summarise.js';
import type { OnProgress } from '../progress.js';
import { continuousRate, DAYS_PER, type TimeUnit } from '../time.js';

export interface ModelOptions {
  /** `paretonbd_model` (default), `bgnbd_model`, …: a purchase model's name. */
  readonly modelType?: string | undefined;
  /** Length of time predicted, in the time unit. Default: the holdout, or a year if there is none. */
  readonly horizon?: number | undefined;
  /** Effective rate a year for `clv`. Default 0.1. */
  readonly discountRate?: number | undefined;
  /** Share of value that is the company's, for `clv`. Default 1. */
  readonly margin?: number | undefined;
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
  const { modelType = DEFAULT_MODEL, horizon, discountRate = 0, margin = 1 } = options;
  purchaseModel(modelType);
  const { timeUnit } = requestedSplit(options);
  continuousRate(discountRate, timeUnit);
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
  };
  const overHoldout =
    holdout && (horizon === holdout.length ? counts : expectedPurchases(purchases, customers, holdout.length));
  const metrics = overHoldout && check(table, overHoldout, each);
  return {
    table,
    purchases,
    spend,
    predictions,
    horizon,
    discountRate,
    margin,
    metrics,
    findings: [
      ...purchases.findings,
      ...spend.findings.filter((finding) => !isIn(finding, purchases.findings)),
      ...(holdout && horizon !== holdout.length ? [otherHorizon(horizon, holdout.length, customers.timeUnit)] : []),
      ...(metrics ? benchmarksAhead(metrics) : []),
    ],
    timingsMs: { fit: fitted - started, predict: performance.now() - fitted },
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
