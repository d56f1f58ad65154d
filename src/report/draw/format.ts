/** Numbers and days as charts and tables show them. */
import type { Cell, NumberFormat } from '../charts/chart.js';

const grouped = (digits: number, least = 0) =>
  new Intl.NumberFormat('en-US', { maximumFractionDigits: digits, minimumFractionDigits: least });
const whole = grouped(0);
const hundredths = grouped(2, 2);
const upTo3 = grouped(3);

const SI = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** `12.5k`: three digits and a letter for the thousands. */
function short(value: number): string {
  const [size, letter] = SI.find(([least]) => Math.abs(value) >= least * 0.9995) ?? [1, ''];
  return `${Number((value / size).toPrecision(3))}${letter}`;
}

const FORMATS: Readonly<Record<NumberFormat, (value: number) => string>> = {
  ',d': (value) => whole.format(value),
  '.0%': (value) => `${whole.format(100 * value)}%`,
  '.1%': (value) => `${(100 * value).toFixed(1)}%`,
  '~s': short,
  ',.2f': (value) => hundredths.format(value),
  ',.3~f': (value) => upTo3.format(value),
};

/** A number as its format says; without one, as short as it can be told. */
export function formatted(value: Cell, format?: NumberFormat): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  if (format) return FORMATS[format](value).replace('-', '−');
  const plain = Math.abs(value) >= 100 ? whole.format(value) : String(Number(value.toPrecision(3)));
  return plain.replace('-', '−');
}
