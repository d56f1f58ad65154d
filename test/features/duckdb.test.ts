import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ClvError } from '../../src/errors.js';
import { openDuckDb } from '../../src/features/duckdb.js';
import type { RowStream } from '../../src/features/engine.js';

describe('an engine that is closed', () => {
  it('ends what is under way first', async () => {
    const engine = await openDuckDb();
    const sums = engine.query('SELECT count(*), sum(hash(i) % 2) FROM range(20000000) numbers(i)');
    const names = engine.upload('names', { code: Int32Array.of(1, 2), name: ['a', 'b'] });
    await engine.close();
    expect((await sums).numbers(0)[0]).toBe(20_000_000);
    await names;
  });

  it('refuses more work, in words', async () => {
    const engine = await openDuckDb();
    await engine.close();
    await expect(engine.query('SELECT 1')).rejects.toThrow('has been closed');
    await expect(engine.upload('names', { name: ['a'] })).rejects.toThrow(ClvError);
    await engine.close();
  });
});

describe('rows that a program makes itself', () => {
  /** So many rows of their number. */
  const rows = (most: number): RowStream => {
    const buffer = new ArrayBuffer(8 * 2048);
    const numbers = new Float64Array(buffer);
    let made = 0;
    return {
      columns: [{ name: 'number', type: 'DOUBLE' }],
      begin() {},
      next() {
        const count = Math.min(2048, most - made);
        for (let i = 0; i < count; i++) numbers[i] = made + i;
        made += count;
        return count;
      },
      cells: () => ({ buffer, at: 0, filled: undefined }),
    };
  };

  it('are read by a statement', async () => {
    const engine = await openDuckDb();
    await engine.runOver!('made', rows(100_000), 'CREATE TABLE sums AS SELECT count(*), sum(number) FROM made()');
    const sums = await engine.query('SELECT * FROM sums');
    expect([0, 1].map((column) => sums.numbers(column)[0])).toEqual([100_000, (99_999 * 100_000) / 2]);
    await engine.close();
  });

  it('fail with the statement, in the words of either', async () => {
    const engine = await openDuckDb();
    const broken = { ...rows(1e6), next: () => expect.unreachable('no more rows') };
    await expect(engine.runOver!('broken', broken, 'CREATE TABLE x AS FROM broken()')).rejects.toThrow('no more rows');
    await expect(engine.runOver!('wrong', rows(10), 'CREATE TABLE x AS SELECT y FROM wrong()')).rejects.toThrow('"y"');
    await engine.close();
  });

  it('do not keep a program from ending while they are read', () => {
    const program = `
      import { openDuckDb } from './src/features/duckdb.ts';
      const engine = await openDuckDb();
      setTimeout(() => process.exit(7), 200);
      const buffer = new ArrayBuffer(8 * 2048);
      const columns = [{ name: 'number', type: 'DOUBLE' }];
      const rows = { columns, begin() {}, next: () => 2048, cells: () => ({ buffer, at: 0 }) };
      await engine.runOver('endless', rows, 'CREATE TABLE sums AS SELECT sum(number) FROM endless()');`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
    expect(spawnSync(process.execPath, args, { timeout: 20_000 }).status).toBe(7);
  }, 30_000);
});
