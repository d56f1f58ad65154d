import { describe, expect, it } from 'vitest';
import type { Style } from '../../src/report/style.js';
import { tuningStatus, tuningText } from '../../src/report/tuning-text.js';
import type { TrialResult, Tuning } from '../../src/tune/index.js';

const plain = (text: string) => text;
const style = (width = Number.POSITIVE_INFINITY): Style => ({ bold: plain, dim: plain, warn: plain, width });

const trial = (number: number, more: Partial<TrialResult> = {}): TrialResult => ({
  number,
  seed: number,
  parameters: { learning_rate: 0.00123456, hidden_units: '64 32' },
  state: 'done',
  value: 10 + number / 8,
  rungs: [],
  started: '2024-01-01T00:00:00.000Z',
  finished: '2024-01-01T00:00:01.000Z',
  ...more,
});
const search = (trials: readonly TrialResult[], more: Partial<Tuning> = {}): Tuning => ({
  space: {
    learning_rate: { type: 'double', min: 1e-4, max: 0.1, scale: 'log' },
    hidden_units: { type: 'categorical', values: ['64 32'] },
  },
  goal: 'minimize',
  best: trials[0]!,
  trials,
  ...more,
});

describe('a search as text', () => {
  const trials = [
    trial(0),
    trial(1),
    trial(2, { state: 'stopped', value: 9, rungs: [[1 / 9, 9]] }),
    trial(3, { state: 'failed', value: null, message: 'it diverged\n  found  NaN' }),
  ];

  it('is a table of trials, best first, with those that failed counted', () => {
    expect(tuningText(search(trials), style(), { metric: 'rmse' }).split('\n')).toEqual([
      'Tuning of 2 parameters, to minimize rmse: 4 trials, 2 to the end, 1 stopped early, 1 failed',
      '  best: 10 (trial 0)',
      '  trial   rmse  learning_rate  hidden_units',
      '      0     10       0.001235         64 32',
      '      1  10.13       0.001235         64 32',
      '      2      9       0.001235         64 32  stopped early',
      'Note: 1 trial failed, the first with: it diverged',
    ]);
  });

  it('names parameters row by row where the table is too wide', () => {
    const lines = tuningText(search(trials), style(40)).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines.join(' ').replace(/ +/g, ' ')).toContain('0 10 learning_rate 0.001235, hidden_units 64 32');
    expect(lines.join(' ').replace(/ +/g, ' ')).toContain('2 9 stopped early: learning_rate');
  });

  it('shows twenty trials at most, or five where each takes several lines', () => {
    const many = Array.from({ length: 1000 }, (_, number) => trial(number));
    expect(tuningText(search(many), style())).toContain('\n  and 980 trials more');
    expect(tuningText(search(many), style(40))).toContain('\n  and 995 trials more');
  });

  it('says what mattered, most first', () => {
    const importance = { learning_rate: 0.104, hidden_units: 0.42 };
    expect(tuningText(search(trials, { importance }), style())).toContain(
      'alone: hidden_units 42 %, learning_rate 10 %',
    );
  });

  it('shows no control characters of values or messages', () => {
    const wild = [
      trial(0, { parameters: { learning_rate: 1, hidden_units: '\u001b[31m' } }),
      trial(1, { state: 'failed', value: null, message: 'a\u001b[2J' }),
    ];
    expect(tuningText(search(wild), style())).not.toContain('\u001b');
  });
});

describe('the status of a search', () => {
  it('is one line', () => {
    expect(tuningStatus({ results: [], trials: 60, running: 2, best: undefined })).toBe('0 of 60 trials, 2 running');
    const stopped = trial(1, { state: 'stopped' });
    const failed = trial(2, { state: 'failed', value: null, message: 'x' });
    const progress = { results: [trial(0), stopped, failed], trials: 60, running: 0, best: trial(0) };
    expect(tuningStatus(progress)).toBe(
      '3 of 60 trials, 1 stopped early, 1 failed; best 10 (trial 0: learning_rate 0.001235, hidden_units 64 32)',
    );
    expect(tuningStatus(progress, 40)).toHaveLength(40);
  });
});
