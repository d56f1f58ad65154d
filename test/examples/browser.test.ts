/** The page of the examples in headless Chromium, bundled as its comment says; and what bundles of the library weigh. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { clv, fit, gammaGamma, paretoNbd, rfm } from '../../src/index.js';
import { asCsv, shop } from '../jobs/networks-log.js';

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const bundled = async (contents: string, options: object = {}) => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
    ...options,
  });
  return outputFiles![0]!.contents;
};

describe('the page of the examples', () => {
  it.skipIf(!browser)('shows the customers of a dropped CSV, as Node ranks and values them', async () => {
    const lines = shop(80);
    const script = await bundled('', { stdin: undefined, entryPoints: ['examples/browser/page.ts'] });
    const page = readFileSync('examples/browser/index.html');
    const server = createServer((request, response) => {
      response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html');
      response.end(request.url === '/page.js' ? script : page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
    const file = join(folder, 'orders.csv');
    writeFileSync(file, asCsv(lines).replace('customer_id', 'customer'));
    const chrome = await chromium.launch({ executablePath: browser!, args: ['--no-sandbox'] });
    try {
      const tab = await chrome.newPage();
      const problems: string[] = [];
      tab.on('pageerror', ({ message }) => problems.push(message));
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await tab.setInputFiles('#file', file);
      await tab.waitForSelector('#result table');
      const cells = await tab.$$eval('#result tr', (rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent)),
      );
      expect(problems).toEqual([]);

      const { customerId, customers } = rfm({
        customer: lines.map(([customer]) => customer),
        date: lines.map(([, date]) => date),
        value: lines.map(([, , value]) => value),
      });
      const models = { purchases: fit(paretoNbd, customers), spend: fit(gammaGamma, customers) };
      const worth = clv(models, customers, { horizon: 365, discountRate: 0.1 });
      const best = [...worth.keys()].sort((a, b) => worth[b]! - worth[a]!).slice(0, 20);
      expect(cells.slice(1).map(([id, , value]) => [id, value])).toEqual(
        best.map((i) => [customerId[i], worth[i]!.toFixed(2)]),
      );

      const wrong = join(folder, 'wrong.csv');
      writeFileSync(wrong, 'customer,date,value\nann,31/12/2011,5\n');
      await tab.setInputFiles('#file', wrong);
      await tab.getByText('31/12/2011').waitFor();
    } finally {
      await chrome.close();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('bundles', () => {
  it('of all of clv/btyd are below 60 kB gzipped, and need nothing of Node', async () => {
    const all = await bundled("export * from 'clv/btyd'");
    expect(gzipSync(all).length).toBeLessThan(60_000);
    expect(Buffer.from(all).toString()).not.toMatch(/from\s*"node:/);
  });

  it('hold of the library what is used: one small model is far less than all of them', async () => {
    const one = await bundled("export { loadModel } from 'clv/btyd'");
    const all = await bundled("export * from 'clv/btyd'");
    expect(one.length).toBeLessThan(all.length);
  });

  it('of a server that leaves clv to Node hold none of it, and a page of the same project only clv/btyd', async () => {
    const server = await bundled("import { train } from 'clv'; export const POST = () => train", {
      platform: 'node',
      external: ['clv'],
    });
    expect(Buffer.from(server).toString()).toMatch(/from\s*"clv"/);
    const page = await bundled(
      "'use client'; import { rfm } from 'clv/rfm'; import { scorer } from 'clv/btyd'; export { rfm, scorer }",
    );
    expect(Buffer.from(page).toString()).not.toMatch(/duckdb|tensorflow/i);
  });
});
