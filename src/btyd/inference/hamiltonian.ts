/**
 * Markov chains by Hamiltonian Monte Carlo, for posteriors that are too far from normal for importance sampling.
 *
 * Neal (2011), MCMC Using Hamiltonian Dynamics, Handbook of Markov Chain Monte Carlo, ch. 5; the step is adapted by dual
 * averaging (Hoffman & Gelman 2014, The No-U-Turn Sampler, JMLR 15, 1593–1623, §3.2). Coordinates are those in which the
 * normal approximation is standard normal, so a trajectory of about π/2 is enough for a fresh point.
 */
import { drawNormal, type RandomStream } from '../../kernels/random.js';

/** The log density and its gradient at a point of the whitened coordinates; −Infinity is out of bounds. */
export type LogDensity = (point: Float64Array, gradient: Float64Array) => number;

const WARM_UP = 400;
const LEAST_STEPS = 3;
const SPREAD_OF_STEPS = 5;
const ACCEPTED = 0.8;

/** @returns one chain, its points row by row: `draws` × dimension */
export function hamiltonianChain(
  density: LogDensity,
  start: Float64Array,
  draws: number,
  stream: RandomStream,
): Float64Array {
  const p = start.length;
  const chain = new Float64Array(draws * p);
  let point = start;
  let slope = new Float64Array(p);
  let value = density(point, slope);

  // dual averaging of ln(step)
  let step = 0.5;
  let logAverage = 0;
  let bias = 0;
  const shrinkTo = Math.log(10 * step);
  for (let iteration = 0; iteration < WARM_UP + draws; iteration++) {
    const momentum = Float64Array.from({ length: p }, () => drawNormal(stream));
    let energy = value - half(momentum);
    const steps = LEAST_STEPS + Math.floor(stream.uniform() * SPREAD_OF_STEPS);
    const moved = point.slice();
    const there = slope.slice();
    let reached = value;
    for (let leap = 0; leap < steps && reached > Number.NEGATIVE_INFINITY; leap++) {
      for (let i = 0; i < p; i++) momentum[i]! += (step / 2) * there[i]!;
      for (let i = 0; i < p; i++) moved[i]! += step * momentum[i]!;
      reached = density(moved, there);
      for (let i = 0; i < p; i++) momentum[i]! += (step / 2) * there[i]!;
    }
    energy = reached - half(momentum) - energy;
    const acceptance = Number.isNaN(energy) ? 0 : Math.min(1, Math.exp(energy));
    if (stream.uniform() < acceptance) [point, slope, value] = [moved, there, reached];
    if (iteration < WARM_UP) {
      const t = iteration + 1;
      bias += (ACCEPTED - acceptance - bias) / (t + 10);
      const logStep = shrinkTo - (Math.sqrt(t) / 0.05) * bias;
      const weight = t ** -0.75;
      logAverage = weight * logStep + (1 - weight) * logAverage;
      step = Math.exp(t === WARM_UP ? logAverage : logStep);
    } else {
      chain.set(point, (iteration - WARM_UP) * p);
    }
  }
  return chain;
}

function half(momentum: Float64Array): number {
  return momentum.reduce((sum, value) => sum + (value * value) / 2, 0);
}
