/** From columns of customers and what they did next to a trained network. */
import * as tf from '@tensorflow/tfjs-core';
import { ClvError } from '../errors.js';
import { randomStream } from '../kernels/random.js';
import type { OnProgress } from '../progress.js';
import { openBackend } from './backend.js';
import { type InputColumns, type InputStyle, learnInputs, readInputs } from './inputs.js';
import { LOSSES } from './losses.js';
import { kernelCells } from './network.js';
import { predictNetwork } from './predict-network.js';
import { everyRow, pick, rowsOf } from './rows.js';
import { type Epoch, type Examples, type Member, trainMember } from './train-member.js';
import { architectureOf, NETWORK_SCHEMA_VERSION, type NetworkFinding, type TrainedNetwork } from './trained-network.js';
import type { BackendName } from './training-options.js';
import { checkResumed, checkTrainingOptions, type TrainingOptions } from './training-options.js';

/** What a network is to learn: one row a customer, or a customer and window. */
export interface TrainingData {
  readonly columns: InputColumns;
  /** ≥ 0 but for mse. */
  readonly target: Float64Array;
  /** Logarithm of what the target would be without the network. */
  readonly offset?: Float64Array | undefined;
  /** Of each row in the loss; 1 if left out. */
  readonly weight?: Float64Array | undefined;
  /** Rows of one customer carry one number: they stay together when rows are put aside for validation. */
  readonly customer?: Int32Array | undefined;
  /** Rows to validate on, where the caller has chosen them. */
  readonly validation?: Int32Array | undefined;
  /** What columns are measured in, for the saved network. */
  readonly units?: Readonly<Record<string, string>> | undefined;
}

export interface TrainingSurroundings {
  readonly style?: InputStyle | undefined;
  readonly backend?: BackendName | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** A network to begin with: its weights, and how it reads its columns. */
  readonly resumed?: TrainedNetwork | undefined;
  /** After each epoch of each member; ends the training of the member when it returns false. */
  readonly onEpoch?: ((epoch: Epoch, member: number) => boolean | Promise<boolean>) | undefined;
}

/** A trained network, and what each member says of the rows that it did not learn from. */
export interface NetworkTraining {
  readonly network: TrainedNetwork;
  /**
   * What a member for whom a row was in validation expects of it; NaN where a row was learned from by all. With two members
   * or more, unless `validation` was given, every row has one.
   */
  readonly outOfSample: Float64Array;
  /** Mean validation loss of the members. */
  readonly validationLoss: number;
}

const DIVERGED = 'training_diverged';
const STILL_LEARNING = 'still_learning';
const NOTHING_LEARNED = 'nothing_learned';

/**
 * Trains a network on `data`. Same data, options, seed and back end give the same weights.
 *
 * @throws ClvError bad_option, bad_columns, missing_backend
 */
export async function trainNetwork(
  data: TrainingData,
  options: TrainingOptions,
  {
    style = 'standard',
    backend: wanted,
    resumed,
    onProgress = () => {},
    onEpoch = () => true,
  }: TrainingSurroundings = {},
): Promise<NetworkTraining> {
  checkTrainingOptions(options);
  checkTargets(data, options);
  const loss = LOSSES[options.loss];
  const rows = data.target.length;
  const folds = foldsOf(data, options);
  const all = everyRow(rows);
  if (resumed) checkResumed(resumed.options, options);
  for (const fold of folds) checkFold(data, fold);
  const inputs = resumed?.inputs ?? learnInputs(data.columns, folds.length === 1 ? folds[0]!.training : all, style);
  const cells = kernelCells(architectureOf({ options, inputs }));
  const backend = await openBackend(wanted, {
    batch: Math.min(options.batchSize, rows) * cells,
    total: 3 * rows * cells * options.epochs * folds.length,
  });
  const targetUnit = resumed?.targetUnit ?? (loss.scales ? unitOf(data.target, options) : 1);
  const logUnit = Math.log(targetUnit);
  const examples: Examples = {
    inputs: readInputs(inputs, data.columns),
    target: data.target.map((y) => y / targetUnit),
    offset: data.offset ? data.offset.map((o) => o - logUnit) : new Float64Array(rows),
    weight: data.weight ?? new Float64Array(rows).fill(1),
  };
  // Raw amounts come with penalties on raw squares; the loss is measured in squares of the unit.
  const squares = style === 'raw' && options.loss === 'mse' ? targetUnit ** 2 : 1;
  const own = { ...options, l1: options.l1 / squares, l2: options.l2 / squares };
  const members: Member[] = [];
  for (const [k, fold] of folds.entries()) {
    const show = folds.length === 1 ? 'training' : `training ${k + 1} of ${folds.length}`;
    members.push(
      await trainMember(examples, fold, own, options.seed + 1000 * k, resumed?.weights[k], async (epoch) => {
        onProgress(show, (k + epoch.epoch / options.epochs) / folds.length);
        await breathe();
        await openBackend(backend); // another training may have made its own current
        return onEpoch(epoch, k);
      }),
    );
  }
  onProgress('training', 1);
  const network: TrainedNetwork = {
    schemaVersion: NETWORK_SCHEMA_VERSION,
    options,
    inputs,
    units: data.units ?? {},
    targetUnit,
    offset: data.offset !== undefined,
    backend,
    tfjs: tf.version_core,
    trainingRows: rows,
    members: members.map(({ weights: _, ...record }) => record),
    findings: findingsOf(members),
    weights: members.map(({ weights }) => weights),
  };
  const outOfSample = new Float64Array(rows).fill(Number.NaN);
  for (const [k, { validation }] of folds.entries()) {
    const { mean } = await predictNetwork(
      { ...network, weights: [members[k]!.weights], members: [] },
      { columns: rowsOf(data.columns, validation), offset: data.offset && pick(data.offset, validation) },
      { backend: wanted },
    );
    validation.forEach((row, i) => {
      outOfSample[row] = mean[i]!;
    });
  }
  return { network, outOfSample, validationLoss: meanOf(members.map(({ bestLoss }) => bestLoss)) };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Lets other work of this thread go on between epochs. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Mean size of the target, so that losses and slopes are of the order of one whatever the currency. */
function unitOf(target: Float64Array, { loss }: TrainingOptions): number {
  const size = target.reduce((total, y) => total + Math.abs(y) / target.length, 0);
  if (loss !== 'mse' || size === 0) return size || 1;
  const mean = target.reduce((total, y) => total + y / size / target.length, 0);
  const spread = Math.sqrt(target.reduce((total, y) => total + (y / size - mean) ** 2 / target.length, 0));
  return spread > 1e-9 ? size * spread : size;
}

function checkTargets(
  { columns, target, offset, weight, customer, validation }: TrainingData,
  options: TrainingOptions,
) {
  const rows = target.length;
  const lengths = { target, offset, weight, customer };
  const length = Object.values(columns)[0]?.length ?? 0;
  for (const [column, values] of Object.entries(lengths)) {
    if (values === undefined || values.length === length) continue;
    throw new ClvError('bad_columns', 'the columns differ in length', {
      column,
      found: `${values.length} rows`,
      expected: `${length} rows, as in the columns`,
    });
  }
  if (rows < 2) {
    throw new ClvError('bad_columns', 'there are too few customers to train a network', {
      found: `${rows} rows`,
      expected: 'at least 2, one of them to validate on',
    });
  }
  const counts = options.loss === 'negative_binomial';
  const least = options.loss === 'mse' ? Number.NEGATIVE_INFINITY : 0;
  const check = (column: string, values: Float64Array, good: (value: number) => boolean, expected: string) => {
    const bad = values.findIndex((value) => !good(value));
    if (bad < 0) return;
    throw new ClvError('bad_columns', `this is not ${column === 'offset' ? 'an' : 'a'} ${column}`, {
      row: bad + 1,
      column,
      found: values[bad],
      expected,
    });
  };
  check(
    'target',
    target,
    (y) => Number.isFinite(y) && y >= least && (!counts || Number.isInteger(y)),
    counts ? 'a whole number ≥ 0' : options.loss === 'mse' ? 'a finite number' : 'a finite number ≥ 0',
  );
  if (offset) check('offset', offset, Number.isFinite, 'a finite number, the logarithm of an expectation');
  if (weight) check('weight', weight, (w) => w >= 0 && Number.isFinite(w), 'a finite number ≥ 0');
  if (offset && !LOSSES[options.loss].takesOffset) {
    throw new ClvError('bad_option', `${options.loss} takes no offset`, {
      found: 'an offset',
      expected: Object.values(LOSSES)
        .filter(({ takesOffset }) => takesOffset)
        .map(({ name }) => name)
        .join(', '),
    });
  }
  const taken = new Set(validation);
  const outside = validation?.find((row) => !(row >= 0 && row < rows));
  if (validation && (outside !== undefined || taken.size === 0 || taken.size >= rows)) {
    throw new ClvError('bad_option', 'validation needs some rows, and has to leave some', {
      found: outside === undefined ? `${taken.size} of ${rows} rows` : `row ${outside} of ${rows}`,
      expected: 'a part of the rows, counted from 0',
    });
  }
}

function checkFold({ weight }: TrainingData, fold: Fold): void {
  for (const part of ['training', 'validation'] as const) {
    if (fold[part].some((row) => (weight?.[row] ?? 1) > 0)) continue;
    throw new ClvError('bad_columns', `nothing is left for ${part}`, {
      column: weight ? 'weight' : 'customer',
      found: `${fold[part].length} rows`,
      expected: 'at least two customers, with weights above 0 on either side',
    });
  }
}

interface Fold {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** What each member learns from, and what it is validated on. */
function foldsOf({ target, customer, validation }: TrainingData, options: TrainingOptions): Fold[] {
  const rows = target.length;
  const every = everyRow(rows);
  if (validation) {
    const chosen = new Set(validation);
    const fold = { training: every.filter((row) => !chosen.has(row)), validation };
    return Array.from({ length: options.members }, () => fold);
  }
  const groups = customer ?? every;
  const places = placesOf(groups, options.seed);
  const count = places.size;
  const parts = Math.min(options.members, count);
  const place = (row: number) => places.get(groups[row]!)!;
  const split = (held: (row: number) => boolean): Fold => ({
    training: every.filter((row) => !held(row)),
    validation: every.filter(held),
  });
  if (options.members === 1) {
    const aside = Math.max(1, Math.round(count * options.validationShare));
    return [split((row) => place(row) < aside)];
  }
  return Array.from({ length: parts }, (_, part) => split((row) => place(row) % parts === part));
}

/** Customers in an order that only the seed decides. */
function placesOf(groups: Int32Array, seed: number): Map<number, number> {
  const stream = randomStream(seed + 7);
  const drawn = [...new Set(groups)].sort((a, b) => a - b).map((group) => [stream.uniform(), group] as const);
  return new Map(drawn.sort(([a], [b]) => a - b).map(([, group], at) => [group, at]));
}

function findingsOf(members: readonly Member[]): NetworkFinding[] {
  const diverged = members.filter(({ stopped }) => stopped === 'diverged').length;
  const cut = members.filter(
    ({ stopped, bestEpoch, history }) => stopped === 'epochs' && bestEpoch === history.length,
  ).length;
  const blank = members.filter(({ bestEpoch }) => bestEpoch === 0).length;
  const who = (count: number) => (members.length === 1 ? 'The network' : `${count} of ${members.length} networks`);
  return [
    ...(2 * cut <= members.length
      ? []
      : [{ code: STILL_LEARNING, message: `${who(cut)} still got better when the epochs ended. More of them help.` }]),
    ...(diverged === 0
      ? []
      : [
          {
            code: DIVERGED,
            message: `${who(diverged)} diverged: the best weights before that are kept. A smaller learning rate helps.`,
          },
        ]),
    ...(blank === 0
      ? []
      : [
          {
            code: NOTHING_LEARNED,
            message: `${who(blank)} found nothing better than the weights that training began with.`,
          },
        ]),
  ];
}
