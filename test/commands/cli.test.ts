import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileIn, smallLog, temporaryFolder } from '../features/logs.js';
import { run } from './run.js';

const folder = temporaryFolder();
fileIn(folder, 'orders.csv', smallLog);
const split = ['--threshold_date', '2011-04-30', '--predict_end', '2011-06-24'];

describe('clv', () => {
  it('lists its commands, each with an example in its own help', async () => {
    const { stdout, code } = await run('cli', ['--help']);
    expect(code).toBe(0);
    for (const command of ['train', 'demo', 'data']) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    for (const args of [['train'], ['demo'], ['data', 'list'], ['data', 'get']]) {
      expect((await run('cli', [...args, '--help'])).stdout).toContain(`Example:\n  clv ${args.join(' ')}`);
    }
  });

  it('loads no package but commander before a command is called', () => {
    const packages = new Set<string>();
    const follow = (file: string) => {
      for (const [, name] of readFileSync(join('dist', file), 'utf8').matchAll(
        /^(?:import|export) .*?from ["'](.+)["'];?$/gm,
      )) {
        if (name!.startsWith('.')) follow(name!);
        else packages.add(name!);
      }
    };
    follow('cli.js');
    expect([...packages]).toEqual(['commander']);
  });

  it('train prints a report without colours into a pipe, progress to stderr, and leaves the job folder', async () => {
    const { code, stdout, stderr } = await run('cli', ['train', '--data', 'orders.csv', ...split], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('orders.csv: 60 rows');
    expect(stdout).toMatch(/Checked on what customers did after 2011-04-30/);
    expect(stdout).toMatch(/The 7 most valuable customers/);
    expect(stdout).not.toContain('\u001b');
    expect(stderr.split('\n')).toEqual([
      'reading orders.csv',
      'cleaning',
      'fitting paretonbd_model',
      'fitting spend',
      'predicting 7 customers',
      'intervals of predictions',
      'writing',
      '',
    ]);
    const job = /In (jobs\/clv_paretonbd_model_\d{8}T\d{6}): report.html/.exec(stdout)![1]!;
    expect(readdirSync(join(folder, job)).sort()).toEqual([
      'config.json',
      'metrics.json',
      'model.json',
      'predictions.csv',
      'report.html',
      'report.json',
    ]);
  });

  it('train --json prints one object of the documented shape, and nothing else with --quiet', async () => {
    const args = ['train', '--data', 'orders.csv', '--model-type', 'nbd_model', ...split, '--json', '--quiet'];
    const { code, stdout, stderr } = await run('cli', args, { cwd: folder });
    expect([code, stderr]).toEqual([0, '']);
    const metric = {
      total_actual: expect.any(Number),
      total_predicted: expect.any(Number),
      mae: expect.any(Number),
      rmse: expect.any(Number),
    };
    const judged = { purchases: expect.objectContaining(metric), value: expect.objectContaining(metric) };
    expect(JSON.parse(stdout)).toMatchObject({
      job: expect.stringMatching(/^jobs\/clv_nbd_model_/),
      model: 'nbd_model',
      data: {
        customers: 7,
        transactions: 60,
        dropped: [],
        threshold_date: '2011-04-30',
        predict_end: '2011-06-24',
        time_unit: 'day',
      },
      fit: {
        parameters: expect.any(Object),
        log_likelihood: expect.any(Number),
        converged: true,
        findings: expect.any(Array),
      },
      metrics: { ...judged, benchmarks: { same_rate: judged, nothing: judged, seed_formula: judged } },
      timings_ms: {
        read: expect.any(Number),
        fit: expect.any(Number),
        predict: expect.any(Number),
        total: expect.any(Number),
      },
    });
  });

  it('train without dates predicts a year from the end of the log', async () => {
    const { stdout } = await run('cli', ['train', '--data', 'orders.csv', '--json', '--quiet'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({
      data: { threshold_date: '2011-06-24', predict_end: null, horizon: 365.25 },
      metrics: null,
    });
  });

  it('neutralises ids that a spreadsheet would run', async () => {
    fileIn(folder, 'formulas.csv', smallLog.replace(/c(\d)/g, '=1+$1'));
    const { stdout } = await run('cli', ['train', '--data', 'formulas.csv', '--json', '--quiet'], { cwd: folder });
    const csv = readFileSync(join(folder, JSON.parse(stdout).job, 'predictions.csv'), 'utf8');
    expect(csv).toContain('\n"\'=1+0",');
  });

  it('ends a ClvError with its text on stderr and exit code 1', async () => {
    const { code, stdout, stderr } = await run('cli', ['train', '--data', 'nowhere.csv', '--quiet'], { cwd: folder });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^nowhere\.csv: there is no such file\n {2}expected {2}/);
  });

  it('asks what was meant for flags and commands', async () => {
    expect((await run('cli', ['train', '--treshold_date', 'x'])).stderr).toContain('Did you mean --threshold_date?');
    expect((await run('cli', ['trian'])).stderr).toContain('Did you mean train?');
    expect((await run('cli', ['train', '--data', 'orders.csv', '--horizon', 'long'])).stderr).toContain(
      '--horizon is not a number',
    );
    expect((await run('cli', ['train'])).stderr).toContain('--data LOG');
  });

  it('demo runs on a simulated shop where the data cannot be had, and says so in one line', async () => {
    // a copy of the program, so that no data lies beside it
    const copy = join(folder, 'copy', 'clv');
    cpSync('dist', join(copy, 'dist'), { recursive: true });
    cpSync('package.json', join(copy, 'package.json'));
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
    const env = { CLV_DATA_DIR: '', CLV_CACHE_DIR: join(copy, 'cache') };
    const { code, stdout, stderr } = await run('cli', ['demo'], { cwd: copy, root: copy, env, offline: true });
    expect(code).toBe(0);
    expect(stderr).toContain('UCI Online Retail cannot be reached: the demo runs on a simulated shop instead.\n');
    expect(stdout).toContain('simulated_shop.csv: ');
    expect(stdout).toMatch(/^Pareto\/NBD: [\d,]+ customers, .*converged/m);
    expect(readdirSync(join(copy, 'cache'))).toEqual([]);
  });
});

describe('clv in bad company', () => {
  const env = (name: string) => {
    mkdirSync(join(folder, name));
    return { TMPDIR: join(folder, name) };
  };

  it('goes on when nobody reads its progress any more', async () => {
    const cwd = join(folder, 'closed');
    mkdirSync(cwd);
    const program = `${process.cwd()}/dist/cli.js`;
    const data = join(folder, 'orders.csv');
    execFileSync('sh', ['-c', `"${process.execPath}" "${program}" train --data "${data}" 2>&1 >out | head -c 1`], {
      cwd,
    });
    expect(readdirSync(join(cwd, 'jobs'))).toHaveLength(1);
  });

  it('works where no temporary folder can be made', async () => {
    const { code } = await run('cli', ['train', '--data', 'orders.csv', '--quiet'], {
      cwd: folder,
      env: { TMPDIR: '/nowhere' },
    });
    expect(code).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind after %s, and says so with its exit code',
    async (signal) => {
      const cwd = join(folder, signal);
      mkdirSync(cwd);
      const rows = Array.from({ length: 200_000 }, (_, i) => `caf\u00e9${i},2024-01-${10 + (i % 18)},1\n`);
      const data = fileIn(cwd, 'latin.csv', Buffer.from(`customer_id,date,value\n${rows.join('')}`, 'latin1'));
      const temporary = env(`${signal}-tmp`);
      const child = spawn(process.execPath, ['dist/cli.js', 'train', '--data', data, '--job_dir', join(cwd, 'jobs')], {
        env: { ...process.env, ...temporary },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child.stderr.once('data', () => setTimeout(() => child.kill(signal), 30));
      const code = await new Promise((resolve) => child.on('close', resolve));
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(readdirSync(temporary.TMPDIR)).toEqual([]);
      expect(existsSync(join(cwd, 'jobs'))).toBe(false);
    },
  );

  it('shows column names and ids without obeying them', async () => {
    fileIn(
      folder,
      'escape.csv',
      smallLog.replace('customer_id', 'cust\u001b[31mer').replaceAll('c1', 'c\u001b[2J\u202e1'),
    );
    const args = ['train', '--data', 'escape.csv', '--customer_column', 'cust\u001b[31mer', '--quiet'];
    const { code, stdout } = await run('cli', args, { cwd: folder });
    expect(code).toBe(0);
    for (const command of ['\u001b', '\u202e']) expect(stdout).not.toContain(command);
    const wrong = await run('cli', ['train', '--data', 'escape.csv', '--customer_column', 'x', '--quiet'], {
      cwd: folder,
    });
    expect(wrong.stderr).not.toContain('\u001b');
  });

  it('makes job folders that others may read, as far as the umask lets them', async () => {
    const { stdout } = await run('cli', ['train', '--data', 'orders.csv', '--json', '--quiet'], { cwd: folder });
    const made = statSync(join(folder, JSON.parse(stdout).job)).mode & 0o777;
    mkdirSync(join(folder, 'ordinary'));
    expect(made).toBe(statSync(join(folder, 'ordinary')).mode & 0o777);
  });
});

describe('mltrain', () => {
  it.each(['local', 'train'])(
    '%s trains on the log in FOLDER/data and leaves the job in FOLDER/jobs',
    async (command) => {
      const bucket = join(folder, `bucket-${command}`);
      mkdirSync(join(bucket, 'data'), { recursive: true });
      fileIn(join(bucket, 'data'), 'orders.csv', smallLog);
      const { code, stderr } = await run('mltrain', [command, bucket, '--quiet', ...split]);
      expect([code, stderr]).toEqual([0, '']);
      expect(readdirSync(join(bucket, 'jobs'))).toEqual([
        expect.stringMatching(new RegExp(`^clv_${command}_paretonbd_model_`)),
      ]);
    },
  );

  it('says what it wants where there is no log, or more than one', async () => {
    const bucket = join(folder, 'bucket-odd');
    expect((await run('mltrain', ['local', bucket])).stderr).toContain('the folder of the data cannot be read');
    mkdirSync(join(bucket, 'data'), { recursive: true });
    expect((await run('mltrain', ['local', bucket])).stderr).toContain('there is no transaction log here');
    fileIn(join(bucket, 'data'), 'a.csv', smallLog);
    fileIn(join(bucket, 'data'), 'b.csv', smallLog);
    expect((await run('mltrain', ['local', bucket])).stderr).toContain('--data a.csv');
    expect(existsSync(join(bucket, 'jobs'))).toBe(false);
  });
});
