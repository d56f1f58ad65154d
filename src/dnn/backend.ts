/** The TensorFlow.js back end that networks run on: TensorFlow itself where it is installed and loads, else WebAssembly. */
import * as tf from '@tensorflow/tfjs-core';
import { ClvError } from '../errors.js';
import { setUpTensorFlow } from './tensorflow-settings.js';
import { BACKENDS, type BackendName } from './training-options.js';

/** What each is called inside TensorFlow.js. */
const REGISTERED: Readonly<Record<BackendName, string>> = { 'tfjs-node': 'tensorflow', wasm: 'wasm' };

/** How much there is to do, in multiplications. */
export interface Work {
  /** Of a batch on its way forward: rows × cells of the kernels. */
  readonly batch: number;
  /** Of all batches; on the way back there are twice as many as on the way forward. */
  readonly total: number;
}

const NO_WORK: Work = { batch: 0, total: 0 };

/**
 * From here on tfjs-node is the faster: in smaller batches its calls cost more than they save, and over less
 * in all it does not make up for the half second that it takes to load.
 */
const MUCH_WORK: Work = { batch: 1e6, total: 6e9 };

/**
 * Makes a back end current. Without a wish it is tfjs-node, a package that is not installed with this one, for much work, and wasm
 * for less and wherever tfjs-node does not load.
 *
 * @throws ClvError missing_backend (the one asked for does not load), bad_option
 */
export async function openBackend(wanted?: BackendName, work = NO_WORK): Promise<BackendName> {
  if (wanted !== undefined && !BACKENDS.includes(wanted)) {
    throw new ClvError('bad_option', 'there is no such back end', { found: wanted, expected: BACKENDS.join(', ') });
  }
  const turn = last.then(() => open(wanted, work));
  last = turn.catch(() => {});
  return turn;
}

/** One call after the other: a back end that is overtaken while it loads counts as one that does not load. */
let last: Promise<unknown> = Promise.resolve();

async function open(wanted: BackendName | undefined, { batch, total }: Work): Promise<BackendName> {
  const much = batch >= MUCH_WORK.batch && total >= MUCH_WORK.total;
  const order = wanted ? [wanted] : much ? BACKENDS : (['wasm'] as const);
  let cause: unknown;
  for (const name of order) {
    try {
      if (await withoutListeners(() => LOADERS[name]().then(() => tf.setBackend(REGISTERED[name])))) return name;
    } catch (error) {
      cause = error;
    }
  }
  throw new ClvError('missing_backend', `the TensorFlow.js back end ${order.at(-1)} does not load`, {
    found: cause instanceof Error ? cause.message : undefined,
    expected: 'tfjs-node where @tensorflow/tfjs-node is installed, or wasm',
    hint: order[0] === 'tfjs-node' ? 'npm install @tensorflow/tfjs-node, or --backend wasm' : undefined,
    cause,
  });
}

const LOADERS: Readonly<Record<BackendName, () => Promise<unknown>>> = {
  'tfjs-node': async () => {
    if (typeof process === 'undefined' || !process.versions?.node) throw new Error('not in Node');
    setUpTensorFlow();
    // Its code calls two functions that Node 23 took away.
    const { default: util } = (await import(/* @vite-ignore */ nodeModule('util'))) as { default: NodeUtil };
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    util.isArray ??= Array.isArray;
    return import(/* @vite-ignore */ TFJS_NODE);
  },
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
};

/** The wasm back end tells Node how to end a program that fails. That is not for a library to say: what it said is taken back. */
async function withoutListeners<T>(load: () => Promise<T>): Promise<T> {
  if (typeof process === 'undefined' || typeof process.listeners !== 'function') return load();
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Set(events.flatMap((event) => process.listeners(event as 'uncaughtException') as unknown[]));
  try {
    return await load();
  } finally {
    for (const event of events) {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before.has(listener)) process.off(event, listener as () => void);
      }
    }
  }
}

/** Names in variables: bundlers for browsers leave them alone. */
const TFJS_NODE = '@tensorflow/tfjs-node';
const nodeModule = (name: string) => `node:${name}`;

interface NodeUtil {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
}
