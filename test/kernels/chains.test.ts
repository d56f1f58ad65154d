import { describe, expect, it } from 'vitest';
import { effectiveSize, splitRHat } from '../../src/kernels/chains.js';
import diagnostics from '../golden/diagnostics.json' with { type: 'json' };
import { relativeError } from '../golden/golden.js';

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

/** The chain that test/golden/make/diagnostics.py made; `number` tells it from the others of its set. */
function chain(kind: string, size: number, n: number, seed: number, number: number): Float64Array {
  const [u, z] = [uniforms(seed + number), normals(seed + number)];
  let state = kind === 'autoregressive' ? z() : 0;
  const next: Record<string, (i: number) => number> = {
    independent: () => z(),
    autoregressive: () => {
      state = size * state + Math.sqrt(1 - size * size) * z();
      return state;
    },
    shifted: () => z() + size * number,
    wider: () => z() * (1 + size * number),
    drifting: (i) => z() + (size * i) / n,
    heavy: () => Math.tan(Math.PI * (u() - 0.5)),
    tied: () => Math.floor(z() / size),
    constant: () => size,
  };
  return new Float64Array(n).map((_, i) => next[kind]!(i));
}

const chains = (kind: string, size: number, n: number, seed: number, count: number): Float64Array[] =>
  Array.from({ length: count }, (_, number) => chain(kind, size, n, seed, number));

describe('chain diagnostics', () => {
  it.each(diagnostics.values.chains)(
    'agree with ArviZ to 1e-10: $chains chains of $n draws, $kind $size',
    ({ kind, size, n, chains: count, seed, rHat, effectiveSize: size_ }) => {
      const draws = chains(kind, size, n, seed, count);
      expect(relativeError(effectiveSize(draws), size_)).toBeLessThan(1e-10);
      if (rHat === null) expect(splitRHat(draws)).toBeNaN();
      else expect(relativeError(splitRHat(draws), rHat)).toBeLessThan(1e-10);
    },
  );

  it('do not change with the scale of the draws', () => {
    const draws = chains('autoregressive', 0.7, 300, 5, 3);
    const cubed = draws.map((one) => one.map((value) => value ** 3));
    expect(effectiveSize(cubed)).toBe(effectiveSize(draws));
    const doubled = draws.map((one) => one.map((value) => 2 * value));
    expect(splitRHat(doubled)).toBe(splitRHat(draws));
  });

  it('see one chain drift that other chains do not contradict', () => {
    const drifting = chains('drifting', 3, 400, 6, 1);
    expect(splitRHat([drifting[0]!, drifting[0]!])).toBeGreaterThan(1.1);
  });

  it.each([
    ['no chain', []],
    ['three draws', [Float64Array.of(1, 2, 3), Float64Array.of(1, 2, 3)]],
    ['chains of unequal length', [new Float64Array(10), new Float64Array(11)]],
    ['a draw that is not a number', [Float64Array.of(1, 2, 3, Number.NaN), Float64Array.of(1, 2, 3, 4)]],
  ])('are NaN for %s', (_, draws) => {
    expect(splitRHat(draws)).toBeNaN();
    expect(effectiveSize(draws)).toBeNaN();
  });
});
