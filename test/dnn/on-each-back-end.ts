/** Runs tests on each back end of TensorFlow.js. tfjs-node is optional: where it does not load, a title says so. */
import { beforeAll, describe } from 'vitest';
import { openBackend } from '../../src/dnn/backend.js';
import { BACKENDS, type BackendName } from '../../src/dnn/training-options.js';

export const tfjsNodeLoads = await openBackend('tfjs-node').then(
  () => true,
  () => false,
);

export function onEachBackEnd(title: string, tests: (backend: BackendName) => void): void {
  for (const backend of BACKENDS) {
    const missing = backend === 'tfjs-node' && !tfjsNodeLoads;
    const reason = missing ? ' [skipped: tfjs-node is not installed]' : '';
    describe.skipIf(missing)(`${title}, on ${backend}${reason}`, () => {
      beforeAll(() => openBackend(backend));
      tests(backend);
    });
  }
}
