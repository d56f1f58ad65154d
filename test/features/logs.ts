import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for the test file that calls this, gone when its tests are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file into `folder` and returns its path. */
export function fileIn(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Seven customers, sixty transactions from 2011-01-10 to 2011-06-24. */
export const smallLog = `customer_id,date,value\n${Array.from(
  { length: 60 },
  (_, i) => `c${i % 7},2011-0${1 + (i % 6)}-${10 + (i % 15)},${10 + i}.5\n`,
).join('')}`;
