/** What fitted models expect of customers, with intervals, and how that did on a holdout. */
import { clv } from '../btyd/clv.js';
import type { Finding, FittedPair } from '../btyd/fitted-model.js';
import type { Spread } from '../btyd/individual.js';
import { credible, outcomes } from '../btyd/inference/credible.js';
import { posteriorOf } from '../btyd/inference/posterior.js';
import { expectedPurchases, expectedSpend, pAlive } from '../btyd/predict.js';
import { purchaseModel } from '../btyd/registry.js';
import type { Customers } from '../customers.js';
import { BENCHMARKS, evaluate, type Forecast } from '../evaluate/benchmarks.js';
import type { CustomerTable } from '../features/customer-table.js';
import { DAYS_PER, type TimeUnit } from '../time.js';
import type { HoldoutCheck, ModelOptions, PredictionIntervals, Predictions, TrainedModel } from './trained-model.js';

/**
 * Predicts customers with models that are fitted already, to them or to others.
 *
 * @throws ClvError bad_horizon, bad_option
 */
export function predictOn(
  { purchases, spend }: FittedPair,
  table: CustomerTable,
  options: ModelOptions = {},
): TrainedModel {
  const { discountRate = 0.1, margin = 1, onProgress = () => {} } = options;
  const { customers, holdout } = table;
  const horizon = options.horizon ?? holdout?.length ?? DAYS_PER.year / DAYS_PER[customers.timeUnit];
  const started = performance.now();
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
  const metrics =
    overHoldout && check(table, { purchases: overHoldout, value: overHoldout.map((count, i) => count * each[i]!) });
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
    timingsMs: { fit: 0, predict: performance.now() - started },
  };
}

const MOST_WITH_INTERVALS = 20_000;
export const DEFAULT_LEVEL = 0.9;
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
    total: { purchases: happens.total.purchases, value: happens.total.value! },
  };
}

/** Predictions with the purchases and value of another forecast; discounting stays as it was. */
export function withForecast(predictions: Predictions, { purchases, value }: Forecast): Predictions {
  const { clv: worth, expectedValue } = predictions;
  return {
    ...predictions,
    expectedPurchases: purchases,
    expectedValue: value,
    expectedSpend: value.map((all, i) => ratio(all, purchases[i]!)),
    clv: value.map((all, i) => all * ratio(worth[i]!, expectedValue[i]!)),
  };
}

const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);

/** A forecast over the holdout of `table`, beside what needs no model. */
export function check(table: CustomerTable, forecast: Forecast): HoldoutCheck {
  const holdout = table.holdout!;
  return {
    ...evaluate(holdout, forecast),
    benchmarks: Object.fromEntries(
      BENCHMARKS.map(({ name, forecast: of }) => [name, evaluate(holdout, of(table, holdout.length))]),
    ),
  };
}

/** The check of a network with the statistics beside it among its benchmarks. */
export function besideStatistics(check: HoldoutCheck, { metrics }: TrainedModel): HoldoutCheck {
  const { benchmarks: _, ...statistics } = metrics!;
  return { ...check, benchmarks: { statistics, ...check.benchmarks } };
}

/** Findings without those on how benchmarks did, which a network changes. */
export const withoutBenchmarksAhead = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ code }) => !code.startsWith(BENCHMARK_AHEAD));

const BENCHMARK_AHEAD = 'benchmark_ahead_';

/** Says so where no model was needed: a benchmark with a smaller mean and a smaller squared error. */
export function benchmarksAhead({ purchases, value, benchmarks }: HoldoutCheck): Finding[] {
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
