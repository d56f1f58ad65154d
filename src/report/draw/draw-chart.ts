/**
 * A chart as SVG: the part of Vega-Lite that our charts are written in, drawn in about a millisecond.
 *
 * Vega itself takes 0.2 s to load and 15–40 ms a chart, which is as long for a report as reading the log; and its colours
 * cannot follow the page. `test/report/draw.test.ts` holds the two against each other.
 */
import type { Chart, Colour } from '../charts/chart.js';
import { scaleOf, shownOn } from './axes.js';
import { type Theme, themed, viridis } from './colours.js';
import { formatted } from './format.js';
import { marksOf } from './marks.js';
import { escaped, textWidth } from './markup.js';
import { bandScale, type Scale, type Tick } from './scale.js';

export interface DrawOptions {
  /** Pixels of the whole drawing. Default: room for the width that the specification has. */
  readonly width?: number | undefined;
  readonly theme: Theme;
  /** Begins the ids within the drawing: unique on its page. */
  readonly id: string;
  /** Draws title and question as well, for a file of its own. */
  readonly titled?: boolean | undefined;
}

const FONT = 12;
/** Share of the width that labels of the y axis may take. */
const MOST_FOR_LABELS = 0.32;
const LONGEST_LABEL = 150;
/** Pixels that a label needs: of numbers and days along x, and upwards. */
const LABEL_ROOM = { x: 75, y: 45 };

export function drawChart(chart: Chart, { width: given, theme, id, titled = false }: DrawOptions): string {
  const { spec } = chart;
  const shownX = shownOn('x', chart);
  const shownY = shownOn('y', chart);
  const legend = legendOf(chart, theme);
  const headline = titled ? 52 : 0;
  const total = given ?? spec.width + 70;

  const bands = shownY?.position.type === 'nominal' ? new Set(shownY.values).size : 0;
  const height = typeof spec.height === 'number' ? spec.height : spec.height.step * bands;
  const titleY = shownY?.position.title ?? '';
  const top = headline + legend.height(total) + (titleY ? 26 : 8);
  const y: Scale = shownY
    ? scaleOf(shownY, {
        range: shownY.position.type === 'nominal' ? [0, height] : [height, 0],
        room: height / LABEL_ROOM.y,
      })
    : bandScale([], { range: [0, height], room: 1 }, 0);
  const axisY = shownY?.position.axis !== null;
  const labelsY = axisY ? y.ticks.map(({ label }) => textWidth(label, FONT)) : [];
  const longest = Math.min(LONGEST_LABEL, MOST_FOR_LABELS * total);
  const left = Math.min(longest, Math.max(8, ...labelsY)) + 10;
  const width = Math.max(40, total - left - 14);
  const x: Scale = shownX
    ? scaleOf(shownX, { range: [0, width], room: width / LABEL_ROOM.x })
    : bandScale([], { range: [0, width], room: 1 }, 0);
  const titleX = shownX?.position.title ?? '';
  const bottom = (shownX?.position.axis === null ? 6 : 22) + (titleX ? 20 : 4);
  const whole = top + height + bottom;

  const plane = { x, y, width, height, theme };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${total} ${Math.ceil(whole)}" width="${total}" height="${Math.ceil(whole)}" font-family="system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif" font-size="${FONT}" fill="${theme.ink}">`,
    `<title id="${id}-t">${escaped(chart.title)}</title><desc id="${id}-d">${escaped(chart.description)}</desc>`,
    theme.background === null ? '' : `<rect width="100%" height="100%" fill="${theme.background}"/>`,
    titled
      ? `<text x="10" y="24" font-size="16" font-weight="600">${escaped(chart.title)}</text><text x="10" y="43" fill="${theme.muted}">${escaped(chart.answers)}</text>`
      : '',
    legend.draw(headline, total, id),
    titleY ? `<text x="4" y="${top - 13}" fill="${theme.muted}">${escaped(titleY)}</text>` : '',
    `<g transform="translate(${Math.round(left)} ${top})">`,
    axisY && shownY?.position.type !== 'nominal' ? grid(y, width, theme) : '',
    ...spec.layer.map((layer) => marksOf(chart, layer, plane)),
    axisY ? labelsAlongY(y, longest) : '',
    shownX && shownX.position.axis !== null ? labelsAlongX(x, width, height, theme) : '',
    '</g>',
    titleX
      ? `<text x="${left + width / 2}" y="${Math.ceil(whole) - 6}" text-anchor="middle" fill="${theme.muted}">${escaped(titleX)}</text>`
      : '',
    '</svg>',
  ].join('');
}

const round = (value: number): number => Math.round(value * 10) / 10;

const grid = ({ ticks }: Scale, width: number, { grid: colour }: Theme): string =>
  ticks.map(({ at }) => `<path d="M0 ${round(at)}H${round(width)}" stroke="${colour}"/>`).join('');

function labelsAlongY({ ticks }: Scale, longest: number): string {
  return ticks
    .map(({ at, label }) => {
      let shown = label;
      while (textWidth(shown, FONT) > longest) shown = `${[...shown].slice(0, -2).join('')}…`;
      return `<text x="-6" y="${round(at)}" dy=".32em" text-anchor="end">${escaped(shown)}</text>`;
    })
    .join('');
}

/** Labels that have room beside each other. */
function labelsAlongX({ ticks, band }: Scale, width: number, height: number, { muted }: Theme): string {
  const widest = Math.max(0, ...ticks.map(({ label }) => textWidth(label, FONT)));
  const step = ticks.length > 1 ? Math.abs(ticks[1]!.at - ticks[0]!.at) : width;
  const every = band > 0 ? Math.max(1, Math.ceil((widest + 6) / step)) : 1;
  const shown: Tick[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const [k, tick] of ticks.entries()) {
    const half = textWidth(tick.label, FONT) / 2;
    if (k % every !== 0 || tick.at - half < end + 6) continue;
    shown.push(tick);
    end = tick.at + half;
  }
  const labels = shown.map(({ at, label }) => {
    const half = textWidth(label, FONT) / 2;
    const middle = Math.min(Math.max(at, half - 30), width + 12 - half); // never beyond the drawing
    const mark = band > 0 ? '' : `<path d="M${round(at)} ${height}v5" stroke="${muted}"/>`;
    return `${mark}<text x="${round(middle)}" y="${height + 17}" text-anchor="middle">${escaped(label)}</text>`;
  });
  return `<path d="M0 ${height}H${round(width)}" stroke="${muted}"/>${labels.join('')}`;
}

interface Legend {
  height(width: number): number;
  draw(top: number, width: number, id: string): string;
}

const NO_LEGEND: Legend = { height: () => 0, draw: () => '' };

function legendOf(chart: Chart, theme: Theme): Legend {
  const colours = chart.spec.layer.flatMap(({ encoding: { color }, mark }) => (color ? [{ color, mark }] : []));
  const amount = colours.find(({ color }) => 'type' in color && color.type === 'quantitative')?.color;
  if (amount && 'legend' in amount && amount.legend) return rampOf(amount, theme);
  const named = new Map(
    colours.flatMap(({ color, mark }) => ('datum' in color ? [[color.datum, { color, mark }] as const] : [])),
  );
  if (named.size === 0) return NO_LEGEND;
  const entries = [...named].map(([name, { color, mark }]) => {
    const { domain, range } = color.scale as { domain: readonly string[]; range: readonly string[] };
    return {
      name,
      colour: themed(range[domain.indexOf(name)]!, theme),
      mark: mark.type,
      width: 30 + textWidth(name, FONT) + 12,
    };
  });
  const placed = (width: number) => {
    let [x, row] = [10, 0];
    return entries.map((entry) => {
      if (x > 10 && x + entry.width > width) [x, row] = [10, row + 1];
      const place = { ...entry, x, row };
      x += entry.width;
      return place;
    });
  };
  return {
    height: (width) => 20 * (placed(width).at(-1)!.row + 1) + 4,
    draw: (top, width) =>
      placed(width)
        .map(({ name, colour, mark, x, row }) => {
          const y = top + 12 + 20 * row;
          const sample =
            mark === 'line' || mark === 'rule'
              ? `<path d="M${x} ${y}h22" stroke="${colour}" stroke-width="2.5"/>`
              : mark === 'point'
                ? `<circle cx="${x + 11}" cy="${y}" r="4.5" fill="${colour}"/>`
                : `<rect x="${x + 5}" y="${y - 6}" width="12" height="12" fill="${colour}"/>`;
          return `${sample}<text x="${x + 28}" y="${y}" dy=".32em">${escaped(name)}</text>`;
        })
        .join(''),
  };
}

function rampOf(colour: Extract<Colour, { type: 'quantitative' }>, theme: Theme): Legend {
  const [low, high] = colour.scale.domain;
  const stops = Array.from({ length: 11 }, (_, k) => `<stop offset="${k / 10}" stop-color="${viridis(k / 10)}"/>`);
  const end = (value: number) => formatted(value, colour.legend!.format);
  return {
    height: () => 38,
    draw: (top, width, id) => {
      const from = textWidth(end(low), FONT) + 16;
      const length = Math.min(180, width - 2 * from - 40);
      return [
        `<defs><linearGradient id="${id}-r">${stops.join('')}</linearGradient></defs>`,
        `<text x="10" y="${top + 12}" fill="${theme.muted}">${escaped(colour.title)}</text>`,
        `<text x="10" y="${top + 27}" dy=".32em">${end(low)}</text>`,
        `<rect x="${round(from)}" y="${top + 21}" width="${round(length)}" height="11" fill="url(#${id}-r)"/>`,
        `<text x="${round(from + length + 6)}" y="${top + 27}" dy=".32em">${end(high)}</text>`,
      ].join('');
    },
  };
}
