/** WebAssembly against the plain TypeScript that it repeats. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plainLogOdds, plainSums } from '../../src/btyd/pareto-likelihood.js';
import { type Customers, customers, oneRow } from '../../src/customers.js';
import { logRising } from '../../src/kernels/gamma.js';
import { type RandomStream, randomStream } from '../../src/kernels/random.js';
import { simdLogOdds, simdSums } from '../../src/wasm/pareto-nbd.js';

const AGREE = 1e-12;
/** As many as one block of the kernel, and a customer left over. */
const N = 129;

const between = (stream: RandomStream, low: number, high: number) => low * (high / low) ** stream.uniform();

function wildParameters(stream: RandomStream) {
  const any = () => between(stream, 1e-6, 1e6);
  return { r: any(), alpha: any(), s: any(), beta: any() };
}

/** Customers seen for nothing to 1e6, with no purchase to 1e5, active to the end or long gone. */
function wildCustomers(stream: RandomStream): Customers {
  const rows = Array.from({ length: N }, () => {
    const age = stream.uniform() < 0.05 ? 0 : between(stream, 1e-3, 1e6);
    const frequency = age === 0 || stream.uniform() < 0.3 ? 0 : Math.round(between(stream, 1, 1e5));
    const recency = frequency === 0 ? 0 : stream.uniform() < 0.1 ? age : age * stream.uniform();
    return { frequency, recency, age };
  });
  return customers({
    frequency: rows.map(({ frequency }) => frequency),
    recency: rows.map(({ recency }) => recency),
    age: rows.map(({ age }) => age),
  });
}

/** All customers, but only row `i` counts. */
const alone = (all: Customers, i: number): Customers => {
  const weight = new Float64Array(all.n);
  weight[i] = 1;
  return { ...all, weight };
};

describe('Pareto/NBD in WebAssembly', () => {
  const stream = randomStream(7);
  const rounds = Array.from({ length: 80 }, () => ({ at: wildParameters(stream), people: wildCustomers(stream) }));

  it('finds the log-odds of the plain way, customer by customer', () => {
    for (const { at, people } of rounds) {
      const plain = plainLogOdds(at, people);
      simdLogOdds(at, people)!.forEach((odds, i) => {
        const error = odds === plain[i] ? 0 : Math.abs(odds - plain[i]!) / (1 + Math.abs(plain[i]!));
        expect(error, JSON.stringify({ at, x: people.frequency[i] })).toBeLessThan(AGREE);
      });
    }
  });

  it('finds its log-likelihood, gradient and Hessian, customer by customer', () => {
    for (const { at, people } of rounds) {
      // derivatives by the logs of all parameters: then they have one scale
      const by = [at.r, 1, at.s, 1];
      const steps = [1, ...by, ...by.flatMap((first, i) => by.slice(i).map((second) => first * second))];
      for (let i = 0; i < people.n; i += 7) {
        const plain = plainSums(at, oneRow(people, i), true).map((value, k) => value * steps[k]!);
        const fast = simdSums(at, alone(people, i), true)!.map((value, k) => value * steps[k]!);
        const apart = fast.map((value, k) => Math.abs(value - plain[k]!));
        const found = JSON.stringify({ at, x: people.frequency[i], tx: people.recency[i], T: people.age[i] });
        // Γ(r+x)/Γ(r) belongs to the value; terms that it cancels have lost their digits in both
        const value = Math.max(Math.abs(plain[0]!), logRising(at.r, people.frequency[i]!));
        expect(apart[0]!, found).toBeLessThanOrEqual(AGREE * value);
        const steepest = Math.max(...plain.slice(1, 5).map(Math.abs));
        expect(Math.max(...apart.slice(1, 5)), found).toBeLessThanOrEqual(AGREE * steepest);
        // a customer of whom next to nothing is known has a Hessian of terms near 1 that cancel
        const sharpest = Math.max(1, ...plain.slice(5).map(Math.abs));
        expect(Math.max(...apart.slice(5)), found).toBeLessThanOrEqual(AGREE * sharpest);
      }
    }
  });

  it('finds the same value with and without derivatives, and the same sums again', () => {
    for (const { at, people } of rounds) {
      const once = simdSums(at, people, true)!;
      expect(simdSums(at, people, true)).toEqual(once);
      const [value] = simdSums(at, people, false)!;
      expect(Math.abs(value! - once[0]!)).toBeLessThanOrEqual(1e-14 * Math.abs(once[0]!));
    }
  });

  it('does more customers than one call takes', () => {
    const { at, people } = rounds[0]!;
    const times = 50;
    const repeated = (column: Float64Array) => Float64Array.from({ length: N * times }, (_, i) => column[i % N]!);
    const many: Customers = {
      ...people,
      n: N * times,
      frequency: repeated(people.frequency),
      recency: repeated(people.recency),
      age: repeated(people.age),
      weight: repeated(people.weight),
    };
    const once = simdSums(at, people, true)!;
    simdSums(at, many, true)!.forEach((sum, k) => {
      expect(Math.abs(sum / times - once[k]!)).toBeLessThanOrEqual(AGREE * Math.abs(once[k]!));
    });
    expect(simdLogOdds(at, many)!.subarray(N * 49)).toEqual(simdLogOdds(at, people));
  });

  it('leaves to the plain way what is too few, too large or too small', () => {
    const { at, people } = rounds[0]!;
    expect(simdSums(at, oneRow(people, 0), true)).toBeUndefined();
    for (const r of [1e-40, 1e20, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(simdSums({ ...at, r }, people, true)).toBeUndefined();
    }
    for (const age of [1e-70, 1e70]) {
      const odd = { ...people, age: people.age.with(N - 1, age), recency: people.recency.with(N - 1, 0) };
      expect(simdSums(at, odd, true)).toBeUndefined();
      expect(simdLogOdds(at, odd)).toBeUndefined();
    }
  });
});

describe.each([
  { where: 'WebAssembly is missing', engine: undefined },
  {
    where: 'a policy forbids it',
    engine: {
      Module: class {
        constructor() {
          throw new Error('forbidden');
        }
      },
    },
  },
])('where $where', ({ engine }) => {
  beforeEach(() => {
    vi.resetModules();
    vi.stubGlobal('WebAssembly', engine);
  });
  afterEach(() => vi.unstubAllGlobals());

  it('the likelihood is that of the plain way', async () => {
    const simd = await import('../../src/wasm/pareto-nbd.js');
    const { logLikelihood, plainSums: plain } = await import('../../src/btyd/pareto-likelihood.js');
    const { sumRising } = await import('../../src/btyd/rising.js');
    const at = { r: 0.55, alpha: 10.6, s: 0.61, beta: 11.7 };
    const people = wildCustomers(randomStream(1));
    expect(simd.simdSums(at, people, true)).toBeUndefined();
    expect(simd.simdLogOdds(at, people)).toBeUndefined();
    expect(logLikelihood(at, people)).toBe(plain(at, people, false)[0]! + sumRising(at.r, people, false).value);
  });
});
