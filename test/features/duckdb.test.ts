import { describe, expect, it } from 'vitest';
import { openDuckDb } from '../../src/features/duckdb.js';

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
    await expect(engine.query('SELECT 1')).rejects.toThrow('disconnected');
    await expect(engine.upload('names', { name: ['a'] })).rejects.toThrow();
  });
});
