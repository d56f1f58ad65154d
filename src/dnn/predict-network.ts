/** What a trained network expects of customers. */
import { ClvError } from '../errors.js';
import { openBackend } from './backend.js';
import { type InputColumns, readInputs } from './inputs.js';
import { LOSSES } from './losses.js';
import { infer, kernelCells, ROWS_AT_ONCE } from './network.js';
import { architectureOf, type TrainedNetwork } from './trained-network.js';
import type { BackendName } from './training-options.js';

export interface PredictionData {
  /** At least the columns that the network was trained on. */
  readonly columns: InputColumns;
  /** What the columns are measured in, where known: refused if another unit than in training. */
  readonly units?: Readonly<Record<string, string>> | undefined;
  /** As in training, for the window that is predicted; where there was one. */
  readonly offset?: Float64Array | undefined;
}

export interface NetworkPrediction {
  /** In the unit of the target, one a row; ≥ 0 but for mse. */
  readonly mean: Float64Array;
  /** P(target ≤ y), one a row, for losses that describe a distribution. */
  cdf?(y: ArrayLike<number>): Float64Array;
  /** The smallest y with P(target ≤ y) ≥ p, one a row. */
  quantile?(p: number): Float64Array;
}

/**
 * Predicts with the mean of the members' outputs.
 *
 * @throws ClvError missing_column, bad_columns, missing_backend
 */
export async function predictNetwork(
  network: TrainedNetwork,
  { columns, offset, units }: PredictionData,
  { backend }: { readonly backend?: BackendName | undefined } = {},
): Promise<NetworkPrediction> {
  const loss = LOSSES[network.options.loss];
  checkUnits(network, units);
  const inputs = readInputs(network.inputs, columns);
  const { rows } = inputs;
  checkOffset(network, offset, rows);
  const cells = kernelCells(architectureOf(network));
  await openBackend(backend, {
    batch: Math.min(rows, ROWS_AT_ONCE) * cells,
    total: rows * cells * network.weights.length,
  });
  const outputs = new Float32Array(rows * loss.outputs);
  for (const weights of network.weights) {
    const made = infer(architectureOf(network), weights, inputs);
    for (let i = 0; i < outputs.length; i++) outputs[i] = outputs[i]! + made[i]! / network.weights.length;
  }
  const { targetUnit } = network;
  const logUnit = Math.log(targetUnit);
  const shift = (row: number) => (offset ? offset[row]! - logUnit : 0);
  const each = (of: (at: number, shift: number, row: number) => number): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => of(row * loss.outputs, shift(row), row));
  return {
    mean: each((at, o) => loss.mean(outputs, at, o) * targetUnit),
    ...(loss.cdf && { cdf: (y) => each((at, o, row) => loss.cdf!(outputs, at, o, y[row]! / targetUnit)) }),
    ...(loss.quantile && { quantile: (p) => each((at, o) => loss.quantile!(outputs, at, o, p) * targetUnit) }),
  };
}

function checkOffset(network: TrainedNetwork, offset: Float64Array | undefined, rows: number): void {
  if ((offset !== undefined) !== network.offset) {
    throw new ClvError('bad_columns', network.offset ? 'the network needs an offset' : 'the network takes no offset', {
      column: 'offset',
      expected: `${network.offset ? 'one, as' : 'none, as'} in training`,
    });
  }
  if (offset === undefined) return;
  if (offset.length !== rows) {
    throw new ClvError('bad_columns', 'the columns differ in length', {
      column: 'offset',
      found: `${offset.length} rows`,
      expected: `${rows} rows`,
    });
  }
  const bad = offset.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new ClvError('bad_columns', 'this is not an offset', {
    row: bad + 1,
    column: 'offset',
    found: offset[bad],
    expected: 'a finite number, the logarithm of an expectation',
  });
}

function checkUnits({ units: trained }: TrainedNetwork, given: PredictionData['units'] = {}): void {
  for (const [column, unit] of Object.entries(trained)) {
    if (given[column] === undefined || given[column] === unit) continue;
    throw new ClvError('bad_columns', 'this column is measured in another unit than when the network was trained', {
      column,
      found: given[column],
      expected: unit,
    });
  }
}
