/** `clv predict [JOB]`: a finished job's models on another log, or on the same one at a later day. */
import { formulaColumns } from '../jobs/formulas.js';
import { predict } from '../jobs/predict.js';
import { predictionColumns } from '../jobs/predictions-csv.js';
import { savedResult } from '../jobs/result.js';
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
    const formulas = flags.formula ?? job.config.formulas ?? [];
    const trained = await predict(job.models, log, {
      ...predictionOptions(flags, job),
      onProgress: progress.show,
    });
    const { customerId } = trained.predictions;
    const further = await formulaColumns(formulas, predictionColumns(trained), customerId);
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
