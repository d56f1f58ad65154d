/** A worker thread for one network: its caller's event loop stays free while it trains and predicts. Node only. */
import { Worker } from 'node:worker_threads';
import type { Effect, Importance } from '../dnn/importance.js';
import type { PredictionData } from '../dnn/predict-network.js';
import { setUpTensorFlow } from '../dnn/tensorflow-settings.js';
import type { NetworkTraining, TrainingData, TrainingSurroundings } from '../dnn/train-network.js';
import type { TrainedNetwork } from '../dnn/trained-network.js';
import type { BackendName, TrainingOptions } from '../dnn/training-options.js';
import { ClvError, type ErrorCode, type ErrorDetails } from '../errors.js';

/** What `predict` brings back: plain arrays. */
export interface ThreadPrediction {
  readonly mean: Float64Array;
  /** One array for each share asked for; none where the loss describes no distribution. */
  readonly quantiles: readonly Float64Array[];
}

/** What a network makes of its columns. */
export interface Explanation {
  readonly importance: readonly Importance[];
  /** For the columns that matter most. */
  readonly effects: readonly Effect[];
}

export interface NetworkThread {
  train(data: TrainingData, options: TrainingOptions, surroundings?: TrainingSurroundings): Promise<NetworkTraining>;
  predict(
    network: TrainedNetwork,
    data: PredictionData,
    quantiles?: readonly number[],
    backend?: BackendName,
  ): Promise<ThreadPrediction>;
  explain(
    network: TrainedNetwork,
    data: PredictionData & { readonly target: Float64Array },
    backend?: BackendName,
  ): Promise<Explanation>;
  /** Ends the thread, whatever it is doing. */
  close(): Promise<void>;
}

/** What goes to the thread. */
export type ThreadTask =
  | {
      readonly task: 'train';
      readonly data: TrainingData;
      readonly options: TrainingOptions;
      readonly style: TrainingSurroundings['style'];
      readonly backend: BackendName | undefined;
      /** Whether it asks after each epoch if it shall go on. */
      readonly asks: boolean;
      readonly resumed: TrainedNetwork | undefined;
    }
  | {
      readonly task: 'predict';
      readonly network: TrainedNetwork;
      readonly data: PredictionData;
      readonly quantiles: readonly number[];
      readonly backend: BackendName | undefined;
    }
  | {
      readonly task: 'explain';
      readonly network: TrainedNetwork;
      readonly data: PredictionData & { readonly target: Float64Array };
      readonly backend: BackendName | undefined;
    };

/** What comes from it. */
export type ThreadAnswer =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'progress'; readonly step: string; readonly done: number | undefined }
  | { readonly kind: 'epoch'; readonly epoch: Parameters<NonNullable<TrainingSurroundings['onEpoch']>> }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly problem: string; readonly details: ErrorDetails }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A thread of its own for one network; it starts with the first task. */
export function networkThread(): NetworkThread {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = 0;
  let running = 0;
  /** Tasks wait for those before them; those that wait when it is closed are not begun. */
  const run = <T>(task: ThreadTask, listeners: TrainingSurroundings = {}): Promise<T> => {
    const before = closed;
    const own = last.then(async () => {
      if (closed !== before) throw ended();
      if (worker === undefined) {
        const started = await startAlone(() => closed === before);
        started.once('exit', () => {
          if (worker === started) worker = undefined;
        });
        worker = started;
      }
      running++;
      return runTask<T>(worker, task, listeners).finally(() => {
        running--;
      });
    });
    last = own.catch(() => {});
    return own;
  };
  return {
    train: (data, options, { style, backend, resumed, ...listeners } = {}) =>
      run({ task: 'train', data, options, style, backend, resumed, asks: listeners.onEpoch !== undefined }, listeners),
    predict: (network, data, quantiles = [], backend = undefined) =>
      run({ task: 'predict', network, data, quantiles, backend }),
    explain: (network, data, backend = undefined) => run({ task: 'explain', network, data, backend }),
    async close() {
      closed++;
      const ending = worker;
      worker = undefined;
      if (ending === undefined) return;
      if (running > 0) {
        await ending.terminate();
        return;
      }
      ending.ref();
      const gone = new Promise((resolve) => ending.once('exit', resolve));
      ending.postMessage({ close: true }); // ends by itself: TensorFlow does not like to be cut off
      await gone;
    },
  };
}

/** Until the thread that was started last has said its first word, its back end is loaded. */
let loading: Promise<void> = Promise.resolve();

/** Starts a worker when no other is loading its back end: TensorFlow has crashed where two threads loaded it at once. */
async function startAlone(wanted: () => boolean): Promise<Worker> {
  const others = loading;
  let loaded = () => {};
  loading = new Promise((resolve) => {
    loaded = resolve;
  });
  await others;
  if (!wanted()) {
    loaded();
    throw ended();
  }
  return startWorker().once('message', loaded).once('error', loaded).once('exit', loaded);
}

const ended = (): Error => new Error('the thread of a network ended before its work was done');

function runTask<T>(thread: Worker, task: ThreadTask, { onProgress, onEpoch }: TrainingSurroundings): Promise<T> {
  thread.ref();
  return new Promise<T>((resolve, reject) => {
    const settle = (end: () => void) => {
      thread.off('message', onMessage).off('error', onError).off('exit', onExit);
      thread.unref(); // a caller who forgets to close it can still end
      end();
    };
    const onMessage = async (answer: ThreadAnswer) => {
      try {
        switch (answer.kind) {
          case 'done':
            return settle(() => resolve(answer.result as T));
          case 'progress':
            return onProgress?.(answer.step, answer.done);
          case 'epoch':
            return thread.postMessage({ goOn: await onEpoch!(...answer.epoch) });
          case 'refused':
            return settle(() => reject(new ClvError(answer.code, answer.problem, answer.details)));
          case 'failed':
            return settle(() => reject(answer.error));
        }
      } catch (error) {
        thread.off('exit', onExit);
        await thread.terminate(); // a listener threw: what the training finds is of no use any more
        onError(error);
      }
    };
    const onError = (error: unknown) => settle(() => reject(error));
    const onExit = () => onError(ended());
    thread.on('message', onMessage).on('error', onError).on('exit', onExit);
    try {
      thread.postMessage(task);
    } catch (error) {
      onError(error);
    }
  });
}

/** The program of the thread: in a bundle below `dist`, else the source beside this file, which tsx runs in development. */
function startWorker(): Worker {
  setUpTensorFlow(); // which does not see what a thread sets
  const source = import.meta.url.endsWith('.ts') ? new URL('network-worker.ts', import.meta.url).href : undefined;
  const worker = source
    ? new Worker(
        `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`,
        { eval: true },
      )
    : new Worker(new URL('./threads/network-worker.js', import.meta.url), { execArgv: [] });
  return worker;
}
