import { mbgNbd } from '../../src/btyd/index.js';
import { describePurchases } from './purchase-battery.js';

/**
 * The parameters of CDNOW but for r, which is 0.52 there: half of the customers then buy so rarely that they look like those who
 * left after their first purchase, r has an error of 13 % even of 2,000 customers, its likelihood is far from a parabola, and
 * Wald intervals of r and b hold 88.0 and 88.4 % in the long run (4,000 data sets; 87.5 and 87.7 % of 1,500 customers). With
 * rates that differ less they hold 90.1 and 89.8 % of 1,000 customers.
 */
const TRUTH = { r: 1.2, alpha: 6.18, a: 0.89, b: 1.61 };

describePurchases(mbgNbd, TRUTH, { n: 1_000, youngest: 78, oldest: 104, horizon: 52 }, 1_000);
