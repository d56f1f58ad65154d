/** A search for the settings of a network on the files that the reference prepares, judged on `eval.csv`. */
import { ClvError } from '../../errors.js';
import type { OnProgress } from '../../progress.js';
import type { Tuning, TuningProgress } from '../../tune/index.js';
import type { FileContent } from '../job-folder.js';
import { networkModel } from '../networks/models.js';
import { checkSearch, searchSettings, type TuneConfig, tuningFiles, withBest } from '../networks/tune-networks.js';
import type { JobConfig } from '../run-job.js';
import type { NamedFile } from './prepared-files.js';
import { checkPrepared, type PreparedConfig, type PreparedJob, preparedSets, runPreparedJob } from './prepared-job.js';
import { preparedTask } from './train-on-prepared.js';

/**
 * @returns the search, the job of the best settings, and where the trials are kept
 * @throws ClvError of `runPreparedJob`
 */
export async function tunePrepared(
  files: readonly NamedFile[],
  config: PreparedConfig,
  search: Omit<TuneConfig, keyof JobConfig>,
  onProgress: OnProgress,
  onTrial: (progress: TuningProgress) => void,
  filesOf: (tuning: Tuning) => Promise<Readonly<Record<string, FileContent>>>,
): Promise<{ readonly tuning: Tuning; readonly job: PreparedJob; readonly journal: string }> {
  const { modelType } = config;
  const model = networkModel(modelType);
  const { target = 'value' } = search;
  if (model === undefined || target !== 'value') {
    throw new ClvError('bad_option', 'on prepared files, the network of value is what can be tuned', {
      found: model === undefined ? modelType : target,
      expected: '--model_type dnn_model, DNNRegressor or Linear, and --target value',
    });
  }
  const whole = { ...checkPrepared(config), ...search };
  const journal = await checkSearch(whole, modelType);
  const task = preparedTask(await preparedSets(files), model, whole);
  const tuning = await searchSettings(task, { ...whole, journal }, onTrial);
  const job = await runPreparedJob(
    files,
    { ...config, networkOf: withBest(whole, tuning) },
    {
      onProgress,
      name: `tune_${modelType}`,
      further: { ...tuningFiles(tuning, whole, modelType), ...(await filesOf(tuning)) },
    },
  );
  return { tuning, job, journal };
}
