/** Trainings on simulated logs, with the log still open. */
import { simulateLog } from '../../src/btyd/simulate.js';
import { isoDay } from '../../src/calendar.js';
import { readTransactions, type TransactionLog } from '../../src/features/read-transactions.js';
import { type Training, type TrainOptions, train } from '../../src/jobs/train.js';
import { type ReportData, reportData } from '../../src/report/report-data.js';

export interface Reported {
  readonly training: Training;
  readonly data: ReportData;
}

/** The holdout begins 120 days before the end. */
export async function reported(
  customers: number,
  options: TrainOptions & { readonly holdout?: boolean; readonly idOf?: (id: string) => string } = {},
): Promise<Reported> {
  const { holdout = true, idOf = (id) => id, ...training } = options;
  const { customer, day, value } = simulateLog({ customers, seed: 5 });
  const columns = { customer: customer.map(idOf), date: Array.from(day, isoDay), value };
  const last = Math.max(...day.slice(0, 1000), ...day.slice(-1000));
  return reportedOn(columns, {
    thresholdDate: isoDay(last - 120),
    ...(holdout && { predictEnd: isoDay(last) }),
    intervals: 0,
    ...training,
  });
}

export interface TestLog {
  readonly customer: readonly string[];
  readonly date: readonly string[];
  readonly value: ArrayLike<number>;
}

export async function reportedOn(
  columns: TestLog,
  options: TrainOptions,
  look?: (training: Training, log: TransactionLog) => Promise<void>,
): Promise<Reported> {
  const log = await readTransactions({ ...columns, value: Float64Array.from(columns.value) } as never);
  try {
    const training = await train(log, options);
    await look?.(training, log);
    return { training, data: await reportData(training, log) };
  } finally {
    await log.close();
  }
}

/** A chart of a report. */
export function chartOf({ charts }: ReportData, name: string) {
  const found = charts.find((chart) => chart.name === name);
  if (!found) throw new Error(`there is no chart ${name}`);
  return found;
}
