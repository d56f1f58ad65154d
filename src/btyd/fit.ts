/**
 * Maximum likelihood for every model: merged rows, trust-region Newton on the logs of the parameters, errors from the
 * exact Hessian, and limits of the parameter space reported as findings instead of failures.
 */
import { inverse } from 'ml-matrix';
import { type Customers, fingerprint, meanRepeatValue, mergeIdentical, takeRows } from '../customers.js';
import { ClvError } from '../errors.js';
import { type Finding, type FittedModel, SCHEMA_VERSION } from './fitted-model.js';
import type { Derivatives, Model, Params, PurchaseModel, SpendModel } from './model.js';
import { curvature, type Maximum, maximise, type Objective } from './trust-region.js';

/** Logs of parameters are searched within ±BOX of the first guess: beyond e^±23, about 1e±10, a maximum lies at infinity. */
const BOX = 23;
/** Gains in log-likelihood below this share of it do not tell a model from its limit. */
const INDISTINGUISHABLE = 1e-9;
/** Above this condition of the Hessian, some combination of parameters is not determined by the data. */
const ILL_CONDITIONED = 1e10;
/** Fewer repeat customers than this make rates a guess. */
const FEW_REPEAT_CUSTOMERS = 30;

/**
 * Fits a model to customers by maximum likelihood.
 *
 * Deterministic; rows may come in any order and repeated rows may be given as one with a weight. Where the data lead to
 * the limit of the model (no dropout visible, say), the limit is what is returned, `requested` keeps the name asked for
 * and `findings` says so. Parameters are in the customers' time unit (spend models: in the unit of `monetary`).
 *
 * @throws ClvError no_repeat_customers, no_customers
 */
export function fit(model: PurchaseModel | SpendModel, customers: Customers): FittedModel {
  if (typeof model !== 'object') {
    throw new ClvError('unknown_model', 'this is not a model', {
      found: model,
      expected: 'a model such as paretoNbd',
      hint: typeof model === 'string' ? `fit(purchaseModel('${model}'), …)` : undefined,
    });
  }
  const informing = model.informs
    ? takeRows(customers, Int32Array.from(rowsWhere(customers.n, (row) => model.informs!(customers, row))))
    : customers;
  checkRepeats(customers, informing, model);
  const { customers: distinct } = mergeIdentical(informing, model.columns);
  const fitted = fitDistinct(model, distinct);
  const repeaters = totalWeight(informing, (row) => informing.frequency[row]! > 0);
  const spend = model.kind === 'spend';
  return {
    schemaVersion: SCHEMA_VERSION,
    requested: model.name,
    ...fitted,
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

type Found = Pick<
  FittedModel,
  'model' | 'parameters' | 'standardErrors' | 'covariance' | 'logLikelihood' | 'convergence' | 'findings'
>;

/** The model's own maximum, or its limit's where that is as likely. */
function fitDistinct(model: Model, customers: Customers): Found {
  const limit = model.limit && fitDistinct(model.limit.model, customers);
  const indistinct = (value: number) => limit && value <= limit.logLikelihood + INDISTINGUISHABLE * Math.abs(value);
  const endsBadly = (maximum: Maximum) => maximum.stopped !== 'converged' || indistinct(maximum.value);

  let best: Maximum | undefined;
  let starts = 0;
  const points = model
    .starts(customers)
    .filter((start) => model.parameters.every((name) => start[name]! > 0 && start[name]! < Number.POSITIVE_INFINITY))
    .map((start) => Float64Array.from(model.parameters, (name) => Math.log(start[name]!)));
  for (const point of points) {
    const maximum = maximise(onLogs(model, customers), point, BOX, points[0]);
    starts++;
    if (!best || maximum.value > best.value) best = maximum;
    if (!endsBadly(maximum)) break;
  }
  if (!best || best.value === Number.NEGATIVE_INFINITY) throw notFittable(model);
  if (limit && indistinct(best.value)) {
    return { ...limit, findings: [{ code: model.limit!.code, message: model.limit!.message }, ...limit.findings] };
  }
  return describe(model, best, starts);
}

/** The log-likelihood as a function of the logs of the parameters, with the chain rule applied to its derivatives. */
function onLogs(model: Model, customers: Customers): Objective {
  const p = model.parameters.length;
  return (logs: Float64Array, derivatives: Derivatives) => {
    const params = parametersAt(model, logs);
    const value = model.logLikelihood(params, customers, derivatives);
    const { gradient, hessian } = derivatives;
    const natural = model.parameters.map((name) => params[name]!);
    for (let i = 0; i < p; i++) {
      gradient[i]! *= natural[i]!;
      for (let j = 0; j < p; j++) hessian[i * p + j]! *= natural[i]! * natural[j]!;
      hessian[i * p + i]! += gradient[i]!;
    }
    return value;
  };
}

function parametersAt(model: Model, logs: Float64Array): Params<string> {
  return Object.fromEntries(model.parameters.map((name, i) => [name, Math.exp(logs[i]!)]));
}

/** Parameters with their errors: covariance on the logs is −H⁻¹; by the delta method, times the parameters. */
function describe(model: Model, maximum: Maximum, starts: number): Found {
  const parameters = parametersAt(model, maximum.point);
  const { information, curvatures, directions } = curvature(maximum);
  const [lowest, highest] = [Math.min(...curvatures), Math.max(...curvatures)];
  const condition = lowest > 0 ? highest / lowest : null;
  const converged = maximum.stopped === 'converged';
  const determined = converged && condition !== null && condition < ILL_CONDITIONED;
  const names = model.parameters;
  const covariance = determined
    ? inverse(information)
        .to2DArray()
        .map((row, i) => row.map((value, j) => value * parameters[names[i]!]! * parameters[names[j]!]!))
    : null;
  const loose = names.filter((_, i) => directions.get(i, curvatures.indexOf(lowest)) ** 2 > 0.05);
  return {
    model: model.name,
    parameters,
    standardErrors: Object.fromEntries(names.map((name, i) => [name, covariance && Math.sqrt(covariance[i]![i]!)])),
    covariance,
    logLikelihood: maximum.value,
    convergence: {
      converged,
      stopped: maximum.stopped,
      iterations: maximum.iterations,
      evaluations: maximum.evaluations,
      starts,
      gradientNorm: Math.max(...maximum.gradient.map(Math.abs)),
      hessianCondition: condition,
    },
    findings: determined ? [] : [undetermined(loose)],
  };
}

function undetermined(names: readonly string[]): Finding {
  return {
    code: 'undetermined_parameters',
    message: `These data do not settle ${names.join(' and ')}: larger or smaller values together fit as well. Predictions hold; the values and errors of these parameters do not.`,
  };
}

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
  const repeats = rowsWhere(informing.n, (row) => informing.frequency[row]! > 0).length;
  if (repeats > 0) return;
  const spend = model.kind === 'spend';
  throw new ClvError(
    'no_repeat_customers',
    spend ? 'no repeat transaction has a value' : 'nobody bought a second time',
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
