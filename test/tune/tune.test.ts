import { describe, expect, it } from 'vitest';
import { ClvError } from '../../src/errors.js';
import { type Evaluate, type Space, type TrialResult, type TuneOptions, tune } from '../../src/tune/index.js';

const SPACE: Space = {
  x: { type: 'double', min: -5, max: 5 },
  kind: { type: 'categorical', values: ['a', 'b'] },
};
const square: Evaluate = ({ parameters }) => ((parameters.x as number) - 2) ** 2 + (parameters.kind === 'a' ? 1 : 0);
const base: TuneOptions = { space: SPACE, evaluate: square, trials: 40, seed: 1 };

/** A promise that can be kept later. */
function later() {
  let keep = () => {};
  const promise = new Promise<void>((resolve) => {
    keep = resolve;
  });
  return { promise, keep };
}
const bare = (trials: readonly TrialResult[]) => trials.map(({ started: _, finished: __, ...rest }) => rest);

describe('a search', () => {
  it('finds the minimum, or the maximum', async () => {
    const { best } = await tune(base);
    expect(best.value).toBeLessThan(0.01);
    expect(best.parameters.kind).toBe('b');
    const { best: highest } = await tune({ ...base, goal: 'maximize' });
    expect(highest.value).toBeGreaterThan(45);
    expect(highest.parameters.x).toBeLessThan(-4.5);
  });

  it('keeps all trials by number, each with a seed of its own', async () => {
    const { trials, best } = await tune({ ...base, parallel: 3 });
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(new Set(trials.map(({ seed }) => seed)).size).toBe(40);
    expect(trials).toContain(best);
    expect(best.value).toBe(Math.min(...trials.map(({ value }) => value!)));
    expect(trials.every(({ started, finished }) => started <= finished)).toBe(true);
  });

  it.each(['tpe', 'sobol', 'random'] as const)('by %s repeats itself for a seed, and for no other', async (search) => {
    const { trials } = await tune({ ...base, search });
    expect(bare((await tune({ ...base, search })).trials)).toEqual(bare(trials));
    expect((await tune({ ...base, search, seed: 2 })).trials[0]!.parameters).not.toEqual(trials[0]!.parameters);
  });

  it('does not depend on how many trials there will be', async () => {
    const { trials } = await tune({ ...base, trials: 15 });
    expect(bare((await tune(base)).trials.slice(0, 15))).toEqual(bare(trials));
  });

  it('tries first what it is told to', async () => {
    const first = [{ x: 2, kind: 'b' }];
    const { trials, best } = await tune({ ...base, trials: 3, first });
    expect(trials[0]!.parameters).toEqual(first[0]);
    expect(best.value).toBe(0);
    expect(trials[1]!.parameters).toEqual((await tune({ ...base, trials: 1 })).trials[0]!.parameters);
  });

  it('evaluates as many trials at a time as it is told to', async () => {
    let now = 0;
    let most = 0;
    await tune({
      ...base,
      parallel: 4,
      evaluate: async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return 1;
      },
    });
    expect(most).toBe(4);
  });

  it('tells after each trial how it goes', async () => {
    const seen: Array<[number, number, number, number | null | undefined]> = [];
    await tune({
      ...base,
      trials: 3,
      onTrial: (result, { results, trials, running, best }) => {
        expect(results.at(-1)).toBe(result);
        seen.push([results.length, trials, running, best?.value]);
      },
      evaluate: ({ number }) => [3, 1, 2][number]!,
    });
    expect(seen).toEqual([
      [1, 3, 0, 3],
      [2, 3, 0, 1],
      [3, 3, 0, 1],
    ]);
  });
});

describe('a trial', () => {
  it('is stopped where others at its rung are better', async () => {
    const asked: string[] = [];
    const { trials, best } = await tune({
      ...base,
      trials: 4,
      evaluate: ({ number }, budget, report) => {
        expect(budget).toEqual([1 / 9, 1 / 3, 1]);
        for (const share of budget) {
          const answer = report(share, [2, 3, 1, 5][number]! / share);
          asked.push(`${number} ${answer}`);
          if (answer === 'stop') return 999;
        }
        return [2, 3, 1, 5][number]!;
      },
    });
    expect(trials.map(({ state }) => state)).toEqual(['done', 'stopped', 'done', 'stopped']);
    expect(asked.filter((text) => text.startsWith('1'))).toEqual(['1 stop']);
    expect(trials[1]).toMatchObject({ value: 27, rungs: [[1 / 9, 27]] });
    expect(trials[2]!.rungs.map(([share]) => share)).toEqual([1 / 9, 1 / 3]);
    expect(best.number).toBe(2);
  });

  it('stays stopped, whatever is reported or thrown later', async () => {
    const { trials } = await tune({
      ...base,
      trials: 2,
      evaluate: ({ number }, _, report) => {
        report(0.2, number);
        if (number === 0) return 0;
        expect([report(0.5, -1), report(1, Number.NaN)]).toEqual(['stop', 'stop']);
        throw new ClvError('bad_option', 'interrupted');
      },
    });
    expect(trials[1]).toMatchObject({ state: 'stopped', value: 1 });
  });

  it('is compared with the largest where those are sought', async () => {
    const { trials } = await tune({
      ...base,
      goal: 'maximize',
      trials: 3,
      evaluate: ({ number }, _, report) => (report(1 / 9, -number) === 'stop' ? 0 : -number),
    });
    expect(trials.map(({ state }) => state)).toEqual(['done', 'stopped', 'stopped']);
  });

  it('is never stopped without halving', async () => {
    const { trials } = await tune({
      ...base,
      halving: false,
      evaluate: ({ number }, budget, report) => {
        expect(budget).toEqual([1]);
        expect(report(0.5, number)).toBe('go_on');
        return number;
      },
    });
    expect(trials.every(({ state }) => state === 'done')).toBe(true);
  });

  it('that fails is noted, and the search goes on', async () => {
    const { trials, best } = await tune({
      ...base,
      trials: 5,
      evaluate: ({ number }, _, report) => {
        if (number === 0) throw new ClvError('bad_option', 'too deep');
        if (number === 1) return Number.NaN;
        if (number === 2) {
          expect(report(0.5, Number.POSITIVE_INFINITY)).toBe('stop');
          return 0;
        }
        return number;
      },
    });
    expect(trials.map(({ state, value, message }) => [state, value, message])).toEqual([
      ['failed', null, 'too deep'],
      ['failed', null, 'the value is NaN'],
      ['failed', null, 'the value is Infinity'],
      ['done', 3, undefined],
      ['done', 4, undefined],
    ]);
    expect(best.number).toBe(3);
  });
});

describe('a search without hope', () => {
  it('ends with the first error once ten trials failed', async () => {
    let tried = 0;
    const fail: Evaluate = ({ number }) => {
      tried++;
      throw new ClvError('no_customers', `number ${number}`);
    };
    await expect(tune({ ...base, evaluate: fail })).rejects.toMatchObject({
      code: 'no_customers',
      problem: 'number 0',
    });
    expect(tried).toBe(10);
    await expect(tune({ ...base, trials: 2, evaluate: fail })).rejects.toMatchObject({ problem: 'number 0' });
  });

  it('says so where there was no error, but no finite value either', async () => {
    await expect(tune({ ...base, evaluate: () => Number.NaN })).rejects.toMatchObject({
      code: 'bad_option',
      details: { found: 'the value is NaN' },
    });
  });

  it('goes on where one of ten did not fail', async () => {
    const { trials } = await tune({ ...base, evaluate: ({ number }) => (number === 9 ? 1 : Number.NaN) });
    expect(trials).toHaveLength(40);
  });
});

describe('a bug in what is evaluated', () => {
  it('ends the search as it is, after the trials that run', async () => {
    const { promise, keep } = later();
    const answers: string[] = [];
    let tried = 0;
    const search = tune({
      ...base,
      parallel: 2,
      evaluate: async ({ number }, _, report) => {
        tried++;
        if (number === 1) throw new TypeError('a bug');
        await promise;
        answers.push(report(0.2, 1));
        return 1;
      },
    });
    setImmediate(keep);
    await expect(search).rejects.toThrow(new TypeError('a bug'));
    expect([tried, answers]).toEqual([2, ['stop']]);
  });

  it('ends it from onTrial as well', async () => {
    const onTrial = () => {
      throw new RangeError('no room');
    };
    await expect(tune({ ...base, onTrial })).rejects.toThrow(RangeError);
  });
});

describe('options of a search', () => {
  it.each([
    ['no space', { space: undefined }],
    ['an empty space', { space: {} }],
    ['a space that is a list', { space: [] }],
    ['nothing to evaluate with', { evaluate: undefined }],
    ['something else to evaluate with', { evaluate: 1 }],
    ['no trials', { trials: 0 }],
    ['half a trial', { trials: 0.5 }],
    ['nobody at work', { parallel: 0 }],
    ['a seed that is no whole number', { seed: 0.1 }],
    ['an unknown goal', { goal: 'min' }],
    ['an unknown search', { search: 'grid' }],
    ['an unknown option', { trails: 3 }],
    ['a flag', { on_trial: () => {} }],
    ['bad rungs', { halving: { rungs: [2] } }],
    ['first values outside of the space', { first: [{ x: 6, kind: 'a' }] }],
    ['first values that lack one', { first: [{ x: 1 }] }],
    ['first values that have one more', { first: [{ x: 1, kind: 'a', z: 1 }] }],
  ])('must not have %s', async (_, more) => {
    await expect(tune({ ...base, ...more } as TuneOptions)).rejects.toMatchObject({ code: 'bad_option' });
  });
});
