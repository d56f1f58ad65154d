/** From a cleaned log to a table of features: one row a customer and threshold, with targets where there is a holdout. */
import { dayOption, isoDay, parseIsoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import type { Feature, Need } from './catalogue/feature.js';
import { selectedFeatures } from './catalogue/index.js';
import { type CustomerColumns, columnOf, matched, readCustomerColumns } from './customer-columns.js';
import { resolveSplit } from './customer-table.js';
import { countRows, identifier, literal, onDuckDb } from './engine.js';
import { type Cohort, checkFeatureOptions, type FeatureOptions, OF_LINES } from './feature-options.js';
import { type FeatureColumn, type FeatureTable, nextName, type OutlierReport, tableOf } from './feature-table.js';
import { idOf } from './lines.js';
import { googleClv } from './presets/google-clv.js';
import type { TransactionLog } from './read-transactions.js';
import {
  everyone,
  isOfDays,
  knownDays,
  knownStories,
  OF_PEOPLE,
  type Outliers,
  outlierLimits,
  STAGES,
  type StageOfLines,
  type StageOptions,
  targets,
} from './stages.js';

/**
 * Features of every customer with a transaction by `thresholdDate`, as they were known on that day, and targets over
 * (thresholdDate, predictEnd].
 *
 * @throws ClvError unknown_feature, missing_column (a feature asked for by name lacks its column), bad_date, bad_option,
 *   bad_window, threshold_outside_data, no_customers
 */
export async function featureTable(log: TransactionLog, options: FeatureOptions = {}): Promise<FeatureTable> {
  checkFeatureOptions(options);
  if (options.preset === 'google_clv') return googleClv(log, options);
  const { outliers, onProgress = () => {} } = options;
  const { features, leftOut } = chosenFeatures(log, options.features);
  const windows = windowsOf(log, options);
  const name = nextName();
  const making: Making = { log, options, features, windows, part: (what) => `${name}_${what}` };
  const parts = await makeParts(making);
  const people = await customerColumns(making);
  const columns = columnsOf(making, people);
  const join = {
    select: joinOf(making, parts, people, columns),
    parts: [...parts, ...(people ? ['customers'] : [])].map(making.part),
  };
  const notes = [...notesOf(log, windows), ...(people ? [people.note, await matchedText(making)] : [])];
  const outlierCounts = outliers ? await outlierReport(making, outliers) : null;
  const rows = await countRows(log.engine, making.part('days'));
  onProgress('features', 1);
  return tableOf(log.engine, { name, rows, join }, columns, {
    preset: null,
    windows: windows.map(({ threshold, end }) => ({
      thresholdDate: isoDay(threshold),
      predictEnd: end === null ? null : isoDay(end),
    })),
    leftOut,
    split: options.split ?? null,
    cohort: options.cohort ?? null,
    outliers: outlierCounts,
    notes,
  });
}

interface Window {
  readonly threshold: number;
  readonly end: number | null;
}

/** A table in the making. */
interface Making {
  readonly log: TransactionLog;
  readonly options: FeatureOptions;
  readonly features: readonly Feature[];
  readonly windows: readonly Window[];
  /** Names of its parts in the engine. */
  part(what: string): string;
}

function stageOptionsOf({ log, options, windows, part }: Making): StageOptions {
  return {
    thresholds: windows.map(({ threshold }) => threshold),
    netted: log.netted,
    tables: log.tables,
    outliers: options.outliers,
    limitsTable: part('limits'),
  };
}

const heldOut = ({ windows }: Making) =>
  windows.filter((window): window is Window & { end: number } => window.end !== null);

/** The features asked for that the log allows, and those that it does not. */
function chosenFeatures(log: TransactionLog, selection: FeatureOptions['features'] = 'all') {
  const lacking = ({ needs }: Feature) => needs.filter((need) => !log.has(need));
  const asked = selectedFeatures(selection);
  const features = asked.filter((feature) => lacking(feature).length === 0);
  const leftOut = asked.filter((feature) => lacking(feature).length > 0);
  if (log.keeps === 'days' && features.some(({ stage }) => OF_LINES.includes(stage))) {
    throw new ClvError('bad_option', 'these features need every line, and the log was read with detail: days', {
      file: log.report.file,
      hint: "readTransactions(file, { detail: 'features' })",
    });
  }
  if (selection !== 'all' && leftOut.length > 0) throw lacksColumn(leftOut[0]!, lacking(leftOut[0]!), log);
  return { features, leftOut: leftOut.map((feature) => ({ name: feature.name, needs: lacking(feature) })) };
}

function lacksColumn({ name }: Feature, needs: readonly Need[], log: TransactionLog): ClvError {
  const [need] = needs;
  return new ClvError('missing_column', `${name} cannot be made of this log`, {
    file: log.report.file,
    expected: need === 'time' ? 'dates with a time of day' : `a column for the ${need}`,
    hint: need === 'time' ? undefined : `--${need}_column NAME`,
  });
}

/** In how many pieces the stages are made that take most memory. */
const PIECES = 4;

/** The most tables that are made besides those of stages: limits, people, days, targets. */
const BESIDE_STAGES = 4;

/**
 * Makes a table for every stage that a feature is of, one row a customer and threshold, and one for the targets.
 *
 * @returns what was made; `days` names the customers who have a row
 */
async function makeParts(making: Making): Promise<string[]> {
  const { log, options, features, part } = making;
  const { engine } = log;
  const { dialect } = engine;
  const { outliers, cohort = {}, onProgress = () => {} } = options;
  const stageOptions = stageOptionsOf(making);
  const stages = [...new Set(features.map(({ stage }) => stage))].filter((stage) => !isOfDays(stage));
  const parts: string[] = [];
  const make = async (what: string, title: string, ...queries: string[]) => {
    for (const [i, query] of queries.entries()) {
      const show = (done: number) =>
        onProgress(
          `features: ${title}`,
          (parts.length + (i + done) / queries.length) / (stages.length + BESIDE_STAGES),
        );
      await engine.run(i === 0 ? dialect.createTable(part(what), query) : `INSERT INTO ${part(what)} ${query}`, show);
    }
    parts.push(what);
  };
  if (outliers) await make('limits', 'outliers', outlierLimits({ ...stageOptions, outliers }));
  const people = part('people');
  const grouped = (own: readonly Feature[], rows: string, by = 'threshold, customer') => {
    const columns = own.map((feature) => `, ${typed(feature, feature.sql(dialect))} AS ${identifier(feature.name)}`);
    return `SELECT ${by}${columns.join('')} FROM (${rows}) stage GROUP BY ${by}`;
  };
  const aggregates = (stage: StageOfLines, piece?: string) => {
    const own = features.filter((feature) => feature.stage === stage);
    const rows = STAGES[stage](stageOptions, dialect, { people, piece });
    if (!OF_PEOPLE.includes(stage)) return grouped(own, rows);
    return `SELECT threshold, customer${own.map(({ name }) => `, ${identifier(name)}`).join('')}
      FROM (${grouped(own, rows, 'who')}) counted JOIN ${people} people ON people.who = counted.who`;
  };
  // first what takes most memory: the rest is made in what it gives back
  const ofPeople = stages.filter((stage) => OF_PEOPLE.includes(stage));
  if (ofPeople.length > 0) await make('people', 'customers', everyone(stageOptions));
  // customers that are numbers are easily parted, and what one part took is there for the next
  const pieces =
    log.tables.names === undefined
      ? [undefined]
      : Array.from({ length: PIECES }, (_, i) => `customer % ${PIECES} = ${i}`);
  for (const stage of ofPeople) await make(stage, stage, ...pieces.map((piece) => aggregates(stage, piece)));
  const ofDays = features.filter(({ stage }) => isOfDays(stage));
  const known = ofDays.some(({ stage }) => stage === 'stories')
    ? knownStories(stageOptions, dialect)
    : knownDays(stageOptions);
  await make('days', 'transactions', `${grouped(ofDays, known)} ${having(cohort)}`);
  for (const stage of stages) if (!ofPeople.includes(stage)) await make(stage, stage, aggregates(stage));
  const held = heldOut(making);
  if (held.length > 0) await make('targets', 'targets', targets(held, log));
  return parts;
}

const typed = ({ type }: Feature, sql: string): string => {
  if (type === 'text') return sql;
  return type === 'integer' ? `CAST(${sql} AS INTEGER)` : `CAST(${sql} AS DOUBLE PRECISION)`;
};

async function customerColumns({ log, options, features, part }: Making): Promise<CustomerColumns | undefined> {
  if (options.customerTable === undefined) return undefined;
  onDuckDb(log.engine, 'columns of customers');
  const taken = [...features, ...TARGET_COLUMNS].map(({ name }) => name);
  return readCustomerColumns(log.engine, part('customers'), options.customerTable, log.report.roles.customer!, taken);
}

const matchedText = ({ log, part }: Making): Promise<string> => matched(log.engine, part('customers'), part('days'));

const TARGET_COLUMNS: readonly FeatureColumn[] = [
  {
    name: 'target_purchases',
    unit: 'transactions',
    type: 'integer',
    meaning: 'transactions in the holdout, after threshold_date and up to predict_end',
  },
  { name: 'target_value', unit: 'money', type: 'number', meaning: 'value of the holdout' },
];

function columnsOf(making: Making, people: CustomerColumns | undefined): FeatureColumn[] {
  const { features, options } = making;
  return [
    { name: 'customer_id', unit: 'id', type: 'text', meaning: 'who' },
    { name: 'threshold_date', unit: 'day', type: 'day', meaning: 'last day that the features know' },
    ...(options.split ? [SPLIT_COLUMN] : []),
    ...features.map(({ name, unit, type, meaning }) => ({ name, unit, type, meaning })),
    ...(people?.columns ?? []),
    ...(heldOut(making).length > 0 ? TARGET_COLUMNS : []),
  ];
}

const SPLIT_COLUMN: FeatureColumn = {
  name: 'split',
  unit: 'text',
  type: 'text',
  meaning: 'side of the customer, by a hash of the id',
};

/** SELECT of the table from its parts; `base` is that of days. */
function joinOf(
  { log, options, features, part }: Making,
  parts: readonly string[],
  people: CustomerColumns | undefined,
  columns: readonly FeatureColumn[],
): string {
  const { dialect } = log.engine;
  const { id, join } = idOf(log.tables, 'base.customer');
  const expression = (column: FeatureColumn): string => {
    const { name } = column;
    if (name === 'customer_id') return id;
    if (name === 'threshold_date') return "CAST(DATE '1970-01-01' + base.threshold AS DATE)";
    if (name === 'split') return splitSql(options.split!, dialect.hash28(id));
    if (name === 'target_purchases') return `CAST(coalesce(${part('targets')}.${name}, 0) AS INTEGER)`;
    if (name === 'target_value') return `coalesce(${part('targets')}.${name}, 0)`;
    const feature = features.find((one) => one.name === name);
    if (feature === undefined) return columnOf(part('customers'), column);
    const made = `${isOfDays(feature.stage) ? 'base' : part(feature.stage)}.${identifier(name)}`;
    return `coalesce(${made}, ${feature.type === 'text' ? "''" : (feature.otherwise ?? 0)})`;
  };
  const others = parts.filter((what) => !['limits', 'people', 'days'].includes(what)).map(part);
  const joins = others.map(
    (table) => `LEFT JOIN ${table} ON ${table}.threshold = base.threshold AND ${table}.customer = base.customer`,
  );
  if (people) joins.push(`LEFT JOIN ${part('customers')} ON ${part('customers')}.customer = ${id}`);
  return `SELECT ${columns.map((column) => `${expression(column)} AS ${identifier(column.name)}`).join(',\n')}
    FROM ${part('days')} base ${join} ${joins.join('\n')} ORDER BY base.threshold, ${dialect.bytes(id)}`;
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

function having({ from, to, minTransactions, maxSilence }: Cohort): string {
  const conditions = [
    ...(from === undefined ? [] : [`min(day) >= ${dayOption('cohort from', from)}`]),
    ...(to === undefined ? [] : [`min(day) <= ${dayOption('cohort to', to)}`]),
    ...(minTransactions === undefined ? [] : [`count(*) >= ${minTransactions}`]),
    ...(maxSilence === undefined ? [] : [`threshold - max(day) <= ${maxSilence}`]),
  ];
  return conditions.length === 0 ? '' : `HAVING ${conditions.join(' AND ')}`;
}

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

async function outlierReport(making: Making, rule: Outliers): Promise<OutlierReport> {
  const { engine } = making.log;
  const options = stageOptionsOf(making);
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
