/** Trainings with networks through the library: honest, repeatable, and finite on logs that are hardly logs. */
import { describe, expect, it } from 'vitest';
import { readTransactions } from '../../src/features/read-transactions.js';
import { trainingResult } from '../../src/jobs/result.js';
import { type Training, type TrainOptions, train } from '../../src/jobs/train.js';
import { trainingText } from '../../src/report/text.js';
import { asColumns, day, END, type Line, QUICK, shop, THRESHOLD } from './networks-log.js';

const MODELS = ['hybrid_model', 'dnn_model', 'DNNRegressor', 'Linear'] as const;
const holdout = { thresholdDate: THRESHOLD, predictEnd: END };
const lines = shop();

async function trained(from: readonly Line[], options: TrainOptions, withProducts = false): Promise<Training> {
  const log = await readTransactions(asColumns(from, withProducts));
  try {
    return await train(log, { ...QUICK, ...options });
  } finally {
    await log.close();
  }
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
const codes = ({ findings }: Training) => findings.map(({ code }) => code);

/** Every number of a training, as its JSON and its columns have it. */
function expectSane(training: Training): void {
  const { customerId, intervals, ...columns } = training.predictions;
  for (const [name, values] of Object.entries(columns)) {
    expect(values, name).toHaveLength(customerId.length);
    expect(
      values.every((value: number) => Number.isFinite(value) && value >= 0),
      name,
    ).toBe(true);
  }
  for (const { low, high } of [intervals?.purchases, intervals?.value].filter((ends) => ends !== undefined)) {
    expect(low.every((value, i) => value >= 0 && value <= high[i]! && Number.isFinite(high[i]))).toBe(true);
  }
  const result = trainingResult(training, { job: null, timingsMs: { read: 0, total: 0 } });
  const { networks, metrics } = JSON.parse(JSON.stringify(result));
  const empty = JSON.stringify(networks).match(/"\w+":null/g);
  expect(empty ?? []).toEqual(training.networks!.preset === null ? ['"preset":null'] : []);
  if (metrics !== null) expect(metrics.value.mae).toEqual(expect.any(Number));
}

/** Trainings that several tests look at, run once. */
const runs = new Map<string, Promise<Training>>();
function once(modelType: string): Promise<Training> {
  if (!runs.has(modelType)) runs.set(modelType, trained(lines, { modelType, ...holdout }));
  return runs.get(modelType)!;
}

describe('a training with networks', () => {
  it.each(MODELS)(
    'by %s predicts every customer, with intervals, and is judged beside the statistics',
    async (modelType) => {
      const training = await once(modelType);
      expectSane(training);
      const { predictions, metrics, networks, horizon } = training;
      expect(predictions.customerId).toEqual(training.table.customerId);
      expect(horizon).toBe(60);
      expect(networks).toMatchObject({ model: modelType, split: 'time', preset: null });
      expect(networks!.windows.every(({ predictEnd }) => predictEnd <= THRESHOLD)).toBe(true);
      expect(metrics!.value.totalPredicted).toBeCloseTo(total(predictions.expectedValue), 6);
      expect(Object.keys(metrics!.benchmarks)[0]).toBe('statistics');
      // of the right size after three passes: it begins at what is usual
      expect(metrics!.value.totalPredicted / metrics!.value.totalActual).toBeGreaterThan(0.3);
      expect(metrics!.value.totalPredicted / metrics!.value.totalActual).toBeLessThan(3);
    },
  );

  it('knows nothing of what comes after the threshold: whatever that is, it predicts the same', async () => {
    const before = lines.filter(([, date]) => date <= THRESHOLD);
    const after = lines.filter(([, date]) => date > THRESHOLD);
    const backwards = after.map(([customer], i) => [customer, after.at(-1 - i)![1], 1000 + i] as const);
    const strangers = after.map(([, date], i) => [`new${i % 9}`, date, 0.01 * (1 + i)] as const);
    const returned = before.slice(-20).map(([customer, , value]) => [customer, day(210), -value] as const);
    const { predictions, networks } = await once('hybrid_model');
    for (const other of [[...backwards, ...strangers, ...returned], after.slice(-1)]) {
      const found = await trained([...before, ...other], { modelType: 'hybrid_model', ...holdout });
      expect(found.predictions).toEqual(predictions);
      expect(found.networks!.value.importance).toEqual(networks!.value.importance);
    }
  });

  it('gives the same with the same seed, in any order of rows and beside another training', async () => {
    const mixed = lines.toSorted(([a, x], [b, y]) => (x + a < y + b ? 1 : -1));
    const [first, again, other] = await Promise.all([
      once('dnn_model'),
      trained(mixed, { modelType: 'dnn_model', ...holdout }),
      trained(lines, { modelType: 'dnn_model', ...holdout, network: { ...QUICK.network, seed: 2 } }),
    ]);
    expect(again.predictions).toEqual(first.predictions);
    expect(again.networks!.value.network.weights).toEqual(first.networks!.value.network.weights);
    expect(other.predictions.expectedValue).not.toEqual(first.predictions.expectedValue);
  });

  it.each(['DNNRegressor', 'dnn_model'])(
    'by %s predicts more for longer, and is judged over the holdout whatever the horizon',
    async (modelType) => {
      const short = await once(modelType);
      const long = await trained(lines, { modelType, ...holdout, horizon: 240 }); // longer than any window
      expect(codes(long)).toContain('horizon_is_not_holdout');
      const times = total(long.predictions.expectedValue) / total(short.predictions.expectedValue);
      expect(times).toBeGreaterThan(1.8);
      expect(times).toBeLessThan(8);
      const judged = long.metrics!.value.totalPredicted / short.metrics!.value.totalPredicted;
      expect(judged).toBeGreaterThan(0.4);
      expect(judged).toBeLessThan(2.5);
    },
  );

  it('in weeks, and in another currency, is the same in these', async () => {
    const days = await once('DNNRegressor');
    const cents = lines.map(([customer, date, value]) => [customer, date, Math.round(value * 100)] as const);
    const weeks = await trained(cents, { modelType: 'DNNRegressor', ...holdout, timeUnit: 'week' });
    expect(weeks.horizon).toBeCloseTo(60 / 7, 9);
    expect(weeks.networks!.windows).toEqual(days.networks!.windows);
    const times = total(weeks.predictions.expectedValue) / total(days.predictions.expectedValue);
    expect(Math.abs(times / 100 - 1)).toBeLessThan(0.1);
  });

  it.each(['hybrid_model', 'DNNRegressor'])(
    'by %s that runs away ends with a finding, and predicts from before that',
    async (modelType) => {
      const network = { ...QUICK.network, learningRate: 1000, optimizer: 'SGD' } as const;
      const training = await trained(lines, { modelType, ...holdout, network });
      expect(codes(training)).toEqual(
        expect.arrayContaining(['training_diverged_purchases', 'training_diverged_value']),
      );
      expectSane(training);
    },
  );

  it('of a single network keeps rows aside for its intervals, and reads products where a log has them', async () => {
    const network = { members: 1, epochs: 2, batchSize: 1_000_000 };
    const training = await trained(lines, { modelType: 'hybrid_model', ...holdout, network }, true);
    expect(training.networks!.value.network.members).toHaveLength(1);
    expect(training.networks!.value.network.units).toHaveProperty('unique_products');
    expectSane(training);
  });
});

describe('a split by customers', () => {
  it('predicts those who are judged, and says what that is worth', async () => {
    const training = await trained(lines, { modelType: 'dnn_model', split: 'customers', ...holdout });
    expectSane(training);
    expect(training.predictions.customerId.length).toBeGreaterThan(2);
    expect(training.predictions.customerId.length).toBeLessThan(25);
    expect(training.table.customerId).toEqual(training.predictions.customerId);
    expect(codes(training)[0]).toBe('split_by_customers');
    expect(training.networks!.windows).toEqual([holdout]);
  });

  it('needs a holdout', async () => {
    await expect(trained(lines, { modelType: 'dnn_model', split: 'customers' })).rejects.toMatchObject({
      code: 'bad_option',
      details: { hint: expect.stringContaining('--predict_end') },
    });
  });

  it('needs more than three customers, and says how to do without', async () => {
    const three = lines.filter(([customer]) => ['c1', 'c2', 'c3'].includes(customer));
    await expect(trained(three, { modelType: 'dnn_model', split: 'customers', ...holdout })).rejects.toMatchObject({
      code: 'bad_columns',
      details: { hint: '--split time' },
    });
  });
});

describe("Google's reference", () => {
  const { value: price, ...without } = asColumns(lines);
  const withPieces = { ...without, price, quantity: lines.map((_, i) => 1 + (i % 3)) };
  const reference = {
    preset: 'google_clv',
    backend: 'wasm',
    network: { epochs: 1, batchSize: 50 },
    ...holdout,
  } as const;

  it('learns value from its own columns, and says that its figures flatter', async () => {
    const log = await readTransactions(withPieces);
    const training = await train(log, { ...reference, modelType: 'dnn_model' });
    await log.close();
    expectSane(training);
    expect(training.networks).toMatchObject({ preset: 'google_clv', split: 'customers' });
    expect(training.networks!.purchases).toBeUndefined();
    expect(training.networks!.value.network.options).toMatchObject({ hiddenUnits: [128, 64, 32, 16], members: 1 });
    expect(codes(training)[0]).toBe('flattering_preset');
    expect(codes(training)).not.toContain('split_by_customers');
  });

  it('needs to know how many pieces were bought', async () => {
    await expect(trained(lines, { ...reference, modelType: 'Linear' })).rejects.toMatchObject({
      code: 'missing_column',
      details: { hint: expect.stringContaining('--quantity_column') },
    });
  });
});

describe('the report of a training with networks', () => {
  it.each([40, 80, 120])('fits into %d columns, its tables and what cannot be broken aside', async (width) => {
    const plain = (text: string) => text;
    for (const modelType of MODELS) {
      const text = trainingText(await once(modelType), { bold: plain, dim: plain, warn: plain, width });
      expect(text).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
      expect(text).toContain(modelType === 'hybrid_model' ? 'Hybrid' : modelType === 'dnn_model' ? 'DNN' : modelType);
      for (const line of text.split('\n')) {
        const ofTable = /^ {2}.* {2,}/.test(line);
        if (!ofTable) expect(line.length, line).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('a log that is hardly one', () => {
  const each = (days: readonly number[], value = (_: number) => 10, customers = 12): Line[] =>
    Array.from({ length: customers }, (_, c) => days.map((at) => [`c${c}`, day(at), value(c)] as const)).flat();
  const last = lines
    .map(([, date]) => date)
    .sort()
    .at(-1)!;
  const odd: ReadonlyArray<readonly [string, string, Line[], TrainOptions]> = [
    ['three customers', 'hybrid_model', lines.filter(([id]) => ['c1', 'c2', 'c3'].includes(id)), holdout],
    ['two customers', 'dnn_model', lines.filter(([id]) => ['c1', 'c2'].includes(id)), holdout],
    ['customers who are all alike', 'Linear', each([0, 50, 120, 199, 250]), holdout],
    ['cents and billions', 'dnn_model', each([3, 50, 120, 180, 230], (c) => 0.01 * 10 ** c), holdout],
    [
      'customers of the last day, ending before predict_end',
      'hybrid_model',
      [
        ...lines.filter(([, date]) => date < day(230)),
        ...each([200]).map(([id, ...rest]) => [`n${id}`, ...rest] as Line),
      ],
      holdout,
    ],
    ['no holdout, its threshold at the end', 'hybrid_model', lines, { thresholdDate: last }],
    [
      '35 days',
      'DNNRegressor',
      lines.filter(([, date]) => date <= day(60)),
      { thresholdDate: day(35), predictEnd: day(60) },
    ],
  ];

  it.each(odd)('of %s gives finite predictions by %s', async (_, modelType, from, options) => {
    expectSane(await trained(from, { modelType, ...options }));
  });

  it('of one day is refused: nobody came back', async () => {
    await expect(trained(each([0]), { modelType: 'hybrid_model' })).rejects.toMatchObject({
      code: 'no_repeat_customers',
    });
  });

  it('of less than 35 days is refused, with the model that needs no more', async () => {
    await expect(
      trained(lines, { modelType: 'dnn_model', thresholdDate: day(33), predictEnd: day(60) }),
    ).rejects.toMatchObject({ code: 'bad_window', details: { hint: expect.stringContaining('paretonbd_model') } });
  });

  it.each([
    [{ horizon: 0 }, 'bad_horizon'],
    [{ horizon: 0.1 }, 'bad_horizon'],
    [{ horizon: 3 }, 'bad_window'],
    [{ horizon: 0, split: 'customers' }, 'bad_horizon'],
  ] as const)('with %j is refused', async (options, code) => {
    await expect(trained(lines, { modelType: 'dnn_model', ...holdout, ...options })).rejects.toMatchObject({ code });
  });
});

describe('settings of networks', () => {
  it.each<[string, object]>([
    ['an unknown split', { split: 'random' }],
    ['an unknown preset', { preset: 'aws' }],
    ['an unknown loss', { loss: 'l1' }],
    ['a setting that does not exist', { network: { layers: 3 } }],
    ['a setting in snake_case', { network: { hidden_units: [3] } }],
    ['layers that are text', { network: { hiddenUnits: '64 32' } }],
    ['layers without units', { network: { hiddenUnits: [0] } }],
    ['a learning rate of 0', { network: { learningRate: 0 } }],
    ['a learning rate that is text', { network: { learningRate: '0.1' } }],
    ['half a member', { network: { members: 2.5 } }],
    ['no members', { network: { members: 0 } }],
    ['settings that are none', { network: 'quick' }],
    ['no settings', { network: null }],
    ['a loss among the settings of both networks', { network: { loss: 'ziln' } }],
    ['an unknown setting of one network', { networkOf: { value: { layers: 3 } } }],
    ['an unknown network', { networkOf: { visits: { members: 2 } } }],
    ['the loss of counts for values', { loss: 'negative_binomial' }],
    ['the preset with a model that corrects', { modelType: 'hybrid_model', preset: 'google_clv' }],
    ['the preset split by time', { preset: 'google_clv', split: 'time' }],
    ['networks for a model without', { modelType: 'bgnbd_model', split: 'time' }],
    ['a back end that there is not', { backend: 'webgl' }],
  ])('refuse %s before anything is computed', async (_, options) => {
    const steps: string[] = [];
    const training = trained(lines, {
      modelType: 'dnn_model',
      ...holdout,
      ...options,
      onProgress: (step: string) => steps.push(step),
    } as TrainOptions);
    await expect(training).rejects.toMatchObject({ code: 'bad_option' });
    expect(steps).toEqual([]);
  });
});
