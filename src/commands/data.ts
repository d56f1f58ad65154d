/** `clv data list` and `clv data get NAME`: the public data sets that clv knows by name. */
import cliProgress from 'cli-progress';
import { fetchDataset } from '../datasets/download.js';
import { locateDataset } from '../datasets/locate.js';
import { type DatasetEntry, knownDatasets } from '../datasets/manifest.js';

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
  console.log(table(['name', 'rows', 'where', 'licence'], rows, new Set(['rows'])));
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
  const progress = quiet ? undefined : process.stderr.isTTY ? progressBar(name) : progressLine(name);
  const path = await fetchDataset(name, { onProgress: progress?.show }).finally(() => progress?.end());
  console.log(json ? JSON.stringify({ name, path }) : path);
}

function howToGet({ name, file, download }: DatasetEntry): string {
  return download ? `not here; clv data get ${name} downloads it` : `not here; put ${file} into CLV_DATA_DIR`;
}

interface Progress {
  readonly show: (receivedBytes: number, totalBytes: number) => void;
  readonly end: () => void;
}

function progressBar(name: string): Progress {
  const bar = new cliProgress.SingleBar(
    { format: `${name} [{bar}] {percentage}% of {size}`, stream: process.stderr },
    cliProgress.Presets.shades_classic,
  );
  return {
    show: (received, total) => {
      if (received === 0) bar.start(total, 0, { size: megabytes(total) });
      else bar.update(received);
    },
    end: () => bar.stop(),
  };
}

/** For logs: one line when the download starts. */
function progressLine(name: string): Progress {
  return {
    show: (received, total) => {
      if (received === 0) process.stderr.write(`downloading ${name}, ${megabytes(total)}\n`);
    },
    end: () => {},
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Columns as wide as their widest cell; those named in `numeric` to the right. */
function table(head: string[], rows: string[][], numeric: ReadonlySet<string>): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const pad = (cell: string, column: number) =>
    numeric.has(head[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}
