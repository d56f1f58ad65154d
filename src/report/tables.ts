/** Tables of a report: cells with their titles and formats. */
import { type Estimate, estimates } from '../btyd/inference/wald.js';
import { BENCHMARKS, type Evaluation } from '../evaluate/benchmarks.js';
import type { Training } from '../jobs/train.js';
import { printable } from '../printable.js';
import type { Cell, NumberFormat } from './charts/chart.js';
import { largestFirst } from './charts/groups.js';
import { modelTitle } from './text.js';

export interface DataTable {
  readonly title: string;
  /** Text where there is no format. */
  readonly columns: ReadonlyArray<{ readonly title: string; readonly format?: NumberFormat }>;
  readonly rows: ReadonlyArray<readonly Cell[]>;
}

const MOST_CUSTOMERS = 500;
const MOST_OVERDUE = 25;
/** Ids are shown to here. */
const LONGEST_ID = 60;

const idOf = (training: Training, i: number): string => printable(training.table.customerId[i]!, LONGEST_ID);

/** The most valuable customers. */
export function topTable(training: Training): DataTable {
  const { table, predictions } = training;
  const { frequency } = table.customers;
  const { intervals } = predictions;
  const rows = Array.from(largestFirst(predictions.clv).subarray(0, MOST_CUSTOMERS), (i) => [
    idOf(training, i),
    frequency[i]! + 1,
    cents(table.spent[i]!),
    digits(predictions.pAlive[i]!),
    digits(predictions.expectedPurchases[i]!),
    cents(predictions.expectedSpend[i]!),
    cents(predictions.clv[i]!),
    ...(intervals ? [cents(intervals.value.low[i]!), cents(intervals.value.high[i]!)] : []),
    ...(table.holdout ? [cents(table.holdout.value[i]!)] : []),
  ]);
  const level = intervals && `${Math.round(100 * intervals.level)}%`;
  return {
    title: rows.length === table.customers.n ? 'All customers' : `The ${rows.length} most valuable customers`,
    columns: [
      { title: 'Customer' },
      { title: 'Purchases', format: ',d' },
      { title: 'Spent so far', format: ',d' },
      { title: 'P(alive)', format: '.0%' },
      { title: 'Expected purchases', format: ',.2f' },
      { title: 'Spend a purchase', format: ',d' },
      { title: 'CLV', format: ',d' },
      ...(level
        ? ([
            { title: `Value: ${level} from`, format: ',d' },
            { title: 'to', format: ',d' },
          ] as const)
        : []),
      ...(table.holdout ? [{ title: 'Actual value', format: ',d' } as const] : []),
    ],
    rows,
  };
}

/** Big spenders who have been silent for far longer than they use to be. */
export function overdueTable(training: Training): DataTable {
  const { table, predictions } = training;
  const { n, frequency, recency, age, timeUnit } = table.customers;
  const gap = (i: number) => recency[i]! / frequency[i]!;
  const since = (i: number) => age[i]! - recency[i]!;
  const overdue = Array.from({ length: n }, (_, i) => i)
    .filter((i) => frequency[i]! >= LEAST_REPEATS && gap(i) > 0 && since(i) >= OVERDUE * gap(i))
    .sort((a, b) => table.spent[b]! - table.spent[a]!)
    .slice(0, MOST_OVERDUE);
  return {
    title: 'Overdue against their own rhythm',
    columns: [
      { title: 'Customer' },
      { title: 'Purchases', format: ',d' },
      { title: 'Spent so far', format: ',d' },
      { title: `Usual ${timeUnit}s between purchases`, format: ',.3~f' },
      { title: `${timeUnit[0]!.toUpperCase()}${timeUnit.slice(1)}s since the last`, format: ',.3~f' },
      { title: 'Times the usual', format: ',.3~f' },
      { title: 'P(alive)', format: '.0%' },
    ],
    rows: overdue.map((i) => [
      idOf(training, i),
      frequency[i]! + 1,
      cents(table.spent[i]!),
      tenths(gap(i)),
      tenths(since(i)),
      tenths(since(i) / gap(i)),
      digits(predictions.pAlive[i]!),
    ]),
  };
}

/** Silent for so many times the usual, with so many repeat purchases to tell what is usual. */
const OVERDUE = 3;
const LEAST_REPEATS = 3;

/** The model beside what needs no model, for purchases and for value; null without a holdout. */
export function holdoutTable({ metrics, networks, purchases, spend }: Training): DataTable[] | null {
  if (metrics === null) return null;
  return (['purchases', 'value'] as const).map((part) => {
    const line = (name: string, evaluation: Evaluation): Cell[] => {
      const { totalPredicted, bias, mae, rmse, spearman, gini } = evaluation[part];
      return [
        name,
        ...[totalPredicted, bias, mae, rmse, spearman, gini].map((one) => (one === null ? null : digits(one))),
      ];
    };
    return {
      title: `${part === 'value' ? 'Value' : 'Purchases'} in the holdout: ${Math.round(metrics[part].totalActual).toLocaleString('en-US')} in fact`,
      columns: [
        { title: 'Forecast' },
        { title: 'Total', format: ',d' },
        { title: 'Bias', format: '.1%' },
        { title: 'Mean abs. error', format: ',.3~f' },
        { title: 'Root mean sq. error', format: ',.3~f' },
        { title: 'Rank correlation', format: ',.3~f' },
        { title: 'Gini', format: ',.3~f' },
      ],
      rows: [
        line(modelTitle(networks?.model ?? purchases.model), metrics),
        ...(networks && metrics.benchmarks.statistics
          ? [line(`${modelTitle(purchases.model)}, ${modelTitle(spend.model)}`, metrics.benchmarks.statistics)]
          : []),
        ...BENCHMARKS.map(({ name, meaning }) => line(`No model: ${meaning}`, metrics.benchmarks[name]!)),
      ],
    };
  });
}

/** What was fitted. */
export function parameterTable({ purchases, spend }: Training): DataTable {
  return {
    title: 'Parameters',
    columns: [{ title: 'Model' }, { title: 'Parameter' }, { title: 'Estimate' }, { title: 'Standard error' }],
    rows: [purchases, spend].flatMap((fitted) =>
      Object.entries(estimates(fitted)).map(([name, { estimate, standardError }]: [string, Estimate]) => [
        modelTitle(fitted.model),
        name,
        String(Number(estimate.toPrecision(6))),
        standardError === null ? 'not determined' : String(Number(standardError.toPrecision(3))),
      ]),
    ),
  };
}

const cents = (value: number): number => Math.round(value * 100) / 100;
const tenths = (value: number): number => Math.round(value * 10) / 10;
const digits = (value: number): number => Number(value.toPrecision(6));
