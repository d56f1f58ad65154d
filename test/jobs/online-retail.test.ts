import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { expect, it } from 'vitest';
import { loadModel, loadModels } from '../../src/btyd/fitted-model.js';
import { locateDataset } from '../../src/datasets/locate.js';
import { readConfig, runJob } from '../../src/jobs/run-job.js';
import { temporaryFolder } from '../features/logs.js';
import golden from '../golden/mle.json' with { type: 'json' };
import { describeOn } from '../real-data.js';

const jobDir = temporaryFolder();

describeOn('online_retail', 'a job on UCI Online Retail', () => {
  const nbd = golden.fits.find(({ data }) => data.startsWith('online_retail'))!;

  it.each(['paretonbd_model', 'bgnbd_model'])(
    '%s finds that no dropout is visible, and predicts',
    async (modelType) => {
      const { training, folder, result } = await runJob({
        data: locateDataset('online_retail')!,
        modelType,
        thresholdDate: '2011-08-08',
        predictEnd: '2011-12-09',
        jobDir,
      });
      const { purchases, predictions, metrics } = training;
      expect(purchases).toMatchObject({ requested: modelType, model: 'nbd_model' });
      expect(purchases.findings.map(({ code }) => code)).toEqual(['no_dropout']);
      for (const [name, value] of Object.entries(nbd.parameters)) {
        expect(Math.abs(purchases.parameters[name]! / value - 1)).toBeLessThan(1e-5);
        const error = (nbd.standard_errors as Record<string, number>)[name]!;
        expect(Math.abs(purchases.standardErrors[name]! / error - 1)).toBeLessThan(1e-4);
      }
      expect(Math.abs(purchases.logLikelihood - nbd.log_likelihood)).toBeLessThan(1e-6);

      const { customerId, intervals, ...columns } = predictions;
      expect(customerId).toHaveLength(3200);
      for (const column of Object.values(columns))
        expect(column.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      for (const { low, high } of [intervals!.expectedPurchases!, intervals!.expectedSpend!, intervals!.clv!]) {
        expect(low.every((value, i) => Number.isFinite(high[i]) && value >= 0 && value <= high[i]!)).toBe(true);
      }
      const { purchases: happens } = intervals!;
      const inside = training.table.holdout!.purchases.filter(
        (count, i) => count >= happens!.low[i]! && count <= happens!.high[i]!,
      );
      expect(inside.length / 3200).toBeGreaterThan(0.87); // of the 90 % promised; purchases rose in autumn
      expect(metrics!.purchases.totalActual).toBe(5428);
      expect(Math.round(metrics!.purchases.totalPredicted)).toBe(4437);
      expect(metrics!.purchases.mae).toBeLessThanOrEqual(1.122);
      expect(metrics!.purchases.rmse).toBeLessThanOrEqual(1.788);
      expect(metrics!.value.totalActual).toBeCloseTo(3_352_873.28, 2);

      // the folder holds the same
      expect(readdirSync(folder).sort()).toEqual(['config.json', 'metrics.json', 'model.json', 'predictions.csv']);
      const text = (file: string) => readFileSync(join(folder, file), 'utf8');
      expect(JSON.parse(text('metrics.json'))).toEqual(result);
      expect(loadModels(text('model.json'))).toEqual({ purchases, spend: training.spend });
      expect(() => loadModel(text('model.json'))).toThrow('loadModels');
      const rows = Papa.parse<string[]>(text('predictions.csv'), { skipEmptyLines: true }).data;
      expect(rows[0]!.join(',')).toBe(
        [
          'customer_id,frequency,recency,age,monetary,p_alive,p_alive_low,p_alive_high',
          'expected_purchases,expected_purchases_low,expected_purchases_high',
          'expected_spend,expected_spend_low,expected_spend_high,expected_value,expected_value_low,expected_value_high',
          'clv,clv_low,clv_high,purchases_low,purchases_high,value_low,value_high,actual_purchases,actual_value',
        ].join(','),
      );
      expect(rows.slice(1).map(([id]) => id)).toEqual(customerId);
      expect(rows.slice(1).map((row) => Number(row[17]))).toEqual([...predictions.clv]);
    },
  );

  it('runs again from its config.json with the same answer', async () => {
    const first = await runJob({
      data: locateDataset('online_retail')!,
      thresholdDate: '2011-06-08',
      predictEnd: '2011-12-09',
      timeUnit: 'week',
      jobDir,
    });
    const config = await readConfig(join(first.folder, 'config.json'));
    const again = await runJob({ data: 'named in the file', ...config });
    expect(again.folder).not.toBe(first.folder);
    expect(again.training.predictions).toEqual(first.training.predictions);
  });
});
