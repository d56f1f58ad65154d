/**
 * Cells straight from the files, for logs that are large and plain: ISO days, a decimal point, UTF-8. The engine reads
 * numbers itself, and cells that make no sense are marked `bad`. A test holds this to what reading carefully gives.
 */
import { stat } from 'node:fs/promises';
import { FIRST_DAY, LAST_DAY } from '../calendar.js';
import { LARGEST_AMOUNT } from './cells.js';
import type { Cleaning } from './cleaning.js';
import type { Layout, Role } from './layout.js';
import type { LogPart } from './load-raw.js';
import { trimmed } from './load-raw.js';
import type { ReadOptions } from './read-transactions.js';
import { directRelation } from './relation.js';
import type { FileColumn } from './source.js';

/** Smaller logs are read carefully: that takes no time, and says exactly where things are. */
const LARGE = 64e6;
const ISO_DAY = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** SELECT of cells with a column `bad`; undefined where the log has to be read carefully. */
export async function directCells(
  parts: readonly LogPart[],
  layout: Layout,
  cleaning: Cleaning,
  { decimal = 'point', dateFormat, way }: ReadOptions,
  withLines: boolean,
): Promise<string | undefined> {
  // which of two equal lines came first is known to careful reading only
  if (cleaning.returns === 'net' || cleaning.duplicates === 'drop') return undefined;
  if (decimal !== 'point' || (dateFormat !== undefined && dateFormat !== '%Y-%m-%d') || layout.carried)
    return undefined;
  if (way !== 'direct' && (await size(parts)) < LARGE) return undefined;
  const selects = parts.map((part, i) => cellsOf(part, i, layout, cleaning, withLines));
  return selects.includes(undefined) ? undefined : selects.join('\nUNION ALL ');
}

async function size(parts: readonly LogPart[]): Promise<number> {
  const sizes = await Promise.all(
    parts.map(async ({ source }) => (source.path === undefined ? 0 : (await stat(source.path)).size)),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

const AMOUNTS: readonly Role[] = ['quantity', 'price', 'value'];

/** Columns of lines that are text, by role. */
const TEXTS: ReadonlyArray<readonly [Role, string]> = [
  ['order', 'order_id'],
  ['product', 'product'],
  ['category', 'category'],
  ['country', 'country'],
  ['currency', 'currency'],
  ['status', 'status'],
];

/** Roles that cleaning rules look at. */
function judged({ cancellationPrefix, notPaid }: Layout, { services, testOrders }: Cleaning): Role[] {
  return [
    ...(cancellationPrefix !== undefined || testOrders === 'drop' ? (['order'] as const) : []),
    ...(services === 'drop' || testOrders === 'drop' ? (['product'] as const) : []),
    ...(notPaid === undefined ? [] : (['status'] as const)),
  ];
}

function cellsOf(
  { source, layout: { roles } }: LogPart,
  part: number,
  whole: Layout,
  cleaning: Cleaning,
  withLines: boolean,
): string | undefined {
  // Lines that repeat another are told by their text, so numbers stay as they are written where lines are kept.
  const numbers = withLines ? [] : AMOUNTS.flatMap((role) => roles[role] ?? []);
  const relation = directRelation(source, Object.fromEntries(numbers.map((name) => [name, 'DOUBLE' as const])));
  if (relation === undefined) return undefined;
  const column = (role: Role) => relation.columns.find(({ name }) => roles[role] !== undefined && name === roles[role]);
  const text = (role: Role): string => {
    const found = column(role);
    if (found === undefined) return 'NULL::VARCHAR';
    return found.text ? found.sql : `nullif(CAST(${found.sql} AS VARCHAR), 'nan')`;
  };
  const number = (role: Role): string => {
    const found = column(role);
    if (found === undefined) return 'NULL::DOUBLE';
    if (!withLines && source.format === 'csv') return found.sql;
    return found.text ? `TRY_CAST(${found.sql} AS DOUBLE)` : `nullif(CAST(${found.sql} AS DOUBLE), 'nan'::DOUBLE)`;
  };
  const date = column('date')!;
  const at = source.columns.findIndex(({ name }) => name === roles.date);
  if (date.text && !source.sample.every((row) => row[at] === '' || ISO_DAY.test(row[at]!))) return undefined;
  const iso = `CASE WHEN length(${date.sql}) = 10 OR substr(${date.sql}, 11, 1) IN (' ', 'T')
    THEN TRY_CAST(left(${date.sql}, 10) AS DATE) END`;
  const unread = [
    ...(date.text ? [`(${date.sql} <> '' AND (day IS NULL OR NOT right(${date.sql}, 1) BETWEEN '0' AND '9'))`] : []),
    ...(withLines ? AMOUNTS : []).flatMap((role) =>
      column(role)?.text ? [`(${column(role)!.sql} <> '' AND ${number(role)} IS NULL)`] : [],
    ),
  ];
  const needed = withLines ? TEXTS.map(([role]) => role) : judged(whole, cleaning);
  const value = whole.roles.value === undefined ? 'quantity * price' : 'amount';
  return `SELECT * EXCLUDE (amount, unread), CAST(${value} AS DECIMAL(38, 12)) AS value,
      coalesce(unread OR day NOT BETWEEN ${FIRST_DAY} AND ${LAST_DAY}
        OR greatest(abs(quantity), abs(price), abs(${value})) > ${LARGEST_AMOUNT}, false) AS bad
    FROM (SELECT coalesce(${trimmed(text('customer'))}, '') AS id,
      CAST(${date.text ? iso : `CAST(${date.sql} AS DATE)`} - DATE '1970-01-01' AS INTEGER) AS day,
      ${number('quantity')} AS quantity, ${number('price')} AS price, ${number('value')} AS amount,
      ${TEXTS.map(([role, name]) => `${needed.includes(role) ? `trim(${text(role)})` : 'NULL::VARCHAR'} AS ${name}`).join(', ')},
      ${withLines ? `${minuteOf(date)} AS minute, hash(${relation.columns.map(({ sql }) => sql).join(', ')}) AS line_hash, ${part} AS part, NULL::BIGINT AS part_row, 0 AS position,` : ''}
      ${unread.join(' OR ') || 'false'} AS unread
      FROM ${relation.from}) part_${part}`;
}

const minuteOf = ({ sql, text }: FileColumn): string =>
  text
    ? `TRY_CAST(substr(${sql}, 12, 2) AS INTEGER) * 60 + TRY_CAST(substr(${sql}, 15, 2) AS INTEGER)`
    : `CASE WHEN typeof(${sql}) LIKE 'TIMESTAMP%' THEN extract(hour FROM ${sql}) * 60 + extract(minute FROM ${sql}) END`;
