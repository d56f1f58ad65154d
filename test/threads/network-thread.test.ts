import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { predictNetwork } from '../../src/dnn/predict-network.js';
import { trainNetwork } from '../../src/dnn/train-network.js';
import type { TrainingOptions } from '../../src/dnn/training-options.js';
import { ClvError } from '../../src/errors.js';
import { type NetworkThread, networkThread } from '../../src/threads/network-thread.js';
import { customers, SMALL } from '../dnn/small-network.js';

const wasm = { backend: 'wasm' } as const;
const { columns, target } = customers(300);
const data = { columns, target };
const long: TrainingOptions = { ...SMALL, epochs: 1_000_000, patience: 1_000_000 };

let thread: NetworkThread;
beforeEach(() => {
  thread = networkThread();
});
afterEach(() => thread.close());

describe('the thread of a network', () => {
  it('trains the same weights as the process itself, and tells of its progress', async () => {
    const steps: Array<number | undefined> = [];
    const options = { ...SMALL, members: 2 };
    const own = await trainNetwork(data, options, wasm);
    const found = await thread.train(data, options, { ...wasm, onProgress: (_, done) => steps.push(done) });
    expect(found).toEqual(own);
    expect(steps.at(-1)).toBe(1);
    expect(steps).toEqual(steps.toSorted((a, b) => a! - b!));
    expect(steps.length).toBeGreaterThan(SMALL.epochs);
  });

  it('predicts what the process itself predicts', async () => {
    const { network } = await trainNetwork(data, { ...SMALL, loss: 'ziln' }, wasm);
    const own = await predictNetwork(network, { columns }, wasm);
    const found = await thread.predict(network, { columns }, [0.1, 0.9], 'wasm');
    expect(found).toEqual({ mean: own.mean, quantiles: [own.quantile!(0.1), own.quantile!(0.9)] });
    const counts = await trainNetwork(data, SMALL, wasm);
    expect((await thread.predict(counts.network, { columns }, [0.5], 'wasm')).quantiles).toEqual([]);
  });

  it('leaves the event loop of its caller free while an epoch is under way', async () => {
    await thread.train(data, { ...SMALL, epochs: 1 }, wasm); // it has started, and TensorFlow.js is loaded
    const many = customers(20_000);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await thread.train({ columns: many.columns, target: many.target }, { ...SMALL, epochs: 1, batchSize: 16 }, wasm);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });

  it('stops when onEpoch says so, also if it takes its time', async () => {
    const seen: number[] = [];
    const { network } = await thread.train(data, long, {
      ...wasm,
      onEpoch: async ({ epoch }) => {
        await new Promise(setImmediate);
        return seen.push(epoch) < 3;
      },
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(network.members[0]!.history).toHaveLength(3);
  });

  it('does several tasks, one after the other, each with its own result', async () => {
    const [one, other] = await Promise.all([
      thread.train(data, SMALL, wasm),
      thread.train(data, { ...SMALL, seed: 2 }, wasm),
    ]);
    expect(one).toEqual(await trainNetwork(data, SMALL, wasm));
    expect(other.network.options.seed).toBe(2);
  });
});

describe('what goes wrong in the thread of a network', () => {
  it('comes back as the ClvError that it was, and the thread goes on', async () => {
    const bad = { columns, target: target.with(6, Number.NaN) };
    const own = await trainNetwork(bad, SMALL, wasm).catch((error: unknown) => error);
    const error = await thread.train(bad, SMALL, wasm).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(ClvError);
    expect(error).toMatchObject({ code: 'bad_columns', details: { row: 7, column: 'target', found: Number.NaN } });
    expect((error as ClvError).message).toBe((own as ClvError).message);
    await expect(thread.train(data, { ...SMALL, epochs: 1 }, wasm)).resolves.toBeDefined();
  });

  it('rejects when it is closed while it trains; a task after that starts it anew', async () => {
    let started = () => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const training = thread.train(data, long, { ...wasm, onProgress: started });
    const outcome = expect(training).rejects.toThrow('ended before its work was done');
    await begun;
    await thread.close();
    await outcome;
    await expect(thread.train(data, { ...SMALL, epochs: 1 }, wasm)).resolves.toBeDefined();
  });

  it.each(['at once', 'while the first is under way'])(
    'rejects tasks that wait as well when it is closed %s',
    async (when) => {
      const first = expect(thread.train(data, { ...SMALL, epochs: 2000, patience: 2000 }, wasm)).rejects.toThrow(
        'ended before its work was done',
      );
      const second = expect(thread.train(data, { ...SMALL, epochs: 1 }, wasm)).rejects.toThrow('ended before');
      if (when !== 'at once') await new Promise((resolve) => setTimeout(resolve));
      await thread.close();
      await Promise.all([first, second]);
    },
  );

  it('may be closed twice, and before it did anything', async () => {
    await thread.close();
    await expect(thread.close()).resolves.toBeUndefined();
  });

  it.each(['onEpoch', 'onProgress'] as const)('rejects with what %s of the caller threw', async (listener) => {
    const problem = new Error('no more');
    const training = thread.train(data, long, {
      ...wasm,
      [listener]: () => {
        throw problem;
      },
    });
    await expect(training).rejects.toBe(problem);
    await expect(thread.train(data, { ...SMALL, epochs: 1 }, wasm)).resolves.toBeDefined();
  });

  it('rejects what cannot be sent to a thread', async () => {
    const options = { ...SMALL, note: () => {} };
    await expect(thread.train(data, options, wasm)).rejects.toMatchObject({ name: 'DataCloneError' });
  });
});
