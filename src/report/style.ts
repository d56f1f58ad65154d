/** How text for a terminal is marked, and how its numbers look. */

/** Ways to mark text; all may be the identity. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  warn(text: string): string;
  /** Characters in a line; sentences are broken at blanks to fit. Infinity where lines may be as long as they like. */
  readonly width: number;
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const count = (value: number): string => whole.format(value);
/** `1 row`, `2 rows`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
export const money = (value: number): string => (Math.abs(value) >= 100 ? whole.format(value) : value.toFixed(2));

/** `+12.3 %`, with a sign. */
export const percent = (share: number | null): string =>
  share === null ? '–' : `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(1)} %`;
/** A mean error, in the unit of what was predicted. */
export const errorSize = (value: number): string => (value >= 100 ? count(value) : value.toFixed(3));

/** The longest name of a column or customer that is shown whole. */
export const LONGEST_NAME = 24;
