/** What a network makes of its columns: how much worse it is without one, and how its answer moves with one. */
import { ClvError } from '../errors.js';
import { randomStream } from '../kernels/random.js';
import { type InputColumns, namesOf } from './inputs.js';
import { type PredictionData, predictNetwork } from './predict-network.js';
import { everyRow, pick, pickColumn, rowsOf, shuffle } from './rows.js';
import type { TrainedNetwork } from './trained-network.js';
import type { BackendName } from './training-options.js';

export interface Importance {
  readonly column: string;
  /** Mean absolute error with the column shuffled between customers, over the error as it is, − 1; the mean of some shuffles. */
  readonly worse: number;
}

/** Mean prediction of all customers if all of them had `at` in a column. */
export interface Effect {
  readonly column: string;
  readonly at: ReadonlyArray<number | string>;
  readonly mean: readonly number[];
}

const SHUFFLES = 2;
/** Customers that are looked at; more change little. */
const MOST_ROWS = 2000;
const POINTS = 9;

/**
 * Permutation importance of each column (Breiman 2001, "Random Forests", §10), the largest first. Columns that say the same share
 * theirs: each looks small while the other is there.
 */
export async function permutationImportance(
  network: TrainedNetwork,
  data: PredictionData & { readonly target: Float64Array },
  { seed = 1, backend }: { readonly seed?: number; readonly backend?: BackendName | undefined } = {},
): Promise<Importance[]> {
  const part = someRows(data, seed);
  const error = async (columns: InputColumns) => {
    const { mean } = await predictNetwork(network, { ...part, columns }, { backend });
    return mean.reduce((sum, value, i) => sum + Math.abs(value - part.target[i]!), 0) / mean.length;
  };
  const base = await error(part.columns);
  const stream = randomStream(seed);
  const found: Importance[] = [];
  for (const column of namesOf(network.inputs)) {
    let sum = 0;
    for (let k = 0; k < SHUFFLES; k++) {
      const order = shuffle(everyRow(part.target.length), stream);
      sum += await error({ ...part.columns, [column]: pickColumn(part.columns[column]!, order) });
    }
    found.push({ column, worse: base > 0 ? sum / SHUFFLES / base - 1 : 0 });
  }
  return found.sort((a, b) => b.worse - a.worse);
}

/** Partial dependence (Friedman 2001, §8.2) on one column, at its quantiles or its categories. */
export async function partialDependence(
  network: TrainedNetwork,
  data: PredictionData,
  column: string,
  { seed = 1, backend }: { readonly seed?: number; readonly backend?: BackendName | undefined } = {},
): Promise<Effect> {
  const { columns, offset } = someRows({ ...data, target: new Float64Array(lengthOf(data.columns)) }, seed);
  const values = columns[column];
  if (values === undefined) {
    throw new ClvError('missing_column', 'there is no such column', {
      column,
      expected: Object.keys(columns).join(', '),
    });
  }
  const at = pointsOf(values);
  const mean: number[] = [];
  for (const point of at) {
    const set = { ...columns, [column]: Array.from(values as ArrayLike<unknown>, () => point) } as InputColumns;
    const predicted = await predictNetwork(network, { columns: set, offset }, { backend });
    mean.push(predicted.mean.reduce((sum, value) => sum + value, 0) / predicted.mean.length);
  }
  return { column, at, mean };
}

function pointsOf(values: InputColumns[string]): Array<number | string> {
  if (typeof values[0] === 'string') return [...new Set(values as readonly string[])].sort().slice(0, 20);
  const sorted = Float64Array.from(values as ArrayLike<number>).sort();
  const points = Array.from(
    { length: POINTS },
    (_, k) => sorted[Math.round(((k + 0.5) / POINTS) * (sorted.length - 1))]!,
  );
  return [...new Set(points)];
}

const lengthOf = (columns: InputColumns): number => Object.values(columns)[0]?.length ?? 0;

function someRows(data: PredictionData & { readonly target: Float64Array }, seed: number) {
  const rows = shuffle(everyRow(data.target.length), randomStream(seed)).subarray(0, MOST_ROWS);
  return {
    columns: rowsOf(data.columns, rows),
    offset: data.offset && pick(data.offset, rows),
    target: pick(data.target, rows),
  };
}
