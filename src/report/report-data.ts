/** All that a report shows, as plain JSON: `report.json` of a job. Pages and files of charts are made from it alone. */
import { basename } from 'node:path';
import { expectedPurchases } from '../btyd/predict.js';
import { ClvError } from '../errors.js';
import { dailyRepeats, purchaseDays } from '../features/activity.js';
import type { TransactionLog } from '../features/read-transactions.js';
import type { Training } from '../jobs/train.js';
import { printable } from '../printable.js';
import { DAYS_PER, type TimeUnit } from '../time.js';
import { aliveChart } from './charts/alive.js';
import { calibrationCharts } from './charts/calibration.js';
import type { Chart } from './charts/chart.js';
import { cohortChart } from './charts/cohorts.js';
import { largestFirst, total } from './charts/groups.js';
import { aliveHeatmap, purchasesHeatmap } from './charts/heatmaps.js';
import { effectChart, importanceChart } from './charts/networks.js';
import { dropoutChart, newcomerChart, purchaseRatesChart, survivalChart } from './charts/newcomers.js';
import { nextPurchasesChart } from './charts/next-purchases.js';
import { concentrationChart, decileChart, gainChart, shares } from './charts/ranking.js';
import { repeatCountsChart } from './charts/repeat-counts.js';
import { segmentChart } from './charts/segments.js';
import { spendChart } from './charts/spend.js';
import { timelineChart } from './charts/timelines.js';
import { trackingCharts } from './charts/tracking.js';
import { relativeInterval } from './relative-interval.js';
import { type DataTable, holdoutTable, overdueTable, parameterTable, topTable } from './tables.js';
import { modelTitle } from './text.js';

export const REPORT_VERSION = 1;

export interface ReportData {
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
  readonly charts: readonly Chart[];
  /** Why what one might look for is not here. */
  readonly omitted: readonly string[];
}

export interface Headline {
  readonly customers: number;
  /** Who came back by the threshold. */
  readonly returned: number;
  readonly expectedPurchases: number;
  /** Over the horizon, undiscounted. */
  readonly expectedValue: number;
  /** Central 90 % as the parameters are uncertain; null where that is not known. */
  readonly interval: readonly [number, number] | null;
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
  const { charts, omitted } = await chartsOf(training, log);
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
    charts,
    omitted,
  };
}

/**
 * A report from the text of `report.json`.
 *
 * @throws ClvError bad_saved_model
 */
export function readReportData(text: string): ReportData {
  let value: Partial<ReportData> | null;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ClvError('bad_saved_model', 'the report is not JSON', { found: text, expected: 'a report.json', cause });
  }
  if (value?.schemaVersion === REPORT_VERSION && Array.isArray(value.charts)) return value as ReportData;
  throw new ClvError('bad_saved_model', 'this is not a report of a version that this release knows', {
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
  const relative = networks
    ? null
    : relativeInterval({ purchases, spend }, customers, predictions.expectedValue, horizon);
  const held = value > 0 ? shares(predictions.expectedValue, largestFirst(predictions.expectedValue)) : undefined;
  return {
    customers: customers.n,
    returned: customers.frequency.reduce((sum, x) => sum + (x > 0 ? 1 : 0), 0),
    expectedPurchases: total(predictions.expectedPurchases),
    expectedValue: value,
    interval: relative && [value * relative[0], value * relative[1]],
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
/** As charts of single customers show ids. */
const LONGEST_LABEL = 16;

/** What the figures say, in sentences. */
function findingsOf({ findings, metrics, predictions, table }: Training): string[] {
  const said = findings.map(({ message }) => message);
  if (metrics) {
    const { totalActual, totalPredicted, bias } = metrics.purchases;
    const off = bias === null ? '' : ` (${Math.abs(100 * bias).toFixed(1)}% ${bias < 0 ? 'fewer' : 'more'} than came)`;
    said.unshift(
      `Checked on the days after ${table.thresholdDate}, to ${table.predictEnd}, which the model had not seen: ${whole(totalPredicted)} purchases predicted, ${whole(totalActual)} came${off}.`,
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

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Customers whose timelines are shown: the most valuable, those that may have been lost, and any. */
const EACH_SORT = 6;

function timelineRows({ predictions, table }: Training): number[] {
  const { spent, customers } = table;
  const best = Array.from(largestFirst(predictions.clv));
  const missed = Array.from(largestFirst(spent.map((value, i) => value * (1 - predictions.pAlive[i]!))));
  const rich = missed.filter((i) => customers.frequency[i]! > 0 && predictions.pAlive[i]! < 0.5);
  const any = Array.from({ length: EACH_SORT }, (_, k) => best[Math.floor(((k + 0.5) / EACH_SORT) * best.length)]!);
  return [...new Set([...best.slice(0, EACH_SORT), ...rich.slice(0, EACH_SORT), ...any])];
}

async function chartsOf(training: Training, log: TransactionLog): Promise<{ charts: Chart[]; omitted: string[] }> {
  const { table, purchases, spend, predictions, horizon, networks, metrics } = training;
  const { customers, thresholdDate, holdout, spent } = table;
  const values = { spent, expected: predictions.clv };
  const year = DAYS_PER.year / DAYS_PER[customers.timeUnit];
  const omitted: string[] = [];
  const unless = (chart: Chart | undefined, why: string): Chart[] => {
    if (chart) return [chart];
    omitted.push(why);
    return [];
  };

  const charts: Chart[] = [
    segmentChart(values, predictions.pAlive),
    cohortChart(customers, values, thresholdDate),
    ...unless(
      concentrationChart(predictions.expectedValue),
      'No value is expected, so there is no concentration of it.',
    ),
    ...unless(aliveChart(predictions.pAlive), 'Everyone counts as alive: there is no spread of P(alive) to show.'),
    nextPurchasesChart(purchases, customers, predictions.expectedPurchases, thresholdDate),
  ];
  if (holdout && metrics) {
    const value = { actual: holdout.value, predicted: holdoutForecast(training, 'value') };
    const bought = { actual: holdout.purchases, predicted: holdoutForecast(training, 'purchases') };
    charts.push(
      decileChart(value),
      ...unless(gainChart(value), 'Nothing was bought in the holdout, so there is no gain to show.'),
      ...calibrationCharts(customers, bought),
    );
  } else {
    omitted.push(
      'Without a holdout (--predict_end) there is no check on what customers did: no deciles, gain or calibration.',
    );
  }
  if (networks?.split === 'customers') {
    omitted.push(
      'Split by customers, the report is on those who were judged; all of them together are not tracked over time.',
    );
  } else {
    const { cumulative, incremental } = trackingCharts(
      purchases,
      customers,
      await dailyRepeats(log, table),
      thresholdDate,
    );
    charts.push(cumulative, incremental);
  }
  const rows = timelineRows(training);
  const days = await purchaseDays(
    log,
    table,
    rows.map((i) => table.customerId[i]!),
  );
  const labels = rows.map((i, place) => `${place + 1}. ${printable(table.customerId[i]!, LONGEST_LABEL)}`);
  const timelines = days.map((each, place) => ({ label: labels[place]!, days: each }));
  charts.push(
    ...unless(
      purchasesHeatmap(purchases, customers, horizon),
      'All customers are new: no heatmaps by frequency and recency.',
    ),
    ...(predictions.pAlive.some((chance) => chance < 1 - 1e-9) ? unlessNone(aliveHeatmap(purchases, customers)) : []),
    repeatCountsChart(purchases, customers),
    ...unless(spendChart(spend, customers), 'Too few customers differ in spend to show how it is spread.'),
    newcomerChart(purchases, Math.max(year, horizon)),
    ...unless(
      survivalChart(purchases, Math.max(year, horizon)),
      `${modelTitle(purchases.model)} has no dropout: customers are never lost.`,
    ),
    ...unless(purchaseRatesChart(purchases), `In ${modelTitle(purchases.model)} all customers buy at one rate.`),
    ...unlessNone(dropoutChart(purchases)),
    timelineChart(purchases, timelines, thresholdDate),
  );
  for (const part of ['value', 'purchases'] as const) {
    const trained = networks?.[part];
    if (!trained) continue;
    charts.push(
      importanceChart(trained.importance, part),
      ...trained.effects.map((effect) => effectChart(effect, part)),
    );
  }
  return { charts, omitted };
}

const unlessNone = (chart: Chart | undefined): Chart[] => (chart ? [chart] : []);

/**
 * What was predicted for the holdout. Where the horizon is another one, predictions are carried over: by the statistics,
 * or in proportion to what these expect.
 */
function holdoutForecast(
  { table, predictions, purchases, networks, horizon }: Training,
  part: 'purchases' | 'value',
): Float64Array {
  const own = part === 'value' ? predictions.expectedValue : predictions.expectedPurchases;
  const { customers, holdout } = table;
  if (horizon === holdout!.length) return own;
  const over = expectedPurchases(purchases, customers, holdout!.length);
  if (!networks) return part === 'value' ? over.map((count, i) => count * predictions.expectedSpend[i]!) : over;
  const statistics = expectedPurchases(purchases, customers, horizon);
  return own.map((value, i) => (statistics[i]! > 0 ? (value * over[i]!) / statistics[i]! : 0));
}
