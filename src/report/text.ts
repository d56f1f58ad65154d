/** A training as text for a terminal. Colours and widths are given, so the same text serves a pipe. */
import type { FittedModel } from '../btyd/fitted-model.js';
import { definitionOf } from '../btyd/inference/fitted-search.js';
import { type Estimate, estimates } from '../btyd/inference/wald.js';
import { daysBetween } from '../calendar.js';
import { BENCHMARKS, type Evaluation } from '../evaluate/benchmarks.js';
import { networkModel } from '../jobs/networks/models.js';
import type { PartOfTraining } from '../jobs/networks/trained-networks.js';
import type { Training } from '../jobs/train.js';
import type { TrainedModel } from '../jobs/trained-model.js';
import { printable } from '../printable.js';
import { readingText } from './reading-text.js';
import { count, counted, errorSize, LONGEST_NAME, money, percent, type Style } from './style.js';
import { sectionsText, textTable } from './table.js';

const TOP = 10;

/** Everything a reader of the terminal is shown, the files excepted. */
export function trainingText(training: Training, style: Style): string {
  const sections = [
    readingText(training.report, style),
    splitText(training),
    networksText(training, style),
    fitText(training.purchases, style),
    fitText(training.spend, style),
    findingsText(training, style),
    holdoutText(training, style),
    topText(training, style),
  ];
  return sectionsText(sections, style.width);
}

export function splitText({ table, horizon }: TrainedModel): string {
  const { customers, thresholdDate, predictEnd, laterCustomers } = table;
  const repeat = customers.frequency.reduce((sum, x) => sum + (x > 0 ? 1 : 0), 0);
  const later = laterCustomers > 0 ? `; ${count(laterCustomers)} who first bought later are left out` : '';
  const unit = customers.timeUnit;
  return [
    `Calibration to ${thresholdDate}: ${count(customers.n)} customers, ${count(repeat)} of them bought again${later}`,
    predictEnd === null
      ? `Predictions for the ${round(horizon)} ${unit}s after`
      : `Holdout to ${predictEnd}; predictions for the ${round(horizon)} ${unit}s after the threshold`,
  ].join('\n');
}

const round = (value: number) => String(Number(value.toFixed(2)));

function fitText(fitted: FittedModel, style: Style): string {
  const title = titleOf(fitted.model);
  const asked = fitted.requested === fitted.model ? '' : ` (asked for: ${titleOf(fitted.requested)})`;
  const { converged, iterations } = fitted.convergence;
  const rows = Object.entries(estimates(fitted)).map(([name, { estimate, standardError }]: [string, Estimate]) => [
    name,
    significant(estimate),
    standardError === null ? '(not determined)' : `± ${significant(standardError)}`,
  ]);
  const how = converged
    ? `converged in ${iterations} steps`
    : style.warn(`did not converge (${fitted.convergence.stopped.replaceAll('_', ' ')})`);
  return [
    `${style.bold(title)}${asked}: ${count(fitted.customers)} customers, log-likelihood ${fitted.logLikelihood.toFixed(3)}, ${how}`,
    ...textTable(rows, 'lrl').map((line) => `  ${line}`),
  ].join('\n');
}

function networksText({ networks }: Training, style: Style): string {
  if (networks === undefined) return '';
  const { value, purchases, windows, trainingRows, split, preset } = networks;
  const { options, backend, inputs, members } = value.network;
  const layers =
    options.hiddenUnits.length === 0 ? 'no hidden layer' : `hidden layers of ${options.hiddenUnits.join(', ')}`;
  const ends = `${windows[0]!.thresholdDate} to ${windows.at(-1)!.predictEnd}`;
  const from =
    split === 'time'
      ? `${counted(windows.length, 'window')} of ${daysOf(windows[0]!)} days, ${ends}`
      : `other customers, ${ends}`;
  const best = (part: PartOfTraining) =>
    part.importance
      .slice(0, 3)
      .map(({ column }) => column)
      .join(', ');
  return [
    `${style.bold(modelTitle(networks.model))}${preset ? ` (${preset})` : ''}: ${counted(members.length, 'network')} a target with ${layers}, ${counted(inputs.length, 'column')}, on ${backend}`,
    `  learned from ${count(trainingRows)} rows: ${from}`,
    ...(purchases ? [`  purchases depend most on ${best(purchases)}`] : []),
    `  value depends most on ${best(value)}`,
  ].join('\n');
}

const daysOf = ({ thresholdDate, predictEnd }: { thresholdDate: string; predictEnd: string }): number =>
  daysBetween(thresholdDate, predictEnd);

/** A model's name for people. */
export const modelTitle = (name: string): string => networkModel(name)?.title ?? titleOf(name);

function titleOf(name: string): string {
  return definitionOf(name).title;
}

const significant = (value: number) =>
  value >= 1e-4 && value < 1e6 ? Number(value.toPrecision(6)).toString() : value.toExponential(3);

export function findingsText({ findings }: Pick<TrainedModel, 'findings'>, style: Style): string {
  return findings.map(({ message }) => `${style.warn('Finding:')} ${message}`).join('\n');
}

/** @param title of the model that was judged */
export function holdoutText(
  training: TrainedModel,
  style: Style,
  title = modelTitle(training.networks?.model ?? training.purchases.model),
): string {
  const { metrics, table, purchases, spend } = training;
  const { predictEnd, thresholdDate } = table;
  if (metrics === null) return '';
  const rows = (part: 'purchases' | 'value', show: (value: number) => string) => {
    const line = (name: string, evaluation: Evaluation) => {
      const { totalPredicted, bias, mae, rmse, spearman } = evaluation[part];
      const rank = spearman === null ? '–' : spearman.toFixed(3);
      return [name, show(totalPredicted), percent(bias), errorSize(mae), errorSize(rmse), rank];
    };
    return [
      [part, 'total', 'bias', 'MAE', 'RMSE', 'rank corr.'],
      ['what happened', show(metrics[part].totalActual), '', '', '', ''],
      line(title, metrics),
      ...(metrics.benchmarks.statistics
        ? [line(`${titleOf(purchases.model)}, ${titleOf(spend.model)}`, metrics.benchmarks.statistics)]
        : []),
      ...BENCHMARKS.map(({ name }) => line(name.replaceAll('_', ' '), metrics.benchmarks[name]!)),
    ];
  };
  const meanings = BENCHMARKS.map(({ name, meaning }) => `${name.replaceAll('_', ' ')}: ${meaning}`).join('; ');
  return [
    style.bold(`Checked on what customers did after ${thresholdDate}, to ${predictEnd}`),
    ...textTable(rows('purchases', count), 'lrrrrr').map((line) => `  ${line}`),
    '',
    ...textTable(rows('value', money), 'lrrrrr').map((line) => `  ${line}`),
    '',
    style.dim(`  ${meanings}`),
  ].join('\n');
}

export function topText({ predictions, table: { customers, holdout } }: TrainedModel, style: Style): string {
  const order = Array.from(predictions.clv.keys()).sort((a, b) => predictions.clv[b]! - predictions.clv[a]! || a - b);
  const rows = order
    .slice(0, TOP)
    .map((i, place) => [
      String(place + 1),
      printable(predictions.customerId[i]!, LONGEST_NAME),
      count(customers.frequency[i]! + 1),
      predictions.pAlive[i]!.toFixed(3),
      predictions.expectedPurchases[i]!.toFixed(2),
      money(predictions.expectedSpend[i]!),
      money(predictions.clv[i]!),
      ...(holdout ? [money(holdout.value[i]!)] : []),
    ]);
  const header = ['', 'customer', 'bought', 'P(alive)', 'purchases', 'spend', 'CLV', ...(holdout ? ['actual'] : [])];
  return [
    style.bold(`The ${rows.length === 1 ? 'most valuable customer' : `${rows.length} most valuable customers`}`),
    ...textTable([header, ...rows], 'rlrrrrrr').map((line) => `  ${line}`),
  ].join('\n');
}
