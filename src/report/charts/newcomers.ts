/** What the model expects of customers about whom nothing is known yet, and how they differ. */
import type { FittedModel } from '../../btyd/fitted-model.js';
import { expectedPurchasesNew, pAlive } from '../../btyd/predict.js';
import { purchaseModel } from '../../btyd/registry.js';
import { customers as customersOf } from '../../customers.js';
import { type Mixture, mixtureCdf, mixtureQuantile } from '../../kernels/mixtures.js';
import { DAYS_PER } from '../../time.js';
import { type Chart, HEIGHT, PALETTE, type Row, WIDTH } from './chart.js';

const POINTS = 40;
const BINS = 40;
const LONGEST_DAYS = 20 * DAYS_PER.year;

/** Expected repeat purchases of a new customer over time. */
export function newcomerChart(fitted: FittedModel, horizon: number): Chart {
  const unit = fitted.timeUnit;
  const rows = Array.from({ length: POINTS + 1 }, (_, k): Row => {
    const time = (k * horizon) / POINTS;
    return { time, expected: time === 0 ? 0 : expectedPurchasesNew(fitted, time) };
  });
  return {
    name: 'newcomer-purchases',
    title: 'What a new customer will do',
    answers: 'How many times a customer won today will come back.',
    description: `A new customer is expected to come back ${told(rows.at(-1)!.expected)} times within ${told(horizon)} ${unit}s.`,
    columns: [
      { field: 'time', title: `${capital(unit)}s since the first purchase`, format: ',.3~f' },
      { field: 'expected', title: 'Expected repeat purchases', format: ',.3~f' },
    ],
    rows,
    spec: curve('time', `${capital(unit)}s since the first purchase`, 'expected', 'Expected repeat purchases'),
  };
}

/** Share of new customers still alive over time; undefined where the model has no dropout. */
export function survivalChart(fitted: FittedModel, horizon: number): Chart | undefined {
  const unit = fitted.timeUnit;
  const newcomer = customersOf({ frequency: [0], recency: [0], age: [0], timeUnit: unit });
  const rows = Array.from({ length: POINTS + 1 }, (_, k): Row => {
    const time = (k * horizon) / POINTS;
    return { time, alive: pAlive(fitted, newcomer, time)[0]! };
  });
  const left = Number(rows.at(-1)!.alive);
  if (left > 1 - 1e-9) return undefined;
  const spec = curve('time', `${capital(unit)}s since the first purchase`, 'alive', 'Share still alive');
  return {
    name: 'newcomer-survival',
    title: 'How long a new customer stays',
    answers: 'How many of the customers won today will still be customers later.',
    description: `${Math.round(100 * left)}% of new customers are expected to be customers still after ${told(horizon)} ${unit}s.`,
    columns: [
      { field: 'time', title: `${capital(unit)}s since the first purchase`, format: ',.3~f' },
      { field: 'alive', title: 'Share still alive', format: '.1%' },
    ],
    rows,
    spec: {
      ...spec,
      layer: spec.layer.map((layer) => ({
        ...layer,
        encoding: {
          ...layer.encoding,
          y: { ...layer.encoding.y!, scale: { domain: [0, 1] }, axis: { format: '.0%' } },
        },
      })),
    },
  };
}

/** How customers differ in the time between two purchases; undefined where the model lets them not differ. */
export function purchaseRatesChart(fitted: FittedModel): Chart | undefined {
  const rates = purchaseModel(fitted.model).rate?.(fitted.parameters, { x: 0, tx: 0, T: 0 });
  if (rates === undefined || rates.family !== 'gamma') return undefined;
  return timesChart(rates, fitted, {
    name: 'purchase-rates',
    title: 'How differently customers buy',
    answers: 'How long it takes from one purchase to the next, for customers while they are customers.',
    measure: 'between purchases, while a customer',
  });
}

/** How customers differ in leaving; undefined where the model has no such difference. */
export function dropoutChart(fitted: FittedModel): Chart | undefined {
  const { a, b, s, beta } = fitted.parameters;
  if (s !== undefined && beta !== undefined && b === undefined) {
    return timesChart(single('gamma', s, beta), fitted, {
      name: 'dropout-rates',
      title: 'How differently customers leave',
      answers: 'How long customers stay on average, and how much they differ in it.',
      measure: 'a customer stays on average',
    });
  }
  if (a === undefined || b === undefined || s !== undefined) return undefined;
  const chances = single('beta', a, b);
  const rows = Array.from({ length: BINS }, (_, k): Row => {
    const [start, end] = [k / BINS, (k + 1) / BINS];
    return { start, end, share: mixtureCdf(chances, end) - mixtureCdf(chances, start) };
  });
  return {
    name: 'dropout-chances',
    title: 'How differently customers leave',
    answers: 'How likely customers are to leave after a purchase, and how much they differ in it.',
    description: `After a purchase ${Math.round((100 * a) / (a + b))}% leave on average; for half of the customers the chance is below ${Math.round(100 * mixtureQuantile(chances, 0.5))}%.`,
    columns: [
      { field: 'start', title: 'Chance to leave, at least', format: '.1%' },
      { field: 'end', title: 'To', format: '.1%' },
      { field: 'share', title: 'Share of customers', format: '.1%' },
    ],
    rows,
    spec: bins('Chance to leave after a purchase', { domain: [0, 1] }, '.0%'),
  };
}

interface Times {
  readonly name: string;
  readonly title: string;
  readonly answers: string;
  readonly measure: string;
}

const single = (family: Mixture['family'], first: number, second: number): Mixture => ({
  family,
  share: Float64Array.of(1),
  first: Float64Array.of(first),
  second: Float64Array.of(second),
});

/** Of rates, the times that they stand for: 1 / rate, on a logarithmic axis. */
function timesChart(rates: Mixture, { timeUnit }: FittedModel, { measure, ...what }: Times): Chart | undefined {
  const longest = LONGEST_DAYS / DAYS_PER[timeUnit];
  const low = 1 / mixtureQuantile(rates, 0.995);
  const high = Math.min(longest, 1 / mixtureQuantile(rates, 0.05));
  if (!(low > 0 && high > 1.01 * low)) return undefined;
  const edge = (k: number) => low * (high / low) ** (k / BINS);
  const rows = Array.from({ length: BINS }, (_, k): Row => {
    const [start, end] = [edge(k), edge(k + 1)];
    return { start, end, share: mixtureCdf(rates, 1 / start) - mixtureCdf(rates, 1 / end) };
  });
  const half = 1 / mixtureQuantile(rates, 0.5);
  const title = `${capital(timeUnit)}s ${measure}`;
  const beyond = mixtureCdf(rates, 1 / high);
  return {
    ...what,
    description: `For half of the customers it is ${half > longest ? 'more than 20 years' : `${told(half)} ${timeUnit}s or less`}; ${Math.round(100 * beyond)}% lie beyond the right end.`,
    columns: [
      { field: 'start', title: `${capital(timeUnit)}s from`, format: ',.3~f' },
      { field: 'end', title: 'To', format: ',.3~f' },
      { field: 'share', title: 'Share of customers', format: '.1%' },
    ],
    rows,
    spec: bins(title, { type: 'log', domain: [low, high] }, '~s'),
  };
}

function bins(title: string, scale: object, format: '~s' | '.0%'): Chart['spec'] {
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        mark: { type: 'bar', color: PALETTE.blue, tooltip: true },
        encoding: {
          x: { field: 'start', bin: 'binned', type: 'quantitative', title, scale, axis: { format } },
          x2: { field: 'end' },
          y: { field: 'share', type: 'quantitative', title: 'Share of customers', axis: { format: '.1%' } },
        },
      },
    ],
  };
}

function curve(x: string, titleX: string, y: string, titleY: string): Chart['spec'] {
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        mark: { type: 'line', color: PALETTE.blue, tooltip: true },
        encoding: {
          x: { field: x, type: 'quantitative', title: titleX, scale: { nice: false } },
          y: { field: y, type: 'quantitative', title: titleY, scale: { zero: true } },
        },
      },
    ],
  };
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);
const told = (value: unknown): string => String(Number(Number(value).toPrecision(3)));
