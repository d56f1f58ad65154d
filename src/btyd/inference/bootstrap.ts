/** The bootstrap: fits to customers drawn anew from those at hand, which trusts no likelihood to be quite true. */
import { type Customers, mergeIdentical } from '../../customers.js';
import { ClvError } from '../../errors.js';
import { randomStream } from '../../kernels/random.js';
import { covariatesIn } from '../covariates.js';
import { informingOf } from '../fit.js';
import type { FittedModel } from '../fitted-model.js';
import { Search } from '../search.js';
import { maximise } from '../trust-region.js';
import { searchOf } from './fitted-search.js';
import type { Draws } from './posterior.js';

export interface BootstrapOptions {
  /** How many samples. Default 400. */
  readonly draws?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
}

/** Draws as of a posterior, so that `credible` and `outcomes` take them. */
export interface Bootstrap extends Draws {
  /** Samples whose fit found no maximum. */
  readonly failed: number;
}

/**
 * Parameters fitted to samples of the customers, drawn with replacement; samples whose fit finds no maximum are left out
 * and counted.
 *
 * Efron & Tibshirani (1993), An Introduction to the Bootstrap.
 *
 * @param customers those that the model was fitted to; a weight is that many customers, and must be a whole number
 * @throws ClvError bad_columns, bad_option
 */
export function bootstrap(fitted: FittedModel, customers: Customers, options: BootstrapOptions = {}): Bootstrap {
  const { draws = 400, seed = 1 } = options;
  const { search, point } = searchOf(fitted, customers);
  const { model, effects } = search;
  const informing = informingOf(model, customers);
  const { customers: distinct } = mergeIdentical(informing, model.columns, covariatesIn(effects));
  const people = distinct.weight.reduce((sum, w) => sum + w, 0);
  if (!distinct.weight.every(Number.isInteger)) {
    throw new ClvError('bad_columns', 'the bootstrap draws whole customers', {
      column: 'weight',
      found: 'weights that are not whole numbers',
      expected: 'whole numbers of customers',
    });
  }
  const until = Float64Array.from(distinct.weight);
  for (let i = 1; i < until.length; i++) until[i]! += until[i - 1]!;
  const stream = randomStream(seed);
  const points: Float64Array[] = [];
  for (let d = 0; d < draws; d++) {
    const weight = new Float64Array(distinct.n);
    for (let k = 0; k < people; k++) weight[rowAt(until, stream.uniform() * people)]!++;
    const sample = new Search(model, { ...distinct, weight }, effects, fitted.regularisation);
    const found = maximise((at, derivatives) => sample.objective(at, derivatives), point, search.box);
    if (found.stopped === 'converged') points.push(found.point);
  }
  const { names } = search;
  return {
    fitted,
    names,
    draws: Object.fromEntries(
      names.map((name, i) => [name, Float64Array.from(points, (at) => (search.isLog(i) ? Math.exp(at[i]!) : at[i]!))]),
    ),
    count: points.length,
    failed: draws - points.length,
  };
}

/** The first row whose running total exceeds `target`. */
function rowAt(until: Float64Array, target: number): number {
  let low = 0;
  let high = until.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (until[middle]! > target) high = middle;
    else low = middle + 1;
  }
  return low;
}
