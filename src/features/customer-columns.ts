/** Columns that belong to a customer and not to a purchase (a region, a channel), joined to features by the id. */
import { basename } from 'node:path';
import { ClvError } from '../errors.js';
import { simplified } from '../nearest.js';
import { identifier, type SqlEngine } from './engine.js';
import type { FeatureColumn } from './feature-table.js';
import { quoteForShell } from './layout.js';
import { IS_SPREADSHEET_ID } from './lines.js';
import { directRelation } from './relation.js';
import { openInput } from './source.js';

/** Usual names of the column of ids, besides the name that the log has for it. */
const ID_NAMES = ['customerid', 'customer', 'clientid', 'userid', 'memberid', 'accountid', 'id'];

export interface CustomerColumns {
  readonly columns: readonly FeatureColumn[];
  /** What is worth saying: where they are from and what they cannot know. */
  readonly note: string;
}

/**
 * Reads `file` into the table `into` (customer, then the others). A column of which every cell is a number or empty
 * is one of numbers; else it is text.
 *
 * @param into a name of its own
 * @param taken names that features have
 * @throws ClvError of `readTransactions`; missing_column, ambiguous_column, bad_cell
 */
export async function readCustomerColumns(
  engine: SqlEngine,
  into: string,
  file: string,
  idInLog: string,
  taken: readonly string[],
): Promise<CustomerColumns> {
  const input = await openInput(engine, file);
  try {
    const [source] = input.sources;
    const relation = input.sources.length === 1 && source ? directRelation(source) : undefined;
    if (relation === undefined) {
      throw new ClvError('unreadable_file', 'a table of customers has to be one plain file', {
        file,
        expected: 'CSV in UTF-8 with its header first, NDJSON, or Parquet',
      });
    }
    const names = [simplified(idInLog), ...ID_NAMES];
    const id = names.flatMap((name) => relation.columns.find((column) => simplified(column.name) === name) ?? [])[0];
    if (id === undefined) {
      throw new ClvError('missing_column', 'no column looks like the id of a customer', {
        file,
        found: relation.columns.map(({ name }) => name).join(', '),
        expected: `a column such as ${quoteForShell(idInLog)}`,
      });
    }
    const others = relation.columns.filter((column) => column !== id);
    const clash = others.find(
      ({ name }) => taken.includes(name) || ['customer_id', 'customer'].includes(name.toLowerCase()),
    );
    if (clash) {
      throw new ClvError('ambiguous_column', 'a feature has this name already', {
        file,
        column: clash.name,
        expected: 'a name of its own',
        hint: 'rename the column in the file',
      });
    }
    const text = (sql: string) => `trim(coalesce(CAST(${sql} AS VARCHAR), ''))`;
    const cells = others.map((column) => `${text(column.sql)} AS ${identifier(column.name)}`);
    await engine.run(`CREATE OR REPLACE TABLE ${into}_text AS
      SELECT CASE WHEN ${IS_SPREADSHEET_ID('id')} THEN left(id, length(id) - 2) ELSE id END AS customer, * EXCLUDE (id)
      FROM (SELECT ${[`${text(id.sql)} AS id`, ...cells].join(', ')} FROM ${relation.from}) cells WHERE id <> ''`);
    await refuseTwice(engine, `${into}_text`, file, id.name);
    const columns = await Promise.all(others.map(({ name }) => described(engine, `${into}_text`, name, file)));
    const typed = columns.map(({ name, type }) =>
      type === 'number' ? `TRY_CAST(${identifier(name)} AS DOUBLE) AS ${identifier(name)}` : identifier(name),
    );
    await engine.run(
      `CREATE OR REPLACE TABLE ${into} AS SELECT ${['customer', ...typed].join(', ')} FROM ${into}_text`,
    );
    await engine.run(`DROP TABLE ${into}_text`);
    return {
      columns,
      note: `Columns of ${basename(file)} are as they are now, whatever the threshold: check that none of them knows the future.`,
    };
  } catch (error) {
    if (error instanceof ClvError) throw error;
    throw new ClvError('unreadable_file', 'the table of customers cannot be read', {
      file,
      found: String((error as Error).message).split('\n')[0],
      expected: 'CSV in UTF-8, NDJSON or Parquet with one row a customer',
      cause: error,
    });
  } finally {
    await input.close();
  }
}

async function refuseTwice(engine: SqlEngine, table: string, file: string, column: string): Promise<void> {
  const twice = await engine.query(
    `SELECT customer, count(*) FROM ${table} GROUP BY customer HAVING count(*) > 1 ORDER BY customer LIMIT 1`,
  );
  if (twice.rows === 0) return;
  throw new ClvError('bad_cell', 'a customer is there more than once', {
    file,
    column,
    found: twice.texts(0)[0],
    expected: 'one row a customer',
  });
}

async function described(engine: SqlEngine, table: string, name: string, file: string): Promise<FeatureColumn> {
  const cell = identifier(name);
  const counts = await engine.query(`SELECT count(*) FILTER (WHERE ${cell} <> ''),
    count(*) FILTER (WHERE ${cell} <> '' AND coalesce(isfinite(TRY_CAST(${cell} AS DOUBLE)), false)) FROM ${table}`);
  const [filled, numbers] = [counts.numbers(0)[0]!, counts.numbers(1)[0]!];
  return {
    name,
    unit: 'as given',
    type: filled > 0 && filled === numbers ? 'number' : 'text',
    meaning: `of ${basename(file)}; empty where it names none`,
  };
}

/** How many customers of the table `base` have a row, in words. */
export async function matched(engine: SqlEngine, into: string, base: string): Promise<string> {
  const found = await engine.query(`SELECT count(*), count(${into}.customer)
    FROM (SELECT DISTINCT customer FROM ${base}) known LEFT JOIN ${into} USING (customer)`);
  return `${found.numbers(1)[0]} of ${found.numbers(0)[0]} customers have a row in it; for the others text is empty and numbers are missing.`;
}

export const columnOf = (into: string, { name, type }: FeatureColumn): string => {
  const column = `${into}.${identifier(name)}`;
  return type === 'number' ? column : `coalesce(${column}, '')`;
};
