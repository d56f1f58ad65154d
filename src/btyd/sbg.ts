/**
 * Shifted beta-geometric (sBG), for contracts. At each renewal a customer leaves with a probability of their own.
 *
 *   θ ~ Beta(a, b)     S(t) = B(a, b + t)/B(a, b), the chance to renew t times
 *
 * Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76–90; their α and β
 * are a and b here. Their P(T = t), leaving in period t, is S(t − 1) − S(t).
 */
import { digammaFall, digammaRise, logBetaFall, trigammaFall, trigammaRise } from '../kernels/gamma.js';
import { contractLife } from './contract-life.js';
import type { PurchaseModel } from './model.js';
import { discountedOpportunities } from './opportunities.js';

/** Shifted beta-geometric: who may leave at each renewal. Fader & Hardie (2007). */
export const sbg: PurchaseModel<'a' | 'b'> = {
  name: 'sbg_model',
  title: 'sBG',
  starts: () => [
    { a: 1, b: 3 },
    { a: 0.5, b: 10 },
    { a: 2, b: 1 },
  ],
  ...contractLife({
    parameters: ['a', 'b'],
    logSurvival({ a, b }, t, derivatives) {
      derivatives?.gradient.set([-digammaRise(a + b, t), -digammaFall(a, b, t)]);
      const across = -trigammaRise(a + b, t);
      derivatives?.hessian.set([across, across, 0, -trigammaFall(a, b, t)]);
      return -logBetaFall(a, b, t);
    },
    /** Leaving after t renewals: E[θ (1 − θ)^t]. */
    logEnd({ a, b }, t, derivatives) {
      const last = a + b + t;
      derivatives?.gradient.set([
        b / (a * (a + b)) - digammaRise(a + b + 1, t),
        -1 / (a + b) - digammaFall(a + 1, b, t),
      ]);
      const across = 1 / (a + b) ** 2 - trigammaRise(a + b + 1, t);
      derivatives?.hessian.set([across - 1 / a ** 2, across, 0, 1 / (a + b) ** 2 - trigammaFall(a + 1, b, t)]);
      return Math.log(a / last) - logBetaFall(a, b, t);
    },
    renewals: ({ a, b }, t, n, delta) => discountedOpportunities(a, b + t, n, delta),
  }),
};
