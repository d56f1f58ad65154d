/**
 * Beta-discrete-Weibull (BdW), for contracts. Like sBG, but the chance to leave changes with the number of renewals.
 *
 *   θ ~ Beta(a, b)     P(t renewals | θ) = (1 − θ)^(t^c)     S(t) = B(a, b + t^c)/B(a, b)
 *
 * Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to Project Customer Retention" Revisited: The Role of Duration
 * Dependence, Journal of Interactive Marketing 43, 1–16; their γ and δ are a and b here. c = 1 is sBG.
 */
import { digammaFall, digammaRise, logBetaFall, trigamma, trigammaFall, trigammaRise } from '../kernels/gamma.js';
import { contractLife } from './contract-life.js';
import type { Derivatives, Params, PurchaseModel } from './model.js';
import { sbg } from './sbg.js';

type BdwParams = Params<'a' | 'b' | 'c'>;

/** Sums of renewals end when a term adds nothing, at the latest here. */
const MOST_TERMS = 1e6;
/** Nobody renews after so many (1 − θ)s. */
const LARGEST = 1e250;

/**
 * ln of B(a, b + t^c)/B(a, b). With v = t^c, dv/dc = v ln t: derivatives by b + v at v, times those of v.
 */
function logSurvival({ a, b, c }: BdwParams, t: number, derivatives?: Derivatives): number {
  const v = Math.min(LARGEST, t ** c);
  if (derivatives) {
    const logT = t > 0 ? Math.log(t) : 0;
    const bend = v * logT;
    const both = digammaRise(a + b, v);
    const slope = -digammaRise(b + v, a); // d/dv
    const bothTwice = trigammaRise(a + b, v);
    const slopeTwice = -trigammaRise(b + v, a);
    const across = -trigamma(a + b + v); // d²/da dv
    derivatives.gradient.set([-both, -digammaFall(a, b, v), slope * bend]);
    derivatives.hessian.set([
      ...[-bothTwice, -bothTwice, across * bend],
      ...[0, -trigammaFall(a, b, v), slopeTwice * bend],
      ...[0, 0, slopeTwice * bend * bend + slope * bend * logT],
    ]);
  }
  return -logBetaFall(a, b, v);
}

/** ln(S(t) − S(t + 1)) = ln S(t) + ln(1 − e^−d), d the fall of ln S. */
function logEnd(params: BdwParams, t: number, derivatives?: Derivatives): number {
  const { a, b, c } = params;
  const v = Math.min(LARGEST, t ** c);
  const rise = t === 0 ? 1 : Math.min(LARGEST, v * Math.expm1(c * Math.log1p(1 / t)));
  const fall = logBetaFall(a, b + v, rise);
  const here = logSurvival(params, t, derivatives);
  if (derivatives) {
    const p = 3;
    const next = { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
    logSurvival(params, t + 1, next);
    const { gradient, hessian } = derivatives;
    const odds = 1 / Math.expm1(fall);
    const slopes = gradient.map((slope, i) => slope - next.gradient[i]!); // of the fall
    for (let i = 0; i < p; i++) {
      for (let j = i; j < p; j++) {
        const bend = hessian[i * p + j]! - next.hessian[i * p + j]!;
        hessian[i * p + j]! += odds * bend - odds * (1 + odds) * slopes[i]! * slopes[j]!;
      }
    }
    for (let i = 0; i < p; i++) gradient[i]! += odds * slopes[i]!;
  }
  return here + Math.log(-Math.expm1(-fall));
}

/** Beta-discrete-Weibull: contracts whose risk of ending changes with time. Fader et al. (2018). */
export const bdw: PurchaseModel<'a' | 'b' | 'c'> = {
  name: 'bdw_model',
  title: 'BdW',
  starts: () => [
    { a: 1, b: 3, c: 1 },
    { a: 0.5, b: 5, c: 1.5 },
    { a: 3, b: 10, c: 0.6 },
    { a: 0.2, b: 1, c: 1.5 },
  ],
  ...contractLife({
    parameters: ['a', 'b', 'c'],
    logSurvival,
    logEnd,
    renewals(params, t, n, delta) {
      const now = logSurvival(params, t);
      let total = 0;
      for (let i = 1; i <= Math.min(n, MOST_TERMS); i++) {
        const term = Math.exp(logSurvival(params, t + i) - now - delta * i);
        total += term;
        if (term < 1e-17 * total) break;
      }
      return total;
    },
  }),
  limit: {
    model: sbg,
    code: 'no_duration_dependence',
    message: 'The chance to leave does not visibly change with the number of renewals: contracts end as in sBG.',
  },
};
