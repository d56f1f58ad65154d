/** The two scales of a chart, from what all its layers show. */
import { parseIsoDay } from '../../calendar.js';
import type { Cell, Chart, Layer, Position, Row } from '../charts/chart.js';
import { bandScale, dayScale, linearScale, logScale, niceDomain, type Scale, type ScaleOptions } from './scale.js';

export type Axis = 'x' | 'y';

/** What is shown along one axis. */
export interface Shown {
  /** Of the first layer that has the axis: its scale, title and format hold for all. */
  readonly position: Position;
  readonly values: readonly Cell[];
  /** Bars and areas stand on zero. */
  readonly fromZero: boolean;
  readonly marks: ReadonlySet<Layer['mark']['type']>;
}

export const rowsOf = (chart: Chart, layer: Layer): readonly Row[] => layer.data?.values ?? chart.rows;

export function shownOn(axis: Axis, chart: Chart): Shown | undefined {
  const layers = chart.spec.layer.filter(({ encoding }) => encoding[axis]);
  const position = layers[0]?.encoding[axis];
  if (position === undefined) return undefined;
  const values = layers.flatMap((layer) => {
    const { encoding } = layer;
    const second = encoding[axis === 'x' ? 'x2' : 'y2']?.field;
    const rows = rowsOf(chart, layer);
    const of = (field: string) => rows.map((row) => row[field] ?? null).filter((value) => value !== null);
    return [...of(encoding[axis]!.field), ...(second === undefined ? [] : of(second))];
  });
  return {
    position,
    values,
    fromZero: layers.some(
      ({ mark, encoding }) => (mark.type === 'bar' || mark.type === 'area') && !encoding[axis === 'x' ? 'x2' : 'y2'],
    ),
    marks: new Set(layers.map(({ mark }) => mark.type)),
  };
}

export function scaleOf({ position, values, fromZero, marks }: Shown, options: ScaleOptions): Scale {
  const { type, scale = {}, axis } = position;
  const given = { ...options, format: axis?.format };
  if (type === 'nominal') return bandScale(distinct(scale.domain ?? values), given, marks.has('rect') ? 0 : 0.1);
  if (type === 'temporal') {
    return dayScale(extent((scale.domain ?? values).map((day) => parseIsoDay(String(day)) ?? Number.NaN)), given);
  }
  const numbers = scale.domain ?? values;
  const [least, most] = extent(numbers.map(Number));
  if (scale.type === 'log') return logScale([least, Math.max(most, least * (1 + 1e-9))], given);
  const zero = scale.domain === undefined && (scale.zero ?? fromZero);
  const ends = zero ? ([Math.min(0, least), Math.max(0, most)] as const) : ([least, most] as const);
  const domain = scale.domain || scale.nice === false ? ends : niceDomain(ends, options.room);
  const turned = scale.reverse ? { ...given, range: [given.range[1], given.range[0]] as const } : given;
  return linearScale(domain, turned, axis?.tickMinStep);
}

const distinct = (values: readonly Cell[]): Cell[] => [...new Set(values)];

function extent(values: readonly number[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}
