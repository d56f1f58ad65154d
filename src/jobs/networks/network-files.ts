/** The networks of a job as files of its folder: `model.json` describes them, `network_<part>/` holds TensorFlow.js's own format. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainedNetwork } from '../../dnn/trained-network.js';
import { ClvError } from '../../errors.js';
import { snakeKeys } from '../../json-keys.js';
import type { FileContent } from '../job-folder.js';
import type { Part, TrainedNetworks } from './trained-networks.js';

const PARTS: readonly Part[] = ['purchases', 'value'];
const folderOf = (part: Part): string => `network_${part}`;

export async function saveNetworks(networks: TrainedNetworks): Promise<{
  readonly description: unknown;
  readonly files: Readonly<Record<string, FileContent>>;
}> {
  const { saveNetwork } = await import('../../dnn/saved-network.js'); // TensorFlow.js loads with it
  const { model, split, preset, windows } = networks;
  const description: Record<string, unknown> = snakeKeys({ model, split, preset, windows }) as Record<string, unknown>;
  const files: Record<string, FileContent> = {};
  for (const part of PARTS) {
    const trained = networks[part];
    if (trained === undefined) continue;
    const saved = await saveNetwork(trained.network);
    description[part] = saved.description;
    for (const [name, content] of Object.entries(saved.files)) files[`${folderOf(part)}/${name}`] = content;
  }
  return { description, files };
}

export interface LoadedNetworks {
  readonly model: string;
  /** The last day that they learned from. */
  readonly lastDay: string;
  readonly networks: Partial<Record<Part, TrainedNetwork>>;
}

/**
 * The networks of a job.
 *
 * @param job its folder
 * @throws ClvError missing_file, bad_saved_model
 */
export async function loadNetworks(job: string): Promise<LoadedNetworks> {
  const { loadNetwork } = await import('../../dnn/saved-network.js');
  const file = join(job, 'model.json');
  const { networks } = (parsed(await readOfJob(file), file) ?? {}) as { networks?: Record<string, unknown> };
  const there = PARTS.filter((part) => networks?.[part] !== undefined);
  if (there.length === 0) {
    throw new ClvError('bad_saved_model', 'this job has no networks', {
      file,
      expected: 'the folder of a job with --model_type hybrid_model, dnn_model, DNNRegressor or Linear',
    });
  }
  const loaded = there.map(async (part) => {
    const folder = join(job, folderOf(part));
    const files = {
      'model.json': (await readOfJob(join(folder, 'model.json'))).toString('utf8'),
      'weights.bin': new Uint8Array(await readOfJob(join(folder, 'weights.bin'))),
    };
    return [part, await loadNetwork({ description: networks![part], files }, folder)] as const;
  });
  const { model, windows } = networks as unknown as { model: string; windows: Array<{ predict_end: string }> };
  return { model, lastDay: windows.at(-1)!.predict_end, networks: Object.fromEntries(await Promise.all(loaded)) };
}

/** @throws ClvError missing_file */
export async function readOfJob(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: Error) => {
    throw new ClvError('missing_file', 'a file of the job cannot be read', {
      file,
      found: cause.message,
      expected: 'the folder of a finished job',
      cause,
    });
  });
}

function parsed(content: Buffer, file: string): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw new ClvError('bad_saved_model', 'the saved model is not JSON', {
      file,
      found: (cause as Error).message,
      cause,
    });
  }
}
