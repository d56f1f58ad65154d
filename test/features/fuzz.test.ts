import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/features/duckdb.js';
import { literal } from '../../src/features/engine.js';
import { type Containers, copySeed, firstSeedCsv, mutantOf, outcomeOf } from './fuzz.js';
import { fileIn, temporaryFolder } from './logs.js';

const folder = temporaryFolder();
const runs = Number(process.env.CLV_FUZZ ?? 400);
const first = Number(process.env.CLV_FUZZ_FROM ?? 1);
let containers: Containers;

beforeAll(async () => {
  const csv = fileIn(folder, 'seed.csv', firstSeedCsv());
  const at = (name: string) => join(folder, name);
  const engine = await openDuckDb();
  await engine.run(`COPY (${copySeed(csv)}) TO ${literal(at('seed.parquet'))} (FORMAT parquet)`);
  await engine.run(`COPY (${copySeed(csv)}) TO ${literal(at('seed.zst'))} (FORMAT csv, COMPRESSION zstd)`);
  await engine.run(`ATTACH ${literal(at('seed.duckdb'))} AS shop`);
  await engine.run(`CREATE TABLE shop.orders AS ${copySeed(csv)}`);
  await engine.run('DETACH shop');
  await engine.close();
  const database = new sqlite.Database(at('seed.sqlite'));
  database.exec('CREATE TABLE orders (customer_id TEXT, date TEXT, value REAL)');
  for (const row of firstSeedCsv().trim().split('\n').slice(1)) {
    database.run('INSERT INTO orders VALUES (?, ?, ?)', row.split(','));
  }
  database.close();
  const bytes = (name: string) => readFileSync(at(name));
  containers = {
    parquet: bytes('seed.parquet'),
    zstd: bytes('seed.zst'),
    sqlite: bytes('seed.sqlite'),
    duckdb: bytes('seed.duckdb'),
  };
});

describe('a damaged log', () => {
  it(
    `is read with every line accounted for, or refused in words: ${runs} of them`,
    async () => {
      const outcomes = new Map<string, number>();
      const faults: string[] = [];
      for (let seed = first; seed < first + runs; seed++) {
        const mutant = mutantOf(seed, containers);
        const place = join(folder, String(seed));
        mkdirSync(place);
        try {
          const outcome = await outcomeOf(mutant, join(place, mutant.file), seed);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        } catch (error) {
          faults.push(`seed ${seed}, ${mutant.story}: ${(error as Error).stack}`);
        }
        rmSync(place, { recursive: true });
      }
      const counts = [...outcomes].sort(([, a], [, b]) => b - a);
      if (process.env.CLV_FUZZ !== undefined) console.log(Object.fromEntries(counts));
      expect(faults.join('\n\n')).toBe('');
      expect(outcomes.get('read')).toBeGreaterThan(runs / 10); // else nothing was put to the test
      expect(outcomes.size).toBeGreaterThan(3);
      expect(
        readdirSync(tmpdir()).filter((name) => name.startsWith('clv-') && name.includes(`-${process.pid}-`)),
      ).toEqual([]);
    },
    Math.max(120_000, runs * 1000),
  );
});
