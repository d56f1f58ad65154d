/** Search spaces from JSON: our own plain form, and the `config_tune.json` of Google's ML Engine. */
import { ClvError, type ErrorDetails } from '../errors.js';
import { camelKeys } from '../json-keys.js';
import { nearest } from '../nearest.js';
import { SOBOL_DIMENSIONS } from './sobol.js';
import type { Parameter, ParameterType, Scale, Space } from './space.js';
import type { Goal } from './trial.js';

/** A space, and what else its file asks for. */
export interface SpaceFile {
  readonly space: Space;
  readonly goal?: Goal;
  /** Name of what is to become small or large. */
  readonly metric?: string;
  readonly trials?: number;
  readonly parallel?: number;
  /** Settings of a Google file that mean nothing here, such as the machines to rent. */
  readonly ignored: readonly string[];
}

export interface SpaceOptions {
  /** For messages. */
  readonly file?: string;
  /** All names that a parameter may have; left out: any. */
  readonly names?: readonly string[];
}

/**
 * A search space from the text of a JSON file. Commas before a closing bracket are forgiven: Google's own file has one.
 *
 * ```json
 * {
 *   "learning_rate": { "type": "double", "min": 0.0001, "max": 0.1, "scale": "log" },
 *   "members": { "type": "integer", "min": 1, "max": 5 },
 *   "hidden_units": { "type": "categorical", "values": ["128 64", "64 32"] },
 *   "batch_size": { "type": "discrete", "values": [128, 256] }
 * }
 * ```
 *
 * @throws ClvError bad_option, naming the parameter as the column
 */
export function parseSpace(text: string, options: SpaceOptions = {}): SpaceFile {
  let json: unknown;
  try {
    json = JSON.parse(withoutTrailingCommas(text.replace(/^\ufeff/, '')));
  } catch (cause) {
    throw new ClvError('bad_option', 'the search space is not JSON', {
      file: options.file,
      found: (cause as Error).message,
      expected: '{ "learning_rate": { "type": "double", "min": 0.0001, "max": 0.1, "scale": "log" }, … }',
      cause,
    });
  }
  return readSpace(json, options);
}

/**
 * A search space from the data of a JSON file, of either form.
 *
 * @throws ClvError bad_option
 */
export function readSpace(json: unknown, options: SpaceOptions = {}): SpaceFile {
  if (!isObject(json)) {
    throw new ClvError('bad_option', 'the search space is not an object', {
      file: options.file,
      found: shown(json),
      expected: 'parameters by name',
    });
  }
  return 'trainingInput' in json || 'training_input' in json || 'hyperparameters' in json
    ? readGoogle(camelKeys(json) as JsonObject, options)
    : { space: checkSpace(json, options), ignored: [] };
}

/**
 * A space of our own form, checked; the values of discrete parameters come out ascending.
 *
 * @throws ClvError bad_option
 */
export function checkSpace(raw: unknown, options: SpaceOptions = {}): Space {
  const entries = isObject(raw) ? Object.entries(raw) : [];
  const { file, names } = options;
  if (entries.length === 0 || entries.length > SOBOL_DIMENSIONS) {
    throw new ClvError('bad_option', 'a search space has too few or too many parameters', {
      file,
      found: entries.length,
      expected: `1 to ${SOBOL_DIMENSIONS} parameters`,
    });
  }
  const space = entries.map(([name, parameter]) => {
    if (names && !names.includes(name)) {
      throw new ClvError('bad_option', 'nothing that could be tuned has this name', {
        file,
        column: name,
        expected: names.join(', '),
        hint: nearest(name, names),
      });
    }
    if (!/^[A-Za-z][\w.-]*$/.test(name)) {
      throw new ClvError('bad_option', 'this is no name for a parameter', {
        file,
        found: name,
        expected: 'a letter, then letters, digits, _, . or -',
      });
    }
    return [name, checkParameter(parameter, { file, column: name })] as const;
  });
  return Object.fromEntries(space);
}

type JsonObject = Readonly<Record<string, unknown>>;
type Place = Pick<ErrorDetails, 'file' | 'column'>;

const FIELDS: Readonly<Record<ParameterType, readonly string[]>> = {
  double: ['type', 'min', 'max', 'scale'],
  integer: ['type', 'min', 'max', 'scale'],
  categorical: ['type', 'values'],
  discrete: ['type', 'values'],
};
const SCALES: readonly Scale[] = ['linear', 'log', 'reverse_log'];

function checkParameter(raw: unknown, place: Place): Parameter {
  const refuse = (problem: string, details: ErrorDetails): never => {
    throw new ClvError('bad_option', problem, { ...place, ...details });
  };
  if (!isObject(raw)) {
    return refuse('a parameter is not an object', { found: shown(raw), expected: '{ "type": …, … }' });
  }
  const type = raw.type as ParameterType;
  const types = Object.keys(FIELDS);
  if (!types.includes(type)) {
    refuse('there is no such type of parameter', {
      found: shown(raw.type),
      expected: types.join(', '),
      hint: nearest(String(raw.type), types),
    });
  }
  const unknown = Object.keys(raw).find((key) => !FIELDS[type].includes(key));
  if (unknown !== undefined) {
    refuse(`a ${type} parameter has no such field`, {
      found: unknown,
      expected: FIELDS[type].join(', '),
      hint: nearest(unknown, FIELDS[type]),
    });
  }

  if (type === 'categorical' || type === 'discrete') {
    const { values } = raw;
    if (!Array.isArray(values) || values.length === 0) {
      return refuse('there are no values to choose from', { found: shown(values), expected: '"values": [ …, … ]' });
    }
    const valid = type === 'categorical' ? (value: unknown) => typeof value === 'string' : Number.isFinite;
    const wrong = values.findIndex((value) => !valid(value));
    if (wrong >= 0) {
      refuse(`a value of a ${type} parameter is of the wrong type`, {
        found: shown(values[wrong]),
        expected: type === 'categorical' ? 'texts, in quotes' : 'numbers',
      });
    }
    const twice = values.find((value, i) => values.indexOf(value) < i);
    if (twice !== undefined) refuse('a value is listed twice', { found: twice, expected: 'each value once' });
    return type === 'categorical' ? { type, values } : { type, values: values.toSorted((a, b) => a - b) };
  }

  const { min, max, scale } = raw;
  for (const [name, end] of [
    ['min', min],
    ['max', max],
  ] as const) {
    const valid = type === 'integer' ? Number.isSafeInteger(end) : Number.isFinite(end);
    if (!valid) {
      refuse(`${name} is not ${type === 'integer' ? 'a whole number' : 'a number'}`, {
        found: shown(end),
        expected: `"min": …, "max": …`,
      });
    }
  }
  const [low, high] = [min as number, max as number];
  if (!(low < high)) {
    refuse('min is not below max', {
      found: `${low} and ${high}`,
      expected: 'a range to search',
      hint: 'set a parameter that shall not vary outside of the search space',
    });
  }
  if (!Number.isFinite(high - low)) {
    refuse('the range is too wide', { found: `${low} to ${high}`, expected: 'max − min below 1.8e308' });
  }
  if (scale === undefined) return { type, min: low, max: high };
  if (!SCALES.includes(scale as Scale)) {
    refuse('there is no such scale', {
      found: shown(scale),
      expected: `${SCALES.join(', ')}; or ${Object.keys(GOOGLE_SCALES).join(', ')} in Google's form`,
      hint: nearest(String(scale), SCALES),
    });
  }
  if (scale !== 'linear' && !(low > 0)) {
    refuse('a log scale needs a range above 0', { found: low, expected: 'min > 0', hint: 'a linear scale' });
  }
  if (scale !== 'linear' && !Number.isFinite(high / low)) {
    refuse('the range is too wide', { found: `${low} to ${high}`, expected: 'max / min below 1.8e308' });
  }
  return { type, min: low, max: high, scale: scale as Scale };
}

const GOOGLE_SCALES: Readonly<Record<string, Scale>> = {
  UNIT_LINEAR_SCALE: 'linear',
  UNIT_LOG_SCALE: 'log',
  UNIT_REVERSE_LOG_SCALE: 'reverse_log',
};
const UNSPECIFIED = ['NONE', 'SCALE_TYPE_UNSPECIFIED', 'GOAL_TYPE_UNSPECIFIED', 'PARAMETER_TYPE_UNSPECIFIED'];
const UNDERSTOOD = ['goal', 'hyperparameterMetricTag', 'params', 'maxTrials', 'maxParallelTrials'];

/**
 * The form of AI Platform (ML Engine) Training: `HyperparameterSpec` of its REST API, version 1. Numbers may be texts
 * there, and keys in either case.
 */
function readGoogle(json: JsonObject, options: SpaceOptions): SpaceFile {
  const { file } = options;
  const input = isObject(json.trainingInput) ? json.trainingInput : json;
  const asked = isObject(input.hyperparameters) ? input.hyperparameters : {};
  const { params } = asked;
  if (!Array.isArray(params) || !params.every(isObject)) {
    throw new ClvError('bad_option', 'the search space names no parameters', {
      file,
      found: shown(params),
      expected: '{ "trainingInput": { "hyperparameters": { "params": [ { "parameterName": … }, … ] } } }',
    });
  }
  const space: Record<string, unknown> = Object.create(null);
  for (const [i, param] of params.entries()) {
    const name = param.parameterName;
    if (typeof name !== 'string' || name in space) {
      throw new ClvError(
        'bad_option',
        typeof name === 'string' ? 'a parameter comes twice' : 'a parameter has no name',
        {
          file,
          found: typeof name === 'string' ? name : `number ${i + 1} of "params"`,
          expected: 'a "parameterName" for each, and each once',
        },
      );
    }
    space[name] = ownForm(param);
  }
  const goal = goalOf(asked.goal, file);
  const metric = asked.hyperparameterMetricTag;
  const trials = wholeOf(asked.maxTrials, 'maxTrials', file);
  const parallel = wholeOf(asked.maxParallelTrials, 'maxParallelTrials', file);
  return {
    space: checkSpace(space, options),
    ...(goal && { goal }),
    ...(typeof metric === 'string' && { metric }),
    ...(trials && { trials }),
    ...(parallel && { parallel }),
    ignored: [
      ...Object.keys(input).filter((key) => key !== 'hyperparameters'),
      ...Object.keys(asked).filter((key) => !UNDERSTOOD.includes(key)),
    ],
  };
}

/** A parameter of Google's form in ours, unchecked. */
function ownForm({ type, minValue, maxValue, scaleType, categoricalValues, discreteValues }: JsonObject): JsonObject {
  const own = typeof type === 'string' ? type.toLowerCase() : type;
  if (own === 'categorical') return { type: own, values: categoricalValues };
  if (own === 'discrete') {
    return { type: own, values: Array.isArray(discreteValues) ? discreteValues.map(numberOf) : discreteValues };
  }
  const range = { type: own, min: numberOf(minValue), max: numberOf(maxValue) };
  if (scaleType === undefined || UNSPECIFIED.includes(scaleType as string)) return range;
  return { ...range, scale: GOOGLE_SCALES[scaleType as string] ?? scaleType };
}

/** Google's default, where nothing is said, is to maximise; that is left to the caller, who knows the metric. */
function goalOf(goal: unknown, file: string | undefined): Goal | undefined {
  if (goal === undefined || UNSPECIFIED.includes(goal as string)) return undefined;
  const own = String(goal).toLowerCase();
  if (own === 'minimize' || own === 'maximize') return own;
  throw new ClvError('bad_option', 'there is no such goal', {
    file,
    column: 'goal',
    found: shown(goal),
    expected: 'MINIMIZE or MAXIMIZE',
  });
}

function wholeOf(raw: unknown, name: string, file: string | undefined): number | undefined {
  if (raw === undefined) return undefined;
  const value = numberOf(raw);
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw new ClvError('bad_option', `${name} is not a whole number above 0`, {
    file,
    column: name,
    found: shown(raw),
    expected: '1, 2, 3, …',
  });
}

/** The number in a text; anything else as it is. */
function numberOf(value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}

/** Strings are matched first, so that commas in them stay. */
const withoutTrailingCommas = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, (match) => (match === ',' ? '' : match));

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was found, for a message: `undefined` would print nothing, and objects not what they hold. */
function shown(value: unknown): unknown {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
