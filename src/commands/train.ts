/** `clv train`: a job from flags. */
import { relative } from 'node:path';
import { type JobConfig, type JobHooks, readConfig, runJob } from '../jobs/run-job.js';
import type { TrainOptions } from '../jobs/train.js';
import { reportFiles } from '../report/report-files.js';
import { wrapped } from '../report/table.js';
import { trainingText } from '../report/text.js';
import { isBucketUrl } from '../storage/address.js';
import type { TimeUnit } from '../time.js';
import { configFor, noLogNamed } from './configured-log.js';
import { type DataFlags, definedOnly, numberFlag, readOptionsOf } from './data-flags.js';
import { type NetworkFlags, networkConfigOf } from './network-flags.js';
import { openProgress } from './progress.js';
import { terminalStyle } from './terminal-style.js';

/** Flags as commander hands them over: text, under their snake_case names. */
export interface TrainFlags extends DataFlags, NetworkFlags {
  readonly data?: string;
  readonly config?: string;
  readonly model_type?: string;
  readonly threshold_date?: string;
  readonly predict_end?: string;
  readonly time_unit?: string;
  readonly horizon?: string;
  readonly discount_rate?: string;
  readonly margin?: string;
  readonly intervals?: string;
  readonly job_dir?: string;
  readonly formula?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * What flags and the config file that they name ask for; flags go first.
 *
 * @throws ClvError missing_file, bad_option
 */
export async function configFrom(flags: TrainFlags): Promise<Partial<JobConfig>> {
  const fromFile = flags.config === undefined ? {} : configFor(flags.data, await readConfig(flags.config));
  const reading = readOptionsOf(flags);
  const networks = networkConfigOf(flags);
  const network = networks.network && { ...fromFile.network, ...networks.network };
  const columns = { ...fromFile.columns, ...reading.columns };
  return { ...fromFile, ...configOf(flags), ...networks, ...(network && { network }), ...reading, columns };
}

/** @param hooks what else the job is to hold */
export async function trainCommand(flags: TrainFlags, hooks: JobHooks = {}): Promise<void> {
  const config = await configFrom(flags);
  const { data } = config;
  if (data === undefined) noLogNamed('--data LOG', '`clv demo` runs on a public log');
  const progress = await openProgress(flags.quiet ?? false);
  const { training, folder, result } = await runJob(
    { ...config, data },
    {
      ...hooks,
      ...(hooks.filesOf === undefined && { detail: 'features' as const }), // all that the report looks at
      onProgress: progress.show,
      filesOf: async (training, log) => ({
        ...(await reportFiles(training, log)),
        ...(await hooks.filesOf?.(training, log)),
      }),
      ...(flags.verbose_logging && { onEpoch: epochLine }),
    },
  ).finally(progress.end);
  if (flags.json) {
    console.log(JSON.stringify(result, null, 2));
    return;
  }
  const style = terminalStyle();
  console.log(trainingText(training, style));
  const weights = training.networks ? ', the weights of its networks' : '';
  const files = `report.html, predictions.csv, model.json, metrics.json, config.json, report.json${weights}`;
  console.log(wrapped(`\nIn ${shownPlace(folder)}: ${files}`, style.width));
}

/** A path or a URL, as short as it can be said here. */
export const shownPlace = (place: string): string =>
  isBucketUrl(place) ? place : relative(process.cwd(), place) || place;

export const epochLine: NonNullable<TrainOptions['onEpoch']> = ({ epoch, loss, validationLoss }, part, member) => {
  const losses = `loss ${loss.toPrecision(5)}, on others ${validationLoss.toPrecision(5)}`;
  process.stderr.write(`${part}, network ${member + 1}, epoch ${epoch}: ${losses}\n`);
};

/** Flags that are given, under the names of the library. */
function configOf(flags: TrainFlags): Partial<JobConfig> {
  const given: Partial<Record<keyof JobConfig, unknown>> = {
    data: flags.data,
    modelType: flags.model_type,
    thresholdDate: flags.threshold_date,
    predictEnd: flags.predict_end,
    timeUnit: flags.time_unit as TimeUnit | undefined,
    horizon: numberFlag('horizon', flags.horizon),
    discountRate: numberFlag('discount_rate', flags.discount_rate),
    margin: numberFlag('margin', flags.margin),
    intervals: numberFlag('intervals', flags.intervals),
    jobDir: flags.job_dir,
    formulas: flags.formula,
  };
  return definedOnly(given) as Partial<JobConfig>;
}
