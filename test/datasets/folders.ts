import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LocateOptions } from '../../src/datasets/locate.js';
import type { DatasetEntry } from '../../src/datasets/manifest.js';

export const content = Buffer.from('customer_id,date,amount\n1,2024-01-01,9.95\n'.repeat(5_000));
export const packed = gzipSync(content);

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A small data set, with an address to download it from if one is given. */
export function tinyDataset(url?: string): DatasetEntry {
  const unpacked = sha256(content);
  return {
    name: 'tiny_shop',
    title: 'Tiny shop',
    file: 'tiny_shop.csv.gz',
    description: 'Five thousand equal rows.',
    origin: 'Made up for these tests.',
    licence: 'CC0',
    rows: 5_000,
    sha256: { stored: sha256(packed), unpacked },
    download: url === undefined ? undefined : { url, sha256: unpacked, bytes: content.length },
  };
}

/** An empty place of its own for each kind of folder that is searched. */
export function surroundings(url?: string) {
  const root = mkdtempSync(join(tmpdir(), 'clv-datasets-'));
  const folders = {
    data: join(root, 'data'),
    besidePackage: join(root, 'a', 'shared', 'datasets'),
    besideWork: join(root, 'b', 'shared', 'datasets'),
    cache: join(root, 'cache'),
  };
  const options = {
    entries: [tinyDataset(url)],
    env: { CLV_DATA_DIR: folders.data, CLV_CACHE_DIR: folders.cache },
    packageRoot: join(root, 'a', 'package'),
    cwd: join(root, 'b', 'work'),
  } satisfies LocateOptions;
  return {
    folders,
    options,
    put(folder: keyof typeof folders, file: string, bytes: Buffer | string): string {
      mkdirSync(folders[folder], { recursive: true });
      writeFileSync(join(folders[folder], file), bytes);
      return join(folders[folder], file);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
