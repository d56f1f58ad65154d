/** Parquet files. */
import { ClvError } from '../../errors.js';
import type { SqlEngine } from '../engine.js';
import { readParquet } from '../relation.js';
import type { PackedFile } from './compression.js';
import type { ParquetSource } from './source.js';
import { tableSource } from './tables.js';

/** @throws ClvError unreadable_file */
export async function parquetSource(engine: SqlEngine, { path, file }: PackedFile): Promise<ParquetSource> {
  const { columns, sample } = await tableSource(engine, readParquet({ path }), file, (cause) => {
    return new ClvError('unreadable_file', 'the Parquet file is damaged or cut off', {
      file,
      found: String((cause as Error).message).split('\n')[0]!,
      expected: 'a whole Parquet file',
      cause,
    });
  });
  return { format: 'parquet', file, path, columns, sample };
}
