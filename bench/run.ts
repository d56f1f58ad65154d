/**
 * `npm run bench`: one Markdown table of what takes how long. With CLV_PYTHON set to a Python that has lifetimes 0.11.3,
 * the same work is done there in the same run and set beside ours. With `--full` also for a million customers, what a
 * node costs, and what 10 million customers take in memory. See README.md in this folder.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, cpus, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FittedModel } from '../src/btyd/fitted-model.js';
import { locateDataset } from '../src/datasets/locate.js';
import buildIfOld from '../test/built.js';
import { nodeTable } from './nodes.js';
import {
  judged,
  lastObject,
  PEER_SCRIPT,
  type PeerResult,
  type PeerTask,
  type PredictedColumns,
  relative,
  runPeer,
  TOLERANCE,
} from './peer.js';
import { cdnow, type Sample, simulated, writeSample } from './samples.js';
import {
  type Command,
  ratioText,
  type TimedProcess,
  type Timing,
  timeCalls,
  timeProcesses,
  timeText,
} from './timing.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLI = join(ROOT, 'dist', 'cli.js');
const PYTHON = process.env.CLV_PYTHON;
const FULL = process.argv.includes('--full');
const THRESHOLD = '2011-08-08';
const PREDICT_END = '2011-12-09';
const PROCESS_ROUNDS = 5;
/** What stands beside `clv train`: lifetimes with its own summary of a log, and with one in hand-written pandas. */
const PEER_SUMMARIES = { own: 'pandas by hand', utility: "lifetimes' own summary" } as const;

interface Row {
  readonly work: string;
  readonly data: string;
  readonly ours: Timing;
  readonly peer?: PeerResult | undefined;
}

process.chdir(ROOT);
buildIfOld();
const folder = mkdtempSync(join(tmpdir(), 'clv-bench-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const missing: string[] = [];
  const rows: Row[] = [];

  say('clv --help');
  const [help, node] = timeProcesses(
    [
      [process.execPath, CLI, '--help'],
      [process.execPath, '-e', '0'],
    ],
    20,
  );
  rows.push({ work: '`clv --help`', data: '', ours: help!.timing });
  rows.push({ work: 'Node alone (`node -e 0`)', data: '', ours: node!.timing });

  const log = locateDataset('online_retail');
  if (log === undefined) missing.push('UCI Online Retail (`clv data get online_retail` fetches it)');
  else rows.push(...trainings(log), ...comparisons(log));

  const timed: Timed[] = [];
  const small = cdnow();
  if (small === undefined) missing.push('CDNOW (put cdnow_summary_spend.csv into CLV_DATA_DIR)');
  else timed.push(...(await models(small, ['paretonbd_model', 'bgnbd_model'])));
  const large = simulated(100_000);
  timed.push(...(await models(large.paretoNbd, ['paretonbd_model'])));
  timed.push(...(await models(large.bgNbd, ['bgnbd_model'])));
  const million = FULL ? simulated(1_000_000) : undefined;
  if (million) {
    timed.push(...(await models(million.paretoNbd, ['paretonbd_model'])));
    timed.push(...(await models(million.bgNbd, ['bgnbd_model'])));
  }
  const tasks = timed.flatMap(({ task }) => task ?? []);
  say(PYTHON === undefined ? 'no CLV_PYTHON: without lifetimes' : 'lifetimes on the same samples');
  const peer = PYTHON === undefined ? undefined : runPeer(PYTHON, tasks, folder);
  for (const { task, ...row } of timed) {
    rows.push({ ...row, peer: task && peer?.results[tasks.indexOf(task)] });
  }

  console.log(environment(peer?.versions));
  for (const name of missing) console.log(`Not here, so not timed: ${name}.\n`);
  console.log(table(rows));
  if (!million) return;
  say('nodes');
  console.log(`\n${await nodeTable(million.paretoNbd, folder)}`);
  say('memory');
  const memory = fileURLToPath(new URL('memory.ts', import.meta.url));
  console.log(`\n${execFileSync(process.execPath, ['--import', 'tsx', memory], { encoding: 'utf8' })}`);
}

/** `clv train` as a whole process; where the peer fails on a model, one way to its failure is enough. */
function trainings(log: string): Row[] {
  const data = 'UCI Online Retail, 541,909 lines, 3,200 customers';
  const split = ['--threshold_date', THRESHOLD, '--predict_end', PREDICT_END];
  return (['paretonbd_model', 'bgnbd_model'] as const).flatMap((model): Row[] => {
    say(`clv train, ${model}`);
    const output = ['--job_dir', join(folder, 'jobs'), '--json', '--quiet'];
    const clv: Command = [process.execPath, CLI, 'train', '--data', log, '--model_type', model, ...split, ...output];
    const work = `\`clv train\`, ${model}`;
    if (PYTHON === undefined) return [{ work, data, ours: timeProcesses([clv], PROCESS_ROUNDS)[0]!.timing }];
    const summaries = model === 'paretonbd_model' ? (['own', 'utility'] as const) : (['own'] as const);
    const peers = summaries.map((summary): Command => {
      return [PYTHON, PEER_SCRIPT, 'train', summary, model, log, THRESHOLD, PREDICT_END, join(folder, 'peer.csv')];
    });
    const [ours, ...theirs] = timeProcesses([clv, ...peers], PROCESS_ROUNDS);
    return theirs.map((peer, i) => ({
      work: `${work}; peer: ${PEER_SUMMARIES[summaries[i]!]}`,
      data,
      ours: ours!.timing,
      peer: trainResult(JSON.parse(ours!.stdout) as TrainResult, peer),
    }));
  });
}

/** `clv compare` of all probability models as a whole process, and with the networks. */
function comparisons(log: string): Row[] {
  const data = 'UCI Online Retail, 541,909 lines, 3,200 customers';
  const split = ['--threshold_date', THRESHOLD, '--predict_end', PREDICT_END];
  const command = (models: string): Command => {
    return [process.execPath, CLI, 'compare', log, '--models', models, ...split, '--json', '--quiet'];
  };
  say('clv compare');
  const peers: Command[] = PYTHON === undefined ? [] : [[PYTHON, PEER_SCRIPT, 'compare', log, THRESHOLD, PREDICT_END]];
  const [ours, theirs] = timeProcesses([command('statistics'), ...peers], PROCESS_ROUNDS);
  say('clv compare, with networks');
  const [all] = timeProcesses([command('all')], 3);
  return [
    {
      work: '`clv compare`, 10 probability models; peer: the 3 that lifetimes has',
      data,
      ours: ours!.timing,
      peer: theirs && compareResult(JSON.parse(ours!.stdout) as CompareResult, theirs),
    },
    { work: '`clv compare`, 10 probability models and 4 networks', data, ours: all!.timing },
  ];
}

interface CompareResult {
  readonly models: ReadonlyArray<{
    readonly model: string;
    readonly metrics: { readonly purchases: { readonly total_predicted: number } };
  }>;
}

function compareResult({ models }: CompareResult, { timing, stdout }: TimedProcess): PeerResult {
  const { totals, failed } = lastObject(stdout) as { totals: Record<string, number>; failed: readonly string[] };
  const differences = Object.entries(totals).map(([name, total]) => {
    const { metrics } = models.find(({ model }) => model === name)!;
    const difference = relative(metrics.purchases.total_predicted, total);
    return { name: `total purchases of ${name}`, difference, tolerance: TOLERANCE.total };
  });
  const { remark, ...rest } = judged(differences, timing);
  return { ...rest, remark: `${remark}; lifetimes raises ConvergenceError for ${failed.join(', ') || 'none'}` };
}

interface TrainResult {
  readonly data: { readonly customers: number };
  readonly metrics: Record<'purchases' | 'value', { readonly total_actual: number; readonly total_predicted: number }>;
}

interface PeerTraining {
  readonly failed?: string;
  readonly customers: number;
  readonly actual_purchases: number;
  readonly purchases: number;
  readonly value: number;
}

function trainResult(ours: TrainResult, { timing, stdout }: TimedProcess): PeerResult {
  const theirs = lastObject(stdout) as PeerTraining;
  if (theirs.failed !== undefined) {
    return { remark: `lifetimes raises ${theirs.failed} after ${timeText(timing)}: no predictions` };
  }
  const { purchases, value } = ours.metrics;
  return judged(
    [
      { name: 'customers', difference: Math.abs(ours.data.customers - theirs.customers), tolerance: 0 },
      { name: 'holdout', difference: Math.abs(purchases.total_actual - theirs.actual_purchases), tolerance: 0 },
      {
        name: 'total purchases',
        difference: relative(purchases.total_predicted, theirs.purchases),
        tolerance: TOLERANCE.total,
      },
      { name: 'total value', difference: relative(value.total_predicted, theirs.value), tolerance: TOLERANCE.total },
    ],
    timing,
  );
}

type Timed = Row & { readonly task?: PeerTask | undefined };

/** Fits and predictions of the built library, in this process, with these purchase models and Gamma-Gamma. */
async function models(sample: Sample, names: readonly string[]): Promise<Timed[]> {
  const btyd = (await import(
    new URL('../dist/btyd/index.js', import.meta.url).href
  )) as typeof import('../src/btyd/index.js');
  const customers = btyd.customers(sample.columns);
  const file = join(folder, `${sample.name.replace(/\W+/g, '-')}-${customers.n}.csv`);
  writeSample(sample, file);
  const iterations = customers.n > 200_000 ? 3 : customers.n > 10_000 ? 7 : 50;
  const count = customers.n.toLocaleString('en');
  const { horizon } = sample;
  const unit = `${horizon} ${sample.columns.timeUnit}s`;
  const rows: Timed[] = [];

  const fitted = new Map<string, FittedModel>();
  const purchaseModels = names.map(btyd.purchaseModel);
  for (const model of [...purchaseModels, btyd.gammaGamma]) {
    say(`fit ${model.name}, ${sample.name}`);
    const found = btyd.fit(model, customers);
    fitted.set(model.name, found);
    const ours = await timeCalls(() => btyd.fit(model, customers), iterations);
    const distinct = `${found.distinctCustomers.toLocaleString('en')} distinct`;
    const task: PeerTask = { kind: 'fit', model: model.name, sample: file, fitted: found };
    rows.push({
      work: `fit ${model.title} with errors`,
      data: `${sample.name}, ${count} customers, ${distinct}`,
      ours,
      task,
    });
  }
  const spend = fitted.get('gammagamma_model')!;
  for (const { name, title } of purchaseModels) {
    say(`predict ${name}, ${sample.name}`);
    const purchases = fitted.get(name)!;
    const fresh = () => btyd.customers(sample.columns); // nothing can be known of them from the call before
    const predict = (): PredictedColumns => {
      const unseen = fresh();
      const each = btyd.expectedSpend(spend, unseen);
      const counts = btyd.expectedPurchases(purchases, unseen, horizon);
      return {
        p_alive: btyd.pAlive(purchases, unseen),
        purchases: counts,
        spend: each,
        value: counts.map((expected, i) => expected * each[i]!),
      };
    };
    const task: PeerTask = { kind: 'predict', sample: file, purchases, spend, horizon, ours: predict() };
    const data = `${sample.name}, ${count} customers`;
    rows.push({ work: `predict ${title}, ${unit}`, data, ours: await timeCalls(predict, iterations), task });
    const options = { horizon, discountRate: 0.1 };
    const valued = await timeCalls(
      () => btyd.clv({ purchases, spend }, fresh(), options),
      customers.n > 10_000 ? 3 : 15,
    );
    rows.push({ work: `discounted value ${title}, ${unit}`, data, ours: valued });
    if (customers.n < 10_000) {
      const draws = () => btyd.posteriorOf(purchases, customers, { draws: 4_000 });
      rows.push({ work: `4,000 posterior draws ${title}`, data, ours: await timeCalls(draws, 5) });
    }
    if (customers.n < 1_000_000) continue;
    const everything = () => {
      const unseen = fresh();
      btyd.pAlive(purchases, unseen);
      btyd.expectedPurchases(purchases, unseen, horizon);
      btyd.expectedSpend(spend, unseen);
      return btyd.clv({ purchases, spend }, unseen, options);
    };
    const all = await timeCalls(everything, iterations);
    rows.push({ work: `P(alive), purchases, spend and discounted value ${title}, ${unit}`, data, ours: all });
  }
  return rows;
}

function environment(peer: Readonly<Record<string, string>> | undefined): string {
  const [cpu] = cpus();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const peers = peer && Object.entries(peer).map(([name, value]) => `${name} ${value}`);
  return [
    `${new Date().toISOString().slice(0, 10)}, clv ${version}, Node ${process.versions.node}, ${type()} ${arch()}, `,
    `${cpus().length} cores (${cpu?.model.trim()}).${peers ? ` Peer: ${peers.join(', ')}.` : ''}\n`,
  ].join('');
}

function table(rows: readonly Row[]): string {
  const withPeer = rows.some(({ peer }) => peer);
  const head = [
    'work',
    'data',
    'clv',
    ...(withPeer ? ['lifetimes', 'lifetimes ÷ clv', 'answers: relative differences'] : []),
  ];
  const lines = rows.map(({ work, data, ours, peer }) => [
    work,
    data,
    timeText(ours),
    ...(withPeer
      ? [peer?.time ? timeText(peer.time) : '–', peer?.time ? ratioText(peer.time, ours) : '–', peer?.remark ?? '']
      : []),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Progress, on stderr. */
function say(step: string): void {
  process.stderr.write(`${step}\n`);
}
