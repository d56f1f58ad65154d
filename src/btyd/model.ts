/**
 * What a model is: a definition, made once, that knows a paper and no data. What fitting found is a `FittedModel`
 * (fitted-model.ts); the two never mix.
 */
import type { CustomerColumn, Customers } from '../customers.js';

/** Values of the parameters P, all > 0. */
export type Params<P extends string> = Readonly<Record<P, number>>;

/** Where `logLikelihood` leaves its derivatives by the natural parameters, in the order of `parameters`. */
export interface Derivatives {
  /** Length p. */
  readonly gradient: Float64Array;
  /** Length p², row by row, symmetric. */
  readonly hessian: Float64Array;
}

/** Part of the contract that purchase and spend models share. */
export interface Model<P extends string = string> {
  /** Name in flags and files, such as `paretonbd_model`. */
  readonly name: string;
  /** Name in sentences, such as `Pareto/NBD`. */
  readonly title: string;
  /** In the order of the paper; all are > 0. */
  readonly parameters: readonly P[];
  /** What a customer's likelihood depends on: customers equal in these are fitted as one with a weight. */
  readonly columns: readonly CustomerColumn[];
  /** Whether a customer has anything to say about the parameters; left out: all have. */
  informs?(customers: Customers, row: number): boolean;
  /** Points to start the search from, the best guess first. */
  starts(customers: Customers): Array<Params<P>>;
  /** Σ weight · log-likelihood over customers. Fills `derivatives`, if given. */
  logLikelihood(params: Params<P>, customers: Customers, derivatives?: Derivatives): number;
  /** What this model becomes at the edge of its parameter space, where the data can lead it. */
  readonly limit?: Limit;
}

/** A simpler model that this one approaches, and what it means for the user when the data ask for it. */
export interface Limit {
  readonly model: Model;
  readonly code: string;
  readonly message: string;
}

/** A model of when customers buy. */
export interface PurchaseModel<P extends string = string> extends Model<P> {
  readonly kind: 'purchases';
  /** P(alive at the end of observation) in [0, 1], one a customer. */
  pAlive(params: Params<P>, customers: Customers): Float64Array;
  /**
   * E[purchases in (T, T + horizon] | alive at T, history], one a customer; horizon in the customers' time unit.
   * Depends on frequency and age only.
   */
  purchasesIfAlive(params: Params<P>, customers: Customers, horizon: number): Float64Array;
  /**
   * The shortest time, over these customers, in which `purchasesIfAlive` turns from a straight line; left out: it never
   * does. Integrals over the horizon place their nodes by it.
   */
  bend?(params: Params<P>, customers: Customers): number;
  /** E[purchases in (0, horizon]] of a customer about whom nothing is known. */
  expectedPurchasesNew(params: Params<P>, horizon: number): number;
}

/** A model of how much customers spend on a transaction. */
export interface SpendModel<P extends string = string> extends Model<P> {
  readonly kind: 'spend';
  /**
   * E[value of a future transaction | history], one a customer, in the unit of `monetary`.
   *
   * @param observedMean mean over the data fitted; stands in where the model's own expectation does not exist
   */
  expectedSpend(params: Params<P>, customers: Customers, observedMean: number): Float64Array;
}

/** Fills the lower triangle of a p × p matrix, stored by rows, from its upper one. */
export function mirror(matrix: Float64Array, p: number): void {
  for (let i = 0; i < p; i++) for (let j = 0; j < i; j++) matrix[i * p + j] = matrix[j * p + i]!;
}
