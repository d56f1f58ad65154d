import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tuningPlot } from '../../src/report/tuning-plot.js';
import { sobolPoint } from '../../src/tune/sobol.js';
import { DEFAULT_SPACE, REFERENCE_SPACE, type Space, valuesAt } from '../../src/tune/space.js';
import { type Goal, ranked, type TrialResult } from '../../src/tune/trial.js';
import type { Tuning } from '../../src/tune/tune.js';

function search(space: Space, values: readonly (number | null)[], goal: Goal = 'minimize'): Tuning {
  const dimensions = Object.keys(space).length;
  const trials = values.map(
    (value, number): TrialResult => ({
      number,
      seed: number,
      parameters: valuesAt(space, sobolPoint(number, dimensions, 1)),
      state: value === null ? 'failed' : number % 3 === 2 ? 'stopped' : 'done',
      value,
      rungs: [],
      started: '',
      finished: '',
      ...(value === null && { message: 'no' }),
    }),
  );
  return { space, goal, trials, best: ranked(trials, goal)[0]! };
}

/** Checks that tags are closed in order and attributes quoted: what an XML parser asks of these files. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([A-Za-z]+)((?: +[\w:-]+="[^"<]*")*) *(\/?)>/g, (_, end, name, __, empty) => {
    if (end) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/);
}

const polylines = (svg: string) => [...svg.matchAll(/<polyline points="([^"]*)" stroke="([^"]*)"/g)];
const numbers = Array.from({ length: 30 }, (_, i) => 1 + ((i * 7) % 30));

describe('the plot of a search', () => {
  it('says in words what it shows', () => {
    const svg = tuningPlot(search(DEFAULT_SPACE, [3, 1, 2, null]), { title: 'Orders', metric: 'rmse' });
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="clv-tuning-title clv-tuning-desc"/);
    expect(svg).toContain('<title id="clv-tuning-title">Orders</title>');
    expect(svg).toMatch(
      /<desc [^>]*>[^<]*4 trials: 2 to the end, 1 stopped early[^<]*1 failed[^<]*Best rmse: 1, trial 1/,
    );
  });

  it('needs nothing from outside', () => {
    const svg = tuningPlot(search(DEFAULT_SPACE, numbers));
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|<script|<style|href|@import/);
  });

  it('has an axis for each parameter, and says which are on log scales', () => {
    const svg = tuningPlot(search(DEFAULT_SPACE, numbers));
    for (const name of Object.keys(DEFAULT_SPACE)) expect(svg).toContain(`>${name}</text>`);
    expect(svg.match(/>log scale</g)).toHaveLength(3);
    for (const label of ['0.0001', '0.001', '0.01', '0.1', '128 64 32 16', '1024'])
      expect(svg).toContain(`>${label}</text>`);
    expect(tuningPlot(search(REFERENCE_SPACE, numbers)).match(/>reverse log scale</g)).toHaveLength(4);
  });

  it('has a line for each trial that did not fail, the best one last, on a white one', () => {
    const lines = polylines(tuningPlot(search(DEFAULT_SPACE, [...numbers, null])));
    expect(lines).toHaveLength(31);
    const [white, best] = lines.slice(-2);
    expect([white![2], best![2], white![1]]).toEqual(['#ffffff', '#d55e00', best![1]]);
    expect(lines.filter(([, , colour]) => colour === '#b8b8b8')).toHaveLength(10);
  });

  it('puts small values at the foot, and the best darkest, whatever the goal', () => {
    for (const goal of ['minimize', 'maximize'] as const) {
      const lines = polylines(tuningPlot(search(DEFAULT_SPACE, numbers, goal)));
      const end = (points: string) => Number(points.split(',').at(-1));
      const done = lines.filter(([, , colour]) => colour !== '#b8b8b8' && colour !== '#ffffff');
      const heights = done.map(([, points]) => end(points!)); // worst first; y grows downwards
      expect(heights).toEqual(heights.toSorted((a, b) => (goal === 'minimize' ? a - b : b - a)));
      const light = done.slice(0, -1).map(([, , colour]) => Number.parseInt(colour!.slice(3, 5), 16));
      expect(light).toEqual(light.toSorted((a, b) => b - a));
    }
  });

  it('ends the axis of values before a few that are far worse, and says so', () => {
    const svg = tuningPlot(search(DEFAULT_SPACE, [...numbers, 1e6, 1e6]));
    expect(svg).toMatch(/>≥ \d+<\/text>/);
    expect(svg).not.toContain('1000000<');
    expect(tuningPlot(search(DEFAULT_SPACE, [1, 3, 2]))).not.toContain('≥');
    expect(tuningPlot(search(DEFAULT_SPACE, [1, 3, 4]))).toContain('≥ 3<'); // what was stopped at 4
  });

  it('escapes what is not ours', () => {
    const space: Space = { 'a.b': { type: 'categorical', values: ['<script>', '"&\''] } };
    const svg = tuningPlot(search(space, [1, 2]), { title: '</title><b>', metric: '"<&>"' });
    expect(svg).not.toContain('<script>');
    expect(svg).toContain('&lt;/title&gt;&lt;b&gt;');
    expectWellFormed(svg);
  });

  it('is well formed and finite, whatever the trials', () => {
    const anySpace = fc.constantFrom<Space>(
      DEFAULT_SPACE,
      REFERENCE_SPACE,
      { one: { type: 'integer', min: 1, max: 2 } },
      { wide: { type: 'double', min: 1e-150, max: 1e150, scale: 'log' }, n: { type: 'integer', min: -5, max: 1e9 } },
      { narrow: { type: 'double', min: 1, max: 1 + 1e-15 }, close: { type: 'double', min: 2, max: 3, scale: 'log' } },
    );
    const anyValue = fc.oneof(fc.constant(1), fc.double({ min: -1e300, max: 1e300, noNaN: true }), fc.constant(null));
    fc.assert(
      fc.property(
        anySpace,
        fc.array(anyValue, { maxLength: 12 }),
        fc.constantFrom<Goal>('minimize', 'maximize'),
        (space, values, goal) => {
          const svg = tuningPlot(search(space, [1, ...values], goal));
          expectWellFormed(svg);
          expect(svg).not.toMatch(/NaN|Infinity|undefined/);
          expect(svg.length).toBeLessThan(40_000);
        },
      ),
    );
  });
});
