/** A whole training job: check, read, train, write. What `clv train` and `mltrain` do. */
import { readFile } from 'node:fs/promises';
import { saveModels } from '../btyd/fitted-model.js';
import { ClvError } from '../errors.js';
import {
  type Detail,
  type ReadOptions,
  readOptionsIn,
  readTransactions,
  type TransactionLog,
} from '../features/read-transactions.js';
import { camelKeys, snakeKey, snakeKeys } from '../json-keys.js';
import { nearest } from '../nearest.js';
import { checkFormulas, formulaColumns } from './formulas.js';
import { type FileContent, jobName } from './job-folder.js';
import { checkJobPlace, writeJob } from './job-place.js';
import { type LoadedNetworks, loadNetworks, saveNetworks } from './networks/network-files.js';
import { customersCsv, type PredictionColumn, predictionColumns } from './predictions-csv.js';
import { trainingResult } from './result.js';
import { checkTrainOptions, DEFAULT_MODEL, type Training, type TrainOptions, train } from './train.js';

/** Everything a job depends on; as `config.json`, with snake_case keys, it can be run again. */
export interface JobConfig
  extends Omit<TrainOptions, 'onProgress' | 'onEpoch' | 'resumed'>,
    Omit<ReadOptions, 'onProgress' | 'detail' | 'notes' | 'way'> {
  /** The transaction log: a path, folder, glob, or a URL of `s3://`, `gs://` or `postgres://`. */
  readonly data: string;
  /** Under which job folders are made: a folder, or a URL of `s3://` or `gs://`. Default `jobs`. */
  readonly jobDir?: string | undefined;
  /** Folder of an earlier job whose networks are trained further. */
  readonly resume?: string | undefined;
  /** Columns that predictions.csv is to have as well, each `name = expression` of those that it has. */
  readonly formulas?: readonly string[] | undefined;
  /** Whatever you want to find in `config.json` later. */
  readonly labels?: string | undefined;
}

export interface FinishedJob {
  readonly training: Training;
  readonly folder: string;
  /** As in `metrics.json` and `--json`. */
  readonly result: unknown;
}

/** What a job tells while it runs, and what else its folder is to hold. */
export interface JobHooks extends Pick<TrainOptions, 'onProgress' | 'onEpoch'> {
  /** Of the folder: `clv_<name>_<timestamp>`. Default: the model's. */
  readonly name?: string | undefined;
  /** Further files for the folder, made while the log is still open. */
  readonly filesOf?:
    | ((training: Training, log: TransactionLog) => Promise<Readonly<Record<string, FileContent>>>)
    | undefined;
  /** How much of the log `filesOf` needs, no less than `features`. Default: every line. */
  readonly detail?: Detail | undefined;
  /** Columns of predictions.csv instead of ours. */
  readonly columnsOf?: ((training: Training) => readonly PredictionColumn[]) | undefined;
  /** What `metrics.json` and the result are to hold besides. */
  readonly resultsOf?: ((training: Training) => Readonly<Record<string, unknown>>) | undefined;
}

/**
 * Runs a training job and leaves `<jobDir>/clv_<model>_<timestamp>/` with model.json, predictions.csv, metrics.json and
 * config.json: all of them, or no folder.
 *
 * @throws ClvError of `readTransactions`, `train` and `writeJob`
 */
export async function runJob(config: JobConfig, hooks: JobHooks = {}): Promise<FinishedJob> {
  const { onProgress, onEpoch, name, filesOf, columnsOf = predictionColumns, resultsOf } = hooks;
  const started = performance.now();
  const { modelType = DEFAULT_MODEL, jobDir = 'jobs' } = config;
  checkTrainOptions(config);
  await checkFormulas(config.formulas ?? []);
  await checkJobPlace(jobDir);
  const earlier = config.resume === undefined ? undefined : await loadNetworks(config.resume);
  const resumed = earlier?.networks;
  if (earlier) checkEarlier(earlier, config);
  if (resumed) checkTrainOptions({ ...config, resumed });
  const forFiles = hooks.detail ?? (filesOf ? 'lines' : 'features');
  const detail = config.preset ? 'lines' : forFiles;
  const log = await readTransactions(config.data, { detail, ...readOptionsIn(config), onProgress });
  const read = performance.now() - started;
  let training: Training;
  let beside: Readonly<Record<string, FileContent>> | undefined;
  try {
    training = await train(log, { ...config, resumed, onProgress, onEpoch });
    beside = await filesOf?.(training, log);
  } finally {
    await log.close();
  }
  onProgress?.('writing', 0);
  const { customerId } = training.predictions;
  const columns = columnsOf(training);
  const names = columns.map(([column]) => column);
  const further = await formulaColumns(config.formulas ?? [], predictionColumns(training), customerId, names);
  let result: unknown;
  const saved = training.networks && (await saveNetworks(training.networks));
  const filesFor = (job: string) => {
    const timingsMs = { read, total: performance.now() - started };
    result = { ...(trainingResult(training, { job, timingsMs }) as object), ...resultsOf?.(training) };
    return {
      'model.json': modelJson(training, saved?.description),
      ...saved?.files,
      ...beside,
      'predictions.csv': customersCsv(customerId, [...columns, ...further]),
      'metrics.json': `${JSON.stringify(result, null, 2)}\n`,
      'config.json': `${JSON.stringify(snakeKeys(resolved(config, training)), null, 2)}\n`,
    };
  };
  const folder = await writeJob(jobDir, jobName(name ?? modelType, new Date()), filesFor, onProgress);
  return { training, folder, result };
}

/** @throws ClvError bad_option (another model, or one that has seen what it would be judged on) */
function checkEarlier({ model, lastDay }: LoadedNetworks, config: JobConfig): void {
  const { modelType = DEFAULT_MODEL, thresholdDate, resume: file } = config;
  if (model !== modelType) {
    throw new ClvError('bad_option', 'the job to resume is of another model', {
      file,
      found: model,
      expected: modelType,
    });
  }
  if (thresholdDate !== undefined && lastDay > thresholdDate) {
    throw new ClvError('bad_option', 'the job to resume has learned from days after threshold_date', {
      file,
      found: `days to ${lastDay}`,
      expected: `no day after ${thresholdDate}`,
    });
  }
}

/** The statistics under `purchases` and `spend`, and, of a job with networks, what is needed to read those under `networks`. */
function modelJson(training: Training, networks: unknown): string {
  const statistics = JSON.parse(saveModels(training)) as object;
  return `${JSON.stringify({ ...statistics, ...(networks === undefined ? {} : { networks }) }, null, 2)}\n`;
}

/** The configuration with defaults and detections written out; the horizon, if left out, goes on following the holdout. */
function resolved(config: JobConfig, training: Training): JobConfig {
  const { report, table, discountRate, margin } = training;
  return {
    data: training.report.file, // a URL without its password
    modelType: config.modelType ?? DEFAULT_MODEL,
    thresholdDate: table.thresholdDate,
    ...(table.predictEnd === null ? {} : { predictEnd: table.predictEnd }),
    timeUnit: table.customers.timeUnit,
    ...given(config, ['horizon']),
    discountRate,
    margin,
    ...given(config, ['intervals']),
    columns: report.roles,
    ...(report.dateFormat.includes(' and ') ? {} : { dateFormat: report.dateFormat }), // several files, several formats
    decimal: config.decimal ?? 'point',
    ...given(config, ['table', 'returns', 'duplicates', 'services', 'testOrders', 'zeroValue', 'latestDate']),
    ...given(config, [
      'split',
      'preset',
      'network',
      'networkOf',
      'loss',
      'ignoreCrosses',
      'backend',
      'resume',
      'formulas',
      'labels',
    ]),
    jobDir: config.jobDir ?? 'jobs',
  };
}

/** Those that are there. */
const given = <K extends keyof JobConfig>(config: JobConfig, keys: readonly K[]): Pick<JobConfig, K> =>
  Object.fromEntries(keys.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]]))) as never;

const CONFIG_KEYS: Record<keyof JobConfig, 'string' | 'number' | 'object' | 'boolean' | 'array'> = {
  data: 'string',
  modelType: 'string',
  thresholdDate: 'string',
  predictEnd: 'string',
  timeUnit: 'string',
  horizon: 'number',
  discountRate: 'number',
  margin: 'number',
  intervals: 'number',
  columns: 'object',
  dateFormat: 'string',
  decimal: 'string',
  table: 'string',
  returns: 'string',
  duplicates: 'string',
  services: 'string',
  testOrders: 'string',
  zeroValue: 'string',
  latestDate: 'string',
  jobDir: 'string',
  split: 'string',
  preset: 'string',
  network: 'object',
  networkOf: 'object',
  loss: 'string',
  ignoreCrosses: 'boolean',
  backend: 'string',
  resume: 'string',
  formulas: 'array',
  labels: 'string',
};

/**
 * Reads a `config.json`.
 *
 * @throws ClvError missing_file, bad_option
 */
export async function readConfig(file: string): Promise<Partial<JobConfig>> {
  let value: unknown;
  try {
    value = camelKeys(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) {
      throw new ClvError('bad_option', 'the configuration is not JSON', {
        file,
        found: String((cause as Error).message),
        cause,
      });
    }
    throw new ClvError('missing_file', 'the configuration cannot be read', {
      file,
      found: String((cause as Error).message),
      expected: 'the config.json of a job',
      cause,
    });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new ClvError('bad_option', 'the configuration is not an object', { file, expected: '{ "data": …, … }' });
  }
  for (const [key, content] of Object.entries(value)) {
    const type = Object.hasOwn(CONFIG_KEYS, key) ? CONFIG_KEYS[key as keyof JobConfig] : undefined;
    if ((Array.isArray(content) ? 'array' : typeof content) === type) continue;
    const near = type === undefined ? nearest(key, Object.keys(CONFIG_KEYS)) : undefined;
    throw new ClvError('bad_option', type === undefined ? 'there is no such option' : `this is not a ${type}`, {
      file,
      column: snakeKey(key),
      found: type === undefined ? undefined : JSON.stringify(content),
      expected: Object.keys(CONFIG_KEYS).map(snakeKey).join(', '),
      hint: near && snakeKey(near),
    });
  }
  const { columns, formulas = [] } = value as Partial<JobConfig>;
  const odd = formulas.find((formula) => typeof formula !== 'string');
  if (odd !== undefined) {
    throw new ClvError('bad_formula', 'this is not a formula', { file, found: odd, expected: '"name = expression"' });
  }
  for (const [role, name] of Object.entries(columns ?? {})) {
    if (typeof name === 'string') continue;
    throw new ClvError('bad_option', 'this is not the name of a column', {
      file,
      column: role,
      found: name,
      expected: 'text',
    });
  }
  return value;
}
