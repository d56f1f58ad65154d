/** Which parameters mattered. */
import { positionOf, type Space } from './space.js';
import { type Goal, ranked, type TrialResult } from './trial.js';

/** With fewer trials nothing is said. */
export const FEWEST_FOR_IMPORTANCE = 20;

/**
 * The share of the differences between trials, by rank, that a parameter explains on its own: ε² of Kelley (1935), "An
 * Unbiased Correlation Ratio Measure", PNAS 21(9), 554–559, of the ranks over the values of a parameter, or over equal
 * groups of a range. Unlike a plain share of variance it is 0 on average where a parameter does nothing.
 *
 * A rough guide: a search looks longer where it is good, and what two parameters do only together is not seen.
 *
 * @returns in [0, 1], by parameter; undefined for fewer than 20 trials that did not fail
 */
export function importanceOf(
  space: Space,
  goal: Goal,
  results: readonly TrialResult[],
): Readonly<Record<string, number>> | undefined {
  const trials = ranked(results, goal).filter(({ state }) => state !== 'failed');
  const n = trials.length;
  if (n < FEWEST_FOR_IMPORTANCE) return undefined;
  const most = Math.min(8, Math.floor(n / 10) + 1);

  const shares = Object.entries(space).map(([name, parameter]) => {
    const positions = trials.map(({ parameters }) => positionOf(parameter, parameters[name]!));
    const distinct = new Set(positions).size;
    const group = new Array<number>(n);
    if ('values' in parameter || distinct <= most) {
      for (const [rank, u] of positions.entries()) group[rank] = u;
    } else {
      const order = positions.map((_, rank) => rank).sort((a, b) => positions[a]! - positions[b]!);
      for (const [k, rank] of order.entries()) group[rank] = Math.floor((k * most) / n);
    }
    return [name, correlationRatio(group)] as const;
  });
  return Object.fromEntries(shares);
}

/** ε² of the ranks 0, 1, 2, … in these groups; 0 where it would be negative. */
function correlationRatio(group: readonly number[]): number {
  const n = group.length;
  const ranks = new Map<number, number[]>();
  for (const [rank, key] of group.entries()) ranks.set(key, [...(ranks.get(key) ?? []), rank]);
  if (ranks.size < 2 || ranks.size >= n) return 0;
  let within = 0;
  for (const members of ranks.values()) {
    const mean = members.reduce((sum, rank) => sum + rank, 0) / members.length;
    for (const rank of members) within += (rank - mean) ** 2;
  }
  const total = (n ** 3 - n) / 12; // Σ (rank − mean)² of n different ranks
  return Math.max(0, 1 - ((n - 1) * within) / ((n - ranks.size) * total));
}
