/** A network as a model of TensorFlow.js's own kind, and back: what is saved, and what other programs can load. */

import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { ClvError } from '../errors.js';
import { EPSILON } from './layers.js';
import { type Architecture, isTrained, weightSpecs } from './network.js';

/** Weights of a layers model come trained ones first, layer by layer; ours in the order of `weightSpecs`, which agrees within a layer. */
const layerName = (member: number, layer: number, kind: string): string => `member_${member + 1}_${kind}_${layer + 1}`;

/**
 * One model with all members: they read the same inputs, and what comes out is the mean of theirs.
 *
 * The caller disposes of it.
 */
export function layersModel(
  architecture: Architecture & { readonly dropout: number },
  members: ReadonlyArray<readonly Float32Array[]>,
): layers.LayersModel {
  const input = layers.input({ shape: [architecture.inputs], name: 'inputs' });
  const outs = members.map((_, member) => stack(architecture, member, input));
  const outputs =
    outs.length === 1 ? outs[0]! : (layers.layers.average({ name: 'mean' }).apply(outs) as layers.SymbolicTensor);
  const model = layers.model({ inputs: input, outputs });
  members.forEach((weights, member) => {
    for (const { name, specs } of layersOf(architecture, member)) {
      const tensors = specs.map(({ at, shape }) => tf.tensor(weights[at]!, shape as number[]));
      model.getLayer(name).setWeights(tensors);
      tf.dispose(tensors);
    }
  });
  return model;
}

function stack(
  architecture: Architecture & { readonly dropout: number },
  member: number,
  input: layers.SymbolicTensor,
) {
  const { hiddenUnits, batchNorm, order, dropout, outputs } = architecture;
  let h = input;
  const add = (layer: layers.layers.Layer) => {
    h = layer.apply(h) as layers.SymbolicTensor;
  };
  const norm = (at: number) => {
    if (!batchNorm) return;
    add(layers.layers.batchNormalization({ epsilon: EPSILON, name: layerName(member, at, 'norm') }));
  };
  const last = hiddenUnits.length;
  hiddenUnits.forEach((units, at) => {
    const useBias = !batchNorm || order === 'activation_first';
    add(layers.layers.dense({ units, useBias, name: layerName(member, at, 'dense') }));
    if (order === 'norm_first') norm(at);
    add(layers.layers.activation({ activation: 'relu', name: layerName(member, at, 'relu') }));
    if (dropout > 0) add(layers.layers.dropout({ rate: dropout, name: layerName(member, at, 'dropout') }));
    if (order === 'activation_first') norm(at);
  });
  add(layers.layers.dense({ units: outputs, name: layerName(member, last, 'dense') }));
  return h;
}

/** The layers with weights, and where theirs are in `weightSpecs`. */
function layersOf(architecture: Architecture, member: number) {
  const all = weightSpecs(architecture).map((spec, at) => ({ ...spec, at }));
  const found = new Map<string, typeof all>();
  for (const spec of all) {
    const kind = spec.role === 'kernel' || spec.role === 'bias' ? 'dense' : 'norm';
    const name = layerName(member, spec.layer, kind);
    found.set(name, [...(found.get(name) ?? []), spec]);
  }
  return [...found].map(([name, specs]) => ({
    name,
    // TensorFlow.js lists what is trained before what is not.
    specs: [...specs.filter(isTrained), ...specs.filter((spec) => !isTrained(spec))],
  }));
}

/**
 * The weights of each member.
 *
 * @throws ClvError bad_saved_model (layers are missing or of another shape, or a weight is not finite)
 */
export function weightsOf(model: layers.LayersModel, architecture: Architecture, members: number): Float32Array[][] {
  return Array.from({ length: members }, (_, member) => {
    const weights: Float32Array[] = [];
    for (const { name, specs } of layersOf(architecture, member)) {
      const tensors = layerOf(model, name).getWeights();
      for (const [k, { at, shape }] of specs.entries()) {
        if (tensors[k]?.shape.join() !== shape.join())
          throw notOurs(name, tensors[k]?.shape.join(' × '), shape.join(' × '));
        weights[at] = tensors[k]!.dataSync().slice() as Float32Array;
        if (!weights[at]!.every(Number.isFinite))
          throw notOurs(name, 'a weight that is not a number', 'finite weights');
      }
    }
    return weights;
  });
}

function layerOf(model: layers.LayersModel, name: string): layers.layers.Layer {
  try {
    return model.getLayer(name);
  } catch {
    throw notOurs(name, 'no such layer', 'a network that this library saved');
  }
}

const notOurs = (column: string, found: string | undefined, expected: string): ClvError =>
  new ClvError('bad_saved_model', 'a layer of the saved network is not as it should be', { column, found, expected });
