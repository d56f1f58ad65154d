/** The smallest data: one customer, and fitted models that were not fitted. */
import { type FittedModel, SCHEMA_VERSION, UNREGULARISED } from '../../src/btyd/fitted-model.js';
import type { Derivatives, Model, Params, PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { type Customers, customers } from '../../src/customers.js';
import type { Rate } from '../../src/time.js';

export function customer(x: number, tx: number, T: number, z = 0): Customers {
  return customers({ frequency: [x], recency: [tx], age: [T], monetary: [z] });
}

/** Someone who has just made their first purchase. */
export function newcomer(): Customers {
  return customer(0, 0, 0);
}

/** E[purchases in (T, T + horizon] | history] of a model, one a customer. */
export function expectedOf<P extends string>(
  model: PurchaseModel<P>,
  parameters: Params<P>,
  known: Customers,
  horizon: number,
): Float64Array {
  const ifAlive = model.purchasesIfAlive(parameters, known, horizon);
  return model.pAlive(parameters, known).map((alive, i) => alive * ifAlive[i]!);
}

/** A discount of e^−delta in a day, as a rate. */
export function continuous(delta: number): Rate {
  return { rate: Math.expm1(delta), per: 'day' };
}

/** Room for the derivatives of a model. */
export function derivativesOf(model: Model): Derivatives {
  const p = model.parameters.length;
  return { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
}

/** What a model with these parameters would be as the result of a fit in days. */
export function fittedAt(model: PurchaseModel | SpendModel, parameters: Record<string, number>): FittedModel {
  return {
    schemaVersion: SCHEMA_VERSION,
    model: model.name,
    requested: model.name,
    parameters,
    standardErrors: {},
    coefficients: [],
    regularisation: UNREGULARISED,
    covariance: null,
    logLikelihood: 0,
    customers: 1,
    distinctCustomers: 1,
    timeUnit: 'day',
    observedMeanSpend: model.kind === 'spend' ? 30 : null,
    convergence: {
      converged: true,
      stopped: 'converged',
      iterations: 0,
      evaluations: 0,
      starts: 0,
      gradientNorm: 0,
      hessianCondition: 1,
    },
    findings: [],
    fingerprint: '',
  };
}
