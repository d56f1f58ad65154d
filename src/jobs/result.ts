/** A training as one JSON object: what `--json` prints and `metrics.json` holds. Its shape is part of the public contract. */
import type { FittedModel } from '../btyd/fitted-model.js';
import { estimates } from '../btyd/inference/wald.js';
import type { ReadReport } from '../features/read-transactions.js';
import { snakeKeys } from '../json-keys.js';
import type { PartOfTraining, TrainedNetworks } from './networks/trained-networks.js';
import type { SavedJob } from './saved-job.js';
import type { Training } from './train.js';
import type { TrainedModel } from './trained-model.js';

export interface ResultContext {
  /** Folder of the job; null if nothing was written. */
  readonly job: string | null;
  readonly timingsMs: { readonly read: number; readonly total: number };
}

function fitOf(fitted: FittedModel) {
  return {
    model: fitted.model,
    requested: fitted.requested,
    parameters: estimates(fitted),
    logLikelihood: fitted.logLikelihood,
    customers: fitted.customers,
    distinctCustomers: fitted.distinctCustomers,
    timeUnit: fitted.timeUnit,
    converged: fitted.convergence.converged,
    convergence: fitted.convergence,
    findings: fitted.findings,
  };
}

/** Networks without their weights, which are in files of their own. */
function networksOf({ purchases, value, ...networks }: TrainedNetworks) {
  const part = ({ network, validationLoss, importance, effects }: PartOfTraining) => ({
    loss: network.options.loss,
    backend: network.backend,
    tfjs: network.tfjs,
    inputs: network.inputs.length,
    validationLoss,
    members: network.members,
    importance,
    effects,
  });
  return { ...networks, ...(purchases && { purchases: part(purchases) }), value: part(value) };
}

/** What was read, and how it was split. */
function dataOf(report: ReadReport, { table, horizon, discountRate, margin }: TrainedModel) {
  return {
    file: report.file,
    layout: report.layout,
    columns: report.roles,
    dateFormat: report.dateFormat,
    rows: report.rows,
    dropped: report.dropped,
    notes: report.notes,
    normalisedIds: report.normalisedIds,
    encoding: report.encoding,
    firstDay: report.firstDay,
    lastDay: report.lastDay,
    transactions: report.transactions,
    value: report.value,
    customers: table.customerId.length,
    laterCustomers: table.laterCustomers,
    thresholdDate: table.thresholdDate,
    predictEnd: table.predictEnd,
    timeUnit: table.customers.timeUnit,
    horizon,
    discountRate,
    margin,
  };
}

/** What a finished job's models say of a log, in the shape of a training. */
export function savedResult(
  { folder, models }: SavedJob,
  report: ReadReport,
  trained: TrainedModel,
  output: string | null = null,
): unknown {
  const { findings, metrics } = trained;
  return snakeKeys({ job: folder, model: models.model, data: dataOf(report, trained), findings, metrics, output });
}

/** Plain JSON with snake_case keys; rates and lengths are in `data.time_unit`, values in the currency of the log. */
export function trainingResult(training: Training, { job, timingsMs }: ResultContext): unknown {
  const { report, purchases, spend, metrics } = training;
  return snakeKeys({
    job,
    model: training.networks?.model ?? purchases.requested,
    data: dataOf(report, training),
    fit: fitOf(purchases),
    spend: fitOf(spend),
    networks: training.networks && networksOf(training.networks),
    findings: training.findings,
    metrics,
    timingsMs: {
      read: timingsMs.read,
      fit: training.timingsMs.fit,
      predict: training.timingsMs.predict,
      total: timingsMs.total,
    },
  });
}
