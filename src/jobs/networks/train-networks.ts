/** A training with networks: one for purchases and one for value, predictions with intervals, and how they did. */
import type { Finding } from '../../btyd/fitted-model.js';
import type { Spread } from '../../btyd/individual.js';
import { isoDay } from '../../calendar.js';
import type { NetworkTraining } from '../../dnn/train-network.js';
import type { Evaluation } from '../../evaluate/benchmarks.js';
import type { CustomerTable } from '../../features/customer-table.js';
import { GOOGLE_CLV_CAUTION } from '../../features/presets/google-clv.js';
import type { TransactionLog } from '../../features/read-transactions.js';
import { networkThread } from '../../threads/network-thread.js';
import { DAYS_PER } from '../../time.js';
import {
  benchmarksAhead,
  besideStatistics,
  check,
  predictOn,
  withForecast,
  withoutBenchmarksAhead,
} from '../predict-on.js';
import type { ModelOptions, PredictionIntervals, TrainedModel } from '../trained-model.js';
import { calibrate, conformal, enoughFor } from './conformal.js';
import type { NetworkModel } from './models.js';
import type { TrainingRows } from './rows.js';
import { rowsFor, taskOf } from './task.js';
import type { NetworkSettings, Part, PartOfTraining } from './trained-networks.js';

/**
 * Trains the networks of `model` and predicts the customers of `table`, or, split by customers, those who are judged.
 *
 * @param statistics probability models fitted to `table`: what the networks correct, or are compared with
 * @throws ClvError bad_window, bad_option, bad_columns, missing_column, missing_backend
 */
export async function trainNetworks(
  log: TransactionLog,
  table: CustomerTable,
  statistics: TrainedModel,
  model: NetworkModel,
  options: ModelOptions & NetworkSettings,
  level: number,
): Promise<TrainedModel> {
  const started = performance.now();
  const { onProgress = () => {}, preset } = options;
  const { rows, split, judged: people, horizon } = await rowsFor(log, table, statistics, options);
  const judged = people ?? table;
  const beside = people ? predictOn(statistics, judged, { ...options, intervals: 0 }) : statistics;
  const held = judged.holdout && Math.round(judged.holdout.length * DAYS_PER[table.customers.timeUnit]);

  const parts: readonly Part[] = preset ? ['value'] : ['purchases', 'value'];
  const done = parts.map(() => 0);
  const trained = await Promise.all(
    parts.map((part, k) =>
      trainPart(part, rows, model, options, horizon, held ?? horizon, (share) => {
        done[k] = share;
        onProgress(`training ${model.name}`, done.reduce((sum, one) => sum + one, 0) / parts.length);
      }),
    ),
  );
  const fitted = performance.now();
  const value = trained.at(-1)!;
  const purchases = trained.length === 2 ? trained[0]! : undefined;
  const counts = purchases?.mean ?? beside.predictions.expectedPurchases;
  const metrics =
    held === null
      ? null
      : check(judged, {
          purchases: purchases?.overHoldout ?? beside.predictions.expectedPurchases,
          value: value.overHoldout,
        });
  const intervals: PredictionIntervals | null =
    level === 0
      ? null
      : {
          level,
          trusted: enoughFor(level, rows.training.days.length),
          ...(purchases && { purchases: whole(intervalOf(purchases, rows.training.purchases, level)) }),
          value: intervalOf(value, rows.training.value, level),
        };
  const span = rows.training.days[0]!;
  const networks = {
    model: model.name,
    split,
    preset: preset ?? null,
    windows: rows.windows.map(({ threshold, end }) => ({ thresholdDate: isoDay(threshold), predictEnd: isoDay(end) })),
    trainingRows: rows.training.days.length,
    ...(purchases && { purchases: partOf(purchases) }),
    value: partOf(value),
  };
  return {
    ...beside,
    predictions: { ...withForecast(beside.predictions, { purchases: counts, value: value.mean }), intervals },
    metrics: metrics && besideStatistics(metrics, beside),
    findings: [
      ...(preset ? [{ code: 'flattering_preset', message: GOOGLE_CLV_CAUTION }] : []),
      ...(split === 'customers' && !preset ? [SPLIT_BY_CUSTOMERS] : []),
      ...withoutBenchmarksAhead(statistics.findings),
      ...(purchases ? findingsOf(purchases.found, 'purchases') : []),
      ...findingsOf(value.found, 'value'),
      ...(networks.trainingRows < FEW_ROWS ? [fewRows(networks.trainingRows)] : []),
      ...(horizon > span ? [stretched(horizon, span)] : []),
      ...(metrics ? [...statisticsAhead(metrics, beside), ...benchmarksAhead(metrics)] : []),
    ],
    networks,
    timingsMs: { fit: statistics.timingsMs.fit + fitted - started, predict: statistics.timingsMs.predict },
  };
}

interface TrainedPart {
  readonly found: NetworkTraining;
  readonly explained: Pick<PartOfTraining, 'importance' | 'effects'>;
  /** Over the horizon, and over the holdout. */
  readonly mean: Float64Array;
  readonly overHoldout: Float64Array;
}

async function trainPart(
  part: Part,
  rows: TrainingRows,
  model: NetworkModel,
  options: ModelOptions & NetworkSettings,
  horizon: number,
  held: number,
  onDone: (share: number) => void,
): Promise<TrainedPart> {
  const { backend, resumed, onEpoch } = options;
  const { settings, style, trainingData, predictionData } = taskOf(part, rows, model, options, horizon);
  const thread = networkThread();
  try {
    const found = await thread.train(trainingData, settings, {
      style,
      backend,
      resumed: resumed?.[part],
      onProgress: (_, done) => onDone(done ?? 0),
      ...(onEpoch && {
        onEpoch: (epoch, member) => {
          onEpoch(epoch, part, member);
          return true;
        },
      }),
    });
    const predict = async (days: number) => {
      const { mean } = await thread.predict(found.network, predictionData(rows.predicted(days)), [], backend);
      // Squared error knows no bounds, and no lengths of time: twice as long is twice as much.
      const longer = settings.loss === 'mse' ? days / rows.training.days[0]! : 1;
      return mean.map((expected) => Math.max(expected, 0) * longer);
    };
    const mean = await predict(horizon);
    const overHoldout = held === horizon ? mean : await predict(held);
    const explained = await thread.explain(found.network, trainingData, backend);
    return { found, explained, mean, overHoldout };
  } finally {
    await thread.close();
  }
}

function intervalOf({ found, mean }: TrainedPart, actual: Float64Array, level: number): Spread {
  const { low, high } = conformal(calibrate(found.outOfSample, actual, level), mean);
  return { low, middle: mean, high };
}

/** Purchases are whole. */
const whole = ({ low, middle, high }: Spread): Spread => ({
  low: low.map(Math.ceil),
  middle,
  high: high.map(Math.floor),
});

const partOf = ({ found, explained }: TrainedPart): PartOfTraining => ({
  network: found.network,
  validationLoss: found.validationLoss,
  ...explained,
});

const findingsOf = ({ network }: NetworkTraining, part: Part) =>
  network.findings.map(({ code, message }) => ({ code: `${code}_${part}`, message: `For ${part}: ${message}` }));

/** Says so where the network was not needed, or did harm. */
function statisticsAhead(metrics: Evaluation, { metrics: statistics }: TrainedModel): Finding[] {
  return (['purchases', 'value'] as const).flatMap((part) => {
    const [own, theirs] = [metrics[part], statistics![part]];
    if (!(theirs.mae < own.mae && theirs.rmse < own.rmse)) return [];
    const message = `On this holdout the statistics came closer than the network for ${part} (MAE and RMSE): prefer them.`;
    return [{ code: `statistics_ahead_${part}`, message }];
  });
}

/** Below so many rows a network can hardly learn anything. */
const FEW_ROWS = 500;

const fewRows = (rows: number): Finding => ({
  code: 'few_rows',
  message: `${rows} rows are few to learn from: below ${FEW_ROWS}, trust the statistics rather than a network.`,
});

const stretched = (horizon: number, span: number): Finding => ({
  code: 'horizon_beyond_windows',
  message: `The networks learned from windows of ${span} days, all that the log has room for; predictions for ${horizon} days are stretched from that.`,
});

const SPLIT_BY_CUSTOMERS = {
  code: 'split_by_customers',
  message:
    'Split by customers, the network has seen what others did in the very days that it is judged on: expect less of it on days to come (--split time).',
};
