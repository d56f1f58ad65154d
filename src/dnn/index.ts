/** `clv/dnn`: networks on TensorFlow.js. Runs in Node and in browsers. */
export { ClvError, ERROR_CODES, type ErrorCode, type ErrorDetails } from '../errors.js';
export { openBackend, type Work } from './backend.js';
export { type Effect, type Importance, partialDependence, permutationImportance } from './importance.js';
export type { InputColumn, InputColumns, InputStyle } from './inputs.js';
export { LOSSES, type Loss, type LossName } from './losses.js';
export { type NetworkPrediction, type PredictionData, predictNetwork } from './predict-network.js';
export { loadNetwork, type SavedNetwork, saveNetwork } from './saved-network.js';
export type { Epoch, Member } from './train-member.js';
export { type NetworkTraining, type TrainingData, type TrainingSurroundings, trainNetwork } from './train-network.js';
export type { NetworkFinding, TrainedNetwork } from './trained-network.js';
export {
  BACKENDS,
  type BackendName,
  OPTIMISERS,
  type OptimiserName,
  type TrainingOptions,
} from './training-options.js';
