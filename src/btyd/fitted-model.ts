/**
 * What fitting found, as plain data that holds no customer. `saveModel` writes it as JSON, `loadModel` reads it back.
 */
import {
  array,
  boolean,
  getDotPath,
  literal,
  nullable,
  number,
  object,
  picklist,
  record,
  safeParse,
  string,
} from 'valibot';
import { ClvError } from '../errors.js';
import { camelKeys, snakeKeys } from '../json-keys.js';
import { TIME_UNITS, type TimeUnit } from '../time.js';
import type { Effect } from './covariates.js';

export const SCHEMA_VERSION = 2;

/** Something about the data or the fit that users should know; `code` is stable, `message` is for people. */
export interface Finding {
  readonly code: string;
  readonly message: string;
}

/** How the search for the maximum went. */
export interface Convergence {
  readonly converged: boolean;
  readonly stopped: string;
  readonly iterations: number;
  readonly evaluations: number;
  /** Starting points tried. */
  readonly starts: number;
  /** Largest slope of the log-likelihood by the log of a parameter. */
  readonly gradientNorm: number;
  /** Largest over smallest curvature by the logs of the parameters; null where it is not a maximum in all of them. */
  readonly hessianCondition: number | null;
}

/** What a covariate does, as estimated. */
export interface Coefficient extends Effect {
  readonly value: number;
  /** null where the data leave it undetermined. */
  readonly standardError: number | null;
}

/** ln(parameter) ~ Normal(ln(median), spread²). */
export interface LogNormalPrior {
  readonly parameter: string;
  readonly median: number;
  readonly spread: number;
}

/** What was added to the log-likelihood; all zero and empty: nothing, the fit is one of maximum likelihood. */
export interface Regularisation {
  /** − penalizer · customers · Σ parameter², as lifetimes has it: time measured so that the oldest customer has age 1. */
  readonly penalizer: number;
  /** − covariatePenalty · Σ coefficient². */
  readonly covariatePenalty: number;
  readonly priors: readonly LogNormalPrior[];
}

export const UNREGULARISED: Regularisation = { penalizer: 0, covariatePenalty: 0, priors: [] };

export interface FittedModel {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** The model whose parameters these are. */
  readonly model: string;
  /** The model that was asked for; another one than `model` where the data led to its limit (see `findings`). */
  readonly requested: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** Of the natural parameters, from the exact Hessian; null where the data leave a parameter undetermined. */
  readonly standardErrors: Readonly<Record<string, number | null>>;
  /** What covariates do, in a model with covariates. */
  readonly coefficients: readonly Coefficient[];
  readonly regularisation: Regularisation;
  /** Of the natural parameters, then the coefficients, in their order; null as above. */
  readonly covariance: readonly (readonly number[])[] | null;
  readonly logLikelihood: number;
  /** Customers that inform the fit, and how many of them are distinct. */
  readonly customers: number;
  readonly distinctCustomers: number;
  /** Unit of rates, and of every horizon given as a bare number. */
  readonly timeUnit: TimeUnit;
  /** Mean value of a repeat transaction in the data fitted, for spend models; else null. */
  readonly observedMeanSpend: number | null;
  readonly convergence: Convergence;
  readonly findings: readonly Finding[];
  /** Of the model's columns in the data fitted, covariates left out: equal in any row order. */
  readonly fingerprint: string;
}

const orNone = nullable(number());

/** A saved model, keys in camelCase. */
const savedModel = object({
  schemaVersion: literal(SCHEMA_VERSION),
  model: string(),
  requested: string(),
  parameters: record(string(), number()),
  coefficients: array(
    object({
      process: picklist(['purchase', 'dropout', 'spend', 'both']),
      covariate: string(),
      value: number(),
      standardError: orNone,
    }),
  ),
  regularisation: object({
    penalizer: number(),
    covariatePenalty: number(),
    priors: array(object({ parameter: string(), median: number(), spread: number() })),
  }),
  standardErrors: record(string(), orNone),
  covariance: nullable(array(array(number()))),
  logLikelihood: number(),
  customers: number(),
  distinctCustomers: number(),
  timeUnit: picklist(TIME_UNITS),
  observedMeanSpend: orNone,
  convergence: object({
    converged: boolean(),
    stopped: string(),
    iterations: number(),
    evaluations: number(),
    starts: number(),
    gradientNorm: number(),
    hessianCondition: orNone,
  }),
  findings: array(object({ code: string(), message: string() })),
  fingerprint: string(),
});

/** The two fitted models that a value needs. */
export interface FittedPair {
  readonly purchases: FittedModel;
  readonly spend: FittedModel;
}

/** The JSON of a fitted model, keys in snake_case. */
export function saveModel(fitted: FittedModel): string {
  return JSON.stringify(snakeKeys(fitted), null, 2);
}

/** The JSON of both fitted models, keys in snake_case, as `model.json` in a job folder holds it. */
export function saveModels({ purchases, spend }: FittedPair): string {
  return JSON.stringify(snakeKeys({ purchases, spend }), null, 2);
}

/**
 * Both fitted models from a job's `model.json`: its text, or the value parsed from it.
 *
 * @throws ClvError bad_saved_model
 */
export function loadModels(saved: unknown): FittedPair {
  const value = typeof saved === 'string' ? parse(saved) : saved;
  const { purchases, spend } = (value ?? {}) as Partial<Record<keyof FittedPair, unknown>>;
  return { purchases: loadModel(purchases), spend: loadModel(spend) };
}

/**
 * A fitted model from the text that `saveModel` wrote, or from the value parsed from it.
 *
 * @throws ClvError bad_saved_model
 */
export function loadModel(saved: unknown): FittedModel {
  const value = upgraded(camelKeys(typeof saved === 'string' ? parse(saved) : saved));
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (version !== SCHEMA_VERSION) {
    throw new ClvError('bad_saved_model', 'this is not a saved model of a version that this release knows', {
      found: version,
      expected: `schema_version ${SCHEMA_VERSION}`,
      hint:
        typeof value === 'object' && value !== null && 'purchases' in value
          ? 'loadModels: this is a pair of models, as a job folder holds it'
          : 'read it with the release that wrote it, or fit again',
    });
  }
  const { success, issues } = safeParse(savedModel, value);
  if (success) return value as FittedModel;
  throw new ClvError('bad_saved_model', 'the saved model is damaged', {
    column: getDotPath(issues[0]) ?? undefined,
    found: issues[0].message,
    expected: 'the JSON of a fitted model, unchanged',
  });
}

/** What version 1 could not say, said: no covariates, nothing added to the likelihood. */
function upgraded(value: unknown): unknown {
  if ((value as { schemaVersion?: unknown } | null)?.schemaVersion !== 1) return value;
  return { ...(value as object), schemaVersion: SCHEMA_VERSION, coefficients: [], regularisation: UNREGULARISED };
}

function parse(saved: string): unknown {
  try {
    return JSON.parse(saved);
  } catch (cause) {
    throw new ClvError('bad_saved_model', 'the saved model is not JSON', {
      found: saved,
      expected: 'the JSON of a fitted model',
      cause,
    });
  }
}
