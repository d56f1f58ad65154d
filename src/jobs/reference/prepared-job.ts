/** A job from the files that the reference prepares: no log is read, and nothing is known but what the files say. */
import { basename } from 'node:path';
import { type Finding, saveModels } from '../../btyd/fitted-model.js';
import { estimates } from '../../btyd/inference/wald.js';
import { isoDay } from '../../calendar.js';
import { customers } from '../../customers.js';
import { ClvError } from '../../errors.js';
import { requestedSplit } from '../../features/customer-table.js';
import { snakeKeys } from '../../json-keys.js';
import { DAYS_PER } from '../../time.js';
import { type FileContent, jobName } from '../job-folder.js';
import { checkJobPlace, writeJob } from '../job-place.js';
import { networkModel } from '../networks/models.js';
import type { JobConfig, JobHooks } from '../run-job.js';
import { checkTrainOptions, trainOn } from '../train.js';
import { type ReferencePredictions, referenceCsv, referenceRmse } from './predictions.js';
import {
  type NamedFile,
  type PreparedCustomers,
  type PreparedKind,
  preparedKind,
  readPrepared,
} from './prepared-files.js';
import { type PreparedSets, trainOnPrepared } from './train-on-prepared.js';

export type PreparedConfig = JobConfig & { readonly modelType: string };

export interface PreparedHooks extends Pick<JobHooks, 'onProgress' | 'onEpoch' | 'name'> {
  /** Further files for the job. */
  readonly further?: Readonly<Record<string, FileContent>> | undefined;
}

export interface PreparedJob {
  /** Where it is. */
  readonly job: string;
  readonly model: string;
  readonly predictions: ReferencePredictions;
  readonly findings: readonly Finding[];
  /** As in `metrics.json`. */
  readonly result: unknown;
}

/** A model made from prepared files. */
export interface PreparedTraining {
  readonly predictions: ReferencePredictions;
  readonly findings: readonly Finding[];
  /** For `metrics.json`. */
  readonly fit: object;
  readonly files: Readonly<Record<string, FileContent>>;
}

/**
 * Trains on prepared files: a probability model on `btyd.csv`, a network on `train*.csv`, stopped on `eval*.csv` and judged on
 * `test*.csv`. Leaves a job with the model, predictions.csv in the columns of the reference, metrics.json and config.json.
 *
 * @throws ClvError missing_file, missing_column, bad_cell, bad_row, bad_columns, bad_option, bad_date, bad_window,
 *   unknown_model, unwritable_folder
 */
export async function runPreparedJob(
  files: readonly NamedFile[],
  config: PreparedConfig,
  { onProgress = () => {}, onEpoch, name, further }: PreparedHooks,
): Promise<PreparedJob> {
  const started = performance.now();
  const { modelType, jobDir = 'jobs' } = config;
  const network = networkModel(modelType);
  const options = checkPrepared(config);
  await checkJobPlace(jobDir);
  const trained = network
    ? await trainOnPrepared(await preparedSets(files), network, options, { onProgress, onEpoch })
    : await fitPrepared(await customersOf(files, 'btyd'), options);
  const { predictions, findings } = trained;
  let result: unknown;
  const job = await writeJob(
    jobDir,
    jobName(name ?? modelType, new Date()),
    (place) => {
      result = snakeKeys({
        job: place,
        model: modelType,
        data: { files: files.map((file) => file.name), customers: predictions.customerId.length },
        fit: trained.fit,
        findings,
        reference: { rmse: referenceRmse(predictions) },
        timingsMs: { total: performance.now() - started },
      });
      return {
        ...trained.files,
        ...further,
        'predictions.csv': referenceCsv(predictions),
        'metrics.json': `${JSON.stringify(result, null, 2)}\n`,
        'config.json': `${JSON.stringify(snakeKeys({ ...config, jobDir }), null, 2)}\n`,
      };
    },
    onProgress,
  );
  return { job, model: modelType, predictions, findings, result };
}

/**
 * Checks the options of a training on prepared files.
 *
 * @returns with the preset that the files were made by, where they are for a network
 * @throws ClvError bad_option; of `checkTrainOptions`
 */
export function checkPrepared<C extends PreparedConfig>(config: C): C {
  for (const idle of ['resume', 'formulas'] as const) {
    if (config[idle] === undefined) continue;
    throw new ClvError('bad_option', `${idle} has no meaning on prepared files`, {
      expected: 'a transaction log in the folder of data, or no such option',
    });
  }
  const options = networkModel(config.modelType) ? { ...config, preset: 'google_clv' as const } : config;
  checkTrainOptions(options);
  return options;
}

/** @throws ClvError missing_file, missing_column, bad_cell, bad_row */
export const preparedSets = async (files: readonly NamedFile[]): Promise<PreparedSets> => ({
  learned: await customersOf(files, 'train'),
  stoppedOn: await customersOf(files, 'eval'),
  judged: await customersOf(files, 'test'),
});

async function customersOf(files: readonly NamedFile[], kind: PreparedKind): Promise<PreparedCustomers> {
  const some = files.filter(({ name }) => preparedKind(basename(name)) === kind);
  if (some.length > 0) return readPrepared(some);
  throw new ClvError('missing_file', `there is no ${kind}.csv among the prepared files`, {
    found: files.map(({ name }) => basename(name)).join(', '),
    expected:
      kind === 'btyd'
        ? 'btyd.csv, which probability models learn from'
        : 'train.csv, eval.csv and test.csv, for networks',
    hint: kind === 'btyd' ? '--model_type dnn_model' : '--model_type paretonbd_model',
  });
}

async function fitPrepared(people: PreparedCustomers, config: JobConfig): Promise<PreparedTraining> {
  const { threshold, end, timeUnit } = requestedSplit(config);
  if (threshold === undefined || end === null) {
    throw new ClvError('bad_option', 'btyd.csv does not say which days it is about', {
      expected: '--threshold_date, on which its columns end, and --predict_end, on which its target ends',
      hint: '--threshold_date 2011-08-08 --predict_end 2011-12-12',
    });
  }
  const unit = DAYS_PER[timeUnit];
  const inUnits = (name: 'recency' | 'T') => people.column(name).map((days) => days / unit);
  const age = inUnits('T');
  const table = {
    customerId: people.customerId,
    customers: customers({
      timeUnit,
      frequency: people.column('frequency_btyd'),
      recency: inUnits('recency'),
      age,
      monetary: people.column('monetary_btyd'),
    }),
    spent: people.column('monetary_dnn'),
    thresholdDate: isoDay(threshold),
    predictEnd: isoDay(end),
    holdout: null, // nothing says how often they bought in it
    observedLength: age.reduce((longest, one) => Math.max(longest, one), 0),
    laterCustomers: 0,
  };
  const trained = trainOn(table, { intervals: 0, ...config, horizon: (end - threshold) / unit });
  const { purchases, spend, predictions, findings } = trained;
  const { expectedPurchases, expectedValue } = predictions;
  return {
    predictions: {
      customerId: people.customerId,
      actualTotal: people.has('target_monetary') ? people.column('target_monetary') : null,
      purchases: expectedPurchases,
      value: expectedValue,
      total: expectedValue.map((value, i) => table.spent[i]! + value),
    },
    findings,
    fit: {
      purchases: { model: purchases.model, parameters: estimates(purchases), logLikelihood: purchases.logLikelihood },
      spend: { model: spend.model, parameters: estimates(spend), logLikelihood: spend.logLikelihood },
    },
    files: { 'model.json': `${saveModels({ purchases, spend })}\n` },
  };
}
