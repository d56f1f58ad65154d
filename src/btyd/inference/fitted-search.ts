/** Back from a fitted model to the function that was maximised, for everything that looks around its maximum. */
import { type Customers, fingerprint, mergeIdentical } from '../../customers.js';
import { ClvError } from '../../errors.js';
import { checkFits } from '../by-customer.js';
import { covariatesIn } from '../covariates.js';
import { informingOf } from '../fit.js';
import type { FittedModel } from '../fitted-model.js';
import type { PurchaseModel, SpendModel } from '../model.js';
import { purchaseModel, spendModel, spendModels } from '../registry.js';
import { Search } from '../search.js';

export interface FittedSearch {
  readonly search: Search;
  /** The maximum, in the coordinates of the search. */
  readonly point: Float64Array;
}

/** The definition of this name, of either kind. */
export function definitionOf(name: string): PurchaseModel | SpendModel {
  return spendModels.some((model) => model.name === name) ? spendModel(name) : purchaseModel(name);
}

/**
 * @param customers those that the model was fitted to
 * @throws ClvError bad_columns if these are other customers; unknown_model
 */
export function searchOf(fitted: FittedModel, customers: Customers): FittedSearch {
  const model = definitionOf(fitted.model);
  checkFits(model, fitted, customers);
  const covariates = covariatesIn(fitted.coefficients);
  const informing = informingOf(model, customers);
  const { customers: distinct } = mergeIdentical(informing, model.columns, covariates);
  if (fitted.fingerprint !== '' && fingerprint(informing, columnsOf(fitted)) !== fitted.fingerprint) {
    throw new ClvError('bad_columns', 'these are not the customers that the model was fitted to', {
      found: `${customers.n} rows that differ from those`,
      expected: 'the same customers, in any order: what is uncertain depends on them',
    });
  }
  const search = new Search(model, distinct, fitted.coefficients, fitted.regularisation);
  const values = fitted.coefficients.map(({ value }) => value);
  return { search, point: search.place(fitted.parameters, values) };
}

/** The fingerprint is that of the columns of the model asked for, which may have been another one. */
function columnsOf({ requested }: FittedModel) {
  return definitionOf(requested).columns;
}
