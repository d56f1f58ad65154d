/**
 * MBG/NBD. As BG/NBD, but a customer can also leave right after joining: who never came back may be gone.
 *
 * Batislam, Denizel & Filiztekin (2007), Empirical Validation and Comparison of Models for Customer Base Analysis,
 * International Journal of Research in Marketing 24(3), 201–209; Hoppe & Wagner (2007), Customer Base Analysis: The Case for
 * a Central Variant of the Betageometric/NBD Model, Marketing ZFP 29(2), 75–90. The formulas are in beta-geometric.ts.
 */
import { betaGeometric } from './beta-geometric.js';
import type { PurchaseModel } from './model.js';

/** MBG/NBD: BG/NBD with a chance to leave right after joining too. Batislam et al. (2007). */
export const mbgNbd: PurchaseModel<'r' | 'alpha' | 'a' | 'b'> = {
  name: 'mbgnbd_model',
  title: 'MBG/NBD',
  ...betaGeometric({ early: 1, k: 1 }),
};
