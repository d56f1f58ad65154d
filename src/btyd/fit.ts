/**
 * Maximum likelihood for every model: merged rows, trust-region Newton on the logs of the parameters, errors from the
 * exact Hessian, and limits of the parameter space reported as findings instead of failures.
 */
import { type Customers, fingerprint, meanRepeatValue, mergeIdentical, takeRows } from '../customers.js';
import { ClvError } from '../errors.js';
import { symmetricInverse } from '../kernels/symmetric.js';
import { nearest } from '../nearest.js';
import { type CovariateChoice, covariatesIn, type Effect, effectsOf } from './covariates.js';
import {
  type Finding,
  type FittedModel,
  type LogNormalPrior,
  type Regularisation,
  SCHEMA_VERSION,
  UNREGULARISED,
} from './fitted-model.js';
import type { Model, PurchaseModel, SpendModel } from './model.js';
import { Search } from './search.js';
import { curvature, type Maximum, maximise } from './trust-region.js';

/** Gains in log-likelihood below this share of it do not tell a model from its limit. */
const INDISTINGUISHABLE = 1e-9;
/** Above this condition of the Hessian, some combination of parameters is not determined by the data. */
const ILL_CONDITIONED = 1e10;
/** Fewer repeat customers than this make rates a guess. */
const FEW_REPEAT_CUSTOMERS = 30;

export interface FitOptions {
  /** Covariates, by what they act on; the customers carry their values. Default: none. */
  readonly covariates?: CovariateChoice | undefined;
  /** L2 penalty on the coefficients of covariates: − covariatePenalty · Σ coefficient² (CLVTools' lambda × customers). Default 0. */
  readonly covariatePenalty?: number | undefined;
  /**
   * L2 penalty of lifetimes' penalizer_coef: − penalizer · customers · Σ parameter² (its Pareto/NBD fitter leaves out
   * `customers`: divide by their number), with time measured so that the oldest customer has the
   * age 1. Default 0.
   */
  readonly penalizer?: number | undefined;
  /** ln(parameter) ~ Normal(ln(median), spread²), by parameter: the mode of the posterior is fitted. Default: none. */
  readonly priors?: Readonly<Record<string, { readonly median: number; readonly spread: number }>> | undefined;
}

/**
 * Fits a model to customers by maximum likelihood, or with priors and penalties to its highest posterior.
 *
 * Deterministic; rows may come in any order and repeated rows may be given as one with a weight. Where the data lead to
 * the limit of the model (no dropout visible, say), the limit is what is returned, `requested` keeps the name asked for
 * and `findings` says so. Parameters are in the customers' time unit (spend models: in the unit of `monetary`).
 *
 * @throws ClvError no_repeat_customers, no_customers, bad_option, bad_columns
 *
 * @example
 * fit(paretoNbd, customers, { covariates: { purchase: ['channel'], dropout: ['channel'], both: ['gender'] } });
 */
export function fit(model: PurchaseModel | SpendModel, customers: Customers, options: FitOptions = {}): FittedModel {
  if (typeof model !== 'object') {
    throw new ClvError('unknown_model', 'this is not a model', {
      found: model,
      expected: 'a model such as paretoNbd',
      hint: typeof model === 'string' ? `fit(purchaseModel('${model}'), …)` : undefined,
    });
  }
  if (model.kind === 'purchases' && model.variants) return bestVariant(model, model.variants, customers, options);
  model.check?.(customers);
  const informing = informingOf(model, customers);
  checkRepeats(customers, informing, model);
  const effects = effectsOf(model, options.covariates ?? {}, customers);
  const regularisation = regularisationOf(model, options);
  const { customers: distinct } = mergeIdentical(informing, model.columns, covariatesIn(effects));
  const fitted = fitDistinct(model, distinct, effects, regularisation);
  const repeaters = totalWeight(informing, (row) => informing.frequency[row]! > 0);
  const spend = model.kind === 'spend';
  return {
    schemaVersion: SCHEMA_VERSION,
    requested: model.name,
    ...fitted,
    regularisation,
    customers: totalWeight(informing),
    distinctCustomers: distinct.n,
    timeUnit: customers.timeUnit,
    observedMeanSpend: spend ? meanRepeatValue(informing) : null,
    findings: [
      ...(repeaters < FEW_REPEAT_CUSTOMERS ? [fewRepeatCustomers(repeaters)] : []),
      ...fitted.findings,
      ...(spend && fitted.parameters.q! <= 1 ? [NO_MEAN_SPEND] : []),
    ],
    fingerprint: fingerprint(distinct, model.columns),
  };
}

/** The customers that have something to say about the parameters. */
export function informingOf(model: Model, customers: Customers): Customers {
  if (!model.informs) return customers;
  return takeRows(customers, Int32Array.from(rowsWhere(customers.n, (row) => model.informs!(customers, row))));
}

/** The variant of highest likelihood; the search ends when a further one is worse. */
function bestVariant(
  family: PurchaseModel,
  variants: readonly PurchaseModel[],
  customers: Customers,
  options: FitOptions,
): FittedModel {
  family.check?.(customers);
  let best: FittedModel | undefined;
  for (const variant of variants) {
    const fitted = fit(variant, customers, options);
    if (best && fitted.logLikelihood <= best.logLikelihood) break;
    best = fitted;
  }
  const irregular = best!.model === variants[0]!.name ? [NO_REGULARITY] : [];
  return { ...best!, requested: family.name, findings: [...irregular, ...best!.findings] };
}

function regularisationOf(model: Model, options: FitOptions): Regularisation {
  const { penalizer = 0, covariatePenalty = 0, priors = {} } = options;
  for (const [name, found] of Object.entries({ penalizer, covariatePenalty })) {
    if (found >= 0 && found < Number.POSITIVE_INFINITY) continue;
    throw new ClvError('bad_option', `${name} is not a penalty`, { found, expected: 'a number ≥ 0' });
  }
  const checked = Object.entries(priors).map(([parameter, { median, spread }]): LogNormalPrior => {
    const possible = model.parameters.filter((name) => !model.signed?.includes(name));
    if (!possible.includes(parameter)) {
      throw new ClvError('bad_option', `${model.title} takes no log-normal prior on ${parameter}`, {
        found: parameter,
        expected: possible.join(', '),
        hint: nearest(parameter, possible),
      });
    }
    if (!(median > 0 && spread > 0 && median * spread < Number.POSITIVE_INFINITY)) {
      throw new ClvError('bad_option', `the prior on ${parameter} is not a log-normal distribution`, {
        found: `median ${median}, spread ${spread}`,
        expected: 'median > 0 and spread > 0 (of the logarithm), finite',
      });
    }
    return { parameter, median, spread };
  });
  if (penalizer === 0 && covariatePenalty === 0 && checked.length === 0) return UNREGULARISED;
  return { penalizer, covariatePenalty, priors: checked };
}

type Fit = Pick<
  FittedModel,
  | 'model'
  | 'parameters'
  | 'standardErrors'
  | 'coefficients'
  | 'covariance'
  | 'logLikelihood'
  | 'convergence'
  | 'findings'
>;

/** The model's own maximum, or its limit's where that is as likely. */
function fitDistinct(
  model: Model,
  customers: Customers,
  effects: readonly Effect[],
  regularisation: Regularisation,
): Fit {
  // A penalty or prior keeps the parameters from their limits, and leaves nothing to compare.
  const limit =
    model.limit && regularisation === UNREGULARISED
      ? fitDistinct(model.limit.model, customers, effectsIn(model.limit.model, effects), regularisation)
      : undefined;
  const indistinct = (value: number) => limit && value <= limit.logLikelihood + INDISTINGUISHABLE * Math.abs(value);
  const search = new Search(model, customers, effects, regularisation);
  const atEdge = ({ stopped, point }: Maximum) =>
    stopped === 'no_progress' && model.edge?.(search.read(point).parameters) !== undefined;
  const endsBadly = (maximum: Maximum) =>
    (maximum.stopped !== 'converged' && !atEdge(maximum)) || indistinct(maximum.value);

  const points = model
    .starts(customers)
    .map((start) => search.place(start))
    .filter((point) => point.every(Number.isFinite));
  let best: Maximum | undefined;
  let starts = 0;
  for (const point of points) {
    const maximum = maximise((at, derivatives) => search.objective(at, derivatives), point, search.box, points[0]);
    starts++;
    if (!best || maximum.value > best.value) best = maximum;
    if (!endsBadly(maximum)) break;
  }
  if (!best || best.value === Number.NEGATIVE_INFINITY) throw notFittable(model);
  if (limit && indistinct(best.value)) {
    return { ...limit, findings: [{ code: model.limit!.code, message: model.limit!.message }, ...limit.findings] };
  }
  return describe(search, best, starts);
}

/** The effects on processes that a model has: its limit may have lost one. */
function effectsIn(model: Model, effects: readonly Effect[]): Effect[] {
  const { covariates = {} } = model;
  return effects.flatMap(({ process, covariate }): Effect[] => {
    if (process !== 'both') return covariates[process] ? [{ process, covariate }] : [];
    if (covariates.purchase && covariates.dropout) return [{ process, covariate }];
    return covariates.purchase ? [{ process: 'purchase', covariate }] : [];
  });
}

/** Parameters with their errors: covariance on the coordinates is −H⁻¹; by the delta method, times their scales. */
function describe(search: Search, maximum: Maximum, starts: number): Fit {
  const { model, effects } = search;
  const { parameters, coefficients } = search.read(maximum.point);
  const curved = curvature(maximum);
  const [lowest, highest] = [curved.values[0]!, curved.values.at(-1)!];
  const condition = lowest > 0 ? highest / lowest : null;
  const converged = maximum.stopped === 'converged';
  const determined = converged && condition !== null && condition < ILL_CONDITIONED;
  const scale = search.scale(maximum.point);
  const inverse = symmetricInverse(curved);
  const covariance = determined
    ? Array.from(scale, (si, i) => Array.from(scale, (sj, j) => inverse[i * scale.length + j]! * si * sj))
    : null;
  const errorOf = (i: number) => covariance && Math.sqrt(covariance[i]![i]!);
  const names = [...model.parameters, ...effects.map(({ process, covariate }) => `${covariate} (${process})`)];
  const loose = names.filter((_, i) => curved.vectors[0]![i]! ** 2 > 0.05);
  return {
    model: model.name,
    parameters,
    standardErrors: Object.fromEntries(model.parameters.map((name, i) => [name, errorOf(i)])),
    coefficients: effects.map((effect, c) => ({
      ...effect,
      value: coefficients[c]!,
      standardError: errorOf(model.parameters.length + c),
    })),
    covariance,
    logLikelihood: search.regularisation === UNREGULARISED ? maximum.value : search.logLikelihood(maximum.point),
    convergence: {
      converged,
      stopped: maximum.stopped,
      iterations: maximum.iterations,
      evaluations: maximum.evaluations,
      starts,
      gradientNorm: Math.max(...maximum.gradient.map(Math.abs)),
      hessianCondition: condition,
    },
    findings: determined ? [] : [model.edge?.(parameters) ?? undetermined(loose)],
  };
}

function undetermined(names: readonly string[]): Finding {
  return {
    code: 'undetermined_parameters',
    message: `These data do not settle ${names.join(' and ')}: larger or smaller values together fit as well. Predictions hold; the values and errors of these parameters do not.`,
  };
}

const NO_REGULARITY: Finding = {
  code: 'no_regularity',
  message: 'Times between purchases are no more regular than chance: k = 1.',
};

const NO_MEAN_SPEND: Finding = {
  code: 'no_mean_spend',
  message:
    'Spend differs so much between customers that the model has no mean (q ≤ 1): who is known too little is expected to spend the observed mean.',
};

function fewRepeatCustomers(count: number): Finding {
  return {
    code: 'few_repeat_customers',
    message: `Only ${count} customers bought again: take rates and predictions as a first guess.`,
  };
}

function checkRepeats(all: Customers, informing: Customers, model: PurchaseModel | SpendModel): void {
  if (all.n === 0) {
    throw new ClvError('no_customers', 'there are no customers to fit', {
      found: '0 rows',
      expected: 'one row a customer',
    });
  }
  if (informing.frequency.some((x) => x > 0)) return;
  const spend = model.kind === 'spend';
  throw new ClvError(
    'no_repeat_customers',
    spend ? 'no repeat transaction has a value' : 'nobody bought (or renewed) a second time',
    {
      found: `${all.n} customers, ${spend ? 'all with frequency 0 or monetary 0' : 'all with frequency 0'}`,
      expected: 'repeat transactions: a rate is learned from those who came back',
      hint: 'a later threshold_date, or a longer log',
    },
  );
}

function notFittable(model: Model): ClvError {
  return new ClvError('bad_columns', `these numbers leave no room to fit ${model.title}`, {
    found: 'ages that are all 0, or numbers so large or small that their products leave the range of doubles',
    expected: 'customers who were watched for some time, in a unit such as days; amounts in a usual currency',
  });
}

function rowsWhere(n: number, holds: (row: number) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < n; row++) if (holds(row)) rows.push(row);
  return rows;
}

function totalWeight(customers: Customers, holds: (row: number) => boolean = () => true): number {
  let total = 0;
  for (let row = 0; row < customers.n; row++) if (holds(row)) total += customers.weight[row]!;
  return total;
}
