/** Which charts a report has, and why others are left out. */

import { expectedPurchases } from '../btyd/predict.js';
import { dailyRepeats, purchaseDays } from '../features/activity.js';
import type { TransactionLog } from '../features/read-transactions.js';
import { networkModel } from '../jobs/networks/models.js';
import type { Training } from '../jobs/train.js';
import { printable } from '../printable.js';
import { DAYS_PER } from '../time.js';
import { aliveChart } from './charts/alive.js';
import { calibrationCharts } from './charts/calibration.js';
import type { Chart } from './charts/chart.js';
import { cohortChart } from './charts/cohorts.js';
import { largestFirst } from './charts/groups.js';
import { aliveHeatmap, purchasesHeatmap } from './charts/heatmaps.js';
import { effectChart, importanceChart } from './charts/networks.js';
import { dropoutChart, newcomerChart, purchaseRatesChart, survivalChart } from './charts/newcomers.js';
import { nextPurchasesChart } from './charts/next-purchases.js';
import { concentrationChart, decileChart, gainChart } from './charts/ranking.js';
import { repeatCountsChart } from './charts/repeat-counts.js';
import { segmentChart } from './charts/segments.js';
import { spendChart } from './charts/spend.js';
import { timelineChart } from './charts/timelines.js';
import { trackingCharts } from './charts/tracking.js';
import { modelTitle } from './text.js';

/** Sections of a report that show charts. */
export const PLACES = ['customers', 'check', 'behaviour', 'network'] as const;
export type Place = (typeof PLACES)[number];

/** Charts, and what one has to know of them or looks for in vain, in sentences. */
export interface ReportCharts {
  readonly charts: readonly Chart[];
  /** Names of the charts in each section. */
  readonly places: Readonly<Record<Place, readonly string[]>>;
  readonly remarks: readonly string[];
}

/** A chart, or why there is none. */
type ChartOrReason = Chart | string;

export async function reportCharts(training: Training, log: TransactionLog): Promise<ReportCharts> {
  const parts: Readonly<Record<Place, readonly ChartOrReason[]>> = {
    customers: customerCharts(training),
    check: [...holdoutCharts(training), ...(await trackedOverTime(training, log))],
    behaviour: [...behaviourCharts(training), await timelinesOf(training, log)],
    network: networkCharts(training),
  };
  const all = PLACES.flatMap((place) => parts[place]);
  const chartsIn = (some: readonly ChartOrReason[]) => some.flatMap((one) => (typeof one === 'string' ? [] : [one]));
  const namesIn = (place: Place) => chartsIn(parts[place]).map(({ name }) => name);
  return {
    charts: chartsIn(all),
    places: {
      customers: namesIn('customers'),
      check: namesIn('check'),
      behaviour: namesIn('behaviour'),
      network: namesIn('network'),
    },
    remarks: [
      ...(training.networks ? [besideNetworks(training)] : []),
      ...all.flatMap((one) => (typeof one === 'string' ? [one] : [])),
    ],
  };
}

const besideNetworks = ({ purchases }: Training): string =>
  `Purchases over time, the weeks to come and how customers behave are those of ${modelTitle(purchases.model)}, fitted beside the network.`;

function customerCharts({ table, predictions, purchases }: Training): ChartOrReason[] {
  const { customers, thresholdDate, spent } = table;
  return [
    segmentChart({ spent, expected: predictions.expectedValue }, predictions.pAlive),
    cohortChart(customers, { spent, expected: predictions.clv }, thresholdDate),
    concentrationChart(predictions.expectedValue) ?? 'No value is expected, so there is no concentration of it.',
    aliveChart(predictions.pAlive) ?? 'Everyone counts as alive: there is no spread of P(alive) to show.',
    nextPurchasesChart(purchases, customers, predictions.expectedPurchases, thresholdDate),
  ];
}

function holdoutCharts(training: Training): ChartOrReason[] {
  const { customers, holdout } = training.table;
  if (holdout === null) {
    return [
      'Without a holdout (--predict_end) there is no check on what customers did: no deciles, gain or calibration.',
    ];
  }
  const value = { actual: holdout.value, predicted: holdoutForecast(training, 'value') };
  const bought = { actual: holdout.purchases, predicted: holdoutForecast(training, 'purchases') };
  return [
    decileChart(value),
    gainChart(value) ?? 'Nothing was bought in the holdout, so there is no gain to show.',
    ...calibrationCharts(customers, bought),
  ];
}

async function trackedOverTime(
  { table, purchases, networks }: Training,
  log: TransactionLog,
): Promise<ChartOrReason[]> {
  if (networks?.split === 'customers') {
    return [
      'Split by customers, the report is on those who were judged; all of them together are not tracked over time.',
    ];
  }
  const repeats = await dailyRepeats(log, table);
  const { cumulative, incremental } = trackingCharts(purchases, table.customers, repeats, table.thresholdDate);
  return [cumulative, incremental];
}

function behaviourCharts({ table, purchases, spend, horizon }: Training): ChartOrReason[] {
  const { customers } = table;
  const model = modelTitle(purchases.model);
  const long = Math.max(DAYS_PER.year / DAYS_PER[customers.timeUnit], horizon);
  const survival = survivalChart(purchases, long);
  const alive = survival && aliveHeatmap(purchases, customers);
  const dropout = dropoutChart(purchases);
  return [
    purchasesHeatmap(purchases, customers, horizon) ?? 'All customers are new: no heatmaps by frequency and recency.',
    ...(alive ? [alive] : []),
    repeatCountsChart(purchases, customers),
    spendChart(spend, customers) ?? 'Too few customers differ in spend to show how it is spread.',
    newcomerChart(purchases, long),
    survival ?? `${model} has no dropout: customers are never lost.`,
    purchaseRatesChart(purchases) ?? `In ${model} all customers buy at one rate.`,
    ...(dropout ? [dropout] : []),
  ];
}

/** Customers whose timelines are shown: the most valuable, those that may have been lost, and any. */
const EACH_SORT = 6;
/** Their ids are shown to here. */
const LONGEST_LABEL = 16;

function rowsOfTimelines({ predictions, table }: Training): number[] {
  const { spent, customers } = table;
  const best = Array.from(largestFirst(predictions.clv));
  const missed = Array.from(largestFirst(spent.map((value, i) => value * (1 - predictions.pAlive[i]!))));
  const rich = missed.filter((i) => customers.frequency[i]! > 0 && predictions.pAlive[i]! < 0.5);
  const any = Array.from({ length: EACH_SORT }, (_, k) => best[Math.floor(((k + 0.5) / EACH_SORT) * best.length)]!);
  return [...new Set([...best.slice(0, EACH_SORT), ...rich.slice(0, EACH_SORT), ...any])];
}

async function timelinesOf(training: Training, log: TransactionLog): Promise<Chart> {
  const { table, purchases } = training;
  const rows = rowsOfTimelines(training);
  const ids = rows.map((i) => table.customerId[i]!);
  const days = await purchaseDays(log, table, ids);
  const timelines = ids.map((id, k) => ({ label: `${k + 1}. ${printable(id, LONGEST_LABEL)}`, days: days[k]! }));
  return timelineChart(purchases, timelines, table.thresholdDate);
}

const networkCharts = ({ networks }: Training): Chart[] =>
  (['value', 'purchases'] as const).flatMap((part) => {
    const trained = networks?.[part];
    if (!trained) return [];
    const corrects = networkModel(networks!.model)?.corrects;
    return [
      importanceChart(trained.importance, part),
      ...trained.effects.map((effect) => effectChart(effect, part, corrects)),
    ];
  });

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
