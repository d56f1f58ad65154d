/** What a training leaves: fitted models, predictions, and how they did on the holdout. */
import type { Finding, FittedModel } from '../btyd/fitted-model.js';
import type { Spread } from '../btyd/individual.js';
import type { Range } from '../btyd/inference/credible.js';
import type { Evaluation } from '../evaluate/benchmarks.js';
import type { CustomerTable } from '../features/customer-table.js';
import type { OnProgress } from '../progress.js';
import type { TrainedNetworks } from './networks/trained-networks.js';

export interface ModelOptions {
  /** `paretonbd_model` (default), `bgnbd_model`, …: a purchase model's name. */
  readonly modelType?: string | undefined;
  /** Length of time predicted, in the time unit. Default: the holdout, or a year if there is none. */
  readonly horizon?: number | undefined;
  /** Effective rate a year for `clv`. Default 0.1. */
  readonly discountRate?: number | undefined;
  /** Share of value that is the company's, for `clv`. Default 1. */
  readonly margin?: number | undefined;
  /** Level of the intervals, such as 0.9; 0: none. Default 0.9 for up to 20,000 customers, none for more. */
  readonly intervals?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** One number a customer, in the order of `customerId`; values in the currency of the log, over `horizon`. */
export interface Predictions {
  readonly customerId: readonly string[];
  readonly pAlive: Float64Array;
  readonly expectedPurchases: Float64Array;
  /** Per transaction. */
  readonly expectedSpend: Float64Array;
  /** Expected purchases × expected spend, undiscounted. */
  readonly expectedValue: Float64Array;
  /** Discounted, times the margin. */
  readonly clv: Float64Array;
  readonly intervals: PredictionIntervals | null;
}

/** Central intervals, one row a customer. */
export interface PredictionIntervals {
  readonly level: number;
  /** Whether the draws behind them can be trusted (k̂, R̂); else the intervals are rough. */
  readonly trusted: boolean;
  /** Of what is expected, as the parameters are uncertain; networks do not have them. */
  readonly pAlive?: Spread;
  readonly expectedPurchases?: Spread;
  readonly expectedSpend?: Spread;
  readonly expectedValue?: Spread;
  readonly clv?: Spread;
  /** Of what will really happen: purchases, and their undiscounted value. */
  readonly purchases?: Spread;
  readonly value: Spread;
  /** Of what all customers together will really do; networks do not have it. */
  readonly total?: { readonly purchases: Range; readonly value: Range };
}

/** The model judged on the holdout, beside what needs no model. */
export interface HoldoutCheck extends Evaluation {
  readonly benchmarks: Readonly<Record<string, Evaluation>>;
}

export interface TrainedModel {
  readonly table: CustomerTable;
  readonly purchases: FittedModel;
  readonly spend: FittedModel;
  readonly predictions: Predictions;
  /** In the time unit. */
  readonly horizon: number;
  readonly discountRate: number;
  readonly margin: number;
  readonly metrics: HoldoutCheck | null;
  readonly findings: readonly Finding[];
  /** The networks that predict, where `modelType` names one; `purchases` and `spend` are then the statistics beside them. */
  readonly networks?: TrainedNetworks | undefined;
  readonly timingsMs: { readonly fit: number; readonly predict: number };
}
