/** What is tried, and what came of it. */
import { randomStream } from '../kernels/random.js';
import type { RungValue } from './halving.js';
import type { ParameterValues } from './space.js';

/** Whether small values or large ones are good. */
export type Goal = 'minimize' | 'maximize';

/** One set of values to try. */
export interface Trial {
  /** From 0, in the order in which trials were proposed. */
  readonly number: number;
  /** A whole number in [0, 2^32) of its own, for all that is random in the evaluation. */
  readonly seed: number;
  readonly parameters: ParameterValues;
}

/**
 * `done`: to the end, with a value. `stopped`: early, since others were better; its value is the last it reported.
 * `failed`: an error, or a value that is not finite.
 */
export type TrialState = 'done' | 'stopped' | 'failed';

export interface TrialResult extends Trial {
  readonly state: TrialState;
  /** null where it failed */
  readonly value: number | null;
  /** What it reported on the way. */
  readonly rungs: readonly RungValue[];
  /** When, as ISO 8601. */
  readonly started: string;
  readonly finished: string;
  /** Why it failed. */
  readonly message?: string;
}

/** The seed of a trial depends on its number and the seed of the search alone: whoever resumes finds the same. */
export function trialSeed(seed: number, number: number): number {
  const base = Math.floor(randomStream(seed).uniform() * 2 ** 32);
  return Math.floor(randomStream(number * 2 ** 32 + base).uniform() * 2 ** 32);
}

/** Less is better, whatever the goal. */
export const lossOf = (value: number, goal: Goal): number => (goal === 'minimize' ? value : -value);

/**
 * Best first: those done by their value, then those stopped, the ones that came far before others, then those failed.
 * A stopped trial never comes before a finished one: its value is of less training, and it was worse than its peers.
 */
export function ranked(trials: readonly TrialResult[], goal: Goal): TrialResult[] {
  const order: Readonly<Record<TrialState, number>> = { done: 0, stopped: 1, failed: 2 };
  return trials.toSorted((a, b) => {
    if (a.state !== b.state) return order[a.state] - order[b.state];
    const further = a.state === 'stopped' ? b.rungs.length - a.rungs.length : 0;
    if (further !== 0) return further;
    const better = a.value === null || b.value === null ? 0 : lossOf(a.value, goal) - lossOf(b.value, goal);
    return better || a.number - b.number;
  });
}
