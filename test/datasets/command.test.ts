import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataGet, dataList } from '../../src/commands/data.js';
import { surroundings } from './folders.js';

const here = surroundings();
let output: string[];
let progress: string[];

beforeEach(() => {
  output = [];
  progress = [];
  vi.stubEnv('CLV_DATA_DIR', here.folders.data);
  vi.stubEnv('CLV_CACHE_DIR', here.folders.cache);
  vi.spyOn(console, 'log').mockImplementation((text: string) => void output.push(text));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => progress.push(String(text)) > 0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  here.remove();
});

describe('clv data list', () => {
  it('shows where each data set is, in columns', async () => {
    const path = here.put('data', 'cdnow_summary.csv', 'customer_id,x,t_x,T\n');
    await dataList({});
    const lines = output.join('\n').split('\n');
    expect(lines[0]).toMatch(/^name +rows {2}where +licence$/);
    expect(lines).toHaveLength(9);
    expect(lines.find((line) => line.startsWith('cdnow_summary '))).toContain(`  2,357  ${path}  `);
    const licences = lines.slice(1).map((line) => line.slice(lines[0]!.indexOf('licence')));
    expect(licences[0]).toBe('CC BY 4.0');
  });

  it('is an object for machines with --json', async () => {
    const path = here.put('data', 'cdnow_summary.csv', 'customer_id,x,t_x,T\n');
    await dataList({ json: true });
    const { datasets } = JSON.parse(output.join('\n')) as { datasets: { name: string; path: string | null }[] };
    expect(datasets).toHaveLength(8);
    expect(datasets.find(({ name }) => name === 'cdnow_summary')).toMatchObject({ path, rows: 2357 });
  });
});

describe('clv data get', () => {
  it('prints the path and nothing else for a data set that is here', async () => {
    const path = here.put('data', 'online_retail.csv.gz', '');
    await dataGet('online_retail', {});
    await dataGet('online_retail', { json: true });
    expect(output).toEqual([path, JSON.stringify({ name: 'online_retail', path })]);
    expect(progress).toEqual([]);
  });

  it('refuses a name that it does not know', async () => {
    await expect(dataGet('online', {})).rejects.toMatchObject({ code: 'unknown_dataset' });
    expect(output).toEqual([]);
  });
});
