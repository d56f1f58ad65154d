/** Predictions as a file of their own, for people and for programs. */
import { writeFile } from 'node:fs/promises';
import { literal, type SqlEngine, type UploadColumn } from '../features/engine.js';
import { engineProblem } from '../features/write-features.js';
import { checkExtension, writeWhole } from '../whole-file.js';
import type { NamedColumn } from './formulas.js';
import { predictionColumns, predictionsCsv } from './predictions-csv.js';
import type { TrainedModel } from './trained-model.js';

const FORMATS = ['.csv', '.parquet'];
const HINT = '--output predictions.csv';

/** @throws ClvError bad_option */
export const checkPredictionsName = (path: string): void => checkExtension(path, FORMATS, HINT);

/**
 * Writes one row a customer to `path`, whole or not at all: .csv as in a job folder, or .parquet with the same columns.
 *
 * @param engine DuckDB, which writes Parquet
 * @param further columns beside those of the predictions
 * @throws ClvError bad_option, unwritable_folder
 */
export async function writePredictions(
  path: string,
  trained: TrainedModel,
  engine: SqlEngine,
  further: readonly NamedColumn[] = [],
): Promise<void> {
  checkPredictionsName(path);
  const write = path.toLowerCase().endsWith('.parquet')
    ? (file: string) => writeParquet(file, trained, engine, further)
    : (file: string) => writeFile(file, predictionsCsv(trained, further));
  await writeWhole(path, write, HINT);
}

const TABLE = 'clv_predictions';

async function writeParquet(
  file: string,
  trained: TrainedModel,
  engine: SqlEngine,
  further: readonly NamedColumn[],
): Promise<void> {
  const columns: Record<string, UploadColumn> = { customer_id: trained.predictions.customerId };
  for (const [name, values] of [...predictionColumns(trained), ...further]) columns[name] = Float64Array.from(values);
  await engine.upload(TABLE, columns);
  await engine.run(`COPY ${TABLE} TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`).catch((error: unknown) => {
    throw engineProblem(error);
  });
  await engine.run(`DROP TABLE ${TABLE}`);
}
