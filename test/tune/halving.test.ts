import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/kernels/random.js';
import { checkHalving, type HalvingOptions, Rungs } from '../../src/tune/halving.js';

/** How many of n trials of random losses go on from a rung. */
function promoted(eta: number, n: number, seed: number): number {
  const rungs = new Rungs(checkHalving({ eta, rungs: [0.5] }));
  const stream = randomStream(seed);
  return Array.from({ length: n }, () => rungs.note(0.5, stream.uniform())).filter(Boolean).length;
}

describe('asynchronous successive halving', () => {
  it('has rungs at a ninth and a third unless told otherwise', () => {
    expect(checkHalving()).toEqual({ eta: 3, rungs: [1 / 9, 1 / 3] });
    expect(checkHalving({ eta: 2 })).toEqual({ eta: 2, rungs: [1 / 4, 1 / 2] });
    expect(checkHalving(false).rungs).toEqual([]);
  });

  it.each([2, 3, 4])('lets 1/%d of the trials go on', (eta) => {
    // the n-th goes on if it is among the best floor(n / eta), or the best: the expected count is a sum of shares
    let expected = 0;
    for (let n = 1; n <= 600; n++) expected += Math.max(1, Math.floor(n / eta)) / n;
    const counts = Array.from({ length: 20 }, (_, seed) => promoted(eta, 600, seed));
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(Math.abs(mean - expected)).toBeLessThan(8);
    expect(Math.abs(mean / 600 - 1 / eta)).toBeLessThan(0.03);
  });

  it('lets the best so far go on, always, and the worst never but at first', () => {
    const rungs = new Rungs(checkHalving({ rungs: [0.5] }));
    expect([5, 4, 3, 2, 1].map((loss) => rungs.note(0.5, loss))).toEqual([true, true, true, true, true]);
    expect([6, 7, 8].map((loss) => rungs.note(0.5, loss))).toEqual([false, false, false]);
    expect([1.5, 1].map((loss) => rungs.note(0.5, loss))).toEqual([true, true]); // two of nine, then a tie
  });

  it('compares trials of one rung only', () => {
    const rungs = new Rungs(checkHalving());
    expect(rungs.note(1 / 9, 1)).toBe(true);
    expect(rungs.note(1 / 3, 100)).toBe(true);
  });

  it('knows which rungs a report has come to', () => {
    const rungs = new Rungs(checkHalving());
    expect(rungs.reached(0.1, 0)).toEqual([]);
    expect(rungs.reached(1 / 9, 0)).toEqual([1 / 9]);
    expect(rungs.reached(3 * (1 / 9), 1)).toEqual([1 / 3]);
    expect(rungs.reached(0.5, 2)).toEqual([]);
    expect(rungs.reached(1, 0)).toEqual([1 / 9, 1 / 3]);
  });

  it.each([
    { eta: 1 },
    { eta: Number.NaN },
    { rungs: [0.5, 0.5] },
    { rungs: [0] },
    { rungs: [0.2, 1] },
    { rungs: 0.5 },
  ])('refuses %j', (options) => {
    expect(() => checkHalving(options as HalvingOptions)).toThrow(expect.objectContaining({ code: 'bad_option' }));
  });
});
