/** Charts as files: as SVG, which browsers can make too, and as PNG. */
import type { Chart } from './charts/chart.js';
import { type ChartTheme, chartSvg } from './draw/chart-svg.js';

export { type ChartTheme, chartSvg };

/** Pixels of a PNG to one of the drawing: sharp on paper and fine screens. */
const SCALE = 2;

/** A chart as PNG. Letters are those of the system: without a font installed there are none. */
export async function chartPng(chart: Chart, theme: ChartTheme = 'light'): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const svg = await chartSvg(chart, theme);
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: SCALE }, font: { loadSystemFonts: true } }).render().asPng();
}
