/** Many models on one log, one split or several: each fitted to what came before, all judged on what came after. */
import { fit } from '../btyd/fit.js';
import type { FittedModel } from '../btyd/fitted-model.js';
import { purchaseModel, purchaseModels, spendModel } from '../btyd/registry.js';
import { dayOption, isoDay, parseIsoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { BENCHMARKS } from '../evaluate/benchmarks.js';
import { requestedSplit, resolveSplit, type SplitOptions } from '../features/customer-table.js';
import { proposeSplit } from '../features/propose-split.js';
import type { TransactionLog } from '../features/read-transactions.js';
import { rollingOrigins } from '../features/rolling-origins.js';
import { summarise } from '../features/summarise.js';
import { checkOptionTypes } from '../options.js';
import type { OnProgress } from '../progress.js';
import { type Comparison, comparisonOf, type Origin, type OriginForecast } from './comparison.js';
import { NETWORK_MODELS, networkModel } from './networks/models.js';
import type { NetworkSettings } from './networks/trained-networks.js';
import { predictOn } from './predict-on.js';
import { checkTrainOptions, holdoutCutShort, trainNetworksOn } from './train.js';

export interface CompareOptions
  extends SplitOptions,
    Omit<NetworkSettings, 'split' | 'preset' | 'resumed' | 'onEpoch'> {
  /** Names of models, `statistics` (default: every probability model), `networks`, or `all`; also several of these. */
  readonly models?: string | readonly string[] | undefined;
  /** Earlier thresholds to judge at as well: how many, or days separated by commas. Default: none. */
  readonly origins?: string | undefined;
  /** Days between origins that are given as a number. Default: the length of the holdout. */
  readonly originStep?: number | undefined;
  /** What makes a model the best. Default `rmse`: an expectation is what makes squared errors smallest. */
  readonly metric?: 'rmse' | 'mae' | undefined;
  /** Of the intervals of differences. Default 0.95. */
  readonly level?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Judges models on the days after one threshold or several, next to what needs no model. Nothing that a model learns from
 * lies after the threshold that it is judged at.
 *
 * Without `predictEnd` the holdout ends with the log; without `thresholdDate` it is a quarter of what comes before its end.
 *
 * @throws ClvError unknown_model, bad_option, bad_date, bad_window, threshold_outside_data; of the first model where all fail
 *
 * @example
 * const { best, models } = await compare(log, { thresholdDate: '2011-08-08', predictEnd: '2011-12-09', models: 'all' });
 */
export async function compare(log: TransactionLog, options: CompareOptions = {}): Promise<Comparison> {
  const { metric = 'rmse', level = 0.95, onProgress = () => {} } = options;
  checkCompareOptions(options);
  const names = namesOf(options.models ?? 'statistics');
  const origins = await originsOf(log, options);

  const forecasts = new Map<string, OriginForecast[]>();
  const failed: Array<{ model: string; reason: string }> = [];
  let firstError: unknown;
  const steps = names.length * origins.length;
  let done = 0;
  for (const name of names) {
    const atOrigins: OriginForecast[] = [];
    try {
      for (const origin of origins) {
        onProgress(`judging ${name}${origins.length > 1 ? ` at ${origin.thresholdDate}` : ''}`, done++ / steps);
        atOrigins.push(await forecastBy(name, log, origin, options));
      }
      forecasts.set(name, atOrigins);
    } catch (error) {
      if (!(error instanceof ClvError)) throw error;
      firstError ??= error;
      failed.push({ model: name, reason: error.problem });
    }
  }
  if (forecasts.size === 0) throw firstError;
  for (const benchmark of BENCHMARKS) {
    forecasts.set(
      benchmark.name,
      origins.map(({ table }) => ({ ...benchmark.forecast(table, table.holdout!.length), findings: [], seconds: 0 })),
    );
  }
  onProgress('which differences are real', 1);
  const { lastDay } = log.report;
  const findings = origins.flatMap(({ predictEnd }) =>
    predictEnd > lastDay ? [holdoutCutShort(lastDay, predictEnd)] : [],
  );
  return { ...comparisonOf(origins, forecasts, metric, level), findings, failed };
}

/**
 * Checks what can be checked before a log is read.
 *
 * @throws ClvError unknown_model, bad_option, bad_date, bad_window
 */
export function checkCompareOptions(options: CompareOptions): void {
  checkOptionTypes(options, { onProgress: 'function' });
  const { metric = 'rmse', level = 0.95 } = options;
  if (metric !== 'rmse' && metric !== 'mae') {
    throw new ClvError('bad_option', 'there is no such metric', { found: metric, expected: 'rmse, mae' });
  }
  if (!(level > 0 && level < 1)) {
    throw new ClvError('bad_option', 'this is not the level of an interval', {
      found: level,
      expected: 'a share between 0 and 1, such as 0.95',
    });
  }
  if (namesOf(options.models ?? 'statistics').length === 0) {
    throw new ClvError('bad_option', 'no model is to be compared', { expected: Object.keys(GROUPS).join(', ') });
  }
  requestedSplit(options);
  for (const model of namesOf(options.models ?? 'statistics')) checkTrainOptions({ ...settingsFor(model, options) });
}

/** Every probability model of logs: those of contracts and opportunities need histories that a log has not. */
const STATISTICS = purchaseModels.filter(({ discrete }) => !discrete).map(({ name }) => name);
const NETWORKS = NETWORK_MODELS.map(({ name }) => name);
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  statistics: STATISTICS,
  networks: NETWORKS,
  all: [...STATISTICS, ...NETWORKS],
};

const namesOf = (models: string | readonly string[]): string[] => [
  ...new Set([models].flat().flatMap((name) => GROUPS[name] ?? [name])),
];

/** The options of a training: settings of networks only where the model is one. */
function settingsFor(modelType: string, options: CompareOptions) {
  const { thresholdDate, predictEnd, timeUnit, network, networkOf, loss, ignoreCrosses, backend } = options;
  const split = { thresholdDate, predictEnd, timeUnit, modelType, intervals: 0 };
  return networkModel(modelType) ? { ...split, network, networkOf, loss, ignoreCrosses, backend } : split;
}

/** An origin, and the model of spend, which all probability models there share. */
interface FittedOrigin extends Origin {
  readonly spend: FittedModel;
}

async function originsOf(log: TransactionLog, options: CompareOptions): Promise<FittedOrigin[]> {
  const { report } = log;
  const { predictEnd: lastOfHoldout = report.lastDay } = options;
  const [lastDay] = [lastOfHoldout, report.lastDay].sort() as [string, string]; // the earlier one
  const { thresholdDate = proposeSplit({ ...report, lastDay }).thresholdDate } = options;
  const dates = { thresholdDate, predictEnd: lastOfHoldout };
  const split = resolveSplit(dates, parseIsoDay(report.firstDay)!, parseIsoDay(report.lastDay)!);
  const { threshold } = split;
  const length = split.end! - threshold;
  const earlier = rollingOrigins(log, dates, options.origins, options.originStep) ?? [];
  const thresholds = [...new Set([...earlier.map((day) => dayOption('origins', day)), threshold])].sort(
    (a, b) => a - b,
  );
  const origins: FittedOrigin[] = [];
  for (const day of thresholds) {
    const [thresholdDate, predictEnd] = [isoDay(day), isoDay(day + length)];
    try {
      const table = await summarise(log, { ...options, thresholdDate, predictEnd });
      origins.push({ thresholdDate, predictEnd, table, spend: fit(spendModel('gammagamma_model'), table.customers) });
    } catch (error) {
      if (!(error instanceof ClvError) || day === threshold) throw error;
      const { code, problem, details } = error;
      throw new ClvError(code, `at the origin ${thresholdDate}: ${problem}`, { ...details, hint: 'fewer --origins' });
    }
  }
  return origins;
}

async function forecastBy(
  name: string,
  log: TransactionLog,
  origin: FittedOrigin,
  options: CompareOptions,
): Promise<OriginForecast> {
  const started = performance.now();
  const { thresholdDate, predictEnd, table, spend } = origin;
  const settings = { ...settingsFor(name, options), thresholdDate, predictEnd };
  const network = networkModel(name);
  const trained = network
    ? await trainNetworksOn(log, table, network, settings)
    : predictOn({ purchases: fit(purchaseModel(name), table.customers), spend }, table, { intervals: 0 });
  return {
    purchases: trained.predictions.expectedPurchases,
    value: trained.predictions.expectedValue,
    ...(network ? {} : { fit: trained.purchases }),
    findings: trained.findings,
    seconds: (performance.now() - started) / 1000,
  };
}
