/** A whole training job: check, read, train, write. What `clv train` and `mltrain` do. */
import { readFile } from 'node:fs/promises';
import { saveModels } from '../btyd/fitted-model.js';
import { ClvError } from '../errors.js';
import { type ReadOptions, readOptionsIn, readTransactions } from '../features/read-transactions.js';
import { camelKeys, snakeKey, snakeKeys } from '../json-keys.js';
import { nearest } from '../nearest.js';
import { checkWritable, jobName, writeJobFolder } from './job-folder.js';
import { predictionsCsv } from './predictions-csv.js';
import { trainingResult } from './result.js';
import { checkTrainOptions, DEFAULT_MODEL, type Training, type TrainOptions, train } from './train.js';

/** Everything a job depends on; as `config.json`, with snake_case keys, it can be run again. */
export interface JobConfig
  extends Omit<TrainOptions, 'onProgress'>,
    Omit<ReadOptions, 'onProgress' | 'detail' | 'notes' | 'way'> {
  /** The transaction log: a path, folder, glob or `postgres://` URL. */
  readonly data: string;
  /** Folder under which job folders are made. Default `jobs`. */
  readonly jobDir?: string | undefined;
}

export interface FinishedJob {
  readonly training: Training;
  readonly folder: string;
  /** As in `metrics.json` and `--json`. */
  readonly result: unknown;
}

/**
 * Runs a training job and leaves `<jobDir>/clv_<model>_<timestamp>/` with model.json, predictions.csv, metrics.json and
 * config.json: all of them, or no folder.
 *
 * @throws ClvError of `readTransactions`, `train` and `writeJobFolder`
 */
export async function runJob(config: JobConfig, onProgress?: TrainOptions['onProgress']): Promise<FinishedJob> {
  const started = performance.now();
  const { modelType = DEFAULT_MODEL, jobDir = 'jobs' } = config;
  checkTrainOptions(config);
  await checkWritable(jobDir);
  const log = await readTransactions(config.data, { ...readOptionsIn(config), onProgress });
  const read = performance.now() - started;
  let training: Training;
  try {
    training = await train(log, { ...config, onProgress });
  } finally {
    await log.close();
  }
  onProgress?.('writing', 0);
  let result: unknown;
  const folder = await writeJobFolder(jobDir, jobName(modelType, new Date()), (job) => {
    result = trainingResult(training, { job, timingsMs: { read, total: performance.now() - started } });
    return {
      'model.json': `${saveModels(training)}\n`,
      'predictions.csv': predictionsCsv(training),
      'metrics.json': `${JSON.stringify(result, null, 2)}\n`,
      'config.json': `${JSON.stringify(snakeKeys(resolved(config, training)), null, 2)}\n`,
    };
  });
  return { training, folder, result };
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
    ...(config.horizon === undefined ? {} : { horizon: config.horizon }),
    discountRate,
    margin,
    ...(config.intervals === undefined ? {} : { intervals: config.intervals }),
    columns: report.roles,
    ...(report.dateFormat.includes(' and ') ? {} : { dateFormat: report.dateFormat }), // several files, several formats
    decimal: config.decimal ?? 'point',
    ...(config.table === undefined ? {} : { table: config.table }),
    ...(config.returns === undefined ? {} : { returns: config.returns }),
    ...(config.duplicates === undefined ? {} : { duplicates: config.duplicates }),
    ...(config.services === undefined ? {} : { services: config.services }),
    ...(config.testOrders === undefined ? {} : { testOrders: config.testOrders }),
    ...(config.zeroValue === undefined ? {} : { zeroValue: config.zeroValue }),
    ...(config.latestDate === undefined ? {} : { latestDate: config.latestDate }),
    jobDir: config.jobDir ?? 'jobs',
  };
}

const CONFIG_KEYS: Record<keyof JobConfig, 'string' | 'number' | 'object'> = {
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
    const type = CONFIG_KEYS[key as keyof JobConfig];
    if (typeof content === type) continue;
    const near = type === undefined ? nearest(key, Object.keys(CONFIG_KEYS)) : undefined;
    throw new ClvError('bad_option', type === undefined ? 'there is no such option' : `this is not a ${type}`, {
      file,
      column: snakeKey(key),
      found: type === undefined ? undefined : JSON.stringify(content),
      expected: Object.keys(CONFIG_KEYS).map(snakeKey).join(', '),
      hint: near && snakeKey(near),
    });
  }
  const { columns } = value as Partial<JobConfig>;
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
