/**
 * BG/CNBD-k. BG/NBD for regular buyers: the time between purchases is Erlang-k, k = 1 being BG/NBD itself.
 *
 * Platzer & Reutterer (2016), Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer Activity,
 * Marketing Science 35(5), 779–799; Reutterer, Platzer & Schröder (2021), Leveraging Purchase Regularity for Predicting
 * Customer Behavior the Easy Way, International Journal of Research in Marketing 38(1), 194–215. Formulas are in
 * beta-geometric.ts.
 */

import { betaGeometric } from './beta-geometric.js';
import { bgNbd } from './bg-nbd.js';
import { erlangFamily } from './erlang-family.js';

/** BG/CNBD-k, k found by likelihood; `bgCnbdK.of(3)` for a k of one's own. Reutterer, Platzer & Schröder (2021). */
export const bgCnbdK = erlangFamily('bgcnbd', 'BG/CNBD', bgNbd, (k) => betaGeometric({ early: 0, k }));
