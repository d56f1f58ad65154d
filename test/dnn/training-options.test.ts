import { describe, expect, it } from 'vitest';
import { trainNetwork } from '../../src/dnn/train-network.js';
import { checkTrainingOptions, type TrainingOptions } from '../../src/dnn/training-options.js';
import { customers, SMALL } from './small-network.js';

const BAD: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
  ...['rmse', '', undefined, 3].map((loss) => ['loss', { loss }] as const),
  ...['adam', undefined].map((optimizer) => ['optimizer', { optimizer }] as const),
  ...['norm_last', undefined].map((order) => ['order', { order }] as const),
  ...[-0.1, 1, Number.NaN, '0.2', undefined].map((dropout) => ['dropout', { dropout }] as const),
  ...[0, -1, Infinity, Number.NaN, undefined].map((learningRate) => ['learningRate', { learningRate }] as const),
  ...[0, 1.1, Number.NaN].map((learningDecayRate) => ['learningDecayRate', { learningDecayRate }] as const),
  ...[-1, 1.5, Infinity].map((decays) => ['decays', { decays }] as const),
  ...[0, 1.5, Infinity, '64'].map((batchSize) => ['batchSize', { batchSize }] as const),
  ...[0, -3, 2.5].map((epochs) => ['epochs', { epochs }] as const),
  ...[0, Number.NaN].map((patience) => ['patience', { patience }] as const),
  ...[-1, Infinity, undefined].map((l1) => ['l1', { l1 }] as const),
  ...[-1e-9, Number.NaN].map((l2) => ['l2', { l2 }] as const),
  ...[0, 101, 1.5].map((members) => ['members', { members }] as const),
  ...[0, 0.6, Number.NaN].map((validationShare) => ['validationShare', { validationShare }] as const),
  ...[0.5, Number.NaN, 2 ** 53, undefined].map((seed) => ['seed', { seed }] as const),
  ...[[0], [1.5], [4097], [8, Number.NaN], new Array(21).fill(4)].map(
    (hiddenUnits) => ['hidden layers', { hiddenUnits }] as const,
  ),
  ...['64 32', 64, undefined].map((hiddenUnits) => ['hiddenUnits', { hiddenUnits }] as const),
  ...['no', 1, undefined].map((batchNorm) => ['batchNorm', { batchNorm }] as const),
  ...['no', 1, undefined].map((startAtOffset) => ['startAtOffset', { startAtOffset }] as const),
  ['learning_rate', { learning_rate: 0.1 }],
];

const text = (value: unknown) => JSON.stringify(value, (_, one) => (one === undefined ? 'undefined' : one));

describe('options of a network', () => {
  it.each(BAD.map(([name, change]) => [name, text(change), change] as const))(
    'are refused, naming %s, where they hold %s',
    (name, _, change) => {
      const options = { ...SMALL, ...change } as TrainingOptions;
      expect(() => checkTrainingOptions(options)).toThrow(
        expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(name) }),
      );
    },
  );

  it.each([
    { hiddenUnits: [] },
    { hiddenUnits: new Array(20).fill(1) },
    { hiddenUnits: [4096] },
    { dropout: 0 },
    { learningDecayRate: 1 },
    { decays: 0 },
    { members: 100 },
    { validationShare: 0.5 },
    { seed: -5 },
  ])('may be %j', (change) => {
    expect(() => checkTrainingOptions({ ...SMALL, ...change })).not.toThrow();
  });

  it('are checked before anything is trained', async () => {
    const { columns, target } = customers(10);
    await expect(trainNetwork({ columns, target }, { ...SMALL, epochs: 0 })).rejects.toMatchObject({
      code: 'bad_option',
    });
  });
});
