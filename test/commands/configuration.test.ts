/** Where options come from, and in which order: flags, environment, configuration, defaults. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asCsv, END, shop, THRESHOLD } from '../jobs/networks-log.js';
import { run } from './run.js';

let folder: string;
const put = (name: string, content: string) => writeFileSync(join(folder, name), content);
const clv = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => run('cli', args, { cwd: folder, env });
const modelOf = async (args: readonly string[], env?: NodeJS.ProcessEnv) => {
  const { stdout, stderr, code } = await clv(['train', '--quiet', '--json', ...args], env);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as {
    model: string;
    data: { threshold_date: string; columns: Record<string, string> };
  };
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
  put('orders.csv', asCsv(shop()).replace('customer_id', 'who'));
  put('others.csv', asCsv(shop(40, 3)));
  put(
    'clv.config.json',
    JSON.stringify({
      data: 'orders.csv',
      model_type: 'nbd_model',
      threshold_date: THRESHOLD,
      columns: { customer: 'who' },
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('options', () => {
  it('come from clv.config.json of the folder, the environment before that, flags before both', async () => {
    expect(await modelOf([])).toMatchObject({ model: 'nbd_model', data: { threshold_date: THRESHOLD } });
    const environment = { CLV_MODEL_TYPE: 'bgnbd_model', CLV_INTERVALS: '0' };
    expect(await modelOf([], environment)).toMatchObject({ model: 'bgnbd_model' });
    expect(await modelOf(['--model_type', 'poisson_model'], environment)).toMatchObject({ model: 'poisson_model' });
  });

  it('of another log than the configured one say nothing about its columns', async () => {
    const { data } = await modelOf(['--data', 'others.csv']);
    expect(data).toMatchObject({ threshold_date: THRESHOLD, columns: { customer: 'customer_id' } });
    const compared = await clv([
      'compare',
      'others.csv',
      '--predict_end',
      END,
      '--models',
      'nbd_model',
      '--quiet',
      '--json',
    ]);
    expect(compared.code, compared.stderr).toBe(0);
  });

  it('that are flags without a value are given by any word but 0, false and nothing', async () => {
    for (const [word, quiet] of [
      ['1', true],
      ['true', true],
      ['0', false],
      ['false', false],
      ['', false],
    ] as const) {
      const { stderr } = await clv(['train'], { CLV_QUIET: word });
      expect(stderr === '', word).toBe(quiet);
    }
  });

  it('are checked wherever they come from', async () => {
    for (const [variable, value] of [
      ['CLV_THRESHOLD_DATE', 'soon'],
      ['CLV_HORIZON', 'long'],
      ['CLV_RETURNS', 'maybe'],
    ]) {
      const { code, stderr } = await clv(['train', '--quiet'], { [variable!]: value });
      expect(code, stderr).toBe(1);
      expect(stderr).toContain(value);
    }
  });
});

describe('the configured log, and where jobs lie', () => {
  it('are those of every command that names none', async () => {
    for (const command of [['doctor'], ['features', '--output', 'f.csv']]) {
      const { code, stdout, stderr } = await clv([...command, '--quiet']);
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('orders.csv');
    }
    const elsewhere = { CLV_JOB_DIR: 'elsewhere' };
    expect((await clv(['train', '--quiet'], elsewhere)).stdout).toContain('In elsewhere/clv_nbd_model_');
    for (const command of [['evaluate', '--predict_end', END], ['explain', 'c1'], ['report']]) {
      const { code, stderr } = await clv(command, elsewhere);
      expect(code, stderr).toBe(0);
    }
    expect(await clv(['report', '--job_dir', 'nowhere'])).toMatchObject({ code: 1 });
  });

  it('a damaged report.json is an error of ours', async () => {
    const { stdout } = await clv(['train', '--quiet', '--json', '--job_dir', 'damaged']);
    const { job } = JSON.parse(stdout) as { job: string };
    const report = JSON.parse(readFileSync(join(folder, job, 'report.json'), 'utf8'));
    for (const damage of [
      { quality: null },
      { charts: [{ ...report.charts[0], spec: {} }] },
      { charts: [{ ...report.charts[0], name: '../x' }] },
    ]) {
      put(join(job, 'report.json'), JSON.stringify({ ...report, ...damage }));
      for (const flags of [[], ['--svg', 'drawn']]) {
        const { code, stderr } = await clv(['report', job, ...flags]);
        if (code !== 0) expect(stderr).toContain('damaged');
        expect([0, 1], stderr).toContain(code);
      }
    }
  });
});

describe('completion', () => {
  it('of bash completes commands, flags, and the values of flags that have a list of them', async () => {
    const { stdout: script } = await clv(['completion', 'bash']);
    put('completion.sh', script);
    const complete = (...words: string[]) => {
      const quoted = words.map((word) => `'${word}'`).join(' ');
      const line = `source ./completion.sh; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _clv; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return spawnSync('bash', ['--norc', '-c', line], { cwd: folder, encoding: 'utf8' }).stdout.trim().split('\n');
    };
    expect(complete('clv', 'tr')).toEqual(['train']);
    expect(complete('clv', 'train', '--model')).toEqual(['--model_type']);
    expect(complete('clv', 'train', '--split', '')).toEqual(['time', 'customers']);
    expect(complete('clv', 'compare', '--metric', '')).toEqual(['rmse', 'mae']);
    expect(complete('clv', 'tune', '--metric', '')).toEqual(['loss', 'rmse']);
    expect(complete('clv', 'data', '')).toEqual(['list', 'get']);
    expect(complete('clv', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
    put('my orders.csv', '');
    expect(complete('clv', 'train', '--data', 'my')).toEqual(['my orders.csv']);
    expect(complete('clv', 'predict', '')).toContain('orders.csv');
    expect(complete('clv', 'explain', '12347', '--jo')).toEqual(['--job', '--job_dir']);
    expect(complete('clv', 'train', '--data', 'ord')).toEqual(['orders.csv']);
  });

  it('is made for three shells, and for no other', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) expect((await clv(['completion', shell])).stdout).toContain('compare');
    expect(await clv(['completion', 'bsh'])).toMatchObject({ code: 1, stderr: expect.stringContaining('bash') });
  });
});

describe('clv init', () => {
  it('writes what clv train then takes, and writes over nothing', async () => {
    const found = readFileSync(join(folder, 'clv.config.json'), 'utf8');
    expect(await clv(['init', 'others.csv', '--quiet'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--force'),
    });
    expect(readFileSync(join(folder, 'clv.config.json'), 'utf8')).toBe(found);
    expect((await clv(['init', 'others.csv', '--quiet', '--force'])).code).toBe(0);
    expect(await modelOf([])).toMatchObject({
      model: 'paretonbd_model',
      data: { columns: { customer: 'customer_id' } },
    });
    expect(await clv(['init', '--quiet', '--force'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('orders.csv'),
    });
  });
});
