/** `clv predict [JOB]`: a finished job's models on another log, or on the same one at a later day. */
import { applicable, formulaColumns, type NamedColumn } from '../jobs/formulas.js';
import { predict } from '../jobs/predict.js';
import { predictionColumns } from '../jobs/predictions-csv.js';
import { savedResult } from '../jobs/result.js';
import type { SavedJob } from '../jobs/saved-job.js';
import { checkPredictionsName, writePredictions } from '../jobs/write-predictions.js';
import { readingText } from '../report/reading-text.js';
import { sectionsText, wrapped } from '../report/table.js';
import { findingsText, splitText, topText } from '../report/text.js';
import { checkTarget } from '../whole-file.js';
import { predictionOptions, type SavedJobFlags, withJobAndLog } from './saved-job-flags.js';
import { terminalStyle } from './terminal-style.js';

export interface PredictFlags extends SavedJobFlags {
  readonly output?: string;
  readonly formula?: readonly string[];
}

export async function predictCommand(folder: string | undefined, flags: PredictFlags): Promise<void> {
  const output = flags.output ?? 'predictions.csv';
  checkPredictionsName(output);
  await withJobAndLog(folder, flags, async ({ job, log, progress }) => {
    await checkTarget(log.report.files, output, '--output predictions.csv');
    const trained = await predict(job.models, log, {
      ...predictionOptions(flags, job),
      onProgress: progress.show,
    });
    const { customerId } = trained.predictions;
    const columns = predictionColumns(trained);
    const formulas = flags.formula ?? (await formulasOf(job, columns));
    const further = await formulaColumns(formulas, columns, customerId);
    progress.show('writing', 0);
    await writePredictions(output, trained, log.engine, further);
    progress.end();
    if (flags.json) {
      console.log(JSON.stringify(savedResult(job, log.report, trained, output), null, 2));
      return;
    }
    const style = terminalStyle();
    const sections = [
      readingText(log.report, style),
      splitText(trained),
      findingsText(trained, style),
      topText(trained, style),
    ];
    console.log(sectionsText(sections, style.width));
    console.log(
      wrapped(
        `\n${customerId.length.toLocaleString('en')} rows in ${output}, by the models of ${job.folder}`,
        style.width,
      ),
    );
  });
}

/** The formulas of the job, but for those of columns that only its training had, such as ends of intervals; says which. */
async function formulasOf({ config: { formulas = [] } }: SavedJob, columns: readonly NamedColumn[]): Promise<string[]> {
  const names = columns.map(([name]) => name);
  const usable = await applicable(formulas, names);
  for (const formula of formulas) {
    if (!usable.includes(formula)) process.stderr.write(`left out, for want of its columns here: ${formula}\n`);
  }
  return usable;
}
