import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTransactions } from '../../src/features/read-transactions.js';
import { explainCustomer } from '../../src/jobs/explain-customer.js';
import { predict } from '../../src/jobs/predict.js';
import { proposeConfig } from '../../src/jobs/propose-config.js';
import { runJob } from '../../src/jobs/run-job.js';
import { horizonOf, newestJob, openJob, readLogOf } from '../../src/jobs/saved-job.js';
import { writePredictions } from '../../src/jobs/write-predictions.js';
import { asColumns, asCsv, END, QUICK, shop, THRESHOLD } from './networks-log.js';

let folder: string;
let data: string;
const dates = { thresholdDate: THRESHOLD, predictEnd: END };
const job = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
  data = join(folder, 'orders.csv');
  writeFileSync(data, asCsv(shop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a finished job', () => {
  it('predicts for its own log what it predicted in training', async () => {
    const first = await runJob({ data, ...dates, jobDir: job('jobs') });
    const saved = await openJob(first.folder);
    expect(horizonOf(saved)).toBe(60);
    const log = await readLogOf(saved, undefined);
    const again = await predict(saved.models, log, dates);
    expect(again.predictions.clv).toEqual(first.training.predictions.clv);
    expect(again.metrics).toEqual(first.training.metrics);

    const output = join(folder, 'out', 'predictions.csv');
    await writePredictions(output, again, log.engine, [['twice', again.predictions.clv.map((worth) => 2 * worth)]]);
    const [header, row] = readFileSync(output, 'utf8').split('\n');
    const cells = Object.fromEntries(header!.split(',').map((name, j) => [name, row!.split(',')[j]]));
    expect(Number(cells.twice)).toBe(2 * Number(cells.clv));

    const parquet = join(folder, 'predictions.parquet');
    await writePredictions(parquet, again, log.engine);
    const read = await log.engine.query(`SELECT customer_id, clv FROM '${parquet}'`);
    expect(read.texts(0)).toEqual(again.predictions.customerId);
    expect(read.numbers(1)).toEqual(again.predictions.clv);
    await expect(writePredictions(join(folder, 'x.xlsx'), again, log.engine)).rejects.toMatchObject({
      code: 'bad_option',
    });
    await log.close();
  });

  it('reads another log whose columns are called otherwise', async () => {
    const { folder: made } = await runJob({ data, ...dates, jobDir: job('jobs') });
    const other = join(folder, 'other.csv');
    writeFileSync(other, asCsv(shop(20, 9)).replace('customer_id,date,value', 'client,order_date,amount'));
    const log = await readLogOf(await openJob(made), other);
    expect(log.report.roles).toMatchObject({ customer: 'client', date: 'order_date', value: 'amount' });
    await log.close();
    const named = readLogOf(await openJob(made), other, { columns: { customer: 'nobody' } });
    await expect(named).rejects.toMatchObject({ code: 'missing_column' });
  });

  it('is found as the newest of its folder', async () => {
    const jobDir = job('several');
    const [one, two] = [await runJob({ data, jobDir }), await runJob({ data, jobDir })];
    utimesSync(join(one.folder, 'model.json'), new Date(), new Date(Date.now() + 60_000));
    expect(await newestJob(jobDir)).toBe(one.folder);
    utimesSync(join(two.folder, 'model.json'), new Date(), new Date(Date.now() + 120_000));
    expect(await newestJob(jobDir)).toBe(two.folder);
    await expect(newestJob(job('nowhere'))).rejects.toMatchObject({ code: 'missing_file' });
  });
});

describe('explaining a customer', () => {
  it('comes to the value that is predicted, from terms whose product it is', async () => {
    const { folder: made, training } = await runJob({ data, ...dates, jobDir: job('explained') });
    const { models } = await openJob(made);
    const log = await readLogOf(await openJob(made), undefined);
    const { customerId, clv } = training.predictions;
    const {
      terms,
      horizon,
      clv: worth,
    } = await explainCustomer(models, log, customerId[3]!, { ...dates, horizon: 60 });
    expect(horizon).toBe(60);
    expect(terms.clv).toBeCloseTo(clv[3]!, 9);
    expect(worth).toBe(terms.clv);
    expect(terms.expectedPurchases * terms.expectedSpend * terms.discount * terms.margin).toBeCloseTo(terms.clv, 9);
    await expect(explainCustomer(models, log, 'nobody')).rejects.toMatchObject({ code: 'unknown_customer' });
    await log.close();
  });

  it('says what a network makes of them: without any difference from the typical there are no reasons', async () => {
    const { folder: made, training } = await runJob({
      data,
      ...dates,
      ...QUICK,
      modelType: 'hybrid_model',
      jobDir: job('hybrid'),
    });
    const { models } = await openJob(made);
    const log = await readLogOf(await openJob(made), undefined);
    const { customerId, expectedValue, clv } = training.predictions;
    const { network, clv: worth } = await explainCustomer(models, log, customerId[5]!, { ...dates, horizon: 60 });
    expect(Math.abs(network!.expectedValue / expectedValue[5]! - 1)).toBeLessThan(1e-5);
    expect(Math.abs(worth / clv[5]! - 1)).toBeLessThan(1e-5);
    for (const { value, typical } of network!.reasons) expect(value).not.toBe(typical);
    const sizes = network!.reasons.map(({ difference }) => Math.abs(difference));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    await log.close();
  });
});

describe('a proposal', () => {
  it('can be trained on as it is', async () => {
    const log = await readTransactions(data);
    const { config, reasons } = proposeConfig(log);
    await log.close();
    expect(config.modelType).toBe('paretonbd_model'); // sixty customers are few
    expect(reasons.thresholdDate).toContain('quarter');
    const { training } = await runJob({ ...config, jobDir: job('proposed') });
    expect(training.metrics).not.toBeNull();
  });

  it('needs a log of more than a few days', async () => {
    const log = await readTransactions(
      asColumns([
        ['a', '2011-01-01', 1],
        ['b', '2011-01-02', 1],
      ]),
    );
    expect(() => proposeConfig(log)).toThrow(expect.objectContaining({ code: 'bad_window' }));
    await log.close();
  });
});
