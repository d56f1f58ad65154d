/** The models of one kind of dropout with 1, 2, … stages between purchases, of which the data choose one. */
import type { Customers } from '../customers.js';
import { ClvError } from '../errors.js';
import type { PurchaseModel } from './model.js';

/** Regularity beyond k = 12, a purchase every month to the week, is a subscription. */
const MOST_STAGES = 12;

export interface ErlangFamily<P extends string> extends PurchaseModel<P> {
  readonly variants: readonly PurchaseModel<P>[];
  /**
   * The model with k stages.
   *
   * @throws ClvError bad_option
   */
  of(k: number): PurchaseModel<P>;
}

/**
 * @param plain the model with one stage
 * @param build the model with k > 1 stages, but for its name
 */
export function erlangFamily<P extends string>(
  stem: string,
  title: string,
  plain: PurchaseModel<P>,
  build: (k: number) => Omit<PurchaseModel<P>, 'name' | 'title'>,
): ErlangFamily<P> {
  const variants = Array.from({ length: MOST_STAGES }, (_, i): PurchaseModel<P> => {
    const k = i + 1;
    return k === 1 ? plain : { name: `${stem}${k}_model`, title: `${title}-${k}`, ...build(k) };
  });
  return {
    ...variants[1]!,
    name: `${stem}_model`,
    title: `${title}-k`,
    variants,
    of(k) {
      const found = variants[k - 1];
      if (found) return found;
      throw new ClvError('bad_option', 'this is not a number of stages between purchases', {
        found: k,
        expected: `a whole number from 1 to ${MOST_STAGES}`,
      });
    },
  };
}

/** @throws ClvError bad_columns */
export function checkLitt(customers: Customers): void {
  if (customers.litt) return;
  throw new ClvError('bad_columns', 'regular buying shows in the times between purchases, which are not given', {
    column: 'litt',
    found: 'no such column',
    expected: 'Σ ln(time between purchases), as summarise() and rfm() give it',
  });
}
