/** Training of one network: batches, steps, and the epoch whose weights are kept. */
import { randomStream } from '../kernels/random.js';
import type { Matrix } from './inputs.js';
import { LOSSES, type Loss } from './losses.js';
import { type Architecture, infer, initialWeights, isTrained, trainingPass, weightSpecs } from './network.js';
import { optimiser } from './optimisers.js';
import { randomBits } from './random-bits.js';
import { pick, shuffle } from './rows.js';
import { decayed, type TrainingOptions } from './training-options.js';

/** What a network learns from: one row a customer and window. */
export interface Examples {
  readonly inputs: Matrix;
  /** In the unit of the loss. */
  readonly target: Float64Array;
  /** 0 where the loss takes none. */
  readonly offset: Float64Array;
  /** Of each row in the loss. */
  readonly weight: Float64Array;
}

export interface Epoch {
  readonly epoch: number;
  /** Mean loss over the steps of the epoch, dropout and penalties included in what was learned but not in the number. */
  readonly loss: number;
  readonly validationLoss: number;
  /** Root of the mean squared error of the means, on the rows of validation, in the unit of the loss. */
  readonly validationRmse: number;
}

export interface Member {
  readonly weights: readonly Float32Array[];
  readonly history: readonly Epoch[];
  /** The epoch whose weights these are; 0: those that it began with. */
  readonly bestEpoch: number;
  readonly bestLoss: number;
  readonly stopped: 'patience' | 'epochs' | 'diverged';
}

/** Weight of earlier batches in the moving moments of batch normalisation; at the start it is less, so that they count at once. */
const MOMENTUM = 0.99;
/** A validation loss so many times that of the start has diverged; losses are of the order of one. */
const DIVERGED = 1e3;

/**
 * Trains on some rows and keeps the weights of the epoch that is best on others.
 *
 * @param begin weights to begin with; left out: random ones
 * @param onEpoch called after each epoch; returns whether to go on
 */
export async function trainMember(
  examples: Examples,
  rows: { readonly training: Int32Array; readonly validation: Int32Array },
  options: TrainingOptions,
  seed: number,
  begin: readonly Float32Array[] | undefined,
  onEpoch: (epoch: Epoch) => boolean | Promise<boolean>,
): Promise<Member> {
  const loss = LOSSES[options.loss];
  const { inputs } = examples;
  const architecture = { ...options, inputs: inputs.columns, outputs: loss.outputs };
  const specs = weightSpecs(architecture);
  const trained = specs.flatMap((spec, k) => (isTrained(spec) ? [k] : []));
  const kernels = new Set(specs.flatMap(({ role }, k) => (role === 'kernel' ? [k] : [])));

  const weights = begin
    ? begin.map((w) => w.slice())
    : initialWeights(architecture, seed, lastBias(loss, examples, rows.training, options));
  const proximal = options.optimizer === 'ProximalAdagrad';
  const steps = optimiser(options.optimizer, options);
  const penalty = proximal ? { l1: 0, l2: 0 } : options;
  const random = randomStream(seed + 1);
  const bits = randomBits(seed + 2);
  const order = rows.training.slice();
  // Equal batches: none is left with a handful of rows, whose moments would mean nothing.
  const batches = Math.max(1, Math.round(order.length / options.batchSize));
  const every = Math.max(1, Math.floor((batches * options.epochs) / (options.decays + 1)));

  const judge = () => judged(loss, architecture, weights, examples, rows.validation);
  const start = judge().validationLoss;
  let best = { loss: start, epoch: 0, weights: weights.map((w) => w.slice()) };
  const history: Epoch[] = [];
  const ended = (stopped: Member['stopped']): Member => ({
    weights: best.weights,
    history: history.filter(isNumber),
    bestEpoch: best.epoch,
    bestLoss: best.loss,
    stopped,
  });
  let step = 0;
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    shuffle(order, random);
    let [sum, total] = [0, 0];
    for (let b = 0; b < batches; b++) {
      const part = order.subarray((b * order.length) / batches, ((b + 1) * order.length) / batches);
      const batch = gather(examples, part);
      const slopes = trainingPass(architecture, weights, batch.inputs, bits, (pass) => {
        const { value, byOutputs, weight } = lossOf(loss, pass.outputs, batch);
        sum += value;
        total += weight;
        followMoments(specs, weights, pass.moments, step);
        return pass.slopes(byOutputs);
      });
      trained.forEach((k, i) => {
        if (kernels.has(k)) addPenalty(slopes[i]!, weights[k]!, penalty);
      });
      steps.step(
        trained.map((k) => weights[k]!),
        slopes,
        decayed(options.learningRate, options.learningDecayRate, every, step),
      );
      step++;
    }
    const made: Epoch = { epoch, loss: sum / total, ...judge() };
    history.push(made);
    const limit = (Math.abs(start) + 1) * DIVERGED;
    if (!(made.validationLoss < limit && Number.isFinite(made.loss))) {
      return ended('diverged');
    }
    if (made.validationLoss < best.loss) {
      best = { loss: made.validationLoss, epoch, weights: weights.map((w) => w.slice()) };
    }
    const goOn = await onEpoch(made);
    if (!goOn || epoch - best.epoch >= options.patience) {
      return ended('patience');
    }
  }
  return ended('epochs');
}

const isNumber = ({ loss, validationLoss }: Epoch): boolean => Number.isFinite(loss) && Number.isFinite(validationLoss);

function lastBias(
  loss: Loss,
  { target, offset, weight }: Examples,
  rows: Int32Array,
  { startAtOffset }: TrainingOptions,
): number[] {
  const bias = loss.start(pick(target, rows), pick(offset, rows), pick(weight, rows));
  if (startAtOffset) bias[loss.name === 'ziln' ? 1 : 0] = 0;
  return bias;
}

function gather({ inputs, target, offset, weight }: Examples, rows: Int32Array): Examples {
  const { columns } = inputs;
  const values = new Float32Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * columns;
    for (let c = 0; c < columns; c++) values[i * columns + c] = inputs.values[from + c]!;
  }
  return {
    inputs: { rows: rows.length, columns, values },
    target: pick(target, rows),
    offset: pick(offset, rows),
    weight: pick(weight, rows),
  };
}

/** Σ weight · loss, Σ weight, and the slopes of the weighted mean. */
export function lossOf(loss: Loss, outputs: Float32Array, { target, offset, weight }: Omit<Examples, 'inputs'>) {
  const byOutputs = new Float32Array(outputs.length);
  let [value, all] = [0, 0];
  for (let i = 0; i < target.length; i++) {
    value += weight[i]! * loss.one(outputs, i * loss.outputs, target[i]!, offset[i]!, byOutputs);
    all += weight[i]!;
  }
  for (let i = 0; i < byOutputs.length; i++)
    byOutputs[i] = (byOutputs[i]! * weight[Math.floor(i / loss.outputs)]!) / (all || 1);
  return { value, weight: all, byOutputs };
}

/** How the means do on some rows. */
function judged(
  loss: Loss,
  architecture: Architecture,
  weights: readonly Float32Array[],
  examples: Examples,
  rows: Int32Array,
): Pick<Epoch, 'validationLoss' | 'validationRmse'> {
  const part = gather(examples, rows);
  const outputs = infer(architecture, weights, part.inputs);
  const { value, weight } = lossOf(loss, outputs, part);
  let squares = 0;
  for (let i = 0; i < rows.length; i++) {
    const mean = loss.mean(outputs, i * loss.outputs, part.offset[i]!);
    squares += part.weight[i]! * (mean - part.target[i]!) ** 2;
  }
  return { validationLoss: value / weight, validationRmse: Math.sqrt(squares / weight) };
}

function followMoments(
  specs: ReturnType<typeof weightSpecs>,
  weights: readonly Float32Array[],
  moments: ReadonlyArray<{ readonly mean: Float32Array; readonly variance: Float32Array }>,
  step: number,
): void {
  const momentum = Math.min(MOMENTUM, step / (step + 1));
  specs.forEach(({ layer, role }, k) => {
    if (role !== 'moving_mean' && role !== 'moving_variance') return;
    const latest = role === 'moving_mean' ? moments[layer]!.mean : moments[layer]!.variance;
    const moving = weights[k]!;
    for (let i = 0; i < moving.length; i++) moving[i] = momentum * moving[i]! + (1 - momentum) * latest[i]!;
  });
}

function addPenalty(slopes: Float32Array, kernel: Float32Array, { l1, l2 }: { l1: number; l2: number }): void {
  if (l1 === 0 && l2 === 0) return;
  for (let i = 0; i < kernel.length; i++) slopes[i] = slopes[i]! + l1 * Math.sign(kernel[i]!) + 2 * l2 * kernel[i]!;
}
