import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allows,
  DEFAULT_SPACE,
  type Parameter,
  positionOf,
  REFERENCE_SPACE,
  stretchOf,
  valueAt,
  valuesAt,
} from '../../src/tune/space.js';

const RANGES: Record<string, Parameter> = {
  linear: { type: 'double', min: -3, max: 7 },
  log: { type: 'double', min: 1e-4, max: 0.1, scale: 'log' },
  'reverse log': { type: 'double', min: 0.01, max: 0.99, scale: 'reverse_log' },
};
const STEPPED: Record<string, Parameter> = {
  'whole numbers': { type: 'integer', min: -2, max: 9 },
  'whole numbers on a log scale': { type: 'integer', min: 1, max: 300, scale: 'log' },
  'whole numbers on a reverse log scale': { type: 'integer', min: 1, max: 300, scale: 'reverse_log' },
  'listed numbers': { type: 'discrete', values: [64, 128, 1024] },
  texts: { type: 'categorical', values: ['64 32', '16', ''] },
};
const unit = fc.double({ min: 0, max: 1, noNaN: true });

describe.each(Object.entries(RANGES))('a range, %s', (_, parameter) => {
  it('maps onto the unit interval and back', () => {
    fc.assert(
      fc.property(unit, (u) => {
        const value = valueAt(parameter, u);
        expect(allows(parameter, value)).toBe(true);
        expect(positionOf(parameter, value)).toBeCloseTo(u, 9);
        expect(valueAt(parameter, positionOf(parameter, value))).toBeCloseTo(value as number, 12);
      }),
    );
  });

  it('rises, from one end to the other', () => {
    const { min, max } = parameter as { min: number; max: number };
    expect(valueAt(parameter, 0)).toBeCloseTo(min, 15);
    expect(valueAt(parameter, 1)).toBeCloseTo(max, 15);
    fc.assert(
      fc.property(unit, unit, (u, v) => {
        fc.pre(u < v);
        expect(valueAt(parameter, u)).toBeLessThanOrEqual(valueAt(parameter, v) as number);
      }),
    );
  });
});

describe.each(Object.entries(STEPPED))('a parameter of %s', (_, parameter) => {
  const all = 'values' in parameter ? parameter.values : Array.from({ length: 400 }, (_, k) => k - 50);
  const values = all.filter((value) => allows(parameter, value));

  it('maps onto the unit interval and back', () => {
    for (const value of values) expect(valueAt(parameter, positionOf(parameter, value))).toBe(value);
    fc.assert(fc.property(unit, (u) => (values as unknown[]).includes(valueAt(parameter, u))));
  });

  it('covers the unit interval with one stretch for each value', () => {
    let end = 0;
    for (const value of values) {
      const [from, to] = stretchOf(parameter, value)!;
      expect(from).toBeCloseTo(end, 9);
      expect(positionOf(parameter, value)).toBeGreaterThan(from);
      expect(positionOf(parameter, value)).toBeLessThan(to);
      end = to;
    }
    expect(end).toBeCloseTo(1, 12);
  });
});

describe('scales', () => {
  it('put the middle at the mean, at the geometric mean, or as far below the top', () => {
    const middle = (scale: 'linear' | 'log' | 'reverse_log') =>
      valueAt({ type: 'double', min: 1, max: 100, scale }, 0.5);
    expect(middle('linear')).toBeCloseTo(50.5, 12);
    expect(middle('log')).toBeCloseTo(10, 12);
    expect(middle('reverse_log')).toBeCloseTo(91, 12);
  });

  it('give half of the reference space to learning rates above 0.096', () => {
    expect(valueAt(REFERENCE_SPACE.learning_rate!, 0.5)).toBeCloseTo(0.1001 - Math.sqrt(1e-4 * 0.1), 12);
    expect(valueAt(DEFAULT_SPACE.learning_rate!, 0.5)).toBeCloseTo(Math.sqrt(1e-4 * 0.1), 12);
  });
});

it('a value outside of its range, or of another type, is not allowed', () => {
  expect(allows(RANGES.linear!, 7.01)).toBe(false);
  expect(allows(RANGES.linear!, '1')).toBe(false);
  expect(allows(RANGES.linear!, Number.NaN)).toBe(false);
  expect(allows(STEPPED['whole numbers']!, 1.5)).toBe(false);
  expect(allows(STEPPED['listed numbers']!, 65)).toBe(false);
});

it('a point of the unit cube is a value for each parameter', () => {
  const values = valuesAt(DEFAULT_SPACE, new Float64Array(7));
  expect(values).toEqual({
    learning_rate: 1e-4,
    l1_regularization: 1e-4,
    l2_regularization: 1e-4,
    dropout: 0,
    learning_decay_rate: 0.6,
    hidden_units: '256 128 64 32',
    batch_size: 64,
  });
});
