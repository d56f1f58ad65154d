import { describe, expect, it } from 'vitest';
import { SOBOL_DIMENSIONS, sobolPoint } from '../../src/tune/sobol.js';

describe('Sobol’ points', () => {
  it('are those of SciPy 1.17.1, qmc.Sobol(32, scramble=False, bits=32)', () => {
    expect(Array.from({ length: 8 }, (_, i) => [...sobolPoint(i, 6)])).toEqual([
      [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
      [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25, 0.25, 0.75, 0.75],
      [0.25, 0.75, 0.75, 0.75, 0.25, 0.25],
      [0.375, 0.375, 0.625, 0.875, 0.375, 0.125],
      [0.875, 0.875, 0.125, 0.375, 0.875, 0.625],
      [0.625, 0.125, 0.875, 0.625, 0.625, 0.875],
      [0.125, 0.625, 0.375, 0.125, 0.125, 0.375],
    ]);
    expect([...sobolPoint(100, 32)]).toEqual([
      0.4140625, 0.2578125, 0.7734375, 0.7265625, 0.8828125, 0.7421875, 0.0234375, 0.4765625, 0.6328125, 0.6953125,
      0.4609375, 0.6796875, 0.4765625, 0.8515625, 0.3203125, 0.4921875, 0.6796875, 0.7421875, 0.8359375, 0.3359375,
      0.7578125, 0.3984375, 0.0078125, 0.4921875, 0.0234375, 0.0078125, 0.9453125, 0.6640625, 0.2421875, 0.7265625,
      0.7109375, 0.4140625,
    ]);
    expect(sobolPoint(777, 13)[12]).toBe(0.3837890625);
  });

  it.each([undefined, 1, 2])('fall once into each of 2^m equal parts of every axis, seed %s', (seed) => {
    for (const n of [16, 256]) {
      const points = Array.from({ length: n }, (_, i) => sobolPoint(i, SOBOL_DIMENSIONS, seed));
      for (let axis = 0; axis < SOBOL_DIMENSIONS; axis++) {
        expect(new Set(points.map((point) => Math.floor(point[axis]! * n))).size).toBe(n);
      }
    }
  });

  it('fall equally often into each of 8 × 8 boxes of the first two axes, shifted or not', () => {
    for (const seed of [undefined, 5]) {
      const counts = new Map<string, number>();
      for (let i = 0; i < 128; i++) {
        const [x, y] = sobolPoint(i, 2, seed);
        const box = `${Math.floor(8 * x!)} ${Math.floor(8 * y!)}`;
        counts.set(box, (counts.get(box) ?? 0) + 1);
      }
      expect([...counts.values()]).toEqual(new Array(64).fill(2));
    }
  });

  it('are shifted by the seed, the same way each time', () => {
    expect(sobolPoint(3, 4, 9)).toEqual(sobolPoint(3, 4, 9));
    expect(sobolPoint(3, 4, 9)).not.toEqual(sobolPoint(3, 4, 10));
    expect(sobolPoint(3, 7, 9).slice(0, 4)).toEqual(sobolPoint(3, 4, 9));
  });
});
