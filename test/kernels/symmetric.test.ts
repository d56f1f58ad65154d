import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { drawNormal, randomStream } from '../../src/kernels/random.js';
import { symmetricEigen, symmetricInverse } from '../../src/kernels/symmetric.js';

/** Symmetric matrices with the rows scaled by 1, 10^decades, …: as Hessians of parameters of unlike sizes are. */
function someMatrices(decades: number): Float64Array[] {
  const stream = randomStream(7);
  return Array.from({ length: 300 }, (_, m) => {
    const p = 1 + (m % 8);
    const a = new Float64Array(p * p);
    for (let i = 0; i < p; i++) {
      for (let j = 0; j <= i; j++) {
        a[i * p + j] = a[j * p + i] = drawNormal(stream) * 10 ** ((decades * (i + j)) / Math.max(1, p - 1) / 2);
      }
    }
    return a;
  });
}

const rowsOf = (a: Float64Array) => {
  const p = Math.sqrt(a.length);
  return Array.from({ length: p }, (_, i) => Array.from(a.subarray(i * p, (i + 1) * p)));
};

describe('symmetric matrices', () => {
  it.each([0, 4, 8])('have the eigenvalues of ml-matrix, rows of sizes 10^0 to 10^%d', (decades) => {
    for (const a of someMatrices(decades)) {
      const theirs = [...new EigenvalueDecomposition(new Matrix(rowsOf(a)), { assumeSymmetric: true }).realEigenvalues];
      const most = Math.max(...theirs.map(Math.abs));
      const { values } = symmetricEigen(a);
      theirs
        .sort((x, y) => x - y)
        .forEach((value, k) => {
          expect(Math.abs(values[k]! - value)).toBeLessThan(1e-13 * most);
        });
    }
  });

  it('have unit vectors that they only stretch', () => {
    for (const a of someMatrices(3)) {
      const { values, vectors } = symmetricEigen(a);
      const p = values.length;
      const most = Math.max(...values.map(Math.abs));
      vectors.forEach((vector, k) => {
        for (let i = 0; i < p; i++) {
          const stretched = vector.reduce((sum, element, j) => sum + a[i * p + j]! * element, 0);
          expect(Math.abs(stretched - values[k]! * vector[i]!)).toBeLessThan(1e-13 * most);
        }
        vectors.forEach((other, l) => {
          expect(vector.reduce((sum, element, i) => sum + element * other[i]!, 0)).toBeCloseTo(k === l ? 1 : 0, 13);
        });
        expect(Math.max(...vector)).toBe(Math.max(...vector.map(Math.abs)));
      });
    }
  });

  it('give the small eigenvalues of a positive definite one to 11 digits: D (1 + E) D, as of parameters of unlike units', () => {
    // [[1, e], [e, 1]] between D = diag(1, s): the smaller one by mpmath, for e = 1/2, s = 1e-8
    const { values } = symmetricEigen([1, 0.5e-8, 0.5e-8, 1e-16]);
    expect(Math.abs(values[0]! / 7.499999999999999e-17 - 1)).toBeLessThan(1e-11);
    expect(values[1]).toBeCloseTo(1, 15);
  });

  it('times their inverse are the identity', () => {
    for (const a of someMatrices(2)) {
      const eigen = symmetricEigen(a);
      const p = eigen.values.length;
      const condition = Math.max(...eigen.values.map(Math.abs)) / Math.min(...eigen.values.map(Math.abs));
      const inverse = symmetricInverse(eigen);
      for (let i = 0; i < p; i++) {
        for (let j = 0; j < p; j++) {
          let sum = 0;
          for (let k = 0; k < p; k++) sum += a[i * p + k]! * inverse[k * p + j]!;
          expect(Math.abs(sum - (i === j ? 1 : 0))).toBeLessThan(1e-13 * condition);
        }
      }
    }
  });

  it('are left as they are, and end where there is nothing to turn, or nothing finite', () => {
    const zero = new Float64Array(4);
    expect(symmetricEigen(zero).values).toEqual([0, 0]);
    expect(symmetricEigen([]).values).toEqual([]);
    expect(symmetricEigen([0, 1, 1, 0]).values.map((value) => Number(value.toFixed(14)))).toEqual([-1, 1]);
    expect(symmetricEigen([Number.NaN, 1, 1, 0]).values).toHaveLength(2);
    const a = Float64Array.of(2, 1, 1, 2);
    symmetricEigen(a);
    expect([...a]).toEqual([2, 1, 1, 2]);
  });
});
