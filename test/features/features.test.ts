import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDay } from '../../src/calendar.js';
import { locateDataset } from '../../src/datasets/locate.js';
import { FEATURES, selectedFeatures } from '../../src/features/catalogue/index.js';
import type { FeatureOptions } from '../../src/features/feature-options.js';
import type { FeatureTable } from '../../src/features/feature-table.js';
import { featureTable } from '../../src/features/make-features.js';
import {
  type Detail,
  type ReadOptions,
  readTransactions,
  type TransactionLog,
} from '../../src/features/read-transactions.js';
import { describeOn } from '../real-data.js';
import { fileIn, smallLog, temporaryFolder } from './logs.js';
import { type CleaningOptions, type Line, type OracleRow, oracleDrops, oracleRolling } from './oracle.js';
import { FIRST_DAY, genericColumns, genericCsv, LAST_DAY, randomLog, uciColumns, uciCsv } from './random-logs.js';
import { onlineRetailLines } from './real-lines.js';

const folder = temporaryFolder();
const DIGITS = 1e-12;

/** The table as rows, as the oracle gives them. */
async function rowsOf(table: FeatureTable): Promise<Array<Record<string, string | number>>> {
  const columns = await Promise.all(table.columns.map(async ({ name }) => [name, await table.column(name)] as const));
  return Array.from({ length: table.rows }, (_, i) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[i]!])),
  );
}

/** Exact for text and whole numbers, 1e-12 relative else. */
function differences(ours: ReadonlyArray<Record<string, string | number>>, truth: readonly OracleRow[]): string[] {
  const found: string[] = [];
  const ids = (rows: ReadonlyArray<Record<string, unknown>>) =>
    rows.map((row) => `${row.threshold_date} ${row.customer_id}`);
  expect(ids(ours)).toEqual(ids(truth));
  for (const [i, row] of truth.entries()) {
    for (const [name, right] of Object.entries(row)) {
      const mine = ours[i]![name];
      const type = FEATURES.find((feature) => feature.name === name)?.type;
      const close =
        type === 'number' || name === 'target_value'
          ? Math.abs(Number(mine) - Number(right)) <= DIGITS * Math.abs(Number(right))
          : mine === right;
      if (!close) found.push(`${row.customer_id} ${name}: ${mine} instead of ${right}`);
    }
  }
  return found;
}

/** Paths at which two results differ: amounts by more than 1e-12, anything else at all. */
function unlike(a: unknown, b: unknown, path = ''): string[] {
  if (typeof a === 'number' && typeof b === 'number' && !(Number.isInteger(a) && Number.isInteger(b)))
    return Math.abs(a - b) <= DIGITS * Math.abs(b) ? [] : [`${path}: ${a}, ${b}`];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return a === b ? [] : [`${path}: ${a}, ${b}`];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.flatMap((name) => unlike(a[name as keyof typeof a], b[name as keyof typeof b], `${path}.${name}`));
}

async function withLog<T>(
  csv: string,
  options: ReadOptions,
  use: (log: TransactionLog) => Promise<T>,
): Promise<T | undefined> {
  let log: TransactionLog;
  try {
    log = await readTransactions(fileIn(folder, 'random.csv', csv), { latestDate: '2100-01-01', ...options });
  } catch (error) {
    if ((error as { code?: string }).code === 'no_customers') return undefined; // nothing is left of some random logs
    throw error;
  }
  return use(log).finally(() => log.close());
}

/** What direct reading leaves to careful reading is not compared with it. */
const directChoices = fc.record({
  zeroValue: fc.constantFrom('drop', 'keep'),
  testOrders: fc.constantFrom('keep', 'drop'),
} as const);

const cleaningChoices = fc.record({
  returns: fc.constantFrom('drop', 'net'),
  zeroValue: fc.constantFrom('drop', 'keep'),
  duplicates: fc.constantFrom('keep', 'drop'),
} as const);

const outlierRules = fc.option(
  fc.oneof(
    fc.constantFrom(0.5, 0.9, 0.99).map((winsorise) => ({ winsorise })),
    fc.constantFrom(0.9).map((drop) => ({ drop })),
  ),
  { nil: undefined },
);

const cases = fc.record({
  log: randomLog,
  cleaning: cleaningChoices,
  outliers: outlierRules,
  at: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  length: fc.integer({ min: 1, max: 200 }),
  cohort: fc.option(
    fc.record({ minTransactions: fc.integer({ min: 1, max: 3 }), maxSilence: fc.integer({ min: 0, max: 300 }) }),
    {
      nil: undefined,
      freq: 3,
    },
  ),
  layout: fc.constantFrom('UCI', 'generic'),
});

describe('features of random logs', () => {
  it('are what a slow and simple reckoning gives, every cell of 300 logs', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ log: lines, cleaning, outliers, at, length, cohort, layout }) => {
        const uci = layout === 'UCI';
        const truthOptions: CleaningOptions = {
          has: uci ? uciColumns : genericColumns,
          ...cleaning,
          ...(uci ? { cancellationPrefix: 'C' } : {}),
        };
        await withLog(uci ? uciCsv(lines) : genericCsv(lines), { ...cleaning, way: 'careful' }, async (log) => {
          const drops = oracleDrops(lines, truthOptions);
          expect(Object.fromEntries(log.report.dropped.map(({ reason, rows }) => [reason, rows]))).toEqual(
            Object.fromEntries(Object.entries(drops.dropped).map(([reason, { rows }]) => [reason, rows])),
          );
          const [first, last] = [log.report.firstDay, log.report.lastDay].map(
            (day) => Date.parse(day) / 86_400_000,
          ) as [number, number];
          const thresholds = [...new Set(at.map((share) => Math.round(first + share * (last - first))))].sort(
            (a, b) => a - b,
          );
          const latest = thresholds.at(-1)!;
          const rules = { outliers, ...(cohort ?? {}), split: { train: 0.7, eval: 0.15, test: 0.15 } };
          const truth = oracleRolling(
            lines,
            thresholds.map((threshold) => ({ threshold, end: threshold + length })),
            { ...truthOptions, ...(rules as object) },
          );
          const options: FeatureOptions = {
            thresholdDate: isoDay(latest),
            predictEnd: isoDay(latest + length),
            origins: thresholds.map(isoDay),
            split: rules.split,
            outliers,
            cohort,
          };
          if (truth.length === 0) {
            await expect(featureTable(log, options)).rejects.toMatchObject({ code: 'no_customers' });
            return;
          }
          const rows = await rowsOf(await featureTable(log, options));
          expect(differences(rows, truth)).toEqual([]);
          compared += truth.length;
        });
      }),
      { numRuns: Number(process.env.CLV_RANDOM_LOGS ?? 300), endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(100);
  }, 600_000);

  it('are the same whichever way a log is read', async () => {
    let [direct, plain] = [0, 0];
    await fc.assert(
      fc.asyncProperty(randomLog, directChoices, async (lines, cleaning) => {
        // a log that is read directly has times throughout, or none
        const timed = lines.map((line) => ({ ...line, minute: line.minute ?? 720 }));
        const read = (csv: string, way: ReadOptions['way'], detail: Detail) =>
          withLog(csv, { ...cleaning, way, detail, ...(way === 'plain' && { notes: false }) }, async (log) => {
            const { notes: _, remarks: __, ...report } = log.report;
            return { report, rows: await rowsOf(await featureTable(log, { features: selectionOf(detail) })) };
          });
        const compare = async (csv: string, way: ReadOptions['way'], detail: Detail): Promise<number> => {
          const quick = await read(csv, way, detail).catch((error: Error) => error.message);
          if (quick === 'this log has to be read carefully') return 0;
          if (typeof quick === 'string') throw new Error(quick);
          expect(unlike(quick, await read(csv, 'careful', detail))).toEqual([]);
          return 1;
        };
        const csv = genericCsv(timed);
        for (const detail of ['lines', 'days'] as const) direct += await compare(csv, 'direct', detail);
        // lines of an order follow each other, as they do in a shop
        const inOrder = timed.map(plainly).sort((a, b) => (a.order ?? '').localeCompare(b.order ?? ''));
        for (const detail of ['features', 'days'] as const)
          plain += await compare(genericCsv(inOrder), 'plain', detail);
      }),
      { numRuns: 40, endOnFailure: true },
    );
    expect(direct).toBeGreaterThan(60);
    expect(plain).toBeGreaterThan(20);
  }, 300_000);
});

/** The same line of somebody, something and a price that need neither quotes nor letters beyond ASCII. */
const plainly = (line: Line): Line => ({
  ...line,
  customer: line.customer && `c${line.customer.codePointAt(0)}`,
  product: line.product?.replace(/\W/g, '-') ?? null,
});

/** What a log read with such a detail can make. */
const selectionOf = (detail: Detail) =>
  detail === 'lines' || detail === 'features'
    ? 'all'
    : FEATURES.filter(({ stage }) => ['days', 'stories', 'returns'].includes(stage)).map(({ name }) => name);

describe('leaks', () => {
  it('no change of the future changes a feature: days after the threshold are shuffled, revalued, cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomLog,
        fc.integer({ min: FIRST_DAY + 50, max: LAST_DAY - 50 }),
        cleaningChoices,
        fc.integer(),
        async (lines, threshold, cleaning, seed) => {
          const options = { thresholdDate: isoDay(threshold), outliers: { winsorise: 0.9 }, split: { a: 1, b: 1 } };
          const features = (log: readonly Line[]) =>
            withLog(uciCsv(log), cleaning, async (read) =>
              read.report.firstDay > isoDay(threshold) || read.report.lastDay < isoDay(threshold)
                ? undefined
                : rowsOf(await featureTable(read, options)).catch((error: { code: string }) => error.code),
            );
          const before = await features(lines);
          const after = await features(withAnotherFuture(lines, threshold, seed));
          if (before !== undefined && after !== undefined) expect(after).toEqual(before);
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  }, 300_000);
});

/** The same log to the threshold; after it, lines of other customers, days, values and products, and new returns. */
function withAnotherFuture(lines: readonly Line[], threshold: number, seed: number): Line[] {
  let state = (seed >>> 0) + 1;
  const random = (below: number) => {
    state = (Math.imul(state, 48_271) + 11) >>> 0;
    return state % below;
  };
  const past = lines.filter(({ day }) => day === null || day <= threshold);
  const customers = [...new Set(lines.map(({ customer }) => customer))];
  const future = lines
    .filter(({ day }) => day !== null && day > threshold)
    .map((line) => ({
      ...line,
      customer: customers[random(customers.length)]!,
      day: threshold + 1 + random(60),
      quantity: 1 + random(9),
      price: 1 + random(900) / 10,
    }));
  const undone = past
    .filter(({ quantity, day }) => day !== null && quantity !== null && quantity > 0 && random(3) === 0)
    .map((line) => ({ ...line, day: threshold + 1 + random(60), quantity: -line.quantity!, order: `C${random(1e6)}` }));
  return [...past, ...future, ...undone];
}

describeOn('online_retail', 'features of UCI Online Retail', () => {
  const threshold = Date.parse('2011-08-08') / 86_400_000;
  const end = Date.parse('2011-12-09') / 86_400_000;

  it.each(['drop', 'net'] as const)(
    'are what a slow and simple reckoning gives, every cell, with returns: %s',
    async (returns) => {
      const log = await readTransactions(locateDataset('online_retail')!, { returns });
      const options = { split: { train: 0.7, eval: 0.15, test: 0.15 }, outliers: { winsorise: 0.99 } };
      const table = await featureTable(log, {
        thresholdDate: '2011-08-08',
        predictEnd: '2011-12-09',
        origins: ['2011-04-07'],
        ...options,
      });
      const rows = await rowsOf(table);
      await log.close();
      const lines = onlineRetailLines();
      const truth = oracleRolling(
        lines,
        [
          { threshold: threshold - (end - threshold), end: threshold },
          { threshold, end },
        ],
        { has: uciColumns, cancellationPrefix: 'C', returns, ...options },
      );
      expect(differences(rows, truth)).toEqual([]);
      expect(rows.length).toBe(truth.length);
    },
    300_000,
  );
});

describe('a selection of features', () => {
  const small = () => readTransactions(fileIn(folder, 'small.csv', smallLog));

  it('is core, all, or names; what the log has no column for is left out of all, and refused by name', async () => {
    const log = await small();
    const core = await featureTable(log, { features: 'core' });
    expect(core.columns.map(({ name }) => name)).toEqual([
      'customer_id',
      'threshold_date',
      ...selectedFeatures('core').map(({ name }) => name),
    ]);
    const all = await featureTable(log);
    expect(all.details.leftOut).toContainEqual({ name: 'unique_products', needs: ['product'] });
    expect(all.columns.length).toBeGreaterThan(60);
    await expect(featureTable(log, { features: ['unique_products'] })).rejects.toMatchObject({
      code: 'missing_column',
      details: { hint: '--product_column NAME' },
    });
    await expect(featureTable(log, { features: ['freqency'] })).rejects.toMatchObject({
      code: 'unknown_feature',
      details: { hint: 'frequency' },
    });
    await log.close();
  });

  it('stays what it is when another is made of the same log, even at the same time', async () => {
    const log = await small();
    const [early, late] = await Promise.all([
      featureTable(log, { features: ['spent'], thresholdDate: '2011-02-20' }),
      featureTable(log, { features: ['core', 'gap_mean'] }),
    ]);
    const again = await featureTable(log, { features: ['spent'], thresholdDate: '2011-02-20' });
    expect(await early.column('spent')).toEqual(await again.column('spent'));
    expect(await late.column('spent')).not.toEqual(await early.column('spent'));
    expect(late.columns.map(({ name }) => name)).toContain('gap_mean');
    await log.close();
  });

  it.each([
    [{ split: {} }, 'bad_option'],
    [{ feature: 'core' }, 'bad_option'],
    [{ cohort: { since: '2011-01-01' } }, 'bad_option'],
    [{ threshold_date: '2011-02-20' }, 'bad_option'],
    [{ split: { train: 0 } }, 'bad_option'],
    [{ outliers: { winsorise: 2 } }, 'bad_option'],
    [{ cohort: { minTransactions: 1.5 } }, 'bad_option'],
    [{ cohort: { from: 'soon' } }, 'bad_date'],
    [{ cohort: { from: '2020-01-01' } }, 'no_customers'],
    [{ preset: 'google' }, 'bad_option'],
    [{ features: 'some' }, 'bad_option'],
    [{ origins: ['1999-01-01'] }, 'threshold_outside_data'],
    [{ preset: 'google_clv', features: 'core' }, 'bad_option'],
    [{ preset: 'google_clv' }, 'bad_option'],
  ])('%j: %s', async (options, code) => {
    const log = await small();
    await expect(featureTable(log, options as never)).rejects.toMatchObject({ code });
    await log.close();
  });
});

describe('the split by customer', () => {
  it('puts a customer on one side whatever else is in the log, near the shares asked for', async () => {
    const log = (n: number) =>
      `customer_id,date,value\n${Array.from({ length: n }, (_, i) => `id${i},2024-01-${10 + (i % 9)},5\n`).join('')}`;
    const sides = async (n: number) => {
      const read = await readTransactions(fileIn(folder, 'split.csv', log(n)));
      const table = await featureTable(read, { features: 'core', split: { train: 70, eval: 15, test: 15 } });
      const [ids, split] = [await table.column('customer_id'), await table.column('split')];
      await read.close();
      return new Map(Array.from(ids as string[], (id, i) => [id, (split as string[])[i]!]));
    };
    const [few, many] = [await sides(500), await sides(20_000)];
    for (const [id, side] of few) expect(many.get(id)).toBe(side);
    const share = [...many.values()].filter((side) => side === 'train').length / many.size;
    expect(Math.abs(share - 0.7)).toBeLessThan(4 * Math.sqrt((0.7 * 0.3) / many.size));
  });
});
