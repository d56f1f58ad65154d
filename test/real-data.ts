/**
 * Real data sets for tests. Where one is not on this machine, tests are skipped under a title that says so; with
 * CLV_REQUIRE_DATA=1, as in CI, its absence is a failure.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'vitest';
import { locateDataset } from '../src/datasets/locate.js';

/** The columns of a data set, as numbers; what is not a number is NaN. */
export type Columns = Readonly<Record<string, Float64Array>>;

/** A data set read into columns; undefined where it is not on this machine. */
export function realData(name: string): Columns | undefined {
  const path = locateDataset(name);
  if (path === undefined) return undefined;
  const bytes = readFileSync(path);
  const [header, ...rows] = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split(/\r?\n/);
  const cells = rows.map((row) => row.split(','));
  return Object.fromEntries(
    header!.split(',').map((column, j) => [column, Float64Array.from(cells, (row) => Number(row[j]))]),
  );
}

/** Tests on a real data set: `describe`, but skipped with a message where the data are absent. */
export function describeOn(name: string, title: string, tests: (data: Columns) => void): void {
  const data = realData(name);
  if (data) {
    describe(title, () => tests(data));
  } else if (process.env.CLV_REQUIRE_DATA === '1') {
    it(title, () => {
      throw new Error(`the data set ${name} is not on this machine, and CLV_REQUIRE_DATA=1: see npx clv data`);
    });
  } else {
    describe.skip(`${title} [skipped: the data set ${name} is not on this machine, see npx clv data]`, () => tests({}));
  }
}
