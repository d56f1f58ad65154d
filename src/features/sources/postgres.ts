/** A table of a running Postgres, copied out as CSV. Passwords appear in no message and no report. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ClvError } from '../../errors.js';
import { temporaryFolder } from '../../temporary.js';
import { identifier } from '../engine.js';
import { chooseTable, type TableName } from './tables.js';

export const isPostgres = (input: string): boolean => /^postgres(ql)?:/i.test(input);

const CONNECT_MS = 15_000;

/** A URL understood: what to connect to, and what to call it. */
interface Address {
  /** For `pg`; holds the password. */
  readonly connection: string;
  /** For people. */
  readonly name: string;
  readonly table: string | undefined;
}

/** @throws ClvError unreachable_database */
function addressOf(text: string): Address {
  let url: URL;
  try {
    url = new URL(text);
    // An `@` after the host means that a password with `/`, `?` or `#` in it was cut in two.
    if (/@/.test(url.pathname + url.hash) || url.hash !== '') throw new Error('not a URL');
  } catch {
    // The text is not shown, nor the cause: both hold the password.
    throw new ClvError('unreachable_database', 'this is not the URL of a Postgres database', {
      expected: 'postgres://user@host:5432/database?table=orders',
      hint: 'write / ? # @ of a password as %2F %3F %23 %40, or give it as PGPASSWORD',
    });
  }
  const table = url.searchParams.get('table') ?? undefined;
  url.searchParams.delete('table');
  const host = url.host || url.searchParams.get('host') || '';
  const user = url.username === '' ? '' : `${url.username}@`;
  return { connection: url.href, name: `${url.protocol}//${user}${host}${url.pathname}`, table };
}

/** The name of a database for people, without its password. */
export const postgresName = (text: string): string => addressOf(text).name;

/** A table as a temporary CSV file in UTF-8. */
export interface CopiedTable {
  readonly path: string;
  readonly file: string;
  remove(): Promise<void>;
}

/**
 * @param option the table, where the URL does not name it
 * @throws ClvError unreachable_database, missing_table, ambiguous_table, empty_file
 */
export async function copyFromPostgres(text: string, option: string | undefined): Promise<CopiedTable> {
  const { connection, name, table } = addressOf(text);
  const { default: pg } = await import('pg');
  const { to } = await import('pg-copy-streams');
  const client = new pg.Client({
    connectionString: connection,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'clv',
  });
  client.on('error', () => {}); // of an idle connection; what a query runs into is thrown where it was asked
  const failed = (problem: string, hint?: string) => (cause: unknown) => {
    const { message, code } = cause as Error & { code?: string };
    const found = message || code || String(cause); // of several addresses tried there is a code only
    return new ClvError('unreachable_database', problem, {
      file: name,
      found: withoutPassword(found, connection),
      expected: 'a Postgres that answers, and a user who may read the table',
      hint,
    });
  };
  try {
    await client.connect();
  } catch (cause) {
    throw failed('the database cannot be reached', 'check host, port, user and PGPASSWORD')(cause);
  }
  const folder = await temporaryFolder('clv-postgres-');
  try {
    await client.query(
      "SET default_transaction_read_only = on; SET TimeZone = 'UTC'; SET datestyle = 'ISO, YMD'; SET client_encoding = 'UTF8'",
    );
    const { rows } = await client.query<TableName>(`
      SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_schema NOT LIKE 'pg\\_%' ORDER BY 1, 2`);
    const chosen = chooseTable(rows, table ?? option, 'public', name);
    const path = join(folder.path, 'log.csv');
    const from = `${identifier(chosen.schema)}.${identifier(chosen.name)}`;
    await pipeline(
      client.query(to(`COPY (SELECT * FROM ${from}) TO STDOUT (FORMAT csv, HEADER)`)),
      createWriteStream(path),
    );
    const file = `${name}?table=${chosen.schema === 'public' ? '' : `${chosen.schema}.`}${chosen.name}`;
    return { path, file, remove: () => folder.remove() };
  } catch (cause) {
    await folder.remove();
    throw cause instanceof ClvError ? cause : failed('the table cannot be read')(cause);
  } finally {
    await client.end().catch(() => {});
  }
}

/** No library should repeat a password; should one do, it is cut out. */
function withoutPassword(message: string, connection: string): string {
  const url = new URL(connection);
  const secrets = [url.password, decodeURIComponent(url.password), url.searchParams.get('password') ?? '', connection];
  return secrets.filter((secret) => secret !== '').reduce((text, secret) => text.replaceAll(secret, '***'), message);
}
