/** The search itself: proposes trials, evaluates several side by side, and keeps what came of them. */
import { ClvError } from '../errors.js';
import { randomStream } from '../kernels/random.js';
import { checkOptionTypes } from '../options.js';
import { checkHalving, type HalvingOptions, Rungs, type RungValue } from './halving.js';
import { importanceOf } from './importance.js';
import { type Journal, openJournal } from './journal.js';
import { checkSpace } from './read-space.js';
import { sobolPoint } from './sobol.js';
import { allows, type ParameterValues, type Space, valuesAt } from './space.js';
import { proposeTpe } from './tpe.js';
import { type Goal, lossOf, ranked, type Trial, type TrialResult, trialSeed } from './trial.js';

/**
 * Tells how a trial does.
 *
 * @param share of the whole budget that is spent, in (0, 1]; may be told at each epoch or at the rungs only
 * @param value what is searched for, so far
 * @returns `stop`: the trial is over, whatever `evaluate` returns afterwards
 */
export type Report = (share: number, value: number) => 'go_on' | 'stop';

/**
 * Evaluates a trial.
 *
 * @param budget shares of the whole budget at which trials are compared, ascending; the last is 1
 * @returns the value at the end
 * @throws ClvError for values that do not work: the trial has failed, the search goes on
 */
export type Evaluate = (trial: Trial, budget: readonly number[], report: Report) => number | Promise<number>;

export type SearchMethod = 'tpe' | 'sobol' | 'random';

export interface TuneOptions {
  readonly space: Space;
  readonly evaluate: Evaluate;
  /** How many trials, those in the journal included. */
  readonly trials: number;
  /** How many are evaluated at the same time; 1 unless given. Only with 1 does a seed repeat a whole search. */
  readonly parallel?: number;
  /** A whole number; 0 unless given. */
  readonly seed?: number;
  /** `minimize` unless given. */
  readonly goal?: Goal;
  /** `tpe` unless given: learns from the trials so far, after a start with Sobol' points. */
  readonly search?: SearchMethod;
  /** When trials are stopped early; `false`: never. */
  readonly halving?: HalvingOptions | false;
  /** Values to try first, such as those known to work. */
  readonly first?: readonly ParameterValues[];
  /** A file that keeps what ended, and from which a search that was killed goes on. */
  readonly journal?: string;
  /** What the values depend on besides the parameters: a journal of anything else is refused. */
  readonly about?: string;
  /** Called after each trial. */
  readonly onTrial?: (result: TrialResult, progress: TuningProgress) => void;
}

export interface TuningProgress {
  /** What ended so far, in the order of its end. */
  readonly results: readonly TrialResult[];
  /** How many trials there will be. */
  readonly trials: number;
  readonly running: number;
  /** undefined as long as all failed */
  readonly best: TrialResult | undefined;
}

export interface Tuning {
  readonly space: Space;
  readonly goal: Goal;
  readonly best: TrialResult;
  /** By number. */
  readonly trials: readonly TrialResult[];
  /** Which parameters mattered, in [0, 1]; only for 20 trials or more. */
  readonly importance?: Readonly<Record<string, number>>;
}

/** A search of which as many trials fail, and none does not, is given up. */
const GIVE_UP = 10;

const OPTIONS: ReadonlyArray<keyof TuneOptions> = [
  'space',
  'evaluate',
  'trials',
  'parallel',
  'seed',
  'goal',
  'search',
  'halving',
  'first',
  'journal',
  'about',
  'onTrial',
];

/**
 * Searches a space for the values with the best outcome.
 *
 * ```ts
 * const { best } = await tune({
 *   space: { x: { type: 'double', min: -5, max: 5 } },
 *   evaluate: ({ parameters }) => (Number(parameters.x) - 2) ** 2,
 *   trials: 50,
 *   seed: 1,
 * });
 * ```
 *
 * @throws ClvError bad_option, those of `openJournal`, and the first error of `evaluate` where all of the first ten
 *   trials fail. Anything else that `evaluate` or `onTrial` throws ends the search, once the trials running have ended.
 */
export async function tune(options: TuneOptions): Promise<Tuning> {
  const settings = checkOptions(options);
  const { space, goal, seed, search, halving, first, about } = settings;
  if (options.journal === undefined) return runTrials(settings, undefined);

  const journal = await openJournal(options.journal, { space, seed, goal, search, halving, first, about });
  try {
    return await runTrials(settings, journal);
  } finally {
    journal.close();
  }
}

type Settings = ReturnType<typeof checkOptions>;

async function runTrials(settings: Settings, journal: Journal | undefined): Promise<Tuning> {
  const { space, evaluate, trials, parallel, goal, seed, halving, onTrial } = settings;
  const results = [...(journal?.results ?? [])];
  const known = new Set(results.map(({ number }) => number));
  const waiting = Array.from({ length: trials }, (_, number) => number).filter((number) => !known.has(number));
  const running = new Map<number, ParameterValues>();
  const rungs = new Rungs(halving);
  for (const result of results) for (const [rung, value] of result.rungs) rungs.note(rung, lossOf(value, goal));
  const budget = [...halving.rungs, 1];
  const patience = Math.min(GIVE_UP, waiting.length);
  let failures = 0;
  let firstError: ClvError | undefined;
  let ending: { readonly error: unknown } | undefined;

  async function runTrial(number: number): Promise<void> {
    const parameters = propose(settings, number, results, [...running.values()]);
    const trial: Trial = { number, seed: trialSeed(seed, number), parameters };
    running.set(number, parameters);
    const started = new Date().toISOString();
    const reported: RungValue[] = [];
    let stopped = false;
    let message: string | undefined;
    let value: number | undefined;

    const report: Report = (share, now) => {
      if (stopped || message !== undefined || ending) return 'stop';
      if (!Number.isFinite(now)) {
        message = `the value is ${now}`;
        return 'stop';
      }
      for (const rung of rungs.reached(share, reported.length)) {
        reported.push([rung, now]);
        if (!rungs.note(rung, lossOf(now, goal))) {
          stopped = true;
          return 'stop';
        }
      }
      return 'go_on';
    };
    try {
      const end = await evaluate(trial, budget, report);
      value = stopped ? reported.at(-1)![1] : end;
      if (!Number.isFinite(value)) message ??= `the value is ${value}`;
    } catch (error) {
      if (!(error instanceof ClvError)) throw error;
      if (stopped) value = reported.at(-1)![1];
      else {
        firstError ??= error;
        message ??= error.message;
      }
    } finally {
      running.delete(number);
    }
    if (ending) return; // it may have been told to stop for that reason, and is tried again by who resumes

    const failed = message !== undefined;
    const result: TrialResult = {
      ...trial,
      state: failed ? 'failed' : stopped ? 'stopped' : 'done',
      value: failed ? null : value!,
      rungs: reported,
      started,
      finished: new Date().toISOString(),
      ...(failed && { message: message! }),
    };
    results.push(result);
    journal?.add(result);
    const best = ranked(results, goal)[0]!;
    if (failed && best.state === 'failed' && ++failures >= patience) throw hopeless(firstError, results);
    onTrial?.(result, { results, trials, running: running.size, best: best.state === 'failed' ? undefined : best });
  }

  async function work(): Promise<void> {
    while (waiting.length > 0 && !ending) {
      try {
        await runTrial(waiting.shift()!);
      } catch (error) {
        ending ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, work));
  if (ending) throw ending.error;

  const best = ranked(results, goal)[0]!;
  if (best.state === 'failed') throw hopeless(firstError, results);
  const importance = importanceOf(space, goal, results);
  return {
    space,
    goal,
    best,
    trials: results.toSorted((a, b) => a.number - b.number),
    ...(importance && { importance }),
  };
}

/** What a trial is to try: it depends on its number, the seed and the trials before, and on nothing else. */
function propose(
  { space, goal, seed, search, first }: Settings,
  number: number,
  results: readonly TrialResult[],
  running: readonly ParameterValues[],
): ParameterValues {
  if (number < first.length) return first[number]!;
  const dimensions = Object.keys(space).length;
  const index = number - first.length;
  const own = trialSeed(seed, number);
  if (search === 'random') {
    const stream = randomStream(own);
    return valuesAt(
      space,
      Float64Array.from({ length: dimensions }, () => stream.uniform()),
    );
  }
  const start = Math.max(10, 2 * dimensions); // trials before the estimator has anything to learn from
  return search === 'sobol' || index < start
    ? valuesAt(space, sobolPoint(index, dimensions, seed))
    : proposeTpe(space, goal, results, running, own);
}

function hopeless(error: ClvError | undefined, results: readonly TrialResult[]): ClvError {
  if (error) return error;
  return new ClvError('bad_option', 'every trial of the search failed', {
    found: results[0]!.message,
    expected: 'values that are finite for some parameters',
    hint: 'a search space with smaller values, such as those of learning_rate',
  });
}

function checkOptions(options: TuneOptions) {
  checkOptionTypes(options, { space: 'object', evaluate: 'function', first: 'array', journal: 'text' }, OPTIONS);
  checkOptionTypes(options, { about: 'text', onTrial: 'function' });
  const { evaluate, trials, parallel = 1, seed = 0, goal = 'minimize', search = 'tpe', first = [], about } = options;
  if (typeof evaluate !== 'function') {
    throw new ClvError('bad_option', 'there is nothing to evaluate trials with', { expected: 'evaluate, a function' });
  }
  const space = checkSpace(options.space);
  const whole = (name: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw new ClvError('bad_option', `${name} is not a whole number in its range`, {
      column: name,
      found: value,
      expected: `${least} to ${most}`,
    });
  };
  whole('trials', trials, 1, 1e6);
  whole('parallel', parallel, 1, 1e4);
  whole('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const oneOf = (name: string, value: string, values: readonly string[]) => {
    if (values.includes(value)) return;
    throw new ClvError('bad_option', `there is no such ${name}`, { found: value, expected: values.join(', ') });
  };
  oneOf('goal', goal, ['minimize', 'maximize']);
  oneOf('search', search, ['tpe', 'sobol', 'random']);
  for (const [i, values] of first.entries()) {
    const wrong = Object.keys({ ...space, ...values }).find((name) => {
      const parameter = space[name];
      return !parameter || !allows(parameter, values[name]);
    });
    if (wrong === undefined) continue;
    throw new ClvError('bad_option', `the values to try first are not in the search space`, {
      row: i + 1,
      column: wrong,
      found: values[wrong] ?? 'nothing',
      expected: space[wrong] ? JSON.stringify(space[wrong]) : Object.keys(space).join(', '),
    });
  }
  const halving = checkHalving(options.halving);
  return { space, evaluate, trials, parallel, seed, goal, search, halving, first, about, onTrial: options.onTrial };
}
