/** `clv data list` and `clv data get NAME`: the public data sets that clv knows by name. */
import { fetchDataset } from '../datasets/download.js';
import { locateDataset } from '../datasets/locate.js';
import { type DatasetEntry, knownDatasets } from '../datasets/manifest.js';
import { textTable } from '../report/table.js';
import { openProgress } from './progress.js';

/** Prints the known data sets with what is on this machine: a table, or one JSON object with `json`. */
export async function dataList({ json = false }: { json?: boolean }): Promise<void> {
  const datasets = knownDatasets.map((entry) => ({ entry, path: locateDataset(entry.name) }));
  if (json) {
    const listed = datasets.map(({ entry, path }) => ({ ...entry, path: path ?? null }));
    console.log(JSON.stringify({ datasets: listed }, null, 2));
    return;
  }
  const rows = datasets.map(({ entry, path }) => [
    entry.name,
    entry.rows.toLocaleString('en'),
    path ?? howToGet(entry),
    entry.licence,
  ]);
  console.log(textTable([['name', 'rows', 'where', 'licence'], ...rows], 'lrll').join('\n'));
}

/**
 * Prints the path of a data set, downloading it first where it is not here. Progress goes to stderr.
 *
 * @throws ClvError as `fetchDataset`
 */
export async function dataGet(
  name: string,
  { json = false, quiet = false }: { json?: boolean; quiet?: boolean },
): Promise<void> {
  const path = await fetchWithProgress(name, quiet);
  console.log(json ? JSON.stringify({ name, path }) : path);
}

/** The path of a data set, downloaded where it is not here, with progress on stderr. */
export async function fetchWithProgress(name: string, quiet: boolean): Promise<string> {
  const progress = await openProgress(quiet);
  const show = (received: number, total: number) =>
    progress.show(`downloading ${name}, ${(total / 1e6).toFixed(1)} MB`, received / total, {
      amount: total / 1e6,
      unit: 'MB',
    });
  return fetchDataset(name, { onProgress: show }).finally(progress.end);
}

function howToGet({ name, file, download }: DatasetEntry): string {
  return download ? `not here; clv data get ${name} downloads it` : `not here; put ${file} into CLV_DATA_DIR`;
}
