/** Largest relative error of each quantity over the golden values: `npm run accuracy`. */
import { textTable } from '../src/report/table.js';
import { compared, modelOf } from '../test/golden/compare.js';
import { golden, relativeError } from '../test/golden/golden.js';

interface Worst {
  error: number;
  where: string;
  values: number;
}

const worst = new Map<string, Map<string, Worst>>();
for (const { models, ...rates } of [golden('accuracy'), golden('more-models')]) {
  const discount = { continuous: rates.discount_rate_continuous, discrete: rates.discount_rate_discrete };
  for (const [key, cases] of Object.entries(models)) {
    for (const one of cases) {
      const title = modelOf(key, one).title.replace(/CNBD-\d+/, 'CNBD-k');
      const ofModel = worst.get(title) ?? new Map<string, Worst>();
      worst.set(title, ofModel);
      for (const { quantity, value, expected } of compared(key, one, discount)) {
        if (Math.abs(Number(expected)) < 1e-290) continue; // 0, or below what doubles can hold
        const row = ofModel.get(quantity) ?? { error: -1, where: '', values: 0 };
        const error = relativeError(value, expected);
        row.values++;
        if (!(error <= row.error)) [row.error, row.where] = [error, one.tag];
        ofModel.set(quantity, row);
      }
    }
  }
}

const table = [['model', 'quantity', 'values', 'largest relative error', 'at']];
for (const [title, ofModel] of worst) {
  for (const [quantity, { error, where, values }] of ofModel) {
    table.push([title, quantity, String(values), error.toExponential(1), where]);
  }
}
console.log(textTable(table, 'llrrl').join('\n'));
