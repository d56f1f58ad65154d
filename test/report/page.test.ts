/** The page of a report: safe with any text, whole without network or scripts, and usable in a browser. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/report/render-report.js';
import { readReportData } from '../../src/report/report-data.js';
import { type Reported, reported } from './training.js';

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '"><svg onload=alert(3)>',
  "' onmouseover='alert(4)",
  '=HYPERLINK("http://example.com")',
  "+1+cmd|' /C calc'!A0",
  '👩‍👩‍👧‍👦 Zoë',
  'עברית\u202etxt.exe',
  '\u001b[31mred\u0007',
  '&amp;<!--',
  'x'.repeat(10_000),
];

const hostileId = (id: string): string => {
  const number = Number(id.replace(/\D/g, ''));
  return `${HOSTILE[number % HOSTILE.length]} ${number}`;
};

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let done: Reported;
let html: string;
beforeAll(async () => {
  done = await reported(300, { idOf: hostileId });
  html = await reportHtml(done.data);
});

describe('the page of a report', () => {
  it('is made from its JSON alone', async () => {
    expect(await reportHtml(readReportData(JSON.stringify(done.data)))).toBe(html);
  });

  it('refuses what is no report that it knows', () => {
    expect(() => readReportData('no')).toThrow(/not JSON/);
    expect(() => readReportData('{"schemaVersion": 99, "charts": []}')).toThrow(/version/);
    expect(() => readReportData('{"schemaVersion": 1, "charts": []}')).toThrow(/damaged/);
    expect(() => readReportData('null')).toThrow(/version/);
  });

  it('runs nothing that an id holds, and cuts what is long', () => {
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|onload=alert\(3\)>|onmouseover='alert/);
    expect(html).toContain('&lt;img src=x onerror=alert(2)&gt;');
    expect(html).not.toContain('x'.repeat(100));
    for (const character of ['\u001b', '\u0007', '\u202e']) expect(html.includes(character)).toBe(false);
  });

  it('refers to nothing outside of it', () => {
    const links = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link!);
    expect(links.filter((link) => !link.startsWith('#') && link !== 'data:,')).toEqual([]);
    expect(html).not.toMatch(/@import|url\((?!#)/);
  });

  it('has each id once', () => {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
    expect(ids.filter((id, k) => ids.indexOf(id) !== k)).toEqual([]);
  });

  it('shows every chart that there is', () => {
    for (const { name } of done.data.charts) expect(html).toContain(`id="chart-${name}"`);
  });

  it('stays small with 100,000 customers', async () => {
    const { data } = await reported(100_000);
    expect(JSON.stringify(data).length).toBeLessThan(2e6);
    expect((await reportHtml(data)).length).toBeLessThan(5e6);
  }, 180_000);
});

describe.skipIf(executablePath === undefined)(
  `the page of a report in Chromium${executablePath ? '' : ' [skipped: chromium is not installed]'}`,
  () => {
    let browser: Browser;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
      writeFileSync(join(folder, 'report.html'), html);
      browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    });
    afterAll(async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Opens the report; whatever goes wrong in it is in `heard`. */
    async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; heard: string[] }> {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const heard: string[] = [];
      const url = pathToFileURL(join(folder, 'report.html')).href;
      page.on('console', (message) => heard.push(message.text()));
      page.on('pageerror', (error) => heard.push(error.message));
      page.on('dialog', (dialog) => heard.push(dialog.message()));
      page.on('request', (request) => {
        if (request.url() !== url) heard.push(request.url());
      });
      await page.goto(url);
      return { page, heard };
    }

    it.each([
      ['light', 1280],
      ['dark', 1280],
      ['light', 390],
    ] as const)('passes axe in %s at %i pixels, silently and without requests', async (colorScheme, width) => {
      const { page, heard } = await open({ colorScheme, viewport: { width, height: 900 } });
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const { violations } = await (
          globalThis as never as {
            axe: { run(): Promise<{ violations: Array<{ id: string; nodes: Array<{ html: string }> }> }> };
          }
        ).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
      });
      expect(violations).toEqual([]);
      expect(heard).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await page.context().close();
    });

    it('sorts and finds customers', async () => {
      const { page } = await open();
      const column = (k: number) =>
        page.$$eval(`#top tbody tr td:nth-child(${k})`, (cells) =>
          cells.map((cell) => Number((cell as { dataset?: Record<string, string> }).dataset!.value)),
        );
      await page.click('#top th:nth-child(3) button');
      const spent = await column(3);
      expect(spent).toEqual([...spent].sort((a, b) => b - a));
      expect(await page.getAttribute('#top th:nth-child(3)', 'aria-sort')).toBe('descending');
      await page.click('#top th:nth-child(3) button');
      expect(await column(3)).toEqual(spent.reverse());
      await page.fill('#search', 'ZOË');
      const shown = await page.$$eval('#top tbody tr:not([hidden]) th', (cells) =>
        cells.map((cell) => cell.textContent!),
      );
      expect(shown.length).toBeGreaterThan(0);
      expect(shown.every((id) => id.includes('Zoë'))).toBe(true);
      await page.context().close();
    });

    it('tells at once what a mark stands for', async () => {
      const { page } = await open();
      await page.locator('#chart-deciles svg.broad g rect').first().hover();
      expect(await page.textContent('.tip')).toMatch(/Tenth: 1\nCustomers: /);
      await page.context().close();
    });

    it('can be read without scripts', async () => {
      const { page } = await open({ javaScriptEnabled: false });
      expect(await page.locator('#chart-gain svg.broad').isVisible()).toBe(true);
      expect(await page.locator('.search').isVisible()).toBe(false); // it would not work
      await page.context().close();
    });

    it('prints in black on white', async () => {
      const { page } = await open({ colorScheme: 'dark' });
      await page.emulateMedia({ media: 'print' });
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
      expect(await page.locator('nav').isVisible()).toBe(false);
      await page.context().close();
    });
  },
);
