import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { expect, it } from 'vitest';
import { locateDataset } from '../../src/datasets/locate.js';
import { findDataset, knownDatasets, unpackedName } from '../../src/datasets/manifest.js';
import { ClvError } from '../../src/errors.js';

it('names eight data sets, each once, with what a user must know before using it', () => {
  expect(knownDatasets.map((entry) => entry.name)).toEqual([
    'online_retail',
    'cdnow_master',
    'cdnow_sample',
    'cdnow_summary',
    'cdnow_summary_spend',
    'donations_summary',
    'apparel_trans',
    'apparel_static_cov',
  ]);
  for (const entry of knownDatasets) {
    expect(entry.file).toMatch(new RegExp(`^${entry.name}\\.csv(\\.gz)?$`));
    expect(unpackedName(entry)).toBe(`${entry.name}.csv`);
    expect([entry.title, entry.description, entry.origin, entry.licence].every((text) => text.length > 0)).toBe(true);
    expect(entry.rows).toBeGreaterThan(0);
    expect(entry.sha256.stored).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.sha256.unpacked).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.sha256.stored === entry.sha256.unpacked).toBe(!entry.file.endsWith('.gz'));
  }
});

it('downloads only what is kept under the unpacked name', () => {
  for (const { download, sha256 } of knownDatasets) if (download) expect(download.sha256).toBe(sha256.unpacked);
});

/** Data rows and checksum of a file, unpacked on the way. No field of ours holds a line break. */
async function readUnpacked(path: string): Promise<{ rows: number; bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let lines = 0;
  let bytes = 0;
  const count = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    }
  };
  await (path.endsWith('.gz')
    ? pipeline(createReadStream(path), createGunzip(), count)
    : pipeline(createReadStream(path), count));
  return { rows: lines - 1, bytes, sha256: hash.digest('hex') };
}

it('tells the truth about every data set that is on this machine', async () => {
  for (const entry of knownDatasets) {
    const path = locateDataset(entry.name);
    if (path === undefined) continue; // a fresh clone has none: they are not in the repository
    const { rows, bytes, sha256 } = await readUnpacked(path);
    expect({ rows, sha256 }, entry.name).toEqual({ rows: entry.rows, sha256: entry.sha256.unpacked });
    if (entry.download) expect(bytes).toBe(entry.download.bytes);
  }
});

it('suggests the nearest name for one it does not know', () => {
  expect(() => findDataset('onlineretail')).toThrow(ClvError);
  expect(() => findDataset('onlineretail')).toThrow(
    expect.objectContaining({
      code: 'unknown_dataset',
      details: expect.objectContaining({ found: 'onlineretail', hint: 'online_retail' }),
    }),
  );
  expect(() => findDataset('zzz')).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ hint: 'clv data list' }) }),
  );
});
