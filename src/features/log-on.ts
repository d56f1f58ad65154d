/** A cleaned log on another engine: its tables carried over, so that features are made there. */
import { ClvError } from '../errors.js';
import type { SqlEngine, UploadColumn } from './engine.js';
import { BY_ID } from './lines.js';
import type { TransactionLog } from './read-transactions.js';

const CUSTOMER_DAYS = {
  customer: 'text',
  day: 'integer',
  void_day: 'integer or null',
  value: 'money',
  lines: 'integer',
  quantity: 'number',
};
const RETURNS = { customer: 'text', day: 'integer', lines: 'integer', value: 'money' };
const CUSTOMER_LINES = {
  customer: 'text',
  day: 'integer',
  minute: 'integer or null',
  value: 'money',
  largest: 'money',
  n: 'integer',
  order_id: 'text or null',
  product: 'text or null',
  category: 'text or null',
  country: 'text or null',
  void_day: 'integer or null',
};

/**
 * The same log with `engine` behind it. What it left out stays behind; `engine` is closed with it.
 *
 * @throws ClvError bad_option
 */
export async function logOn(engine: SqlEngine, log: TransactionLog): Promise<TransactionLog> {
  if (log.keeps === 'features') {
    throw new ClvError('bad_option', 'another engine needs every line, and the log was read with detail: features', {
      file: log.report.file,
      hint: "readTransactions(file, { detail: 'lines' })",
    });
  }
  await carry(log.engine, engine, 'customer_days', CUSTOMER_DAYS);
  await carry(log.engine, engine, 'returns', RETURNS);
  if (log.keeps === 'lines') await carry(log.engine, engine, 'customer_lines', CUSTOMER_LINES);
  return { ...log, engine, tables: BY_ID, close: () => engine.close() };
}

async function carry(
  from: SqlEngine,
  to: SqlEngine,
  table: string,
  columns: Readonly<Record<string, string>>,
): Promise<void> {
  // money goes as text: a double would lose digits
  const select = Object.entries(columns).map(([name, type]) => (type === 'money' ? `CAST(${name} AS VARCHAR)` : name));
  const cells = await from.query(`SELECT ${select.join(', ')} FROM ${table}`);
  const uploads = Object.entries(columns).map(([name, type], i): [string, UploadColumn] => {
    if (type === 'integer') return [name, Int32Array.from(cells.numbers(i))];
    return [name, type === 'number' || type === 'integer or null' ? cells.numbers(i) : cells.texts(i)];
  });
  await to.upload(`${table}_text`, Object.fromEntries(uploads));
  const typed = Object.entries(columns).map(([name, type]) => {
    if (type === 'money') return `CAST(${name} AS ${to.dialect.money}) AS ${name}`;
    if (type === 'text or null') return `nullif(${name}, '') AS ${name}`;
    return type === 'integer or null' ? `CAST(${name} AS INTEGER) AS ${name}` : name;
  });
  await to.run(to.dialect.createTable(table, `SELECT ${typed.join(', ')} FROM ${table}_text`));
  await to.run(`DROP TABLE ${table}_text`);
}
