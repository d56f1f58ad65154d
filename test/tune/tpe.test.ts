import { describe, expect, it } from 'vitest';
import { DEFAULT_SPACE, type ParameterValues, type Space } from '../../src/tune/space.js';
import { proposeTpe } from '../../src/tune/tpe.js';
import type { TrialResult } from '../../src/tune/trial.js';
import { type SearchMethod, tune } from '../../src/tune/tune.js';

const number = (values: ParameterValues, name: string) => values[name] as number;

/** Branin's function (Dixon & Szegő 1978): three minima of 0.397887. */
function branin(values: ParameterValues): number {
  const [x, y] = [number(values, 'x'), number(values, 'y')];
  const trough = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return trough ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.397887;
}
const PLANE: Space = { x: { type: 'double', min: -5, max: 10 }, y: { type: 'double', min: 0, max: 15 } };

/** Shaped as the loss of a network might be: small learning rates and large ones are bad, some layers better. */
function mixed(values: ParameterValues): number {
  const log = (name: string) => Math.log10(number(values, name));
  const layers: Record<string, number> = {
    '256 128 64 32': 0.5,
    '128 64 32 16': 0.3,
    '64 32': 0,
    '32 16': 0.2,
    '16': 0.6,
  };
  return (
    (log('learning_rate') + 2.2) ** 2 +
    0.3 * (log('l1_regularization') + 3.5) ** 2 +
    0.1 * (log('l2_regularization') + 3) ** 2 +
    2 * (number(values, 'dropout') - 0.2) ** 2 +
    layers[values.hidden_units as string]! +
    0.05 * Math.abs(Math.log2(number(values, 'batch_size') / 256))
  );
}

/** The median of the best values of 20 searches. */
async function medianBest(space: Space, f: (values: ParameterValues) => number, search: SearchMethod, trials = 60) {
  const bests: number[] = [];
  for (let seed = 0; seed < 20; seed++) {
    const { best } = await tune({ space, search, trials, seed, evaluate: ({ parameters }) => f(parameters) });
    bests.push(best.value!);
  }
  return bests.sort((a, b) => a - b)[10]!;
}

const result = (number: number, parameters: ParameterValues, value: number | null): TrialResult => ({
  number,
  seed: 0,
  parameters,
  state: value === null ? 'failed' : 'done',
  value,
  rungs: [],
  started: '',
  finished: '',
});

describe('the tree-structured Parzen estimator', () => {
  it.each([
    ['Branin’s function', PLANE, branin],
    ['a mixed function', DEFAULT_SPACE, mixed],
  ] as const)('finds less than half of what random search finds on %s', async (_, space, f) => {
    const [tpe, random] = [await medianBest(space, f, 'tpe'), await medianBest(space, f, 'random')];
    expect(tpe).toBeLessThan(random / 2);
    expect(tpe).toBeLessThan(await medianBest(space, f, 'sobol'));
  });

  it('proposes the same for the same trials and seed, in whatever order they ended', () => {
    const results = Array.from({ length: 20 }, (_, i) => result(i, { x: i / 2 - 5, y: i / 2 }, (i - 7) ** 2));
    const proposed = proposeTpe(PLANE, 'minimize', results, [], 5);
    expect(proposeTpe(PLANE, 'minimize', results.toReversed(), [], 5)).toEqual(proposed);
    expect(proposeTpe(PLANE, 'minimize', results, [], 6)).not.toEqual(proposed);
  });

  const LINE: Space = { x: { type: 'double', min: 0, max: 1 } };
  const meanProposal = (
    results: TrialResult[],
    running: ParameterValues[] = [],
    goal: 'minimize' | 'maximize' = 'minimize',
  ) => {
    let sum = 0;
    for (let seed = 0; seed < 50; seed++) sum += number(proposeTpe(LINE, goal, results, running, seed), 'x') / 50;
    return sum;
  };
  const line = Array.from({ length: 21 }, (_, i) => result(i, { x: i / 20 }, i));

  it('goes to the good end, whichever it is', () => {
    expect(meanProposal(line)).toBeLessThan(0.25);
    expect(meanProposal(line, [], 'maximize')).toBeGreaterThan(0.75);
  });

  it('keeps away from where trials failed', () => {
    const failures = Array.from({ length: 10 }, (_, i) => result(i, { x: 0.5 + i / 20 }, null));
    expect(meanProposal(failures)).toBeLessThan(0.4);
  });

  it('keeps away from where trials are running', () => {
    const running = Array.from({ length: 8 }, (_, i) => ({ x: i / 80 }));
    expect(meanProposal(line, running)).toBeGreaterThan(meanProposal(line) + 0.03);
  });

  it('does not repeat a trial while there are others', () => {
    const space: Space = { x: { type: 'discrete', values: [1, 2, 3, 4, 5, 6] } };
    const results = [1, 2, 3, 4, 5].map((x, i) => result(i, { x }, x));
    const proposals = Array.from({ length: 20 }, (_, seed) => proposeTpe(space, 'minimize', results, [], seed).x);
    expect(proposals.filter((x) => x === 6).length).toBeGreaterThan(10);
    expect(proposeTpe(space, 'minimize', [...results, result(5, { x: 6 }, 6)], [], 1).x).toBeDefined();
  });
});
