/** Our drawing of charts against Vega's, and against what a chart may hold. */
import * as vega from 'vega';
import { compile } from 'vega-lite';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Chart, vegaLite } from '../../src/report/charts/chart.js';
import { inkOn, THEMES, viridis } from '../../src/report/draw/colours.js';
import { drawChart } from '../../src/report/draw/draw-chart.js';
import { formatted } from '../../src/report/draw/format.js';
import { dayScale, linearScale, logScale, niceDomain } from '../../src/report/draw/scale.js';
import { chartPng, chartSvg } from '../../src/report/render-chart.js';
import { reported } from './training.js';

const NAMES = [
  'segments',
  'cohorts',
  'concentration',
  'alive',
  'next-purchases',
  'deciles',
  'gain',
  'calibration-frequency',
  'calibration-recency',
  'calibration-age',
  'tracking-cumulative',
  'tracking-incremental',
  'purchases-heatmap',
  'alive-heatmap',
  'repeat-counts',
  'spend',
  'newcomer-purchases',
  'newcomer-survival',
  'purchase-rates',
  'dropout-rates',
  'timelines',
];

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Places as shares of the way between the outermost: what does not depend on margins and rounded ends of axes. */
function relative(boxes: readonly Box[]): Box[] {
  const of = (low: 'left' | 'top', high: 'right' | 'bottom') => {
    const ends = boxes.flatMap((box) => [box[low], box[high]]);
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    return (value: number) => (to > from ? (value - from) / (to - from) : 0);
  };
  const [x, y] = [of('left', 'right'), of('top', 'bottom')];
  return boxes.map(({ left, right, top, bottom }) => ({
    left: x(left),
    right: x(right),
    top: y(top),
    bottom: y(bottom),
  }));
}

interface Drawn {
  rect: Box[];
  line: Box[];
  symbol: Box[];
}

const dot = (x: number, y: number): Box => ({ left: x, right: x, top: y, bottom: y });

/** Of Vega's scenegraph. */
interface Item {
  readonly items?: readonly Item[];
  readonly marktype?: string;
  readonly role?: string;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Vega-Lite compiled and Vega run, without a word of warning; marks by their places. */
async function byVega(chart: Chart): Promise<Drawn & { warnings: string[] }> {
  const warnings: string[] = [];
  const note = (...said: unknown[]) => {
    warnings.push(said.join(' '));
    return logger;
  };
  const quiet = () => logger;
  const logger = { level: quiet, warn: note, error: note, info: quiet, debug: quiet };
  const { spec } = compile(vegaLite(chart) as never, { logger: logger as never });
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  view.logger(logger as never);
  await view.runAsync();
  const drawn: Drawn = { rect: [], line: [], symbol: [] };
  const walk = ({ items = [], marktype, role = 'mark' }: Item): void => {
    for (const one of items) {
      const { x = 0, y = 0, width = 0, height = 0 } = one;
      if (role === 'mark' && marktype === 'rect') {
        drawn.rect.push({
          left: Math.min(x, x + width),
          right: Math.max(x, x + width),
          top: Math.min(y, y + height),
          bottom: Math.max(y, y + height),
        });
      }
      if (role === 'mark' && marktype === 'line') drawn.line.push(dot(x, y));
      if (role === 'mark' && marktype === 'symbol') drawn.symbol.push(dot(x, y));
      walk(one);
    }
  };
  walk((view.scenegraph() as unknown as { root: Item }).root);
  view.finalize();
  return { ...drawn, warnings };
}

function byUs(chart: Chart): Drawn {
  const svg = drawChart(chart, { theme: THEMES.light, id: 't' });
  const plane = svg.slice(svg.indexOf('<g transform'), svg.lastIndexOf('</g>'));
  const attribute = (tag: string, name: string) => Number(new RegExp(` ${name}="([^"]*)"`).exec(tag)![1]);
  const tags = (name: string) =>
    (plane.match(new RegExp(`<${name} [^>]*>`, 'g')) ?? []).filter((tag) => !tag.includes('class="handle"'));
  return {
    rect: tags('rect').map((tag) => {
      const [x, y] = [attribute(tag, 'x'), attribute(tag, 'y')];
      return { left: x, right: x + attribute(tag, 'width'), top: y, bottom: y + attribute(tag, 'height') };
    }),
    line: tags('path')
      .filter((tag) => tag.includes('stroke-linejoin'))
      .flatMap((tag) =>
        / d="M([^"]*)"/
          .exec(tag)![1]!
          .split('L')
          .map((point) => point.split(' ').map(Number)),
      )
      .map(([x, y]) => dot(x!, y!)),
    symbol: tags('circle').map((tag) => dot(attribute(tag, 'cx'), attribute(tag, 'cy'))),
  };
}

describe('a drawing', () => {
  let charts: ReadonlyMap<string, Chart>;
  beforeAll(async () => {
    const { data } = await reported(600);
    charts = new Map(data.charts.map((chart) => [chart.name, chart]));
  });

  it('is tested for every chart that there is', () => {
    expect([...charts.keys()].sort()).toEqual([...NAMES].sort());
  });

  it.each(NAMES)('has its marks where Vega has them: %s', async (name) => {
    const chart = charts.get(name)!;
    const theirs = await byVega(chart);
    const ours = byUs(chart);
    expect(theirs.warnings).toEqual([]);
    const ticks = chart.spec.layer
      .filter(({ mark }) => mark.type === 'tick')
      .flatMap(({ data }) => data!.values).length;
    theirs.rect.splice(theirs.rect.length - ticks, ticks); // to Vega they are rectangles
    for (const kind of ['rect', 'line', 'symbol'] as const) {
      expect(ours[kind], kind).toHaveLength(theirs[kind].length);
      const [a, b] = [relative(ours[kind]), relative(theirs[kind])];
      const furthest = Math.max(
        0,
        ...a.flatMap((box, i) =>
          (['left', 'right', 'top', 'bottom'] as const).map((side) => Math.abs(box[side] - b[i]![side])),
        ),
      );
      expect(furthest, kind).toBeLessThan(0.03); // a gap of half a pixel, and padding of groups
    }
  });

  it.each(NAMES)('is well-formed, finite, and needs nothing from outside: %s', async (name) => {
    for (const theme of ['light', 'dark'] as const) {
      const svg = await chartSvg(charts.get(name)!, theme);
      expectWellFormed(svg);
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
      expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
        /https?:|<script|<style|href|@import|var\(/,
      );
    }
  });

  it('tells what it shows in words', async () => {
    const svg = await chartSvg(charts.get('gain')!);
    expect(svg).toMatch(/role="img" aria-labelledby="clv-t clv-d"/);
    expect(svg).toMatch(/<title id="clv-t">Gain[^<]*<\/title><desc id="clv-d">The fifth of the customers/);
  });

  it('becomes a PNG', async () => {
    const png = await chartPng(charts.get('alive-heatmap')!);
    expect([...png.slice(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(png.length).toBeGreaterThan(5000);
  });

  it('escapes whatever text it is given', async () => {
    const hostile = '</title><script>alert(1)</script>"\'&\u202e\u0007\ud800';
    const gain = charts.get('gain')!;
    const svg = await chartSvg({ ...gain, title: hostile, answers: hostile, description: hostile });
    expectWellFormed(svg);
    expect(svg).not.toContain('<script');
    for (const character of ['\u202e', '\u0007', '\ud800']) expect(svg.includes(character)).toBe(false);
  });
});

function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([A-Za-z]+)((?: +[\w:-]+="[^"<]*")*) *(\/?)>/g, (_, end, name, __, empty) => {
    if (end) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/);
}

describe('scales', () => {
  const range = [0, 100] as const;
  const labels = ({ ticks }: { ticks: ReadonlyArray<{ label: string }> }) => ticks.map(({ label }) => label);

  it('have round marks', () => {
    expect(labels(linearScale([0, 1], { range, room: 5 }))).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1']);
    expect(labels(linearScale([3, 97], { range, room: 4 }))).toEqual(['50']);
    expect(labels(logScale([3, 2500], { range, room: 4 }))).toEqual(
      ['10', '100', '1000'].map((text) => formatted(Number(text))),
    );
    expect(niceDomain([0, 97], 4)).toEqual([0, 100]);
  });

  it('name the year of a day where it changes', () => {
    expect(labels(dayScale([14_900, 15_300], { range, room: 5 }))).toEqual(['Jan 2011', 'Apr', 'Jul', 'Oct']);
  });

  it('stand where there is only one value', () => {
    expect(linearScale([5, 5], { range, room: 5 }).at(5)).toBe(50);
    expect(dayScale([15_000, 15_000], { range, room: 5 }).ticks).toHaveLength(1);
  });
});

describe('colours', () => {
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const contrast = (a: string, b: string) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high! + 0.05) / (low! + 0.05);
  };

  it('stand out on their page as WCAG 2.2 asks: text 4.5, marks 3', () => {
    for (const { ink, muted, background, palette } of [THEMES.light, THEMES.dark]) {
      for (const text of [ink, muted]) expect(contrast(text, background!)).toBeGreaterThan(4.5);
      for (const mark of Object.values(palette)) expect(contrast(mark, background!)).toBeGreaterThan(3);
    }
  });

  it('of amounts are those of Vega', () => {
    const theirs = vega.scheme('viridis') as unknown as (share: number) => string;
    for (let share = 0; share <= 1; share += 0.05) {
      const [, ...channels] = /rgb\((\d+), (\d+), (\d+)\)/.exec(theirs(share)) ?? [];
      const ours = [1, 3, 5].map((at) => Number.parseInt(viridis(share).slice(at, at + 2), 16));
      channels.forEach((channel, c) => {
        expect(Math.abs(Number(channel) - ours[c]!)).toBeLessThanOrEqual(4);
      });
    }
  });

  it('give text on viridis an ink that can be read', () => {
    for (let share = 0; share <= 1; share += 0.01) expect(contrast(inkOn(share), viridis(share))).toBeGreaterThan(4.5);
  });
});
