/** Prints one table when all files of the suite have run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { textTable } from '../../src/report/table.js';
import type { Coverage } from './coverage.js';

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'clv-coverages-'));
  project.provide('coverages', folder);
  return () => {
    const lines = readdirSync(folder)
      .sort()
      .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Coverage[]);
    rmSync(folder, { recursive: true });
    if (lines.length > 0) console.log(`\nIntervals of 90 % that hold the truth\n\n${tableOf(lines)}\n`);
  };
}

function tableOf(lines: readonly Coverage[]): string {
  const rows = lines.map(({ model, quantity, coverage, sets, intervals }) => [
    model,
    quantity,
    `${(100 * coverage).toFixed(1)} %`,
    String(sets),
    String(intervals),
  ]);
  return textTable([['model', 'interval', 'coverage', 'data sets', 'intervals'], ...rows], 'llrrr').join('\n');
}
