/** A table of features as the engine holds it, and how it was made. */
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Need } from './catalogue/feature.js';
import { identifier, type SqlEngine } from './engine.js';
import type { Cohort } from './feature-options.js';
import type { Outliers } from './stages.js';

export interface FeatureColumn {
  readonly name: string;
  readonly unit: string;
  readonly type: 'integer' | 'number' | 'text' | 'day';
  readonly meaning: string;
}

/** A table of features, held by the engine of its log until that is closed. */
export interface FeatureTable {
  readonly rows: number;
  readonly columns: readonly FeatureColumn[];
  readonly details: FeatureDetails;
  /** A column by its name: numbers, or text (days as `YYYY-MM-DD`); rows are sorted by threshold and customer. */
  column(name: string): Promise<Float64Array | string[]>;
  readonly engine: SqlEngine;
  /** Lends its rows, in their order, to statements that select `FROM` them. */
  lend<T>(use: (from: string) => Promise<T>): Promise<T>;
  /** Gives up what the engine holds of it. */
  drop(): Promise<void>;
}

/** How a table was made; part of its manifest. */
export interface FeatureDetails {
  readonly preset: 'google_clv' | null;
  readonly windows: ReadonlyArray<{ readonly thresholdDate: string; readonly predictEnd: string | null }>;
  /** Features that this log has no column for. */
  readonly leftOut: ReadonlyArray<{ readonly name: string; readonly needs: readonly Need[] }>;
  readonly split: Readonly<Record<string, number>> | null;
  readonly cohort: Cohort | null;
  readonly outliers: OutlierReport | null;
  /** What a reader must know to read the table rightly. */
  readonly notes: readonly string[];
}

/** What was done about outliers, one entry a window. */
export interface OutlierReport {
  readonly rule: Outliers;
  readonly limits: ReadonlyArray<{
    readonly thresholdDate: string;
    readonly limit: number;
    readonly transactions: number;
    readonly customers: number;
    /** Value cut off or left out. */
    readonly value: number;
  }>;
}

let made = 0;

/** Every table has a name of its own, so that none becomes another. */
export const nextName = (): string => `features_${++made}`;

/** A table that the engine has, or can make of other tables. */
export interface Made {
  readonly name: string;
  readonly rows: number;
  /** SELECT of its rows, and what they are made of: joined when first a column is asked for, and never if all are written at once. */
  readonly join?: { readonly select: string; readonly parts: readonly string[] };
}

/** @throws ClvError no_customers */
export function tableOf(
  engine: SqlEngine,
  { name, rows, join }: Made,
  columns: readonly FeatureColumn[],
  details: FeatureDetails,
): FeatureTable {
  if (rows === 0) {
    throw new ClvError('no_customers', 'no customer is left', {
      found: cohortText(details.cohort ?? {}),
      expected: 'a threshold_date after the first transactions, and a cohort that has customers',
    });
  }
  let held = join === undefined ? Promise.resolve() : undefined;
  let dropped: Promise<void> | undefined;
  /** What reads the parts, and what reads the table. */
  const readers: Record<'parts' | 'table', Promise<unknown>> = { parts: Promise.resolve(), table: Promise.resolve() };
  const reading = <T>(of: keyof typeof readers, read: Promise<T>): Promise<T> => {
    readers[of] = Promise.allSettled([readers[of], read]);
    return read;
  };
  const drop = async (tables: readonly string[]) => {
    for (const table of tables) await engine.run(`DROP TABLE IF EXISTS ${table}`);
  };
  const hold = async ({ select, parts }: NonNullable<Made['join']>) => {
    await engine.run(engine.dialect.createTable(name, select));
    await readers.parts;
    await drop(parts);
  };
  const giveUp = async () => {
    await held?.catch(() => {}); // whoever asked for it is told
    await Promise.all([readers.parts, readers.table]);
    await drop([...(held ? [name] : []), ...(join?.parts ?? [])]);
  };
  const checkThere = () => {
    if (dropped === undefined) return;
    throw new ClvError('bad_option', 'the table of features has been dropped', { expected: 'drop() after all else' });
  };
  return {
    rows,
    columns,
    engine,
    details,
    async column(column) {
      checkThere();
      held ??= hold(join!);
      return reading(
        'table',
        held.then(() => readColumn(engine, name, columns, column)),
      );
    },
    async lend(use) {
      checkThere();
      if (held === undefined) return reading('parts', use(`(${join!.select}) made`));
      return reading(
        'table',
        held.then(() => use(name)),
      );
    },
    drop: () => {
      dropped ??= giveUp();
      return dropped;
    },
  };
}

async function readColumn(engine: SqlEngine, table: string, columns: readonly FeatureColumn[], name: string) {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) {
    throw new ClvError('unknown_feature', 'the table has no such column', {
      found: name,
      expected: columns.map((one) => one.name).join(', '),
      hint: nearest(
        String(name),
        columns.map((one) => one.name),
      ),
    });
  }
  const sql = column.type === 'day' ? `CAST(${identifier(name)} AS VARCHAR)` : identifier(name);
  const result = await engine.query(
    `SELECT ${sql} FROM ${table} ORDER BY threshold_date, ${engine.dialect.bytes('customer_id')}`,
  );
  return column.type === 'text' || column.type === 'day' ? result.texts(0) : result.numbers(0);
}

const cohortText = (cohort: Cohort): string | undefined => {
  const given = Object.entries(cohort).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : given.map(([name, value]) => `${name} ${value}`).join(', ');
};
