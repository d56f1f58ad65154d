/**
 * The public data sets that `clv` knows by name: what they are, whose they are, and the bytes they must have.
 * The list itself is datasets/manifest.json, bundled at build time.
 */
import manifest from '../../datasets/manifest.json' with { type: 'json' };
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';

/** One data set. All checksums are SHA-256 in lower-case hex. */
export interface DatasetEntry {
  readonly name: string;
  readonly title: string;
  /** File name as stored: `.csv`, or `.csv.gz` where it is packed. */
  readonly file: string;
  readonly description: string;
  /** Who made it and the paper to cite. */
  readonly origin: string;
  readonly licence: string;
  readonly homepage?: string | undefined;
  /** Rows of data, the header not counted. */
  readonly rows: number;
  /** Of the stored file and of its unpacked content; the same where the file is not packed. */
  readonly sha256: { readonly stored: string; readonly unpacked: string };
  /** Where the unpacked content can be had, if anywhere. */
  readonly download?: { readonly url: string; readonly sha256: string; readonly bytes: number } | undefined;
}

/** Every known data set, in the order shown to users. */
export const knownDatasets: readonly DatasetEntry[] = manifest.datasets;

/**
 * The entry called `name`.
 *
 * @throws ClvError `unknown_dataset`, with the nearest name as hint
 */
export function findDataset(name: string, entries = knownDatasets): DatasetEntry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry) return entry;

  const names = entries.map((candidate) => candidate.name);
  const meant = nearest(name, names);
  throw new ClvError('unknown_dataset', 'no data set has this name', {
    found: name,
    expected: `one of ${names.join(', ')}`,
    hint: meant ?? 'clv data list',
  });
}

/** File name of the unpacked content: `orders.csv.gz` → `orders.csv`. */
export function unpackedName({ file }: DatasetEntry): string {
  return file.replace(/\.gz$/, '');
}
