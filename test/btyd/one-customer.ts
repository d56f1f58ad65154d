/** The smallest data: one customer, and fitted models that were not fitted. */
import type { FittedModel } from '../../src/btyd/fitted-model.js';
import type { Derivatives, Model, PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { type Customers, customers } from '../../src/customers.js';

export function customer(x: number, tx: number, T: number, z = 0): Customers {
  return customers({ frequency: [x], recency: [tx], age: [T], monetary: [z] });
}

/** Room for the derivatives of a model. */
export function derivativesOf(model: Model): Derivatives {
  const p = model.parameters.length;
  return { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
}

/** What a model with these parameters would be as the result of a fit in days. */
export function fittedAt(model: PurchaseModel | SpendModel, parameters: Record<string, number>): FittedModel {
  return {
    schemaVersion: 1,
    model: model.name,
    requested: model.name,
    parameters,
    standardErrors: {},
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
