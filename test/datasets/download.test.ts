import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchDataset } from '../../src/datasets/download.js';
import { ClvError } from '../../src/errors.js';
import { content, sha256, surroundings } from './folders.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function place(url?: string) {
  const here = surroundings(url);
  cleanups.push(here.remove);
  return here;
}

/** Address of a loopback server that answers so. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await listen(server);
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.csv`;
}

function listen(server: Server): Promise<void> {
  return new Promise((ready) => server.listen(0, '127.0.0.1', ready));
}

async function failure(promise: Promise<unknown>): Promise<ClvError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ClvError)) throw error ?? new Error('this should have failed');
  return error;
}

function inCache({ folders }: ReturnType<typeof place>): string[] {
  return existsSync(folders.cache) ? readdirSync(folders.cache) : [];
}

describe('fetchDataset', () => {
  it('downloads into the cache once, and finds it there afterwards', async () => {
    let requests = 0;
    const here = place(
      await serve((_, response) => {
        requests++;
        response.end(content);
      }),
    );
    const steps: number[] = [];
    const onProgress = (received: number, total: number) => {
      expect(total).toBe(content.length);
      steps.push(received);
    };

    const path = await fetchDataset('tiny_shop', { ...here.options, onProgress });
    expect(path).toBe(join(here.folders.cache, 'tiny_shop.csv'));
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(inCache(here)).toEqual(['tiny_shop.csv']);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(content.length);
    expect(steps).toEqual(steps.toSorted((one, other) => one - other));

    const stepsBefore = steps.length;
    expect(await fetchDataset('tiny_shop', { ...here.options, onProgress })).toBe(path);
    expect(requests).toBe(1);
    expect(steps.length).toBe(stepsBefore);
  });

  it('downloads again over a damaged file in the cache', async () => {
    const here = place(await serve((_, response) => response.end(content)));
    const damaged = here.put('cache', 'tiny_shop.csv', 'damaged');
    expect(await fetchDataset('tiny_shop', here.options)).toBe(damaged);
    expect(readFileSync(damaged).equals(content)).toBe(true);
  });

  it('asks no network for what is on this machine', async () => {
    const here = place('http://127.0.0.1:1/never');
    const own = here.put('data', 'tiny_shop.csv', content);
    expect(await fetchDataset('tiny_shop', here.options)).toBe(own);
  });

  it('uses the fetch it is given', async () => {
    const here = place('http://shop.invalid/tiny.csv');
    const asked: unknown[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(input);
      return new Response(content);
    };
    await fetchDataset('tiny_shop', { ...here.options, fetch });
    expect(asked).toEqual(['http://shop.invalid/tiny.csv']);
  });

  it('keeps nothing of a file with the right length and the wrong content', async () => {
    const wrong = Buffer.from(content);
    wrong[100] = wrong[100]! ^ 1;
    const here = place(await serve((_, response) => response.end(wrong)));
    const error = await failure(fetchDataset('tiny_shop', here.options));
    expect(error.code).toBe('checksum_mismatch');
    expect(error.details.found).toBe(sha256(wrong));
    expect(error.details.expected).toContain(sha256(content));
    expect(inCache(here)).toEqual([]);
  });

  it('keeps the file in the cache that was there before a download that failed', async () => {
    const here = place(await serve((_, response) => response.end('something else')));
    here.put('cache', 'tiny_shop.csv', 'damaged');
    expect((await failure(fetchDataset('tiny_shop', here.options))).code).toBe('checksum_mismatch');
    expect(inCache(here)).toEqual(['tiny_shop.csv']);
  });

  it('stops a server that sends more than the file', async () => {
    const here = place(
      await serve((_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(content));
        };
        response.on('drain', more);
        more();
      }),
    );
    const error = await failure(fetchDataset('tiny_shop', here.options));
    expect(error.code).toBe('checksum_mismatch');
    expect(error.details.found).toBe(`more than ${content.length} bytes`);
    expect(inCache(here)).toEqual([]);
  });

  it('keeps nothing of a body that ends early, whether the server breaks off or closes politely', async () => {
    const half = content.subarray(0, content.length / 2);
    const broken = place(
      await serve((_, response) => {
        response.writeHead(200, { 'content-length': content.length });
        response.write(half, () => response.destroy());
      }),
    );
    expect((await failure(fetchDataset('tiny_shop', broken.options))).code).toBe('unreachable_dataset');
    expect(inCache(broken)).toEqual([]);

    const polite = place(await serve((_, response) => response.end(half)));
    const error = await failure(fetchDataset('tiny_shop', polite.options));
    expect(error.code).toBe('checksum_mismatch');
    expect(error.details.found).toBe(`${half.length} bytes`);
    expect(inCache(polite)).toEqual([]);
  });

  it('says at once that nobody answers, what was tried, and what to do', async () => {
    const server = createServer();
    await listen(server);
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed)); // now surely nobody listens there
    const url = `http://127.0.0.1:${port}/tiny.csv`;
    const here = place(url);

    const error = await failure(fetchDataset('tiny_shop', here.options));
    expect(error.code).toBe('unreachable_dataset');
    expect(error.details.found).toContain('ECONNREFUSED');
    for (const tried of [
      here.folders.data,
      here.folders.besidePackage,
      here.folders.besideWork,
      here.folders.cache,
      url,
    ]) {
      expect(error.details.expected).toContain(tried);
    }
    expect(error.details.hint).toContain('CLV_DATA_DIR');
    expect(inCache(here)).toEqual([]);
  });

  it('passes on what the server says', async () => {
    const here = place(
      await serve((_, response) => {
        response.statusCode = 404;
        response.end('no such file');
      }),
    );
    const error = await failure(fetchDataset('tiny_shop', here.options));
    expect(error.code).toBe('unreachable_dataset');
    expect(error.details.found).toBe('the server answered 404');
    expect(inCache(here)).toEqual([]);
  });

  it.each([
    ['before its answer', () => {}],
    ['in the middle of it', (_, response) => response.write(content.subarray(0, 1_000))],
  ] satisfies [string, RequestListener][])('gives up on a server that falls silent %s', async (_, answer) => {
    const here = place(await serve(answer));
    const error = await failure(fetchDataset('tiny_shop', { ...here.options, timeoutMs: 200 }));
    expect(error.code).toBe('unreachable_dataset');
    expect(error.details.found).toBe('no byte within 200 ms');
    expect(inCache(here)).toEqual([]);
  });

  it('does not mistake a slow answer for silence', async () => {
    const here = place(
      await serve((_, response) => {
        const parts = Array.from({ length: 5 }, (_, i) =>
          content.subarray((i * content.length) / 5, ((i + 1) * content.length) / 5),
        );
        const next = () => {
          const part = parts.shift();
          if (!part) return void response.end();
          response.write(part);
          setTimeout(next, 150);
        };
        next();
      }),
    );
    await expect(fetchDataset('tiny_shop', { ...here.options, timeoutMs: 500 })).resolves.toContain('tiny_shop.csv');
  });

  it('says where to put a data set for which no address is known', async () => {
    const error = await failure(fetchDataset('tiny_shop', place().options));
    expect(error.code).toBe('unreachable_dataset');
    expect(error.details.hint).toContain('CLV_DATA_DIR');
    expect(error.details.hint).toContain('tiny_shop.csv.gz');
  });

  it('says that the cache cannot be written', async () => {
    const here = place(await serve((_, response) => response.end(content)));
    writeFileSync(here.folders.cache, 'a file where the folder should be');
    const error = await failure(fetchDataset('tiny_shop', here.options));
    expect(error.code).toBe('unwritable_folder');
    expect(error.details.hint).toContain('CLV_CACHE_DIR');
  });

  it('suggests the nearest name for one it does not know', async () => {
    const error = await failure(fetchDataset('tiny-shp', place().options));
    expect(error.code).toBe('unknown_dataset');
    expect(error.details.hint).toBe('tiny_shop');
  });
});
