/**
 * SQLite database files, read by SQLite itself as WebAssembly. Beside a file that it opens it makes a folder as a lock: so it
 * opens a link in a temporary folder, and nothing is ever written where the database lies.
 */
import { copyFile, open, stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ClvError } from '../../errors.js';
import { temporaryFolder } from '../../temporary.js';
import { identifier, type SqlEngine } from '../engine.js';
import type { TableSource } from './source.js';
import { chooseTable, growingTable, sampleRows } from './tables.js';

export const isSqlite = (start: Uint8Array): boolean =>
  Buffer.from(start.subarray(0, 16)).toString('latin1') === 'SQLite format 3\0';

/** Cells held at once while rows are copied. */
const CELLS_A_PIECE = 500_000;
/** Bytes 18 and 19 of a database in WAL mode are 2, of one that keeps a rollback journal 1. */
const JOURNAL_MODE_AT = 18;

/** @throws ClvError unreadable_file, missing_table, ambiguous_table, empty_file */
export async function sqliteSource(
  engine: SqlEngine,
  path: string,
  file: string | undefined,
  start: Uint8Array,
  wanted: string | undefined,
): Promise<TableSource> {
  const failed = (cause: unknown) =>
    new ClvError('unreadable_file', 'the SQLite database cannot be read', {
      file,
      found: String((cause as Error).message),
      expected: 'a whole database (`sqlite3 FILE "PRAGMA integrity_check"` tests one)',
      cause,
    });
  await checkSettled(path, file);
  await checkLength(path, start, failed);
  const { default: sqlite } = await import('node-sqlite3-wasm');
  const folder = await temporaryFolder('clv-sqlite-');
  let database: InstanceType<typeof sqlite.Database> | undefined;
  try {
    const link = join(folder.path, 'log.sqlite');
    if (start[JOURNAL_MODE_AT] === 2) await withoutWal(path, link);
    else await symlink(resolve(path), link).catch(() => copyFile(path, link)); // not every system lets us link
    database = new sqlite.Database(link, { readOnly: true, fileMustExist: true });
    const names = database.all(
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    );
    const tables = names.map(({ name }) => ({ schema: 'main', name: String(name) }));
    const { name } = chooseTable(tables, wanted, 'main', file);
    const columns = database
      .all(`PRAGMA table_xinfo(${identifier(name)})`)
      .filter(({ hidden }) => hidden !== 1)
      .map(({ name }, i) => ({ name: String(name), sql: `c${i}`, text: true }));
    const table = growingTable(engine);
    const pieceRows = Math.max(1, Math.floor(CELLS_A_PIECE / columns.length));
    let piece: string[][] = columns.map(() => []);
    const select = columns.map((column) => `${identifier(column.name)} AS ${column.sql}`);
    const statement = database.prepare(`SELECT ${select.join(', ')} FROM main.${identifier(name)}`);
    try {
      for (const row of statement.iterate()) {
        for (const [i, column] of columns.entries()) piece[i]!.push(cellText(row[column.sql]));
        if (piece[0]!.length < pieceRows) continue;
        await table.append(piece);
        piece = columns.map(() => []);
      }
    } finally {
      statement.finalize();
    }
    await table.append(piece);
    return {
      format: 'table',
      file,
      from: table.from,
      columns,
      sample: await sampleRows(engine, table.from, columns),
    };
  } catch (cause) {
    throw cause instanceof ClvError ? cause : failed(cause);
  } finally {
    database?.close();
    await folder.remove();
  }
}

/**
 * SQLite reads a file that is cut off within a page as if the rest were empty. The header says how many pages there are, if
 * whoever wrote last kept that up to date.
 */
async function checkLength(path: string, start: Uint8Array, failed: (cause: unknown) => ClvError): Promise<void> {
  const header = Buffer.from(start.subarray(0, 100));
  if (header.length < 100 || header.readUInt32BE(24) !== header.readUInt32BE(92)) return;
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const expected = pageSize * header.readUInt32BE(28);
  const { size } = await stat(path);
  if (size < expected) throw failed(new Error(`${size} bytes of ${expected}`));
}

/** What another program has written and not yet settled lies beside the database; without it a log would be cut short. */
async function checkSettled(path: string, file: string | undefined): Promise<void> {
  for (const suffix of ['-wal', '-journal']) {
    const beside = await stat(path + suffix).catch(() => undefined);
    if (beside === undefined || beside.size === 0) continue;
    throw new ClvError('unreadable_file', 'the SQLite database is in use, or was left in the middle of a change', {
      file,
      found: `${path}${suffix} holds ${beside.size} bytes`,
      expected: 'a database whose changes are all in its file',
      hint: suffix === '-wal' ? 'sqlite3 FILE "PRAGMA wal_checkpoint(TRUNCATE)"' : 'sqlite3 FILE .tables',
    });
  }
}

/** A copy that is not in WAL mode, which the WebAssembly build cannot open. */
async function withoutWal(path: string, copy: string): Promise<void> {
  await copyFile(path, copy);
  const handle = await open(copy, 'r+');
  try {
    await handle.write(Uint8Array.of(1, 1), 0, 2, JOURNAL_MODE_AT);
  } finally {
    await handle.close();
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}
