/** A zero-inflated log-normal network finds the distribution that customers were drawn from. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type NetworkPrediction, predictNetwork } from '../../src/dnn/predict-network.js';
import { trainNetwork } from '../../src/dnn/train-network.js';
import { drawNormal, randomStream } from '../../src/kernels/random.js';
import { SMALL } from './small-network.js';

/** Customers whose chance to buy, amount and spread of the amount all depend on what is known of them. */
function drawn(n: number, seed: number) {
  const stream = randomStream(seed);
  const x = Float64Array.from({ length: n }, () => drawNormal(stream));
  const z = Float64Array.from({ length: n }, () => drawNormal(stream));
  const target = x.map((value, i) => {
    const chance = 1 / (1 + Math.exp(-(0.3 + 0.8 * value - 0.5 * z[i]!)));
    const mu = 3 + 0.5 * value + 0.3 * z[i]!;
    const sigma = Math.log1p(Math.exp(0.2 + 0.3 * z[i]!));
    return stream.uniform() < chance ? Math.exp(mu + sigma * drawNormal(stream)) : 0;
  });
  return { columns: { x, z }, target };
}

const FRESH = 4000;
const fresh = drawn(FRESH, 2);
let predicted: NetworkPrediction;
beforeAll(async () => {
  const options = { ...SMALL, loss: 'ziln', hiddenUnits: [16], dropout: 0, batchSize: 256, epochs: 12 } as const;
  const { network } = await trainNetwork(drawn(20_000, 1), { ...options, members: 3, decays: 4 }, { backend: 'wasm' });
  predicted = await predictNetwork(network, fresh, { backend: 'wasm' });
});

describe('a ZILN network, of customers that it never saw', () => {
  it('has probabilities of what they spent that are uniform, within the 95 % band of Kolmogorov', () => {
    const stream = randomStream(3);
    const below = predicted.cdf!(fresh.target);
    // at 0 the distribution jumps: a customer without purchases stands anywhere below
    const transform = below.map((p, i) => (fresh.target[i] === 0 ? p * stream.uniform() : p)).sort();
    const distance = Math.max(...transform.map((p, i) => Math.max(p - i / FRESH, (i + 1) / FRESH - p)));
    expect(distance).toBeLessThan(1.358 / Math.sqrt(FRESH));
  });

  it('has means that are right in each tenth of the customers, within four standard errors', () => {
    const order = [...predicted.mean.keys()].sort((a, b) => predicted.mean[a]! - predicted.mean[b]!);
    for (let tenth = 0; tenth < 10; tenth++) {
      const rows = order.slice((tenth * FRESH) / 10, ((tenth + 1) * FRESH) / 10);
      const mean = (of: (row: number) => number) => rows.reduce((sum, row) => sum + of(row) / rows.length, 0);
      const actual = mean((row) => fresh.target[row]!);
      const standardError = Math.sqrt(mean((row) => (fresh.target[row]! - actual) ** 2) / rows.length);
      const error = mean((row) => predicted.mean[row]!) - actual;
      expect(Math.abs(error), `tenth ${tenth}`).toBeLessThan(4 * standardError);
    }
  });

  it.each([0.5, 0.8, 0.95])('has quantiles below which the share %d lies', (p) => {
    const quantile = predicted.quantile!(p);
    const share = fresh.target.reduce((count, y, i) => count + (y <= quantile[i]! ? 1 / FRESH : 0), 0);
    // where more than p buy nothing, the quantile is 0 and more than p lie at or below it
    const expected = predicted.cdf!(quantile).reduce((sum, below) => sum + below / FRESH, 0);
    expect(expected).toBeGreaterThanOrEqual(p - 1e-9);
    expect(Math.abs(share - expected)).toBeLessThan(4 * Math.sqrt(0.25 / FRESH));
  });
});
