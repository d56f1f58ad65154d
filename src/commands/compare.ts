/** `clv compare`: many models on one log, and which differences between them are real. */
import { readOptionsIn, readTransactions } from '../features/read-transactions.js';
import { type CompareOptions, checkCompareOptions, compare } from '../jobs/compare.js';
import { snakeKeys } from '../json-keys.js';
import { comparisonText } from '../report/comparison-text.js';
import { readingText } from '../report/reading-text.js';
import { noLogNamed } from './configured-log.js';
import { definedOnly, namesIn, numberFlag } from './data-flags.js';
import { openProgress } from './progress.js';
import { terminalStyle } from './terminal-style.js';
import { configFrom, type TrainFlags } from './train.js';

export interface CompareFlags extends Omit<TrainFlags, 'model_type'> {
  readonly models?: string;
  readonly origins?: string;
  readonly origin_step?: string;
  readonly metric?: 'rmse' | 'mae';
}

export async function compareCommand(file: string | undefined, flags: CompareFlags): Promise<void> {
  const config = await configFrom({ ...flags, ...(file !== undefined && { data: file }) });
  const { data } = config;
  if (data === undefined) noLogNamed('clv compare LOG');
  const { thresholdDate, predictEnd, timeUnit, network, networkOf, loss, ignoreCrosses, backend } = config;
  const options = definedOnly({
    models: flags.models === undefined ? undefined : namesIn(flags.models),
    ...{ thresholdDate, predictEnd, timeUnit, network, networkOf, loss, ignoreCrosses, backend },
    origins: flags.origins,
    originStep: numberFlag('origin_step', flags.origin_step),
    metric: flags.metric,
  }) as CompareOptions;
  checkCompareOptions(options);
  const progress = await openProgress(flags.quiet ?? false);
  try {
    const log = await readTransactions(data, {
      detail: 'features',
      ...readOptionsIn(config),
      onProgress: progress.show,
    });
    const found = await compare(log, { ...options, onProgress: progress.show }).finally(() => log.close());
    progress.end();
    if (flags.json) {
      console.log(JSON.stringify(snakeKeys({ data: log.report.file, ...found }), null, 2));
      return;
    }
    const style = terminalStyle();
    console.log(`${readingText(log.report, style)}\n\n${comparisonText(found, style)}`);
  } finally {
    progress.end();
  }
}
