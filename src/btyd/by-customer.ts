/** From a fitted model to numbers a customer: definition and parameters checked, equal customers computed once. */
import { type CustomerColumn, type Customers, expand, type Merged, mergeIdentical } from '../customers.js';
import { ClvError } from '../errors.js';
import { covariatesIn, groupsOf, paramsOf } from './covariates.js';
import type { FittedModel } from './fitted-model.js';
import type { Params, PurchaseModel, SpendModel } from './model.js';
import { purchaseModel, spendModel } from './registry.js';

/** A fitted model made usable: its definition beside what was found. */
export interface Usable<M> {
  readonly model: M;
  readonly fitted: FittedModel;
}

/** @throws ClvError unknown_model, bad_parameters */
export function purchasesOf(fitted: FittedModel): Usable<PurchaseModel> {
  return usable(purchaseModel(fitted.model), fitted);
}

/** @throws ClvError unknown_model, bad_parameters */
export function spendOf(fitted: FittedModel): Usable<SpendModel> {
  return usable(spendModel(fitted.model), fitted);
}

/** A fitted model can come from anywhere: its parameters are looked at once more. */
function usable<M extends PurchaseModel | SpendModel>(model: M, fitted: FittedModel): Usable<M> {
  for (const name of model.parameters) {
    const value = fitted.parameters[name];
    const signed = model.signed?.includes(name) ?? false;
    if (value === undefined || !(Math.abs(value) < Number.POSITIVE_INFINITY && (signed || value > 0))) {
      throw new ClvError('bad_parameters', `${model.title} needs the parameter ${name}`, {
        found: value,
        expected: signed ? 'a number' : 'a number > 0',
      });
    }
  }
  return { model, fitted };
}

const mergedOf = new WeakMap<Customers, Map<string, Merged>>();

/** `mergeIdentical`, done once for the same customers and columns: predictions come in series. */
function distinctRows(customers: Customers, columns: readonly CustomerColumn[], covariates: readonly string[]): Merged {
  const known = mergedOf.get(customers) ?? new Map<string, Merged>();
  mergedOf.set(customers, known);
  const key = JSON.stringify([columns, covariates]);
  const merged = known.get(key) ?? mergeIdentical(customers, columns, covariates);
  known.set(key, merged);
  return merged;
}

/** What to compute for customers who share their parameters: `width` numbers each, row by row. */
export type Compute<M> = (model: M, params: Params<string>, distinct: Customers) => Float64Array;

/**
 * `width` numbers a customer, row by row, computed once for customers that are equal in `columns` and covariates.
 *
 * @throws ClvError bad_columns if a covariate of the model is missing or the time unit is not the model's
 */
export function byCustomer<M extends PurchaseModel | SpendModel>(
  { model, fitted }: Usable<M>,
  columns: readonly CustomerColumn[],
  customers: Customers,
  compute: Compute<M>,
  width = 1,
): Float64Array {
  const { parameters, coefficients } = fitted;
  checkFits(model, fitted, customers);
  const covariates = covariatesIn(coefficients);
  const { customers: distinct, rows } = distinctRows(customers, columns, covariates);
  const values = coefficients.map(({ value }) => value);
  const groups = groupsOf(distinct, coefficients);
  let out: Float64Array;
  if (groups.length === 1) {
    out = compute(model, paramsOf(model, parameters, coefficients, values, groups[0]!.values), distinct);
  } else {
    out = new Float64Array(distinct.n * width);
    for (const group of groups) {
      const params = paramsOf(model, parameters, coefficients, values, group.values);
      const part = compute(model, params, group.customers);
      group.rows.forEach((row, i) => {
        out.set(part.subarray(i * width, (i + 1) * width), row * width);
      });
    }
  }
  return width === 1 ? expand(out, rows) : expandRows(out, rows, width);
}

function expandRows(values: Float64Array, rows: Int32Array, width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return out;
}

/**
 * Checks that customers have what a fitted model speaks of: its time unit and its covariates.
 *
 * @throws ClvError bad_columns
 */
export function checkFits(model: PurchaseModel | SpendModel, fitted: FittedModel, customers: Customers): void {
  for (const name of covariatesIn(fitted.coefficients)) {
    if (customers.covariates[name]) continue;
    throw new ClvError('bad_columns', 'the model was fitted with a covariate that these customers do not have', {
      column: name,
      found: Object.keys(customers.covariates).join(', ') || 'no covariates',
      expected: `${name}, given in customers({ covariates })`,
    });
  }
  if (model.kind === 'spend' || customers.timeUnit === fitted.timeUnit) return;
  throw new ClvError('bad_columns', 'the customers are not measured in the time unit of the model', {
    found: `customers in ${customers.timeUnit}s`,
    expected: `${fitted.timeUnit}s, as when the model was fitted`,
    hint: `summarise the log with timeUnit '${fitted.timeUnit}', or fit again`,
  });
}
