/** What single customers contribute: to the log-likelihood, and to its slope; and errors that rest on that. */
import { type Customers, mergeIdentical, oneRow } from '../../customers.js';
import { symmetricInverse } from '../../kernels/symmetric.js';
import { groupsOf, paramsOf } from '../covariates.js';
import type { FittedModel } from '../fitted-model.js';
import { UNREGULARISED } from '../fitted-model.js';
import { Search } from '../search.js';
import { curvature } from '../trust-region.js';
import { searchOf } from './fitted-search.js';

/** Gradient of one customer's log-likelihood, in the coordinates of the search, with the weight of equal customers. */
export interface Scores {
  /** Row by row: distinct customers × coordinates. */
  readonly gradients: Float64Array;
  readonly weight: Float64Array;
}

function scoresAt({ model, customers, effects, size }: Search, point: Float64Array): Scores {
  const gradients = new Float64Array(customers.n * size);
  const derivatives = { gradient: new Float64Array(size), hessian: new Float64Array(size * size) };
  for (let i = 0; i < customers.n; i++) {
    new Search(model, oneRow(customers, i), effects, UNREGULARISED).logLikelihood(point, derivatives);
    gradients.set(derivatives.gradient, i * size);
  }
  return { gradients, weight: customers.weight };
}

/** Log-likelihood of each of these customers under a fitted model; weights are left out. */
export function logLikelihoods(fitted: FittedModel, customers: Customers): Float64Array {
  const { search } = searchOf({ ...fitted, fingerprint: '' }, customers);
  const { model, effects } = search;
  const values = fitted.coefficients.map(({ value }) => value);
  const covariates = [...new Set(effects.map(({ covariate }) => covariate))];
  const columns = ['frequency', 'recency', 'age', 'monetary'] as const;
  const { customers: distinct, rows } = mergeIdentical({ ...customers, litt: undefined }, columns, covariates);
  const out = new Float64Array(distinct.n);
  for (const group of groupsOf(distinct, effects)) {
    const params = paramsOf(model, fitted.parameters, effects, values, group.values);
    group.rows.forEach((row, i) => {
      out[row] =
        model.informs?.(group.customers, i) === false ? 0 : model.logLikelihood(params, oneRow(group.customers, i));
    });
  }
  const stages = stagesOf(fitted.model);
  return Float64Array.from(rows, (row, i) => out[row]! + (stages - 1) * (customers.litt?.[i] ?? 0));
}

/** k of an Erlang model's name: `litt` enters its likelihood as (k − 1) litt, and is left out of the merging. */
function stagesOf(name: string): number {
  return Number(/cnbd(\d+)_/.exec(name)?.[1] ?? 1);
}

/**
 * Standard errors that hold when the model is not quite true: H⁻¹ (Σ g gᵀ) H⁻¹, with g one customer's gradient.
 *
 * White (1982), Maximum Likelihood Estimation of Misspecified Models, Econometrica 50(1), 1–25.
 *
 * @param customers those that the model was fitted to
 * @returns by the names of `estimates`; null throughout where the data leave a parameter undetermined
 * @throws ClvError bad_columns
 */
export function sandwichErrors(fitted: FittedModel, customers: Customers): Record<string, number | null> {
  const { search, point } = searchOf(fitted, customers);
  const p = search.size;
  const { names } = search;
  if (fitted.covariance === null) return Object.fromEntries(names.map((name) => [name, null]));
  const derivatives = { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
  search.objective(point, derivatives);
  const bread = symmetricInverse(curvature(derivatives));
  const { gradients, weight } = scoresAt(search, point);
  // B Σ w g gᵀ B = Σ w (B g) (B g)ᵀ, and only its diagonal is wanted
  const variance = new Float64Array(p);
  for (let row = 0; row < weight.length; row++) {
    for (let i = 0; i < p; i++) {
      let moved = 0;
      for (let j = 0; j < p; j++) moved += bread[i * p + j]! * gradients[row * p + j]!;
      variance[i]! += weight[row]! * moved * moved;
    }
  }
  const scale = search.scale(point);
  return Object.fromEntries(names.map((name, i) => [name, Math.sqrt(variance[i]!) * scale[i]!]));
}
