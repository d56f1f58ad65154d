/**
 * `npx tsx bench/networks.ts`: networks beside the statistics, on holdouts that nothing was tuned on. Five seeds each, medians;
 * the data sets are found as the demo finds them. `--quick`: one seed; `--model NAME`: one model.
 */
import { locateDataset } from '../src/datasets/locate.js';
import type { Evaluation } from '../src/evaluate/benchmarks.js';
import { readTransactions } from '../src/features/read-transactions.js';
import { NETWORK_MODELS } from '../src/jobs/networks/models.js';
import { type Training, train } from '../src/jobs/train.js';

const SEEDS = process.argv.includes('--quick') ? [1] : [1, 2, 3, 4, 5];
const only = process.argv.includes('--model') ? process.argv[process.argv.indexOf('--model') + 1] : undefined;
const MODELS = NETWORK_MODELS.filter(({ name }) => only === undefined || name === only);
const CASES = [
  { data: 'online_retail', thresholdDate: '2011-08-08', predictEnd: '2011-12-09' },
  { data: 'online_retail', thresholdDate: '2011-06-08', predictEnd: '2011-12-09' },
  { data: 'cdnow_master', thresholdDate: '1997-09-30', predictEnd: '1998-06-30' },
];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3));
const percent = (share: number): string => `${share > 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(0)} %`;

function cells(of: readonly Evaluation[], part: 'purchases' | 'value'): string[] {
  const column = (get: (evaluation: Evaluation) => number) => median(of.map(get));
  return [
    round(column((e) => e[part].mae)),
    round(column((e) => e[part].rmse)),
    column((e) => e[part].spearman ?? 0).toFixed(3),
    percent(column((e) => e[part].bias ?? 0)),
  ];
}

/** Mean of the difference of absolute errors from the statistics, and its standard error over customers (paired bootstrap). */
function difference({ table, predictions }: Training, statistics: Float64Array, part: 'purchases' | 'value'): string {
  const actual = table.holdout![part];
  const own = part === 'purchases' ? predictions.expectedPurchases : predictions.expectedValue;
  const each = actual.map((y, i) => Math.abs(own[i]! - y) - Math.abs(statistics[i]! - y));
  const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
  const error = Math.sqrt(each.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / each.length;
  return `${round(mean)} ± ${round(error)}`;
}

function coverage({ table, predictions }: Training, part: 'purchases' | 'value'): number {
  const actual = table.holdout![part];
  const { low, high } = predictions.intervals![part]!;
  return actual.reduce((inside, y, i) => inside + (y >= low[i]! && y <= high[i]! ? 1 : 0), 0) / actual.length;
}

for (const { data, thresholdDate, predictEnd } of CASES) {
  const log = await readTransactions(locateDataset(data)!);
  const statistics = await train(log, { thresholdDate, predictEnd, intervals: 0 });
  console.log(`\n### ${data}, ${thresholdDate} / ${predictEnd}: ${statistics.table.customers.n} customers\n`);
  console.log(
    '| model | purchases MAE | RMSE | Spearman | total | value MAE | RMSE | Spearman | total | MAE − statistics: purchases | value | in 90 %: purchases | value | seconds |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|---|---|---|---|');
  const named = `${statistics.purchases.model}, ${statistics.spend.model}`;
  console.log(
    `| ${[named, ...cells([statistics.metrics!], 'purchases'), ...cells([statistics.metrics!], 'value')].join(' | ')} | | | | | |`,
  );
  for (const { name } of MODELS) {
    const runs: Training[] = [];
    const seconds: number[] = [];
    for (const seed of SEEDS) {
      const started = performance.now();
      runs.push(await train(log, { thresholdDate, predictEnd, modelType: name, network: { seed }, backend: 'wasm' }));
      seconds.push((performance.now() - started) / 1000);
    }
    const metrics = runs.map((run) => run.metrics!);
    console.log(
      `| ${[
        name,
        ...cells(metrics, 'purchases'),
        ...cells(metrics, 'value'),
        difference(runs[0]!, statistics.predictions.expectedPurchases, 'purchases'),
        difference(runs[0]!, statistics.predictions.expectedValue, 'value'),
        percent(median(runs.map((run) => coverage(run, 'purchases')))).slice(1),
        percent(median(runs.map((run) => coverage(run, 'value')))).slice(1),
        median(seconds).toFixed(1),
      ].join(' | ')} |`,
    );
  }
  await log.close();
}
