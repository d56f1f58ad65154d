/** A comparison of models as text for a terminal. */
import { purchaseModel } from '../btyd/registry.js';
import type { ErrorDifference } from '../evaluate/paired-bootstrap.js';
import type { Compared, ComparedModel, Comparison } from '../jobs/comparison.js';
import { count, counted, errorSize, money, percent, type Style } from './style.js';
import { sectionsText, textTable } from './table.js';

export function comparisonText(comparison: Comparison, style: Style): string {
  return sectionsText(
    [
      headline(comparison, style),
      partText(comparison, 'purchases', style),
      partText(comparison, 'value', style),
      comparison.failed.map(({ model, reason }) => `${style.warn('Not compared:')} ${model}: ${reason}`).join('\n'),
      comparison.findings.map(({ message }) => `${style.warn('Finding:')} ${message}`).join('\n'),
    ],
    style.width,
  );
}

function headline({ origins }: Comparison, style: Style): string {
  const windows = origins.map(
    ({ thresholdDate, predictEnd, customers }) =>
      `  ${thresholdDate} to ${predictEnd}: ${counted(customers, 'customer')}`,
  );
  return [style.bold('Judged on what customers did after the threshold'), ...windows].join('\n');
}

function partText({ models, best, metric, level }: Comparison, part: Compared, style: Style): string {
  const sorted = [...models].sort((a, b) => a.metrics[part][metric] - b.metrics[part][metric]);
  const show = part === 'purchases' ? count : money;
  const against = `${metric.toUpperCase()} − best`;
  const rows = sorted.map((one) => {
    const { totalPredicted, bias, mae, rmse, spearman } = one.metrics[part];
    return [
      nameOf(one),
      show(totalPredicted),
      percent(bias),
      errorSize(mae),
      errorSize(rmse),
      spearman === null ? '–' : spearman.toFixed(3),
      ...differenceCells(one, part, metric, one.model === best[part]),
    ];
  });
  const winner = models.find(({ model }) => model === best[part])!;
  const header = [part, 'total', 'bias', 'MAE', 'RMSE', 'rank corr.', against, `${Math.round(level * 100)} %`, ''];
  const actual = ['what happened', show(winner.metrics[part].totalActual), '', '', '', '', '', '', ''];
  const table = [header, actual, ...rows];
  const wide = textTable(table, 'lrrrrrrll');
  const fits = wide.every((line) => line.length + 2 <= style.width);
  return [
    ...(fits ? wide : textTable(table.map(essential), 'lrrrl')).map((line) => `  ${line}`),
    '',
    `  ${verdict(sorted, winner, part, metric, style)}`,
  ].join('\n');
}

/** What a narrow terminal has room for: the errors, and the difference with its interval. */
const essential = ([name, , , mae, rmse, , difference, interval]: readonly string[]): string[] => [
  name!,
  mae!,
  rmse!,
  difference!,
  interval!,
];

function differenceCells(one: ComparedModel, part: Compared, metric: 'rmse' | 'mae', isBest: boolean): string[] {
  if (isBest) return ['best', '', ''];
  const { difference, low, high } = one.againstBest[part][metric];
  const large = one.metrics[part][metric] >= 100;
  const signed = (value: number) =>
    value === 0 ? '0' : `${value > 0 ? '+' : '−'}${large ? count(Math.abs(value)) : Math.abs(value).toFixed(3)}`;
  const meaning = isReal(one.againstBest[part][metric]) ? (difference > 0 ? 'worse' : 'better') : 'no real difference';
  return [signed(difference), `${signed(low)} to ${signed(high)}`, meaning];
}

/** Whether chance alone hardly explains it. */
const isReal = ({ low, high }: ErrorDifference): boolean => low > 0 || high < 0;

/** Where the data lead to the limit of a model, that is what was judged. */
function nameOf({ model, title, kind, origins }: ComparedModel): string {
  if (kind === 'benchmark') return `(${title})`;
  const fitted = new Set(origins.flatMap(({ fit }) => (fit && fit.model !== model ? [fit.model] : [])));
  return fitted.size === 1 ? `${title} → ${purchaseModel([...fitted][0]!).title}` : title;
}

function verdict(
  sorted: readonly ComparedModel[],
  winner: ComparedModel,
  part: Compared,
  metric: 'rmse' | 'mae',
  style: Style,
): string {
  const others = sorted.filter((one) => one !== winner && one.kind !== 'benchmark');
  const tied = others.filter((one) => !isReal(one.againstBest[part][metric]));
  const ahead = sorted.filter((one) => one.kind === 'benchmark' && one.againstBest[part][metric].high < 0);
  const sentences = [
    `Best for ${part}: ${style.bold(winner.title)}.`,
    ...(others.length === 0
      ? []
      : [
          tied.length === 0
            ? 'Every other model is really worse.'
            : `Not told apart from it: ${tied.map(({ title }) => title).join(', ')}.`,
        ]),
    ...(ahead.length > 0
      ? [style.warn(`Without a model, "${ahead.map(({ title }) => title).join('" and "')}" came closer.`)]
      : []),
  ];
  return sentences.join(' ');
}
