import { bgNbd } from '../../src/btyd/index.js';
import { describePurchases } from './purchase-battery.js';

/** The parameters of CDNOW (Fader, Hardie & Lee 2005). */
const TRUTH = { r: 0.24, alpha: 4.41, a: 0.79, b: 2.43 };

describePurchases(bgNbd, TRUTH, { n: 1_000, youngest: 78, oldest: 104, horizon: 52 }, 1_000);
