/**
 * Successive halving, asynchronously: trials that look poor early on are stopped, so that more of them can be tried.
 *
 * Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar (2020), "A System for Massively Parallel
 * Hyperparameter Tuning", MLSys 2 (ASHA), in its form without pauses: a trial that reaches a rung goes on when it is
 * among the best 1/eta of those that came to this rung so far, and is stopped for good otherwise. Nobody waits for
 * anybody. Of the n that came to a rung the best floor(n / eta) go on, but at least one: the first are hardly compared,
 * and who came early may be stopped by a standard that falls later. Both matter less the more trials there are.
 */
import { ClvError } from '../errors.js';

export interface HalvingOptions {
  /** Of how many trials one goes on; 3 unless given. */
  readonly eta?: number;
  /** Shares of the whole budget at which trials are compared, ascending, in (0, 1); 1/eta² and 1/eta unless given. */
  readonly rungs?: readonly number[];
}

/** What a trial reported at a rung: the rung's share of the budget, and the value. */
export type RungValue = readonly [share: number, value: number];

export interface Halving {
  readonly eta: number;
  readonly rungs: readonly number[];
}

/**
 * Options with their defaults; `false` compares nobody.
 *
 * @throws ClvError bad_option
 */
export function checkHalving(options: HalvingOptions | false = {}): Halving {
  if (options === false) return { eta: Number.MAX_VALUE, rungs: [] };
  const { eta = 3 } = options;
  if (!(typeof eta === 'number' && eta > 1 && eta < Infinity)) {
    throw new ClvError('bad_option', 'eta is not a number above 1', { column: 'eta', found: eta, expected: '3, say' });
  }
  const { rungs = [1 / eta ** 2, 1 / eta] } = options;
  if (!Array.isArray(rungs) || !rungs.every((share, i) => share > (rungs[i - 1] ?? 0) && share < 1)) {
    throw new ClvError('bad_option', 'the rungs are not ascending shares of the budget', {
      column: 'rungs',
      found: String(rungs),
      expected: 'numbers above 0 and below 1, each larger than the one before',
    });
  }
  return { eta, rungs };
}

/** What all trials reported so far, rung by rung. Losses: less is better. */
export class Rungs {
  readonly #halving: Halving;
  readonly #losses: number[][];

  constructor(halving: Halving) {
    this.#halving = halving;
    this.#losses = halving.rungs.map(() => []);
  }

  /**
   * The rungs that a trial came to with this report: those up to `share` that it has not been at. Who reports rarely may
   * come to several at once.
   */
  reached(share: number, before: number): readonly number[] {
    return this.#halving.rungs.slice(before).filter((rung) => rung <= share * (1 + 1e-9));
  }

  /** Notes a loss at a rung, and whether the trial is among the best 1/eta there. A tie with another is no worse. */
  note(rung: number, loss: number): boolean {
    const losses = this.#losses[this.#halving.rungs.indexOf(rung)];
    if (!losses) return true;
    losses.push(loss);
    const better = losses.filter((other) => other < loss).length;
    return better < Math.max(1, Math.floor(losses.length / this.#halving.eta));
  }
}
