import { paretoNbd } from '../../src/btyd/index.js';
import { describePurchases } from './purchase-battery.js';

/**
 * The parameters of CDNOW (Fader, Hardie & Lee 2005), watched for two years instead of 39 weeks: there too few customers
 * are seen to leave for s and beta to be told apart, and 1,500 customers say little about them. Profile intervals, which
 * would take a third of the time, are left to the other models.
 */
const TRUTH = { r: 0.55, alpha: 10.6, s: 0.6, beta: 11.7 };

describePurchases(paretoNbd, TRUTH, { n: 1_500, youngest: 78, oldest: 104, horizon: 52 }, 1_000, false);
