import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, conformal, enoughFor } from '../../../src/jobs/networks/conformal.js';
import { drawExponential, drawNormal, type RandomStream, randomStream } from '../../../src/kernels/random.js';

/** What is expected of customers, and what they did: `ratio` times as much. */
type Ratio = (stream: RandomStream, expected: number) => number;

function drawn(n: number, stream: RandomStream, ratio: Ratio) {
  const expected = Float64Array.from({ length: n }, () => Math.exp(drawNormal(stream)));
  return { expected, actual: expected.map((value) => value * ratio(stream, value)) };
}

/** Share of draws in which the interval of one more customer, calibrated on n, holds what that customer did. */
function coverage(
  n: number,
  level: number,
  draws: number,
  ratio: Ratio,
  which: (expected: number) => boolean = () => true,
) {
  const stream = randomStream(n + draws);
  let [inside, all] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const { expected, actual } = drawn(n + 1, stream, ratio);
    if (!which(expected[n]!)) continue;
    const calibration = calibrate(expected.subarray(0, n), actual.subarray(0, n), level);
    const { low, high } = conformal(calibration, expected.subarray(n));
    all++;
    if (low[0]! <= actual[n]! && actual[n]! <= high[0]!) inside++;
  }
  return { share: inside / all, standardError: Math.sqrt((level * (1 - level)) / all) };
}

const anything: Ratio = (stream) => drawExponential(stream, 1);
const mostlyNothing: Ratio = (stream) => (stream.uniform() < 0.6 ? 0 : drawExponential(stream, 0.4));
const steadierIfLarge: Ratio = (stream, expected) => Math.exp(drawNormal(stream) / (1 + expected));

describe('intervals from what predictions missed', () => {
  it.each([
    { n: 20, level: 0.9 },
    { n: 100, level: 0.9 },
    { n: 100, level: 0.5 },
    { n: 199, level: 0.95 },
    { n: 400, level: 0.9 },
  ])('hold new customers as often as theory says: $n to learn from, level $level', ({ n, level }) => {
    const { share, standardError } = coverage(n, level, 4000, anything);
    // of a group of g the k-th smallest ratio is exceeded with probability 1 − k / (g + 1)
    const group = n >= 200 ? 100 : n;
    const k = Math.ceil(((1 + level) / 2) * (group + 1) - 1e-9);
    const exact = (2 * k - group - 1) / (group + 1);
    expect(exact).toBeGreaterThanOrEqual(level - 1e-9);
    expect(Math.abs(share - exact)).toBeLessThan(3.5 * standardError);
  });

  it.each([0.5, 0.8, 0.9])('hold at least the share %d where most customers do nothing', (level) => {
    const { share, standardError } = coverage(300, level, 3000, mostlyNothing);
    expect(share).toBeGreaterThan(level - 3.5 * standardError);
  });

  it.each([
    ['small', (expected: number) => expected < 0.5],
    ['large', (expected: number) => expected > 3],
  ] as const)(
    'hold customers of %s expectations as often as others, though these are missed differently',
    (_, which) => {
      const { share, standardError } = coverage(2000, 0.9, 1500, steadierIfLarge, which);
      expect(Math.abs(share - 0.9)).toBeLessThan(3.5 * standardError + 0.02); // a group is not all of one kind
    },
  );

  it('say which levels so few rows can promise', () => {
    for (const level of [0.5, 0.8, 0.9, 0.95, 0.99]) {
      const enough = Array.from({ length: 500 }, (_, n) => n + 1).find((n) => enoughFor(level, n))!;
      // the smallest and the largest of n hold the next with probability (n − 1) / (n + 1)
      expect((enough - 1) / (enough + 1)).toBeGreaterThanOrEqual(level - 1e-9);
      expect(enough).toBeLessThanOrEqual(Math.ceil(2 / (1 - level)) + 1);
      const { share, standardError } = coverage(enough, level, 2000, anything);
      expect(share).toBeGreaterThan(level - 3.5 * standardError);
    }
  });

  it('are wider at a higher level, each within the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 30, max: 600 }), (seed, n) => {
        const { expected, actual } = drawn(n, randomStream(seed), seed % 2 ? anything : mostlyNothing);
        const at = (level: number) => conformal(calibrate(expected, actual, level), expected);
        const [narrow, middle, wide] = [0.5, 0.8, 0.9].map(at);
        for (let i = 0; i < n; i++) {
          expect(wide!.low[i]!).toBeLessThanOrEqual(middle!.low[i]!);
          expect(middle!.low[i]!).toBeLessThanOrEqual(narrow!.low[i]!);
          expect(narrow!.low[i]!).toBeLessThanOrEqual(narrow!.high[i]!);
          expect(narrow!.high[i]!).toBeLessThanOrEqual(middle!.high[i]!);
          expect(middle!.high[i]!).toBeLessThanOrEqual(wide!.high[i]!);
        }
      }),
      { seed: 1, numRuns: 40, endOnFailure: true },
    );
  });

  it('do not depend on the order of the rows, nor on rows without an expectation', () => {
    const { expected, actual } = drawn(500, randomStream(4), anything);
    const calibration = calibrate(expected, actual, 0.9);
    expect(calibrate(expected.toReversed(), actual.toReversed(), 0.9)).toEqual(calibration);
    const more = calibrate(Float64Array.of(...expected, Number.NaN), Float64Array.of(...actual, 7), 0.9);
    expect(more).toEqual(calibration);
  });

  it('grow with the unit of what is predicted', () => {
    const { expected, actual } = drawn(300, randomStream(5), anything);
    const cents = (values: Float64Array) => values.map((value) => 128 * value);
    const one = conformal(calibrate(expected, actual, 0.9), expected);
    const other = conformal(calibrate(cents(expected), cents(actual), 0.9), cents(expected));
    other.high.forEach((high, i) => {
      expect(high / one.high[i]! / 128).toBeCloseTo(1, 12);
    });
  });

  it.each([
    ['nothing is expected of anybody', 0],
    ['some expectations are 0, and others below', -0.5],
  ])('are numbers where %s', (_, shift) => {
    const { expected, actual } = drawn(400, randomStream(6), anything);
    const shifted = expected.map((value) => (shift === 0 ? 0 : Math.max(value + shift, -0.1)));
    const { low, high } = conformal(calibrate(shifted, actual, 0.9), shifted);
    expect(low.every((value) => value >= 0 && value < Infinity)).toBe(true);
    expect(high.every((value, i) => value >= low[i]! && value < Infinity)).toBe(true);
    const inside = actual.filter((value, i) => low[i]! <= value && value <= high[i]!).length;
    expect(inside / 400).toBeGreaterThan(0.88);
  });

  it('of customers larger and smaller than any before are those of the nearest group', () => {
    const { expected, actual } = drawn(400, randomStream(7), anything);
    const calibration = calibrate(expected, actual, 0.9);
    const { high } = conformal(calibration, Float64Array.of(1e6, 1e-2));
    expect(high[0]).toBe(1e6 * calibration.high.at(-1)!);
    expect(high[1]).toBe(1e-2 * calibration.high[0]!);
  });
});
