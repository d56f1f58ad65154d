/** Options of a network that trains in milliseconds, and customers to train it on. */
import type { TrainingOptions } from '../../src/dnn/training-options.js';
import { drawExponential, drawNormal, type RandomStream, randomStream } from '../../src/kernels/random.js';

export const SMALL: TrainingOptions = {
  loss: 'poisson',
  hiddenUnits: [8],
  batchNorm: true,
  order: 'norm_first',
  dropout: 0.1,
  optimizer: 'Adam',
  learningRate: 0.01,
  learningDecayRate: 0.7,
  decays: 2,
  batchSize: 64,
  epochs: 4,
  patience: 4,
  l1: 0,
  l2: 1e-4,
  members: 1,
  validationShare: 0.25,
  startAtOffset: false,
  seed: 1,
};

/** Purchases of a customer who buys at `rate` for one unit of time. */
function drawCount(stream: RandomStream, rate: number): number {
  let count = 0;
  for (let time = drawExponential(stream, 1); time < rate; time += drawExponential(stream, 1)) count++;
  return count;
}

/** Customers whose expected purchases bend with x and rise with z. */
export function customers(n: number, seed = 1) {
  const stream = randomStream(seed);
  const x = Float64Array.from({ length: n }, () => drawNormal(stream));
  const z = Float64Array.from({ length: n }, () => drawNormal(stream));
  const expected = x.map((value, i) => 5 * Math.exp(0.6 * Math.sin(2 * value) + 0.4 * z[i]!));
  return { columns: { x, z }, expected, target: expected.map((rate) => drawCount(stream, rate)) };
}
