/** A network trained on the prepared files of the reference: its columns, its target, its three sets of customers. */
import { networkThread } from '../../threads/network-thread.js';
import { REFERENCE_COLUMNS } from '../networks/customer-split.js';
import type { NetworkModel } from '../networks/models.js';
import { saveNetworks } from '../networks/network-files.js';
import { joined, type Rows, type TrainingRows } from '../networks/rows.js';
import { type NetworkTask, taskOf } from '../networks/task.js';
import type { NetworkSettings, TrainedNetworks } from '../networks/trained-networks.js';
import type { TrainOptions } from '../train.js';
import { apart } from './predictions.js';
import type { PreparedColumn, PreparedCustomers } from './prepared-files.js';
import type { PreparedTraining } from './prepared-job.js';

/** Customers to learn from, to stop on and to be judged on. */
export type PreparedSets = Readonly<Record<'learned' | 'stoppedOn' | 'judged', PreparedCustomers>>;

/**
 * @param options with the preset `google_clv`: what is not asked for is as in the task of the reference
 * @throws ClvError missing_column, bad_columns, missing_backend
 */
export async function trainOnPrepared(
  sets: PreparedSets,
  model: NetworkModel,
  options: TrainOptions,
  { onProgress, onEpoch }: Required<Pick<TrainOptions, 'onProgress'>> & Pick<TrainOptions, 'onEpoch'>,
): Promise<PreparedTraining> {
  const { backend } = options;
  const { judged } = sets;
  const { settings, style, trainingData, predictionData } = preparedTask(sets, model, options);
  const thread = networkThread();
  try {
    const found = await thread.train(trainingData, settings, {
      style,
      backend,
      onProgress: (_, done) => onProgress!(`training ${model.name}`, done),
      ...(onEpoch && {
        onEpoch: (epoch, member) => {
          onEpoch(epoch, 'value', member);
          return true;
        },
      }),
    });
    const { mean } = await thread.predict(found.network, predictionData(rowsOf(judged)), [], backend);
    const explained = await thread.explain(found.network, trainingData, backend);
    const networks: TrainedNetworks = {
      model: model.name,
      split: 'customers',
      preset: 'google_clv',
      windows: [],
      trainingRows: trainingData.target.length,
      value: { network: found.network, validationLoss: found.validationLoss, ...explained },
    };
    const { description, files } = await saveNetworks(networks);
    const { backend: used, tfjs, options: trained } = found.network;
    return {
      predictions: {
        customerId: judged.customerId,
        actualTotal: judged.column('target_monetary'),
        purchases: null,
        ...apart(
          mean.map((value) => Math.max(value, 0)),
          judged.column('monetary_dnn'),
        ),
      },
      findings: found.network.findings,
      fit: { options: trained, backend: used, tfjs, trainingRows: networks.trainingRows, ...explained },
      files: { 'model.json': `${JSON.stringify({ networks: description }, null, 2)}\n`, ...files },
    };
  } finally {
    await thread.close();
  }
}

/** What the network is given to learn. */
export function preparedTask(sets: PreparedSets, model: NetworkModel, options: NetworkSettings): NetworkTask {
  const [learned, stoppedOn] = [rowsOf(sets.learned), rowsOf(sets.stoppedOn)];
  const all = joined([learned, stoppedOn]);
  const rows: TrainingRows = {
    training: { ...all, customer: Int32Array.from(all.days.keys()) },
    validation: Int32Array.from(stoppedOn.days.keys(), (row) => row + learned.days.length),
    predicted: () => rowsOf(sets.judged),
    windows: [],
  };
  return taskOf('value', rows, model, options, ANY_DAYS);
}

/** The target is of the whole log, however long: no length of time enters. */
const ANY_DAYS = 1;

function rowsOf(people: PreparedCustomers): Rows {
  const n = people.customerId.length;
  const none = new Float64Array(n);
  const columns = REFERENCE_COLUMNS.map((name) => {
    const values = people.column(name === 't' ? 'T' : (name as PreparedColumn));
    return [name, values] as const;
  });
  return {
    columns: Object.fromEntries(columns),
    units: {},
    customer: Int32Array.from(none.keys()),
    expectedPurchases: none,
    expectedValue: none,
    purchases: none,
    value: people.column('target_monetary'),
    days: new Float64Array(n).fill(ANY_DAYS),
  };
}
