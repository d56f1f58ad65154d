import { mbgNbd } from '../../src/btyd/index.js';
import { describePurchases } from './purchase-battery.js';

/** The parameters of CDNOW. */
const TRUTH = { r: 0.52, alpha: 6.18, a: 0.89, b: 1.61 };

describePurchases(mbgNbd, TRUTH, { n: 2_000, youngest: 78, oldest: 104, horizon: 52 }, 1_000);
