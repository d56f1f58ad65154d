/** What anyone could predict without a model: a fitted model has to beat these. */
import type { CustomerTable, Holdout } from '../features/customer-table.js';
import { type Metrics, metrics } from './metrics.js';

/** Purchases and value of each customer over the holdout. */
export interface Forecast {
  readonly purchases: Float64Array;
  readonly value: Float64Array;
}

export interface Evaluation {
  readonly purchases: Metrics;
  readonly value: Metrics;
}

/** A forecast judged on the holdout. */
export function evaluate(holdout: Holdout, forecast: Forecast): Evaluation {
  return {
    purchases: metrics(holdout.purchases, forecast.purchases),
    value: metrics(holdout.value, forecast.value),
  };
}

export interface Benchmark {
  readonly name: string;
  /** One line for people. */
  readonly meaning: string;
  forecast(table: CustomerTable, length: number): Forecast;
}

export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'same_rate',
    meaning: "each customer's own rate and mean spend go on",
    forecast({ customers: { frequency, age }, spent }, length) {
      const purchases = frequency.map((x, i) => (age[i]! > 0 ? (x / age[i]!) * length : 0));
      return { purchases, value: purchases.map((count, i) => (count * spent[i]!) / (frequency[i]! + 1)) };
    },
  },
  {
    name: 'nothing',
    meaning: 'nobody buys again',
    forecast: ({ customers: { n } }) => ({ purchases: new Float64Array(n), value: new Float64Array(n) }),
  },
  {
    // The formula values calibration and holdout together; its "1 +" is the calibration part, known and not forecast.
    name: 'seed_formula',
    meaning: 'mean basket × orders × holdout days ÷ days of the log',
    forecast({ customers: { frequency }, spent, observedLength }, length) {
      const share = observedLength > 0 ? length / observedLength : 0;
      return { purchases: frequency.map((x) => (x + 1) * share), value: spent.map((value) => value * share) };
    },
  },
];
