import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/kernels/random.js';
import { parzen, truncatedNormal } from '../../src/tune/parzen.js';
import { sobolPoint } from '../../src/tune/sobol.js';
import { DEFAULT_SPACE, positionOf, type Space, valuesAt } from '../../src/tune/space.js';

/** ∫ over [low, high], by Simpson's rule. */
function integral(f: (u: number) => number, low = 0, high = 1, panels = 20_000): number {
  const h = (high - low) / panels;
  let sum = f(low) + f(high);
  for (let k = 1; k < panels; k++) sum += (k % 2 ? 4 : 2) * f(low + k * h);
  return (sum * h) / 3;
}

describe.each([
  [0.5, 0.2],
  [0, 0.05],
  [1, 1],
  [0.97, 0.01],
])('a normal at %d of deviation %d, cut off', (mu, sigma) => {
  const normal = truncatedNormal(mu, sigma);
  const density = (u: number) => Math.exp(normal.logDensity(u));

  it('has a density that integrates to 1', () => {
    expect(integral(density)).toBeCloseTo(1, 9);
  });

  it('has the masses of its density', () => {
    for (const [low, high] of [
      [0, 0.1],
      [0.4, 0.6],
      [0.9, 1],
    ] as const) {
      expect(normal.mass(low, high)).toBeCloseTo(integral(density, low, high), 9);
    }
    expect(normal.mass(0, 1)).toBeCloseTo(1, 12);
  });

  it('draws inside of the unit interval, by its masses', () => {
    const stream = randomStream(3);
    const draws = Array.from({ length: 20_000 }, () => normal.draw(stream));
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThanOrEqual(1);
    for (const end of [0.1, 0.5, 0.95]) {
      const p = normal.mass(0, end);
      const share = draws.filter((u) => u < end).length / draws.length;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / draws.length) + 1e-9);
    }
  });
});

describe('a Parzen estimator', () => {
  const x: Space = { x: { type: 'double', min: -5, max: 10 } };

  it('is uniform where nothing was observed', () => {
    const mixture = parzen(DEFAULT_SPACE, []);
    const densities = [3, 8, 21].map((i) => mixture.logDensity(valuesAt(DEFAULT_SPACE, sobolPoint(i, 7))));
    for (const density of densities) expect(density).toBeCloseTo(-Math.log(6 * 5), 12); // two lists, of six and five values
  });

  it('has a density that integrates to 1 over a range', () => {
    const mixture = parzen(x, [{ x: -5 }, { x: 1 }, { x: 1.2 }]);
    expect(integral((u) => Math.exp(mixture.logDensity(valuesAt(x, [u]))))).toBeCloseTo(1, 8);
  });

  it('has probabilities that sum to 1 over values, and never 0', () => {
    const space: Space = {
      units: { type: 'categorical', values: ['a', 'b', 'c'] },
      batch: { type: 'discrete', values: [1, 2, 4, 8] },
      members: { type: 'integer', min: 1, max: 5, scale: 'log' },
    };
    const mixture = parzen(space, [
      { units: 'a', batch: 8, members: 1 },
      { units: 'a', batch: 4, members: 5 },
    ]);
    const logs: number[] = [];
    for (const units of ['a', 'b', 'c']) {
      for (const batch of [1, 2, 4, 8]) {
        for (const members of [1, 2, 3, 4, 5]) logs.push(mixture.logDensity({ units, batch, members }));
      }
    }
    expect(logs.reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(1, 12);
    expect(Math.min(...logs)).toBeGreaterThan(-Infinity);
    expect(mixture.logDensity({ units: 'a', batch: 8, members: 1 })).toBeGreaterThan(
      mixture.logDensity({ units: 'b', batch: 8, members: 1 }),
    );
  });

  it('draws what it holds likely', () => {
    const mixture = parzen(x, [{ x: 4 }, { x: 4.1 }, { x: 3.9 }, { x: 4 }]);
    const stream = randomStream(1);
    const draws = Array.from({ length: 2000 }, () => positionOf(x.x!, mixture.draw(stream).x!));
    const near = draws.filter((u) => u > 0.4 && u < 0.8).length / draws.length;
    const expected = integral((u) => Math.exp(mixture.logDensity(valuesAt(x, [u]))), 0.4, 0.8);
    expect(Math.abs(near - expected)).toBeLessThan(0.04);
  });
});
