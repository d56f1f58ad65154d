/** A search for the settings of a network: every trial is judged on customers that it did not learn from, never on the holdout. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { checkTrainingOptions, type TrainingOptions } from '../../dnn/training-options.js';
import { ClvError } from '../../errors.js';
import { readOptionsIn, readTransactions, type TransactionLog } from '../../features/read-transactions.js';
import { summarise } from '../../features/summarise.js';
import { makeFolders } from '../../make-folders.js';
import { nearest } from '../../nearest.js';
import type { OnProgress } from '../../progress.js';
import { isBucketUrl } from '../../storage/address.js';
import { type NetworkThread, networkThread } from '../../threads/network-thread.js';
import {
  DEFAULT_SPACE,
  type ParameterValues,
  REFERENCE_SPACE,
  type SearchMethod,
  type Space,
  type Tuning,
  type TuningProgress,
  tune,
} from '../../tune/index.js';
import type { FileContent } from '../job-folder.js';
import { checkJobPlace } from '../job-place.js';
import { type FinishedJob, type JobConfig, type JobHooks, runJob } from '../run-job.js';
import { checkTrainOptions, DEFAULT_MODEL, modelOptionsOf, type Training, trainOn } from '../train.js';
import { networkModel } from './models.js';
import { namedValues, PARAMETER_NAMES, settingsFrom } from './parameters.js';
import { type NetworkTask, rowsFor, taskOf } from './task.js';
import type { Part } from './trained-networks.js';

export interface TuneConfig extends JobConfig {
  /** Parameters to search; `parseSpace` reads them from JSON. Default: ours, or with `preset` those of the reference. */
  readonly space?: Space | undefined;
  /** How many trials, those of an interrupted search included. Default 40. */
  readonly trials?: number | undefined;
  /** Trials at the same time. Default: one a core. */
  readonly parallel?: number | undefined;
  readonly search?: SearchMethod | undefined;
  /** The network that is tuned; the other keeps its settings. Default `value`. */
  readonly target?: Part | undefined;
  /** `loss` (default): what it is trained on; `rmse`: the error of its means. */
  readonly metric?: 'loss' | 'rmse' | undefined;
  /** Where trials are kept while the search goes on. Default: `clv_tune_<model>.ndjson` in the folder of jobs, or here if they go to a bucket. */
  readonly journal?: string | undefined;
}

export interface FinishedTuning {
  readonly tuning: Tuning;
  /** The best settings, trained and saved. */
  readonly job: FinishedJob;
  /** The journal; a new search needs another, or none. */
  readonly journal: string;
}

export const DEFAULT_TRIALS = 40;

/**
 * Searches, then trains the model with the best settings found and leaves its job folder, with `trials.csv` and `tuning.json` in
 * it. A search that was interrupted goes on from its journal.
 *
 * @param onTrial after each trial
 * @param filesOf files for the job folder, made from the tuning
 * @throws ClvError of `runJob` and `tune`
 */
export async function tuneNetworks(
  config: TuneConfig,
  onProgress: OnProgress = () => {},
  onTrial: (progress: TuningProgress) => void = () => {},
  filesOf: (
    tuning: Tuning,
    training: Training,
    log: TransactionLog,
  ) => Promise<Readonly<Record<string, FileContent>>> = async () => ({}),
  hooks: Pick<JobHooks, 'columnsOf' | 'resultsOf'> = {},
): Promise<FinishedTuning> {
  const { modelType = 'hybrid_model', target = 'value' } = config;
  const model = networkModel(modelType);
  if (model === undefined) {
    throw new ClvError('bad_option', 'only networks are tuned: other models find their parameters by themselves', {
      found: modelType,
      expected: '--model_type hybrid_model, dnn_model, DNNRegressor or Linear',
    });
  }
  checkTrainOptions({ ...config, modelType });
  const journal = await checkSearch(config, modelType);
  const log = await readTransactions(config.data, { ...readOptionsIn(config), onProgress });
  let prepared: Awaited<ReturnType<typeof rowsFor>>;
  try {
    const table = await summarise(log, config);
    const statistics = trainOn(table, { ...modelOptionsOf(config), modelType: DEFAULT_MODEL, intervals: 0 });
    prepared = await rowsFor(log, table, statistics, { ...config, onProgress });
  } finally {
    await log.close();
  }
  const task = taskOf(target, prepared.rows, model, config, prepared.horizon);
  const tuning = await searchSettings(task, { ...config, modelType, journal }, onTrial);
  const finished = await runJob(
    { ...config, modelType, networkOf: withBest(config, tuning) },
    {
      ...hooks,
      onProgress,
      name: `tune_${modelType}`,
      filesOf: async (training, log) => ({
        ...tuningFiles(tuning, config, modelType),
        ...(await filesOf(tuning, training, log)),
      }),
    },
  );
  return { tuning, job: finished, journal };
}

/**
 * Checks, before any work, what a search depends on.
 *
 * @returns where its trials are kept
 * @throws ClvError bad_option, unwritable_folder
 */
export async function checkSearch(config: TuneConfig, modelType: string): Promise<string> {
  const { jobDir = 'jobs', target = 'value', metric = 'loss' } = config;
  checkChoices({ target, metric });
  checkParameters(spaceOf(config));
  await checkJobPlace(jobDir);
  const journals = isBucketUrl(jobDir) ? '.' : jobDir; // trials are added line by line, which no bucket allows
  await makeFolders(journals, []);
  return config.journal ?? join(journals, `clv_tune_${modelType}.ndjson`);
}

const spaceOf = ({ space, preset }: TuneConfig): Space => space ?? (preset ? REFERENCE_SPACE : DEFAULT_SPACE);

/** The settings of the networks with the best that a search found. */
export function withBest({ networkOf, target = 'value' }: TuneConfig, { best }: Tuning): TuneConfig['networkOf'] {
  return { ...networkOf, [target]: { ...networkOf?.[target], ...settingsFrom(best.parameters) } };
}

/** What a job keeps of the search before it. */
export function tuningFiles(
  tuning: Tuning,
  { target = 'value', metric = 'loss' }: TuneConfig,
  model: string,
): Readonly<Record<string, FileContent>> {
  return {
    'trials.csv': trialsCsv(tuning),
    'tuning.json': `${JSON.stringify({ model, target, metric, ...tuning }, null, 2)}\n`,
  };
}

/** Trains a network with many settings, each on a thread. */
export async function searchSettings(
  { settings, style, trainingData }: NetworkTask,
  config: TuneConfig & { readonly modelType: string; readonly journal: string },
  onTrial: (progress: TuningProgress) => void,
): Promise<Tuning> {
  const { modelType, target = 'value', metric = 'loss', journal } = config;
  const space = spaceOf(config);
  const { seed } = settings;
  const parallel = config.parallel ?? availableParallelism();
  const idle: NetworkThread[] = [];
  const everyThread: NetworkThread[] = [];
  try {
    return await tune({
      space,
      seed,
      parallel,
      trials: config.trials ?? DEFAULT_TRIALS,
      ...(config.search && { search: config.search }),
      first: firstOf(space, settings),
      journal,
      about: JSON.stringify([modelType, target, metric, settings, style, fingerprint(trainingData.target)]),
      onTrial: (_, progress) => onTrial(progress),
      evaluate: async ({ parameters }, _, report) => {
        const own = { ...settings, ...settingsFrom(parameters) };
        checkTrainingOptions(own);
        const thread = idle.pop() ?? openThread(everyThread);
        try {
          let stopped = false;
          const found = await thread.train(trainingData, own, {
            style,
            backend: config.backend,
            onEpoch: (epoch, member) => {
              // The first member is compared with those of other trials; the others follow if it may go on.
              const value = metric === 'loss' ? epoch.validationLoss : epoch.validationRmse;
              if (member === 0 && report(epoch.epoch / own.epochs, value) === 'stop') stopped = true;
              return !stopped;
            },
          });
          const { members } = found.network;
          return mean(members.map((one) => (metric === 'loss' ? one.bestLoss : bestRmse(one))));
        } finally {
          idle.push(thread);
        }
      },
    });
  } finally {
    await Promise.all(everyThread.map((thread) => thread.close()));
  }
}

function openThread(all: NetworkThread[]): NetworkThread {
  const thread = networkThread();
  all.push(thread);
  return thread;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const bestRmse = ({
  history,
  bestEpoch,
}: {
  history: readonly { epoch: number; validationRmse: number }[];
  bestEpoch: number;
}) => history.find(({ epoch }) => epoch === bestEpoch)?.validationRmse ?? history[0]?.validationRmse ?? Number.NaN;

function checkChoices({ target, metric }: { target: string; metric: string }): void {
  if (target !== 'value' && target !== 'purchases') {
    throw new ClvError('bad_option', 'there is no such target', { found: target, expected: 'value, purchases' });
  }
  if (metric !== 'loss' && metric !== 'rmse') {
    throw new ClvError('bad_option', 'there is no such metric', { found: metric, expected: 'loss, rmse' });
  }
}

function checkParameters(space: Space): void {
  const unknown = Object.keys(space).find((name) => !PARAMETER_NAMES.includes(name));
  if (unknown === undefined) return;
  throw new ClvError('bad_option', 'networks have no such parameter', {
    found: unknown,
    expected: PARAMETER_NAMES.join(', '),
    hint: nearest(unknown, PARAMETER_NAMES),
  });
}

/** What is known to work is tried first, where the space holds it. */
function firstOf(space: Space, settings: TrainingOptions): ParameterValues[] {
  const known = namedValues(settings);
  const values = Object.entries(space).map(([name, parameter]) => {
    const value = known[name]!;
    if (!('values' in parameter)) return [name, Math.min(Math.max(Number(value), parameter.min), parameter.max)];
    const all: readonly (string | number)[] = parameter.values;
    return [name, all.includes(value) ? value : all[0]!];
  });
  return [Object.fromEntries(values)];
}

/** Tells data apart, so that a search is not gone on with on others. */
const fingerprint = (target: Float64Array): string =>
  `${target.length} rows, ${target.reduce((sum, value, i) => sum + value * (1 + (i % 97)), 0)}`;

function trialsCsv({ trials, space }: Tuning): string {
  const names = Object.keys(space);
  const rows = trials.map(({ number, state, value, parameters, rungs }) => [
    number,
    state,
    value,
    rungs.length,
    ...names.map((name) => parameters[name]),
  ]);
  return `${Papa.unparse([['trial', 'state', 'value', 'rungs', ...names], ...rows], { newline: '\n', escapeFormulae: true })}\n`;
}
