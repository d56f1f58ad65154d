/**
 * What the parameters may be, given the data: draws from their posterior.
 *
 * The prior is that which the model was fitted with. Where it was fitted without one, the log of each parameter has a normal prior
 * about its estimate with a standard deviation of 2, a factor of 50 either way: data can leave ridges on which the
 * likelihood falls to a level but not to nothing (s and beta growing together), and no flat prior has a posterior there.
 *
 * Draws come from a split Student-t shaped like the likelihood about its maximum, weighted by Pareto-smoothed importance
 * sampling; where its k̂ says that the weights cannot be trusted, from four Hamiltonian Markov chains instead.
 *
 * Vehtari, Simpson, Gelman, Yao & Gabry (2024), Pareto Smoothed Importance Sampling, JMLR 25(72), 1–58.
 */
import type { Customers } from '../../customers.js';
import { ClvError } from '../../errors.js';
import { effectiveSize, splitRHat } from '../../kernels/chains.js';
import { paretoSmooth } from '../../kernels/pareto-smoothing.js';
import { drawGamma, drawNormal, type RandomStream, randomStream } from '../../kernels/random.js';
import { effectName } from '../covariates.js';
import type { FittedModel } from '../fitted-model.js';
import type { Derivatives } from '../model.js';
import type { Search } from '../search.js';
import { curvature } from '../trust-region.js';
import { searchOf } from './fitted-search.js';
import { hamiltonianChain } from './hamiltonian.js';
import { checkLevel, type LevelOption } from './level.js';

export interface PosteriorOptions {
  /** How many draws. Default 1,000. */
  readonly draws?: number | undefined;
  /** The same seed gives the same draws. Default 1. */
  readonly seed?: number | undefined;
  /** Standard deviation of the prior of each log parameter and coefficient about its estimate. Default 2; see above. */
  readonly priorSpread?: number | undefined;
  /** `importance` or `chains` whatever k̂ says; default `auto`. */
  readonly method?: 'auto' | 'importance' | 'chains' | undefined;
}

/** Parameters as they may be. */
export interface Draws {
  readonly fitted: FittedModel;
  /** Names as in `estimates`: parameters, then `purchase.channel` and the like. */
  readonly names: readonly string[];
  /** One column a name, one value a draw; all draws weigh the same. */
  readonly draws: Readonly<Record<string, Float64Array>>;
  readonly count: number;
}

/** Draws from the posterior, and how far to trust them. */
export interface Posterior extends Draws {
  readonly method: 'importance' | 'chains';
  /** Of the importance weights: up to 0.7 they can be trusted. */
  readonly kHat: number;
  /** Independent draws that these are worth: of the importance weights, or the least over parameters of the chains. */
  readonly effectiveSize: number;
  /** The largest over the parameters; near 1 where the chains agree, null where there were none. */
  readonly rHat: number | null;
}

const PRIOR_SPREAD = 2;
/** Above it importance weights are not used. */
const TRUSTED_K = 0.7;
/** Degrees of freedom of the proposal: tails heavier than those of most posteriors. */
const FREEDOM = 7;
/** Limits of what one side of the posterior is widened or narrowed by. */
const WIDEST = 8;
const CHAINS = 4;
/** What k̂ and R̂ need to be worth something. */
const FEWEST_PROPOSALS = 500;
const SHORTEST_CHAIN = 250;

/**
 * Draws from the posterior of a fitted model's parameters.
 *
 * @param customers those that the model was fitted to
 * @throws ClvError bad_columns if they are others; bad_option
 *
 * @example
 * const posterior = posteriorOf(fitted, customers, { draws: 4_000 });
 * const { low, high } = credible(posterior, (at) => expectedPurchases(at, customers, weeks(39)));
 */
export function posteriorOf(fitted: FittedModel, customers: Customers, options: PosteriorOptions = {}): Posterior {
  const { draws = 1_000, seed = 1, method = 'auto', priorSpread = PRIOR_SPREAD } = options;
  if (!(Number.isInteger(draws) && draws >= 10 && draws <= 1e6)) {
    throw new ClvError('bad_option', 'this is not a number of draws', { found: draws, expected: '10 to 1,000,000' });
  }
  if (!(priorSpread > 0)) {
    throw new ClvError('bad_option', 'this is not the spread of a prior', {
      found: priorSpread,
      expected: 'more than 0',
    });
  }
  const { search: likelihood, point } = searchOf(fitted, customers);
  const withPrior = fitted.regularisation.priors.length > 0;
  const search = new Target(likelihood, point, withPrior ? Number.POSITIVE_INFINITY : priorSpread);
  const whitened = whiten(search, point);
  const stream = randomStream(seed);
  const sampled = importance(search, point, whitened, Math.max(draws, FEWEST_PROPOSALS), stream);
  const common = { fitted, names: likelihood.names, count: draws };
  if (method === 'importance' || (method === 'auto' && trusted(sampled))) {
    const points = resample(sampled, draws, stream);
    return {
      ...common,
      draws: columnsOf(likelihood, points),
      method: 'importance',
      kHat: sampled.kHat,
      effectiveSize: Math.min(draws, sampled.effectiveSize),
      rHat: null,
    };
  }
  const length = Math.max(Math.ceil(draws / CHAINS), SHORTEST_CHAIN);
  const chains = Array.from({ length: CHAINS }, () => chainFrom(search, point, whitened, length, stream));
  const diagnose = (of: (parts: Float64Array[]) => number) =>
    Array.from({ length: search.size }, (_, i) =>
      of(chains.map((chain) => Float64Array.from({ length }, (_, t) => chain[t]![i]!))),
    );
  return {
    ...common,
    draws: columnsOf(likelihood, thinned(chains.flat(), draws)),
    method: 'chains',
    kHat: sampled.kHat,
    effectiveSize: Math.min(...diagnose(effectiveSize)),
    rHat: Math.max(...diagnose(splitRHat)),
  };
}

/** A fitted model with the parameters of one draw: predictions take it like any other. */
export function atDraw({ fitted, draws }: Draws, draw: number): FittedModel {
  const names = Object.keys(fitted.parameters);
  return {
    ...fitted,
    parameters: Object.fromEntries(names.map((name) => [name, draws[name]![draw]!])),
    coefficients: fitted.coefficients.map((coefficient) => ({
      ...coefficient,
      value: draws[effectName(coefficient)]![draw]!,
    })),
  };
}

/** The log posterior, up to a constant: that of the fit times normal priors about its maximum. */
class Target {
  readonly size: number;

  constructor(
    readonly likelihood: Search,
    private readonly centre: Float64Array,
    private readonly spread: number,
  ) {
    this.size = likelihood.size;
  }

  objective(at: Float64Array, derivatives?: Derivatives): number {
    const { likelihood, centre, spread, size } = this;
    if (at.some((coordinate, i) => Math.abs(coordinate - centre[i]!) > likelihood.box[i]!))
      return Number.NEGATIVE_INFINITY;
    let value = likelihood.objective(at, derivatives);
    for (let i = 0; i < size; i++) {
      const away = (at[i]! - centre[i]!) / spread;
      value -= (away * away) / 2;
      if (!derivatives) continue;
      derivatives.gradient[i]! -= away / spread;
      derivatives.hessian[i * size + i]! -= 1 / spread ** 2;
    }
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  }
}

/** What the draws say of one parameter. */
export interface Summary {
  readonly mean: number;
  readonly standardDeviation: number;
  readonly median: number;
  /** Central interval. */
  readonly interval: readonly [low: number, high: number];
}

/**
 * Mean, standard deviation, median and central interval of each parameter and coefficient, by name.
 *
 * @throws ClvError bad_option
 */
export function summary(draws: Draws, { level = 0.9 }: LevelOption = {}): Record<string, Summary> {
  checkLevel(level);
  return Object.fromEntries(
    draws.names.map((name) => {
      const sorted = Float64Array.from(draws.draws[name]!).sort();
      const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
      const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, sorted.length - 1);
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
      return [
        name,
        {
          mean,
          standardDeviation: Math.sqrt(variance),
          median: at(0.5),
          interval: [at((1 - level) / 2), at((1 + level) / 2)],
        },
      ];
    }),
  );
}

function columnsOf(search: Search, points: readonly Float64Array[]): Record<string, Float64Array> {
  return Object.fromEntries(
    search.names.map((name, i) => [
      name,
      Float64Array.from(points, (point) => (search.isLog(i) ? Math.exp(point[i]!) : point[i]!)),
    ]),
  );
}

/** Columns of the map from standard normal coordinates to those of the search: eigenvectors ÷ √curvature. */
function whiten(search: Target, point: Float64Array): Float64Array[] {
  const p = search.size;
  const derivatives = { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
  search.objective(point, derivatives);
  const { values, vectors } = curvature(derivatives);
  const most = Math.max(...values);
  return values.map((value, j) => {
    const size = 1 / Math.sqrt(Math.max(value, 1e-10 * most));
    return vectors[j]!.map((element) => element * size);
  });
}

function placeAt(point: Float64Array, map: readonly Float64Array[], normal: Float64Array): Float64Array {
  return point.map((centre, i) => map.reduce((sum, column, j) => sum + column[i]! * normal[j]!, centre));
}

/** k̂ is infinite where all weights are alike, which is as good as they can be. */
function trusted({ kHat, effectiveSize: worth, points }: Sampled): boolean {
  return kHat <= TRUSTED_K || (kHat === Number.POSITIVE_INFINITY && worth > points.length / 2);
}

interface Sampled {
  readonly points: Float64Array[];
  readonly logWeights: Float64Array;
  readonly kHat: number;
  readonly effectiveSize: number;
}

/**
 * How much wider than the normal approximation the posterior is, on each side of the maximum along each whitened axis.
 *
 * Geweke (1989), Bayesian Inference in Econometric Models Using Monte Carlo Integration, Econometrica 57(6), 1317–1339:
 * the split-t proposal.
 */
function widths(search: Target, point: Float64Array, map: readonly Float64Array[]): Array<readonly [number, number]> {
  const top = search.objective(point);
  return map.map((_, j) => {
    const side = (direction: 1 | -1) => {
      const factors = [1, 2, 3].map((away) => {
        const normal = new Float64Array(map.length);
        normal[j] = direction * away;
        const fall = top - search.objective(placeAt(point, map, normal));
        return fall > 0 ? away / Math.sqrt(2 * fall) : WIDEST;
      });
      return Math.min(WIDEST, Math.max(1 / WIDEST, ...factors));
    };
    return [side(-1), side(1)];
  });
}

function importance(
  search: Target,
  point: Float64Array,
  map: readonly Float64Array[],
  count: number,
  stream: RandomStream,
): Sampled {
  const p = search.size;
  const sides = widths(search, point, map);
  const points: Float64Array[] = [];
  const logRatios = new Float64Array(count);
  for (let d = 0; d < count; d++) {
    const spread = Math.sqrt(FREEDOM / 2 / drawGamma(stream, FREEDOM / 2, 1));
    let square = 0;
    const normal = Float64Array.from(sides, ([below, above]) => {
      const t = spread * Math.abs(drawNormal(stream));
      square += t * t;
      return stream.uniform() * (below + above) < above ? above * t : -below * t;
    });
    const at = placeAt(point, map, normal);
    const logProposal = -((FREEDOM + p) / 2) * Math.log1p(square / FREEDOM);
    points.push(at);
    logRatios[d] = search.objective(at) - logProposal;
  }
  return { points, ...paretoSmooth(logRatios) };
}

/** So many of the points, evenly chosen. */
function thinned(points: readonly Float64Array[], count: number): Float64Array[] {
  return Array.from({ length: count }, (_, i) => points[Math.floor((i * points.length) / count)]!);
}

/** Systematic resampling: each point as often as its weight says, give or take one. */
function resample({ points, logWeights }: Sampled, draws: number, stream: RandomStream): Float64Array[] {
  const chosen: Float64Array[] = [];
  const offset = stream.uniform();
  let sum = 0;
  for (let i = 0; i < points.length; i++) {
    sum += draws * Math.exp(logWeights[i]!);
    while (chosen.length < draws && chosen.length + offset < sum) chosen.push(points[i]!);
  }
  while (chosen.length < draws) chosen.push(points.at(-1)!);
  // in an order without meaning, so that the first few draws are a fair sample too
  for (let i = draws - 1; i > 0; i--) {
    const j = Math.floor(stream.uniform() * (i + 1));
    [chosen[i], chosen[j]] = [chosen[j]!, chosen[i]!];
  }
  return chosen;
}

function chainFrom(
  search: Target,
  point: Float64Array,
  map: readonly Float64Array[],
  length: number,
  stream: RandomStream,
): Float64Array[] {
  const p = search.size;
  const derivatives = { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
  const density = (normal: Float64Array, gradient: Float64Array) => {
    const at = placeAt(point, map, normal);
    const value = search.objective(at, derivatives);
    map.forEach((column, j) => {
      gradient[j] = column.reduce((sum, share, i) => sum + share * derivatives.gradient[i]!, 0);
    });
    return value;
  };
  const start = Float64Array.from({ length: p }, () => drawNormal(stream) / 2);
  const chain = hamiltonianChain(density, start, length, stream);
  return Array.from({ length }, (_, t) => placeAt(point, map, chain.subarray(t * p, (t + 1) * p)));
}
