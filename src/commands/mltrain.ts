/** `mltrain local|train|tune BUCKET`: a training or a search on BUCKET/data, its job under BUCKET/jobs. */
import { networkModel } from '../jobs/networks/models.js';
import { dataIn, filesAtHand, inside, leaveFile, type Places, placesIn } from '../jobs/reference/data-folder.js';
import { referenceHooks } from '../jobs/reference/hooks.js';
import { type ReferencePredictions, referenceCsv, referenceRmse } from '../jobs/reference/predictions.js';
import { type NamedFile, preparedKind } from '../jobs/reference/prepared-files.js';
import { type PreparedConfig, type PreparedJob, runPreparedJob } from '../jobs/reference/prepared-job.js';
import { tunePrepared } from '../jobs/reference/tune-prepared.js';
import { DEFAULT_MODEL } from '../jobs/train.js';
import type { OnProgress } from '../progress.js';
import { counted } from '../report/style.js';
import { wrapped } from '../report/table.js';
import { tuningPlot } from '../report/tuning-plot.js';
import { tuningText } from '../report/tuning-text.js';
import { openProgress } from './progress.js';
import { notesOn, type ReferenceFlags } from './reference-flags.js';
import { terminalStyle } from './terminal-style.js';
import { configFrom, epochLine, shownPlace, type TrainFlags, trainCommand } from './train.js';
import { searchFrom, showTrials, type TuneFlags, tuneCommand } from './tune.js';

type MltrainFlags<F extends TrainFlags> = Omit<F, 'resume'> & ReferenceFlags;

export async function mltrainCommand(
  job: 'local' | 'train',
  bucket: string,
  given: MltrainFlags<TrainFlags>,
): Promise<void> {
  const flags = withoutIdle(given);
  const places = placesIn(bucket, { dataSrc: given.data_src, jobDir: given.job_dir, orData: job === 'local' });
  const data = await dataIn(places.data, flags.data);
  if (data.log === undefined) return preparedCommand(job, places, data.prepared, flags);
  const { modelType = DEFAULT_MODEL } = await configFrom(flags);
  const { hooks, predictions, unprepared } = referenceHooks();
  await trainCommand({ ...flags, data: data.log, job_dir: places.jobs }, { ...hooks, name: `${job}_${modelType}` });
  await tell(predictions(), flags, networkModel(modelType) ? undefined : places.data, unprepared());
}

export async function mltuneCommand(bucket: string, given: MltrainFlags<TuneFlags>): Promise<void> {
  const flags = withoutIdle(given);
  const places = placesIn(bucket, { dataSrc: given.data_src, jobDir: given.job_dir });
  const data = await dataIn(places.data, flags.data);
  if (data.log === undefined) return preparedTuneCommand(places, data.prepared, flags);
  const { hooks, predictions, unprepared } = referenceHooks();
  await tuneCommand({ ...flags, data: data.log, job_dir: places.jobs }, hooks);
  await tell(predictions(), flags, undefined, unprepared());
}

/** The flags without those that change nothing, which are told. */
function withoutIdle<F extends TrainFlags>(given: MltrainFlags<F>): F {
  for (const note of notesOn(given)) process.stderr.write(`${note}\n`);
  const { resume, ...flags } = given;
  return { ...flags, ...(typeof resume === 'string' && { resume }) } as unknown as F;
}

/** A training on the files that the reference prepares. */
async function preparedCommand(
  job: string,
  places: Places,
  names: readonly string[],
  flags: TrainFlags,
): Promise<void> {
  const hasNetworks = names.some((name) => preparedKind(name) === 'train');
  const done = await onPrepared(
    places,
    names,
    flags,
    hasNetworks ? 'dnn_model' : DEFAULT_MODEL,
    (files, config, onProgress) =>
      runPreparedJob(files, config, {
        onProgress,
        name: `${job}_${config.modelType}`,
        ...(flags.verbose_logging && { onEpoch: epochLine }),
      }),
  );
  if (flags.json) console.log(JSON.stringify(done.result, null, 2));
  else tellPrepared(done, places.data);
  await tell(done.predictions, flags, networkModel(done.model) ? undefined : places.data);
}

/** A search on the files that the reference prepares. */
async function preparedTuneCommand(places: Places, names: readonly string[], flags: TuneFlags): Promise<void> {
  const { settings, metric, ignored } = await searchFrom(flags);
  const { tuning, job, journal } = await onPrepared(places, names, flags, 'dnn_model', (files, config, onProgress) =>
    tunePrepared(files, config, settings, onProgress, showTrials(onProgress), async (found) => ({
      'tuning.svg': tuningPlot(found, { metric, title: `Settings of ${config.modelType}` }),
    })),
  );
  if (flags.json) {
    console.log(JSON.stringify({ tuning, job: job.result }, null, 2));
  } else {
    console.log(`${tuningText(tuning, terminalStyle(), { metric })}\n`);
    tellPrepared(job, places.data);
    const kept = `The trials stay in ${shownPlace(journal)}: the same command with more --trials goes on from there`;
    for (const line of [...ignored, kept]) console.log(wrapped(line, terminalStyle().width));
  }
  await tell(job.predictions, flags, undefined);
}

/** Work on prepared files, brought to this machine for as long as it takes. */
async function onPrepared<T>(
  { data, jobs }: Places,
  names: readonly string[],
  flags: TrainFlags,
  model: string,
  work: (files: readonly NamedFile[], config: PreparedConfig, onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const given = await configFrom(flags);
  const config = { ...given, modelType: given.modelType ?? model, data, jobDir: jobs };
  const wanted = names.filter(
    (name) => (preparedKind(name) === 'btyd') === (networkModel(config.modelType) === undefined),
  );
  const progress = await openProgress(flags.quiet ?? false);
  try {
    const { files, remove } = await filesAtHand(data, wanted.length > 0 ? wanted : names, progress.show);
    return await work(files, config, progress.show).finally(remove);
  } finally {
    progress.end();
  }
}

function tellPrepared({ model, job, predictions, findings }: PreparedJob, data: string): void {
  const customers = counted(predictions.customerId.length, 'customer');
  const lines = [
    `${model} on the prepared files in ${shownPlace(data)}: ${customers} predicted`,
    ...findings.map(({ message }) => `  ${message}`),
    `In ${shownPlace(job)}: model.json, predictions.csv, metrics.json, config.json`,
  ];
  for (const line of lines) console.log(wrapped(line, terminalStyle().width));
}

/**
 * Says how far the predictions were off, in the words of the reference.
 *
 * @param data where the reference leaves the predictions of probability models as well
 * @param unprepared why the prepared files were not made
 */
async function tell(
  predictions: ReferencePredictions,
  flags: TrainFlags,
  data: string | undefined,
  unprepared?: string,
): Promise<void> {
  if (data !== undefined) {
    const left = await leaveFile(data, 'predictions.csv', referenceCsv(predictions));
    if (left !== undefined) process.stderr.write(`${inside(data, 'predictions.csv')} was not written: ${left}\n`);
  }
  if (flags.json) return;
  if (unprepared !== undefined) {
    console.log(wrapped(`\nWithout btyd.csv, train.csv, eval.csv and test.csv: ${unprepared}`, terminalStyle().width));
  }
  const rmse = referenceRmse(predictions);
  console.log(
    `\nRMSE prediction error: ${rmse === null ? 'not known without a holdout as long as the predictions (--predict_end)' : rmse.toFixed(2)}`,
  );
}
