/**
 * Saving and loading networks: a description as JSON, and the weights in TensorFlow.js's own format (`model.json` and `weights.bin`,
 * as `tf.loadLayersModel` reads them). In Node and in a browser.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {
  array,
  boolean,
  getDotPath,
  literal,
  looseObject,
  number,
  object,
  record,
  safeParse,
  strictTuple,
  string,
  union,
} from 'valibot';
import { ClvError } from '../errors.js';
import { camelKeys, snakeKeys } from '../json-keys.js';
import { openBackend } from './backend.js';
import { layersModel, weightsOf } from './layers-model.js';
import { architectureOf, NETWORK_SCHEMA_VERSION, type TrainedNetwork } from './trained-network.js';
import { checkTrainingOptions } from './training-options.js';

export interface SavedNetwork {
  /** Plain JSON with keys in snake_case: inputs and how they are read, options, versions, checksum of the weights. */
  readonly description: unknown;
  readonly files: { readonly 'model.json': string; readonly 'weights.bin': Uint8Array };
}

/** @throws ClvError missing_backend */
export async function saveNetwork(network: TrainedNetwork): Promise<SavedNetwork> {
  await openBackend('wasm');
  const { weights, units, ...described } = network; // names of columns are keys of units, and stay as they are
  const model = layersModel({ ...architectureOf(network), dropout: network.options.dropout }, weights);
  let artifacts: tf.io.ModelArtifacts | undefined;
  try {
    await model.save(
      tf.io.withSaveHandler(async (made) => {
        artifacts = made;
        return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(made) };
      }),
    );
  } finally {
    model.dispose();
  }
  const { modelTopology, weightSpecs: manifest, weightData } = artifacts!;
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
  const json = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-layers v${layers.version_layers}`,
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: ['weights.bin'], weights: manifest }],
  };
  const own = { ...(snakeKeys({ ...described, weightsSha256: await sha256(bytes) }) as object), units };
  return {
    description: { ...own, sha256: await checksum(own) },
    files: { 'model.json': JSON.stringify(json), 'weights.bin': bytes },
  };
}

const sorted = [
  object({ kind: literal('buckets'), name: string(), boundaries: array(number()) }),
  object({ kind: literal('category'), name: string(), categories: array(string()) }),
] as const;

/** A description, keys in camelCase. */
const savedDescription = object({
  schemaVersion: literal(NETWORK_SCHEMA_VERSION),
  options: looseObject({}),
  inputs: array(
    union([
      object({
        kind: literal('number'),
        name: string(),
        log: boolean(),
        unit: number(),
        low: number(),
        high: number(),
        mean: number(),
        spread: number(),
      }),
      ...sorted,
      object({ kind: literal('cross'), of: strictTuple([union(sorted), union(sorted)]) }),
    ]),
  ),
  units: record(string(), string()),
  targetUnit: number(),
  offset: boolean(),
  backend: string(),
  tfjs: string(),
  trainingRows: number(),
  members: array(looseObject({})),
  findings: array(object({ code: string(), message: string() })),
  weightsSha256: string(),
});

/**
 * A network from its description and its files.
 *
 * @param file what messages call it
 * @throws ClvError bad_saved_model
 */
export async function loadNetwork({ description, files }: SavedNetwork, file?: string): Promise<TrainedNetwork> {
  const { sha256: sum, ...saved } = (description ?? {}) as { sha256?: unknown; units?: unknown };
  const { units, ...rest } = saved;
  const value = { ...(camelKeys(rest) as object), units };
  const bad = (problem: string, found: string, cause?: unknown) =>
    new ClvError('bad_saved_model', problem, {
      file,
      found,
      expected: 'a network that this library saved',
      hint: 'train it again',
      cause,
    });
  const { success, issues } = safeParse(savedDescription, value);
  if (!success) {
    throw bad('this is not the description of a network', `${getDotPath(issues[0]) ?? ''} ${issues[0].message}`.trim());
  }
  if ((await checksum(saved)) !== sum) throw bad('the description was changed after it was saved', 'another checksum');
  const { weightsSha256, ...described } = value as unknown as Omit<TrainedNetwork, 'weights'> & {
    weightsSha256: string;
  };
  try {
    checkTrainingOptions(described.options);
  } catch (cause) {
    throw bad('these are not the options of a network', (cause as Error).message.split('\n')[0]!, cause);
  }
  const bytes = files['weights.bin'];
  if ((await sha256(bytes)) !== weightsSha256) {
    throw bad('the weights are not those that were saved', `${bytes.length} bytes with another checksum`);
  }
  await openBackend('wasm');
  let model: layers.LayersModel | undefined;
  try {
    const { modelTopology, weightsManifest } = JSON.parse(files['model.json']) as {
      modelTopology: object;
      weightsManifest: Array<{ weights: tf.io.WeightsManifestEntry[] }>;
    };
    const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    model = await layers.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData }),
    );
    return { ...described, weights: weightsOf(model, architectureOf(described), described.members.length) };
  } catch (cause) {
    if (cause instanceof ClvError) throw new ClvError(cause.code, cause.problem, { file, ...cause.details });
    throw bad('the network cannot be read', (cause as Error).message, cause);
  } finally {
    model?.dispose();
  }
}

/** Of JSON, whatever the order of its keys. */
const checksum = (description: object): Promise<string> => {
  const ordered = (_: string, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return sha256(new TextEncoder().encode(JSON.stringify(description, ordered)));
};

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
