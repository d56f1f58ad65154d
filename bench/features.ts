/**
 * `npx tsx bench/features.ts`: what features of a large log cost. With CLV_PYTHON set to a Python that has pandas and pyarrow, the
 * core features are made there as well; a statement that somebody who knows DuckDB would write for them runs beside ours
 * always. Every measurement is a process of its own, in turns; answers are compared before times are. `--full`: also 100
 * million lines of Parquet. See README.md in this folder.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDuckDb } from '../src/features/duckdb.js';
import { literal } from '../src/features/engine.js';

const WORKER = fileURLToPath(new URL('features-worker.ts', import.meta.url));
const PEER = fileURLToPath(new URL('features_peer.py', import.meta.url));
const PYTHON = process.env.CLV_PYTHON;
const FULL = process.argv.includes('--full');
const MAIN = Number(process.env.CLV_BENCH_LINES ?? 20_000_000);

/** What a worker says at its end. */
interface Measured {
  readonly seconds: number;
  /** The most memory that its process held. */
  readonly gigabytes: number;
  readonly customers: number;
  /** Sums of frequency, recency, age and monetary over all customers. */
  readonly sums: readonly number[];
}

const folder = mkdtempSync(join(tmpdir(), 'clv-bench-'));

async function main(): Promise<void> {
  const log = await makeLog(MAIN, 'csv');
  const rows = [`| work | seconds | memory | beside ours |`, '|---|---|---|---|'];
  const whats = ['core', 'sql', ...(PYTHON === undefined ? [] : ['pandas', 'pandas_c']), 'all'];
  const results = new Map<string, Measured[]>(whats.map((what) => [what, []]));
  // Over all rounds each comes right after each other once: what one gives back to the system, and in which pieces, makes the
  // next quicker or slower by up to a third. Their number is prime, so steps of every length lead to all of them.
  for (let step = 1; step < whats.length; step++) {
    for (const i of whats.keys()) {
      const what = whats[(i * step) % whats.length]!;
      results.get(what)!.push(measure(what, log));
    }
  }
  const core = results.get('core')!;
  for (const what of whats) {
    const runs = results.get(what)!;
    if (what !== 'all') sameAnswers(what, runs[0]!, core[0]!);
    const ratio = median(runs.map(({ seconds }, i) => seconds / core[i]!.seconds));
    rows.push(row(TITLES[what]!, runs, what === 'core' ? '' : `${ratio.toFixed(2)} ×`));
  }
  console.log(
    `${MAIN.toLocaleString('en')} lines of CSV, ${core[0]!.customers.toLocaleString('en')} customers\n\n${rows.join('\n')}\n`,
  );
  rmSync(log);

  console.log(
    '| lines | core features, s | per million lines | all features, s | per million lines |\n|---|---|---|---|---|',
  );
  for (const millions of [1, 3, 10, 30]) {
    const file = await makeLog(millions * 1e6, 'csv');
    const [some, all] = [measure('core', file).seconds, measure('all', file).seconds];
    const cells = [some, some / millions, all, all / millions].map((seconds) => seconds.toFixed(2));
    console.log(`| ${millions} M | ${cells.join(' | ')} |`);
    rmSync(file);
  }
  if (!FULL) return;
  const file = await makeLog(100e6, 'parquet');
  const hundred = measure('core', file);
  console.log(`\n100 M lines of Parquet, core features: ${row('', [hundred], '').replaceAll('|', ' ').trim()}`);
}

const TITLES: Readonly<Record<string, string>> = {
  core: '`clv`: core features to Parquet',
  sql: 'DuckDB SQL by hand, the same features',
  pandas: 'pandas with its pyarrow reader, the same features',
  pandas_c: 'pandas with its default reader, the same features',
  all: '`clv`: all features to Parquet',
};

function measure(what: string, log: string): Measured {
  const [program, args] = what.startsWith('pandas')
    ? [PYTHON!, [PEER, log, join(folder, 'out.parquet'), what === 'pandas' ? 'pyarrow' : 'c']]
    : ['node', ['--import', 'tsx', WORKER, what, log, join(folder, 'out.parquet')]];
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${what}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

function sameAnswers(what: string, theirs: Measured, ours: Measured): void {
  const far = theirs.sums.some((sum, i) => !(Math.abs(sum / ours.sums[i]! - 1) < 1e-9));
  if (theirs.customers !== ours.customers || far)
    throw new Error(`${what} gives other answers: ${JSON.stringify([theirs, ours])}`);
}

function row(title: string, runs: readonly Measured[], ratio: string): string {
  const seconds = runs.map((run) => run.seconds);
  const spread = runs.length > 1 ? ` (${Math.min(...seconds).toFixed(1)}–${Math.max(...seconds).toFixed(1)})` : '';
  return `| ${title} | ${median(seconds).toFixed(1)}${spread} | ${Math.max(...runs.map((run) => run.gigabytes)).toFixed(1)} GB | ${ratio} |`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.floor(half - 0.5)]! + sorted[Math.floor(half)]!) / 2;
}

/** A shop: orders of four lines, a customer for every forty lines, three years, 5,000 products of which few are bought often. */
async function makeLog(lines: number, format: 'csv' | 'parquet'): Promise<string> {
  const file = join(folder, `log.${format}`);
  const engine = await openDuckDb();
  const customers = Math.max(1000, Math.floor(lines / 40));
  await engine.run(`COPY (SELECT
      'c' || CAST(hash((i // 4) * 7 + 1) % ${customers} AS VARCHAR) AS customer_id,
      'o' || CAST(i // 4 AS VARCHAR) AS order_id,
      'p' || CAST(floor(5000 * power((hash(i * 13 + 5) % 1000000) / 1000000.0, 3)) AS INTEGER) AS product_id,
      TIMESTAMP '2022-01-01' + INTERVAL (CAST(hash((i // 4) * 3 + 2) % 94608000 AS BIGINT)) SECOND AS order_date,
      1 + hash(i * 5) % 9 AS quantity,
      CAST((1 + hash(i * 11) % 10000) / 100.0 AS DECIMAL(10, 2)) AS unit_price,
      CASE hash((hash((i // 4) * 7 + 1) % ${customers})) % 4 WHEN 0 THEN 'UK' WHEN 1 THEN 'FR' WHEN 2 THEN 'DE' ELSE 'US' END AS country
    FROM range(${lines}) t(i)) TO ${literal(file)} (FORMAT ${format})`);
  await engine.close();
  return file;
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (PYTHON !== undefined) {
  const versions =
    'import pandas, pyarrow, sys; print(f"python {sys.version.split()[0]}, pandas {pandas.__version__}, pyarrow {pyarrow.__version__}")';
  console.log(`\nPeer: ${execFileSync(PYTHON, ['-c', versions], { encoding: 'utf8' }).trim()}`);
}
