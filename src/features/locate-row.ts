/** The row of a file as spreadsheets number it, for messages only: blank lines and the header count. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import Papa from 'papaparse';
import type { CsvSource } from './source.js';

/** 1-based row of the `index`-th transaction, counted from 0. */
export async function rowInFile(source: CsvSource, index: number): Promise<number> {
  const raw = createReadStream(source.file);
  const bytes = source.compression === 'gzip' ? raw.pipe(createGunzip()) : raw;
  bytes.setEncoding(source.encoding === 'utf-16' ? 'utf16le' : source.encoding === 'latin-1' ? 'latin1' : 'utf8');
  let row = 0;
  let seen = -2; // the header is −1
  await new Promise<void>((resolve, reject) => {
    Papa.parse<string[]>(bytes, {
      delimiter: source.delimiter,
      step: ({ data }, parser) => {
        row++;
        if (data.length > 1 || data[0] !== '') seen++;
        if (seen === index) parser.abort();
      },
      complete: () => resolve(),
      error: reject,
    });
  });
  raw.destroy();
  return row;
}
