/** The program of a network's thread: takes tasks, answers with progress and results. See network-thread.ts. */
import { parentPort } from 'node:worker_threads';
import { partialDependence, permutationImportance } from '../dnn/importance.js';
import { predictNetwork } from '../dnn/predict-network.js';
import { trainNetwork } from '../dnn/train-network.js';
import { ClvError } from '../errors.js';
import type { Explanation, ThreadAnswer, ThreadPrediction, ThreadTask } from './network-thread.js';

const port = parentPort!;
const answer = (message: ThreadAnswer): void => port.postMessage(message);

/** Whether to go on is what the next message says. */
const asked = (epoch: Extract<ThreadAnswer, { kind: 'epoch' }>['epoch']): Promise<boolean> =>
  new Promise((resolve) => {
    waiting = resolve;
    answer({ kind: 'epoch', epoch });
  });

let waiting: ((goOn: boolean) => void) | undefined;

port.on('message', async (message: ThreadTask | { readonly goOn: boolean } | { readonly close: true }) => {
  if ('close' in message) return port.close();
  if ('goOn' in message) return waiting!(message.goOn);
  try {
    answer({ kind: 'done', result: await work(message) });
  } catch (error) {
    if (!(error instanceof ClvError)) return answer({ kind: 'failed', error });
    const { cause: _, ...details } = error.details;
    answer({ kind: 'refused', code: error.code, problem: error.problem, details });
  }
});

/** Columns whose effect is looked at. */
const EFFECTS = 4;

async function work(task: ThreadTask): Promise<unknown> {
  const { backend } = task;
  if (task.task === 'train') {
    return trainNetwork(task.data, task.options, {
      style: task.style,
      backend,
      resumed: task.resumed,
      onProgress: (step, done) => answer({ kind: 'progress', step, done }),
      ...(task.asks && { onEpoch: (...epoch) => asked(epoch) }),
    });
  }
  if (task.task === 'explain') {
    const importance = await permutationImportance(task.network, task.data, { backend });
    const effects = [];
    for (const { column } of importance.slice(0, EFFECTS)) {
      effects.push(await partialDependence(task.network, task.data, column, { backend }));
    }
    return { importance, effects } satisfies Explanation;
  }
  const { mean, quantile } = await predictNetwork(task.network, task.data, { backend });
  return { mean, quantiles: quantile ? task.quantiles.map(quantile) : [] } satisfies ThreadPrediction;
}
