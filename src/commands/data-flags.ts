/** Flags that say what a log is and how it is cleaned, on any command that reads one. */
import { type Command, Option } from 'commander';
import { ClvError } from '../errors.js';
import { CLEANING_CHOICES } from '../features/cleaning.js';
import type { ReadOptions } from '../features/read-transactions.js';

/** As commander hands them over: text, under their snake_case names. */
export interface DataFlags {
  readonly customer_column?: string;
  readonly date_column?: string;
  readonly value_column?: string;
  readonly quantity_column?: string;
  readonly price_column?: string;
  readonly order_column?: string;
  readonly product_column?: string;
  readonly category_column?: string;
  readonly country_column?: string;
  readonly currency_column?: string;
  readonly status_column?: string;
  readonly table?: string;
  readonly date_format?: string;
  readonly decimal?: string;
  readonly returns?: string;
  readonly duplicates?: string;
  readonly services?: string;
  readonly test_orders?: string;
  readonly zero_value?: string;
  readonly latest_date?: string;
}

export const LOG_HELP =
  'transaction log: CSV, NDJSON or Parquet, a folder or glob of them, a DuckDB or SQLite file, postgres://…';

export function addDataFlags(command: Command): Command {
  const choice = (flag: string, choices: readonly string[], help: string) =>
    command.addOption(new Option(`${flag} <what>`, `${help} (default: ${choices[0]})`).choices(choices));
  command
    .option('--customer_column <name>', 'columns are found by their names; say which where they are not')
    .option('--date_column <name>')
    .option('--value_column <name>', 'what a line was worth; else quantity × price')
    .option('--quantity_column <name>')
    .option('--price_column <name>')
    .option('--order_column <name>')
    .option('--product_column <name>')
    .option('--category_column <name>')
    .option('--country_column <name>')
    .option('--currency_column <name>')
    .option('--status_column <name>', 'whether an order was paid, cancelled, …')
    .option('--table <name>', 'which table of a database, where it has several')
    .option('--date_format <format>', '%Y-%m-%d, %d/%m/%Y, epoch_s, … (default: told from the data)');
  choice('--decimal', ['point', 'comma'], 'what separates units from cents');
  choice(
    '--returns',
    CLEANING_CHOICES.returns,
    'cancellations: left out, or also taken from the purchases they cancel',
  );
  choice('--duplicates', CLEANING_CHOICES.duplicates, 'lines that repeat another exactly');
  choice('--services', CLEANING_CHOICES.services, 'postage, fees and other lines that are no goods');
  choice('--test_orders', CLEANING_CHOICES.testOrders, 'orders of testers');
  choice('--zero_value', CLEANING_CHOICES.zeroValue, 'lines worth nothing');
  return command.option('--latest_date <day>', 'later lines are mistakes and left out (default: tomorrow)');
}

/** Flags that are given, under the names of the library. */
export function readOptionsOf(flags: DataFlags): ReadOptions {
  return definedOnly({
    columns: definedOnly({
      customer: flags.customer_column,
      date: flags.date_column,
      value: flags.value_column,
      quantity: flags.quantity_column,
      price: flags.price_column,
      order: flags.order_column,
      product: flags.product_column,
      category: flags.category_column,
      country: flags.country_column,
      currency: flags.currency_column,
      status: flags.status_column,
    }),
    table: flags.table,
    dateFormat: flags.date_format,
    decimal: flags.decimal,
    returns: flags.returns,
    duplicates: flags.duplicates,
    services: flags.services,
    testOrders: flags.test_orders,
    zeroValue: flags.zero_value,
    latestDate: flags.latest_date,
  }) as ReadOptions; // their values are checked where they are used
}

/** @throws ClvError bad_option */
export function numberFlag(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new ClvError('bad_option', `--${name} is not a number`, { found: text, expected: 'a number' });
}

export function definedOnly<T extends object>(flags: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as never;
}

/** Names separated by commas. */
export const namesIn = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
