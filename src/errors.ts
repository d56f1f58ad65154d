import { printable } from './printable.js';

/**
 * The one error class of the library, and the catalogue of its codes.
 *
 * A problem is data first (`code`, `place`, `found`, `expected`, `hint`); its text is made from that, so programs
 * branch on `code` and people read `message`. docs/errors.md explains each code; a test holds the two lists together.
 */

/** Every code, with its one-line meaning. */
export const ERROR_CODES = {
  // reading a transaction log
  missing_file: 'the file to read does not exist or cannot be opened',
  empty_file: 'the file holds no bytes, or a header and no rows',
  unreadable_file: 'the file is not what its name or first bytes promise',
  unreachable_database: 'a database does not answer, or does not let the table be read',
  missing_table: 'a database has no such table',
  ambiguous_table: 'a database has more than one table',
  bad_row: 'a row cannot be split into the columns of the header',
  missing_column: 'a column that is needed is not in the header',
  ambiguous_column: 'more than one column could play a role',
  bad_cell: 'a cell does not hold what its column promises',
  ambiguous_date_order: 'no date in the column shows whether day or month comes first',
  // splitting and summarising
  bad_date: 'an option that should be a calendar day is not one',
  threshold_outside_data: 'threshold_date lies before the first or after the last transaction',
  bad_window: 'predict_end does not come after threshold_date',
  no_customers: 'cleaning or the threshold leaves no customer',
  no_repeat_customers: 'nobody bought a second time, so no purchase rate can be learned',
  unknown_feature: 'no feature has this name',
  bad_columns: 'arrays given as columns differ in length or break an invariant',
  // models
  unknown_model: 'no model has this name',
  bad_parameters: 'model parameters are missing, not finite, or not positive',
  bad_horizon: 'a prediction window is negative, not finite, or reversed',
  bad_formula: 'a formula cannot be read, names no column, or gives no number',
  unknown_customer: 'no customer has this id',
  bad_option: 'an option has a value that it cannot take',
  missing_backend: 'the TensorFlow.js back end asked for is not installed or does not load',
  bad_saved_model: 'a saved model is damaged or of a version this release does not know',
  // files and programs
  unwritable_folder: 'the folder for the results cannot be written',
  unknown_dataset: 'no data set has this name',
  unreachable_dataset: 'a data set is neither on this machine nor could it be downloaded',
  checksum_mismatch: 'a file does not have the checksum it should have',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Where it happened, what was found, what was expected and what to do. All optional; give all that is known. */
export interface ErrorDetails {
  readonly file?: string | undefined;
  /** Of a file: 1-based and counting the header, as spreadsheets show it. Of arrays: from 1. */
  readonly row?: number | undefined;
  readonly column?: string | undefined;
  readonly found?: unknown;
  readonly expected?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

const FOUND_LIMIT = 80;
const LINE_LIMIT = 1000;

/** Objects without a prototype have no text of their own. */
function textOf(found: unknown): string {
  try {
    return String(found);
  } catch {
    return 'an object';
  }
}

/** Text of what was found: quoted if a string, one line, cut at 80 characters. */
function printFound(found: unknown): string {
  const text = printable(typeof found === 'string' ? JSON.stringify(found) : textOf(found));
  return text.length > FOUND_LIMIT ? `${text.slice(0, FOUND_LIMIT)}…` : text;
}

function print(problem: string, { file, row, column, found, expected, hint }: ErrorDetails): string {
  const place = [
    file,
    row === undefined ? undefined : `row ${row}`,
    column === undefined ? undefined : `column ${JSON.stringify(column)}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
  const lines = [printable(place ? `${place}: ${problem}` : problem, LINE_LIMIT)];
  if (found !== undefined) lines.push(`  found     ${printFound(found)}`);
  if (expected !== undefined) lines.push(`  expected  ${printable(expected, LINE_LIMIT)}`);
  if (hint !== undefined) lines.push(`  try       ${printable(hint, LINE_LIMIT)}`);
  return lines.join('\n');
}

/** A problem that the user can mend. Anything else that is thrown is a bug of ours. */
export class ClvError extends Error {
  override readonly name = 'ClvError';
  readonly code: ErrorCode;
  /** The sentence without place, finding and hint. */
  readonly problem: string;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, problem: string, details: ErrorDetails = {}) {
    super(print(problem, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.problem = problem;
    this.details = details;
  }
}
