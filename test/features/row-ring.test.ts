import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { StreamCells } from '../../src/features/engine.js';
import { RowRing } from '../../src/features/row-ring.js';

const NUMBER = { width: 8, isList: false };
const LIST = { width: 16, isList: true };

const numbers = (values: readonly number[]): StreamCells => ({
  buffer: Float64Array.from(values).buffer,
  at: 0,
  filled: undefined,
});

/** Lists of codes, null where there is none. */
function lists(rows: ReadonlyArray<ReadonlyArray<number | null>>): StreamCells {
  const items = rows.flat();
  const buffer = new ArrayBuffer(1024);
  const places = new BigUint64Array(buffer, 0, 2 * rows.length);
  let start = 0;
  rows.forEach((row, i) => {
    places.set([BigInt(start), BigInt(row.length)], 2 * i);
    start += row.length;
  });
  const filled = new Uint8Array(buffer, 512, 8);
  items.forEach((item, i) => {
    if (item !== null) filled[i >> 3]! |= 1 << (i & 7);
  });
  new Int32Array(buffer, 768, items.length).set(items.map((item) => item ?? -1));
  return { buffer, at: 0, filled: undefined, items: { at: 768, filled: 512, count: items.length } };
}

const valuesOf = ({ buffer, at }: StreamCells, rows: number) => [...new Float64Array(buffer, at, rows)];

describe('a ring of rows', () => {
  it('hands rows on in their order, however often it goes round', () => {
    const writer = new RowRing([NUMBER]);
    const reader = new RowRing([NUMBER], writer.memory);
    for (let turn = 1; turn <= 100; turn++) {
      const values = Array.from({ length: (turn * 37) % 2048 || 2048 }, (_, i) => turn * 10_000 + i);
      writer.put(values.length, turn / 100, () => numbers(values));
      expect(reader.take()).toEqual({ rows: values.length, done: turn / 100 });
      expect(valuesOf(reader.cells(0), values.length)).toEqual(values);
    }
    writer.put(0, 1, () => numbers([]));
    expect([reader.take().rows, reader.take().rows, reader.take().rows]).toEqual([0, 0, 0]);
  });

  it('tells a failure again and again as well', () => {
    const writer = new RowRing([NUMBER]);
    const reader = new RowRing([NUMBER], writer.memory);
    writer.put(-1, 1, () => numbers([]));
    expect([reader.take().rows, reader.take().rows]).toEqual([-1, -1]);
  });

  it('tells which cells are empty, in those rows where some are', () => {
    const writer = new RowRing([NUMBER, NUMBER]);
    const reader = new RowRing([NUMBER, NUMBER], writer.memory);
    const filled = new Uint8Array(512 + 256);
    filled[512] = 0b101;
    const some = { buffer: filled.buffer, at: 0, filled: 512 };
    writer.put(3, 0, (column) => (column === 1 ? some : numbers([1, 2, 3])));
    writer.put(3, 0, () => numbers([4, 5, 6]));
    reader.take();
    const { buffer, filled: bits } = reader.cells(1);
    expect(reader.cells(0).filled).toBeUndefined();
    expect(new Uint8Array(buffer)[bits!]).toBe(0b101);
    reader.take();
    expect(reader.cells(1).filled).toBeUndefined();
    expect(valuesOf(reader.cells(1), 3)).toEqual([4, 5, 6]);
  });

  it('hands on lists with their items', () => {
    const writer = new RowRing([NUMBER, LIST]);
    const reader = new RowRing([NUMBER, LIST], writer.memory);
    const rows = [[1, null, 3], [], [null], [4, 5, 6, 7, 8, 9]];
    writer.put(4, 0, (column) => (column === 0 ? numbers([1, 2, 3, 4]) : lists(rows)));
    reader.take();
    const { buffer, at, items } = reader.cells(1);
    const places = new BigUint64Array(buffer, at, 8);
    const codes = new Int32Array(buffer, items!.at, items!.count);
    const bits = new Uint8Array(buffer, items!.filled, 2);
    const item = (i: number) => ((bits[i >> 3]! >> (i & 7)) & 1 ? codes[i]! : null);
    const read = rows.map((_, row) =>
      Array.from({ length: Number(places[2 * row + 1]) }, (_, i) => item(Number(places[2 * row]) + i)),
    );
    expect(read).toEqual(rows);
  });

  it('lets a writer wait for the reader and a reader for the writer, in threads of their own', async () => {
    const rounds = 500;
    const writer = new RowRing([NUMBER]);
    // takes a slot at a time by the counts alone, slower at first and then faster than they come
    const program = `const { workerData: { memory, rounds }, parentPort } = require('node:worker_threads');
      const counts = new Int32Array(memory, 0, 2);
      for (let turn = 0; turn < rounds; turn++) {
        while (Atomics.load(counts, 0) === turn) Atomics.wait(counts, 0, turn);
        if (turn < 50) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
        Atomics.store(counts, 1, turn + 1);
        Atomics.notify(counts, 1);
      }
      parentPort.postMessage(Atomics.load(counts, 0));`;
    const thread = new Worker(program, { eval: true, workerData: { memory: writer.memory, rounds } });
    const end = new Promise((resolve) => thread.once('message', resolve));
    for (let turn = 0; turn < rounds; turn++) writer.put(1, 0, () => numbers([turn]));
    expect(await end).toBe(rounds);
  });
});
