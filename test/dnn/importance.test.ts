/** What a network makes of its columns. */
import { beforeAll, describe, expect, it } from 'vitest';
import { partialDependence, permutationImportance } from '../../src/dnn/importance.js';
import { trainNetwork } from '../../src/dnn/train-network.js';
import type { TrainedNetwork } from '../../src/dnn/trained-network.js';
import { ClvError } from '../../src/errors.js';
import { customers, SMALL } from './small-network.js';

const wasm = { backend: 'wasm' } as const;
const { columns: drawn } = customers(400);
/** Only x and the country count, x for more. */
const country = Array.from(drawn.x, (_, i) => (i % 3 === 0 ? 'NL' : 'UK'));
const columns = { noise: drawn.z, x: drawn.x, country, always: new Float64Array(400).fill(7) };
const target = drawn.x.map((x, i) => Math.exp(1 + x + (country[i] === 'NL' ? 0.5 : 0)));
const data = { columns, target };

let network: TrainedNetwork;
beforeAll(async () => {
  const options = { ...SMALL, loss: 'tweedie', hiddenUnits: [], epochs: 60, patience: 60, learningRate: 0.05 } as const;
  ({ network } = await trainNetwork(data, options, wasm));
});

describe('permutation importance', () => {
  it('ranks columns by what they are worth, and leaves out those that never change', async () => {
    const found = await permutationImportance(network, data, wasm);
    expect(found.map(({ column }) => column)).toEqual(['x', 'country', 'noise']);
    expect(found[0]!.worse).toBeGreaterThan(1);
    expect(found[1]!.worse).toBeGreaterThan(0.05);
    expect(Math.abs(found[2]!.worse)).toBeLessThan(0.05);
  });

  it('says the same with the same seed, and much the same with another', async () => {
    const [first, again, other] = [
      await permutationImportance(network, data, wasm),
      await permutationImportance(network, data, wasm),
      await permutationImportance(network, data, { ...wasm, seed: 2 }),
    ];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(other[0]!.column).toBe('x');
    expect(other[0]!.worse / first[0]!.worse).toBeGreaterThan(0.5);
    expect(other[0]!.worse / first[0]!.worse).toBeLessThan(2);
  });

  it('leaves the columns that it is given as they were', async () => {
    const copy = structuredClone(data);
    await permutationImportance(network, data, wasm);
    expect(data).toEqual(copy);
  });

  it('shuffles nothing worth saying of a single customer', async () => {
    const one = { columns: { noise: [0], x: [1], country: ['NL'] }, target: Float64Array.of(3) };
    const found = await permutationImportance(network, one, wasm);
    expect(found.map(({ worse }) => worse)).toEqual([0, 0, 0]);
  });

  it('is finite where predictions are exact, and where all is 0', async () => {
    for (const target of [new Float64Array(400), new Float64Array(400).fill(5)]) {
      const { network: flat } = await trainNetwork({ columns, target }, { ...SMALL, loss: 'mse' }, wasm);
      const found = await permutationImportance(flat, { columns, target }, wasm);
      expect(found.every(({ worse }) => Number.isFinite(worse))).toBe(true);
    }
  });
});

describe('partial dependence', () => {
  it('follows what was learned: up with x, level with noise', async () => {
    const { at, mean } = await partialDependence(network, data, 'x', wasm);
    expect(at).toHaveLength(9);
    expect(at).toEqual((at as number[]).toSorted((a, b) => a - b));
    expect(mean).toEqual(mean.toSorted((a, b) => a - b));
    // a log-linear model: as far apart on the log scale as the points are
    const slope = Math.log(mean.at(-1)! / mean[0]!) / ((at.at(-1) as number) - (at[0] as number));
    expect(slope).toBeGreaterThan(0.8);
    expect(slope).toBeLessThan(1.2);
    const noise = await partialDependence(network, data, 'noise', wasm);
    expect(Math.max(...noise.mean) / Math.min(...noise.mean)).toBeLessThan(1.3);
  });

  it('has a point for each category', async () => {
    const { at, mean } = await partialDependence(network, data, 'country', wasm);
    expect(at).toEqual(['NL', 'UK']);
    expect(mean[0]! / mean[1]!).toBeGreaterThan(1.2);
  });

  it('has one point where a column never changes, at the mean prediction', async () => {
    const { at, mean } = await partialDependence(network, data, 'always', wasm);
    expect(at).toEqual([7]);
    expect(mean).toHaveLength(1);
  });

  it('says so where there is no such column', async () => {
    await expect(partialDependence(network, data, 'nope', wasm)).rejects.toThrow(ClvError);
    await expect(partialDependence(network, data, 'nope', wasm)).rejects.toMatchObject({
      code: 'missing_column',
      details: { column: 'nope' },
    });
  });
});
