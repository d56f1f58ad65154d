/** What can be said about a training with networks, and what is left of it. */

import type { Effect, Importance } from '../../dnn/importance.js';
import type { LossName } from '../../dnn/losses.js';
import type { Epoch } from '../../dnn/train-member.js';
import type { TrainedNetwork } from '../../dnn/trained-network.js';
import type { BackendName, TrainingOptions } from '../../dnn/training-options.js';

export type Part = 'purchases' | 'value';

export interface NetworkSettings {
  /**
   * `time` (default): trained on earlier windows of the log, none of which reaches beyond the threshold, and applied at it.
   * `customers`: trained on the holdout of 70 % of the customers, stopped on 15 %, judged on 15 %: how Google's reference does it.
   */
  readonly split?: 'time' | 'customers' | undefined;
  /** `google_clv`: the reference's customers, columns, target and split, and the defaults of its task; implies `customers`. */
  readonly preset?: 'google_clv' | undefined;
  /** Instead of what the model has by default; for the network of purchases and that of value alike. */
  readonly network?: Partial<Omit<TrainingOptions, 'loss'>> | undefined;
  /** The same for one of them only; goes before `network`. */
  readonly networkOf?: Partial<Record<Part, Partial<Omit<TrainingOptions, 'loss'>>>> | undefined;
  /** What the network of value is trained on. */
  readonly loss?: LossName | undefined;
  /** Leaves the crosses of columns out of `Linear`. */
  readonly ignoreCrosses?: boolean | undefined;
  readonly backend?: BackendName | undefined;
  /** Networks of an earlier training whose weights are begun with. */
  readonly resumed?: Partial<Record<Part, TrainedNetwork>> | undefined;
  /** Told after every epoch. */
  readonly onEpoch?: ((epoch: Epoch, part: Part, member: number) => void) | undefined;
}

/** A network, and what it makes of its columns. */
export interface PartOfTraining {
  readonly network: TrainedNetwork;
  /** Mean over the members of the least loss on customers that they did not learn from. */
  readonly validationLoss: number;
  readonly importance: readonly Importance[];
  /** For the columns that matter most. */
  readonly effects: readonly Effect[];
}

/** What the networks of a training are, and how they came about. */
export interface TrainedNetworks {
  readonly model: string;
  readonly split: 'time' | 'customers';
  readonly preset: 'google_clv' | null;
  /** Where targets lie: in (thresholdDate, predictEnd]. */
  readonly windows: ReadonlyArray<{ readonly thresholdDate: string; readonly predictEnd: string }>;
  readonly trainingRows: number;
  /** Absent where only value is predicted. */
  readonly purchases?: PartOfTraining | undefined;
  readonly value: PartOfTraining;
}
