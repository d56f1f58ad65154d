/**
 * From cells to the tables that everything else reads:
 *
 * - `lines`: every line with what it means and, if it is left out, why (`dropped`); kept only where lines are needed
 * - `daily`: the same, added up by customer, day and reason
 * - `customer_days` (customer, day, void_day, value, lines, quantity) and `returns` (customer, day, lines, value): views of `daily`
 * - `customer_lines` (customer, day, void_day, minute, value, largest, n, order_id, product, category, country): a view of lines
 *   that stay, each a visit of n = 1; what a line does not have is NULL
 *
 * Where a log was read with its customers as numbers, the views of NUMBERED have them so, besides those by id.
 */
import { amount, type Decimal } from './cells.js';
import { CANCELLED, type Cleaning, dropReason, IS_RETURN } from './cleaning.js';
import { literal, type SqlEngine } from './engine.js';
import type { Layout } from './layout.js';

/** Names of the tables that features are made of. */
export interface LogTables {
  readonly daily: string;
  readonly days: string;
  readonly returns: string;
  /** What was bought at once: the `value` of `n` lines, the `largest` of them, their minute, order_id and country. */
  readonly visits: string;
  /** SELECT of what it was, by a condition on customer and day: a row a line, with its product and category. */
  items(condition: string): string;
  /** Tables (code, name) of customers and countries that are told by codes; undefined where they are told by their names. */
  readonly names?: string | undefined;
  readonly countries?: string | undefined;
}

export const BY_ID: LogTables = {
  daily: 'daily',
  days: 'customer_days',
  returns: 'returns',
  visits: 'customer_lines',
  items: (condition) => `SELECT * FROM customer_lines WHERE ${condition}`,
};

/** SQL for the id of the customer that `customer` stands for in these tables, and the join that it takes. */
export const idOf = ({ names }: LogTables, customer: string): { readonly id: string; readonly join: string } =>
  names === undefined
    ? { id: customer, join: '' }
    : { id: 'names.name', join: `JOIN ${names} names ON names.code = ${customer}` };

export const NUMBERED: LogTables = {
  daily: 'numbered_daily',
  days: 'numbered_days',
  returns: 'numbered_returns',
  visits: 'numbered_visits',
  items: (condition) => `SELECT customer, day, void_day, unnest(product) AS product, unnest(category) AS category
    FROM numbered_baskets WHERE ${condition}`,
  names: 'customer_names',
  countries: 'country_names',
};

/** Values are summed as exact decimals: the same log gives the same digits, whatever the order of the threads. */
const MONEY = 'DECIMAL(38, 12)';

/** Ids such as `17850.0`, as spreadsheets write numbers, stand for `17850`. */
export const IS_SPREADSHEET_ID = (id: string): string =>
  `(ends_with(${id}, '.0') AND regexp_full_match(${id}, '\\d+\\.0'))`;

/** SELECT of cells from `raw` and `days`, all of which have been checked. */
export function rawCells(layout: Layout, decimal: Decimal): string {
  const value =
    layout.roles.value === undefined
      ? `${amount('raw.quantity', decimal)} * ${amount('raw.price', decimal)}`
      : amount('raw.value', decimal);
  return `SELECT raw.customer AS id, days.number AS day, minute,
      ${amount('raw.quantity', decimal)} AS quantity, ${amount('raw.price', decimal)} AS price,
      CAST(${value} AS ${MONEY}) AS value, order_id, product, category, country, currency, status, line_hash,
      part, part_row, raw.rowid AS position
    FROM raw LEFT JOIN days ON raw.day_text = days.text`;
}

/** SELECT of lines from a SELECT of cells (customer as `id`). */
function linesOf(cells: string, layout: Layout, cleaning: Cleaning): string {
  const judged = `SELECT *, ${dropReason(layout, cleaning)} AS dropped FROM (
    SELECT CASE WHEN normalised_id THEN left(id, length(id) - 2) ELSE id END AS customer, * EXCLUDE (id) FROM (
      SELECT *, ${IS_SPREADSHEET_ID('id')} AS normalised_id FROM (${cells}) cells) ids) lines`;
  if (cleaning.duplicates === 'keep') return judged;
  return `SELECT * EXCLUDE (copy) REPLACE (CASE WHEN dropped IS NULL AND copy > 1 THEN 'duplicate_line' ELSE dropped END AS dropped)
    FROM (SELECT *,
      row_number() OVER (PARTITION BY line_hash, dropped IS NULL ORDER BY position) AS copy FROM (${judged}) judged) copies`;
}

/** Makes the table `lines`. */
export async function makeLines(
  engine: SqlEngine,
  cells: string,
  layout: Layout,
  cleaning: Cleaning,
  onProgress?: (done: number) => void,
): Promise<void> {
  await engine.run(
    `CREATE OR REPLACE TABLE lines AS SELECT *, NULL::INTEGER AS void_day FROM (${linesOf(cells, layout, cleaning)})`,
    onProgress,
  );
  if (cleaning.returns === 'net') await matchCancellations(engine);
  const texts = ['order_id', 'product', 'category', 'country'].map((name) => `nullif(${name}, '') AS ${name}`);
  await viewCustomerLines(
    engine,
    `SELECT * REPLACE (${texts.join(', ')}), customer AS id FROM lines WHERE dropped IS NULL`,
  );
}

/** @param kept SELECT of the lines that stay (customer as `id`) */
export async function viewCustomerLines(engine: SqlEngine, kept: string): Promise<void> {
  await engine.run(`CREATE OR REPLACE VIEW customer_lines AS
    SELECT id AS customer, day, void_day, minute, value, value AS largest, 1 AS n, order_id, product, category, country
    FROM (${kept}) kept`);
}

/** Columns that a log may lack, and what stands in for them in `leanCells`. */
const ABSENT: Readonly<Record<string, string>> = {
  order_id: 'NULL::VARCHAR',
  product: 'NULL::VARCHAR',
  category: 'NULL::VARCHAR',
  country: 'NULL::VARCHAR',
  currency: 'NULL::VARCHAR',
  status: 'NULL::VARCHAR',
  quantity: 'NULL::DOUBLE',
  price: 'NULL::DOUBLE',
  amount: 'NULL::DOUBLE',
  line_hash: 'NULL::UBIGINT',
  part: '0',
  part_row: 'NULL::BIGINT',
};
/** Those of them that cells have nevertheless. */
const ALWAYS = ['quantity', 'price', 'amount', 'part'];

/** SELECT of cells without what the log lacks and what is quickly made of the rest: lines are many. */
export function leanOf(cells: string, absent: readonly string[]): string {
  const lacking = ALWAYS.filter((name) => absent.includes(name));
  return `SELECT * EXCLUDE (${['customer', 'value', 'plain', ...lacking].join(', ')}) FROM (${cells}) cells`;
}

/** Makes the table `lean_lines`. */
export const keepLean = (engine: SqlEngine, lean: string, onProgress?: (done: number) => void): Promise<void> =>
  inAnyOrder(engine, () => engine.run(`CREATE OR REPLACE TABLE lean_lines AS ${lean}`, onProgress));

/** Makes a table of which the order of rows is of no matter. */
export async function inAnyOrder(engine: SqlEngine, make: () => Promise<void>): Promise<void> {
  await engine.run('SET preserve_insertion_order = false'); // else rows wait in memory for those before them
  try {
    await make();
  } finally {
    await engine.run('SET preserve_insertion_order = true');
  }
}

/** SELECT of the cells of `lean_lines`, with the columns that they had. */
export const leanCells = (absent: readonly string[], value: string): string =>
  `SELECT *, ${value} AS value FROM (
    SELECT *, rowid${absent.map((name) => `, ${ABSENT[name]} AS ${name}`).join('')} FROM lean_lines) lean`;

/**
 * Sets `void_day` of every purchase that is cancelled: walking through a customer's lines of one product and number of
 * pieces, each return takes the latest purchase before it that is still standing.
 *
 * That is how brackets match. With `depth` the purchases that stand after a line, a purchase that lifts it to d is closed
 * by the next return that brings it from d to d − 1, if that is the next line at this level.
 */
async function matchCancellations(engine: SqlEngine): Promise<void> {
  await engine.run(`CREATE OR REPLACE TABLE voids AS
    WITH candidates AS (
      SELECT rowid AS line, customer, product, abs(quantity) AS pieces, day, dropped IS NULL AS bought,
        row_number() OVER (ORDER BY day, coalesce(minute, 0), position, rowid) AS place
      FROM lines WHERE product <> '' AND (dropped IS NULL AND quantity > 0 OR (${IS_RETURN}) AND quantity < 0)
        AND (customer, product, abs(quantity)) IN (
          SELECT (customer, product, -quantity) FROM lines WHERE (${IS_RETURN}) AND quantity < 0 AND product <> '')),
    balances AS (
      SELECT *, sum(CASE WHEN bought THEN 1 ELSE -1 END) OVER story AS balance FROM candidates
      WINDOW story AS (PARTITION BY customer, product, pieces ORDER BY place)),
    depths AS (
      SELECT *, balance - least(0, min(balance) OVER (PARTITION BY customer, product, pieces ORDER BY place)) AS depth
      FROM balances),
    levels AS (
      SELECT *, CASE WHEN bought THEN depth
        WHEN lag(depth, 1, 0) OVER (PARTITION BY customer, product, pieces ORDER BY place) > 0 THEN depth + 1 END AS level
      FROM depths),
    pairs AS (
      SELECT line, bought, lead(bought) OVER same AS next_bought, lead(day) OVER same AS next_day FROM levels
      WHERE level IS NOT NULL WINDOW same AS (PARTITION BY customer, product, pieces, level ORDER BY place))
    SELECT line, next_day AS void_day FROM pairs WHERE bought AND NOT next_bought`);
  await engine.run('UPDATE lines SET void_day = voids.void_day FROM voids WHERE lines.rowid = voids.line');
  await engine.run('DROP TABLE voids');
}

/** Makes `daily` from `lines`, and its views. `quantity` is NULL where the log has none. */
export async function makeDaily(engine: SqlEngine): Promise<void> {
  await engine.run(
    `CREATE OR REPLACE TABLE daily AS SELECT customer, day, dropped, (${IS_RETURN}) AS returned, void_day, count(*) AS lines,
       count(*) FILTER (WHERE normalised_id) AS normalised_ids, sum(value) AS value,
       sum(CAST(quantity AS ${MONEY})) AS quantity
     FROM lines GROUP BY customer, day, dropped, returned, void_day`,
  );
  await dailyViews(engine);
}

/** @param customerDays the view of that name, where there is a quicker one than by `daily` */
export async function dailyViews(
  engine: SqlEngine,
  customerDays = 'SELECT customer, day, void_day, value, lines, quantity FROM daily WHERE dropped IS NULL',
): Promise<void> {
  await engine.run(`CREATE OR REPLACE VIEW customer_days AS ${customerDays}`);
  await engine.run('CREATE OR REPLACE VIEW returns AS SELECT customer, day, lines, value FROM daily WHERE returned');
}

/**
 * What `daily` holds, by reason: lines, value, normalised ids, rows, first and last day. Void purchases have the reason
 * `cancelled_order`; what stays has '', and is one row a customer-day.
 */
export const countsOf = ({
  daily,
}: LogTables): string => `SELECT CASE WHEN void_day IS NULL THEN coalesce(dropped, '') ELSE ${literal(CANCELLED.reason)} END AS reason,
    sum(lines), coalesce(sum(value), 0)::DOUBLE, sum(normalised_ids), count(*), min(day), max(day)
  FROM ${daily} GROUP BY reason`;
