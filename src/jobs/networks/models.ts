/** The networks that `--model_type` can name. Light: nothing here loads TensorFlow.js. */
import type { InputStyle } from '../../dnn/inputs.js';
import type { LossName } from '../../dnn/losses.js';
import type { TrainingOptions } from '../../dnn/training-options.js';
import type { NetworkSettings, Part } from './trained-networks.js';

export interface NetworkModel {
  readonly name: string;
  readonly title: string;
  /** One line for people. */
  readonly meaning: string;
  readonly style: InputStyle;
  /** Whether it corrects the expectations of a probability model, which are its offset and among its inputs. */
  readonly corrects: boolean;
  /** How the network of purchases and that of value are built and trained. */
  readonly purchases: TrainingOptions;
  readonly value: TrainingOptions;
}

const OURS: TrainingOptions = {
  loss: 'poisson',
  hiddenUnits: [32],
  batchNorm: true,
  order: 'norm_first',
  dropout: 0.2,
  optimizer: 'Adam',
  learningRate: 0.003,
  learningDecayRate: 0.7,
  decays: 4,
  batchSize: 1024,
  epochs: 40,
  patience: 8,
  l1: 0,
  l2: 1e-4,
  members: 5,
  validationShare: 0.2,
  startAtOffset: false,
  seed: 1,
};

const correction: TrainingOptions = { ...OURS, l2: 0.003, startAtOffset: true };

/** Without statistics to begin with there is more to learn, and it takes longer. */
const ALONE: TrainingOptions = { ...OURS, dropout: 0.05, epochs: 100, patience: 15 };

export const NETWORK_MODELS: readonly NetworkModel[] = [
  {
    name: 'hybrid_model',
    title: 'Hybrid',
    meaning: 'a network that corrects the expectations of Pareto/NBD and Gamma-Gamma',
    style: 'standard',
    corrects: true,
    purchases: correction,
    value: { ...correction, loss: 'tweedie' },
  },
  {
    name: 'dnn_model',
    title: 'DNN',
    meaning: 'dense layers, each with batch normalisation, ReLU and dropout; value as a distribution (ZILN)',
    style: 'standard',
    corrects: false,
    purchases: ALONE,
    value: { ...ALONE, loss: 'ziln' },
  },
  {
    name: 'DNNRegressor',
    title: 'DNNRegressor',
    meaning:
      "dense layers with ReLU, dropout and batch normalisation in the order of TensorFlow's estimator; squared error",
    style: 'standard',
    corrects: false,
    purchases: { ...ALONE, loss: 'mse', order: 'activation_first' },
    value: { ...ALONE, loss: 'mse', order: 'activation_first' },
  },
  {
    name: 'Linear',
    title: 'Linear',
    meaning: 'a linear model of bucketised columns and of crosses of them',
    style: 'wide',
    corrects: false,
    purchases: { ...ALONE, hiddenUnits: [], dropout: 0 },
    value: { ...ALONE, loss: 'tweedie', hiddenUnits: [], dropout: 0 },
  },
];

/**
 * Defaults of the reference's task (clv_mle/trainer/task.py); the learning rate falls 20 times, as often as it is judged. Its
 * dropout leaves one unit in ten: good to compare with, not to use.
 */
export const REFERENCE: TrainingOptions = {
  ...OURS,
  loss: 'mse',
  hiddenUnits: [128, 64, 32, 16],
  dropout: 0.899732,
  optimizer: 'ProximalAdagrad',
  learningRate: 0.00135,
  decays: 19,
  batchSize: 5,
  epochs: 70,
  patience: 70,
  l1: 0.0216647,
  l2: 0.0673949,
  members: 1,
};

/** What amounts can be trained on. */
export const VALUE_LOSSES: readonly LossName[] = ['tweedie', 'poisson', 'ziln', 'mse'];

export const networkModel = (name: string): NetworkModel | undefined =>
  NETWORK_MODELS.find((model) => model.name === name);

/** How a network is trained: what its model has by default, or the reference, and what is asked for. */
export function settingsOf(
  part: Part,
  model: NetworkModel,
  { preset, network, networkOf, loss }: NetworkSettings,
): TrainingOptions {
  return {
    ...model[part],
    ...(preset && REFERENCE),
    ...network,
    ...networkOf?.[part],
    ...(loss && part === 'value' && { loss }),
  };
}
