/** `clv demo`: a whole training on UCI Online Retail, or on a simulated shop where that cannot be had. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simulateLog } from '../btyd/simulate.js';
import { isoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { checkTrainOptions } from '../jobs/train.js';
import { temporaryFolder } from '../temporary.js';
import { fetchWithProgress } from './data.js';
import { type TrainFlags, trainCommand } from './train.js';

type DemoFlags = Pick<TrainFlags, 'json' | 'quiet' | 'job_dir' | 'model_type'>;

export async function demoCommand(flags: DemoFlags): Promise<void> {
  checkTrainOptions({ modelType: flags.model_type }); // before a download
  const log = await fetchWithProgress('online_retail', flags.quiet ?? false).catch((error: unknown) => {
    if (error instanceof ClvError && error.code === 'unreachable_dataset') return undefined;
    throw error;
  });
  if (log !== undefined) {
    await announceAndTrain({ data: log, threshold_date: '2011-08-08', predict_end: '2011-12-09', ...flags });
    return;
  }
  const folder = await temporaryFolder('clv-demo-');
  try {
    if (!flags.quiet) console.error('UCI Online Retail cannot be reached: the demo runs on a simulated shop instead.');
    const shop = simulateLog();
    const rows = shop.customer.map((id, i) => `${id},${isoDay(shop.day[i]!)},${shop.value[i]!.toFixed(2)}`);
    const data = join(folder.path, 'simulated_shop.csv');
    await writeFile(data, `customer_id,date,value\n${rows.join('\n')}\n`);
    await announceAndTrain({ data, threshold_date: '2025-03-01', predict_end: '2025-06-22', ...flags });
  } finally {
    await folder.remove();
  }
}

/** Says which command this is, so that the next one can be typed by hand. */
async function announceAndTrain(flags: TrainFlags): Promise<void> {
  const { data, model_type = 'paretonbd_model', threshold_date, predict_end } = flags;
  if (!flags.quiet) {
    console.error(
      `$ clv train --data ${data} --model_type ${model_type} --threshold_date ${threshold_date} --predict_end ${predict_end}\n`,
    );
  }
  await trainCommand(flags);
}
