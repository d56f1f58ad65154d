/** `clv init [LOG]`: looks at a log, proposes how to train on it, asks where someone is there to answer, writes clv.config.json. */
import { readdir, writeFile } from 'node:fs/promises';
import { parseIsoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { resolveSplit } from '../features/customer-table.js';
import { readTransactions, type TransactionLog } from '../features/read-transactions.js';
import { type Proposal, proposeConfig } from '../jobs/propose-config.js';
import { checkTrainOptions } from '../jobs/train.js';
import { snakeKey, snakeKeys } from '../json-keys.js';
import { exists } from '../make-folders.js';
import { readingText } from '../report/reading-text.js';
import { textTable, wrapped } from '../report/table.js';
import { writeWhole } from '../whole-file.js';
import { type DataFlags, readOptionsOf } from './data-flags.js';
import { openProgress } from './progress.js';
import { PROJECT_CONFIG } from './project-config.js';
import { terminalStyle } from './terminal-style.js';

export interface InitFlags extends DataFlags {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const LOG_NAME = /\.(csv|tsv|txt|ndjson|jsonl|parquet|duckdb|sqlite|db)(\.gz|\.zst)?$/i;

export async function initCommand(file: string | undefined, flags: InitFlags): Promise<void> {
  if (!flags.force && (await exists(PROJECT_CONFIG))) {
    throw new ClvError('bad_option', 'there is a configuration here already', {
      file: PROJECT_CONFIG,
      expected: 'a folder without one',
      hint: 'clv train uses it; --force writes it anew',
    });
  }
  const asks = process.stdin.isTTY && process.stdout.isTTY && !flags.yes && !flags.json;
  const data = file ?? (await onlyLogHere());
  const progress = await openProgress(flags.quiet ?? false);
  const look = readTransactions(data, { ...readOptionsOf(flags), detail: 'days', onProgress: progress.show });
  const log = await look.finally(progress.end);
  try {
    const style = terminalStyle();
    if (!flags.json) console.log(`${readingText(log.report, style)}\n`);
    const proposal = proposeConfig(log);
    const config = asks ? await asked(proposal, log) : proposal.config;
    await writeWhole(
      PROJECT_CONFIG,
      (aside) => writeFile(aside, `${JSON.stringify(snakeKeys(config), null, 2)}\n`),
      'a folder that you may write in',
    );
    if (flags.json) console.log(JSON.stringify({ file: PROJECT_CONFIG, config: snakeKeys(config) }, null, 2));
    else console.log(`${chosenText(config, proposal, style.width)}\n\nIn ${PROJECT_CONFIG}. Now: clv train`);
  } finally {
    await log.close();
  }
}

/** @throws ClvError missing_file */
async function onlyLogHere(): Promise<string> {
  const logs = (await readdir('.')).filter((name) => LOG_NAME.test(name) && name !== PROJECT_CONFIG).sort();
  if (logs.length === 1) return logs[0]!;
  throw new ClvError('missing_file', logs.length === 0 ? 'there is no log in this folder' : 'which log is it?', {
    found: logs.join(', ') || undefined,
    expected: 'clv init LOG',
    hint: logs.length > 0 ? `clv init ${logs[0]}` : 'clv data get online_retail prints the path of one to try',
  });
}

/** What was chosen, with the reason where that is what was proposed. */
function chosenText(config: Proposal['config'], proposal: Proposal, width: number): string {
  const shown = (['thresholdDate', 'predictEnd', 'timeUnit', 'modelType'] as const).map((key) => [
    snakeKey(key),
    String(config[key]),
    config[key] === proposal.config[key] ? (proposal.reasons[key] ?? '') : '',
  ]);
  const columns = Object.entries(config.columns ?? {})
    .map(([role, name]) => `${role} ${name}`)
    .join(', ');
  return [`columns: ${columns}`, ...textTable(shown, 'lll')].map((line) => wrapped(line, width)).join('\n');
}

/** Goes through what is proposed; Enter takes it as it is. */
async function asked({ config, reasons }: Proposal, log: TransactionLog): Promise<Proposal['config']> {
  const { cancel, group, intro, select, text } = await import('@clack/prompts');
  const { NETWORK_MODELS } = await import('../jobs/networks/models.js');
  const { purchaseModels } = await import('../btyd/registry.js');
  const [firstDay, lastDay] = [log.report.firstDay, log.report.lastDay].map((day) => parseIsoDay(day)!);
  const valid = (change: Partial<Proposal['config']>) => {
    try {
      checkTrainOptions({ ...config, ...change });
      resolveSplit({ ...config, ...change }, firstDay!, lastDay!);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  intro(`How to train on ${log.report.file}: Enter takes what is proposed`);
  const answers = await group(
    {
      thresholdDate: () =>
        text({
          message: `Last day of calibration (${reasons.thresholdDate})`,
          initialValue: config.thresholdDate ?? '',
          validate: (day) => valid({ thresholdDate: day ?? '', predictEnd: undefined }),
        }),
      predictEnd: ({ results }: { results: { thresholdDate?: string } }) =>
        text({
          message: 'Last day of the holdout that predictions are checked on',
          initialValue: config.predictEnd ?? '',
          validate: (day) => valid({ thresholdDate: results.thresholdDate, predictEnd: day ?? '' }),
        }),
      modelType: () =>
        select({
          message: `Model (${reasons.modelType})`,
          initialValue: config.modelType ?? '',
          options: [
            ...NETWORK_MODELS.map(({ name, title, meaning }) => ({ value: name, label: title, hint: meaning })),
            ...purchaseModels
              .filter(({ discrete }) => !discrete)
              .map(({ name, title }) => ({ value: name, label: title, hint: 'a probability model' })),
          ],
        }),
    },
    {
      onCancel: () => {
        cancel('Nothing was written.');
        process.emit('SIGINT'); // ends as any interruption does
      },
    },
  );
  const chosen = { ...config, ...answers };
  checkTrainOptions(chosen);
  return chosen;
}
