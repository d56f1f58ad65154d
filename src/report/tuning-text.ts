/** A hyperparameter search, as text. */
import { printable } from '../printable.js';
import { ranked, type TrialResult } from '../tune/trial.js';
import type { Tuning, TuningProgress } from '../tune/tune.js';
import { count, counted, LONGEST_NAME, type Style } from './style.js';
import { textTable, wrapped } from './table.js';

/** The most trials that are shown, where each takes one line, and where each takes several. */
const MOST_ROWS = 20;
const MOST_LONG_ROWS = 5;

export interface TuningTextOptions {
  /** Name of what was searched for; `value` unless given. */
  readonly metric?: string | undefined;
}

/** The trials, best first, and which parameters mattered. */
export function tuningText(tuning: Tuning, style: Style, { metric = 'value' }: TuningTextOptions = {}): string {
  const { best, trials, goal, space, importance } = tuning;
  const name = printable(metric, LONGEST_NAME);
  const valid = ranked(trials, goal).filter(({ state }) => state !== 'failed');
  const table = trialTable(valid, Object.keys(space), name, style);
  const lines = [
    `${style.bold('Tuning')} of ${counted(Object.keys(space).length, 'parameter')}, to ${goal} ${name}: ${outcomes(trials)}`,
    `  best: ${brief(best.value!)} (trial ${best.number})`,
    ...table.lines,
  ];
  const failed = trials.filter(({ state }) => state === 'failed');
  const hidden = valid.length - table.shown;
  if (hidden > 0) lines.push(`  and ${counted(hidden, 'trial')} more`);
  if (importance) {
    const order = Object.entries(importance).toSorted(([, a], [, b]) => b - a);
    const shares = order.map(([parameter, share]) => `${parameter} ${Math.round(100 * share)} %`);
    lines.push(`  differences explained by one parameter alone: ${shares.join(', ')}`);
  }
  if (failed.length > 0) {
    const [problem] = failed[0]!.message!.split('\n');
    lines.push(
      `${style.warn('Note:')} ${counted(failed.length, 'trial')} failed, the first with: ${printable(problem!)}`,
    );
  }
  return lines.map((line) => wrapped(line, style.width)).join('\n');
}

/** How a search is doing, on one line. */
export function tuningStatus(
  { results, trials, running, best }: TuningProgress,
  width = Number.POSITIVE_INFINITY,
): string {
  const parts = [`${count(results.length)} of ${counted(trials, 'trial')}`];
  if (running > 0) parts.push(`${count(running)} running`);
  for (const [state, word] of [
    ['stopped', 'stopped early'],
    ['failed', 'failed'],
  ] as const) {
    const number = results.filter((result) => result.state === state).length;
    if (number > 0) parts.push(`${count(number)} ${word}`);
  }
  const status = parts.join(', ');
  return printable(
    best ? `${status}; best ${brief(best.value!)} (trial ${best.number}: ${valuesText(best)})` : status,
    width,
  );
}

/** One column a parameter; where that is wider than the line, the best few with one text for all parameters. */
function trialTable(
  trials: readonly TrialResult[],
  parameters: readonly string[],
  metric: string,
  style: Style,
): { readonly lines: string[]; readonly shown: number } {
  const state = ({ state }: TrialResult) => (state === 'stopped' ? 'stopped early' : '');
  const start = (trial: TrialResult) => [String(trial.number), brief(trial.value!)];
  const indented = (rows: string[][], align: string) => textTable(rows, align).map((line) => `  ${line}`);
  const many = trials.slice(0, MOST_ROWS);
  const columns = many.map((trial) => [
    ...start(trial),
    ...parameters.map((name) => valueText(trial, name)),
    state(trial),
  ]);
  const lines = indented([['trial', metric, ...parameters, ''], ...columns], `rr${'r'.repeat(parameters.length)}l`);
  if (lines.every((line) => line.length <= style.width)) return { lines, shown: many.length };

  const few = trials.slice(0, MOST_LONG_ROWS);
  const texts = few.map((trial) => [...start(trial), [state(trial), valuesText(trial)].filter(Boolean).join(': ')]);
  return { lines: indented([['trial', metric, 'parameters'], ...texts], 'rrl'), shown: few.length };
}

function outcomes(trials: readonly TrialResult[]): string {
  const of = (state: TrialResult['state']) => trials.filter((trial) => trial.state === state).length;
  return `${counted(trials.length, 'trial')}, ${count(of('done'))} to the end, ${count(of('stopped'))} stopped early, ${count(of('failed'))} failed`;
}

const valueText = ({ parameters }: TrialResult, name: string): string => {
  const value = parameters[name]!;
  return typeof value === 'number' ? brief(value) : printable(value, LONGEST_NAME);
};

const valuesText = (trial: TrialResult): string =>
  Object.keys(trial.parameters)
    .map((name) => `${name} ${valueText(trial, name)}`)
    .join(', ');

/** Four digits, and whole numbers whole. */
export const brief = (value: number): string =>
  (Number.isSafeInteger(value) ? value : Number(value.toPrecision(4))).toString();
