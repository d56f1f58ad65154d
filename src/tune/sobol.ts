/**
 * Sobol' points: a sequence whose every stretch of 2^m points fills the unit cube more evenly than chance would.
 *
 * Sobol' (1967), USSR Comput. Math. Math. Phys. 7(4), 86–112, in the Gray code order of Antonov & Saleev (1979), with
 * the direction numbers of Joe & Kuo (2008), "Constructing Sobol Sequences with Better Two-Dimensional Projections",
 * SIAM J. Sci. Comput. 30(5), 2635–2654: the file new-joe-kuo-6.21201 (copyright 2008 Frances Y. Kuo and Stephen Joe,
 * BSD licence). Each coordinate is shifted digit by digit (xor) by random bits of the seed, which keeps the evenness.
 */
import { randomStream } from '../kernels/random.js';

/** From the second dimension on: the coefficients a of the primitive polynomial, and m_1 … m_s, one for each degree. */
const JOE_KUO: ReadonlyArray<readonly [a: number, m: readonly number[]]> = [
  [0, [1]],
  [1, [1, 3]],
  [1, [1, 3, 1]],
  [2, [1, 1, 1]],
  [1, [1, 1, 3, 3]],
  [4, [1, 3, 5, 13]],
  [2, [1, 1, 5, 5, 17]],
  [4, [1, 1, 5, 5, 5]],
  [7, [1, 1, 7, 11, 19]],
  [11, [1, 1, 5, 1, 1]],
  [13, [1, 1, 1, 3, 11]],
  [14, [1, 3, 5, 5, 31]],
  [1, [1, 3, 3, 9, 7, 49]],
  [13, [1, 1, 1, 15, 21, 21]],
  [16, [1, 3, 1, 13, 27, 49]],
  [19, [1, 1, 1, 15, 7, 5]],
  [22, [1, 3, 1, 15, 13, 25]],
  [25, [1, 1, 5, 5, 19, 61]],
  [1, [1, 3, 7, 11, 23, 15, 103]],
  [4, [1, 3, 7, 13, 13, 15, 69]],
  [7, [1, 1, 3, 13, 7, 35, 63]],
  [8, [1, 3, 5, 9, 1, 25, 53]],
  [14, [1, 3, 1, 13, 9, 35, 107]],
  [19, [1, 3, 1, 5, 27, 61, 31]],
  [21, [1, 1, 5, 11, 19, 41, 61]],
  [28, [1, 3, 5, 3, 3, 13, 69]],
  [31, [1, 1, 7, 13, 1, 19, 1]],
  [32, [1, 3, 7, 5, 13, 19, 59]],
  [37, [1, 1, 3, 9, 25, 29, 41]],
  [41, [1, 3, 5, 13, 23, 1, 55]],
  [42, [1, 3, 7, 3, 13, 59, 17]],
];

/** The most coordinates that a point can have. */
export const SOBOL_DIMENSIONS = JOE_KUO.length + 1;

const BITS = 32;

/** The bits that each digit of the Gray code flips, for one coordinate (Joe & Kuo 2008, eq. 2). */
function directions(dimension: number): Uint32Array {
  const v = new Uint32Array(BITS);
  if (dimension === 0) return v.map((_, k) => 2 ** (BITS - 1 - k));
  const [a, m] = JOE_KUO[dimension - 1]!;
  const s = m.length;
  for (let k = 0; k < BITS; k++) {
    if (k < s) {
      v[k] = m[k]! << (BITS - 1 - k);
      continue;
    }
    let bits = v[k - s]! ^ (v[k - s]! >>> s);
    for (let j = 1; j < s; j++) if ((a >> (s - 1 - j)) & 1) bits ^= v[k - j]!;
    v[k] = bits;
  }
  return v;
}

/**
 * One point of the sequence.
 *
 * @param index from 0, below 2^31
 * @param dimensions 1 to `SOBOL_DIMENSIONS`
 * @param seed of the shift; without one the plain sequence, which starts with the corner 0
 * @returns coordinates in [0, 1), multiples of 2^-32
 *
 * Cost: O(32 · dimensions); a point needs no other.
 */
export function sobolPoint(index: number, dimensions: number, seed?: number): Float64Array {
  const gray = index ^ (index >>> 1);
  const shift = seed === undefined ? undefined : randomStream(seed);
  return Float64Array.from({ length: dimensions }, (_, dimension) => {
    const v = directions(dimension);
    let bits = shift ? shift.uniform() * 2 ** BITS : 0;
    for (let k = 0; gray >>> k !== 0; k++) if ((gray >>> k) & 1) bits ^= v[k]!;
    return (bits >>> 0) / 2 ** BITS;
  });
}
