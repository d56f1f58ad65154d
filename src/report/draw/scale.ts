/** From data to pixels, and the marks along an axis. */
import { isoDay, parseIsoDay } from '../../calendar.js';
import type { Cell, NumberFormat } from '../charts/chart.js';
import { formatted } from './format.js';

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Scale {
  /** Pixel of a value; the middle of its band, where the scale has bands. NaN for what has no place. */
  at(value: Cell): number;
  readonly ticks: readonly Tick[];
  /** Width of a band, 0 where values are points. */
  readonly band: number;
}

export interface ScaleOptions {
  /** Pixels of the first and the last value. */
  readonly range: readonly [number, number];
  /** About how many ticks there is room for. */
  readonly room: number;
  readonly format?: NumberFormat | undefined;
}

const numeric = (value: Cell): number => (typeof value === 'number' ? value : Number.NaN);
const between = ([from, to]: ScaleOptions['range'], share: number): number => from + share * (to - from);

/** Multiples of 1, 2 or 5 times a power of ten. */
export function roundStep(span: number, room: number, least = 0): number {
  const rough = Math.max(span / Math.max(1, room), least);
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10) * power;
}

/** Domain whose ends are round. */
export function niceDomain([low, high]: readonly [number, number], room: number): readonly [number, number] {
  if (!(high > low)) return [low, low + (Math.abs(low) || 1)];
  const step = roundStep(high - low, room);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

export function linearScale(
  [low, high]: readonly [number, number],
  { range, room, format }: ScaleOptions,
  leastStep = 0,
): Scale {
  const at = (value: Cell) => between(range, high > low ? (numeric(value) - low) / (high - low) : 0.5);
  const step = high > low ? roundStep(high - low, room, leastStep) : 1;
  const ticks: Tick[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    const value = Number((k * step).toPrecision(12));
    ticks.push({ at: at(value), label: formatted(value, format) });
  }
  return { at, ticks, band: 0 };
}

/** Ticks at powers of ten, and at 2 and 5 times them where there is room. */
export function logScale([low, high]: readonly [number, number], { range, room, format }: ScaleOptions): Scale {
  const span = Math.log(high / low);
  const at = (value: Cell) => between(range, span > 0 ? Math.log(numeric(value) / low) / span : 0.5);
  const decades = Math.log10(high / low);
  const factors = 3 * decades <= room ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / room));
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high) + 1e-9; power++) {
    for (const factor of power % every === 0 ? factors : []) {
      const value = Number(`${factor}e${power}`);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
        ticks.push({ at: at(value), label: formatted(value, format) });
      }
    }
  }
  return { at, ticks, band: 0 };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Steps of a calendar in months; 0 is for days. */
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];

/** Of days as text, YYYY-MM-DD. */
export function dayScale([first, last]: readonly [number, number], { range, room }: ScaleOptions): Scale {
  const at = (value: Cell) => {
    const day = typeof value === 'string' ? parseIsoDay(value) : undefined;
    return day === undefined ? Number.NaN : between(range, last > first ? (day - first) / (last - first) : 0.5);
  };
  const days = last > first ? tickDays(first, last, room) : [first];
  return { at, ticks: days.map((day, k) => ({ at: at(isoDay(day)), label: dayLabel(day, days[k - 1]) })), band: 0 };
}

function tickDays(first: number, last: number, room: number): number[] {
  const months = (last - first) / 30.44;
  if (months < 2) {
    const step = [1, 2, 7, 14].find((days) => (last - first) / days <= room) ?? 28;
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, k) => first + k * step);
  }
  const step = MONTH_STEPS.find((one) => months / one <= room) ?? 1200;
  const [year, month] = isoDay(first).split('-').map(Number) as [number, number];
  const from = Math.ceil((12 * year + month - 1) / step) * step;
  const days: number[] = [];
  for (let k = from; ; k += step) {
    const day = parseIsoDay(
      `${String(Math.floor(k / 12)).padStart(4, '0')}-${String((k % 12) + 1).padStart(2, '0')}-01`,
    );
    if (day === undefined || day > last) return days;
    if (day >= first) days.push(day);
  }
}

/** `5 Mar`, `Mar`, `2011`: the year is told where it changes. */
function dayLabel(day: number, before: number | undefined): string {
  const [year, month, date] = isoDay(day).split('-') as [string, string, string];
  const name = MONTHS[Number(month) - 1]!;
  const told = date === '01' ? name : `${Number(date)} ${name}`;
  return before !== undefined && isoDay(before).startsWith(year) ? told : `${told} ${year}`;
}

/** Bands for names, in the order given; `padding` is the share of a step between two. */
export function bandScale(values: readonly Cell[], { range }: ScaleOptions, padding: number): Scale {
  const places = new Map(values.map((value, k) => [value, k]));
  const step = (range[1] - range[0]) / Math.max(1, values.length);
  const at = (value: Cell) => range[0] + ((places.get(value) ?? Number.NaN) + 0.5) * step;
  return {
    at,
    ticks: values.map((value) => ({ at: at(value), label: formatted(value) })),
    band: Math.abs(step) * (1 - padding),
  };
}
