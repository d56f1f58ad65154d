/** All that a report shows, as plain JSON: `report.json` of a job. Pages and files of charts are made from it alone. */
import { basename } from 'node:path';
import { ClvError } from '../errors.js';
import type { TransactionLog } from '../features/read-transactions.js';
import type { Training } from '../jobs/train.js';
import { printable } from '../printable.js';
import type { TimeUnit } from '../time.js';
import { largestFirst, total } from './charts/groups.js';
import { shares } from './charts/ranking.js';
import { relativeInterval } from './relative-interval.js';
import { type ReportCharts, reportCharts } from './report-charts.js';
import { type DataTable, holdoutTable, overdueTable, parameterTable, topTable } from './tables.js';
import { modelTitle } from './text.js';

export const REPORT_VERSION = 1;

export interface ReportData extends ReportCharts {
  readonly schemaVersion: typeof REPORT_VERSION;
  readonly title: string;
  readonly model: string;
  readonly timeUnit: TimeUnit;
  readonly thresholdDate: string;
  readonly predictEnd: string | null;
  /** In the time unit. */
  readonly horizon: number;
  readonly headline: Headline;
  readonly quality: Quality;
  readonly findings: readonly string[];
  readonly tables: {
    readonly top: DataTable;
    readonly overdue: DataTable;
    /** null without a holdout. */
    readonly holdout: readonly DataTable[] | null;
    readonly parameters: DataTable;
  };
}

export interface Headline {
  readonly customers: number;
  /** Who came back by the threshold. */
  readonly returned: number;
  readonly expectedPurchases: number;
  /** Over the horizon, undiscounted. */
  readonly expectedValue: number;
  /** Central interval of it at this level; null where that is not known. */
  readonly interval: readonly [number, number] | null;
  readonly level: number;
  /** Whether chance is in the interval, or only that the parameters are uncertain. */
  readonly chance: boolean;
  /** Discounted, times the margin. */
  readonly clv: number;
  readonly discountRate: number;
  readonly margin: number;
  /** Mean P(alive). */
  readonly alive: number;
  /** Share of the expected value that the most valuable tenth and fifth of the customers hold; null where there is none. */
  readonly heldByTenth: number | null;
  readonly heldByFifth: number | null;
}

export interface Quality {
  readonly file: string;
  readonly files: number;
  readonly layout: string;
  readonly rows: number;
  readonly transactions: number;
  readonly customers: number;
  readonly laterCustomers: number;
  readonly value: number;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly encoding: string;
  readonly normalisedIds: number;
  readonly dropped: readonly QualityCount[];
  readonly notes: readonly QualityCount[];
  readonly remarks: readonly string[];
}

export interface QualityCount {
  readonly meaning: string;
  readonly rows: number;
  readonly value: number;
}

export interface ReportOptions {
  /** Heading. Default: `Customer lifetime value`. */
  readonly title?: string | undefined;
}

/**
 * What a report of a training holds; the log is asked once more, for purchases by day.
 *
 * @returns at most about 1 MB as JSON, however many customers there are
 */
export async function reportData(
  training: Training,
  log: TransactionLog,
  { title = 'Customer lifetime value' }: ReportOptions = {},
): Promise<ReportData> {
  const { table, horizon, networks, purchases } = training;
  return {
    schemaVersion: REPORT_VERSION,
    title,
    model: modelTitle(networks?.model ?? purchases.model),
    timeUnit: table.customers.timeUnit,
    thresholdDate: table.thresholdDate,
    predictEnd: table.predictEnd,
    horizon,
    headline: headlineOf(training),
    quality: qualityOf(training),
    findings: findingsOf(training),
    tables: {
      top: topTable(training),
      overdue: overdueTable(training),
      holdout: holdoutTable(training),
      parameters: parameterTable(training),
    },
    ...(await reportCharts(training, log)),
  };
}

const PARTS = ['headline', 'quality', 'findings', 'tables', 'charts', 'places', 'remarks'] as const;

/**
 * A report from the text of `report.json`.
 *
 * @throws ClvError bad_saved_model
 */
export function readReportData(text: string, file?: string): ReportData {
  let value: Partial<ReportData> | null;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ClvError('bad_saved_model', 'the report is not JSON', {
      file,
      found: text,
      expected: 'a report.json',
      cause,
    });
  }
  if (value?.schemaVersion === REPORT_VERSION) {
    const lacking =
      PARTS.find((part) => typeof value[part] !== 'object') ??
      value.charts!.find(({ name }) => !/^[a-z0-9-]+$/.test(name))?.name; // they become names of files
    if (lacking === undefined) return value as ReportData;
    throw new ClvError('bad_saved_model', 'the report is damaged', {
      file,
      column: lacking,
      expected: 'a report.json, unchanged',
    });
  }
  throw new ClvError('bad_saved_model', 'this is not a report of a version that this release knows', {
    file,
    found: value?.schemaVersion,
    expected: `schemaVersion ${REPORT_VERSION}`,
    hint: 'run the job again',
  });
}

function headlineOf({
  table,
  predictions,
  purchases,
  spend,
  networks,
  horizon,
  discountRate,
  margin,
}: Training): Headline {
  const { customers } = table;
  const value = total(predictions.expectedValue);
  const together = networks ? undefined : predictions.intervals?.total?.value;
  const relative =
    networks || together ? null : relativeInterval({ purchases, spend }, customers, predictions.expectedValue, horizon);
  const held = value > 0 ? shares(predictions.expectedValue, largestFirst(predictions.expectedValue)) : undefined;
  return {
    customers: customers.n,
    returned: customers.frequency.reduce((sum, x) => sum + (x > 0 ? 1 : 0), 0),
    expectedPurchases: total(predictions.expectedPurchases),
    expectedValue: value,
    interval: together ? [together.low, together.high] : relative && [value * relative[0], value * relative[1]],
    level: together ? predictions.intervals!.level : 0.9,
    chance: together !== undefined,
    clv: total(predictions.clv),
    discountRate,
    margin,
    alive: total(predictions.pAlive) / customers.n,
    heldByTenth: held?.(0.1) ?? null,
    heldByFifth: held?.(0.2) ?? null,
  };
}

function qualityOf({ report, table }: Training): Quality {
  const counts = (rows: Training['report']['dropped']) =>
    rows.map(({ meaning, rows, value }) => ({ meaning, rows, value }));
  return {
    file: printable(basename(report.file), LONGEST_TEXT),
    files: report.files.length,
    layout: report.layout,
    rows: report.rows,
    transactions: report.transactions,
    customers: report.customers,
    laterCustomers: table.laterCustomers,
    value: report.value,
    firstDay: report.firstDay,
    lastDay: report.lastDay,
    encoding: report.encoding,
    normalisedIds: report.normalisedIds,
    dropped: counts(report.dropped),
    notes: counts(report.notes),
    remarks: report.remarks.map((remark) => printable(remark)),
  };
}

const LONGEST_TEXT = 80;

/** What the figures say, in sentences. */
function findingsOf({ findings, metrics, predictions, table }: Training): string[] {
  const said = findings.map(({ message }) => message);
  if (metrics) {
    const { purchases, value } = metrics;
    said.unshift(
      `Checked on the days after ${table.thresholdDate}, to ${table.predictEnd}, which the model had not seen: ${whole(purchases.totalPredicted)} purchases predicted, ${whole(purchases.totalActual)} came${offBy(purchases)}; value ${whole(value.totalPredicted)} predicted, ${whole(value.totalActual)} came${offBy(value)}.`,
    );
  }
  const { intervals } = predictions;
  if (intervals?.value && table.holdout && metrics) {
    const { low, high } = intervals.value;
    const inside = table.holdout.value.reduce(
      (sum, value, i) => sum + (value >= low[i]! && value <= high[i]! ? 1 : 0),
      0,
    );
    said.push(
      `Of the customers, ${Math.round((100 * inside) / table.customers.n)}% came out within their ${Math.round(100 * intervals.level)}% interval of value.`,
    );
  }
  return said.map((sentence) => printable(sentence));
}

const offBy = ({ bias }: { readonly bias: number | null }): string =>
  bias === null ? '' : ` (the prediction is ${Math.abs(100 * bias).toFixed(1)}% too ${bias < 0 ? 'low' : 'high'})`;

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
