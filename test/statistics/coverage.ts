/** How often intervals hold the truth: counted, judged and put into a table. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';

/** Data sets a model is fitted to. The standard error of a coverage of 90 % over so many is 1.3 %. */
export const SETS = 500;
/** Of all intervals. */
export const LEVEL = 0.9;
const LOWEST = 0.87;
const HIGHEST = 0.93;

/** A line of the table. */
export interface Coverage {
  readonly model: string;
  readonly quantity: string;
  /** Share of the intervals that hold the truth. */
  readonly coverage: number;
  readonly sets: number;
  readonly intervals: number;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder in which the test files leave their lines of the table. */
    readonly coverages: string;
  }
}

/** Counts, by quantity, the intervals that hold the truth. */
export class Coverages {
  private readonly counts = new Map<string, { inside: number; intervals: number; sets: Set<number> }>();

  constructor(private readonly model: string) {}

  /** @param inside 1 or 0, or for the end of a discrete interval the share of it that belongs inside */
  add(quantity: string, set: number, inside: number | boolean): void {
    const count = this.counts.get(quantity) ?? { inside: 0, intervals: 0, sets: new Set() };
    this.counts.set(quantity, count);
    count.inside += Number(inside);
    count.intervals++;
    count.sets.add(set);
  }

  addInterval(quantity: string, set: number, interval: Interval, truth: number): void {
    const [low, high] = interval ?? [null, null];
    // an end that the data do not set holds everything on its side; no interval at all holds nothing
    this.add(quantity, set, interval !== null && (low ?? -Infinity) <= truth && truth <= (high ?? Infinity));
  }

  lines(): Coverage[] {
    return Array.from(this.counts, ([quantity, { inside, intervals, sets }]) => ({
      model: this.model,
      quantity,
      coverage: inside / intervals,
      sets: sets.size,
      intervals,
    }));
  }

  /** All lines whose quantity starts so, each within the band; fails naming those outside. */
  expectWithinBand(start: string): void {
    const lines = this.lines().filter(({ quantity }) => quantity.startsWith(start));
    expect(lines.length).toBeGreaterThan(0);
    const outside = lines.filter(({ coverage }) => coverage < LOWEST || coverage > HIGHEST);
    expect(outside.map(({ quantity, coverage }) => `${quantity}: ${(100 * coverage).toFixed(1)} %`)).toEqual([]);
  }

  /** Leaves the lines for the table that is printed when all files have run. */
  publish(): void {
    writeFileSync(join(inject('coverages'), `${this.model.replace(/\W+/g, '-')}.json`), JSON.stringify(this.lines()));
  }
}

export type Interval = readonly [low: number | null, high: number | null] | null;

/**
 * How much of an outcome lies inside its interval [low, high] of the discrete distribution with these chances.
 *
 * The interval between two quantiles of a discrete distribution holds at least 90 %, often much more: where P(0) is 97 %
 * it is [0, 0] and holds 97 %. What can be asked of it is that its ends are the right quantiles. So an outcome at an end
 * counts by the share of the end's probability that lies between the 5 % and the 95 % point, as if the atom
 * [F(y − 1), F(y)] were spread out evenly and only its part within [0.05, 0.95] were inside: the expected value of the
 * randomised probability integral transform (Czado, Gneiting & Held 2009, Biometrics 65, 1254–1261). If outcomes do
 * come from that distribution, the mean of this is 90 % exactly, however coarse the distribution is; intervals that are
 * too wide hold more, also where they are heaped at 0.
 *
 * @param chances P(0), P(1), … up to `high` at least
 */
export function shareInside(y: number, low: number, high: number, chances: Float64Array): number {
  if (y < low || y > high) return 0;
  if (y > low && y < high) return 1;
  const tail = (1 - LEVEL) / 2;
  const below = chances.subarray(0, y).reduce((sum, p) => sum + p, 0);
  const from = y === low ? Math.max(below, tail) : below;
  const to = y === high ? Math.min(below + chances[y]!, 1 - tail) : below + chances[y]!;
  return Math.min(1, Math.max(0, (to - from) / chances[y]!));
}
