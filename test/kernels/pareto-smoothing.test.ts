import { describe, expect, it } from 'vitest';
import { paretoSmooth } from '../../src/kernels/pareto-smoothing.js';
import diagnostics from '../golden/diagnostics.json' with { type: 'json' };
import { mixedError, relativeError } from '../golden/golden.js';

// The random numbers of test/golden/make/diagnostics.py: a Lehmer generator, whose products are exact in a double.
const MODULUS = 2_147_483_647;

function uniforms(seed: number): () => number {
  let x = (seed * 1_234_567) % MODULUS;
  return () => {
    x = (48_271 * x) % MODULUS;
    return x / MODULUS;
  };
}

function normals(seed: number): () => number {
  const u = uniforms(seed);
  return () => {
    const [first, second] = [u(), u()];
    return Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second);
  };
}

/** The log ratios that test/golden/make/diagnostics.py made. */
function logRatios(kind: string, size: number, n: number, seed: number): Float64Array {
  const [u, z] = [uniforms(seed), normals(seed)];
  const next: Record<string, () => number> = {
    pareto: () => -size * Math.log(u()),
    normal: () => size * z(),
    tied: () => size * Math.floor(z() / size),
    equal: () => size,
  };
  return new Float64Array(n).map(() => next[kind]!());
}

const sumOfWeights = (logWeights: Float64Array): number => logWeights.reduce((sum, log) => sum + Math.exp(log), 0);

describe('Pareto smoothing', () => {
  it.each(diagnostics.values.ratios)(
    'agrees with ArviZ to 1e-10: $kind of size $size, n = $n',
    ({ kind, size, n, seed, kHat, effectiveSize, logWeights }) => {
      const found = paretoSmooth(logRatios(kind, size, n, seed));
      if (kHat === null) expect(found.kHat).toBe(Infinity);
      else expect(mixedError(found.kHat, kHat)).toBeLessThan(1e-10);
      expect(relativeError(found.effectiveSize, effectiveSize)).toBeLessThan(1e-10);
      for (const { at, value } of logWeights) expect(mixedError(found.logWeights[at]!, value)).toBeLessThan(1e-10);
    },
  );

  it('gives weights that sum to 1 and rank as the ratios do', () => {
    const ratios = logRatios('normal', 2, 1000, 77);
    const { logWeights } = paretoSmooth(ratios);
    expect(sumOfWeights(logWeights)).toBeCloseTo(1, 13);
    const order = [...ratios.keys()].sort((i, j) => ratios[i]! - ratios[j]!);
    for (let k = 1; k < order.length; k++) {
      expect(logWeights[order[k]!]).toBeGreaterThanOrEqual(logWeights[order[k - 1]!]!);
    }
  });

  it('does not change with a constant added to every log ratio, and leaves them as they were', () => {
    const ratios = logRatios('normal', 1, 500, 78);
    const before = ratios.slice();
    const plain = paretoSmooth(ratios);
    expect(ratios).toEqual(before);
    const shifted = paretoSmooth(ratios.map((ratio) => ratio - 1024));
    expect(mixedError(shifted.kHat, plain.kHat)).toBeLessThan(1e-9);
    expect(relativeError(shifted.effectiveSize, plain.effectiveSize)).toBeLessThan(1e-9);
  });

  it('leaves out draws of weight 0', () => {
    const ratios = logRatios('normal', 1, 200, 79);
    ratios.fill(Number.NEGATIVE_INFINITY, 0, 50);
    const { logWeights, kHat, effectiveSize } = paretoSmooth(ratios);
    expect(logWeights.subarray(0, 50).every((log) => log === Number.NEGATIVE_INFINITY)).toBe(true);
    expect(sumOfWeights(logWeights)).toBeCloseTo(1, 13);
    expect(Number.isFinite(kHat)).toBe(true);
    expect(effectiveSize).toBeLessThanOrEqual(150);
  });

  it('finds no tail among fewer than five ratios, and says NaN where a ratio is not a number', () => {
    expect(paretoSmooth(Float64Array.of(0)).effectiveSize).toBe(1);
    expect(paretoSmooth(Float64Array.of(0, 0, 1)).kHat).toBe(Infinity);
    expect(paretoSmooth(Float64Array.of(0, Number.NaN, 1)).kHat).toBeNaN();
    expect(paretoSmooth(Float64Array.of(0, Infinity)).effectiveSize).toBeNaN();
    expect(paretoSmooth(new Float64Array(9).fill(Number.NEGATIVE_INFINITY)).effectiveSize).toBeNaN();
  });
});
