/** `clv tune`: a search for the settings of a network, from flags. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { ClvError } from '../errors.js';
import { PARAMETER_NAMES } from '../jobs/networks/parameters.js';
import type { Part } from '../jobs/networks/trained-networks.js';
import { tuneNetworks } from '../jobs/networks/tune-networks.js';
import { snakeKeys } from '../json-keys.js';
import { reportFiles } from '../report/report-files.js';
import { wrapped } from '../report/table.js';
import { trainingText } from '../report/text.js';
import { tuningPlot } from '../report/tuning-plot.js';
import { tuningStatus, tuningText } from '../report/tuning-text.js';
import { parseSpace, type SearchMethod } from '../tune/index.js';
import { definedOnly, LOG_HELP, numberFlag } from './data-flags.js';
import { openProgress } from './progress.js';
import { terminalStyle } from './terminal-style.js';
import { configFrom, type TrainFlags } from './train.js';

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

export async function tuneCommand(flags: TuneFlags): Promise<void> {
  const config = await configFrom(flags);
  const { data } = config;
  if (data === undefined)
    throw new ClvError('missing_file', 'no transaction log was named', { expected: `--data LOG: ${LOG_HELP}` });
  const file = flags.space === undefined ? undefined : await spaceIn(flags.space);
  const progress = await openProgress(flags.quiet ?? false);
  const style = terminalStyle();
  const settings = definedOnly({
    space: file?.space,
    trials: numberFlag('trials', flags.trials) ?? file?.trials,
    parallel: numberFlag('parallel', flags.parallel) ?? file?.parallel,
    search: flags.search as SearchMethod | undefined,
    target: flags.target as Part | undefined,
    metric: (flags.metric ?? (file?.metric === 'rmse' ? 'rmse' : undefined)) as 'loss' | 'rmse' | undefined,
    journal: flags.journal,
  });
  const metric = `${settings.metric ?? 'loss'} of ${settings.target ?? 'value'}`;
  const { tuning, job, journal } = await tuneNetworks(
    { ...config, ...settings, data },
    progress.show,
    (trials) =>
      progress.show(
        tuningStatus(trials, process.stderr.isTTY ? LONGEST_STATUS : undefined),
        trials.results.length / trials.trials,
      ),
    async (found, training, log) => ({
      ...(await reportFiles(training, log)),
      'tuning.svg': tuningPlot(found, { metric, title: `Settings of ${config.modelType ?? 'hybrid_model'}` }),
    }),
  ).finally(progress.end);
  if (flags.json) {
    console.log(JSON.stringify({ tuning: snakeKeys(tuning, ['parameters', 'space']), job: job.result }, null, 2));
    return;
  }
  console.log(tuningText(tuning, style, { metric }));
  console.log(`\n${trainingText(job.training, style)}`);
  const place = relative(process.cwd(), job.folder) || job.folder;
  const said = [
    ...(file?.ignored.length ? [`Of ${flags.space}, not used: ${file.ignored.join(', ')}`] : []),
    `In ${place}: the model with the best settings, trials.csv, tuning.json, tuning.svg`,
    `The trials stay in ${relative(process.cwd(), journal)}: the same command with more --trials goes on from there`,
  ];
  console.log(`\n${said.map((line) => wrapped(line, style.width)).join('\n')}`);
}

const LONGEST_STATUS = 60;

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
