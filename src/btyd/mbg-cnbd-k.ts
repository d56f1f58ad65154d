/**
 * MBG/CNBD-k. MBG/NBD for regular buyers: the time between purchases is Erlang-k, k = 1 being MBG/NBD itself.
 *
 * Sources as for BG/CNBD-k (bg-cnbd-k.ts). Formulas are in beta-geometric.ts.
 */
import { betaGeometric } from './beta-geometric.js';
import { erlangFamily } from './erlang-family.js';
import { mbgNbd } from './mbg-nbd.js';

/** MBG/CNBD-k, k found by likelihood; `mbgCnbdK.of(3)` for a k of one's own. Reutterer, Platzer & Schröder (2021). */
export const mbgCnbdK = erlangFamily('mbgcnbd', 'MBG/CNBD', mbgNbd, (k) => betaGeometric({ early: 1, k }));
