/** From a transaction log to a fitted model, a prediction for every customer and an honest check. */
import { checkMargin } from '../btyd/clv.js';
import { fit } from '../btyd/fit.js';
import type { Finding } from '../btyd/fitted-model.js';
import { purchaseModel, purchaseModels, spendModel } from '../btyd/registry.js';
import { checkHorizon } from '../btyd/windows.js';
import { BACKENDS, checkResumed, checkTrainingOptions } from '../dnn/training-options.js';
import { ClvError } from '../errors.js';
import { type CustomerTable, requestedSplit, type SplitOptions } from '../features/customer-table.js';
import type { ReadReport, TransactionLog } from '../features/read-transactions.js';
import { summarise } from '../features/summarise.js';
import { snakeKey } from '../json-keys.js';
import { nearest } from '../nearest.js';
import { checkOptionTypes } from '../options.js';
import { discountPerUnit } from '../time.js';
import { NETWORK_MODELS, type NetworkModel, networkModel, settingsOf, VALUE_LOSSES } from './networks/models.js';
import type { NetworkSettings } from './networks/trained-networks.js';
import { DEFAULT_LEVEL, predictOn, withoutBenchmarksAhead } from './predict-on.js';
import type { ModelOptions, TrainedModel } from './trained-model.js';

export type TrainOptions = SplitOptions & ModelOptions & NetworkSettings;

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
    return { table: summary, trained: await trainWhat(log, summary, options) };
  });
  const late = table.predictEnd !== null && table.predictEnd > log.report.lastDay;
  return {
    ...trained,
    report: log.report,
    findings: late
      ? [
          holdoutCutShort(log.report.lastDay, table.predictEnd!),
          ...withoutBenchmarksAhead(trained.findings), // means nothing there
        ]
      : trained.findings,
  };
}

async function trainWhat(log: TransactionLog, table: CustomerTable, options: TrainOptions): Promise<TrainedModel> {
  const network = networkModel(options.modelType ?? DEFAULT_MODEL);
  return network === undefined ? trainOn(table, options) : trainNetworksOn(log, table, network, options);
}

/**
 * Trains the networks of a model on a log already summarised, beside the statistics that they correct or are held against.
 *
 * @throws ClvError of `trainOn` and `trainNetworks`
 */
export async function trainNetworksOn(
  log: TransactionLog,
  table: CustomerTable,
  network: NetworkModel,
  options: TrainOptions,
): Promise<TrainedModel> {
  const { intervals: level = DEFAULT_LEVEL } = options;
  const statistics = trainOn(table, { ...modelOptionsOf(options), modelType: DEFAULT_MODEL, intervals: 0 });
  const { trainNetworks } = await import('./networks/train-networks.js'); // TensorFlow.js loads with it
  return trainNetworks(log, table, statistics, network, options, level);
}

/** What probability models take of the options. */
export const modelOptionsOf = ({ horizon, discountRate, margin, onProgress }: ModelOptions): ModelOptions => ({
  horizon,
  discountRate,
  margin,
  onProgress,
});

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
  const network = networkModel(modelType);
  const ofLogs = purchaseModels.filter(({ discrete }) => !discrete).map(({ name }) => name);
  const known = [...ofLogs, ...NETWORK_MODELS.map(({ name }) => name)];
  if (network === undefined && !purchaseModels.some(({ name }) => name === modelType)) {
    throw new ClvError('unknown_model', 'no model has this name', {
      found: modelType,
      expected: known.join(', '),
      hint: nearest(String(modelType), known),
    });
  }
  checkNetworkSettings(network, options);
  if (network === undefined && purchaseModel(modelType).discrete) {
    throw new ClvError(
      'bad_option',
      `${purchaseModel(modelType).title} counts opportunities or renewals, and a log has none`,
      {
        found: modelType,
        expected: ofLogs.join(', '),
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

/** Names of settings that only networks have. */
const OF_NETWORKS = ['split', 'preset', 'network', 'networkOf', 'loss', 'ignoreCrosses', 'backend', 'resumed'] as const;

function checkNetworkSettings(model: NetworkModel | undefined, options: Partial<TrainOptions>): void {
  const idle = OF_NETWORKS.find((name) => options[name] !== undefined);
  if (model === undefined && idle !== undefined) {
    throw new ClvError('bad_option', `${snakeKey(idle)} is a setting of networks, and this model is none`, {
      found: options.modelType ?? DEFAULT_MODEL,
      expected: `a model that is one: ${NETWORK_MODELS.map(({ name }) => name).join(', ')}`,
    });
  }
  if (model === undefined) return;
  const { split, preset, network = {}, networkOf = {}, loss, backend } = options;
  const names = Object.keys(model.value).filter((name) => name !== 'loss');
  checkOptionTypes(network, { hiddenUnits: 'array' }, names);
  checkOptionTypes(networkOf, {}, ['purchases', 'value']);
  for (const own of Object.values(networkOf)) checkOptionTypes(own, { hiddenUnits: 'array' }, names);
  if (loss !== undefined && !VALUE_LOSSES.includes(loss)) {
    throw new ClvError('bad_option', 'value cannot be trained on this loss', {
      found: loss,
      expected: VALUE_LOSSES.join(', '),
    });
  }
  if (backend !== undefined && !BACKENDS.includes(backend)) {
    throw new ClvError('bad_option', 'there is no such back end', { found: backend, expected: BACKENDS.join(', ') });
  }
  for (const part of ['purchases', 'value'] as const) {
    const settings = settingsOf(part, model, options);
    checkTrainingOptions(settings);
    const before = options.resumed?.[part];
    if (before) checkResumed(before.options, settings);
  }
  if (split !== undefined && split !== 'time' && split !== 'customers') {
    throw new ClvError('bad_option', 'there is no such split', { found: split, expected: 'time, customers' });
  }
  if (preset !== undefined && preset !== 'google_clv') {
    throw new ClvError('bad_option', 'there is no such preset', { found: preset, expected: 'google_clv' });
  }
  if (preset && (split === 'time' || model.corrects)) {
    throw new ClvError('bad_option', 'google_clv is split by customers, and knows no statistics to correct', {
      found: split === 'time' ? '--split time' : model.name,
      expected: '--model_type dnn_model, DNNRegressor or Linear, without --split',
    });
  }
}

/**
 * The same for customers already summarised, by `summarise` or `rfm`.
 *
 * @throws ClvError unknown_model, bad_option, bad_horizon, no_repeat_customers
 */
export function trainOn(table: CustomerTable, options: ModelOptions = {}): TrainedModel {
  const { modelType = DEFAULT_MODEL, onProgress = () => {} } = options;
  const { customers } = table;
  checkTrainOptions({ ...options, timeUnit: customers.timeUnit });
  const started = performance.now();
  onProgress(`fitting ${modelType}`, 0);
  const purchases = fit(purchaseModel(modelType), customers);
  onProgress('fitting spend', 0);
  const spend = fit(spendModel('gammagamma_model'), customers);
  const fitted = performance.now();
  const trained = predictOn({ purchases, spend }, table, options);
  return { ...trained, timingsMs: { fit: fitted - started, predict: trained.timingsMs.predict } };
}

export function holdoutCutShort(lastDay: string, predictEnd: string): Finding {
  return {
    code: 'holdout_cut_short',
    message: `The log ends on ${lastDay}, before predict_end ${predictEnd}: the actual figures lack the days between.`,
  };
}
