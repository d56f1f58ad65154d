/** A second, slower reading of a text file, row by row: for messages, and where the engine's own reading is in doubt. */
import { Readable } from 'node:stream';
import Papa from 'papaparse';
import { type CsvSource, csvText } from './sources/csv.js';
import { lineInFile } from './sources/ndjson.js';
import type { Source } from './sources/source.js';
import type { Encoding } from './sources/text.js';

/**
 * 1-based row of the `index`-th transaction from 0: of a text file as spreadsheets number it (blank lines and the header
 * count), of anything else its number.
 */
export async function rowInFile(source: Source, encoding: Encoding, index: number): Promise<number> {
  if (source.format === 'ndjson') return lineInFile(source, encoding, index);
  if (source.format !== 'csv') return index + 1;
  let found = 0;
  await eachTransaction(source, encoding, (row, transaction) => {
    found = row;
    return transaction < index;
  });
  return found;
}

/** Number of transactions, and the first row in which a quoted cell does not close: from there on rows mean nothing. */
export async function countTransactions(
  source: CsvSource,
  encoding: Encoding,
): Promise<{ readonly count: number; readonly unclosedRow: number | undefined }> {
  let count = 0;
  const unclosedRow = await eachTransaction(source, encoding, (_row, transaction) => {
    count = transaction + 1;
    return true;
  });
  return { count, unclosedRow };
}

/** Visits rows until `visit` returns false; blank lines and the header are not visited. */
async function eachTransaction(
  source: CsvSource,
  encoding: Encoding,
  visit: (row: number, transaction: number) => boolean,
): Promise<number | undefined> {
  const text = Readable.from(csvText(source, encoding));
  let row = source.preamble.rows;
  let transaction = -2; // the header is −1
  let unclosedRow: number | undefined;
  await new Promise<void>((resolve, reject) => {
    Papa.parse<string[]>(text, {
      delimiter: source.delimiter,
      step: ({ data, errors }, parser) => {
        row++;
        if (errors.some(({ type }) => type === 'Quotes')) unclosedRow ??= row;
        if (data.length === 1 && data[0]!.trim() === '') return;
        if (++transaction >= 0 && !visit(row, transaction)) parser.abort();
      },
      complete: () => resolve(),
      error: reject,
    });
  });
  text.destroy();
  return unclosedRow;
}
