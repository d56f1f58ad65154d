/**
 * Exact sums of amounts from sums of doubles, which are added sooner than decimals. If every amount has two decimals, so has
 * their sum; the sum of doubles is off by far less than half a cent and rounds to it, in whatever order threads have added.
 * Where it is no such number within its own rounding errors, an amount had more decimals: that is told, not rounded away.
 */
import type { Role } from './layout.js';
import type { LogPart } from './load-raw.js';
import { sampleCells } from './sources/source.js';

/** How many decimals sums have. */
export interface Decimals {
  readonly value: number;
  readonly quantity: number;
}

/** Prices of a sample may all be whole by chance. */
const FEWEST_OF_MONEY = 2;
/** With more a sum would soon have more digits than a double. */
const MOST = 4;

/** The decimals that the amounts of these parts seem to have; undefined where they have too many, or are written otherwise. */
export function decimalsOf(parts: readonly LogPart[]): Decimals | undefined {
  const quantity = most(parts, 'quantity');
  const ofLine = parts[0]!.layout.roles.value === undefined ? quantity + most(parts, 'price') : most(parts, 'value');
  const value = Math.max(FEWEST_OF_MONEY, ofLine);
  return value <= MOST && quantity <= MOST ? { value, quantity } : undefined;
}

const most = (parts: readonly LogPart[], role: Role): number =>
  Math.max(0, ...parts.flatMap(({ source, layout }) => sampleCells(source, layout.roles[role]).map(decimalsIn)));

function decimalsIn(cell: string): number {
  const plain = /^[+-]?\d+(?:\.(\d*?)0*)?$/.exec(cell.trim());
  if (cell.trim() === '') return 0;
  return plain === null ? Number.POSITIVE_INFINITY : (plain[1]?.length ?? 0);
}

/** SQL of a sum with so many decimals, from a sum of doubles. */
export const rounded = (sum: string, decimals: number): string => `TRY_CAST(${sum} AS DECIMAL(18, ${decimals}))`;

/**
 * SQL condition: a sum of doubles over so many lines is not what `rounded` makes of it, or is too large to tell.
 *
 * n additions of terms of one sign are off by n · 2⁻⁵³ of the sum at most (Higham, Accuracy and Stability of Numerical
 * Algorithms, 2002, §4.2); products and readings add their own.
 */
export function isOff(sum: string, lines: string, decimals: number): string {
  const error = `(${lines} + 4) * 2.3e-16 * abs(${sum})`;
  return `${sum} IS NOT NULL AND NOT coalesce(${error} <= ${0.25 / 10 ** decimals}
    AND abs(${sum} - CAST(${rounded(sum, decimals)} AS DOUBLE)) <= ${error}, false)`;
}
