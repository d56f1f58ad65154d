/** `clv features`: a table of features from a log, and the list of what there is. */
import { ClvError } from '../errors.js';
import { FEATURES } from '../features/catalogue/index.js';
import { detailFor, type FeatureOptions } from '../features/feature-options.js';
import { featureTable } from '../features/make-features.js';
import { readTransactions } from '../features/read-transactions.js';
import { rollingOrigins } from '../features/rolling-origins.js';
import type { Outliers } from '../features/stages.js';
import { checkOutput, writeFeatures } from '../features/write-features.js';
import { featureListText, featureTableText } from '../report/features-text.js';
import { readingText } from '../report/reading-text.js';
import { wrapped } from '../report/table.js';
import { logFrom } from './configured-log.js';
import { type DataFlags, definedOnly, namesIn, numberFlag } from './data-flags.js';
import { openProgress } from './progress.js';
import { terminalStyle } from './terminal-style.js';

export interface FeaturesFlags extends DataFlags {
  readonly list?: boolean;
  readonly data?: string;
  readonly output?: string;
  readonly threshold_date?: string;
  readonly predict_end?: string;
  readonly features?: string;
  readonly preset?: string;
  readonly origins?: string;
  readonly origin_step?: string;
  readonly split?: string;
  readonly cohort_from?: string;
  readonly cohort_to?: string;
  readonly min_transactions?: string;
  readonly max_silence?: string;
  readonly outliers?: string;
  readonly customer_table?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export async function featuresCommand(file: string | undefined, flags: FeaturesFlags): Promise<void> {
  if (flags.list) {
    const list = FEATURES.map(({ name, unit, type, needs, meaning }) => ({ name, unit, type, needs, meaning }));
    console.log(
      flags.json ? JSON.stringify({ features: list }, null, 2) : featureListText(list, terminalStyle().width),
    );
    return;
  }
  const { data, reading, config } = await logFrom(file, flags);
  if (data === undefined) {
    throw new ClvError('missing_file', 'no transaction log was named', {
      expected: 'clv features FILE --output features.parquet',
      hint: '`clv features --list` prints what there is',
    });
  }
  const output = flags.output ?? 'features.parquet';
  await checkOutput([data], output);
  const { thresholdDate, predictEnd } = config;
  const dates = definedOnly({ thresholdDate, predictEnd });
  const options = { ...dates, ...optionsOf(flags) };
  const progress = await openProgress(flags.quiet ?? false);
  try {
    const detail = options.preset ? 'lines' : detailFor(options.features);
    const log = await readTransactions(data, { ...reading, detail, onProgress: progress.show });
    try {
      const origins = rollingOrigins(log, options, flags.origins, numberFlag('origin_step', flags.origin_step));
      const table = await featureTable(log, { ...options, origins, onProgress: progress.show });
      progress.show('writing', 0);
      const { manifest, manifestPath, path } = await writeFeatures(log, table, output);
      progress.end();
      if (flags.json) {
        console.log(JSON.stringify(manifest, null, 2));
        return;
      }
      const style = terminalStyle();
      console.log(`${readingText(log.report, style)}\n\n${featureTableText(table, style)}`);
      console.log(
        wrapped(
          `\n${table.rows.toLocaleString('en')} rows in ${path}; how they were made in ${manifestPath}`,
          style.width,
        ),
      );
    } finally {
      await log.close();
    }
  } finally {
    progress.end();
  }
}

function optionsOf(flags: FeaturesFlags): FeatureOptions {
  const { features } = flags;
  return {
    ...(definedOnly({
      thresholdDate: flags.threshold_date,
      predictEnd: flags.predict_end,
      preset: flags.preset,
      features: features === undefined || features === 'all' || features === 'core' ? features : namesIn(features),
      split: flags.split === undefined ? undefined : sharesIn(flags.split),
      outliers: flags.outliers === undefined ? undefined : outliersIn(flags.outliers),
      customerTable: flags.customer_table,
    }) as FeatureOptions),
    ...cohortOf(flags),
  };
}

function cohortOf(flags: FeaturesFlags): Pick<FeatureOptions, 'cohort'> {
  const cohort = definedOnly({
    from: flags.cohort_from,
    to: flags.cohort_to,
    minTransactions: numberFlag('min_transactions', flags.min_transactions),
    maxSilence: numberFlag('max_silence', flags.max_silence),
  });
  return Object.keys(cohort).length === 0 ? {} : { cohort };
}

/** `70,15,15` or `train=70,eval=15,test=15`. */
function sharesIn(text: string): Record<string, number> {
  const names = ['train', 'eval', 'test'];
  const shares = namesIn(text).map((part, i): [string, number] => {
    const [name, share] = part.includes('=')
      ? (part.split('=', 2) as [string, string])
      : [names[i] ?? `part${i + 1}`, part];
    return [name, share.trim() === '' ? Number.NaN : Number(share)];
  });
  return Object.fromEntries(shares);
}

/** `winsorise:0.99` or `drop:0.999`. */
function outliersIn(text: string): Outliers {
  const [rule, at] = text.split(/[:=]/, 2);
  if (rule === 'winsorise' || rule === 'winsorize') return { winsorise: Number(at ?? 0.99) };
  if (rule === 'drop') return { drop: Number(at ?? 0.99) };
  throw new ClvError('bad_option', 'there is no such rule for outliers', {
    found: text,
    expected: 'winsorise:0.99, drop:0.999',
  });
}
