/** `mltrain` as a user of Google's reference solution runs it, on folders and on buckets. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fileIn, temporaryFolder } from '../features/logs.js';
import { END, shop, THRESHOLD } from '../jobs/networks-log.js';
import { gsEnvironment, serveGs } from '../storage/gs-server.js';
import { s3Environment, serveS3 } from '../storage/s3-server.js';
import type { TestStorage } from '../storage/server.js';
import { type Run, run } from './run.js';

const folder = temporaryFolder();
const log = `customer_id,date,quantity,value\n${shop(120)
  .map(([customer, date, value], i) => `${customer},${date},${1 + (i % 3)},${value}\n`)
  .join('')}`;
const dates = ['--threshold_date', THRESHOLD, '--predict_end', END];
const pieces = ['--quantity_column', 'quantity'];
const small = ['--num_epochs', '2', '--batch_size', '64', '--hidden_units', '4', '--backend', 'wasm'];

const COLUMNS = 'customer_id,actual_total,predicted_num_purchases,predicted_value,predicted_total,error';
const OF_PREPARED = ['config.json', 'metrics.json', 'model.json', 'predictions.csv'];
const OF_LOG = [...OF_PREPARED, 'report.html', 'report.json'];
const PREPARED = ['btyd.csv', 'eval.csv', 'test.csv', 'train.csv'];

/** A new bucket on this machine. */
function bucketOf(name: string, files: Record<string, string>): string {
  const bucket = join(folder, name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(bucket, file)), { recursive: true });
    writeFileSync(join(bucket, file), content);
  }
  return bucket;
}

const filesIn = (place: string) =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .sort();

const onlyJob = (jobs: string) =>
  join(jobs, readdirSync(jobs).filter((name) => name.startsWith('clv_') && !name.endsWith('.ndjson'))[0]!);

/** The error that a reader of predictions.csv finds. */
function rmseIn(csv: string): number {
  const { data } = Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true });
  for (const { actual_total, predicted_total, error } of data) {
    expect(Number(error)).toBeCloseTo(Number(actual_total) - Number(predicted_total), 9);
  }
  return Math.sqrt(data.reduce((sum, { error }) => sum + Number(error) ** 2, 0) / data.length);
}

const printedRmse = ({ stdout }: Run) => Number(/^RMSE prediction error: ([\d.]+)$/m.exec(stdout)?.[1]);

describe('mltrain on a folder', () => {
  it('leaves a job with the predictions of the reference, and prints the error that they have', async () => {
    const bucket = bucketOf('plain', { 'data/orders.csv': log });
    const done = await run('mltrain', ['local', bucket, '--quiet', ...dates, ...pieces]);
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(readdirSync(join(bucket, 'jobs'))).toEqual([
      expect.stringMatching(/^clv_local_paretonbd_model_\d{8}T\d{6}$/),
    ]);
    const job = onlyJob(join(bucket, 'jobs'));
    expect(filesIn(job)).toEqual([...OF_LOG, ...PREPARED.map((name) => `data/${name}`)].sort());
    const predictions = readFileSync(join(job, 'predictions.csv'), 'utf8');
    expect(predictions.split('\n')[0]).toBe(COLUMNS);
    expect(predictions).not.toMatch(/NaN|Infinity|null|undefined/);
    expect(readFileSync(join(bucket, 'data', 'predictions.csv'), 'utf8')).toBe(predictions);
    expect(printedRmse(done)).toBeCloseTo(rmseIn(predictions), 2);
    const { reference, metrics } = JSON.parse(readFileSync(join(job, 'metrics.json'), 'utf8'));
    expect(reference.rmse).toBeCloseTo(metrics.value.rmse, 6); // what is known by the threshold is in both totals
  });

  it('goes on with the log the next time, not with what it left beside it', async () => {
    const bucket = bucketOf('again', { 'data/orders.csv': log });
    for (let time = 0; time < 2; time++) {
      expect((await run('mltrain', ['train', bucket, '--quiet', ...dates])).code).toBe(0);
    }
    expect(readdirSync(join(bucket, 'jobs'))).toHaveLength(2);
    expect(readdirSync(join(bucket, 'data')).sort()).toEqual(['orders.csv', 'predictions.csv']);
  });

  it('takes a folder of data with `local`, as the reference does, and makes its jobs here', async () => {
    const here = bucketOf('here', { 'mydata/orders.csv': log });
    const { code } = await run('mltrain', ['local', 'mydata', '--quiet', ...dates], { cwd: here });
    expect(code).toBe(0);
    expect(readdirSync(here).sort()).toEqual(['jobs', 'mydata']);
  });

  it('leaves what cannot be known empty, and says so', async () => {
    const bucket = bucketOf('no-holdout', { 'data/orders.csv': log });
    const { stdout } = await run('mltrain', ['local', bucket, '--quiet']);
    expect(stdout).toContain(
      'RMSE prediction error: not known without a holdout as long as the predictions (--predict_end)',
    );
    expect(stdout).toContain('Without btyd.csv, train.csv, eval.csv and test.csv: google_clv needs predict_end');
    const [, first] = readFileSync(join(onlyJob(join(bucket, 'jobs')), 'predictions.csv'), 'utf8').split('\n');
    expect(first).toMatch(/^c0,,[\d.e-]+,[\d.e-]+,[\d.e-]+,$/);
  });

  it('accepts every flag of the reference, and says which change nothing', async () => {
    const bucket = bucketOf('flags', { 'data/orders.csv': log });
    const every = `--model_type=dnn_model --job-dir ${bucket}/elsewhere --data-src ${bucket}/data --hidden_units=4
      --learning_rate=0.1 --learning_rate_decay True --learning_decay_rate=0.7 --train_size=541910 --batch_size=64
      --buffer_size=102400 --train_set_size=500000 --l1_regularization=0.001 --l2_regularization=0.01 --dropout=0.4 --hypertune
      --optimizer=ProximalAdagrad --num_epochs=2 --ignore_crosses --verbose-logging --labels=22 --resume`;
    const { code, stderr } = await run('mltrain', ['train', bucket, ...dates, '--quiet', ...every.split(/\s+/)]);
    expect(code).toBe(0);
    for (const flag of ['train_size', 'train_set_size', 'buffer_size', 'hypertune', 'resume']) {
      expect(stderr.match(new RegExp(`^--${flag} has no effect: .+$`, 'gm'))).toHaveLength(1);
    }
    expect(stderr).toContain('value, network 1, epoch 2: loss');
    const config = JSON.parse(readFileSync(join(onlyJob(join(bucket, 'elsewhere')), 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      network: { batch_size: 64, dropout: 0.4, optimizer: 'ProximalAdagrad', epochs: 2, l1: 0.001, learning_rate: 0.1 },
      labels: '22',
    });
  }, 120_000);
});

describe('mltrain on the prepared files of the reference', () => {
  let prepared: Record<string, string>;
  beforeAll(async () => {
    const bucket = bucketOf('to-prepare', { 'data/orders.csv': log });
    await run('mltrain', ['train', bucket, '--quiet', ...dates, ...pieces]);
    const data = join(onlyJob(join(bucket, 'jobs')), 'data');
    prepared = Object.fromEntries(PREPARED.map((name) => [name, readFileSync(join(data, name), 'utf8')]));
  });

  it('makes them of a log: a header for btyd.csv only, every customer in one of the other three', () => {
    const header =
      'customer_id,monetary_dnn,monetary_btyd,frequency_dnn,frequency_btyd,recency,T,time_between,avg_basket_value,avg_basket_size,cnt_returns,has_returned,frequency_btyd_clipped,monetary_btyd_clipped,target_monetary_clipped,target_monetary\n';
    const all = prepared['btyd.csv']!;
    expect(all.startsWith(header)).toBe(true);
    const lines = ['train.csv', 'eval.csv', 'test.csv'].flatMap((name) => prepared[name]!.trimEnd().split('\n'));
    expect(lines.sort()).toEqual(all.slice(header.length).trimEnd().split('\n').sort());
  });

  it('fits a probability model to btyd.csv', async () => {
    const bucket = bucketOf('btyd', { 'data/btyd.csv': prepared['btyd.csv']! });
    const done = await run('mltrain', ['train', bucket, '--quiet', '--model_type', 'bgnbd_model', ...dates]);
    expect([done.code, done.stderr]).toEqual([0, '']);
    const job = onlyJob(join(bucket, 'jobs'));
    expect(filesIn(job)).toEqual(OF_PREPARED);
    const predictions = readFileSync(join(job, 'predictions.csv'), 'utf8');
    expect(predictions.split('\n')[0]).toBe(COLUMNS);
    expect(predictions.trimEnd().split('\n')).toHaveLength(prepared['btyd.csv']!.trimEnd().split('\n').length);
    expect(printedRmse(done)).toBeCloseTo(rmseIn(predictions), 2);
    expect(existsSync(join(bucket, 'data', 'predictions.csv'))).toBe(true);
    const needs = await run('mltrain', ['train', bucket, '--quiet']);
    expect([needs.code, needs.stderr]).toEqual([
      1,
      expect.stringContaining('btyd.csv does not say which days it is about'),
    ]);
  });

  it('trains the network of the reference on train.csv, and judges it on test.csv', async () => {
    const lines = prepared['train.csv']!.trimEnd().split('\n');
    const bucket = bucketOf('dnn', {
      'data/train-000.csv': `${lines.slice(0, 9).join('\n')}\n`, // large exports of BigQuery come in parts
      'data/train-001.csv': `${lines.slice(9).join('\n')}\n`,
      'data/eval.csv': prepared['eval.csv']!,
      'data/test.csv': prepared['test.csv']!,
    });
    const done = await run('mltrain', ['local', bucket, '--quiet', ...small]);
    expect([done.code, done.stderr]).toEqual([0, '']);
    const job = onlyJob(join(bucket, 'jobs'));
    expect(job).toContain('clv_local_dnn_model_');
    expect(filesIn(job)).toEqual([...OF_PREPARED, 'network_value/model.json', 'network_value/weights.bin'].sort());
    const predictions = readFileSync(join(job, 'predictions.csv'), 'utf8');
    expect(predictions.trimEnd().split('\n')).toHaveLength(prepared['test.csv']!.trimEnd().split('\n').length + 1);
    expect(printedRmse(done)).toBeCloseTo(rmseIn(predictions), 2);
    const { fit } = JSON.parse(readFileSync(join(job, 'metrics.json'), 'utf8'));
    expect(fit.training_rows).toBe(lines.length + prepared['eval.csv']!.trimEnd().split('\n').length);
    expect(fit.options).toMatchObject({ loss: 'mse', epochs: 2, batch_size: 64, optimizer: 'ProximalAdagrad' });
  });

  it.each([
    {
      what: 'another kind of file',
      file: 'btyd.csv',
      change: (text: string) => text,
      flags: ['--model_type', 'dnn_model'],
      says: 'there is no train.csv',
    },
    {
      what: 'a column short',
      file: 'btyd.csv',
      change: (text: string) => text.replaceAll('monetary_btyd,', 'other,'),
      flags: dates,
      says: 'column "monetary_btyd": a column that is needed is not in the file',
    },
    {
      what: 'a cell that is no number',
      file: 'btyd.csv',
      change: (text: string) => text.replace(/\n(c\d+),[\d.]+/, '\n$1,many'),
      flags: dates,
      says: 'btyd.csv, row 2, column "monetary_dnn": this is not a number',
    },
    {
      what: 'a row cut short',
      file: 'train.csv',
      change: (text: string) => text.replace(/,[^,]+\n$/, '\n'),
      flags: [],
      says: 'this row has another number of cells',
    },
  ])('says what is wrong: $what', async ({ what, file, change, flags, says }) => {
    const bucket = bucketOf(`wrong ${what}`, { [`data/${file}`]: change(prepared[file]!) });
    const { code, stderr } = await run('mltrain', ['train', bucket, '--quiet', ...flags]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(says)]);
    expect(existsSync(join(bucket, 'jobs'))).toBe(false);
  });

  it('searches on them, and trains with the best settings', async () => {
    const bucket = bucketOf('search', Object.fromEntries(PREPARED.map((name) => [`data/${name}`, prepared[name]!])));
    const done = await run('mltrain', ['tune', bucket, '--quiet', ...small, '--trials', '3']);
    expect([done.code, done.stderr]).toEqual([0, '']);
    const job = onlyJob(join(bucket, 'jobs'));
    expect(job).toContain('clv_tune_dnn_model_');
    const ofTuning = [
      'trials.csv',
      'tuning.json',
      'tuning.svg',
      'network_value/model.json',
      'network_value/weights.bin',
    ];
    expect(filesIn(job)).toEqual([...OF_PREPARED, ...ofTuning].sort());
    const { best } = JSON.parse(readFileSync(join(job, 'tuning.json'), 'utf8'));
    const { fit } = JSON.parse(readFileSync(join(job, 'metrics.json'), 'utf8'));
    expect(fit.options.batch_size).toBe(best.parameters.batch_size);
    expect(printedRmse(done)).toBeCloseTo(rmseIn(readFileSync(join(job, 'predictions.csv'), 'utf8')), 2);
  }, 120_000);
});

describe.each([
  { scheme: 's3', serve: serveS3, environment: s3Environment },
  { scheme: 'gs', serve: serveGs, environment: gsEnvironment },
])('mltrain on $scheme://', ({ scheme, serve, environment }) => {
  let storage: TestStorage;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    storage = await serve();
    env = { ...environment(storage), CLV_STORAGE_TIMEOUT_MS: '5000', NODE_NO_WARNINGS: '1' };
  });
  afterEach(() => storage.reset());
  const on = (command: string, ...flags: string[]) =>
    run('mltrain', [command, `${scheme}://shop/team`, ...flags], { env, cwd: folder });
  const keys = () => [...storage.objects.keys()];
  const put = (key: string, content: string) => storage.objects.set(key, Buffer.from(content));

  it('trains here on the data of the bucket, and leaves the job in it, its manifest last', async () => {
    put('team/data/orders.csv', log);
    const done = await on('train', ...dates);
    expect(done.stderr).toContain(`fetching ${scheme}://shop/team/data/orders.csv`);
    expect(done.code).toBe(0);
    const jobs = keys().filter((key) => key.startsWith('team/jobs/'));
    const [, name] = /^team\/jobs\/(clv_train_paretonbd_model_\d{8}T\d{6})\//.exec(jobs[0]!) ?? [];
    expect(jobs).toEqual([...OF_LOG, 'job.json'].map((file) => `team/jobs/${name}/${file}`));
    const text = (file: string) => String(storage.objects.get(`team/jobs/${name}/${file}`));
    expect(printedRmse(done)).toBeCloseTo(rmseIn(text('predictions.csv')), 2);
    expect(JSON.parse(text('config.json'))).toMatchObject({
      data: `${scheme}://shop/team/data/orders.csv`,
      job_dir: `${scheme}://shop/team/jobs`,
    });
    expect(JSON.parse(text('metrics.json')).job).toBe(`${scheme}://shop/team/jobs/${name}`);
    expect(done.stdout).toContain(`In ${scheme}://shop/team/jobs/${name}: `);
    const all = done.stdout + done.stderr + OF_LOG.map(text).join('');
    expect(all).not.toMatch(/clv-fetched|clv-job-|AKIA|not-a-secret|127\.0\.0\.1/);
    expect(String(storage.objects.get('team/data/predictions.csv'))).toBe(text('predictions.csv'));
  });

  it('leaves no part of a job that could not be written', async () => {
    put('team/data/orders.csv', log);
    storage.fail = ({ what, key }) =>
      what === 'write' && key.endsWith('predictions.csv') ? { status: 403, reason: 'AccessDenied' } : undefined;
    const { code, stderr } = await on('train', '--quiet', ...dates);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('this cannot be written to: the storage does not allow it'),
    ]);
    expect(keys()).toEqual(['team/data/orders.csv']);
  });

  it('says before the training that the bucket is not there, or closed', async () => {
    const elsewhere = await run('mltrain', ['train', `${scheme}://elsewhere`, '--quiet'], { env, cwd: folder });
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining('there is no such object or bucket'),
    ]);
    storage.fail = () => ({ status: 403, reason: 'AccessDenied' });
    const closed = await on('train', '--quiet');
    expect([closed.code, closed.stderr]).toEqual([1, expect.stringContaining('403 AccessDenied')]);
    expect(closed.stderr).not.toMatch(/AKIA|not-a-secret/);
  });

  it('fits btyd.csv of a bucket', async () => {
    const rows = shop(90).length;
    const csv = Array.from(
      { length: 60 },
      (_, i) => `c${i},${100 + i},${20 + (i % 7)},${1 + (i % 5)},${30 + i},${120 + i},${200 + i}`,
    );
    put(
      'team/data/btyd.csv',
      `customer_id,monetary_dnn,monetary_btyd,frequency_btyd,recency,T,target_monetary\n${csv.join('\n')}\n`,
    );
    const done = await on('train', '--quiet', ...dates);
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(rows).toBeGreaterThan(0);
    const predictions = keys().find((key) => /jobs\/.*predictions\.csv$/.test(key))!;
    expect(printedRmse(done)).toBeCloseTo(rmseIn(String(storage.objects.get(predictions))), 2);
  });

  it('searches on the log of a bucket', async () => {
    put('team/data/orders.csv', log);
    const journal = join(folder, `trials-${scheme}.ndjson`);
    const { code, stderr } = await on(
      'tune',
      '--quiet',
      ...dates,
      ...small,
      '--members',
      '1',
      '--trials',
      '2',
      '--journal',
      journal,
    );
    expect([code, stderr]).toEqual([0, '']);
    const jobs = keys().filter((key) => key.startsWith('team/jobs/clv_tune_hybrid_model_'));
    const names = jobs.map((key) => key.split('/').slice(3).join('/'));
    expect(names).toEqual(
      expect.arrayContaining([
        'trials.csv',
        'tuning.json',
        'tuning.svg',
        'predictions.csv',
        'network_value/weights.bin',
      ]),
    );
    expect(names.at(-1)).toBe('job.json');
    expect(String(storage.objects.get(jobs.find((key) => key.endsWith('predictions.csv'))!)).split('\n')[0]).toBe(
      COLUMNS,
    );
  }, 120_000);

  it('is where `clv train` reads and writes as well', async () => {
    put('logs/2011 a.csv', log);
    const flags = ['train', '--data', `${scheme}://shop/logs/`, '--job_dir', `${scheme}://shop/mine`, '--quiet'];
    const { code, stderr } = await run('cli', [...flags, ...dates], { env, cwd: folder });
    expect([code, stderr]).toEqual([0, '']);
    expect(
      keys()
        .filter((key) => key.startsWith('mine/clv_paretonbd_model_'))
        .at(-1),
    ).toMatch(/job\.json$/);
  });
});

it('says which package is missing where the client of a cloud is not installed', async () => {
  const hook = fileIn(
    folder,
    'hook.mjs',
    `export async function resolve(name, context, next) {
    if (name !== '@aws-sdk/client-s3') return next(name, context);
    throw Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' });
  }`,
  );
  const register = fileIn(
    folder,
    'register.mjs',
    `import { register } from 'node:module'; register('file://${hook}');`,
  );
  const { code, stderr } = await run('mltrain', ['train', 's3://shop'], {
    env: { NODE_OPTIONS: `--import=${register}` },
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining('npm install @aws-sdk/client-s3')]);
});
