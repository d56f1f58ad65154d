/**
 * What a model is: a definition, made once, that knows a paper and no data. What fitting found is a `FittedModel`
 * (fitted-model.ts); the two never mix.
 */
import type { CustomerColumn, Customers } from '../customers.js';
import type { Mixture } from '../kernels/mixtures.js';
import type { RandomStream } from '../kernels/random.js';

/** Values of the parameters P, > 0 unless the model lists them as `signed`. */
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
  /** In the order of the paper; all are > 0 but those in `signed`. */
  readonly parameters: readonly P[];
  /** Parameters that may take either sign, such as a correlation. */
  readonly signed?: readonly P[];
  /** What a customer's likelihood depends on: customers equal in these are fitted as one with a weight. */
  readonly columns: readonly CustomerColumn[];
  /** Parameters measured in time, 1, or in one over time, −1; the others have no unit of time. */
  readonly timePower?: Readonly<Partial<Record<P, 1 | -1>>>;
  /** What rows must obey beyond the invariants of `Customers`: throws a ClvError that names the first row at fault. */
  check?(customers: Customers): void;
  /** Parameters that covariates move, by process: log parameter = log of the shared one ± Σ coefficient · covariate. */
  readonly covariates?: Readonly<Partial<Record<Process, Readonly<Partial<Record<P, 1 | -1>>>>>>;
  /** Whether a customer has anything to say about the parameters; left out: all have. */
  informs?(customers: Customers, row: number): boolean;
  /** Points to start the search from, the best guess first. */
  starts(customers: Customers): Array<Params<P>>;
  /** Σ weight · log-likelihood over customers. Fills `derivatives`, if given. */
  logLikelihood(params: Params<P>, customers: Customers, derivatives?: Derivatives): number;
  /** What to tell the user if these parameters lie at a bound that other than being > 0 the model has. */
  edge?(params: Params<P>): { readonly code: string; readonly message: string } | undefined;
  /** What this model becomes at the edge of its parameter space, where the data can lead it. */
  readonly limit?: Limit;
}

/** A simpler model that this one approaches, and what it means for the user when the data ask for it. */
export interface Limit {
  readonly model: Model;
  readonly code: string;
  readonly message: string;
}

/** What covariates act on: how often customers buy, how soon they leave, how much they spend. */
export type Process = 'purchase' | 'dropout' | 'spend';

/** One customer's history, as the papers write it. */
export interface History {
  readonly x: number;
  readonly tx: number;
  readonly T: number;
}

/**
 * A model of when customers buy.
 *
 * The history of a customer settles two things: whether they are still alive at T (`pAlive`), and, if so, what happens
 * next (all members named IfAlive, which condition on being alive at T and on the history). A new customer is one with
 * the history x = 0, tx = 0, T = 0, so nothing here is said twice.
 */
export interface PurchaseModel<P extends string = string> extends Model<P> {
  readonly kind: 'purchases';
  /** Models of which the data choose the likeliest, tried in this order; the fitted model is one of them. */
  readonly variants?: readonly PurchaseModel<P>[];
  /** Time comes in whole opportunities to buy or to renew: ages, recencies and horizons are whole numbers. */
  readonly discrete?: true;
  /** What the members named IfAlive look at; left out: frequency and age. */
  readonly ifAliveColumns?: readonly CustomerColumn[];
  /** P(alive at the end of observation) in [0, 1], one a customer. */
  pAlive(params: Params<P>, customers: Customers): Float64Array;
  /** E[purchases in (T, T + horizon]], one a customer; horizon in the customers' time unit. */
  purchasesIfAlive(params: Params<P>, customers: Customers, horizon: number): Float64Array;
  /**
   * The time in which `purchasesIfAlive` turns from a straight line, one a customer; left out: it never does. Integrals
   * over the horizon place their nodes by it.
   */
  bend?(params: Params<P>, customers: Customers): Float64Array;
  /** P(alive at T + t), one a customer. */
  survivalIfAlive(params: Params<P>, customers: Customers, t: number): Float64Array;
  /** P(a purchase in (T + from, T + to]), one a customer. */
  activeIfAlive(params: Params<P>, customers: Customers, from: number, to: number): Float64Array;
  /** P(n purchases in (T, T + horizon]) for n = 0 … most, row by row: customers.n × (most + 1). */
  pmfIfAlive(params: Params<P>, customers: Customers, horizon: number, most: number): Float64Array;
  /**
   * Σ of purchases after T, each × e^(−delta · time after T); the horizon may be Infinity where delta > 0. Left out: an
   * integral over `purchasesIfAlive`, which discrete models cannot use and others may have a shorter way than.
   */
  discountedIfAlive?(params: Params<P>, customers: Customers, horizon: number, delta: number): Float64Array;
  /** What is known of one customer's own purchase rate (discrete: chance to buy), alive or not; left out: all have one. */
  rate?(params: Params<P>, history: History): Mixture;
  /** Lets one customer who is alive at T live on for `horizon`; calls `purchase` with each time after T, in order. */
  live(params: Params<P>, history: History, horizon: number, stream: RandomStream, purchase: (t: number) => void): void;
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
  /** P(value of a future transaction ≤ value | history), one a customer. */
  spendCdf(params: Params<P>, customers: Customers, value: number): Float64Array;
  /** A draw of the level of one customer's spend given their history: a function that draws their transactions. */
  drawSpender(params: Params<P>, x: number, z: number, stream: RandomStream): () => number;
}

/** Fills the lower triangle of a p × p matrix, stored by rows, from its upper one. */
export function mirror(matrix: Float64Array, p: number): void {
  for (let i = 0; i < p; i++) for (let j = 0; j < i; j++) matrix[i * p + j] = matrix[j * p + i]!;
}
