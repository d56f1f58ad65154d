/** lifetimes, asked for the same answers on the same files. Its times count only where its answers agree with ours. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FittedModel } from '../src/btyd/fitted-model.js';
import { type Timing, timing } from './timing.js';

export const PEER_SCRIPT = fileURLToPath(new URL('lifetimes_peer.py', import.meta.url));

/** Repetitions of each peer task after a warm-up; 3 and no warm-up for tasks that take longer than so many seconds. */
const REPETITIONS = 15;
const SECONDS = 5;

/**
 * What counts as equal, as relative differences. lifetimes stops its search for the Pareto/NBD early (Nelder–Mead,
 * tolerance 1e-4), so found parameters agree less than formulas do.
 */
export const TOLERANCE = {
  /** Log-likelihoods of the two programs at the same parameters. */
  formula: 1e-9,
  /** Predictions for each customer at the same parameters. */
  prediction: 1e-6,
  /** Log-likelihoods at the maximum that each found. */
  maximum: 1e-6,
  /** Parameters and their standard errors as each found them. */
  parameter: 0.01,
  /** Totals predicted by a whole training. */
  total: 1e-4,
} as const;

export type PeerTask =
  | { kind: 'fit'; model: string; sample: string; fitted: FittedModel }
  | {
      kind: 'predict';
      sample: string;
      purchases: FittedModel;
      spend: FittedModel;
      horizon: number;
      ours: PredictedColumns;
    };

/** One value a customer, by name. */
export type PredictedColumns = Readonly<Record<'p_alive' | 'purchases' | 'spend' | 'value', Float64Array>>;

/** What became of a task: a time if the answers agree; in any case a sentence on the answers. */
export interface PeerResult {
  readonly time?: Timing | undefined;
  readonly remark: string;
}

interface Answer {
  readonly failed?: string;
  readonly times: number[];
  readonly parameters: number[];
  readonly standard_errors: number[] | null;
  readonly log_likelihood: number;
  readonly log_likelihood_at_ours: number;
}

export interface PeerRun {
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly PeerResult[];
}

export function runPeer(python: string, tasks: readonly PeerTask[], folder: string): PeerRun {
  const request = join(folder, 'request.json');
  const output = (index: number) => join(folder, `predicted-${index}`);
  const asked = tasks.map((task, i) =>
    task.kind === 'fit'
      ? { kind: 'fit', model: task.model, sample: task.sample, parameters: Object.values(task.fitted.parameters) }
      : {
          kind: 'predict',
          model: task.purchases.model,
          sample: task.sample,
          parameters: Object.values(task.purchases.parameters),
          spend_parameters: Object.values(task.spend.parameters),
          horizon: task.horizon,
          output: output(i),
        },
  );
  writeFileSync(request, JSON.stringify({ repetitions: REPETITIONS, seconds: SECONDS, tasks: asked }));
  const printed = execFileSync(python, [PEER_SCRIPT, 'models', request], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { versions, answers } = lastObject(printed) as { versions: Record<string, string>; answers: Answer[] };
  const results = answers.map((answer, i): PeerResult => {
    if (answer.failed !== undefined) return { remark: `lifetimes raises ${answer.failed}` };
    const task = tasks[i]!;
    const checks = task.kind === 'fit' ? fitChecks(task.fitted, answer) : predictionChecks(task.ours, output(i));
    return judged(checks, timing(answer.times));
  });
  return { versions, results };
}

/** lifetimes prints of its own accord when a fit fails: the answer is the last line. */
export function lastObject(printed: string): unknown {
  return JSON.parse(printed.trim().split('\n').at(-1)!);
}

export interface Check {
  readonly name: string;
  readonly difference: number;
  readonly tolerance: number;
}

/** A time counts if every difference is within its tolerance; NaN never is. */
export function judged(checks: readonly Check[], time: Timing): PeerResult {
  const text = ({ name, difference }: Check) => `${name} ${difference === 0 ? '0' : difference.toExponential(0)}`;
  const wrong = checks.filter(({ difference, tolerance }) => !(difference <= tolerance));
  if (wrong.length > 0) return { remark: `DIFFERS: ${wrong.map(text).join(', ')}` };
  return { time, remark: checks.map(text).join(', ') };
}

export function relative(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}

function fitChecks(fitted: FittedModel, answer: Answer): Check[] {
  const worst = (ours: readonly number[], theirs: readonly number[]) =>
    Math.max(...ours.map((value, i) => relative(value, theirs[i]!)));
  const parameters = Object.values(fitted.parameters);
  const errors = Object.values(fitted.standardErrors).map((error) => error ?? Number.NaN);
  const checks: Check[] = [
    {
      name: 'formula',
      difference: relative(fitted.logLikelihood, answer.log_likelihood_at_ours),
      tolerance: TOLERANCE.formula,
    },
    {
      name: 'maximum',
      difference: relative(fitted.logLikelihood, answer.log_likelihood),
      tolerance: TOLERANCE.maximum,
    },
    { name: 'parameters', difference: worst(parameters, answer.parameters), tolerance: TOLERANCE.parameter },
  ];
  if (answer.standard_errors === null) return checks;
  return [
    ...checks,
    { name: 'errors', difference: worst(errors, answer.standard_errors), tolerance: TOLERANCE.parameter },
  ];
}

function predictionChecks(ours: PredictedColumns, output: string): Check[] {
  return Object.entries(ours).map(([name, values]) => {
    const theirs = readDoubles(`${output}.${name}`);
    if (theirs.length !== values.length) return { name, difference: Number.NaN, tolerance: TOLERANCE.prediction };
    let difference = 0;
    for (let i = 0; i < values.length; i++) difference = Math.max(difference, relative(values[i]!, theirs[i]!)); // NaN stays
    return { name, difference, tolerance: TOLERANCE.prediction };
  });
}

function readDoubles(file: string): Float64Array {
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
