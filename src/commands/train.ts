/** `clv train`: a job from flags. */
import { relative } from 'node:path';
import picocolors from 'picocolors';
import { ClvError } from '../errors.js';
import { type JobConfig, readConfig, runJob } from '../jobs/run-job.js';
import { wrapped } from '../report/table.js';
import { trainingText } from '../report/text.js';
import type { TimeUnit } from '../time.js';
import { openProgress } from './progress.js';

/** Flags as commander hands them over: text, under their snake_case names. */
export interface TrainFlags {
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
  readonly customer_column?: string;
  readonly date_column?: string;
  readonly value_column?: string;
  readonly quantity_column?: string;
  readonly price_column?: string;
  readonly order_column?: string;
  readonly product_column?: string;
  readonly country_column?: string;
  readonly date_format?: string;
  readonly decimal?: string;
  readonly job_dir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export async function trainCommand(flags: TrainFlags): Promise<void> {
  const fromFile = flags.config === undefined ? {} : await readConfig(flags.config);
  const config = { ...fromFile, ...configOf(flags), columns: { ...fromFile.columns, ...columnsOf(flags) } };
  const { data } = config;
  if (data === undefined) {
    throw new ClvError('missing_file', 'no transaction log was named', {
      expected: '--data FILE: CSV (plain or gzip) or Parquet',
      hint: '`clv demo` runs on a public log',
    });
  }
  const progress = await openProgress(flags.quiet ?? false);
  const { training, folder, result } = await runJob({ ...config, data }, progress.show).finally(progress.end);
  if (flags.json) {
    console.log(JSON.stringify(result, null, 2));
    return;
  }
  const { isColorSupported, bold, dim, yellow } = picocolors;
  const terminal = process.stdout.isTTY;
  const width = terminal ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const plain = (text: string) => text;
  const marks = terminal && isColorSupported ? { bold, dim, warn: yellow } : { bold: plain, dim: plain, warn: plain };
  console.log(trainingText(training, { ...marks, width }));
  const place = relative(process.cwd(), folder) || folder;
  console.log(wrapped(`\nIn ${place}: model.json, predictions.csv, metrics.json, config.json`, width));
}

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
    dateFormat: flags.date_format,
    decimal: flags.decimal,
    jobDir: flags.job_dir,
  };
  return definedOnly(given) as Partial<JobConfig>;
}

function columnsOf(flags: TrainFlags): NonNullable<JobConfig['columns']> {
  return definedOnly({
    customer: flags.customer_column,
    date: flags.date_column,
    value: flags.value_column,
    quantity: flags.quantity_column,
    price: flags.price_column,
    order: flags.order_column,
    product: flags.product_column,
    country: flags.country_column,
  });
}

function numberFlag(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new ClvError('bad_option', `--${name} is not a number`, { found: text, expected: 'a number' });
}

function definedOnly<T extends object>(flags: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as never;
}
