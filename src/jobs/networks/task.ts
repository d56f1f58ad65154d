/** What a network is given to learn: rows by the split that is asked for, a target, and what it starts from. */
import type { InputStyle } from '../../dnn/inputs.js';
import type { PredictionData } from '../../dnn/predict-network.js';
import type { TrainingData } from '../../dnn/train-network.js';
import type { TrainingOptions } from '../../dnn/training-options.js';
import { ClvError } from '../../errors.js';
import type { CustomerTable } from '../../features/customer-table.js';
import type { TransactionLog } from '../../features/read-transactions.js';
import { DAYS_PER } from '../../time.js';
import type { ModelOptions, TrainedModel } from '../trained-model.js';
import { customerRows } from './customer-split.js';
import { type NetworkModel, settingsOf } from './models.js';
import { isStatistics, type Rows, type TrainingRows } from './rows.js';
import type { NetworkSettings, Part } from './trained-networks.js';
import { timeRows } from './windows.js';

/** Values are cut to so many times what the statistics expect, and to this quantile of all, but to no less than so many times. */
const MOST_TIMES = 15;
const LEAST_TIMES = 2;
const WINSORISED = 0.995;

export interface PreparedRows {
  readonly rows: TrainingRows;
  readonly split: 'time' | 'customers';
  /** Split by customers: those who are judged. */
  readonly judged?: CustomerTable | undefined;
  /** Days to predict. */
  readonly horizon: number;
}

/** Rows to train on and to predict, by the split that is asked for. */
export async function rowsFor(
  log: TransactionLog,
  table: CustomerTable,
  statistics: TrainedModel,
  { onProgress = () => {}, preset, split = preset ? 'customers' : 'time' }: ModelOptions & NetworkSettings,
): Promise<PreparedRows> {
  const horizon = Math.round(statistics.horizon * DAYS_PER[table.customers.timeUnit]);
  if (horizon < 1) {
    throw new ClvError('bad_horizon', 'networks predict whole days', {
      found: `${statistics.horizon} ${table.customers.timeUnit}s`,
      expected: 'at least a day',
    });
  }
  if (split === 'time') return { rows: await timeRows(log, table, statistics, horizon, onProgress), split, horizon };
  const rows = await customerRows(log, table, statistics, preset, onProgress);
  return { rows, split, judged: rows.judged, horizon };
}

export interface NetworkTask {
  readonly settings: TrainingOptions;
  readonly style: InputStyle;
  readonly trainingData: TrainingData;
  predictionData(rows: Rows): PredictionData;
}

/** The task of one of the two networks. */
export function taskOf(
  part: Part,
  { training, validation }: TrainingRows,
  model: NetworkModel,
  options: NetworkSettings,
  horizon: number,
): NetworkTask {
  const { preset, ignoreCrosses } = options;
  const settings = settingsOf(part, model, options);
  const predictionData = (rows: Rows): PredictionData => {
    const own = Object.entries(rows.columns).filter(([name]) => model.corrects || !isStatistics(name));
    return {
      columns: Object.fromEntries(own),
      units: rows.units,
      offset: offsetOf(part, rows, model, settings, horizon),
    };
  };
  const target = part === 'purchases' ? training.purchases : preset ? training.value : tamed(training, model);
  return {
    settings,
    style: styleOf(model, preset, ignoreCrosses),
    trainingData: { ...predictionData(training), target, customer: training.customer, validation },
    predictionData,
  };
}

function styleOf({ style }: NetworkModel, preset: NetworkSettings['preset'], ignoreCrosses = false): InputStyle {
  if (style === 'wide') return ignoreCrosses ? 'wide_without_crosses' : 'wide';
  return preset ? 'raw' : style;
}

/**
 * What a network starts from: what the statistics expect, or, of a network on its own, that a window twice as long holds twice as
 * much.
 */
export function offsetOf(
  part: Part,
  rows: Rows,
  { corrects }: NetworkModel,
  { loss }: TrainingOptions,
  horizon: number,
): Float64Array | undefined {
  if (loss === 'mse') return undefined; // takes none
  if (!corrects) return rows.days.map((length) => Math.log(length / horizon));
  const expected = part === 'purchases' ? rows.expectedPurchases : rows.expectedValue;
  return expected.map((value) => Math.log(Math.max(value, LEAST_EXPECTED)));
}

/** Expectations below count as this: their logarithm has to be a number. */
const LEAST_EXPECTED = 1e-6;

/** Values to learn from: without the few that would be all that is learned. */
function tamed({ value, expectedValue }: Rows, { corrects }: NetworkModel): Float64Array {
  const likely = corrects ? value.map((worth, i) => Math.min(worth, MOST_TIMES * expectedValue[i]!)) : value;
  const sorted = likely.slice().sort();
  const limit = sorted[Math.min(sorted.length - 1, Math.floor(WINSORISED * sorted.length))]!;
  return likely.map((worth, i) => Math.min(worth, Math.max(limit, corrects ? LEAST_TIMES * expectedValue[i]! : 0)));
}
