import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClvError } from '../../src/errors.js';
import { type Evaluate, type Space, type TrialResult, type TuneOptions, tune } from '../../src/tune/index.js';

let folder: string;
let journal: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-journal-'));
  journal = join(folder, 'search', 'trials.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SPACE: Space = {
  x: { type: 'double', min: 0.001, max: 10, scale: 'log' },
  kind: { type: 'categorical', values: ['a', 'b', 'ü"\n'] },
};

/** Reports at rungs, fails at times, and depends on the seed of the trial. */
const evaluate: Evaluate = ({ number, seed, parameters }, budget, report) => {
  if (number % 7 === 3) throw new ClvError('bad_option', 'it\ndiverged');
  const value = Math.abs(Math.log(parameters.x as number)) + (seed % 1000) / 2000;
  for (const share of budget) if (report(share, value / share) === 'stop') return 0;
  return value;
};
const base: TuneOptions = { space: SPACE, evaluate, trials: 45, seed: 4 };
const bare = (trials: readonly TrialResult[]) => trials.map(({ started: _, finished: __, ...rest }) => rest);
const lines = () => readFileSync(journal, 'utf8').split('\n').slice(0, -1);

/** A journal cut after so many bytes, as a program that is killed would leave it. */
async function cutJournal(bytes: (whole: Buffer) => number): Promise<void> {
  await tune({ ...base, journal });
  const whole = readFileSync(journal);
  writeFileSync(journal, whole.subarray(0, bytes(whole)));
}

describe('the journal of a search', () => {
  it('has a line for the search and one for each trial', async () => {
    const { trials } = await tune({ ...base, journal, about: 'orders.csv' });
    const [header, ...rest] = lines().map((line) => JSON.parse(line));
    expect(header).toEqual({
      clv_tuning: 1,
      space: SPACE,
      seed: 4,
      goal: 'minimize',
      search: 'tpe',
      halving: { eta: 3, rungs: [1 / 9, 1 / 3] },
      first: [],
      about: 'orders.csv',
    });
    expect(rest).toEqual(trials);
  });

  it('has each line before the next trial begins', async () => {
    await tune({
      ...base,
      journal,
      trials: 12,
      evaluate: (trial, ...rest) => {
        expect(lines()).toHaveLength(1 + trial.number);
        return evaluate(trial, ...rest);
      },
    });
  });

  it('lets a search go on as if it had never ended, wherever it was killed', async () => {
    const uninterrupted = await tune(base);
    expect(new Set(uninterrupted.trials.map(({ state }) => state)).size).toBe(3);
    await tune({ ...base, journal });
    const whole = readFileSync(journal);
    const ends = [...whole.keys()].filter((i) => whole[i] === 0x0a);
    const cuts = [0, 7, ends[0]!, ends[0]! + 1, ends[1]! + 30, ends[14]! - 1, ends[30]! + 1, ends[40]!, whole.length];
    for (const cut of cuts) {
      writeFileSync(journal, whole.subarray(0, cut));
      const evaluated: number[] = [];
      const resumed = await tune({
        ...base,
        journal,
        evaluate: (trial, ...rest) => {
          evaluated.push(trial.number);
          return evaluate(trial, ...rest);
        },
      });
      expect(bare(resumed.trials)).toEqual(bare(uninterrupted.trials));
      expect(resumed.best.number).toBe(uninterrupted.best.number);
      const kept = Math.max(0, ends.filter((end) => end < cut).length - 1);
      expect(evaluated).toEqual(Array.from({ length: 45 - kept }, (_, i) => kept + i));
      expect(lines()).toHaveLength(46);
    }
  });

  it('lets a search go on for longer', async () => {
    await tune({ ...base, trials: 20, journal });
    const { trials } = await tune({ ...base, journal });
    expect(bare(trials)).toEqual(bare((await tune(base)).trials));
  });

  it('has trials that were half done tried again, under their numbers', async () => {
    await tune({ ...base, trials: 10, journal });
    const [header, ...rest] = lines();
    writeFileSync(journal, `${[header, ...rest.filter((_, i) => i !== 2 && i !== 5)].join('\n')}\n`);
    const { trials } = await tune({ ...base, trials: 10, journal, parallel: 2 });
    expect(trials.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(lines()).toHaveLength(11);
  });

  it('keeps the trials of a search that a bug ended', async () => {
    const buggy: Evaluate = (trial, ...rest) => {
      if (trial.number === 5) throw new TypeError('a bug');
      return evaluate(trial, ...rest);
    };
    await expect(tune({ ...base, journal, evaluate: buggy })).rejects.toThrow(TypeError);
    expect(bare((await tune({ ...base, journal })).trials)).toEqual(bare((await tune(base)).trials));
  });

  it('loses its last line only where that is damaged', async () => {
    await cutJournal((whole) => whole.length);
    writeFileSync(journal, `${lines().slice(0, -1).join('\n')}\n\0\0\0\n`);
    expect((await tune({ ...base, journal })).trials).toHaveLength(45);
    expect(lines()).toHaveLength(46);
  });

  it('is refused where a line amid it is damaged', async () => {
    await cutJournal((whole) => whole.length);
    writeFileSync(journal, `${lines().with(3, '{"number": 2').join('\n')}\n`);
    await expect(tune({ ...base, journal })).rejects.toMatchObject({ code: 'unreadable_file', details: { row: 4 } });
  });

  it.each([
    ['seed', { seed: 5 }],
    ['goal', { goal: 'maximize' as const }],
    ['space', { space: { ...SPACE, x: { type: 'double', min: 0.001, max: 11 } } as Space }],
    ['search', { search: 'random' as const }],
    ['halving', { halving: false as const }],
    ['about', { about: 'other orders' }],
  ])('of another %s is refused, and left as it is', async (key, other) => {
    await cutJournal((whole) => whole.length - 3);
    const before = readFileSync(journal);
    await expect(tune({ ...base, ...other, journal })).rejects.toMatchObject({
      code: 'bad_option',
      problem: expect.stringContaining(`${key} differs`),
      details: { file: journal, hint: expect.stringContaining('another file') },
    });
    expect(readFileSync(journal)).toEqual(before);
  });

  it.each(['id,date\n1,2', 'id', '{"a": 1}\n', 'null\n'])('must not be some other file: %j', async (content) => {
    const file = join(folder, 'orders.csv');
    writeFileSync(file, content);
    await expect(tune({ ...base, journal: file })).rejects.toMatchObject({ code: 'unreadable_file' });
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it('must be in a place that can be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const inFile = tune({ ...base, journal: join(folder, 'file', 'journal') });
    await expect(inFile).rejects.toMatchObject({ code: 'unwritable_folder' });
    await expect(tune({ ...base, journal: folder })).rejects.toMatchObject({ code: 'unwritable_folder' });
  });

  it('is not made for options that are wrong', async () => {
    await expect(tune({ ...base, trials: 0, journal })).rejects.toMatchObject({ code: 'bad_option' });
    expect(existsSync(journal)).toBe(false);
  });
});
