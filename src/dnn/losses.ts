/**
 * What a network is trained on, and what its outputs mean. Losses are computed in doubles from the outputs of a batch, with
 * their exact slopes: they are a few numbers a customer, and log Γ is not in TensorFlow.js.
 *
 * `outputs` has `loss.outputs` numbers a customer, row by row. `offset`, one a customer, is added to the first output that stands
 * for a logarithm: a network of zeros then predicts exp(offset).
 */
import { digammaRise, logRising } from '../kernels/gamma.js';
import { logistic, softplus } from '../kernels/logistic.js';
import { normalQuantile, normalTail } from '../kernels/normal.js';

export interface Loss {
  readonly name: LossName;
  /** One line for people. */
  readonly meaning: string;
  /** Outputs a customer. */
  readonly outputs: number;
  /** Whether an offset can be given: the mean is then exp(offset + …). */
  readonly takesOffset: boolean;
  /** Whether the target may be measured in another unit; counts may not. */
  readonly scales: boolean;
  /** Last biases of a network that knows nothing but targets and offsets. */
  start(target: Float64Array, offset: Float64Array, weight: Float64Array): number[];
  /**
   * Loss of one customer.
   *
   * @param at where its outputs begin in `outputs`, and its slopes in `slopes`
   */
  one(outputs: Float32Array, at: number, target: number, offset: number, slopes: Float32Array): number;
  /** Mean of what the outputs describe. */
  mean(outputs: Float32Array, at: number, offset: number): number;
  /** P(target ≤ y), and the smallest y with P ≥ p; of losses that describe a distribution. */
  cdf?(outputs: Float32Array, at: number, offset: number, y: number): number;
  quantile?(outputs: Float32Array, at: number, offset: number, p: number): number;
}

export type LossName = 'mse' | 'ziln' | 'poisson' | 'negative_binomial' | 'tweedie';

/** exp() of more than this is not a prediction but a network that has run away. */
const MOST_LOG = 80;
const exp = (u: number): number => Math.exp(Math.min(u, MOST_LOG));

const mean = (values: Float64Array, weight: Float64Array): number => {
  let [sum, weights] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += weight[i]! * values[i]!;
    weights += weight[i]!;
  }
  return sum / weights;
};

/** The one factor on exp(offset) with which means agree, as a logarithm. */
function level(target: Float64Array, offset: Float64Array, weight: Float64Array): number {
  const most = offset.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const below = offset.map((o) => Math.exp(o - most));
  return Math.log(Math.max(mean(target, weight), 1e-6) / mean(below, weight)) - most;
}

/** Squared error. */
const mse: Loss = {
  name: 'mse',
  meaning: 'squared error: the mean, of anything',
  outputs: 1,
  takesOffset: false,
  scales: true,
  start: (target, _, weight) => [mean(target, weight)],
  one(outputs, at, target, _offset, slopes) {
    const error = outputs[at]! - target;
    slopes[at] = 2 * error;
    return error * error;
  },
  mean: (outputs, at) => outputs[at]!,
};

/** Poisson without the term of the target alone: m − y ln m, ln m = offset + output. For amounts it is a quasi-likelihood. */
const poisson: Loss = {
  name: 'poisson',
  meaning: 'Poisson: the mean of counts, or of amounts, on a log scale',
  outputs: 1,
  takesOffset: true,
  scales: true,
  start: (target, offset, weight) => [level(target, offset, weight)],
  one(outputs, at, target, offset, slopes) {
    const log = offset + outputs[at]!;
    const m = exp(log);
    slopes[at] = m - target;
    return m - target * log;
  },
  mean: (outputs, at, offset) => exp(offset + outputs[at]!),
};

/**
 * Tweedie of power 1.5 without the term of the target alone, 2 y / √m + 2 √m, ln m = offset + output: amounts whose variance grows
 * as m^1.5, between counts and gammas. Jørgensen (1987), "Exponential Dispersion Models", JRSS B 49(2), 127–162.
 */
const tweedie: Loss = {
  name: 'tweedie',
  meaning: 'Tweedie of power 1.5: the mean of amounts, large ones counting for less than in Poisson',
  outputs: 1,
  takesOffset: true,
  scales: true,
  start: poisson.start,
  one(outputs, at, target, offset, slopes) {
    const root = exp(0.5 * (offset + outputs[at]!));
    slopes[at] = root - target / root;
    return 2 * (root + target / root);
  },
  mean: poisson.mean,
};

/** NBD: counts with mean m, ln m = offset + first output, and shape k, ln k = second output; variance m + m² / k. */
const negativeBinomial: Loss = {
  name: 'negative_binomial',
  meaning: 'negative binomial: counts with more spread than Poisson',
  outputs: 2,
  takesOffset: true,
  scales: false,
  start: (target, offset, weight) => [level(target, offset, weight), 0],
  one(outputs, at, target, offset, slopes) {
    const log = offset + outputs[at]!;
    const logShape = Math.max(-30, Math.min(30, outputs[at + 1]!));
    const k = Math.exp(logShape);
    // With q = m / (m + k) the log-pmf is lnΓ(k + y) − lnΓ(k) − lnΓ(y + 1) + y ln q + k ln(1 − q), and ln q = −ln(1 + k / m).
    const logits = log - logShape;
    const q = logistic(logits);
    slopes[at] = q * k - (1 - q) * target;
    slopes[at + 1] = -k * (digammaRise(k, target) - softplus(logits)) - q * k + (1 - q) * target;
    return -(logRising(k, target) - logRising(1, target) - target * softplus(-logits) - k * softplus(logits));
  },
  mean: (outputs, at, offset) => exp(offset + outputs[at]!),
};

/** Least σ of the log-normal, as in the authors' own code. */
const LEAST_SIGMA = Math.sqrt(1e-7);

interface Ziln {
  /** P(target > 0), as log-odds. */
  readonly odds: number;
  /** Of ln(target) where it is positive. */
  readonly mu: number;
  readonly sigma: number;
}

const zilnOf = (outputs: Float32Array, at: number, offset: number): Ziln => ({
  odds: outputs[at]!,
  mu: offset + outputs[at + 1]!,
  sigma: Math.max(softplus(outputs[at + 2]!), LEAST_SIGMA),
});

/**
 * Zero-inflated log-normal: 0 with probability 1 − p, else log-normal(mu, sigma). Outputs: log-odds of p, mu − offset, and sigma
 * before softplus.
 *
 * Wang, Liu & Miao (2019), "A Deep Probabilistic Model for Customer Lifetime Value Prediction", arXiv:1912.07753, eq. 4–6.
 */
const ziln: Loss = {
  name: 'ziln',
  meaning: 'zero-inflated log-normal: amounts, with their distribution',
  outputs: 3,
  takesOffset: true,
  scales: true,
  start(target, offset, weight) {
    let [all, some, sum, squares] = [0, 0, 0, 0];
    for (let i = 0; i < target.length; i++) {
      all += weight[i]!;
      if (!(target[i]! > 0)) continue;
      some += weight[i]!;
      const above = Math.log(target[i]!) - offset[i]!;
      sum += weight[i]! * above;
      squares += weight[i]! * above * above;
    }
    const share = Math.min(Math.max(some / all, 1e-3), 1 - 1e-3);
    const mu = some > 0 ? sum / some : 0;
    const sigma = Math.sqrt(Math.max(some > 0 ? squares / some - mu * mu : 1, 0.01));
    return [Math.log(share / (1 - share)), mu, sigma > 30 ? sigma : Math.log(Math.expm1(sigma))];
  },
  one(outputs, at, target, offset, slopes) {
    const { odds, mu, sigma } = zilnOf(outputs, at, offset);
    const bought = target > 0;
    slopes[at] = logistic(odds) - (bought ? 1 : 0);
    slopes[at + 1] = 0;
    slopes[at + 2] = 0;
    if (!bought) return softplus(odds);
    const z = (Math.log(target) - mu) / sigma;
    slopes[at + 1] = -z / sigma;
    if (sigma > LEAST_SIGMA) slopes[at + 2] = ((1 - z * z) / sigma) * logistic(outputs[at + 2]!);
    return softplus(-odds) + Math.log(target) + Math.log(sigma) + 0.5 * Math.log(2 * Math.PI) + 0.5 * z * z;
  },
  mean(outputs, at, offset) {
    const { odds, mu, sigma } = zilnOf(outputs, at, offset);
    return logistic(odds) * exp(mu + 0.5 * sigma * sigma);
  },
  cdf(outputs, at, offset, y) {
    const { odds, mu, sigma } = zilnOf(outputs, at, offset);
    if (y < 0) return 0;
    return logistic(-odds) + (y === 0 ? 0 : logistic(odds) * normalTail((mu - Math.log(y)) / sigma));
  },
  quantile(outputs, at, offset, p) {
    const { odds, mu, sigma } = zilnOf(outputs, at, offset);
    const above = (1 - p) / logistic(odds); // share of buyers above the quantile
    return above >= 1 ? 0 : exp(mu - sigma * normalQuantile(above));
  },
};

export const LOSSES: Readonly<Record<LossName, Loss>> = {
  mse,
  poisson,
  negative_binomial: negativeBinomial,
  tweedie,
  ziln,
};
