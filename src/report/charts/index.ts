/** Charts of fitted models and customers: data and Vega-Lite specifications. Loads no database and nothing of Node. */
export { type ChartTheme, chartSvg } from '../draw/chart-svg.js';
export { aliveChart } from './alive.js';
export { calibrationCharts, type HoldoutPurchases } from './calibration.js';
export { type Chart, type ChartColumn, type Row, type Spec, vegaLite } from './chart.js';
export { type CustomerValues, cohortChart } from './cohorts.js';
export { aliveHeatmap, purchasesHeatmap } from './heatmaps.js';
export { type Effect, effectChart, type Importance, importanceChart } from './networks.js';
export { dropoutChart, newcomerChart, purchaseRatesChart, survivalChart } from './newcomers.js';
export { nextPurchasesChart } from './next-purchases.js';
export { concentrationChart, decileChart, gainChart, type HoldoutValue } from './ranking.js';
export { repeatCountsChart } from './repeat-counts.js';
export { segmentChart } from './segments.js';
export { spendChart } from './spend.js';
export { type Timeline, timelineChart } from './timelines.js';
export { type RepeatsByDay, type TrackingCharts, trackingCharts } from './tracking.js';
