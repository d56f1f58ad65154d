/** From a cleaned log to a table of features: one row a customer and threshold, with targets where there is a holdout. */
import { dayOption, isoDay, parseIsoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import { checkOptionTypes } from '../options.js';
import type { OnProgress } from '../progress.js';
import type { Feature, Need, Stage } from './catalogue/feature.js';
import { selectedFeatures } from './catalogue/index.js';
import { columnOf, matched, readCustomerColumns } from './customer-columns.js';
import { resolveSplit, type SplitOptions } from './customer-table.js';
import { identifier, literal, onDuckDb, type SqlEngine } from './engine.js';
import { googleClv } from './presets/google-clv.js';
import type { TransactionLog } from './read-transactions.js';
import { knownDays, type Outliers, outlierLimits, STAGES, type StageOptions, targets } from './stages.js';

/** Which customers get a row; all of it as known at the threshold. */
export interface Cohort {
  /** First transaction on this day or later, `YYYY-MM-DD`. */
  readonly from?: string | undefined;
  /** First transaction on this day or earlier. */
  readonly to?: string | undefined;
  /** At least so many transactions. Default 1. */
  readonly minTransactions?: number | undefined;
  /** Last transaction at most so many days before the threshold. */
  readonly maxSilence?: number | undefined;
}

export interface FeatureOptions extends Omit<SplitOptions, 'timeUnit'> {
  /** `google_clv`: selection, features, target and split of Google's reference solution; only the dates are chosen. */
  readonly preset?: 'google_clv' | undefined;
  /** `all` (default) that the log has the columns for, `core`, or names from `FEATURES`. */
  readonly features?: 'all' | 'core' | readonly string[] | undefined;
  /**
   * Further thresholds, `YYYY-MM-DD`: rolling origins, each with a holdout as long as that of `thresholdDate`. Rows carry
   * their `threshold_date`; a row of an earlier origin is what would have been seen then.
   */
  readonly origins?: readonly string[] | undefined;
  /** Shares by name, such as `{ train: 0.7, eval: 0.15, test: 0.15 }`: a column `split`, from a hash of the id alone. */
  readonly split?: Readonly<Record<string, number>> | undefined;
  readonly cohort?: Cohort | undefined;
  /** Transactions above this quantile of those known at the threshold, cut or left out. Targets stay as they are. */
  readonly outliers?: Outliers | undefined;
  /** A file with static columns of customers to join: their ids, and anything else. */
  readonly customerTable?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface FeatureColumn {
  readonly name: string;
  readonly unit: string;
  readonly type: 'integer' | 'number' | 'text' | 'day';
  readonly meaning: string;
}

/** A table of features, held by the engine of its log until that is closed. */
export interface FeatureTable {
  readonly rows: number;
  readonly columns: readonly FeatureColumn[];
  readonly details: FeatureDetails;
  /** A column by its name: numbers, or text (days as `YYYY-MM-DD`); rows are sorted by threshold and customer. */
  column(name: string): Promise<Float64Array | string[]>;
  readonly engine: SqlEngine;
  /** Its name in the engine. */
  readonly name: string;
}

/** How a table was made; part of its manifest. */
export interface FeatureDetails {
  readonly preset: 'google_clv' | null;
  readonly windows: ReadonlyArray<{ readonly thresholdDate: string; readonly predictEnd: string | null }>;
  /** Features that this log has no column for. */
  readonly leftOut: ReadonlyArray<{ readonly name: string; readonly needs: readonly Need[] }>;
  readonly split: Readonly<Record<string, number>> | null;
  readonly cohort: Cohort | null;
  readonly outliers: OutlierReport | null;
  /** What a reader must know to read the table rightly. */
  readonly notes: readonly string[];
}

/** What was done about outliers, one entry a window. */
export interface OutlierReport {
  readonly rule: Outliers;
  readonly limits: ReadonlyArray<{
    readonly thresholdDate: string;
    readonly limit: number;
    readonly transactions: number;
    readonly customers: number;
    /** Value cut off or left out. */
    readonly value: number;
  }>;
}

interface Window {
  readonly threshold: number;
  readonly end: number | null;
}

/**
 * Features of every customer with a transaction by `thresholdDate`, as they were known on that day, and targets over
 * (thresholdDate, predictEnd].
 *
 * @throws ClvError unknown_feature, missing_column (a feature asked for by name lacks its column), bad_date, bad_option,
 *   bad_window, threshold_outside_data, no_customers
 */
export async function featureTable(log: TransactionLog, options: FeatureOptions = {}): Promise<FeatureTable> {
  checkOptions(options);
  const { features: selection = 'all', cohort = {}, outliers, split, onProgress = () => {} } = options;
  if (options.preset === 'google_clv') return googleClv(log, options);
  const asked = selectedFeatures(selection);
  const lacking = (feature: Feature) => feature.needs.filter((need) => !log.has(need));
  if (!log.keepsLines && asked.some((feature) => OF_LINES.includes(feature.stage) && lacking(feature).length === 0)) {
    throw new ClvError('bad_option', 'these features need every line, and the log was read with detail: days', {
      file: log.report.file,
      hint: "readTransactions(file, { detail: 'lines' })",
    });
  }
  const features = asked.filter((feature) => lacking(feature).length === 0);
  const leftOut = asked.filter((feature) => lacking(feature).length > 0);
  if (selection !== 'all' && leftOut.length > 0) throw lacksColumn(leftOut[0]!, lacking(leftOut[0]!), log);
  const windows = windowsOf(log, options);
  const { engine } = log;
  const { dialect } = engine;
  const name = nextName();
  const part = (what: string) => `${name}_${what}`;
  const stageOptions: StageOptions = {
    knownTable: part('known'),
    limitsTable: part('limits'),
    thresholds: windows.map(({ threshold }) => threshold),
    netted: log.netted,
    outliers,
  };

  if (outliers) {
    onProgress('features: outliers', 0);
    await engine.run(dialect.createTable(stageOptions.limitsTable, outlierLimits({ ...stageOptions, outliers })));
  }
  const stages = [...new Set(features.map(({ stage }) => stage))].filter((stage) => stage !== 'days');
  const known = knownDays(stageOptions);
  const several = stages.some((stage) => stage === 'spread' || stage === 'gaps');
  if (several) await engine.run(dialect.createTable(stageOptions.knownTable, known));
  const steps = stages.length + 2;
  const show = (i: number, name: string) => (done: number) => onProgress(`features: ${name}`, (i + done) / steps);

  const ofStage = (stage: Stage) => features.filter((feature) => feature.stage === stage);
  const aggregates = (stage: Stage) =>
    ofStage(stage)
      .map((feature) => `, ${typed(feature, feature.sql(dialect))} AS ${identifier(feature.name)}`)
      .join('');
  await engine.run(
    dialect.createTable(
      part('days'),
      `SELECT threshold, customer${aggregates('days')}
       FROM (${several ? STAGES.days(stageOptions, dialect) : known}) stage GROUP BY threshold, customer ${having(cohort)}`,
    ),
    show(0, 'transactions'),
  );
  for (const [i, stage] of stages.entries()) {
    await engine.run(
      dialect.createTable(
        part(stage),
        `SELECT threshold, customer${aggregates(stage)}
         FROM (${STAGES[stage](stageOptions, dialect)}) stage GROUP BY threshold, customer`,
      ),
      show(i + 1, stage),
    );
  }
  const held = windows.filter((window): window is Window & { end: number } => window.end !== null);
  if (held.length > 0) {
    await engine.run(dialect.createTable(part('targets'), targets(held, log.netted)));
  }

  if (options.customerTable !== undefined) onDuckDb(engine, 'columns of customers');
  const ofCustomers =
    options.customerTable === undefined
      ? undefined
      : await readCustomerColumns(engine, part('customers'), options.customerTable, log.report.roles.customer!, [
          ...features.map(({ name }) => name),
          ...TARGET_COLUMNS.map(({ name }) => name),
        ]);

  const columns: FeatureColumn[] = [
    { name: 'customer_id', unit: 'id', type: 'text', meaning: 'who' },
    { name: 'threshold_date', unit: 'day', type: 'day', meaning: 'last day that the features know' },
    ...(split
      ? [{ name: 'split', unit: 'text', type: 'text' as const, meaning: 'side of the customer, by a hash of the id' }]
      : []),
    ...features.map(({ name, unit, type, meaning }) => ({ name, unit, type, meaning })),
    ...(ofCustomers?.columns ?? []),
    ...(held.length > 0 ? TARGET_COLUMNS : []),
  ];
  const expression = (column: FeatureColumn): string => {
    const { name: of } = column;
    if (of === 'customer_id') return 'base.customer';
    if (of === 'threshold_date') return `CAST(DATE '1970-01-01' + base.threshold AS DATE)`;
    if (of === 'split') return splitSql(split!, dialect.hash28('base.customer'));
    if (of === 'target_purchases') return `CAST(coalesce(${part('targets')}.${of}, 0) AS INTEGER)`;
    if (of === 'target_value') return `coalesce(${part('targets')}.${of}, 0)`;
    const feature = features.find((one) => one.name === of);
    if (feature === undefined) return columnOf(part('customers'), column);
    const made = `${feature.stage === 'days' ? 'base' : part(feature.stage)}.${identifier(of)}`;
    return `coalesce(${made}, ${feature.type === 'text' ? "''" : (feature.otherwise ?? 0)})`;
  };
  const joins = [...stages, ...(held.length > 0 ? ['targets'] : [])].map(
    (stage) =>
      `LEFT JOIN ${part(stage)} ON ${part(stage)}.threshold = base.threshold AND ${part(stage)}.customer = base.customer`,
  );
  if (ofCustomers) joins.push(`LEFT JOIN ${part('customers')} ON ${part('customers')}.customer = base.customer`);
  await engine.run(
    dialect.createTable(
      name,
      `SELECT ${columns.map((column) => `${expression(column)} AS ${identifier(column.name)}`).join(',\n')}
       FROM ${part('days')} base ${joins.join('\n')} ORDER BY base.threshold, ${dialect.bytes('base.customer')}`,
    ),
    show(stages.length + 1, 'joining'),
  );
  const joined = ofCustomers ? await matched(engine, part('customers'), part('days')) : undefined;
  const outlierCounts = outliers ? await outlierReport(engine, outliers, stageOptions) : null;
  const used = [
    'days',
    ...stages,
    ...(held.length > 0 ? ['targets'] : []),
    ...(several ? ['known'] : []),
    ...(outliers ? ['limits'] : []),
  ];
  for (const what of used) await engine.run(`DROP TABLE ${part(what)}`);
  onProgress('features', 1);
  return tableIn(engine, name, columns, {
    preset: null,
    windows: windows.map(({ threshold, end }) => ({
      thresholdDate: isoDay(threshold),
      predictEnd: end === null ? null : isoDay(end),
    })),
    leftOut: leftOut.map((feature) => ({ name: feature.name, needs: lacking(feature) })),
    split: split ?? null,
    cohort: options.cohort ?? null,
    outliers: outlierCounts,
    notes: [...notesOf(log, windows), ...(ofCustomers ? [ofCustomers.note, joined!] : [])],
  });
}

let made = 0;

/** Every table has a name of its own, so that none becomes another. */
export const nextName = (): string => `features_${++made}`;

/**
 * What a table of the engine holds.
 *
 * @throws ClvError no_customers
 */
export async function tableIn(
  engine: SqlEngine,
  name: string,
  columns: readonly FeatureColumn[],
  details: FeatureDetails,
): Promise<FeatureTable> {
  const rows = (await engine.query(`SELECT count(*) FROM ${name}`)).numbers(0)[0]!;
  if (rows === 0) {
    throw new ClvError('no_customers', 'no customer is left', {
      found: cohortText(details.cohort ?? {}),
      expected: 'a threshold_date after the first transactions, and a cohort that has customers',
    });
  }
  return { rows, columns, engine, name, details, column: (column) => readColumn(engine, name, columns, column) };
}

const TARGET_COLUMNS: readonly FeatureColumn[] = [
  {
    name: 'target_purchases',
    unit: 'transactions',
    type: 'integer',
    meaning: 'transactions in the holdout, after threshold_date and up to predict_end',
  },
  { name: 'target_value', unit: 'money', type: 'number', meaning: 'value of the holdout' },
];

const typed = ({ type }: Feature, sql: string): string => {
  if (type === 'text') return sql;
  return type === 'integer' ? `CAST(${sql} AS INTEGER)` : `CAST(${sql} AS DOUBLE PRECISION)`;
};

async function readColumn(engine: SqlEngine, table: string, columns: readonly FeatureColumn[], name: string) {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) {
    throw new ClvError('unknown_feature', 'the table has no such column', {
      found: name,
      expected: columns.map((one) => one.name).join(', '),
      hint: nearest(
        String(name),
        columns.map((one) => one.name),
      ),
    });
  }
  const sql = column.type === 'day' ? `CAST(${identifier(name)} AS VARCHAR)` : identifier(name);
  const result = await engine.query(
    `SELECT ${sql} FROM ${table} ORDER BY threshold_date, ${engine.dialect.bytes('customer_id')}`,
  );
  return column.type === 'text' || column.type === 'day' ? result.texts(0) : result.numbers(0);
}

function windowsOf(log: TransactionLog, options: FeatureOptions): Window[] {
  const firstDay = parseIsoDay(log.report.firstDay)!;
  const lastDay = parseIsoDay(log.report.lastDay)!;
  const { thresholdDate, predictEnd } = options;
  const last = resolveSplit({ thresholdDate, predictEnd }, firstDay, lastDay);
  const length = last.end === null ? null : last.end - last.threshold;
  const thresholds = new Set([last.threshold]);
  for (const origin of options.origins ?? []) {
    const { threshold } = resolveSplit({ thresholdDate: isoDay(dayOption('origins', origin)) }, firstDay, lastDay);
    thresholds.add(threshold);
  }
  return [...thresholds]
    .sort((a, b) => a - b)
    .map((threshold) => ({ threshold, end: length === null ? null : threshold + length }));
}

function notesOf(log: TransactionLog, windows: readonly Window[]): string[] {
  const lastDay = parseIsoDay(log.report.lastDay)!;
  const short = windows.filter(({ end }) => end !== null && end > lastDay);
  return short.map(
    ({ threshold, end }) =>
      `The log ends on ${log.report.lastDay}, before ${isoDay(end!)}: targets of ${isoDay(threshold)} lack the days between.`,
  );
}

const FEATURE_OPTIONS: readonly (keyof FeatureOptions)[] = [
  'thresholdDate',
  'predictEnd',
  'preset',
  'features',
  'origins',
  'split',
  'cohort',
  'outliers',
  'customerTable',
  'onProgress',
];

function checkOptions(options: FeatureOptions): void {
  checkOptionTypes(
    options,
    {
      split: 'object',
      cohort: 'object',
      outliers: 'object',
      origins: 'array',
      customerTable: 'text',
      onProgress: 'function',
    },
    FEATURE_OPTIONS,
  );
  const { preset, split, cohort = {}, outliers, features, origins, customerTable } = options;
  checkOptionTypes(cohort, {}, ['from', 'to', 'minTransactions', 'maxSilence']);
  if (preset !== undefined && preset !== 'google_clv') {
    throw new ClvError('bad_option', 'there is no such preset', { found: preset, expected: 'google_clv' });
  }
  const chosen =
    preset &&
    Object.entries({ features, origins, split, outliers, cohort: options.cohort, customerTable }).find(
      ([, value]) => value !== undefined,
    );
  if (chosen) {
    throw new ClvError('bad_option', `${preset} leaves no choice of ${chosen[0]}`, { expected: 'dates only' });
  }
  if (split && Object.keys(split).length === 0) {
    throw new ClvError('bad_option', 'a split into nothing', {
      expected: 'shares by name, such as { train: 0.7, test: 0.3 }',
    });
  }
  for (const [name, share] of Object.entries(split ?? {})) {
    if (Number.isFinite(share) && share > 0) continue;
    throw new ClvError('bad_option', 'this is not a share of the customers', {
      column: name,
      found: share,
      expected: 'a positive number, such as 0.7 or 70',
    });
  }
  for (const name of ['minTransactions', 'maxSilence'] as const) {
    const value = cohort[name];
    if (value === undefined || (Number.isInteger(value) && value >= 0)) continue;
    throw new ClvError('bad_option', `${name} of a cohort is not a count`, {
      found: value,
      expected: 'a whole number ≥ 0',
    });
  }
  for (const name of ['from', 'to'] as const) if (cohort[name] !== undefined) dayOption(`cohort ${name}`, cohort[name]);
  const quantile = outliers && ('drop' in outliers ? outliers.drop : outliers.winsorise);
  if (outliers && !(typeof quantile === 'number' && quantile > 0 && quantile < 1)) {
    throw new ClvError('bad_option', 'this is not a quantile to cut outliers at', {
      found: quantile,
      expected: 'a share between 0 and 1, such as 0.99',
    });
  }
  if (features !== undefined && features !== 'all' && features !== 'core' && !Array.isArray(features)) {
    throw new ClvError('bad_option', 'these are not features', {
      found: features,
      expected: 'all, core, or a list of names',
    });
  }
}

function having({ from, to, minTransactions, maxSilence }: Cohort): string {
  const conditions = [
    ...(from === undefined ? [] : [`min(day) >= ${dayOption('cohort from', from)}`]),
    ...(to === undefined ? [] : [`min(day) <= ${dayOption('cohort to', to)}`]),
    ...(minTransactions === undefined ? [] : [`count(*) >= ${minTransactions}`]),
    ...(maxSilence === undefined ? [] : [`threshold - max(day) <= ${maxSilence}`]),
  ];
  return conditions.length === 0 ? '' : `HAVING ${conditions.join(' AND ')}`;
}

const cohortText = (cohort: Cohort): string | undefined => {
  const given = Object.entries(cohort).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : given.map(([name, value]) => `${name} ${value}`).join(', ');
};

/** Hashes are uniform on [0, 2^28); each name has its share of them, in the order given. */
function splitSql(split: Readonly<Record<string, number>>, hash: string): string {
  const total = Object.values(split).reduce((sum, share) => sum + share, 0);
  let below = 0;
  const cases = Object.entries(split).map(([name, share], i, all) => {
    below += share / total;
    const limit = i === all.length - 1 ? 2 ** 28 : Math.round(below * 2 ** 28);
    return `WHEN ${hash} < ${limit} THEN ${literal(name)}`;
  });
  return `CASE ${cases.join(' ')} END`;
}

async function outlierReport(engine: SqlEngine, rule: Outliers, options: StageOptions): Promise<OutlierReport> {
  const gross = knownDays({ ...options, outliers: undefined });
  const counts = await engine.query(
    `SELECT limits.threshold, CAST(cut AS DOUBLE PRECISION), count(value), count(DISTINCT customer),
       CAST(coalesce(sum(${'drop' in rule ? 'value' : 'value - cut'}), 0) AS DOUBLE PRECISION)
     FROM ${options.limitsTable} limits LEFT JOIN (${gross}) gross ON gross.threshold = limits.threshold AND value > cut
     GROUP BY limits.threshold, cut ORDER BY limits.threshold`,
  );
  const at = (column: number, row: number) => counts.numbers(column)[row]!;
  return {
    rule,
    limits: Array.from({ length: counts.rows }, (_, row) => ({
      thresholdDate: isoDay(at(0, row)),
      limit: at(1, row),
      transactions: at(2, row),
      customers: at(3, row),
      value: at(4, row),
    })),
  };
}

function lacksColumn({ name }: Feature, needs: readonly Need[], log: TransactionLog): ClvError {
  const [need] = needs;
  return new ClvError('missing_column', `${name} cannot be made of this log`, {
    file: log.report.file,
    expected: need === 'time' ? 'dates with a time of day' : `a column for the ${need}`,
    hint: need === 'time' ? undefined : `--${need}_column NAME`,
  });
}

const OF_LINES: readonly Stage[] = ['lines', 'products', 'categories', 'countries'];

/** How much of a log a selection needs. */
export function detailFor(selection: FeatureOptions['features'] = 'all'): 'lines' | 'days' | 'values' {
  const features = selectedFeatures(selection);
  if (features.some(({ stage }) => OF_LINES.includes(stage))) return 'lines';
  return features.some(({ needs }) => needs.includes('quantity')) ? 'days' : 'values';
}
