/**
 * A hyperparameter search as a picture: parallel coordinates, one axis a parameter, one line a trial.
 *
 * Inselberg (1985), "The plane with parallel coordinates", The Visual Computer 1, 69–91. Colours: viridis (van der
 * Walt & Smith 2015), which keeps its order for the colour-blind and in grey; the best trial is in the vermilion of
 * Okabe & Ito (2008).
 */
import { printable } from '../printable.js';
import { type Parameter, positionOf, type RangeParameter, type Space, stretchOf, valueAt } from '../tune/space.js';
import { type Goal, lossOf, ranked, type TrialResult } from '../tune/trial.js';
import type { Tuning } from '../tune/tune.js';
import { escaped } from './draw/markup.js';
import { count, counted } from './style.js';
import { brief } from './tuning-text.js';

export interface TuningPlotOptions {
  /** Heading; `Hyperparameter search` unless given. */
  readonly title?: string | undefined;
  /** Name of what was searched for; `value` unless given. */
  readonly metric?: string | undefined;
}

const STEP = 140; // between axes
const TOP = 96;
const HEIGHT = 320; // of an axis
const LEFT = 110;
const RIGHT = 120;
const NARROWEST = 640; // room for the line of counts
const LONGEST_LABEL = 20;
const INK = '#222222';
const MUTED = '#666666';
const STOPPED = '#b8b8b8';
const BEST = '#d55e00';

/** From the best to the worst: dark lines stand out on white. The last, faint yellow of viridis is left out. */
const VIRIDIS = ['#440154', '#472d7b', '#3b528b', '#2c728e', '#21918c', '#28ae80', '#5ec962', '#addc30'];

/**
 * The trials of a search as the text of an SVG file, which needs nothing else.
 *
 * Lines are coloured by the value, those stopped early are grey, and the best lies on top. Failed trials are counted
 * below. Where a few values are far worse than the rest, the axis ends before them, and says so.
 */
export function tuningPlot(tuning: Tuning, options: TuningPlotOptions = {}): string {
  const { space, goal, best, trials } = tuning;
  const { title = 'Hyperparameter search', metric = 'value' } = options;
  const names = Object.keys(space);
  const drawn = ranked(trials, goal).filter(({ state }) => state !== 'failed');
  const finished = drawn.filter(({ state }) => state === best.state); // what was stopped early may lie off the axis
  const values = valueAxis(finished, drawn, goal);
  const width = Math.max(LEFT + STEP * names.length + RIGHT, NARROWEST);
  const bottom = TOP + HEIGHT;
  const x = (axis: number) => LEFT + STEP * axis;
  const y = (u: number) => bottom - u * HEIGHT;

  const points = (trial: TrialResult) =>
    [
      ...names.map((name, axis) => [x(axis), y(spread(space[name]!, trial, name))]),
      [x(names.length), y(values.position(trial.value!))],
    ]
      .map(([px, py]) => `${px},${py!.toFixed(1)}`)
      .join(' ');
  const opacity = Math.max(0.15, Math.min(0.9, 4 / Math.sqrt(drawn.length)));
  const line = (trial: TrialResult, colour: string, weight: number, see: number) =>
    `<polyline points="${points(trial)}" stroke="${colour}" stroke-width="${weight}" stroke-opacity="${round(see)}"/>`;
  const stopped = drawn.filter((trial) => trial.state === 'stopped' && trial !== best);
  const done = drawn.filter((trial) => trial.state === 'done' && trial !== best);
  const lines = [
    ...stopped.reverse().map((trial) => line(trial, STOPPED, 1, opacity * 0.7)),
    ...done.reverse().map((trial) => line(trial, colourAt(values.badness(trial.value!)), 1.5, opacity)),
    line(best, '#ffffff', 6, 1),
    line(best, BEST, 3, 1),
  ];

  const number = (state: TrialResult['state']) => trials.filter((trial) => trial.state === state).length;
  const counts = `${counted(trials.length, 'trial')}: ${count(number('done'))} to the end, ${count(number('stopped'))} stopped early (grey), ${count(number('failed'))} failed (not drawn)`;
  const winner = names.map((name) => `${name} ${short(best.parameters[name]!)}`).join(', ');
  const summary = `${counts}. Best ${metric}: ${brief(best.value!)}, trial ${best.number}: ${winner}.`;

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="clv-tuning-title clv-tuning-desc" width="${width}" height="${bottom + 84}" viewBox="0 0 ${width} ${bottom + 84}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title id="clv-tuning-title">${escaped(title)}</title>`,
    `<desc id="clv-tuning-desc">${escaped(`Parallel coordinates, one axis a parameter, the last one ${metric}. ${summary}`)}</desc>`,
    `<defs><linearGradient id="clv-tuning-ramp" x1="0" y1="${goal === 'minimize' ? 1 : 0}" x2="0" y2="${goal === 'minimize' ? 0 : 1}">${VIRIDIS.map((colour, k) => `<stop offset="${k / (VIRIDIS.length - 1)}" stop-color="${colour}"/>`).join('')}</linearGradient></defs>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(16, 28, printable(title), 'font-size="16" font-weight="600"'),
    text(16, 48, counts, `fill="${MUTED}"`),
    `<g fill="none" stroke-linejoin="round">`,
    ...lines,
    '</g>',
    ...names.flatMap((name, axis) => axisText(space, name, x(axis), y)),
    `<rect x="${x(names.length)}" y="${TOP}" width="10" height="${HEIGHT}" fill="url(#clv-tuning-ramp)"/>`,
    text(x(names.length), TOP - 16, printable(metric, LONGEST_LABEL), 'text-anchor="middle" font-weight="600"'),
    ...values.ticks.map(([u, label]) => text(x(names.length) + 16, y(u) + 4, label)),
    `<line x1="16" x2="44" y1="${bottom + 56}" y2="${bottom + 56}" stroke="${BEST}" stroke-width="3"/>`,
    text(52, bottom + 60, `best: ${brief(best.value!)} (trial ${best.number})`),
    '</svg>',
    '',
  ].join('\n');
}

/** A parameter's axis with its name and marks. */
function axisText(space: Space, name: string, x: number, y: (u: number) => number): string[] {
  const parameter = space[name]!;
  const scale = 'scale' in parameter ? parameter.scale : undefined;
  const marks = marksOf(parameter);
  return [
    `<line x1="${x}" x2="${x}" y1="${y(1)}" y2="${y(0)}" stroke="${INK}"/>`,
    text(x, y(1) - 16, printable(name, LONGEST_LABEL), 'text-anchor="middle" font-weight="600"'),
    ...(scale === 'log' || scale === 'reverse_log'
      ? [
          text(
            x,
            y(0) + 34,
            scale === 'log' ? 'log scale' : 'reverse log scale',
            `text-anchor="middle" fill="${MUTED}"`,
          ),
        ]
      : []),
    ...marks.flatMap((value) => {
      const at = y(positionOf(parameter, value));
      return [
        `<line x1="${x - 4}" x2="${x}" y1="${round(at)}" y2="${round(at)}" stroke="${INK}"/>`,
        text(x - 7, at + 4, short(value), `text-anchor="end" font-size="11" ${HALO}`),
      ];
    }),
  ];
}

/** Where a trial crosses an axis. Equal values are spread over their stretch, so that lines do not hide each other. */
function spread(parameter: Parameter, { number, parameters }: TrialResult, name: string): number {
  const value = parameters[name]!;
  const middle = positionOf(parameter, value);
  const stretch = stretchOf(parameter, value);
  if (!stretch) return middle;
  const golden = (number * 0.6180339887498949) % 1; // neighbouring numbers come far apart
  return middle + (golden - 0.5) * 0.6 * (stretch[1] - stretch[0]);
}

type Mark = readonly [position: number, label: string];

interface ValueAxis {
  /** 0 at the foot of the axis, 1 at its top. */
  position(value: number): number;
  /** 0 for the best, 1 for the worst that is shown. */
  badness(value: number): number;
  readonly ticks: readonly Mark[];
}

/**
 * The axis of the values of those that finished; it ends at their ninth decile, should the rest be more than three times
 * as far from the best. What is drawn beyond its end is said to be beyond.
 */
function valueAxis(finished: readonly TrialResult[], drawn: readonly TrialResult[], goal: Goal): ValueAxis {
  const losses = finished.map(({ value }) => lossOf(value!, goal)).sort((a, b) => a - b);
  const least = losses[0]!;
  const most = losses.at(-1)!;
  const decile = losses[Math.floor(0.9 * (losses.length - 1))]!;
  const far = decile > least && most - least > 3 * (decile - least);
  const end = far ? decile : most > least ? most : least + (Math.abs(least) || 1); // or all are equal
  const badness = (value: number) => Math.min(1, Math.max(0, (lossOf(value, goal) - least) / (end - least)));
  const position = (value: number) => (goal === 'minimize' ? badness(value) : 1 - badness(value));

  const [low, high] = goal === 'minimize' ? [least, end] : [-end, -least];
  const ticks = roundNumbers(low, high).map((value): Mark => [position(value), short(value)]);
  if (!drawn.some(({ value }) => lossOf(value!, goal) > end)) return { position, badness, ticks };
  const last = lossOf(end, goal);
  const free = ticks.filter(([u]) => Math.abs(u - position(last)) > 0.06);
  return { position, badness, ticks: [...free, [position(last), `${goal === 'minimize' ? '≥' : '≤'} ${short(last)}`]] };
}

/** The values that are marked on a parameter's axis. */
function marksOf(parameter: Parameter): Array<number | string> {
  if (parameter.type === 'categorical' || parameter.type === 'discrete') {
    const every = Math.ceil(parameter.values.length / 16);
    return [...parameter.values].filter((_, rank) => rank % every === 0);
  }
  if (parameter.scale === 'log') {
    const powers = powersOfTen(parameter);
    if (powers.length > 1) return powers;
  }
  if (parameter.scale === 'log' || parameter.scale === 'reverse_log') {
    return [...new Set([0, 0.25, 0.5, 0.75, 1].map((u) => valueAt(parameter, u)))];
  }
  const round = roundNumbers(parameter.min, parameter.max);
  return parameter.type === 'integer' ? round.filter(Number.isInteger) : round;
}

/** Powers of ten in a range; at most eight, evenly chosen. */
function powersOfTen({ min, max }: RangeParameter): number[] {
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const last = Math.floor(Math.log10(max) + 1e-9);
  const every = Math.ceil((last - first + 1) / 8);
  const powers: number[] = [];
  for (let power = first; power <= last; power += every) powers.push(Number(`1e${power}`));
  return powers;
}

/** Four to ten multiples of 1, 2 or 5 times a power of ten in a range. */
function roundNumbers(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough >= 5 * power ? 5 : rough >= 2 * power ? 2 : 1);
  const numbers: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    numbers.push(Number((k * step).toPrecision(12)));
  }
  return numbers;
}

/** The colour of a share of the way from best to worst. */
function colourAt(share: number): string {
  const at = share * (VIRIDIS.length - 1);
  const k = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const channel = (colour: string, c: number) => Number.parseInt(colour.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) => {
    const from = channel(VIRIDIS[k]!, c);
    return Math.round(from + (at - k) * (channel(VIRIDIS[k + 1]!, c) - from));
  });
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

const HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="3" stroke-linejoin="round"';

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;

/** What a label shows of a value. */
const short = (value: number | string): string =>
  typeof value === 'number' ? brief(value) : printable(value, LONGEST_LABEL);

const round = (value: number): number => Number(value.toFixed(2));
