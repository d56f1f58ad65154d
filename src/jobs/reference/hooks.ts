/** What makes a job one of the reference: its predictions, its error, the files that it prepares. */
import { ClvError } from '../../errors.js';
import type { JobHooks } from '../run-job.js';
import type { Training } from '../train.js';
import { type ReferencePredictions, referenceColumns, referencePredictions, referenceRmse } from './predictions.js';
import { prepareFiles } from './prepared-files.js';

export interface ReferenceHooks {
  readonly hooks: Pick<JobHooks, 'filesOf' | 'columnsOf' | 'resultsOf'>;
  /** Of the job when it is finished. */
  predictions(): ReferencePredictions;
  /** Why the prepared files are not in it, if they are not. */
  unprepared(): string | undefined;
}

export function referenceHooks(): ReferenceHooks {
  let predictions: ReferencePredictions | undefined;
  let unprepared: string | undefined;
  const predict = (training: Training): ReferencePredictions => {
    predictions ??= referencePredictions(training);
    return predictions;
  };
  const hooks: ReferenceHooks['hooks'] = {
    columnsOf: (training) => referenceColumns(predict(training)),
    resultsOf: (training) => ({ reference: { rmse: referenceRmse(predict(training)) } }),
    filesOf: async ({ table: { thresholdDate, predictEnd } }, log) => {
      const dates = { thresholdDate, predictEnd: predictEnd ?? undefined };
      const prepared = await prepareFiles(log, dates).catch((error) => {
        if (!(error instanceof ClvError)) throw error;
        unprepared = error.problem;
        return {};
      });
      return Object.fromEntries(Object.entries(prepared).map(([name, content]) => [`data/${name}`, content]));
    },
  };
  return { hooks, predictions: () => predictions!, unprepared: () => unprepared };
}
