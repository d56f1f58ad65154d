import { describe, expect, it } from 'vitest';
import { logLikelihood, logOdds, logOddsLeft, plainSums } from '../../src/btyd/pareto-likelihood.js';
import { simulateCustomers } from '../../src/btyd/simulate.js';
import { customers } from '../../src/customers.js';
import { DeathTimes } from '../../src/kernels/death-times.js';

const at = { r: 0.55, alpha: 74, s: 0.61, beta: 82 };
const names = ['r', 'alpha', 's', 'beta'] as const;
const { frequency, recency, age } = simulateCustomers(
  { model: 'paretonbd_model', parameters: at },
  {
    n: 500,
    age: Float64Array.from({ length: 500 }, (_, i) => (i % 25) * 10),
    seed: 1,
    roundTo: 1,
  },
);
const people = customers({ frequency, recency, age });

describe.each([
  { who: 'many customers', chosen: people },
  { who: 'few', chosen: customers({ frequency: [0, 0, 1, 7], recency: [0, 0, 3, 90], age: [0, 12, 150, 90] }) },
])('the likelihood of Pareto/NBD, $who', ({ chosen }) => {
  it('has the gradient and Hessian that differences show', () => {
    const derivatives = () => ({ gradient: new Float64Array(4), hessian: new Float64Array(16) });
    const here = derivatives();
    const value = logLikelihood(at, chosen, here);
    expect(Math.abs(logLikelihood(at, chosen) - value)).toBeLessThanOrEqual(1e-14 * Math.abs(value));
    names.forEach((name, i) => {
      const step = 1e-5 * at[name];
      const [above, below] = [derivatives(), derivatives()];
      const up = logLikelihood({ ...at, [name]: at[name] + step }, chosen, above);
      const down = logLikelihood({ ...at, [name]: at[name] - step }, chosen, below);
      const scale = Math.max(...names.map((other, j) => Math.abs(here.gradient[j]! * at[other])));
      expect(Math.abs((up - down) / (2 * step) - here.gradient[i]!) * at[name]).toBeLessThan(1e-6 * (scale + 1));
      names.forEach((other, j) => {
        const slope = (above.gradient[j]! - below.gradient[j]!) / (2 * step);
        const error = Math.abs(slope - here.hessian[i * 4 + j]!) * at[name] * at[other];
        const size =
          Math.abs(here.hessian[i * 4 + i]!) * at[name] ** 2 + Math.abs(here.hessian[j * 4 + j]!) * at[other] ** 2;
        expect(error, `${name}, ${other}`).toBeLessThan(1e-8 * size);
      });
    });
  });

  it('is a sum over customers', () => {
    const double = { ...chosen, weight: chosen.weight.map((w) => 2 * w) };
    plainSums(at, double, true).forEach((sum, k) => {
      expect(sum).toBeCloseTo(2 * plainSums(at, chosen, true)[k]!, 8);
    });
  });

  it('has one log-odds of having left a customer', () => {
    const left = new DeathTimes();
    logOdds(at, chosen).forEach((odds, i) => {
      const one = logOddsLeft(at, chosen.frequency[i]!, chosen.recency[i]!, chosen.age[i]!, left);
      if (odds !== one) expect(Math.abs(odds - one)).toBeLessThan(1e-12 * (1 + Math.abs(one)));
    });
  });
});

describe('logOddsLeft', () => {
  it('leaves no nodes of an earlier customer for who was last seen at the very end', () => {
    const left = new DeathTimes();
    logOddsLeft(at, 1, 3, 10, left);
    expect(left.count).toBeGreaterThan(0);
    expect(logOddsLeft(at, 1, 10, 10, left)).toBe(Number.NEGATIVE_INFINITY);
    expect(left.count).toBe(0);
  });
});
