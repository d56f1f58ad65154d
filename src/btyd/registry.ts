/** Every model the library has. A new model is one file and one line here. */
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import { bdw } from './bdw.js';
import { bgBb } from './bg-bb.js';
import { bgCnbdK } from './bg-cnbd-k.js';
import { bgNbd } from './bg-nbd.js';
import { cnbdK } from './cnbd-k.js';
import { gammaGamma } from './gamma-gamma.js';
import { gammaGompertzNbd } from './gamma-gompertz-nbd.js';
import { gammaSpend } from './gamma-spend.js';
import { mbgCnbdK } from './mbg-cnbd-k.js';
import { mbgNbd } from './mbg-nbd.js';
import type { PurchaseModel, SpendModel } from './model.js';
import { nbd } from './nbd.js';
import { paretoNbd } from './pareto-nbd.js';
import { paretoNbdSarmanov } from './pareto-nbd-sarmanov.js';
import { poisson } from './poisson.js';
import { sbg } from './sbg.js';

/** Models of when customers buy. */
export const purchaseModels: readonly PurchaseModel[] = [
  paretoNbd,
  bgNbd,
  mbgNbd,
  bgCnbdK,
  mbgCnbdK,
  gammaGompertzNbd,
  paretoNbdSarmanov,
  bgBb,
  sbg,
  bdw,
  nbd,
  cnbdK,
  poisson,
];

/** Models of how much they spend on a transaction. */
export const spendModels: readonly SpendModel[] = [gammaGamma, gammaSpend];

/**
 * The purchase model of this name, such as `paretonbd_model`.
 *
 * @throws ClvError unknown_model, with the nearest name
 */
export function purchaseModel(name: string): PurchaseModel {
  return named(name, purchaseModels);
}

/**
 * The spend model of this name, such as `gammagamma_model`.
 *
 * @throws ClvError unknown_model, with the nearest name
 */
export function spendModel(name: string): SpendModel {
  return named(name, spendModels);
}

function named<M extends PurchaseModel | SpendModel>(name: string, models: readonly M[]): M {
  const found = models.flatMap((model) => [model, ...variantsOf(model)]).find((model) => model.name === name);
  if (found) return found;
  const names = models.map((model) => model.name);
  const near = nearest(
    name.replace(/_?model$/, ''),
    names.map((known) => known.replace(/_model$/, '')),
  );
  throw new ClvError('unknown_model', 'no model has this name', {
    found: name,
    expected: names.join(', '),
    hint: near && `${near}_model`,
  });
}

function variantsOf<M extends PurchaseModel | SpendModel>(model: M): readonly M[] {
  return ((model.kind === 'purchases' && model.variants) || []) as readonly M[];
}
