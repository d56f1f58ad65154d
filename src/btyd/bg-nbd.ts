/**
 * BG/NBD. While alive a customer buys at a Poisson rate λ; after each repeat purchase they leave with probability p, so
 * who never came back counts as alive.
 *
 * Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model,
 * Marketing Science 24(2), 275–284. The formulas are in beta-geometric.ts.
 */
import { betaGeometric } from './beta-geometric.js';
import type { PurchaseModel } from './model.js';

/** BG/NBD: a Poisson buyer who may leave after each repeat purchase. Fader, Hardie & Lee (2005). */
export const bgNbd: PurchaseModel<'r' | 'alpha' | 'a' | 'b'> = {
  name: 'bgnbd_model',
  title: 'BG/NBD',
  ...betaGeometric({ early: 0, k: 1 }),
};
