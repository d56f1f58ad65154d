/** `clv tune`: a search for the settings of a network, from flags. */
import { readFile } from 'node:fs/promises';
import { ClvError } from '../errors.js';
import { PARAMETER_NAMES } from '../jobs/networks/parameters.js';
import type { Part } from '../jobs/networks/trained-networks.js';
import { tuneNetworks } from '../jobs/networks/tune-networks.js';
import type { JobHooks } from '../jobs/run-job.js';
import { snakeKeys } from '../json-keys.js';
import type { OnProgress } from '../progress.js';
import { reportFiles } from '../report/report-files.js';
import { wrapped } from '../report/table.js';
import { trainingText } from '../report/text.js';
import { tuningPlot } from '../report/tuning-plot.js';
import { tuningStatus, tuningText } from '../report/tuning-text.js';
import { parseSpace, type SearchMethod, type TuningProgress } from '../tune/index.js';
import { noLogNamed } from './configured-log.js';
import { definedOnly, numberFlag } from './data-flags.js';
import { openProgress } from './progress.js';
import { terminalStyle } from './terminal-style.js';
import { configFrom, shownPlace, type TrainFlags } from './train.js';

/** Flags as commander hands them over: text, under their snake_case names. */
export interface TuneFlags extends TrainFlags {
  readonly space?: string;
  readonly trials?: string;
  readonly parallel?: string;
  readonly search?: string;
  readonly target?: string;
  readonly metric?: string;
  readonly journal?: string;
}

/** @param hooks what else the job is to hold */
export async function tuneCommand(
  flags: TuneFlags,
  hooks: Pick<JobHooks, 'filesOf' | 'columnsOf' | 'resultsOf'> = {},
): Promise<void> {
  const config = await configFrom(flags);
  const { data } = config;
  if (data === undefined) noLogNamed('--data LOG');
  const { settings, metric, ignored } = await searchFrom(flags);
  const progress = await openProgress(flags.quiet ?? false);
  const style = terminalStyle();
  const { tuning, job, journal } = await tuneNetworks(
    { ...config, ...settings, data },
    progress.show,
    showTrials(progress.show),
    async (found, training, log) => ({
      ...(await reportFiles(training, log)),
      ...(await hooks.filesOf?.(training, log)),
      'tuning.svg': tuningPlot(found, { metric, title: `Settings of ${config.modelType ?? 'hybrid_model'}` }),
    }),
    hooks,
  ).finally(progress.end);
  if (flags.json) {
    console.log(JSON.stringify({ tuning: snakeKeys(tuning, ['parameters', 'space']), job: job.result }, null, 2));
    return;
  }
  console.log(tuningText(tuning, style, { metric }));
  console.log(`\n${trainingText(job.training, style)}`);
  const said = [
    ...ignored,
    `In ${shownPlace(job.folder)}: the model with the best settings, trials.csv, tuning.json, tuning.svg`,
    `The trials stay in ${shownPlace(journal)}: the same command with more --trials goes on from there`,
  ];
  console.log(`\n${said.map((line) => wrapped(line, style.width)).join('\n')}`);
}

const LONGEST_STATUS = 60;

/** Progress of a search. */
export const showTrials = (show: OnProgress) => (trials: TuningProgress) =>
  show(tuningStatus(trials, process.stderr.isTTY ? LONGEST_STATUS : undefined), trials.results.length / trials.trials, {
    amount: trials.trials,
    unit: 'trials',
  });

/**
 * What flags, and the file of the space that they name, ask of a search.
 *
 * @throws ClvError missing_file, bad_option
 */
export async function searchFrom(flags: TuneFlags) {
  const file = flags.space === undefined ? undefined : await spaceIn(flags.space);
  const settings = definedOnly({
    space: file?.space,
    trials: numberFlag('trials', flags.trials) ?? file?.trials,
    parallel: numberFlag('parallel', flags.parallel) ?? file?.parallel,
    search: flags.search as SearchMethod | undefined,
    target: flags.target as Part | undefined,
    metric: (flags.metric ?? (file?.metric === 'rmse' ? 'rmse' : undefined)) as 'loss' | 'rmse' | undefined,
    journal: flags.journal,
  });
  return {
    settings,
    metric: `${settings.metric ?? 'loss'} of ${settings.target ?? 'value'}`,
    ignored: file?.ignored.length ? [`Of ${flags.space}, not used: ${file.ignored.join(', ')}`] : [],
  };
}

async function spaceIn(path: string) {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new ClvError('missing_file', 'the search space cannot be read', {
      file: path,
      found: cause.message,
      expected: 'a JSON file with the parameters to search',
      cause,
    });
  });
  return parseSpace(text, { file: path, names: PARAMETER_NAMES });
}
