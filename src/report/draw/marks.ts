/** The marks of a layer as SVG. */
import type { Cell, Chart, Encoding, Layer, Row } from '../charts/chart.js';
import { rowsOf } from './axes.js';
import { type Theme, themed, viridis } from './colours.js';
import { formatted } from './format.js';
import { escaped, textWidth } from './markup.js';
import type { Scale } from './scale.js';

export interface Plane {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

/** Beyond so many, points of a line are too close to be pointed at. */
const MOST_HANDLES = 400;

export function marksOf(chart: Chart, layer: Layer, plane: Plane): string {
  const rows = rowsOf(chart, layer);
  const draw = MARKS[layer.mark.type];
  return draw(rows, layer, plane, tips(chart, layer));
}

type Tip = (row: Row) => string;
type Draw = (rows: readonly Row[], layer: Layer, plane: Plane, tip: Tip) => string;

/** What is told of a row that is pointed at: every column of the chart's table. */
function tips({ columns }: Chart, { mark, data }: Layer): Tip {
  if (!mark.tooltip || data) return () => '';
  return (row) => {
    const told = columns.flatMap(({ field, title, format }) =>
      row[field] === null || row[field] === undefined ? [] : [`${title}: ${formatted(row[field], format)}`],
    );
    return `<title>${escaped(told.join(' · '))}</title>`;
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
const px = (value: number): string => String(round(value));

/** An element, closed at once where nothing is in it. */
const element = (name: string, attributes: string, content: string): string =>
  content === '' ? `<${name} ${attributes}/>` : `<${name} ${attributes}>${content}</${name}>`;

function colourOf(encoding: Encoding, mark: Layer['mark'], theme: Theme): (row: Row) => string {
  const { color } = encoding;
  if (color === undefined) return () => themed(mark.color ?? theme.ink, theme);
  if ('datum' in color) {
    const { domain, range } = color.scale;
    const found = themed(range[domain.indexOf(color.datum)] ?? theme.ink, theme);
    return () => found;
  }
  const [low, high] = color.scale.domain;
  return (row) => {
    const value = row[color.field];
    return typeof value !== 'number' ? 'none' : viridis(high > low ? (value - low) / (high - low) : 0);
  };
}

const style = ({ mark }: Layer): string =>
  [
    mark.opacity === undefined ? '' : ` opacity="${mark.opacity}"`,
    mark.strokeDash === undefined ? '' : ` stroke-dasharray="${mark.strokeDash.join(' ')}"`,
  ].join('');

/** Where a row begins and ends along an axis: its band, or from one field to the other, or from zero. */
function span(row: Row, layer: Layer, axis: 'x' | 'y', scale: Scale): readonly [number, number] {
  const { encoding } = layer;
  const position = encoding[axis];
  if (position === undefined) return [Number.NaN, Number.NaN];
  const at = scale.at(row[position.field] ?? null);
  const second = encoding[axis === 'x' ? 'x2' : 'y2'];
  if (second) return ordered(at, scale.at(row[second.field] ?? null));
  if (scale.band > 0) return [at - scale.band / 2, at + scale.band / 2];
  return ordered(at, scale.at(0));
}

const ordered = (a: number, b: number): readonly [number, number] => (a < b ? [a, b] : [b, a]);

const boxes: Draw = (rows, layer, { x, y, theme }, tip) => {
  const colour = colourOf(layer.encoding, layer.mark, theme);
  const { xOffset, color } = layer.encoding;
  const groups = xOffset && color && 'datum' in color ? color.scale.domain : undefined;
  const isCell = layer.mark.type === 'rect';
  const gap = isCell ? 0 : 0.5;
  const more = `${style(layer)}${isCell ? ' shape-rendering="crispEdges"' : ''}`; // no seams between cells
  return rows
    .map((row) => {
      let [left, right] = span(row, layer, 'x', x);
      const [top, bottom] = span(row, layer, 'y', y);
      if (groups) {
        const each = (right - left) / groups.length;
        left += each * groups.indexOf(xOffset!.datum);
        right = left + each;
      }
      if (!(right >= left && bottom >= top)) return '';
      const [from, to, up, down] = [left + gap, right - gap, top, bottom].map(round) as [
        number,
        number,
        number,
        number,
      ];
      const size = `x="${from}" y="${up}" width="${px(Math.max(0.5, to - from))}" height="${px(down - up)}"`; // cells meet
      return element('rect', `${size} fill="${colour(row)}"${more}`, tip(row));
    })
    .join('');
};

/** Runs of rows that have a place; a line is broken where one has none. */
function runs(rows: readonly Row[], place: (row: Row) => readonly number[]): number[][][] {
  const found: number[][][] = [[]];
  for (const row of rows) {
    const point = place(row);
    if (point.every(Number.isFinite)) found.at(-1)!.push([...point]);
    else if (found.at(-1)!.length > 0) found.push([]);
  }
  return found.filter((run) => run.length > 0);
}

const cell = (row: Row, field: string | undefined): Cell => (field === undefined ? null : (row[field] ?? null));

const line: Draw = (rows, layer, { x, y, theme }, tip) => {
  const { encoding, mark } = layer;
  const colour = colourOf(encoding, mark, theme)({});
  const place = (row: Row) => [x.at(cell(row, encoding.x?.field)), y.at(cell(row, encoding.y?.field))] as const;
  const paths = runs(rows, place).map(
    (run) =>
      `<path d="M${run.map(([px0, py0]) => `${px(px0!)} ${px(py0!)}`).join('L')}" fill="none" stroke="${colour}" stroke-width="${mark.strokeWidth ?? 2}" stroke-linejoin="round" stroke-linecap="round"${style(layer)}/>`,
  );
  const handles =
    rows.length > MOST_HANDLES
      ? []
      : rows.map((row) => {
          const [cx, cy] = place(row);
          const told = tip(row);
          if (told === '' || !(Number.isFinite(cx) && Number.isFinite(cy))) return '';
          return `<circle cx="${px(cx)}" cy="${px(cy)}" r="5" fill="${colour}" fill-opacity="0" class="handle">${told}</circle>`;
        });
  return [...paths, ...handles].join('');
};

const area: Draw = (rows, layer, { x, y, theme }) => {
  const { encoding, mark } = layer;
  const colour = colourOf(encoding, mark, theme)({});
  const second = encoding.y2?.field;
  const place = (row: Row) => [
    x.at(cell(row, encoding.x?.field)),
    y.at(cell(row, encoding.y?.field)),
    second === undefined ? y.at(0) : y.at(cell(row, second)),
  ];
  return runs(rows, place)
    .map((run) => {
      const there = run.map(([left, top]) => `${px(left!)} ${px(top!)}`);
      const back = run.map(([left, , bottom]) => `${px(left!)} ${px(bottom!)}`).reverse();
      return `<path d="M${[...there, ...back].join('L')}Z" fill="${colour}"${style(layer)}/>`;
    })
    .join('');
};

const rule: Draw = (rows, layer, { x, y, width, height, theme }, tip) => {
  const { encoding, mark } = layer;
  const colour = colourOf(encoding, mark, theme);
  const ends = (row: Row, axis: 'x' | 'y', scale: Scale, length: number): readonly [number, number] => {
    const position = encoding[axis];
    const second = encoding[axis === 'x' ? 'x2' : 'y2'];
    if (position === undefined) return [0, length];
    const at = scale.at(cell(row, position.field));
    return [at, second ? scale.at(cell(row, second.field)) : at];
  };
  return rows
    .map((row) => {
      const [x1, x2] = ends(row, 'x', x, width);
      const [y1, y2] = ends(row, 'y', y, height);
      if (![x1, x2, y1, y2].every(Number.isFinite)) return '';
      const attributes = `x1="${px(x1)}" x2="${px(x2)}" y1="${px(y1)}" y2="${px(y2)}" stroke="${colour(row)}" stroke-width="${mark.strokeWidth ?? 1}"${style(layer)}`;
      return element('line', attributes, tip(row));
    })
    .join('');
};

const point: Draw = (rows, layer, { x, y, theme }, tip) => {
  const { encoding, mark } = layer;
  const colour = colourOf(encoding, mark, theme);
  const radius = Math.sqrt((mark.size ?? 30) / Math.PI);
  return rows
    .map((row) => {
      const [cx, cy] = [x.at(cell(row, encoding.x?.field)), y.at(cell(row, encoding.y?.field))];
      if (!(Number.isFinite(cx) && Number.isFinite(cy))) return '';
      const paint =
        mark.filled === false
          ? `fill="none" stroke="${colour(row)}" stroke-width="${mark.strokeWidth ?? 2}"`
          : `fill="${colour(row)}"`;
      return element('circle', `cx="${px(cx)}" cy="${px(cy)}" r="${px(radius)}" ${paint}${style(layer)}`, tip(row));
    })
    .join('');
};

/** A short line across a band: something happened here. */
const tick: Draw = (rows, layer, { x, y, theme }) => {
  const { encoding, mark } = layer;
  const colour = colourOf(encoding, mark, theme)({});
  const half = (y.band || 12) * 0.35;
  const lines = rows.map((row) => {
    const [at, middle] = [x.at(cell(row, encoding.x?.field)), y.at(cell(row, encoding.y?.field))];
    return Number.isFinite(at) && Number.isFinite(middle) ? `M${px(at)} ${px(middle - half)}V${px(middle + half)}` : '';
  });
  return `<path d="${lines.join('')}" stroke="${colour}" stroke-width="${mark.strokeWidth ?? 1.5}" fill="none"${style(layer)}/>`;
};

const ANCHORS = { left: 'start', center: 'middle', right: 'end' } as const;

const text: Draw = (rows, layer, { x, y, width, theme }) => {
  const { encoding, mark } = layer;
  const colour = colourOf(encoding, mark, theme);
  return rows
    .map((row) => {
      const at = encoding.x ? x.at(cell(row, encoding.x.field)) : width / 2;
      const middle = encoding.y ? y.at(cell(row, encoding.y.field)) : 0;
      const content = row[encoding.text!.field];
      if (!(Number.isFinite(at) && Number.isFinite(middle)) || content === null || content === undefined) return '';
      if (x.band > 0 && textWidth(formatted(content), mark.fontSize ?? 11) > x.band) return ''; // it would lie on others
      const anchor = ANCHORS[mark.align ?? 'center'];
      return `<text x="${px(at + (mark.dx ?? 0))}" y="${px(middle + (mark.dy ?? 0))}" dy=".32em" text-anchor="${anchor}" font-size="${mark.fontSize ?? 11}" fill="${colour(row)}">${escaped(formatted(content))}</text>`;
    })
    .join('');
};

const MARKS: Readonly<Record<Layer['mark']['type'], Draw>> = {
  area,
  bar: boxes,
  line,
  point,
  rect: boxes,
  rule,
  text,
  tick,
};
