/** Charts as files of their own. */
import type { Chart } from './charts/chart.js';
import { THEMES } from './draw/colours.js';
import { drawChart } from './draw/draw-chart.js';

export type ChartTheme = 'light' | 'dark';

/** Pixels of a PNG to one of the drawing: sharp on paper and fine screens. */
const SCALE = 2;

/** A chart as SVG, with its title and what it answers; it needs nothing else. */
export async function chartSvg(chart: Chart, theme: ChartTheme = 'light'): Promise<string> {
  return drawChart(chart, { theme: THEMES[theme], id: 'clv', titled: true, width: 720 });
}

/** The same as PNG. Letters are those of the system: without a font installed there are none. */
export async function chartPng(chart: Chart, theme: ChartTheme = 'light'): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const svg = await chartSvg(chart, theme);
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: SCALE }, font: { loadSystemFonts: true } }).render().asPng();
}
