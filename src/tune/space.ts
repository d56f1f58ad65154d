/**
 * A search space: the parameters that are tuned, where each may lie, and how it maps onto the unit interval.
 *
 * Every searcher works in the unit cube, one axis a parameter; only here is known what a position means.
 */

/**
 * How a range is spread over the unit interval: `linear` evenly, `log` by factors, so that most of it is small values,
 * `reverse_log` by factors counted down from the top, so that most of it is large values.
 */
export type Scale = 'linear' | 'log' | 'reverse_log';

export type ParameterType = 'double' | 'integer' | 'categorical' | 'discrete';

/** A range of numbers, the ends included. `scale` is linear where left out; both others need `min` > 0. */
export interface RangeParameter {
  readonly type: 'double' | 'integer';
  readonly min: number;
  readonly max: number;
  readonly scale?: Scale | undefined;
}

/** One of several texts, in no order. */
export interface CategoricalParameter {
  readonly type: 'categorical';
  readonly values: readonly string[];
}

/** One of several numbers, ascending: neighbours are thought to behave alike. */
export interface DiscreteParameter {
  readonly type: 'discrete';
  readonly values: readonly number[];
}

export type Parameter = RangeParameter | CategoricalParameter | DiscreteParameter;

/** Parameters by name. Their order matters: it is that of the axes of the unit cube. */
export type Space = Readonly<Record<string, Parameter>>;

export type ParameterValue = number | string;

/** A value for each parameter, by name. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** The space that is searched where none is given. */
export const DEFAULT_SPACE: Space = {
  learning_rate: { type: 'double', min: 1e-4, max: 0.1, scale: 'log' },
  l1_regularization: { type: 'double', min: 1e-4, max: 0.1, scale: 'log' },
  l2_regularization: { type: 'double', min: 1e-4, max: 0.1, scale: 'log' },
  dropout: { type: 'double', min: 0, max: 0.6 },
  learning_decay_rate: { type: 'double', min: 0.6, max: 0.99 },
  hidden_units: { type: 'categorical', values: ['256 128 64 32', '128 64 32 16', '64 32', '32 16', '32', '16'] },
  batch_size: { type: 'discrete', values: [64, 128, 256, 512, 1024] },
};

/**
 * The space of Google's reference, as its file has it: GoogleCloudPlatform/tensorflow-lifetime-value,
 * clv_mle/config_tune.json. On its reverse log scales half of all learning rates lie above 0.096, and half of all
 * dropouts above 0.9; `DEFAULT_SPACE` has the log scales that such parameters want.
 */
export const REFERENCE_SPACE: Space = {
  learning_rate: { type: 'double', min: 1e-4, max: 0.1, scale: 'reverse_log' },
  l1_regularization: { type: 'double', min: 1e-4, max: 0.1, scale: 'reverse_log' },
  l2_regularization: { type: 'double', min: 1e-4, max: 0.1, scale: 'reverse_log' },
  dropout: { type: 'double', min: 0.01, max: 0.99, scale: 'reverse_log' },
  learning_decay_rate: { type: 'double', min: 0.6, max: 0.99, scale: 'linear' },
  hidden_units: {
    type: 'categorical',
    values: ['256 128 64 32', '128 64 32 16', '256 128 64 32 16', '128 64 32 16 16 8'],
  },
  batch_size: { type: 'discrete', values: [5, 10, 15, 20, 25, 30] },
};

/**
 * The value at a position.
 *
 * @param u in [0, 1]; whole numbers and listed values have a stretch of it each, equally long unless on a log scale
 */
export function valueAt(parameter: Parameter, u: number): ParameterValue {
  switch (parameter.type) {
    case 'double':
      return clamp(onScale(parameter, u), parameter.min, parameter.max);
    case 'integer':
      return clamp(Math.round(onScale(widened(parameter), u)), parameter.min, parameter.max);
    default: {
      const { values } = parameter;
      return values[Math.min(Math.floor(u * values.length), values.length - 1)]!;
    }
  }
}

/** The position of a value, in [0, 1]: where `valueAt` gives it back; of a listed one, the middle of its stretch. */
export function positionOf(parameter: Parameter, value: ParameterValue): number {
  switch (parameter.type) {
    case 'double':
      return offScale(parameter, value as number);
    case 'integer':
      return offScale(widened(parameter), value as number);
    default:
      return (rankOf(parameter, value) + 0.5) / parameter.values.length;
  }
}

/** The stretch of positions that give this value; undefined where each position gives its own. */
export function stretchOf(parameter: Parameter, value: ParameterValue): readonly [number, number] | undefined {
  switch (parameter.type) {
    case 'double':
      return undefined;
    case 'integer':
      return [
        offScale(widened(parameter), (value as number) - 0.5),
        offScale(widened(parameter), (value as number) + 0.5),
      ];
    default: {
      const rank = rankOf(parameter, value);
      return [rank / parameter.values.length, (rank + 1) / parameter.values.length];
    }
  }
}

/** The place of a listed value in its list, from 0; −1 where it is not in it. */
export function rankOf(parameter: CategoricalParameter | DiscreteParameter, value: ParameterValue): number {
  return (parameter.values as readonly ParameterValue[]).indexOf(value);
}

/** Whether a parameter may take a value. */
export function allows(parameter: Parameter, value: unknown): boolean {
  if (parameter.type === 'categorical' || parameter.type === 'discrete') {
    return rankOf(parameter, value as ParameterValue) >= 0;
  }
  if (typeof value !== 'number' || !(value >= parameter.min && value <= parameter.max)) return false;
  return parameter.type === 'double' || Number.isInteger(value);
}

/** The values at a point of the unit cube, one coordinate a parameter. */
export function valuesAt(space: Space, point: ArrayLike<number>): ParameterValues {
  return Object.fromEntries(Object.entries(space).map(([name, parameter], j) => [name, valueAt(parameter, point[j]!)]));
}

type Range = Pick<RangeParameter, 'min' | 'max' | 'scale'>;

/** Half a step more at both ends, so that the first and the last whole number get as much as the others. */
const widened = ({ min, max, scale }: Range): Range => ({ min: min - 0.5, max: max + 0.5, scale });

function onScale({ min, max, scale }: Range, u: number): number {
  if (scale === 'log') return min * (max / min) ** u;
  if (scale === 'reverse_log') return min + max - min * (max / min) ** (1 - u);
  return min + u * (max - min);
}

function offScale({ min, max, scale }: Range, value: number): number {
  const u =
    scale === 'log'
      ? Math.log(value / min) / Math.log(max / min)
      : scale === 'reverse_log'
        ? 1 - Math.log((min + max - value) / min) / Math.log(max / min)
        : (value - min) / (max - min);
  return clamp(u, 0, 1);
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
