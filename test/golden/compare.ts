/** Each number of a golden case beside what the library says: accuracy.test.ts asserts, bench/accuracy.ts prints. */
import { bdw } from '../../src/btyd/bdw.js';
import { bgBb } from '../../src/btyd/bg-bb.js';
import { bgCnbdK } from '../../src/btyd/bg-cnbd-k.js';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { dert } from '../../src/btyd/clv.js';
import { contracts, discountedResidualLifetime, retentionRates, survivalCurve } from '../../src/btyd/contracts.js';
import { gammaGamma } from '../../src/btyd/gamma-gamma.js';
import { gammaGompertzNbd } from '../../src/btyd/gamma-gompertz-nbd.js';
import { mbgCnbdK } from '../../src/btyd/mbg-cnbd-k.js';
import { mbgNbd } from '../../src/btyd/mbg-nbd.js';
import type { Model, PurchaseModel, SpendModel } from '../../src/btyd/model.js';
import { nbd } from '../../src/btyd/nbd.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import { paretoNbdSarmanov } from '../../src/btyd/pareto-nbd-sarmanov.js';
import {
  expectedPurchases,
  expectedPurchasesNew,
  expectedSpend,
  pActive,
  pAlive,
  pmf,
  pmfNew,
  spendCdf,
} from '../../src/btyd/predict.js';
import { sbg } from '../../src/btyd/sbg.js';
import { type Customers, customers } from '../../src/customers.js';
import { mixtureCdf, mixtureMean } from '../../src/kernels/mixtures.js';
import { derivativesOf, fittedAt } from '../btyd/one-customer.js';
import type { Digits } from './golden.js';

/** A case of accuracy.json or more-models.json: numbers under their own names, horizons as keys. */
export interface Case {
  readonly tag: string;
  readonly parameters: Record<string, number>;
  readonly [quantity: string]: unknown;
}

/** One number compared. */
export interface Compared {
  readonly quantity: string;
  readonly value: number;
  readonly expected: Digits;
}

type ByHorizon = Record<string, Digits>;

const erlang = { 'bg-cnbd-k': bgCnbdK, 'mbg-cnbd-k': mbgCnbdK } as const;

/** The model of a case; the Erlang families by its k. */
export function modelOf(key: string, one: Case): PurchaseModel | SpendModel {
  if (key in erlang) return erlang[key as keyof typeof erlang].of(one.k as number) as PurchaseModel;
  const models: Record<string, PurchaseModel | SpendModel> = {
    'pareto-nbd': paretoNbd,
    'bg-nbd': bgNbd,
    'mbg-nbd': mbgNbd,
    nbd,
    'ggom-nbd': gammaGompertzNbd,
    'pareto-nbd-sarmanov': paretoNbdSarmanov,
    'bg-bb': bgBb,
    sbg,
    bdw,
    'gamma-gamma': gammaGamma,
  };
  return models[key]!;
}

/** Parameter names of the files that are called otherwise here. */
const RENAMED: Record<string, Record<string, string>> = { sbg: { alpha: 'a', beta: 'b' } };

function renamed(key: string, values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [RENAMED[key]?.[name] ?? name, value]));
}

function customerOf({ x, t_x, n, T, mean, litt }: Case): Customers {
  return customers({
    frequency: [x as number],
    recency: [(t_x as number) ?? 0],
    age: [((n ?? T) as number) ?? 0],
    monetary: [(mean as number) ?? 0],
    ...(litt !== undefined && { litt: [litt as number] }),
  });
}

/** Everything a case says, compared. `discount` is continuous, or that of discrete models, a time unit. */
export function compared(key: string, one: Case, discount: { continuous: number; discrete: number }): Compared[] {
  const model = modelOf(key, one);
  const parameters = renamed(key, one.parameters);
  const found: Compared[] = [];
  const see = (quantity: string, value: number, expected: unknown) => {
    if (expected !== undefined) found.push({ quantity, value, expected: expected as Digits });
  };
  if (key === 'sbg' || key === 'bdw') return comparedContract(key, model as PurchaseModel, parameters, one);

  const who = customerOf(one);
  const fitted = fittedAt(model, parameters);
  if (one.log_likelihood !== undefined) see('log-likelihood', model.logLikelihood(parameters, who), one.log_likelihood);
  found.push(...slopes(key, model, parameters, who, one.gradient as ByHorizon | undefined));
  if (model.kind === 'spend') {
    if (one.expected_spend !== undefined) see('expected spend', expectedSpend(fitted, who)[0]!, one.expected_spend);
    const fresh = customers({ frequency: [0], recency: [0], age: [1] });
    if (one.expected_spend_new_customer !== undefined) {
      see('expected spend', expectedSpend(fitted, fresh)[0]!, one.expected_spend_new_customer);
    }
    for (const [value, expected] of Object.entries((one.spend_cdf ?? {}) as ByHorizon)) {
      see('P(spend ≤ v)', spendCdf(fitted, who, Number(value))[0]!, expected);
    }
    return found;
  }

  see('P(alive)', pAlive(fitted, who)[0]!, one.p_alive ?? one.p_alive_at_n);
  if (one.p_alive_at_n_plus_1 !== undefined) see('P(alive)', pAlive(fitted, who, 1)[0]!, one.p_alive_at_n_plus_1);
  for (const [t, expected] of Object.entries((one.survival ?? {}) as ByHorizon)) {
    see('P(alive later)', model.survivalIfAlive(parameters, who, Number(t))[0]!, expected);
  }
  for (const [t, expected] of Object.entries((one.conditional_expected_purchases ?? {}) as ByHorizon)) {
    see('expected purchases', expectedPurchases(fitted, who, Number(t))[0]!, expected);
  }
  for (const [t, expected] of Object.entries((one.expected_purchases ?? {}) as ByHorizon)) {
    see('of a new customer', expectedPurchasesNew(fitted, Number(t)), expected);
  }
  for (const [t, counts] of Object.entries((one.pmf ?? {}) as Record<string, ByHorizon>)) {
    const most = Math.max(...Object.keys(counts).map(Number));
    const ofNew = one.expected_purchases !== undefined; // accuracy.json speaks of new customers
    const chances = ofNew ? pmfNew(fitted, Number(t), most) : pmf(fitted, who, Number(t), most);
    for (const [n, expected] of Object.entries(counts)) see('P(N = n)', chances[Number(n)]!, expected);
  }
  for (const [window, expected] of Object.entries((one.idle ?? {}) as ByHorizon)) {
    const [from, to] = window.split('-').map(Number);
    const active = pActive(fitted, who, { from: from!, to: to! })[0]!;
    const truth = 1 - Number(expected); // which of the two is small has lost digits
    see('P(active)', truth > 0.5 ? active : 1 - active, truth > 0.5 ? String(truth) : expected);
  }
  const delta = model.discrete ? Math.log1p(discount.discrete) : discount.continuous;
  const rate = { rate: Math.expm1(delta), per: 'day' } as const;
  const discounted = one.dert ?? one.dert_rate;
  if (discounted !== undefined) see('DERT', dert(fitted, who, rate)[0]!, discounted);
  const history = { x: who.frequency[0]!, tx: who.recency[0]!, T: who.age[0]! };
  if (one.rate_mean !== undefined) see('own rate', mixtureMean(model.rate!(parameters, history)), one.rate_mean);
  for (const [rate, expected] of Object.entries((one.rate_cdf ?? {}) as ByHorizon)) {
    see('own rate', mixtureCdf(model.rate!(parameters, history), Number(rate)), expected);
  }
  return found;
}

/** Curves of more renewals are only looked at in their last point. */
const LONGEST_CURVE = 100;

function comparedContract(
  key: string,
  model: PurchaseModel,
  parameters: Record<string, number>,
  one: Case,
): Compared[] {
  const found: Compared[] = [];
  const t = one.t as number;
  const fitted = { ...fittedAt(model, parameters), timeUnit: 'year' as const };
  const see = (quantity: string, value: number, expected: unknown) => {
    if (expected !== undefined) found.push({ quantity, value, expected: expected as Digits });
  };
  const left = contracts({ renewals: [t - 1], active: [false] });
  const stays = contracts({ renewals: [t], active: [true] });
  see('log-likelihood', model.logLikelihood(parameters, left), one.log_pmf);
  see('log-likelihood', model.logLikelihood(parameters, stays), one.log_survival);
  found.push(...slopes(key, model, parameters, left, one.gradient_log_pmf as ByHorizon | undefined));
  found.push(...slopes(key, model, parameters, stays, one.gradient_log_survival as ByHorizon | undefined));
  const fresh = contracts({ renewals: [0], active: [true] });
  const before = contracts({ renewals: [t - 1], active: [true] });
  const short = t <= LONGEST_CURVE;
  see('survival', short ? survivalCurve(fitted, t)[t]! : pAlive(fitted, fresh, t)[0]!, one.survival);
  see('retention', short ? retentionRates(fitted, t)[t - 1]! : pAlive(fitted, before, 1)[0]!, one.retention);
  const rate = { rate: 0.1, per: 'year' } as const;
  const { discounted_expected_residual_lifetime: residual, discounted_expected_lifetime: whole } = one;
  if (residual !== undefined) see('DERL', discountedResidualLifetime(fitted, t - 1, rate), residual);
  if (whole !== undefined) see('DERL', 1 + dert(fitted, fresh, rate)[0]!, whole);
  return found;
}

/**
 * Components of the gradient on the scale of the logs of the parameters, where they have one unit. A component below 1e-4 of
 * the largest is judged by that share of the largest: it can be exactly 0, or nearly so because its terms cancel, and
 * then no double arithmetic keeps its own digits.
 */
function slopes(
  key: string,
  model: Model,
  parameters: Record<string, number>,
  who: Customers,
  expected?: ByHorizon,
): Compared[] {
  if (!expected) return [];
  const derivatives = derivativesOf(model);
  model.logLikelihood(parameters, who, derivatives);
  const truth = renamed(key, expected as unknown as Record<string, number>);
  const scale = (name: string) => (model.signed?.includes(name) ? 1 : parameters[name]!);
  const floor = 1e-4 * Math.max(...model.parameters.map((name) => Math.abs(Number(truth[name]) * scale(name))));
  return model.parameters.map((name, i) => {
    const value = derivatives.gradient[i]! * scale(name);
    const right = Number(truth[name]) * scale(name);
    const shift = Math.abs(right) < floor ? Math.sign(right || 1) * floor - right : 0;
    return { quantity: 'gradient', value: value + shift, expected: String(right + shift) };
  });
}
