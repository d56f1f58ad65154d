/** `clv evaluate [JOB]`: how a finished job's models do on days that they may never have seen. */
import { ClvError } from '../errors.js';
import { predict } from '../jobs/predict.js';
import { savedResult } from '../jobs/result.js';
import { readingText } from '../report/reading-text.js';
import { sectionsText } from '../report/table.js';
import { findingsText, holdoutText, modelTitle, splitText } from '../report/text.js';
import { predictionOptions, type SavedJobFlags, withJobAndLog } from './saved-job-flags.js';
import { terminalStyle } from './terminal-style.js';

export async function evaluateCommand(folder: string | undefined, flags: SavedJobFlags): Promise<void> {
  await withJobAndLog(folder, flags, async ({ job, log, progress }) => {
    const { thresholdDate, predictEnd } = job.config;
    const dates = { thresholdDate: flags.threshold_date ?? thresholdDate, predictEnd: flags.predict_end ?? predictEnd };
    if (dates.predictEnd === undefined) {
      throw new ClvError('bad_option', 'models are judged on a holdout, and the job had none', {
        file: job.folder,
        expected: '--threshold_date and --predict_end, the last days of what is known and of the holdout',
        hint: `--predict_end ${log.report.lastDay}`,
      });
    }
    const { horizon: _, ...rates } = predictionOptions(flags, job); // judged over the holdout, as long as that is
    const options = { ...rates, ...dates, onProgress: progress.show };
    const trained = await predict(job.models, log, options);
    progress.end();
    if (flags.json) {
      console.log(JSON.stringify(savedResult(job, log.report, trained), null, 2));
      return;
    }
    const { model, networks, purchases } = job.models;
    const style = terminalStyle();
    const sections = [
      readingText(log.report, style),
      splitText(trained),
      findingsText(trained, style),
      holdoutText(trained, style, modelTitle(networks.value ? model : purchases.model)),
    ];
    console.log(sectionsText(sections, style.width));
  });
}
