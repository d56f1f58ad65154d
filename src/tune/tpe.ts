/**
 * The tree-structured Parzen estimator: proposes what is likely among the good trials and unlikely among the others.
 *
 * Bergstra, Bardenet, Bengio & Kégl (2011), "Algorithms for Hyper-Parameter Optimization", NIPS 24, section 4: of
 * candidates drawn from l, the density of the best trials, the one with the largest l / g is tried, g being the density
 * of the rest; that one has the largest expected improvement (their eq. 7). l and g are joint over the parameters
 * (`parzen.ts`), not a product of one density for each.
 */
import { randomStream } from '../kernels/random.js';
import { parzen } from './parzen.js';
import type { ParameterValues, Space } from './space.js';
import { type Goal, ranked, type TrialResult } from './trial.js';

/** The share of trials that count as good, and the most that do. */
const GOOD_SHARE = 0.2;
const MOST_GOOD = 25;

/** How many draws of l are compared. */
const CANDIDATES = 24;

/**
 * The values to try next.
 *
 * Trials that failed count among the bad ones, and so do those still running: else trials that run side by side would
 * all be proposed in the same place. A candidate that was tried already is taken only if all were.
 *
 * @param results in any order
 * @param running values of the trials that have not ended
 * @param seed of this proposal; the same seed and trials give the same values
 */
export function proposeTpe(
  space: Space,
  goal: Goal,
  results: readonly TrialResult[],
  running: readonly ParameterValues[],
  seed: number,
): ParameterValues {
  const observed = [...ranked(results, goal).map(({ parameters }) => parameters), ...running];
  const valid = results.filter(({ state }) => state !== 'failed').length;
  const good = Math.min(Math.ceil(GOOD_SHARE * valid), MOST_GOOD);
  const l = parzen(space, observed.slice(0, good));
  const g = parzen(space, observed.slice(good));

  const stream = randomStream(seed);
  const tried = new Set(observed.map((values) => keyOf(space, values)));
  const candidates = Array.from({ length: CANDIDATES }, () => {
    const values = l.draw(stream);
    const score = l.logDensity(values) - g.logDensity(values);
    return { values, score, known: tried.has(keyOf(space, values)) };
  });
  return candidates.reduce((best, other) => {
    if (best.known !== other.known) return best.known ? other : best;
    return other.score > best.score ? other : best;
  }).values;
}

const keyOf = (space: Space, values: ParameterValues): string =>
  JSON.stringify(Object.keys(space).map((name) => values[name]));
