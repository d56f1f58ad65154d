/** Largest relative error of each quantity over test/golden/accuracy.json: `npm run accuracy`. */
import { bgNbd } from '../src/btyd/bg-nbd.js';
import { gammaGamma } from '../src/btyd/gamma-gamma.js';
import { mbgNbd } from '../src/btyd/mbg-nbd.js';
import type { Model, PurchaseModel } from '../src/btyd/model.js';
import { paretoNbd } from '../src/btyd/pareto-nbd.js';
import { textTable } from '../src/report/table.js';
import { customer, derivativesOf, expectedOf } from '../test/btyd/one-customer.js';
import { type AccuracyCase, golden, relativeError } from '../test/golden/golden.js';

/** The worst case of each quantity, in the order in which quantities are first seen. */
class Worst {
  readonly rows = new Map<string, { error: number; where: string; cases: number }>();

  see(quantity: string, value: number, expected: string, { tag, x }: AccuracyCase): void {
    const truth = Number(expected);
    if (Math.abs(truth) < 1e-290) return; // 0, or below what doubles can hold
    const error = relativeError(value, expected);
    const row = this.rows.get(quantity) ?? { error: -1, where: '', cases: 0 };
    row.cases++;
    if (error > row.error) [row.error, row.where] = [error, `${tag}, x=${x}`];
    this.rows.set(quantity, row);
  }
}

function seeLikelihood(worst: Worst, model: Model, one: AccuracyCase): void {
  const derivatives = derivativesOf(model);
  const at = customer(one.x, one.t_x ?? 0, one.T ?? 0, one.mean);
  worst.see('log-likelihood', model.logLikelihood(one.parameters, at, derivatives), one.log_likelihood, one);
  for (const [i, name] of model.parameters.entries()) {
    worst.see('gradient', derivatives.gradient[i]!, one.gradient[name]!, one);
  }
}

function seePurchases(worst: Worst, model: PurchaseModel, one: AccuracyCase): void {
  const at = customer(one.x, one.t_x, one.T);
  worst.see('P(alive)', model.pAlive(one.parameters, at)[0]!, one.p_alive, one);
  for (const [horizon, value] of Object.entries(one.conditional_expected_purchases)) {
    worst.see('expected purchases', expectedOf(model, one.parameters, at, Number(horizon))[0]!, value, one);
  }
  for (const [horizon, value] of Object.entries(one.expected_purchases)) {
    worst.see('of a new customer', model.expectedPurchasesNew(one.parameters, Number(horizon)), value, one);
  }
}

const { models } = golden('accuracy');
const table = [['model', 'quantity', 'values', 'largest relative error', 'at']];
for (const { model, cases } of [
  { model: paretoNbd as PurchaseModel, cases: models['pareto-nbd'] },
  { model: bgNbd as PurchaseModel, cases: models['bg-nbd'] },
  { model: mbgNbd as PurchaseModel, cases: models['mbg-nbd'] },
  { model: gammaGamma, cases: models['gamma-gamma'] },
]) {
  const worst = new Worst();
  for (const one of cases) {
    seeLikelihood(worst, model, one);
    if (model.kind === 'purchases') seePurchases(worst, model, one);
    else {
      const [known] = model.expectedSpend(one.parameters as never, customer(one.x, 0, 0, one.mean), 0);
      worst.see('expected spend', known!, one.expected_spend, one);
    }
  }
  for (const [quantity, { error, where, cases: count }] of worst.rows) {
    table.push([model.title, quantity, String(count), error.toExponential(1), where]);
  }
}
console.log(textTable(table, 'llrrl').join('\n'));
