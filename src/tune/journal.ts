/**
 * The journal of a search: a file of one JSON line for what is searched and one for each trial that ended, written
 * through to the disk before the next trial begins. A search that was killed goes on from it.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClvError } from '../errors.js';
import { makeFolders } from '../make-folders.js';
import { asUnwritable } from '../unwritable.js';
import { allows, type Space } from './space.js';
import type { TrialResult, TrialState } from './trial.js';

const VERSION = 1;
const NEWLINE = 0x0a;
const HINT = 'another file, or remove this one to begin anew';
const STATES: readonly TrialState[] = ['done', 'stopped', 'failed'];

/** What a journal belongs to; all of it must agree for a search to go on. Plain JSON. */
export interface SearchIdentity {
  readonly space: Space;
  readonly [key: string]: unknown;
}

export interface Journal {
  /** What ended before, each number once. */
  readonly results: readonly TrialResult[];
  /** Adds a line; it is on the disk when this returns. */
  add(result: TrialResult): void;
  close(): void;
}

/**
 * Opens a journal, or begins one. A last line that was cut off is removed, and its trial forgotten.
 *
 * @throws ClvError bad_option for the journal of another search, unreadable_file for a file that is no journal or is
 *   damaged, unwritable_folder
 */
export async function openJournal(file: string, identity: SearchIdentity): Promise<Journal> {
  const header = `${JSON.stringify({ clv_tuning: VERSION, ...identity })}\n`;
  try {
    await makeFolders(dirname(file), []);
    const bytes = contentOf(file);
    const lines = wholeLines(bytes);
    // a file that is not ours must not be cut: where not even its first line is whole, it has to begin as ours does
    if (lines.length === 0 && !header.startsWith(bytes.toString())) throw notJournal(file, bytes.toString());
    if (lines.length > 0) checkHeader(file, lines[0]!.toString(), header);
    const { results, kept } = readResults(file, lines, identity.space);

    const descriptor = openSync(file, 'a');
    const add = (line: string) => {
      writeFileSync(descriptor, line);
      fsyncSync(descriptor);
    };
    try {
      if (kept < bytes.length) ftruncateSync(descriptor, kept);
      if (kept === 0) add(header);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    return {
      results,
      add(result) {
        try {
          add(`${JSON.stringify(result)}\n`);
        } catch (error) {
          throw asUnwritable(file, error, HINT);
        }
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    throw asUnwritable(file, error, HINT);
  }
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** Lines that end, with their ends; cut as bytes, since a damaged file need not be UTF-8. */
function wholeLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0, end = bytes.indexOf(NEWLINE); end >= 0; from = end + 1, end = bytes.indexOf(NEWLINE, from)) {
    lines.push(bytes.subarray(from, end + 1));
  }
  return lines;
}

function checkHeader(file: string, line: string, expected: string): void {
  const found = jsonOf(line);
  if (found?.clv_tuning !== VERSION) throw notJournal(file, line);
  const wanted = jsonOf(expected)!;
  const other = Object.keys({ ...wanted, ...found }).find(
    (key) => JSON.stringify(found[key]) !== JSON.stringify(wanted[key]),
  );
  if (other === undefined) return;
  throw new ClvError('bad_option', `this journal is of another search: ${other} differs`, {
    file,
    found: textOf(found[other]),
    expected: textOf(wanted[other]),
    hint: HINT,
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));

/** Results by number, and how many bytes of the file were understood. */
function readResults(file: string, lines: readonly Buffer[], space: Space): { results: TrialResult[]; kept: number } {
  const results = new Map<number, TrialResult>();
  let kept = 0;
  for (const [i, line] of lines.entries()) {
    const result = i === 0 ? undefined : jsonOf(line.toString()); // the first line is the header
    if (isResult(result, space)) {
      if (!results.has(result.number)) results.set(result.number, result);
    } else if (i > 0) {
      if (i === lines.length - 1) break; // the last line may hold anything after a crash of the machine
      throw new ClvError('unreadable_file', 'this line of the journal is damaged', {
        file,
        row: i + 1,
        found: line.toString().trimEnd(),
        expected: 'a trial of this search',
        hint: HINT,
      });
    }
    kept += line.length;
  }
  return { results: [...results.values()], kept };
}

function isResult(value: unknown, space: Space): value is TrialResult {
  const result = value as Partial<TrialResult> | undefined;
  return (
    Number.isSafeInteger(result?.number) &&
    STATES.includes(result!.state!) &&
    (result!.state === 'failed' ? result!.value === null : Number.isFinite(result!.value)) &&
    Array.isArray(result!.rungs) &&
    Object.entries(space).every(([name, parameter]) => allows(parameter, result!.parameters?.[name]))
  );
}

/** The object in a line; undefined where there is none. */
function jsonOf(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const notJournal = (file: string, found: string): ClvError =>
  new ClvError('unreadable_file', 'this is not the journal of a search', {
    file,
    found,
    expected: `a first line with "clv_tuning": ${VERSION}`,
    hint: HINT,
  });
