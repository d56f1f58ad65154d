/** Postgres as the engine: tables of one session, gone when it is closed. `pg` is loaded when first used. */
import { ClvError } from '../errors.js';
import { type Dialect, identifier, type Result, type SqlEngine, type UploadColumn } from './engine.js';
import { postgresName } from './sources/postgres.js';

/** Rows sent in one statement. */
const PIECE = 20_000;

const firstOf = (value: string, order: string): string => `(array_agg(${value} ORDER BY ${order}))[1]`;

export const postgresDialect: Dialect = {
  name: 'Postgres',
  money: 'NUMERIC',
  createTable: (name, query) => `DROP TABLE IF EXISTS pg_temp.${name}; CREATE TEMPORARY TABLE ${name} AS ${query}`,
  firstBy: firstOf,
  lastBy: (value, key) => firstOf(value, `${key} DESC`),
  firstOf,
  bytes: (text) => `(${text}) COLLATE "C"`,
  hash28: (text) => `CAST(CAST('x' || left(md5(${text}), 7) AS BIT(28)) AS INTEGER)`,
};

/**
 * Opens a session.
 *
 * @param url `postgres://…`; a password comes better from PGPASSWORD or ~/.pgpass
 * @throws ClvError unreachable_database
 */
export async function openPostgres(url: string): Promise<SqlEngine> {
  postgresName(url); // a URL that is none would show its password
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // a lost connection shows in the next statement
  try {
    await client.connect();
  } catch (cause) {
    throw new ClvError('unreachable_database', 'the database cannot be reached', {
      found: (cause as Error).message,
      expected: 'a Postgres that accepts connections',
      cause,
    });
  }
  await client.query('SET extra_float_digits = 3'); // doubles go through whole
  await client.query("SET TimeZone = 'UTC'");

  return {
    dialect: postgresDialect,

    async run(sql) {
      await client.query(sql);
    },

    async query(sql): Promise<Result> {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
      return {
        rows: rows.length,
        numbers: (column) =>
          Float64Array.from(rows, (row) => (row[column] === null ? Number.NaN : Number(row[column]))),
        texts: (column) => rows.map((row) => (row[column] === null ? '' : String(row[column]))),
      };
    },

    async upload(table, columns) {
      const entries = Object.entries(columns);
      const types = entries.map(([, values]) => typeOf(values));
      const declared = entries.map(([name], i) => `${identifier(name)} ${types[i]}`);
      await client.query(
        `DROP TABLE IF EXISTS pg_temp.${table}; CREATE TEMPORARY TABLE ${table} (${declared.join(', ')})`,
      );
      const rows = entries[0]?.[1].length ?? 0;
      for (let start = 0; start < rows; start += PIECE) {
        const pieces = entries.map(([, values]) => Array.from(values.slice(start, start + PIECE), cellOf));
        await insert(table, types, pieces);
      }
    },

    async append(table, columns) {
      const rows = columns[0]?.length ?? 0;
      const types = columns.map((values) =>
        values.some((value) => typeof value === 'number') ? 'DOUBLE PRECISION' : 'TEXT',
      );
      for (let start = 0; start < rows; start += PIECE) {
        await insert(
          table,
          types,
          columns.map((values) => values.slice(start, start + PIECE)),
        );
      }
    },

    async close() {
      await client.end();
    },
  };

  async function insert(table: string, types: readonly string[], pieces: ReadonlyArray<readonly unknown[]>) {
    const parameters = types.map((type, i) => `$${i + 1}::${type}[]`);
    await client.query(`INSERT INTO ${table} SELECT * FROM unnest(${parameters.join(', ')})`, [...pieces]);
  }
}

const typeOf = (values: UploadColumn): string =>
  values instanceof Int32Array ? 'INTEGER' : values instanceof Float64Array ? 'DOUBLE PRECISION' : 'TEXT';

const cellOf = (value: string | number): string | number | null => (Number.isNaN(value) ? null : value);
