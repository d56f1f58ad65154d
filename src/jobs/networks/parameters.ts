/** Settings of networks under the names that Google's reference gives them: its flags, and the parameters of its tuning. */
import type { TrainingOptions } from '../../dnn/training-options.js';
import { ClvError } from '../../errors.js';

type Setting = Partial<Omit<TrainingOptions, 'loss'>>;

const number = (name: keyof TrainingOptions) => (value: unknown, flag: string) => {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof found === 'number' && Number.isFinite(found)) return { [name]: found };
  throw new ClvError('bad_option', `${flag} is not a number`, { found: value, expected: 'a number' });
};

const PARAMETERS: Readonly<Record<string, (value: unknown, flag: string) => Setting>> = {
  hidden_units: (value) => ({ hiddenUnits: sizesOf(String(value)) }),
  learning_rate: number('learningRate'),
  learning_decay_rate: number('learningDecayRate'),
  batch_size: number('batchSize'),
  num_epochs: number('epochs'),
  patience: number('patience'),
  l1_regularization: number('l1'),
  l2_regularization: number('l2'),
  dropout: number('dropout'),
  members: number('members'),
  seed: number('seed'),
  optimizer: (value) => ({ optimizer: value as TrainingOptions['optimizer'] }),
};

export const PARAMETER_NAMES = Object.keys(PARAMETERS);

/** `128 64 32 16`, as the reference writes layers; commas do as well, and nothing is no hidden layer. */
function sizesOf(text: string): number[] {
  const sizes = text.split(/[\s,]+/).filter((size) => size !== '');
  if (sizes.every((size) => /^\d+$/.test(size))) return sizes.map(Number);
  throw new ClvError('bad_option', '--hidden_units are not sizes of layers', {
    found: text,
    expected: 'whole numbers, such as "64 32"',
  });
}

/**
 * Settings from named values; names that are no parameter are passed over.
 *
 * @throws ClvError bad_option (a value that is no number; ranges are checked where settings are used)
 */
export function settingsFrom(values: Readonly<Record<string, unknown>>): Setting {
  const settings = Object.entries(PARAMETERS).map(([name, read]) =>
    values[name] === undefined ? {} : read(values[name], `--${name}`),
  );
  return Object.assign({}, ...settings) as Setting;
}

/** The same the other way round: settings under the names of their parameters. */
export const namedValues = (settings: TrainingOptions): Readonly<Record<string, string | number>> => ({
  hidden_units: settings.hiddenUnits.join(' '),
  learning_rate: settings.learningRate,
  learning_decay_rate: settings.learningDecayRate,
  batch_size: settings.batchSize,
  num_epochs: settings.epochs,
  patience: settings.patience,
  l1_regularization: settings.l1,
  l2_regularization: settings.l2,
  dropout: settings.dropout,
  members: settings.members,
  seed: settings.seed,
  optimizer: settings.optimizer,
});
