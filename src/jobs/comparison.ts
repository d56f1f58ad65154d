/** Forecasts of many models on the same customers, judged: metrics, the best ones, and which differences are real. */
import type { Finding, FittedModel } from '../btyd/fitted-model.js';
import { aic, bic } from '../btyd/inference/compare-fits.js';
import { purchaseModel } from '../btyd/registry.js';
import { BENCHMARKS, type Evaluation, evaluate, type Forecast } from '../evaluate/benchmarks.js';
import { type PairedDifference, type PairedErrors, pairedDifferences } from '../evaluate/paired-bootstrap.js';
import type { CustomerTable } from '../features/customer-table.js';
import { networkModel } from './networks/models.js';

export type Compared = 'purchases' | 'value';

/** A model at one origin. */
export interface ComparedFit {
  readonly thresholdDate: string;
  readonly metrics: Evaluation;
  /** Of a probability model. */
  readonly fit?: { readonly model: string; readonly logLikelihood: number; readonly aic: number; readonly bic: number };
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

export interface ComparedModel {
  readonly model: string;
  readonly title: string;
  readonly kind: 'statistics' | 'network' | 'benchmark';
  /** Over all origins together. */
  readonly metrics: Evaluation;
  /** Held against the best one. */
  readonly againstBest: Readonly<Record<Compared, PairedDifference>>;
  readonly origins: readonly ComparedFit[];
}

export interface Comparison {
  readonly origins: ReadonlyArray<{
    readonly thresholdDate: string;
    readonly predictEnd: string;
    readonly customers: number;
  }>;
  readonly timeUnit: string;
  readonly metric: 'rmse' | 'mae';
  readonly level: number;
  /** From the best in value to the worst, benchmarks among them. */
  readonly models: readonly ComparedModel[];
  readonly best: Readonly<Record<Compared, string>>;
  readonly findings: readonly Finding[];
  /** Models that could not be fitted, and why. */
  readonly failed: ReadonlyArray<{ readonly model: string; readonly reason: string }>;
}

/** A forecast at one origin, and how it came about. */
export interface OriginForecast extends Forecast {
  readonly fit?: FittedModel;
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

/** A log split at one day. */
export interface Origin {
  readonly thresholdDate: string;
  readonly predictEnd: string;
  readonly table: CustomerTable;
}

/**
 * Judges forecasts, those of benchmarks among them.
 *
 * @param forecasts by model, one an origin
 */
export function comparisonOf(
  origins: readonly Origin[],
  forecasts: ReadonlyMap<string, readonly OriginForecast[]>,
  metric: 'rmse' | 'mae',
  level: number,
): Omit<Comparison, 'findings' | 'failed'> {
  const names = [...forecasts.keys()];
  const holdouts = origins.map(({ table }) => table.holdout!);
  const all = { length: 0, purchases: joined(holdouts, 'purchases'), value: joined(holdouts, 'value') };
  const evaluated = names.map((name) => {
    const atOrigins = forecasts.get(name)!;
    return evaluate(all, { purchases: joined(atOrigins, 'purchases'), value: joined(atOrigins, 'value') });
  });
  const bestOf = (part: Compared): number => {
    const models = names.flatMap((name, k) => (kindOf(name) === 'benchmark' ? [] : [k]));
    return models.reduce((best, k) => (evaluated[k]![part][metric] < evaluated[best]![part][metric] ? k : best));
  };
  const best = { purchases: bestOf('purchases'), value: bestOf('value') };
  const who = customersOf(origins);
  const differences = (part: Compared) => {
    const errors = errorsBy(
      who,
      all[part],
      names.map((name) => joined(forecasts.get(name)!, part)),
    );
    return pairedDifferences(errors, best[part], { level });
  };
  const held = { purchases: differences('purchases'), value: differences('value') };
  const models = names.map((name, k): ComparedModel => {
    const atOrigins = forecasts.get(name)!;
    return {
      model: name,
      title: titleOf(name),
      kind: kindOf(name),
      metrics: evaluated[k]!,
      againstBest: { purchases: held.purchases[k]!, value: held.value[k]! },
      origins: atOrigins.map(({ fit: fitted, findings, seconds, ...forecast }, o) => ({
        thresholdDate: origins[o]!.thresholdDate,
        metrics: evaluate(holdouts[o]!, forecast),
        ...(fitted && {
          fit: { model: fitted.model, logLikelihood: fitted.logLikelihood, aic: aic(fitted), bic: bic(fitted) },
        }),
        findings,
        seconds,
      })),
    };
  });
  return {
    origins: origins.map(({ thresholdDate, predictEnd, table }) => ({
      thresholdDate,
      predictEnd,
      customers: table.customerId.length,
    })),
    timeUnit: origins[0]!.table.customers.timeUnit,
    metric,
    level,
    models: models.sort((a, b) => a.metrics.value[metric] - b.metrics.value[metric]),
    best: { purchases: names[best.purchases]!, value: names[best.value]! },
  };
}

const kindOf = (name: string): ComparedModel['kind'] => {
  if (BENCHMARKS.some((benchmark) => benchmark.name === name)) return 'benchmark';
  return networkModel(name) ? 'network' : 'statistics';
};

function titleOf(name: string): string {
  if (kindOf(name) === 'benchmark') return name.replaceAll('_', ' ');
  return networkModel(name)?.title ?? purchaseModel(name).title;
}

/** The columns of all origins under each other. */
function joined<K extends Compared>(parts: ReadonlyArray<Readonly<Record<K, Float64Array>>>, part: K): Float64Array {
  const out = new Float64Array(parts.reduce((sum, one) => sum + one[part].length, 0));
  let at = 0;
  for (const one of parts) {
    out.set(one[part], at);
    at += one[part].length;
  }
  return out;
}

/** For each row of all origins the number of its customer: who is judged twice is still one customer. */
function customersOf(origins: readonly Origin[]): { readonly rows: Int32Array; readonly count: number } {
  const numbers = new Map<string, number>();
  const rows = new Int32Array(origins.reduce((sum, { table }) => sum + table.customerId.length, 0));
  let at = 0;
  for (const { table } of origins) {
    for (const id of table.customerId) {
      const number = numbers.get(id) ?? numbers.size;
      numbers.set(id, number);
      rows[at++] = number;
    }
  }
  return { rows, count: numbers.size };
}

function errorsBy(
  { rows, count }: { readonly rows: Int32Array; readonly count: number },
  actual: Float64Array,
  forecasts: readonly Float64Array[],
): PairedErrors {
  const judged = new Float64Array(count);
  for (const row of rows) judged[row]!++;
  const summed = (error: (predicted: Float64Array, i: number) => number) =>
    forecasts.map((predicted) => {
      const sums = new Float64Array(count);
      for (let i = 0; i < rows.length; i++) sums[rows[i]!]! += error(predicted, i);
      return sums;
    });
  return {
    judged,
    absolute: summed((predicted, i) => Math.abs(predicted[i]! - actual[i]!)),
    squared: summed((predicted, i) => (predicted[i]! - actual[i]!) ** 2),
  };
}
