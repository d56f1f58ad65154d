import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/dnn/backend.js';
import { ClvError } from '../../src/errors.js';

const installed = (() => {
  try {
    return Boolean(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node'));
  } catch {
    return false;
  }
})();

describe('back ends', () => {
  it('takes wasm for small batches, and wherever tfjs-node is not installed', async () => {
    expect(await openBackend(undefined, 5)).toBe('wasm');
    expect(await openBackend(undefined, 4096)).toBe(installed ? 'tfjs-node' : 'wasm');
  });

  it.skipIf(installed)('says what is missing, and what to do, where the one asked for does not load', async () => {
    await expect(openBackend('tfjs-node')).rejects.toMatchObject({
      code: 'missing_backend',
      details: { hint: expect.stringContaining('npm install @tensorflow/tfjs-node') },
    });
  });

  it('knows no others', async () => {
    await expect(openBackend('webgl' as never)).rejects.toThrow(ClvError);
  });
});
