/** The folder of a job with networks: whole, readable again, resumed, run again, and refused where it was touched. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModels } from '../../src/btyd/fitted-model.js';
import { loadNetworks } from '../../src/jobs/networks/network-files.js';
import { type FinishedJob, type JobConfig, readConfig, runJob } from '../../src/jobs/run-job.js';
import { fileIn, temporaryFolder } from '../features/logs.js';
import { asCsv, END, QUICK, shop, THRESHOLD } from './networks-log.js';

const folder = temporaryFolder();
const jobDir = join(folder, 'jobs');
const data = fileIn(folder, 'log.csv', asCsv(shop(40)));
const config: JobConfig = {
  ...QUICK,
  data,
  jobDir,
  modelType: 'hybrid_model',
  thresholdDate: THRESHOLD,
  predictEnd: END,
};

let first: FinishedJob;
beforeAll(async () => {
  first = await runJob({ ...config, labels: 'über "alles"' });
});

describe('the folder of a job with networks', () => {
  it('holds the statistics, the networks in the format of TensorFlow.js, predictions, metrics and the configuration', () => {
    const { folder: job, training, result } = first;
    expect(readdirSync(job, { recursive: true }).sort()).toEqual([
      'config.json',
      'metrics.json',
      'model.json',
      'network_purchases',
      'network_purchases/model.json',
      'network_purchases/weights.bin',
      'network_value',
      'network_value/model.json',
      'network_value/weights.bin',
      'predictions.csv',
    ]);
    const text = (file: string) => readFileSync(join(job, file), 'utf8');
    expect(JSON.parse(text('metrics.json'))).toEqual(JSON.parse(JSON.stringify(result)));
    expect(loadModels(text('model.json'))).toEqual({ purchases: training.purchases, spend: training.spend });
    const rows = text('predictions.csv').trimEnd().split('\n');
    expect(rows).toHaveLength(training.predictions.customerId.length + 1);
    expect(rows[0]).toBe(
      'customer_id,frequency,recency,age,monetary,p_alive,expected_purchases,expected_spend,expected_value,clv,purchases_low,purchases_high,value_low,value_high,actual_purchases,actual_value',
    );
    expect(text('predictions.csv')).not.toMatch(/NaN|Infinity|null|undefined/);
    for (const file of ['metrics.json', 'model.json', 'config.json']) expect(text(file)).not.toMatch(/c\d+\b"/); // no customer
  });

  it('gives back its networks as they were trained', async () => {
    const { purchases, value } = first.training.networks!;
    const loaded = await loadNetworks(first.folder);
    expect(loaded.networks).toEqual({ purchases: purchases!.network, value: value.network });
    expect(loaded).toMatchObject({ model: 'hybrid_model', lastDay: first.training.table.thresholdDate });
  });

  it('is not resumed by a training that is judged on what it learned from', async () => {
    const config = {
      ...(await readConfig(join(first.folder, 'config.json'))),
      data,
      thresholdDate: '2011-01-01',
      resume: first.folder,
    };
    await expect(runJob(config)).rejects.toMatchObject({
      code: 'bad_option',
      problem: expect.stringContaining('after threshold_date'),
    });
    const other = { ...config, modelType: 'dnn_model' };
    await expect(runJob(other)).rejects.toMatchObject({
      code: 'bad_option',
      problem: expect.stringContaining('another model'),
    });
  });

  it('can be run again from its config.json, with the same predictions', async () => {
    const read = await readConfig(join(first.folder, 'config.json'));
    expect(read).toMatchObject({ labels: 'über "alles"', network: QUICK.network, backend: 'wasm' });
    const again = await runJob({ data, ...read });
    expect(again.folder).not.toBe(first.folder);
    for (const file of ['predictions.csv', 'config.json', 'network_value/weights.bin']) {
      expect(readFileSync(join(again.folder, file)).equals(readFileSync(join(first.folder, file))), file).toBe(true);
    }
  });
});

describe('a job that is resumed', () => {
  const resume = (change: Partial<JobConfig> = {}) => runJob({ ...config, resume: first.folder, ...change });

  it('begins with the weights of the earlier one', async () => {
    const { training, folder: job } = await resume();
    const before = first.training.networks!.value;
    const after = training.networks!.value;
    expect(after.validationLoss).toBeLessThanOrEqual(before.validationLoss * (1 + 1e-6));
    expect(after.network.inputs).toEqual(before.network.inputs);
    expect(JSON.parse(readFileSync(join(job, 'config.json'), 'utf8')).resume).toBe(first.folder);
  });

  it.each<[string, Partial<JobConfig>]>([
    ['other layers', { network: { ...QUICK.network, hiddenUnits: [5] } }],
    ['another number of members', { network: { ...QUICK.network, members: 3 } }],
    ['another seed', { network: { ...QUICK.network, seed: 2 } }],
    ['another loss', { loss: 'ziln' }],
  ])('is refused with %s', async (_, change) => {
    const before = readdirSync(jobDir);
    await expect(resume(change)).rejects.toMatchObject({ code: 'bad_option' });
    expect(readdirSync(jobDir)).toEqual(before);
  });

  it('is refused for another model', async () => {
    await expect(resume({ modelType: 'dnn_model', loss: 'tweedie' })).rejects.toMatchObject({
      code: expect.stringMatching(/^(bad_option|missing_column)$/),
    });
  });
});

describe('a job whose folder was touched', () => {
  let copies = 0;
  /** A copy of the first job, changed. */
  const touched = (change: (job: string) => void): string => {
    const job = join(folder, `copy${copies++}`);
    cpSync(first.folder, job, { recursive: true });
    change(job);
    return job;
  };

  it.each<[string, string, (job: string) => void]>([
    ['there is no such folder', 'missing_file', (job) => rmSync(job, { recursive: true })],
    ['model.json is missing', 'missing_file', (job) => rmSync(join(job, 'model.json'))],
    ['a network is missing', 'missing_file', (job) => rmSync(join(job, 'network_value'), { recursive: true })],
    ['weights are missing', 'missing_file', (job) => rmSync(join(job, 'network_purchases/weights.bin'))],
    [
      'weights are cut short',
      'bad_saved_model',
      (job) =>
        writeFileSync(
          join(job, 'network_value/weights.bin'),
          readFileSync(join(job, 'network_value/weights.bin')).subarray(9),
        ),
    ],
    [
      'weights are those of the other network',
      'bad_saved_model',
      (job) => cpSync(join(job, 'network_purchases/weights.bin'), join(job, 'network_value/weights.bin')),
    ],
    ['model.json is no JSON', 'bad_saved_model', (job) => writeFileSync(join(job, 'model.json'), '{')],
    ['model.json is null', 'bad_saved_model', (job) => writeFileSync(join(job, 'model.json'), 'null')],
    ['model.json has no networks', 'bad_saved_model', (job) => writeFileSync(join(job, 'model.json'), '{}')],
    ['the topology is no JSON', 'bad_saved_model', (job) => writeFileSync(join(job, 'network_value/model.json'), '')],
  ])('is not resumed where %s, and nothing is written', async (_, code, change) => {
    const before = readdirSync(jobDir);
    const resumed = runJob({ ...config, resume: touched(change) });
    await expect(resumed).rejects.toMatchObject({ code, details: { file: expect.stringContaining('copy') } });
    expect(readdirSync(jobDir)).toEqual(before);
  });
});

describe('config.json of networks', () => {
  it.each([
    ['a split that is no text', '{"split": 1}', 'split'],
    ['settings that are text', '{"network": "quick"}', 'network'],
    ['crosses that are text', '{"ignore_crosses": "yes"}', 'ignore_crosses'],
    ['a key that is nearly one', '{"netwrok": {}}', 'netwrok'],
  ])('is refused with %s', async (_, text, column) => {
    await expect(readConfig(fileIn(folder, 'config.json', text))).rejects.toMatchObject({
      code: 'bad_option',
      details: { column },
    });
  });

  it.each([
    ['settings that are no object', '{"network": null}'],
    ['layers that are text', '{"network": {"hidden_units": "64 32"}}'],
    ['a setting that is text', '{"network": {"batch_size": "5"}}'],
    ['a loss that there is not', '{"loss": "l1"}'],
  ])('with %s is refused before the log is read', async (_, text) => {
    const read = await readConfig(fileIn(folder, 'config.json', text));
    const steps: string[] = [];
    const job = runJob({ ...config, ...read, data: 'nowhere.csv' }, { onProgress: (step) => void steps.push(step) });
    await expect(job).rejects.toMatchObject({ code: 'bad_option' });
    expect(steps).toEqual([]);
  });
});

describe('where a job cannot be written', () => {
  it('it is refused before anything is trained', async () => {
    const steps: string[] = [];
    const job = runJob({ ...config, jobDir: data }, { onProgress: (step) => void steps.push(step) });
    await expect(job).rejects.toMatchObject({ code: 'unwritable_folder' });
    expect(steps).toEqual([]);
  });

  it('nothing is left of a job whose name a file takes in the midst of it', async () => {
    const late = join(folder, 'late');
    const job = runJob(
      { ...config, jobDir: join(late, 'jobs') },
      {
        onProgress: (step) => {
          if (step.startsWith('training') && !existsSync(join(late, 'jobs'))) {
            mkdirSync(late, { recursive: true });
            writeFileSync(join(late, 'jobs'), '');
          }
        },
      },
    );
    await expect(job).rejects.toMatchObject({ code: 'unwritable_folder' });
    expect(readdirSync(late)).toEqual(['jobs']);
  });
});
