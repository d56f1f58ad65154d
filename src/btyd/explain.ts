/** The terms behind one customer's value, in numbers and in words. */
import { type Customers, takeRows } from '../customers.js';
import { ClvError } from '../errors.js';
import { mixtureMean } from '../kernels/mixtures.js';
import { lengthIn } from '../time.js';
import { byCustomer, purchasesOf } from './by-customer.js';
import { type ClvOptions, clv } from './clv.js';
import type { FittedPair } from './fitted-model.js';
import { nextPurchase } from './individual.js';
import { expectedPurchases, expectedPurchasesNew, expectedSpend, pAlive } from './predict.js';

/** Terms whose product is the value; the sentences say the same. */
export interface Explanation {
  readonly terms: {
    readonly frequency: number;
    readonly recency: number;
    readonly age: number;
    readonly pAlive: number;
    /** Purchases over the horizon if alive; × pAlive = expectedPurchases. */
    readonly purchasesIfAlive: number;
    readonly expectedPurchases: number;
    /** Of a customer about whom nothing is known. */
    readonly expectedPurchasesNew: number;
    /** The customer's own rate a time unit, as far as it is known; null where the model gives all one rate. */
    readonly purchaseRate: number | null;
    /** A transaction. */
    readonly expectedSpend: number;
    readonly monetary: number;
    readonly margin: number;
    /** clv ÷ (expectedPurchases × expectedSpend × margin): what waiting costs. */
    readonly discount: number;
    readonly clv: number;
  };
  readonly sentences: readonly string[];
}

/**
 * Why a customer is worth what they are.
 *
 * @param row number of the customer, from 0
 * @throws ClvError bad_option, bad_horizon, bad_columns
 *
 * @example
 * explain({ purchases, spend }, customers, 17, { horizon: weeks(52), discountRate: 0.1 }).sentences.join('\n');
 */
export function explain(models: FittedPair, customers: Customers, row: number, options: ClvOptions): Explanation {
  if (!(Number.isInteger(row) && row >= 0 && row < customers.n)) {
    throw new ClvError('bad_option', 'there is no such customer', {
      found: row,
      expected: `a row number from 0 to ${customers.n - 1}`,
    });
  }
  const { purchases, spend } = models;
  const one = takeRows(customers, Int32Array.of(row));
  const usable = purchasesOf(purchases);
  const unit = purchases.timeUnit;
  const horizon = lengthIn(unit, options.horizon);
  const margin = options.margin ?? 1;
  const x = one.frequency[0]!;
  const tx = one.recency[0]!;
  const T = one.age[0]!;
  const z = one.monetary[0]!;
  const covariates = Object.fromEntries(Object.entries(one.covariates).map(([name, values]) => [name, values[0]!]));

  const alive = pAlive(purchases, one)[0]!;
  const expected = expectedPurchases(purchases, one, horizon)[0]!;
  const fresh = expectedPurchasesNew(purchases, horizon, covariates);
  const each = expectedSpend(spend, one)[0]!;
  const value = clv(models, one, options)[0]!;
  const rate = usable.model.rate
    ? byCustomer(usable, ['frequency', 'recency', 'age'], one, (model, params) =>
        Float64Array.of(mixtureMean(model.rate!(params, { x, tx, T }))),
      )[0]!
    : null;
  const next = usable.model.discrete ? undefined : nextPurchase(purchases, one);
  const undiscounted = expected * each * margin;
  const discount = undiscounted === 0 ? 1 : value / undiscounted;

  const times = (amount: number) => `${short(amount)} ${unit}${amount === 1 ? '' : 's'}`;
  const sentences = [
    x === 0
      ? `One purchase, ${times(T)} ago, and none since.`
      : `${x + 1} purchases, the last of them ${times(T - tx)} ago, the first ${times(T)} ago.`,
    `P(alive) is ${percent(alive)}: ${aliveBecause(x, tx, T, alive, times)}.`,
    `If alive, ${short(expected / (alive || 1))} purchases are expected in the next ${times(horizon)}; times P(alive) that is ${short(expected)} (a new customer: ${short(fresh)}).`,
    z > 0
      ? `Their repeat purchases were worth ${short(z)} on average; with what others spend, ${short(each)} is expected of the next.`
      : `What they spend on a repeat purchase is not known: ${short(each)} is what others spend.`,
    ...(discount < 0.9995 || discount > 1.0005 ? [`Waiting for it costs ${percent(1 - discount)} of the value.`] : []),
    `${short(expected)} purchases × ${short(each)}${margin === 1 ? '' : ` × margin ${short(margin)}`}${discount === 1 ? '' : ` × ${short(discount)}`} = ${short(value)}.`,
    ...(next && Number.isFinite(next.middle[0]!)
      ? [
          `If they buy again (${percent(1 - next.never[0]!)}), half of such customers do within ${times(next.middle[0]!)}.`,
        ]
      : []),
  ];
  return {
    terms: {
      frequency: x,
      recency: tx,
      age: T,
      pAlive: alive,
      purchasesIfAlive: alive === 0 ? 0 : expected / alive,
      expectedPurchases: expected,
      expectedPurchasesNew: fresh,
      purchaseRate: rate,
      expectedSpend: each,
      monetary: z,
      margin,
      discount,
      clv: value,
    },
    sentences,
  };
}

function aliveBecause(x: number, tx: number, T: number, alive: number, times: (amount: number) => string): string {
  if (x === 0) return 'without a second purchase little speaks for or against it';
  const gap = tx / x;
  const silence = T - tx;
  const ratio = gap > 0 ? silence / gap : 0;
  const pace = `they bought every ${times(gap)} on average and have been silent for ${times(silence)}`;
  if (ratio <= 1.5 || alive > 0.8) return `${pace}, which is nothing unusual`;
  return `${pace}, ${short(ratio)} times as long`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Four digits, without an exponent where people would not write one. */
function short(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2);
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 8 });
}
