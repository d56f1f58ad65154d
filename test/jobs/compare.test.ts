import { describe, expect, it } from 'vitest';
import { locateDataset } from '../../src/datasets/locate.js';
import { readTransactions } from '../../src/features/read-transactions.js';
import { summarise } from '../../src/features/summarise.js';
import { compare } from '../../src/jobs/compare.js';
import { train } from '../../src/jobs/train.js';
import { describeOn } from '../real-data.js';
import { asColumns, END, QUICK, shop, THRESHOLD } from './networks-log.js';

const dates = { thresholdDate: THRESHOLD, predictEnd: END };
const opened = (customers = 60) => readTransactions(asColumns(shop(customers)));

describe('comparing models', () => {
  it('judges each as its own training does', async () => {
    const log = await opened();
    const { models } = await compare(log, { ...dates, models: ['bgnbd_model', 'nbd_model'] });
    for (const modelType of ['bgnbd_model', 'nbd_model']) {
      const { metrics } = await train(log, { ...dates, modelType });
      const row = models.find(({ model }) => model === modelType)!;
      expect(row.metrics.value).toEqual(metrics!.value);
      expect(row.metrics.purchases).toEqual(metrics!.purchases);
      expect(models.find(({ model }) => model === 'same_rate')!.metrics.value).toEqual(
        metrics!.benchmarks.same_rate!.value,
      );
    }
    await log.close();
  });

  it('names as the best the model with the least error, and holds the others against it', async () => {
    const log = await opened();
    for (const metric of ['rmse', 'mae'] as const) {
      const { models, best, failed } = await compare(log, { ...dates, metric });
      expect(failed).toEqual([]);
      const rivals = models.filter(({ kind }) => kind !== 'benchmark');
      expect(rivals.length).toBeGreaterThan(8);
      for (const part of ['purchases', 'value'] as const) {
        const winner = rivals.find(({ model }) => model === best[part])!;
        for (const one of models) {
          const { difference, low, high } = one.againstBest[part][metric];
          expect(difference).toBeCloseTo(one.metrics[part][metric] - winner.metrics[part][metric], 9);
          expect(low).toBeLessThanOrEqual(difference + 1e-9);
          expect(high).toBeGreaterThanOrEqual(difference - 1e-9);
          if (one.kind !== 'benchmark') expect(difference).toBeGreaterThanOrEqual(0);
        }
      }
    }
    await log.close();
  });

  it('judges at several origins, each knowing nothing of later days', async () => {
    const log = await opened();
    const both = await compare(log, { ...dates, models: 'bgnbd_model', origins: '1' });
    expect(both.origins.map(({ thresholdDate, predictEnd }) => [thresholdDate, predictEnd])).toEqual([
      ['2011-05-21', '2011-07-20'],
      [THRESHOLD, END],
    ]);
    const [bgnbd] = both.models.filter(({ model }) => model === 'bgnbd_model');
    const alone = await compare(log, { thresholdDate: '2011-05-21', predictEnd: '2011-07-20', models: 'bgnbd_model' });
    expect(bgnbd!.origins[0]!.metrics).toEqual(alone.models.find(({ model }) => model === 'bgnbd_model')!.metrics);
    const rows = await Promise.all(both.origins.map((dates) => summarise(log, dates)));
    const total = rows.reduce((sum, { holdout }) => sum + holdout!.purchases.reduce((a, b) => a + b, 0), 0);
    expect(bgnbd!.metrics.purchases.totalActual).toBe(total);
    await log.close();
  });

  it('takes the last quarter as holdout where no dates are given', async () => {
    const log = await opened();
    const { origins } = await compare(log, { models: 'nbd_model' });
    const [{ thresholdDate, predictEnd }] = origins as [(typeof origins)[0]];
    const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;
    expect(predictEnd).toBe(log.report.lastDay);
    expect(days(thresholdDate, predictEnd)).toBe(Math.floor(days(log.report.firstDay, log.report.lastDay) / 4));
    await log.close();
  });

  it('takes the end of the log where only the threshold is given, and a quarter before the end where only that is', async () => {
    const log = await opened();
    const late = await compare(log, { thresholdDate: THRESHOLD, models: 'nbd_model' });
    expect(late.origins).toMatchObject([{ thresholdDate: THRESHOLD, predictEnd: log.report.lastDay }]);
    const { thresholdDate, predictEnd } = (await compare(log, { predictEnd: END, models: 'nbd_model' })).origins[0]!;
    expect(predictEnd).toBe(END);
    expect(thresholdDate < END && thresholdDate > log.report.firstDay).toBe(true);
    await log.close();
  });

  it('names the origin that is too early to learn anything at', async () => {
    const log = await opened();
    const early = compare(log, { ...dates, origins: log.report.firstDay, models: 'nbd_model' });
    await expect(early).rejects.toMatchObject({ problem: expect.stringContaining(log.report.firstDay) });
    await log.close();
  });

  it('compares networks with statistics', async () => {
    const log = await opened(120);
    const { backend, network } = QUICK;
    const { models } = await compare(log, { ...dates, models: ['nbd_model', 'dnn_model'], backend, network });
    expect(models.map(({ kind }) => kind).filter((kind) => kind === 'network')).toHaveLength(1);
    for (const { metrics } of models) expect(Number.isFinite(metrics.value.rmse)).toBe(true);
    await log.close();
  });

  it('says which models could not be fitted, and fails where none could', async () => {
    const lines = [...Array(40).keys()].map((c) => [`c${c}`, '2011-01-05', 10] as const);
    const log = await readTransactions(asColumns([...lines, ['late', '2011-09-01', 5]]));
    await expect(compare(log, dates)).rejects.toMatchObject({ code: 'no_repeat_customers' });
    await log.close();
  });

  it.each([
    [{ models: 'nobody' }, 'unknown_model'],
    [{ models: 'bgbb_model' }, 'bad_option'],
    [{ metric: 'gini' as never }, 'bad_option'],
    [{ level: 1 }, 'bad_option'],
    [{ ...dates, origins: '99' }, 'threshold_outside_data'],
    [{ ...dates, origins: '31/02/2011' }, 'bad_date'],
    [{ models: [] }, 'bad_option'],
    [{ thresholdDate: END, predictEnd: THRESHOLD }, 'bad_window'],
  ])('refuses %j', async (options, code) => {
    const log = await opened(20);
    await expect(compare(log, options)).rejects.toMatchObject({ code });
    await log.close();
  });
});

describeOn('online_retail', 'comparing models on UCI Online Retail', () => {
  it('has the rows that peers and earlier studies have: NBD 1.121, 1.787; 738, 4,435, .538', async () => {
    const log = await readTransactions(locateDataset('online_retail')!);
    const { models } = await compare(log, {
      thresholdDate: '2011-08-08',
      predictEnd: '2011-12-09',
      models: ['nbd_model', 'paretonbd_model'],
    });
    const { purchases, value } = models.find(({ model }) => model === 'nbd_model')!.metrics;
    expect([purchases.mae.toFixed(3), purchases.rmse.toFixed(3)]).toEqual(['1.121', '1.787']);
    expect([value.mae.toFixed(0), value.rmse.toFixed(0), value.spearman!.toFixed(3)]).toEqual(['738', '4435', '0.538']);
    await log.close();
  });
});
