import { describe, expect, it } from 'vitest';
import {
  drawBeta,
  drawExponential,
  drawGamma,
  drawNormal,
  type RandomStream,
  randomStream,
} from '../../src/kernels/random.js';

const N = 200_000;

function draws(draw: (stream: RandomStream) => number, n = N, seed = 20_240_101): Float64Array {
  const stream = randomStream(seed);
  return new Float64Array(n).map(() => draw(stream));
}

/** Distance of the mean of f(draw) from what theory says, in standard errors. */
function standardErrorsOff(sample: Float64Array, f: (value: number) => number, expected: number): number {
  const values = sample.map(f);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return Math.abs(mean - expected) / Math.sqrt(variance / values.length);
}

/** Kolmogorov–Smirnov distance to a distribution function, times √n: above 1.95 in one sample of a thousand. */
function kolmogorov(sample: Float64Array, cdf: (value: number) => number): number {
  const sorted = sample.slice().sort();
  let distance = 0;
  sorted.forEach((value, i) => {
    const p = cdf(value);
    distance = Math.max(distance, p - i / sorted.length, (i + 1) / sorted.length - p);
  });
  return distance * Math.sqrt(sorted.length);
}

describe('a random stream', () => {
  it('repeats itself for the same seed', () => {
    expect(draws((stream) => stream.uniform(), 100, 5)).toEqual(draws((stream) => stream.uniform(), 100, 5));
  });

  it.each([
    [1, 2],
    [0, 2 ** 32],
    [0, -1],
    [2 ** 52, 2 ** 52 + 1],
  ])('tells seed %d from seed %d', (one, other) => {
    const first = draws((stream) => stream.uniform(), 100, one);
    const second = draws((stream) => stream.uniform(), 100, other);
    expect(first.some((value, i) => value === second[i])).toBe(false);
  });

  it('is uniform', () => {
    const sample = draws((stream) => stream.uniform());
    expect(kolmogorov(sample, (u) => u)).toBeLessThan(1.95);
    expect(Math.min(...sample.subarray(0, 50_000))).toBeGreaterThan(0);
    expect(Math.max(...sample.subarray(0, 50_000))).toBeLessThan(1);
  });

  it('is uniform over neighbouring seeds too, from the first draw on, and unrelated from one to the next', () => {
    for (let draw = 0; draw < 3; draw++) {
      const sample = Float64Array.from({ length: 20_000 }, (_, seed) => {
        const stream = randomStream(seed);
        for (let i = 0; i < draw; i++) stream.uniform();
        return stream.uniform();
      });
      expect(kolmogorov(sample, (u) => u)).toBeLessThan(1.95);
      const products = sample.subarray(1).map((u, i) => (u - 0.5) * (sample[i]! - 0.5));
      expect(standardErrorsOff(products, (product) => product, 0)).toBeLessThan(4);
    }
  });

  it('fills all 53 bits', () => {
    const sample = draws((stream) => stream.uniform(), 10_000);
    expect(sample.every((u) => Number.isInteger(u * 2 ** 53))).toBe(true);
    expect(standardErrorsOff(sample, (u) => (u * 2 ** 53) % 2, 0.5)).toBeLessThan(4);
  });
});

describe('the samplers', () => {
  it('draws normals with the moments 0, 1, 0, 3', () => {
    const sample = draws(drawNormal);
    for (const [power, moment] of [
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 3],
    ] as const) {
      expect(standardErrorsOff(sample, (x) => x ** power, moment)).toBeLessThan(4);
    }
    // Φ(1.96) = 0.9750021
    expect(standardErrorsOff(sample, (x) => (x < 1.96 ? 1 : 0), 0.9750021)).toBeLessThan(4);
  });

  it('draws exponentials', () => {
    const sample = draws((stream) => drawExponential(stream, 0.25));
    expect(kolmogorov(sample, (x) => -Math.expm1(-0.25 * x))).toBeLessThan(1.95);
    expect(drawExponential(randomStream(1), 0)).toBe(Infinity);
  });

  it.each([
    [0.05, 1],
    [0.5, 3],
    [1, 0.1],
    [1.3, 130],
    [6, 2],
    [1_000, 0.5],
  ])('draws Gamma(%d, %d) with its mean, variance and Laplace transform', (shape, rate) => {
    const sample = draws((stream) => drawGamma(stream, shape, rate));
    expect(standardErrorsOff(sample, (x) => x, shape / rate)).toBeLessThan(4);
    expect(standardErrorsOff(sample, (x) => (x - shape / rate) ** 2, shape / rate ** 2)).toBeLessThan(4);
    // E[exp(−x / mean)] = (1 + 1 / shape)^−shape looks at the small values.
    const transform = (1 + 1 / shape) ** -shape;
    expect(standardErrorsOff(sample, (x) => Math.exp((-x * rate) / shape), transform)).toBeLessThan(4);
  });

  it('draws Gamma(1, rate) as an exponential and Gamma(1/2, 1/2) as a squared normal', () => {
    const exponential = draws((stream) => drawGamma(stream, 1, 2));
    expect(kolmogorov(exponential, (x) => -Math.expm1(-2 * x))).toBeLessThan(1.95);
    // P(χ²₁ < 1) = 0.6826895, P(χ²₁ < 0.0001) = 0.0079787
    const chiSquare = draws((stream) => drawGamma(stream, 0.5, 0.5));
    expect(standardErrorsOff(chiSquare, (x) => (x < 1 ? 1 : 0), 0.6826895)).toBeLessThan(4);
    expect(standardErrorsOff(chiSquare, (x) => (x < 0.0001 ? 1 : 0), 0.0079787)).toBeLessThan(4);
  });

  it.each([1e-3, 1e-10, 1e-300, 5e-324])('keeps Gamma(%d, 1) finite and not negative', (shape) => {
    for (const x of draws((stream) => drawGamma(stream, shape, 1), 10_000)) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThan(Infinity);
    }
  });

  it('answers NaN, and ends, outside the domain', () => {
    const stream = randomStream(1);
    for (const shape of [0, -1, Number.NaN, Infinity]) {
      expect(drawGamma(stream, shape, 1)).toBeNaN();
      expect(drawBeta(stream, shape, 1)).toBeNaN();
      expect(drawBeta(stream, 1, shape)).toBeNaN();
    }
    expect(drawGamma(stream, 1, -1)).toBeNaN();
    expect(drawGamma(stream, 1, 0)).toBe(Infinity);
  });

  it.each([
    [1, 1],
    [0.79, 2.43],
    [0.05, 0.1],
    [20, 3],
  ])('draws Beta(%d, %d) with its mean and variance', (a, b) => {
    const sample = draws((stream) => drawBeta(stream, a, b));
    const mean = a / (a + b);
    const variance = (a * b) / ((a + b) ** 2 * (a + b + 1));
    expect(standardErrorsOff(sample, (x) => x, mean)).toBeLessThan(4);
    expect(standardErrorsOff(sample, (x) => (x - mean) ** 2, variance)).toBeLessThan(4);
  });

  it('draws one of the ends where a and b of a beta are tiny, a / (a + b) of the time the upper', () => {
    const sample = draws((stream) => drawBeta(stream, 3e-300, 1e-300), 20_000);
    expect(sample.every((x) => x === 0 || x === 1)).toBe(true);
    expect(standardErrorsOff(sample, (x) => x, 0.75)).toBeLessThan(4);
  });
});
