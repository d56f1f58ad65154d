/** Losses in doubles: against Keras and mpmath, and their slopes against differences. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOSSES, type Loss, type LossName } from '../../src/dnn/losses.js';
import { drawNormal, randomStream } from '../../src/kernels/random.js';
import { doubles, expectClose, keras, type LossRow } from './keras.js';

const NAMES = Object.keys(LOSSES) as LossName[];
const all = <Value>(value: Value) => new Map(NAMES.map((name) => [name, value] as const));

/** Value and slopes of one row, in doubles. */
function lossAt(loss: Loss, outputs: ArrayLike<number>, y: number, offset = 0) {
  const slopes = doubles(new Array(loss.outputs).fill(Number.NaN));
  const value = loss.one(doubles(Array.from(outputs)), 0, y, offset, slopes);
  return { value, slopes: [...slopes] };
}

describe('agrees with mpmath to 1e-12 where no ordinary customer goes:', () => {
  const ours = ({ floor }: LossRow) => floor === undefined || floor === keras.network.ziln_floor; // others set σ's own way
  const cases = (['negative_binomial', 'ziln'] as const).flatMap((name) =>
    keras.loss_rows[name].filter(ours).map((one) => ({ name, at: one.outputs.join(', '), ...one })),
  );

  it.each(cases)('$name of $y at outputs $at', ({ name, outputs, y, loss, gradient }) => {
    const { value, slopes } = lossAt(LOSSES[name], outputs, y);
    expectClose(`${name}: loss`, [value], loss, 1e-12);
    expectClose(`${name}: slopes`, slopes, gradient, 1e-12);
  });
});

describe('agrees with Keras to 1e-13 on the outputs of its network:', () => {
  it.each(['mse', 'poisson', 'negative_binomial', 'ziln'] as const)('%s', (name) => {
    const { y, training_output_f64, row_losses_f64 } = keras.network.losses[name];
    const plain = name === 'mse' || name === 'ziln'; // the golden file has these without offsets
    const rows = y.map((target, i) =>
      lossAt(LOSSES[name], training_output_f64[i]!, target, plain ? 0 : keras.network.offset[i]!),
    );
    expectClose(
      `${name}: row losses`,
      rows.map(({ value }) => value),
      row_losses_f64,
      1e-13,
    );
  });
});

/** Outputs, targets and offsets of the ordinary and the unusual. */
const output = fc.double({ min: -4, max: 4, noNaN: true });
const offsets = fc.double({ min: -3, max: 3, noNaN: true });
const TARGETS: Readonly<Record<LossName, fc.Arbitrary<number>>> = {
  mse: fc.double({ min: -100, max: 100, noNaN: true }),
  poisson: fc.double({ min: 0, max: 100, noNaN: true }),
  tweedie: fc.double({ min: 0, max: 100, noNaN: true }),
  negative_binomial: fc.nat(1000),
  ziln: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e4, noNaN: true })),
};

describe.each(NAMES)('the loss %s', (name) => {
  const loss = LOSSES[name];
  const outputs = fc.array(output, { minLength: loss.outputs, maxLength: loss.outputs });

  it('has the slopes of its values', () => {
    fc.assert(
      fc.property(outputs, TARGETS[name], offsets, (at, y, offset) => {
        const { value, slopes } = lossAt(loss, at, y, offset);
        const step = 1e-5;
        const differences = at.map((_, i) => {
          const moved = (by: number) =>
            lossAt(
              loss,
              at.map((x, j) => (j === i ? x + by : x)),
              y,
              offset,
            ).value;
          return (moved(step) - moved(-step)) / (2 * step);
        });
        const size = Math.max(1, Math.abs(value), ...slopes.map(Math.abs));
        slopes.forEach((slope, i) => {
          expect(Math.abs(slope - differences[i]!) / size).toBeLessThan(1e-6);
        });
      }),
      { seed: 1, numRuns: 300, endOnFailure: true },
    );
  });

  it('reads the row it is asked for, and writes the slopes of no other', () => {
    const many = doubles(Array.from({ length: 5 * loss.outputs }, (_, i) => 0.1 * i));
    const slopes = doubles(new Array(many.length).fill(Number.NaN));
    const at = 2 * loss.outputs;
    const value = loss.one(many, at, 3, 0.5, slopes);
    const alone = lossAt(loss, many.slice(at, at + loss.outputs), 3, 0.5);
    expect(value).toBe(alone.value);
    expect([...slopes].filter((slope) => !Number.isNaN(slope))).toEqual(alone.slopes);
    expect([...slopes].findIndex((slope) => !Number.isNaN(slope))).toBe(at);
  });

  it('stays finite for a network that has run away', () => {
    const far = fc.constantFrom(-1e30, -1e4, -100, 0, 100, 1e4, 1e30);
    fc.assert(
      fc.property(fc.array(far, { minLength: loss.outputs, maxLength: loss.outputs }), (at) => {
        expect(Number.isNaN(lossAt(loss, at, 2).value)).toBe(false);
        expect(loss.mean(doubles(at), 0, 0)).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
      { seed: 2, endOnFailure: true },
    );
  });

  it('begins with the weighted mean of the targets', () => {
    const target = Float64Array.of(0, 1, 4, 10, 0, 2);
    const weight = Float64Array.of(1, 2, 1, 0.5, 0, 3);
    const start = doubles(loss.start(target, new Float64Array(6), weight));
    expect(start).toHaveLength(loss.outputs);
    // 17 / 7.5; of ziln the share of buyers and the mean of ln(target), by hand
    if (name !== 'ziln') return expect(loss.mean(start, 0, 0)).toBeCloseTo(17 / 7.5, 12);
    expect(start[0]).toBeCloseTo(Math.log(6.5), 12);
    expect(start[1]).toBeCloseTo((Math.log(4) + 0.5 * Math.log(10) + 3 * Math.log(2)) / 6.5, 12);
  });

  it.each([1, -5, 300, -800])('begins at the same mean where %d is added to all offsets', (more) => {
    if (!loss.takesOffset) return;
    const target = Float64Array.of(0, 1, 4, 10, 0, 2);
    const offset = Float64Array.of(0.5, 0, -1, 2, 1, 0);
    const weight = Float64Array.of(1, 2, 1, 0.5, 0, 3);
    const meansAt = (offsets: Float64Array) => {
      const start = doubles(loss.start(target, offsets, weight));
      return [...offsets].map((o) => loss.mean(start, 0, o));
    };
    const means = meansAt(offset);
    expectClose('means', meansAt(offset.map((o) => o + more)), means, 1e-11);
    if (name === 'ziln') return;
    const sum = (of: (i: number) => number) => weight.reduce((total, w, i) => total + w * of(i), 0);
    expect(sum((i) => means[i]!)).toBeCloseTo(
      sum((i) => target[i]!),
      11,
    );
  });

  it.each([
    ['no customer bought', 0],
    ['all bought alike', 5],
  ])('begins with finite numbers where %s', (_, y) => {
    const start = loss.start(new Float64Array(4).fill(y), new Float64Array(4), new Float64Array(4).fill(1));
    expect(start.every(Number.isFinite)).toBe(true);
    expect(loss.mean(doubles(start), 0, 0)).toBeLessThan(y + 0.1);
  });
});

describe.each(NAMES.filter((name) => LOSSES[name].takesOffset))('an offset of %s', (name) => {
  it('multiplies the mean by its exponential', () => {
    const loss = LOSSES[name];
    const outputs = fc.array(output, { minLength: loss.outputs, maxLength: loss.outputs });
    fc.assert(
      fc.property(outputs, offsets, (at, offset) => {
        const ratio = loss.mean(doubles(at), 0, offset) / loss.mean(doubles(at), 0, 0);
        expect(Math.abs(ratio / Math.exp(offset) - 1)).toBeLessThan(1e-12);
      }),
      { seed: 3, endOnFailure: true },
    );
  });
});

describe.each(['poisson', 'tweedie'] as const)('the loss %s', (name) => {
  it('is least where the mean is the target', () => {
    const loss = LOSSES[name];
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), offsets, output, (y, offset, elsewhere) => {
        const there = lossAt(loss, [Math.log(y) - offset], y, offset);
        expect(loss.mean(doubles([Math.log(y) - offset]), 0, offset) / y).toBeCloseTo(1, 12);
        expect(Math.abs(there.slopes[0]!)).toBeLessThan(1e-12 * Math.max(1, y));
        expect(lossAt(loss, [elsewhere], y, offset).value).toBeGreaterThanOrEqual(there.value * (1 - 1e-12) - 1e-12);
      }),
      { seed: 4, endOnFailure: true },
    );
  });
});

describe('the negative binomial', () => {
  it('comes to the Poisson as its shape grows', () => {
    for (const y of [0, 1, 7]) {
      const poisson = lossAt(LOSSES.poisson, [0.5], y).value + Math.log([1, 1, 5040][[0, 1, 7].indexOf(y)]!);
      expect(lossAt(LOSSES.negative_binomial, [0.5, 25], y).value).toBeCloseTo(poisson, 8);
    }
  });

  it('has probabilities that sum to 1', () => {
    const sum = Array.from({ length: 2000 }, (_, y) =>
      Math.exp(-lossAt(LOSSES.negative_binomial, [1.5, -0.5], y).value),
    ).reduce((total, p) => total + p, 0);
    expect(sum).toBeCloseTo(1, 12);
  });
});

describe('the zero-inflated log-normal', () => {
  const { ziln } = LOSSES;
  const cases = keras.ziln.cases.filter(({ floor }) => floor === keras.network.ziln_floor);

  it.each(cases)('agrees with mpmath to 1e-11: log-odds $p, mu $mu, raw sigma $raw', ({ p, mu, raw, ...expected }) => {
    const at = doubles([p, mu, raw]);
    const of = (each: (value: number) => number, values: readonly number[]) => values.map(each);
    const relative = (found: number[], truth: readonly number[]) => found.map((value, i) => value / (truth[i]! || 1));
    const ones = (truth: readonly number[]) => truth.map((value) => (value === 0 ? 0 : 1));
    const { mean, quantiles, cdf } = expected;
    expectClose('ziln: mean', relative([ziln.mean(at, 0, 0)], [mean]), [1], 1e-11);
    const found = of((q) => ziln.quantile!(at, 0, 0, q), keras.ziln.q);
    expectClose('ziln: quantiles', relative(found, quantiles), ones(quantiles), 1e-11);
    const below = of((y) => ziln.cdf!(at, 0, 0, y), keras.ziln.y);
    expectClose('ziln: cdf', below, cdf, 1e-12);
  });

  it('finds the amount again from its probability, and 0 for probabilities below that of no purchase', () => {
    fc.assert(
      fc.property(output, output, output, offsets, fc.double({ min: 1e-6, max: 1 - 1e-6 }), (p, mu, raw, offset, q) => {
        const at = doubles([p, mu, raw]);
        const amount = ziln.quantile!(at, 0, offset, q);
        const zero = ziln.cdf!(at, 0, offset, 0);
        if (q <= zero) expect(amount).toBe(0);
        else expect(ziln.cdf!(at, 0, offset, amount)).toBeCloseTo(q, 10);
        expect(ziln.cdf!(at, 0, offset, -1)).toBe(0);
        expect(ziln.quantile!(at, 0, offset, Math.min(q + 1e-3, 1 - 1e-7))).toBeGreaterThanOrEqual(amount);
      }),
      { seed: 5, numRuns: 300, endOnFailure: true },
    );
  });

  it('has the mean and the share of zeros of its own draws', () => {
    const [stream, at, n] = [randomStream(8), doubles([0.4, 1, -0.5]), 100_000];
    const sigma = Math.log1p(Math.exp(-0.5));
    let [sum, squares, zeros] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const y = stream.uniform() < 1 / (1 + Math.exp(-0.4)) ? Math.exp(1 + sigma * drawNormal(stream)) : 0;
      sum += y;
      squares += y * y;
      zeros += y === 0 ? 1 : 0;
    }
    const standardError = Math.sqrt((squares / n - (sum / n) ** 2) / n);
    expect(Math.abs(sum / n - ziln.mean(at, 0, 0))).toBeLessThan(4 * standardError);
    expect(Math.abs(zeros / n - ziln.cdf!(at, 0, 0, 0))).toBeLessThan(4 * Math.sqrt(0.25 / n));
  });
});

it('only counts may not be measured in another unit, and only squared errors take no offset', () => {
  const of = (key: 'scales' | 'takesOffset') => new Map(NAMES.map((name) => [name, LOSSES[name][key]]));
  expect(of('scales')).toEqual(all(true).set('negative_binomial', false));
  expect(of('takesOffset')).toEqual(all(true).set('mse', false));
});
