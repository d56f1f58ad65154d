/**
 * Parzen estimators over a search space: the density of good values, or of bad ones, as a mixture of one component for
 * each trial observed and one uniform component, the prior, all of the same weight.
 *
 * Bergstra, Bardenet, Bengio & Kégl (2011), "Algorithms for Hyper-Parameter Optimization", NIPS 24, section 4.2.
 */
import { normalTail } from '../kernels/normal.js';
import { drawNormal, type RandomStream } from '../kernels/random.js';
import {
  type Parameter,
  type ParameterValue,
  type ParameterValues,
  positionOf,
  type Space,
  stretchOf,
  valueAt,
} from './space.js';

/** A value, and where it lies in the unit interval. */
interface Place {
  readonly value: ParameterValue;
  readonly position: number;
  readonly stretch: readonly [number, number] | undefined;
}

/** One parameter of one component. */
interface Kernel {
  draw(stream: RandomStream): ParameterValue;
  /** ln of the density, or of the probability where values take up stretches of the unit interval. */
  logDensity(place: Place): number;
}

export interface Mixture {
  draw(stream: RandomStream): ParameterValues;
  /** ln of the density in the unit cube, up to a constant that is the same for all mixtures over a space. */
  logDensity(values: ParameterValues): number;
}

/** The estimator from what was observed: components are joint, so that it knows which values go together. */
export function parzen(space: Space, observed: readonly ParameterValues[]): Mixture {
  const names = Object.keys(space);
  const kernels = names.map((name) => {
    const values = observed.map((values) => values[name]!);
    return kernelsOf(space[name]!, values, names.length);
  });
  const components = observed.length + 1;
  return {
    draw(stream) {
      const i = Math.floor(stream.uniform() * components);
      return Object.fromEntries(names.map((name, j) => [name, kernels[j]![i]!.draw(stream)]));
    },
    logDensity(values) {
      const logs = new Float64Array(components);
      for (const [j, name] of names.entries()) {
        const place = placeOf(space[name]!, values[name]!);
        for (const [i, kernel] of kernels[j]!.entries()) logs[i]! += kernel.logDensity(place);
      }
      const most = logs.reduce((a, b) => Math.max(a, b));
      return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / components);
    },
  };
}

const placeOf = (parameter: Parameter, value: ParameterValue): Place => ({
  value,
  position: positionOf(parameter, value),
  stretch: stretchOf(parameter, value),
});

/** Kernels of one parameter, one for each value observed and the prior's last. */
function kernelsOf(parameter: Parameter, observed: readonly ParameterValue[], dimensions: number): Kernel[] {
  if (parameter.type === 'categorical') {
    const spread = 1 / (observed.length + 1); // the counts of the prior sum to one for each value
    return [...observed, undefined].map((value) => categorical(parameter.values, value, spread));
  }
  const centres = observed.map((value) => positionOf(parameter, value));
  const sigma = bandwidth(centres.length, dimensions);
  return [...centres.map((mu) => truncatedNormal(mu, sigma)), UNIFORM].map((shape) => numeric(parameter, shape));
}

/**
 * The standard deviation of the normals around n positions: Scott's rule, which shrinks it as n^(−1 / (d + 4)), as in
 * Falkner, Klein & Hutter (2018), "BOHB", ICML 35. The distances to the neighbours, which Bergstra et al. take, suit one
 * parameter at a time: of joint components, few and far apart, they make the ranges too wide to say anything.
 */
const bandwidth = (n: number, dimensions: number): number => Math.max(0.15 * n ** (-1 / (dimensions + 4)), 0.01);

/** A distribution on the unit interval. */
export interface UnitDistribution {
  draw(stream: RandomStream): number;
  logDensity(u: number): number;
  /** P(low < u < high) */
  mass(low: number, high: number): number;
}

const UNIFORM: UnitDistribution = {
  draw: (stream) => stream.uniform(),
  logDensity: () => 0,
  mass: (low, high) => high - low,
};

/**
 * A normal, cut off outside of the unit interval.
 *
 * @param mu in [0, 1]
 * @param sigma in (0, 1]: a third of all draws or more lie inside
 */
export function truncatedNormal(mu: number, sigma: number): UnitDistribution {
  const between = (low: number, high: number) => {
    const [a, b] = [(low - mu) / sigma, (high - mu) / sigma];
    return a > 0 ? normalTail(a) - normalTail(b) : normalTail(-b) - normalTail(-a); // keeps the digits of either tail
  };
  const inside = between(0, 1);
  const constant = -Math.log(sigma * Math.sqrt(2 * Math.PI) * inside);
  return {
    draw(stream) {
      for (;;) {
        const u = mu + sigma * drawNormal(stream);
        if (u >= 0 && u <= 1) return u;
      }
    },
    logDensity: (u) => constant - ((u - mu) / sigma) ** 2 / 2,
    mass: (low, high) => between(low, high) / inside,
  };
}

function numeric(parameter: Parameter, distribution: UnitDistribution): Kernel {
  const masses = new Map<number, number>(); // a mass is dear, and the same few values are asked for again
  return {
    draw: (stream) => valueAt(parameter, distribution.draw(stream)),
    logDensity({ position, stretch }) {
      if (!stretch) return distribution.logDensity(position);
      const log = masses.get(position) ?? Math.log(distribution.mass(...stretch));
      masses.set(position, log);
      return log;
    },
  };
}

/** Counts as probabilities: one for the value observed, if any, and `spread` for each. */
function categorical(values: readonly string[], observed: ParameterValue | undefined, spread: number): Kernel {
  const total = values.length * spread + (observed === undefined ? 0 : 1);
  return {
    draw(stream) {
      const u = stream.uniform() * total;
      return u < values.length * spread ? values[Math.floor(u / spread)]! : observed!;
    },
    logDensity: ({ value }) => Math.log((spread + (value === observed ? 1 : 0)) / total),
  };
}
