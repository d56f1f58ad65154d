/** A chart as an SVG file. */
import type { Chart } from '../charts/chart.js';
import { THEMES } from './colours.js';
import { drawChart } from './draw-chart.js';

export type ChartTheme = 'light' | 'dark';

/** Pixels. */
const WIDTH = 720;

/** A chart as SVG, with its title and what it answers; it needs nothing else. */
export async function chartSvg(chart: Chart, theme: ChartTheme = 'light'): Promise<string> {
  return drawChart(chart, { theme: THEMES[theme], id: 'clv', titled: true, width: WIDTH });
}
