/**
 * Static covariates, for every model that says which of its parameters they move.
 *
 *   ln parameter of a customer = ln shared parameter ± Σ coefficient · covariate
 *
 * For Pareto/NBD the rate parameters alpha and beta fall by e^(coefficient · covariate), so that a positive coefficient means
 * more purchases, or an earlier end. For BG/NBD and its kin dropout covariates multiply a and b alike, as in CLVTools: the mean
 * chance to leave stays, and customers differ less in it the larger both are (Fader & Hardie 2007, Incorporating Time-Invariant Covariates into the Pareto/NBD
 * and BG/NBD Models). On the logs this is linear, so derivatives by the coefficients are those by the parameters.
 */
import { type Customers, mergeIdentical, takeRows } from '../customers.js';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Model, Params, Process } from './model.js';

/** Which covariates act on which process. */
export interface CovariateChoice {
  readonly purchase?: readonly string[] | undefined;
  readonly dropout?: readonly string[] | undefined;
  readonly spend?: readonly string[] | undefined;
  /** Those with one coefficient for purchase and dropout; they need not be listed there again. */
  readonly both?: readonly string[] | undefined;
}

/** One coefficient: what a covariate does to a process, or to both with the same strength. */
export interface Effect {
  readonly process: Process | 'both';
  readonly covariate: string;
}

/** The name of a coefficient among the parameters, such as `purchase.channel`. */
export const effectName = ({ process, covariate }: Effect): string => `${process}.${covariate}`;

const PROCESSES = ['purchase', 'dropout', 'spend', 'both'] as const;

/**
 * The coefficients that a choice asks for, in a fixed order.
 *
 * @throws ClvError bad_option, bad_columns
 */
export function effectsOf(model: Model, choice: CovariateChoice, customers: Customers): Effect[] {
  const { covariates = {} } = model;
  const known = Object.keys(customers.covariates);
  for (const [key, names] of Object.entries(choice)) {
    if ((PROCESSES as readonly string[]).includes(key) && (names === undefined || Array.isArray(names))) continue;
    throw new ClvError('bad_option', 'this does not say what covariates act on', {
      found: `${key}: ${JSON.stringify(names)}`,
      expected: `lists of names under ${PROCESSES.join(', ')}`,
      hint: nearest(key, PROCESSES),
    });
  }
  return PROCESSES.flatMap((process) =>
    (choice[process] ?? []).map((covariate): Effect => {
      const possible = process === 'both' ? covariates.purchase && covariates.dropout : covariates[process];
      if (!possible) {
        throw new ClvError('bad_option', `${model.title} takes no covariates on ${process}`, {
          found: covariate,
          expected: Object.keys(covariates).join(', ') || 'none at all',
        });
      }
      if (!known.includes(covariate)) {
        throw new ClvError('bad_columns', 'the customers have no such covariate', {
          column: covariate,
          found: known.join(', ') || 'no covariates',
          expected: 'a name given in customers({ covariates })',
          hint: nearest(covariate, known),
        });
      }
      return { process, covariate };
    }),
  );
}

/** d ln(parameter) / d(coefficient · covariate), in the order of the model's parameters. */
export function directions(model: Model, { process }: Effect): Float64Array {
  const of = (one: Process) => model.covariates?.[one] ?? {};
  const moved = process === 'both' ? { ...of('purchase'), ...of('dropout') } : of(process);
  return Float64Array.from(model.parameters, (name) => moved[name] ?? 0);
}

/** Customers who share their covariates. */
export interface Group {
  readonly customers: Customers;
  /** Their row numbers in what was grouped. */
  readonly rows: Int32Array;
  /** The covariate of each effect. */
  readonly values: Float64Array;
}

/** Splits customers by the covariates that the effects speak of; one group if there are none. */
export function groupsOf(customers: Customers, effects: readonly Effect[]): Group[] {
  if (effects.length === 0) {
    return [{ customers, rows: Int32Array.from({ length: customers.n }, (_, i) => i), values: new Float64Array(0) }];
  }
  const { customers: combinations, rows } = mergeIdentical(customers, [], covariatesIn(effects));
  const members = Array.from({ length: combinations.n }, (): number[] => []);
  for (let i = 0; i < customers.n; i++) members[rows[i]!]!.push(i);
  return members.map((list, group) => {
    const of = Int32Array.from(list);
    const values = Float64Array.from(effects, ({ covariate }) => combinations.covariates[covariate]![group]!);
    return { customers: takeRows(customers, of), rows: of, values };
  });
}

/** The parameters of customers with these covariates. */
export function paramsOf(
  model: Model,
  shared: Params<string>,
  effects: readonly Effect[],
  coefficients: ArrayLike<number>,
  values: Float64Array,
): Params<string> {
  if (effects.length === 0) return shared;
  const shift = new Float64Array(model.parameters.length);
  effects.forEach((effect, c) => {
    directions(model, effect).forEach((direction, i) => {
      shift[i]! += direction * coefficients[c]! * values[c]!;
    });
  });
  return Object.fromEntries(
    model.parameters.map((name, i) => [name, shift[i] === 0 ? shared[name]! : shared[name]! * Math.exp(shift[i]!)]),
  );
}

/** The columns by which customers of a model with these effects are told apart. */
export function covariatesIn(effects: readonly Effect[]): string[] {
  return [...new Set(effects.map(({ covariate }) => covariate))];
}
