/** CSV of some dialect: separator, encoding and header are told from the first bytes. */
import Papa from 'papaparse';
import { HEAD_BYTES, type PackedFile } from './compression.js';
import { emptyFile, type FileColumn } from './source.js';
import { decoded, type Encoding, encodingOf } from './text.js';

export interface CsvSource extends PackedFile {
  readonly format: 'csv';
  /** What stands before the header: blank lines, or `sep=;` as spreadsheets write it. */
  readonly preamble: { readonly rows: number; readonly characters: number };
  readonly delimiter: string;
  readonly encoding: Encoding;
  readonly columns: readonly FileColumn[];
  readonly sample: readonly (readonly string[])[];
}

const DELIMITERS = [',', ';', '\t', '|'];
const SAMPLE_ROWS = 200;

/**
 * @param head the first bytes, unpacked
 * @param known of a file that a program wrote for us
 * @throws ClvError empty_file
 */
export function csvSource(
  packed: PackedFile,
  head: Uint8Array,
  known?: { readonly delimiter: string; readonly encoding: Encoding },
): CsvSource {
  const encoding = known?.encoding ?? encodingOf(head);
  const text = new TextDecoder(encoding).decode(head);
  if (text.trim() === '') throw emptyFile(packed.file, 'blank lines only');
  const before = known ? [''] : /^(?:[ \t]*\r?\n|sep=(.)\r?\n)*/i.exec(text)!;
  const skipped = before[0]!;
  const rest = text.slice(skipped.length);
  const { data, meta } = Papa.parse<string[]>(rest, {
    delimiter: known?.delimiter ?? before[1] ?? '',
    delimitersToGuess: DELIMITERS,
    preview: SAMPLE_ROWS + 1,
    skipEmptyLines: true,
  });
  const header = (data[0] ?? []).map((name) => (known ? name : name.trim()));
  return {
    ...packed,
    format: 'csv',
    encoding,
    delimiter: header.length > 1 ? meta.delimiter : ',',
    preamble: { rows: skipped.split('\n').length - 1, characters: skipped.length },
    columns: header.map((name, i) => ({ name, sql: `c${i}`, text: true })),
    sample: data
      .slice(1, head.length < HEAD_BYTES || data.length > SAMPLE_ROWS ? undefined : -1) // the last one may be cut off
      .filter((row) => row.length === header.length),
  };
}

/** The text from the header on, unpacked and decoded, in pieces. */
export const csvText = (source: CsvSource, encoding: Encoding): AsyncIterable<string> =>
  decoded(source, encoding, source.preamble.characters);
