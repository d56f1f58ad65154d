/** Predictions by the models of a finished job, for customers whom it may never have seen. */
import { join } from 'node:path';
import { type FittedPair, loadModels } from '../btyd/fitted-model.js';
import { daysBetween } from '../calendar.js';
import { namesOf } from '../dnn/inputs.js';
import type { TrainedNetwork } from '../dnn/trained-network.js';
import { ClvError } from '../errors.js';
import type { CustomerTable, SplitOptions } from '../features/customer-table.js';
import { featureTable } from '../features/make-features.js';
import type { TransactionLog } from '../features/read-transactions.js';
import { summarise } from '../features/summarise.js';
import { networkThread } from '../threads/network-thread.js';
import { DAYS_PER } from '../time.js';
import { networkModel } from './networks/models.js';
import { loadNetworks, readOfJob } from './networks/network-files.js';
import { columnsOf, isStatistics, numbered, type Rows, rowsAt } from './networks/rows.js';
import { offsetOf } from './networks/task.js';
import type { Part } from './networks/trained-networks.js';
import {
  benchmarksAhead,
  besideStatistics,
  check,
  predictOn,
  withForecast,
  withoutBenchmarksAhead,
} from './predict-on.js';
import type { ModelOptions, TrainedModel } from './trained-model.js';

/** The models of a job, ready to predict. */
export interface SavedModels extends FittedPair {
  /** The model that the job was asked for. */
  readonly model: string;
  readonly networks: Partial<Record<Part, TrainedNetwork>>;
  /** Days that the networks learned to look ahead. */
  readonly trainedDays: number;
}

/**
 * Reads the models of a job.
 *
 * @param job its folder
 * @throws ClvError missing_file, bad_saved_model
 */
export async function loadJob(job: string): Promise<SavedModels> {
  const text = (await readOfJob(join(job, 'model.json'))).toString('utf8');
  const pair = loadModels(text);
  const { networks } = JSON.parse(text) as {
    networks?: { model: string; windows: Array<{ threshold_date: string; predict_end: string }> };
  };
  if (networks === undefined) return { ...pair, model: pair.purchases.requested, networks: {}, trainedDays: 0 };
  const [first] = networks.windows;
  return {
    ...pair,
    model: networks.model,
    networks: (await loadNetworks(job)).networks,
    trainedDays: daysBetween(first!.threshold_date, first!.predict_end),
  };
}

/** The models of a training that has not been saved. */
export function modelsOf({ purchases, spend, networks }: TrainedModel): SavedModels {
  if (networks === undefined) return { purchases, spend, model: purchases.requested, networks: {}, trainedDays: 0 };
  const [first] = networks.windows;
  const { purchases: counts, value } = networks;
  return {
    purchases,
    spend,
    model: networks.model,
    networks: { value: value.network, ...(counts && { purchases: counts.network }) },
    trainedDays: daysBetween(first!.thresholdDate, first!.predictEnd),
  };
}

/**
 * Predicts every customer of a log, who need not be those that the models were fitted to; without intervals. The horizon, if left
 * out, is the holdout, or what networks learned to look ahead, or a year.
 *
 * @param from a training, or the models of a job: `loadJob`
 * @throws ClvError of `summarise`; missing_column, bad_columns (the log lacks what the networks read), bad_option (other time unit)
 */
export async function predict(
  from: SavedModels | TrainedModel,
  log: TransactionLog,
  options: SplitOptions & ModelOptions = {},
): Promise<TrainedModel> {
  const models = 'trainedDays' in from ? from : modelsOf(from);
  const { timeUnit } = models.purchases;
  if (options.timeUnit !== undefined && options.timeUnit !== timeUnit) {
    throw new ClvError('bad_option', 'the models were fitted in another time unit', {
      found: options.timeUnit,
      expected: timeUnit,
    });
  }
  const table = await summarise(log, { ...options, timeUnit });
  const learned = models.trainedDays > 0 ? models.trainedDays / DAYS_PER[timeUnit] : undefined;
  const horizon = options.horizon ?? table.holdout?.length ?? learned;
  const statistics = predictOn(models, table, { ...options, horizon, intervals: 0 }); // what is uncertain is so of those fitted
  const { value, purchases } = models.networks;
  if (value === undefined) return statistics;

  const model = networkModel(models.model)!;
  const days = Math.round(statistics.horizon * DAYS_PER[timeUnit]);
  const rowsOver = await networkRows(models, log, table);
  const thread = networkThread();
  try {
    const expect = async (part: Part, network: TrainedNetwork | undefined, length: number) => {
      if (network === undefined) return statistics.predictions.expectedPurchases;
      const rows = rowsOver(length);
      const offset = network.offset ? offsetOf(part, rows, model, network.options, models.trainedDays) : undefined;
      const longer = network.options.loss === 'mse' ? length / models.trainedDays : 1;
      const { mean } = await thread.predict(network, { columns: rows.columns, units: rows.units, offset });
      return mean.map((expected) => Math.max(expected, 0) * longer);
    };
    const both = async (length: number) => ({
      purchases: await expect('purchases', purchases, length),
      value: await expect('value', value, length),
    });
    const forecast = await both(days);
    const held = table.holdout && Math.round(table.holdout.length * DAYS_PER[timeUnit]);
    const own = held === null ? null : check(table, held === days ? forecast : await both(held));
    const metrics = own && besideStatistics(own, statistics);
    return {
      ...statistics,
      predictions: withForecast(statistics.predictions, forecast),
      metrics,
      findings: [...withoutBenchmarksAhead(statistics.findings), ...(metrics ? benchmarksAhead(metrics) : [])],
    };
  } finally {
    await thread.close();
  }
}

/**
 * The customers of a log as the networks of a job see them.
 *
 * @returns rows for a window of so many days, in the order of the table
 * @throws ClvError missing_column
 */
export async function networkRows(
  { networks: { value, purchases }, ...pair }: SavedModels,
  log: TransactionLog,
  table: CustomerTable,
): Promise<(days: number) => Rows> {
  const read = [value, purchases].flatMap((network) => (network ? namesOf(network.inputs) : []));
  const names = [...new Set(read)].filter((name) => !isStatistics(name));
  const made = await featureTable(log, { thresholdDate: table.thresholdDate, features: names });
  const features = await columnsOf(made, names);
  await made.drop();
  return (days) => rowsAt(table, features, pair, days, numbered(table));
}
