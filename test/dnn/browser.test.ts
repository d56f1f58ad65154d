/**
 * `clv/dnn` in a browser: bundled as a user would, loaded in headless Chromium, with the predictions of Node.
 *
 * What a user needs for it: a bundler (esbuild here, told `platform: 'browser'` and nothing else), and the .wasm files of
 * @tensorflow/tfjs-backend-wasm on the server, with `setWasmPaths` saying where. Checksums need https, or localhost.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { predictNetwork } from '../../src/dnn/predict-network.js';
import { saveNetwork } from '../../src/dnn/saved-network.js';
import { trainNetwork } from '../../src/dnn/train-network.js';
import { customers, SMALL } from './small-network.js';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const wasmFolder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

/** What a page does: loads the saved network, predicts, trains one of its own, and leaves what it found in its text. */
const PAGE = `
import { loadNetwork, predictNetwork, trainNetwork, openBackend, ClvError } from './src/dnn/index.ts';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
const show = (found) => { document.body.textContent = 'FOUND ' + encodeURIComponent(JSON.stringify(found)) + ' END'; };
async function work() {
  setWasmPaths('/');
  const { description, model, weights, columns, target, options } = await (await fetch('/network.json')).json();
  const files = { 'model.json': model, 'weights.bin': Uint8Array.from(weights) };
  const network = await loadNetwork({ description, files });
  const { mean, quantile } = await predictNetwork(network, { columns });
  const own = await trainNetwork({ columns, target: Float64Array.from(target) }, options);
  const trained = await predictNetwork(own.network, { columns });
  const refused = await openBackend('tfjs-node').catch((error) => error instanceof ClvError && error.code);
  show({ mean: [...mean], median: [...quantile(0.5)], trained: [...trained.mean], refused, backend: await openBackend() });
}
work().catch((error) => show({ error: String(error && error.stack || error) }));
`;

const bundled = () =>
  build({
    stdin: { contents: PAGE, resolveDir: process.cwd(), loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  }).then(({ outputFiles }) => outputFiles[0]!.text);

/** The text of a page once its script is through. */
async function pageText(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url!, 'http://x').pathname);
    const content = files[name || 'index.html'];
    if (content === undefined) return void response.writeHead(404).end();
    const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' };
    response.setHeader('content-type', types[name.split('.').at(-1)!] ?? (name ? 'application/json' : 'text/html'));
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'clv-test-'));
  const child = spawn(
    chromium!,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      `--user-data-dir=${profile}`,
      '--virtual-time-budget=60000',
      '--dump-dom',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  try {
    let text = '';
    for await (const piece of child.stdout.setEncoding('utf8')) text += piece;
    return text;
  } finally {
    child.kill('SIGKILL');
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

describe('clv/dnn bundled for browsers', () => {
  let bundle: string;
  beforeAll(async () => {
    bundle = await bundled();
  });

  it('holds nothing of Node', () => {
    expect(bundle).not.toMatch(/(?:require\(|import\(|from )["']node:/);
  });

  it.skipIf(chromium === undefined)(
    `predicts and trains in Chromium as in Node${chromium ? '' : ' [skipped: chromium is not installed]'}`,
    async () => {
      const { columns: numbers, target } = customers(60);
      const columns = { ...numbers, country: Array.from(target, (_, i) => ['NL', 'UK'][i % 2]!) };
      const options = { ...SMALL, loss: 'ziln', members: 2, epochs: 3 } as const;
      const { network } = await trainNetwork({ columns, target }, options, { backend: 'wasm' });
      const { description, files } = await saveNetwork(network);
      const here = await predictNetwork(network, { columns }, { backend: 'wasm' });
      const wasm = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
      const text = await pageText({
        'index.html': '<!doctype html><meta charset="utf-8"><body></body><script src="/page.js"></script>',
        'page.js': bundle,
        'network.json': JSON.stringify({
          description,
          model: files['model.json'],
          weights: [...files['weights.bin']],
          columns: { x: [...columns.x], z: [...columns.z], country: columns.country },
          target: [...target],
          options,
        }),
        ...Object.fromEntries(wasm.map((name) => [name, readFileSync(join(wasmFolder, name))])),
      });
      const found = JSON.parse(decodeURIComponent(/FOUND (\S*) END/.exec(text)?.[1] ?? '%22nothing%22'));
      expect(found.error, text.slice(0, 300)).toBeUndefined();
      expect(found).toMatchObject({ refused: 'missing_backend', backend: 'wasm' });
      const close = (ours: readonly number[], theirs: Float64Array) => {
        expect(ours).toHaveLength(theirs.length);
        ours.forEach((value, i) => {
          expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-5 * Math.max(1, theirs[i]!));
        });
      };
      close(found.mean, here.mean);
      close(found.median, here.quantile!(0.5));
      close(found.trained, here.mean); // the same seed
    },
    120_000,
  );
});
