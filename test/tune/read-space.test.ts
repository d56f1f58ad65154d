import { describe, expect, it } from 'vitest';
import { ClvError } from '../../src/errors.js';
import { checkSpace, parseSpace, readSpace } from '../../src/tune/read-space.js';
import { DEFAULT_SPACE, REFERENCE_SPACE } from '../../src/tune/space.js';

/** The form of GoogleCloudPlatform/tensorflow-lifetime-value, clv_mle/config_tune.json, with its stray comma. */
const GOOGLE = `{
  "trainingInput": {
    "scaleTier": "CUSTOM",
    "masterType": "complex_model_m",
    "hyperparameters": {
      "goal": "MINIMIZE",
      "hyperparameterMetricTag": "rmse",
      "params": [
        { "parameterName": "learning_rate", "type": "DOUBLE",
          "minValue": "0.0001", "maxValue": "0.1", "scaleType": "UNIT_REVERSE_LOG_SCALE" },
        { "parameterName": "l1_regularization", "type": "DOUBLE",
          "minValue": "0.0001", "maxValue": "0.1", "scaleType": "UNIT_REVERSE_LOG_SCALE" },
        { "parameterName": "l2_regularization", "type": "DOUBLE",
          "minValue": "0.0001", "maxValue": "0.1", "scaleType": "UNIT_REVERSE_LOG_SCALE" },
        { "parameterName": "dropout", "type": "DOUBLE",
          "minValue": 0.01, "maxValue": 0.99, "scaleType": "UNIT_REVERSE_LOG_SCALE" },
        { "parameterName": "learning_decay_rate", "type": "DOUBLE",
          "minValue": 0.6, "maxValue": 0.99, "scaleType": "UNIT_LINEAR_SCALE" },
        { "parameterName": "hidden_units", "type": "CATEGORICAL",
          "categoricalValues": ["256 128 64 32", "128 64 32 16", "256 128 64 32 16", "128 64 32 16 16 8"] },
        { "parameterName": "batch_size", "type": "DISCRETE",
          "discreteValues": ["5", "10", "15", "20", "25", "30"],
        }
      ],
      "maxTrials": 1000,
      "maxParallelTrials": 10
    }
  }
}
`;

const google = (param: object, more: object = {}) =>
  readSpace({ trainingInput: { hyperparameters: { params: [param], ...more } } });

function errorOf(run: () => unknown): ClvError {
  try {
    run();
  } catch (error) {
    if (error instanceof ClvError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe("Google's file", () => {
  it('is read as it is, comma before a bracket and all', () => {
    expect(parseSpace(GOOGLE)).toEqual({
      space: REFERENCE_SPACE,
      goal: 'minimize',
      metric: 'rmse',
      trials: 1000,
      parallel: 10,
      ignored: ['scaleTier', 'masterType'],
    });
  });

  it('may leave out what has defaults, and have its keys in snake_case', () => {
    expect(
      readSpace({
        hyperparameters: {
          goal: 'GOAL_TYPE_UNSPECIFIED',
          max_trials: '7',
          params: [{ parameter_name: 'members', type: 'INTEGER', min_value: '1', max_value: '5', scale_type: 'NONE' }],
        },
      }),
    ).toEqual({ space: { members: { type: 'integer', min: 1, max: 5 } }, trials: 7, ignored: [] });
  });

  const fine = { parameterName: 'x', type: 'DOUBLE', minValue: 0, maxValue: 1 };
  it.each([
    ['no parameters', () => readSpace({ trainingInput: {} }), /names no parameters/, undefined],
    ['a parameter without a name', () => google({ type: 'DOUBLE' }), /has no name/, undefined],
    ['a name twice', () => google(fine, { params: [fine, fine] }), /comes twice/, undefined],
    ['an unknown type', () => google({ ...fine, type: 'FLOAT' }), /no such type/, 'x'],
    ['an unknown scale', () => google({ ...fine, scaleType: 'UNIT_LOG' }), /no such scale/, 'x'],
    ['a text that is no number', () => google({ ...fine, minValue: 'low' }), /min is not a number/, 'x'],
    ['no maximum', () => google({ ...fine, maxValue: undefined }), /max is not a number/, 'x'],
    ['an unknown goal', () => google(fine, { goal: 'SHRINK' }), /no such goal/, 'goal'],
    ['no trials', () => google(fine, { maxTrials: 0 }), /maxTrials/, 'maxTrials'],
  ])('with %s is refused', (_, run, problem, column) => {
    const error = errorOf(run);
    expect(error.code).toBe('bad_option');
    expect(error.problem).toMatch(problem);
    expect(error.details.column).toBe(column);
  });
});

describe('our own form', () => {
  it('is itself a search space', () => {
    expect(parseSpace(JSON.stringify(DEFAULT_SPACE))).toEqual({ space: DEFAULT_SPACE, ignored: [] });
  });

  it('forgives commas before brackets, but leaves those in texts', () => {
    const text = '\ufeff{ "x": { "type": "categorical", "values": ["a,]", "\\",}", "b" , ], }, }';
    expect(parseSpace(text).space).toEqual({ x: { type: 'categorical', values: ['a,]', '",}', 'b'] } });
  });

  it('sorts listed numbers', () => {
    expect(checkSpace({ x: { type: 'discrete', values: [3, 1, 20] } })).toEqual({
      x: { type: 'discrete', values: [1, 3, 20] },
    });
  });

  const x = (parameter: unknown) => () => readSpace({ x: parameter }, { file: 'space.json' });
  const range = { type: 'double', min: 1, max: 2 };
  it.each([
    ['a list', () => readSpace([], { file: 'space.json' }), /not an object/, undefined],
    ['nothing', () => readSpace({}, { file: 'space.json' }), /too few/, undefined],
    ['a text', x('1 to 2'), /parameter is not an object/, 'x'],
    ['no type', x({ min: 1, max: 2 }), /no such type/, 'x'],
    ['an unknown type', x({ ...range, type: 'dobule' }), /no such type/, 'x'],
    ['an unknown field', x({ ...range, maximum: 3 }), /no such field/, 'x'],
    ['values for a range', x({ ...range, values: [1] }), /no such field/, 'x'],
    ['no min', x({ type: 'double', max: 2 }), /min is not a number/, 'x'],
    ['a text for a number', x({ ...range, max: '2' }), /max is not a number/, 'x'],
    ['a fraction for a whole number', x({ type: 'integer', min: 1, max: 2.5 }), /max is not a whole number/, 'x'],
    ['ends that are swapped', x({ ...range, min: 3 }), /not below/, 'x'],
    ['ends that are equal', x({ ...range, min: 2 }), /not below/, 'x'],
    ['a range wider than numbers go', x({ type: 'double', min: -1e308, max: 1e308 }), /too wide/, 'x'],
    ['a wider log scale', x({ type: 'double', min: 1e-200, max: 1e200, scale: 'log' }), /too wide/, 'x'],
    ['an unknown scale', x({ ...range, scale: 'lgo' }), /no such scale/, 'x'],
    ['a log scale from 0', x({ ...range, min: 0, scale: 'log' }), /above 0/, 'x'],
    ['a reverse log scale from 0', x({ ...range, min: 0, scale: 'reverse_log' }), /above 0/, 'x'],
    ['no values', x({ type: 'categorical' }), /no values/, 'x'],
    ['an empty list of values', x({ type: 'discrete', values: [] }), /no values/, 'x'],
    ['numbers for texts', x({ type: 'categorical', values: ['a', 1] }), /wrong type/, 'x'],
    ['texts for numbers', x({ type: 'discrete', values: [1, '2'] }), /wrong type/, 'x'],
    ['a value twice', x({ type: 'discrete', values: [1, 2, 1] }), /listed twice/, 'x'],
    ['a strange name', () => readSpace({ 'a b': range }, { file: 'space.json' }), /no name/, undefined],
  ])('refuses %s', (_, run, problem, column) => {
    const error = errorOf(run);
    expect(error.code).toBe('bad_option');
    expect(error.problem).toMatch(problem);
    expect(error.details).toMatchObject({ file: 'space.json', found: expect.anything(), expected: expect.any(String) });
    expect(error.details.column).toBe(column);
  });

  it('refuses more parameters than there are axes', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x${i}`, range]));
    expect(errorOf(() => readSpace(many)).problem).toMatch(/too many/);
  });

  it('refuses what is not JSON', () => {
    expect(errorOf(() => parseSpace('{ "x": ', { file: 'space.json' }))).toMatchObject({
      code: 'bad_option',
      details: { file: 'space.json' },
    });
  });

  it('names the nearest of the names that there are', () => {
    const { details } = errorOf(() => readSpace({ learning_rat: range }, { names: ['dropout', 'learning_rate'] }));
    expect(details).toMatchObject({ column: 'learning_rat', hint: 'learning_rate' });
    expect(errorOf(x({ ...range, type: 'dobule' })).details.hint).toBe('double');
  });
});
