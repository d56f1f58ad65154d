/** Which of several models the data prefer. */
import type { Customers } from '../../customers.js';
import { ClvError } from '../../errors.js';
import { chiSquareTail, normalTail } from '../../kernels/normal.js';
import type { FittedModel } from '../fitted-model.js';
import { logLikelihoods } from './scores.js';

/** Parameters and coefficients that were estimated. */
function countParameters({ parameters, coefficients }: FittedModel): number {
  return Object.keys(parameters).length + coefficients.length;
}

/** Akaike's information criterion, 2 p − 2 LL: lower is better. */
export function aic(fitted: FittedModel): number {
  return 2 * countParameters(fitted) - 2 * fitted.logLikelihood;
}

/** Schwarz's Bayesian information criterion, p ln(customers) − 2 LL: lower is better. */
export function bic(fitted: FittedModel): number {
  return countParameters(fitted) * Math.log(fitted.customers) - 2 * fitted.logLikelihood;
}

export interface LikelihoodRatio {
  /** 2 (LL of the larger model − LL of the smaller one). */
  readonly chiSquare: number;
  /** How many parameters more. */
  readonly degreesOfFreedom: number;
  /** P(such a difference or more, if the smaller model is true). */
  readonly pValue: number;
}

/**
 * Likelihood-ratio test of a model against one that it contains, both fitted by maximum likelihood to the same customers.
 *
 * Where the smaller model lies at the edge of the larger one (NBD in Pareto/NBD), the true p-value is smaller.
 *
 * @throws ClvError bad_option if these are not two such fits
 */
export function likelihoodRatioTest(smaller: FittedModel, larger: FittedModel): LikelihoodRatio {
  const degreesOfFreedom = countParameters(larger) - countParameters(smaller);
  const chiSquare = 2 * (larger.logLikelihood - smaller.logLikelihood);
  checkSame(smaller, larger);
  if (degreesOfFreedom <= 0 || chiSquare < -1e-6) {
    throw new ClvError('bad_option', 'the second model does not contain the first', {
      found: `${countParameters(smaller)} parameters, LL ${smaller.logLikelihood}, then ${countParameters(larger)}, LL ${larger.logLikelihood}`,
      expected: 'the smaller model first; the larger one has more parameters and a higher likelihood',
      hint: 'vuongTest() compares models of which neither contains the other',
    });
  }
  return { chiSquare, degreesOfFreedom, pValue: chiSquareTail(chiSquare, degreesOfFreedom) };
}

export interface Vuong {
  /** Standard normal if both models are equally close to the truth; > 0 speaks for the first. */
  readonly z: number;
  /** Two-sided. */
  readonly pValue: number;
}

/**
 * Vuong's test of two models of which neither need contain the other, corrected for their numbers of parameters as by BIC.
 *
 * Vuong (1989), Likelihood Ratio Tests for Model Selection and Non-Nested Hypotheses, Econometrica 57(2), 307–333.
 *
 * @param customers those that both were fitted to
 * @throws ClvError bad_option, bad_columns
 */
export function vuongTest(one: FittedModel, other: FittedModel, customers: Customers): Vuong {
  checkSame(one, other);
  const ones = logLikelihoods(one, customers);
  const others = logLikelihoods(other, customers);
  let people = 0;
  let sum = 0;
  for (let i = 0; i < customers.n; i++) {
    people += customers.weight[i]!;
    sum += customers.weight[i]! * (ones[i]! - others[i]!);
  }
  const mean = sum / people;
  let squares = 0;
  for (let i = 0; i < customers.n; i++) squares += customers.weight[i]! * (ones[i]! - others[i]! - mean) ** 2;
  const correction = ((countParameters(one) - countParameters(other)) / 2) * Math.log(people);
  const deviation = Math.sqrt(squares);
  if (!(deviation > 1e-9)) return { z: 0, pValue: 1 };
  const z = (sum - correction) / deviation;
  return { z, pValue: 2 * normalTail(Math.abs(z)) };
}

function checkSame(one: FittedModel, other: FittedModel): void {
  if (one.customers === other.customers && one.timeUnit === other.timeUnit) return;
  throw new ClvError('bad_option', 'the two models were not fitted to the same customers', {
    found: `${one.customers} customers in ${one.timeUnit}s, and ${other.customers} in ${other.timeUnit}s`,
    expected: 'the same customers in the same time unit',
  });
}
