/** `clv train` with networks, as it is called from a shell. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileIn, temporaryFolder } from '../features/logs.js';
import { asCsv, END, shop, THRESHOLD } from '../jobs/networks-log.js';
import { run } from './run.js';

const folder = temporaryFolder();
fileIn(folder, 'log.csv', asCsv(shop(40)));
const quick = ['--num_epochs', '2', '--members', '2', '--hidden_units', '4', '--backend', 'wasm'];
const train = ['train', '--data', 'log.csv', '--threshold_date', THRESHOLD, '--predict_end', END];
const hybrid = [...train, '--model_type', 'hybrid_model'];
const clv = (...args: string[]) => run('cli', args, { cwd: folder });

/** JSON as others read it: without NaN and Infinity, which JSON.parse would refuse, and without anything around it. */
const only = (text: string) => JSON.parse(text);

describe('clv train with networks', () => {
  it('prints one JSON object, nothing with --quiet, and leaves the same in the job folder', async () => {
    const { code, stdout, stderr } = await clv(...hybrid, ...quick, '--json', '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    const result = only(stdout);
    const part = {
      loss: expect.any(String),
      backend: 'wasm',
      inputs: expect.any(Number),
      validation_loss: expect.any(Number),
      members: [expect.objectContaining({ best_epoch: expect.any(Number) }), expect.anything()],
      importance: expect.any(Array),
    };
    expect(result).toMatchObject({
      model: 'hybrid_model',
      networks: { split: 'time', windows: expect.any(Array), purchases: part, value: part },
      metrics: { benchmarks: { statistics: { value: { mae: expect.any(Number) } } } },
    });
    expect(only(readFileSync(join(folder, result.job, 'metrics.json'), 'utf8'))).toEqual(result);
  });

  it('prints a report with the networks in it, and steps on stderr', async () => {
    const { code, stdout, stderr } = await clv(...train, '--model_type', 'Linear', '--split', 'customers', ...quick);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Linear: 2 networks a target with hidden layers of 4, \d+ columns, on wasm$/m);
    expect(stdout).toMatch(/^Finding: Split by customers/m);
    expect(stdout).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
    expect(stdout).not.toContain('\u001b');
    expect(stderr.split('\n')).toEqual(expect.arrayContaining(['training Linear', 'writing', '']));
  });

  it('runs again from a config.json, flags before it, with the same predictions', async () => {
    const first = only(
      (await clv(...hybrid, ...quick, '--loss', 'poisson', '--seed', '5', '--json', '--quiet')).stdout,
    );
    const config = join(first.job, 'config.json');
    const again = only((await clv('train', '--config', config, '--json', '--quiet')).stdout);
    const csv = (job: string) => readFileSync(join(folder, job, 'predictions.csv'), 'utf8');
    expect(csv(again.job)).toBe(csv(first.job));
    const other = await clv('train', '--config', config, '--seed', '6', '--json', '--quiet');
    const network = only(readFileSync(join(folder, only(other.stdout).job, 'config.json'), 'utf8')).network;
    expect(network).toMatchObject({ epochs: 2, members: 2, seed: 6, hidden_units: [4] });
  });

  it('resumes a job', async () => {
    const first = only((await clv(...hybrid, ...quick, '--json', '--quiet')).stdout);
    const { code, stderr } = await clv(...hybrid, ...quick, '--resume', first.job, '--json', '--quiet');
    expect([code, stderr]).toEqual([0, '']);
  });

  it('writes a line for every epoch with --verbose_logging', async () => {
    const { stderr } = await clv(...hybrid, ...quick, '--quiet', '--verbose_logging');
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(8); // two targets, two networks, two epochs
    for (const line of lines)
      expect(line).toMatch(/^(purchases|value), network [12], epoch [12]: loss \S+, on others \S+$/);
  });

  it('takes no hidden layers for a linear model, and dashes in flags', async () => {
    const flags = ['--hidden-units', '', '--num-epochs', '1', '--members', '1', '--batch-size', '1000000'];
    const { stdout } = await clv(...hybrid, ...flags, '--backend', 'wasm', '--quiet');
    expect(stdout).toContain('Hybrid: 1 network a target with no hidden layer');
  });
});

describe('flags of networks', () => {
  it.each([
    ['--hidden_units', '0'],
    ['--hidden_units', 'abc'],
    ['--hidden_units', '8;4'],
    ['--learning_rate', '0'],
    ['--learning_rate', 'fast'],
    ['--learning_rate', 'NaN'],
    ['--learning_rate_decay', 'maybe'],
    ['--batch_size', '0'],
    ['--num_epochs', '1.5'],
    ['--members', '101'],
    ['--dropout', '1'],
    ['--seed', '0.5'],
    ['--split', 'random'],
    ['--loss', 'l1'],
    ['--optimizer', 'adam'],
    ['--preset', 'aws'],
    ['--backend', 'webgl'],
    ['--resume', 'nowhere'],
  ])('%s %j is refused in a few lines, on stderr alone', async (flag, value) => {
    const { code, stdout, stderr } = await clv(...hybrid, flag, value, '--quiet');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(value === 'NaN' ? 'not a number' : value.split(';')[0]!);
    expect(stderr.trimEnd().split('\n').length).toBeLessThan(6);
    expect(stderr).not.toContain('bug in clv');
  });

  it('are not for other models', async () => {
    const { code, stderr } = await clv(...train, '--split', 'time', '--quiet');
    expect(code).toBe(1);
    expect(stderr).toContain('hybrid_model');
  });
});

describe('clv train with networks, ended', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('by %s while it trains leaves no job folder', async (signal, expected) => {
    const [jobs, temporary] = [join(folder, `jobs-${signal}`), join(folder, `tmp-${signal}`)];
    for (const place of [jobs, temporary]) mkdirSync(place);
    const endless = ['--num_epochs', '1000000', '--patience', '1000000', '--backend', 'wasm', '--verbose_logging'];
    const child = spawn(
      process.execPath,
      [join(process.cwd(), 'dist/cli.js'), ...hybrid, ...endless, '--job_dir', jobs],
      {
        cwd: folder,
        env: { ...process.env, NODE_OPTIONS: '', TMPDIR: temporary },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('epoch 2')) child.kill(signal);
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(expected);
    expect(readdirSync(jobs)).toEqual([]);
    if (signal === 'SIGINT') expect(readdirSync(temporary)).toEqual([]);
    expect(existsSync(join(folder, 'core'))).toBe(false);
  });
});
