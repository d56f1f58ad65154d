/** Histories that a model takes: in continuous time, of opportunities, or of a contract. */
import type { History, PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { type CustomerInput, type Customers, customers } from '../../src/customers.js';
import { ClvError } from '../../src/errors.js';

/** What a model calls a history. */
export type Time = 'continuous' | 'opportunities' | 'contract';

/** Longest history of discrete models in tests. */
const MOST_PERIODS = 2_000;

export function timeOf(model: PurchaseModel | SpendModel): Time {
  if (model.kind === 'spend' || !model.discrete) return 'continuous';
  try {
    model.check?.(customers({ frequency: [1], recency: [2], age: [3] }));
    return 'opportunities';
  } catch (error) {
    if (error instanceof ClvError) return 'contract';
    throw error;
  }
}

/** The history most like this one that the model takes. */
export function historyFor(model: PurchaseModel | SpendModel, { x, tx, T }: History): History {
  const time = timeOf(model);
  if (time === 'continuous') return { x, tx, T };
  const periods = Math.min(MOST_PERIODS, Math.ceil(T));
  const last = T === 0 ? 0 : Math.round((tx / T) * periods);
  if (time === 'contract') {
    const made = tx === T ? periods : Math.min(last, Math.max(0, periods - 1));
    return { x: made, tx: made, T: periods };
  }
  const taken = Math.min(x, periods);
  return { x: taken, tx: taken === 0 ? 0 : Math.max(taken, last), T: periods };
}

/** Σ ln(time between purchases) of who buys fairly evenly. */
export function evenly({ x, tx }: History): number {
  return tx === 0 ? 0 : x * (Math.log(tx) - Math.log(x) - 0.1);
}

/** The customers most like these that the model takes, with what models of regular buyers need. */
export function customersFor(
  model: PurchaseModel | SpendModel,
  rows: readonly (History & { readonly z?: number })[],
  more: Partial<CustomerInput> = {},
): Customers {
  const taken = rows.map((row) => historyFor(model, row));
  return customers({
    frequency: taken.map(({ x }) => x),
    recency: taken.map(({ tx }) => tx),
    age: taken.map(({ T }) => T),
    monetary: rows.map(({ z = 0 }) => z),
    litt: taken.map(evenly),
    ...more,
  });
}

/** The customers most like these that the model takes. */
export function recastFor(model: PurchaseModel | SpendModel, from: Customers): Customers {
  const rows = Array.from(from.frequency, (x, i) => ({
    x,
    tx: from.recency[i]!,
    T: from.age[i]!,
    z: from.monetary[i]!,
  }));
  return customersFor(model, rows, { weight: from.weight, timeUnit: from.timeUnit });
}

/** The horizon most like this one that the model takes, at least one period where it counts periods. */
export function horizonFor(model: PurchaseModel | SpendModel, horizon: number): number {
  if (timeOf(model) === 'continuous' || horizon === 0) return horizon;
  return Math.max(1, Math.min(MOST_PERIODS, Math.round(horizon)));
}
