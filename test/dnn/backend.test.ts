import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/dnn/backend.js';
import { trainNetwork } from '../../src/dnn/train-network.js';
import type { BackendName } from '../../src/dnn/training-options.js';
import { onEachBackEnd, tfjsNodeLoads } from './on-each-back-end.js';
import { customers, SMALL } from './small-network.js';

describe('a back end', () => {
  it('is wasm for little work, and tfjs-node for much where it loads', async () => {
    expect(await openBackend()).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect(await openBackend(undefined, { batch: 1e5, total: 1e11 })).toBe('wasm'); // small batches
    expect(await openBackend(undefined, { batch: 1e7, total: 1e9 })).toBe('wasm'); // few of them
    expect(await openBackend(undefined, { batch: 1e7, total: 1e10 })).toBe(tfjsNodeLoads ? 'tfjs-node' : 'wasm');
  });

  it.skipIf(tfjsNodeLoads)('that does not load is refused, with what is missing and what to do', async () => {
    await expect(openBackend('tfjs-node')).rejects.toMatchObject({
      code: 'missing_backend',
      details: { hint: expect.stringContaining('npm install @tensorflow/tfjs-node') },
    });
  });

  it('is refused where there is none of that name', async () => {
    await expect(openBackend('webgpu' as BackendName)).rejects.toMatchObject({ code: 'bad_option' });
  });
});

onEachBackEnd('a back end', (backend) => {
  it('is the one asked for, and named in what it trained', async () => {
    expect(await openBackend(backend)).toBe(backend);
    const { columns, target } = customers(80);
    const { network } = await trainNetwork({ columns, target }, { ...SMALL, epochs: 1 }, { backend });
    expect(network).toMatchObject({ backend, tfjs: tf.version_core });
  });

  it('stays that of a training while another trains beside it', async () => {
    const { columns, target } = customers(200);
    const train = (on: BackendName) => trainNetwork({ columns, target }, SMALL, { backend: on });
    const alone = await train('wasm');
    const [together] = await Promise.all([train('wasm'), train(backend)]);
    expect(together.network.weights).toEqual(alone.network.weights);
  });
});
