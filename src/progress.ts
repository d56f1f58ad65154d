/** How much there is to do in a step, in a unit that people count in. */
export interface Extent {
  readonly amount: number;
  /** `MB`, `trials`. */
  readonly unit: string;
}

/**
 * Progress of long work: which step, how far where that is known (0 to 1), and of how much. Called a few times a second at most.
 */
export type OnProgress = (step: string, done?: number, of?: Extent) => void;
