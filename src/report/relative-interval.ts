/** How sure the total of all customers is, as far as the parameters are uncertain. */
import type { FittedModel, FittedPair } from '../btyd/fitted-model.js';
import { expectedPurchases, expectedSpend } from '../btyd/predict.js';
import type { Customers } from '../customers.js';
import { sampleOf } from './charts/sample.js';

/** Relative step of a parameter for slopes: central differences are then right to six digits. */
const STEP = 1e-4;
/** Customers that the relative width is taken from; more change little. */
const MOST_CUSTOMERS = 250;
/** Standard deviations of a central interval of 90 %. */
const WIDTH_90 = 1.6449;

/**
 * Central 90 % interval of Σ expected purchases × expected spend over its value, by the delta method on its logarithm; null
 * where the data leave a parameter undetermined.
 *
 * @param expected value of each customer
 */
export function relativeInterval(
  { purchases, spend }: FittedPair,
  all: Customers,
  expected: Float64Array,
  horizon: number,
): readonly [number, number] | null {
  const { customers } = sampleOf(all, expected, MOST_CUSTOMERS);
  const counts = expectedPurchases(purchases, customers, horizon);
  const each = expectedSpend(spend, customers);
  const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const total = product(counts, each);
  if (total <= 0) return null;
  const variance =
    varianceOf(purchases, (at) => product(expectedPurchases(at, customers, horizon), each)) +
    varianceOf(spend, (at) => product(counts, expectedSpend(at, customers)));
  const spread = Math.exp((WIDTH_90 * Math.sqrt(variance)) / total);
  return Number.isFinite(spread) ? [1 / spread, spread] : null;
}

/** Variance of `total` as the parameters vary; NaN where they are undetermined. */
function varianceOf(fitted: FittedModel, total: (at: FittedModel) => number): number {
  const { parameters, covariance } = fitted;
  if (covariance === null) return Number.NaN;
  const slopes = Object.entries(parameters).map(([name, value]) => {
    const step = STEP * (Math.abs(value) || 1);
    const at = (moved: number) => total({ ...fitted, parameters: { ...parameters, [name]: moved } });
    return (at(value + step) - at(value - step)) / (2 * step);
  });
  let variance = 0;
  slopes.forEach((a, i) => {
    slopes.forEach((b, j) => {
      variance += a * b * covariance[i]![j]!;
    });
  });
  return variance;
}
