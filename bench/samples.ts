/** The customers that models are timed on: CDNOW, and made-up ones in numbers that CDNOW does not have. */
import { readFileSync, writeFileSync } from 'node:fs';
import { simulateCustomers } from '../src/btyd/simulate.js';
import type { Customers } from '../src/customers.js';
import { locateDataset } from '../src/datasets/locate.js';
import { drawGamma, randomStream } from '../src/kernels/random.js';

/** Columns of customers, one row each, and how far to predict them, in `timeUnit`. */
export interface Sample {
  readonly name: string;
  readonly columns: Pick<Customers, 'frequency' | 'recency' | 'age' | 'monetary' | 'timeUnit'>;
  readonly horizon: number;
}

/** CDNOW's calibration summary in weeks; undefined if it is not on this machine. */
export function cdnow(): Sample | undefined {
  const path = locateDataset('cdnow_summary_spend');
  if (path === undefined) return undefined;
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = header!.split(',');
  const rows = lines.map((line) => line.split(','));
  const column = (name: string) => Float64Array.from(rows, (row) => Number(row[names.indexOf(name)]));
  return {
    name: 'CDNOW',
    columns: {
      frequency: column('x'),
      recency: column('t_x'),
      age: column('T'),
      monetary: column('mean_spend'),
      timeUnit: 'week',
    },
    horizon: 39,
  };
}

/** The Pareto/NBD that customers are simulated from, in days. */
export const STORY = { r: 0.55, alpha: 74, s: 0.61, beta: 82 };

/** Day-rounded customers of the Pareto/NBD and of the BG/NBD story, who joined over 240 days; spend after Gamma-Gamma. */
export function simulated(n: number): { readonly paretoNbd: Sample; readonly bgNbd: Sample } {
  const ages = randomStream(1);
  const options = { n, age: Float64Array.from({ length: n }, () => 30 + 240 * ages.uniform()), seed: 2, roundTo: 1 };
  const bgNbd = { model: 'bgnbd_model', parameters: { r: 0.24, alpha: 31, a: 0.79, b: 2.43 } };
  return {
    paretoNbd: withSpend(
      'simulated Pareto/NBD',
      simulateCustomers({ model: 'paretonbd_model', parameters: STORY }, options),
    ),
    bgNbd: withSpend('simulated BG/NBD', simulateCustomers(bgNbd, options)),
  };
}

function withSpend(name: string, summary: Customers): Sample {
  const stream = randomStream(3);
  const monetary = summary.frequency.map((x) => {
    if (x === 0) return 0;
    const nu = drawGamma(stream, 3.7, 15.4);
    return Math.max(0.01, Math.round((100 * drawGamma(stream, 6.2 * x, nu)) / x) / 100);
  });
  return { name, columns: { ...summary, monetary, timeUnit: 'day' }, horizon: 273 };
}

/** Writes a sample for another program; numbers read back as the same doubles. */
export function writeSample({ columns: { frequency, recency, age, monetary } }: Sample, file: string): void {
  const rows = Array.from(frequency, (x, i) => `${x},${recency[i]},${age[i]},${monetary[i]}`);
  writeFileSync(file, `frequency,recency,age,monetary\n${rows.join('\n')}\n`);
}
