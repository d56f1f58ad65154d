import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainingWindows } from '../../../src/jobs/networks/windows.js';

/** First day of a log, days until the threshold, and days to predict: those of which windows can be made. */
const possible = fc
  .record({
    firstDay: fc.integer({ min: -10_000, max: 30_000 }),
    history: fc.integer({ min: 35, max: 5000 }),
    length: fc.oneof(fc.integer({ min: 7, max: 1000 }), fc.double({ min: 7, max: 1000, noNaN: true })),
  })
  .filter(({ history, length }) => history - Math.min(Math.round(length), Math.floor(history / 2)) >= 28);

const each = (
  test: (made: ReturnType<typeof trainingWindows>, firstDay: number, threshold: number, length: number) => void,
) =>
  fc.assert(
    fc.property(possible, ({ firstDay, history, length }) => {
      test(trainingWindows(firstDay, firstDay + history, length), firstDay, firstDay + history, length);
    }),
    { seed: 1, numRuns: 500, endOnFailure: true },
  );

describe('windows to train on', () => {
  it('end at the threshold or before it: the last at it', () => {
    each((windows, _, threshold) => {
      expect(windows.length).toBeGreaterThan(0);
      expect(windows.every(({ end }) => end <= threshold)).toBe(true);
      expect(windows.at(-1)!.end).toBe(threshold);
    });
  });

  it('begin after four weeks of the log at least, and not long before the last does', () => {
    each((windows, firstDay) => {
      const history = windows.map(({ threshold }) => threshold - firstDay);
      expect(Math.min(...history)).toBeGreaterThanOrEqual(28);
      expect(Math.min(...history)).toBeGreaterThanOrEqual(0.7 * history.at(-1)!);
    });
  });

  it('are all as long as what is to be predicted, or as half of the log', () => {
    each((windows, firstDay, threshold, length) => {
      const half = Math.floor((threshold - firstDay) / 2);
      const lengths = new Set(windows.map((window) => window.end - window.threshold));
      expect([...lengths]).toEqual([Math.min(Math.round(length), half)]);
    });
  });

  it('come in their order, a fortnight apart, twelve at most, on whole days', () => {
    each((windows) => {
      expect(windows.length).toBeLessThanOrEqual(12);
      windows.slice(1).forEach(({ threshold }, i) => {
        expect(threshold - windows[i]!.threshold).toBe(14);
      });
      expect(windows.every(({ threshold, end }) => Number.isInteger(threshold) && Number.isInteger(end))).toBe(true);
    });
  });

  it('are as many as fit, where there is room for fewer than twelve', () => {
    // 100 days before the last; 0.7 of them leave 30, in which a fortnight fits twice
    expect(trainingWindows(0, 190, 90)).toEqual([
      { threshold: 72, end: 162 },
      { threshold: 86, end: 176 },
      { threshold: 100, end: 190 },
    ]);
    expect(trainingWindows(0, 2000, 90)).toHaveLength(12);
  });

  it('are the same whenever the log begins', () => {
    each((windows, firstDay, threshold, length) => {
      const later = trainingWindows(firstDay + 77, threshold + 77, length);
      expect(later).toEqual(windows.map((window) => ({ threshold: window.threshold + 77, end: window.end + 77 })));
    });
  });
});

describe('a log that is too short for windows', () => {
  it.each([
    ['no history', 0, 90],
    ['34 days', 34, 7],
    ['34 days, and a long time to predict', 34, 90],
    ['a threshold before the log', -10, 90],
  ])('is refused: %s', (_, history, length) => {
    expect(() => trainingWindows(100, 100 + history, length)).toThrow(
      expect.objectContaining({ code: 'bad_window', message: expect.stringContaining('the log is too short') }),
    );
  });

  it('is long enough at 35 days for a week, and at 56 for more', () => {
    expect(trainingWindows(0, 35, 7)).toEqual([{ threshold: 28, end: 35 }]);
    expect(trainingWindows(0, 56, 90)).toEqual([{ threshold: 28, end: 56 }]);
  });

  it.each([6, 0, -30, Number.NaN])('is not what is wrong where %d days are to be predicted', (length) => {
    expect(() => trainingWindows(0, 3650, length)).toThrow(
      expect.objectContaining({ code: 'bad_window', message: expect.not.stringContaining('log is too short') }),
    );
  });
});
