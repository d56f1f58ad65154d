/** Programs that are killed at any moment leave whole results or none, and what lay there before as it was. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from '@uwdata/flechette';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/features/duckdb.js';
import { literal } from '../../src/features/engine.js';
import { randomOf } from '../features/fuzz.js';
import { fileIn, smallLog, temporaryFolder } from '../features/logs.js';

const folder = temporaryFolder();
const temporary = join(folder, 'tmp');
const kills = Number(process.env.CLV_KILLS ?? 10);
const [CUSTOMERS, FEW] = [20_000, 7];
/** Share of the kills that each format of features gets; training has the rest. */
const share = Math.floor(kills / 4);

/** Every customer on 15 days, which are spread over 400 of them. */
function day(i: number): string {
  const offset = (i * 7919 + Math.floor(i / CUSTOMERS) ** 2 * 29) % 400;
  return new Date(Date.UTC(2011, 0, 1) + offset * 86_400_000).toISOString().slice(0, 10);
}

let log: string;
let few: string;

beforeAll(() => {
  mkdirSync(temporary);
  few = fileIn(folder, 'few.csv', smallLog);
  const lines = Array.from({ length: 300_000 }, (_, i) => `c${(i * 31) % CUSTOMERS},${day(i)},${1 + (i % 90)}.25\n`);
  log = fileIn(folder, 'log.csv', `customer_id,date,value\n${lines.join('')}`);
});

/** When to kill: so long after the start, or after the first sign of writing in a folder. */
interface Moment {
  readonly after: number;
  readonly writingIn?: string | undefined;
}

/** Runs the built program; with a moment, kills it then. Resolves to how long it ran and whether it came to its end. */
function program(args: readonly string[], moment?: Moment): Promise<{ ended: boolean; ms: number }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, ['dist/cli.js', ...args, '--quiet'], {
      env: { ...process.env, NODE_OPTIONS: '', TMPDIR: temporary },
      stdio: 'ignore',
    });
    let timer: NodeJS.Timeout | undefined;
    const arm = () => {
      timer ??= setTimeout(() => child.kill('SIGKILL'), moment!.after);
    };
    const watcher = moment?.writingIn === undefined ? undefined : watch(moment.writingIn, arm);
    if (moment !== undefined && watcher === undefined) arm();
    child.on('error', reject).on('close', (code) => {
      clearTimeout(timer);
      watcher?.close();
      resolve({ ended: code === 0, ms: performance.now() - started });
    });
  });
}

/** Moments over the whole of a run, every other in the midst of writing. */
function momentOf(kill: number, ms: number, writing: number, folder: string): Moment {
  const random = randomOf(kill + 1)(10_000) / 10_000;
  return kill % 2 === 0 ? { after: random * ms } : { after: random * writing, writingIn: folder };
}

async function rowsIn(path: string): Promise<number> {
  if (path.endsWith('.arrow')) return tableFromIPC(readFileSync(path)).numRows;
  if (path.endsWith('.csv')) return wholeLines(readFileSync(path, 'utf8'));
  const engine = await openDuckDb();
  const counts = await engine.query(
    `SELECT count(customer_id), count(days_since_last) FROM read_parquet(${literal(path)})`,
  );
  await engine.close();
  expect(counts.numbers(0)).toEqual(counts.numbers(1));
  return counts.numbers(0)[0]!;
}

/** Rows of a CSV without its header, none of which may be cut off. */
function wholeLines(csv: string): number {
  expect(csv.endsWith('\n')).toBe(true);
  const lines = csv.trimEnd().split('\n');
  const cells = new Set(lines.map((line) => line.split(',').length));
  expect(cells.size, 'numbers of cells in a row').toBe(1);
  return lines.length - 1;
}

describe('clv features, killed', () => {
  it.each(['parquet', 'csv', 'arrow'])(
    'leaves a %s file and its manifest whole, or as they were',
    async (format) => {
      const found = { endedFirst: 0, nothing: 0, before: 0, new: 0 };
      const features = (data: string, output: string) => [
        'features',
        data,
        '--output',
        output,
        '--predict_end',
        '2012-03-01',
      ];
      const first = join(folder, `whole-${format}`, `x.${format}`);
      mkdirSync(join(first, '..'));
      const { ms, ended } = await program(features(log, first));
      expect(ended).toBe(true);
      for (let kill = 0, killed = 0; killed < share; kill++) {
        const place = join(folder, `${format}-${kill}`);
        mkdirSync(place);
        const output = join(place, `x.${format}`);
        const manifest = `${output}.manifest.json`;
        const before = kill % 4 > 1;
        if (before) await program(features(few, output));
        const { ended } = await program(features(log, output), momentOf(kill, ms, 0.1 * ms, place));
        if (!ended) killed++;
        expect(existsSync(output)).toBe(existsSync(manifest));
        if (existsSync(output)) {
          const rows = await rowsIn(output);
          expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ output: { rows, file: `x.${format}` } });
          expect(ended ? [CUSTOMERS] : before ? [FEW, CUSTOMERS] : [CUSTOMERS]).toContain(rows);
          found[ended ? 'endedFirst' : rows === FEW ? 'before' : 'new']++;
        } else {
          expect(before || ended).toBe(false);
          found.nothing++;
        }
        const others = readdirSync(place).filter((name) => !name.startsWith('.clv-unfinished-'));
        expect(others.filter((name) => name !== `x.${format}` && name !== `x.${format}.manifest.json`)).toEqual([]);
      }
      if (process.env.CLV_KILLS)
        console.log(format, `a whole run takes ${Math.round(ms)} ms; found after a kill:`, found);
      expect((await program(features(log, first))).ended).toBe(true);
      expect(await rowsIn(first)).toBe(CUSTOMERS);
    },
    300_000,
  );
});

describe('clv train, killed', () => {
  it('leaves a whole job folder, or none, and the earlier ones as they were', async () => {
    const jobs = join(folder, 'jobs');
    mkdirSync(jobs);
    const train = [
      'train',
      '--data',
      log,
      '--job_dir',
      jobs,
      '--threshold_date',
      '2011-12-01',
      '--predict_end',
      '2012-02-01',
      '--intervals',
      '0',
    ];
    const names = () => readdirSync(jobs).filter((name) => !name.startsWith('.clv-unfinished-'));
    const contents = (name: string) =>
      Object.fromEntries(
        readdirSync(join(jobs, name)).map((file) => [file, readFileSync(join(jobs, name, file), 'utf8')]),
      );
    const { ms, ended } = await program(train);
    expect(ended).toBe(true);
    const [whole] = names();
    const before = contents(whole!);
    const found = { endedFirst: 0, nothing: 0, new: 0 };
    for (let kill = 0, killed = 0; killed < kills - 3 * share; kill++) {
      const known = names();
      const { ended } = await program(train, momentOf(kill, ms, 0.03 * ms, jobs));
      if (!ended) killed++;
      const made = names().filter((name) => !known.includes(name));
      for (const name of made) {
        const files = contents(name);
        expect(Object.keys(files)).toEqual(Object.keys(before));
        for (const [file, text] of Object.entries(files)) {
          if (file.endsWith('.json')) expect(() => JSON.parse(text)).not.toThrow();
          else expect(wholeLines(text)).toBe(wholeLines(before[file]!));
        }
      }
      found[ended ? 'endedFirst' : made.length === 0 ? 'nothing' : 'new']++;
    }
    expect(contents(whole!)).toEqual(before);
    if (process.env.CLV_KILLS)
      console.log('train', `a whole run takes ${Math.round(ms)} ms; found after a kill:`, found);
  }, 300_000);
});
