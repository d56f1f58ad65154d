/** Many cheap random decisions, for dropout. */
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { randomStream } from '../kernels/random.js';

export interface RandomBits {
  /** Cells that are 0 with probability `rate` (to 1 / 65,536), else 1 / (1 − rate). */
  mask(length: number, rate: number): Float32Array;
}

/** @param seed an integer, |seed| < 2^53 */
export function randomBits(seed: number): RandomBits {
  const stream = randomStream(seed);
  const word = () => Math.floor(stream.uniform() * 2 ** 32) | 0;
  const generator = xoroshiro128plusFromState([word() | 1, word(), word(), word()]);
  return {
    mask(length, rate) {
      const out = new Float32Array(length);
      const limit = Math.round(rate * 65_536);
      const kept = 1 / (1 - rate);
      for (let i = 0; i < length; i += 2) {
        const bits = generator.next(); // 32 bits decide two cells
        // the sign of limit − 1 − bits is 1 where bits ≥ limit: a branch would be guessed wrong at random
        out[i] = kept * ((limit - 1 - (bits & 0xffff)) >>> 31);
        out[i + 1] = kept * ((limit - 1 - (bits >>> 16)) >>> 31);
      }
      return out;
    },
  };
}
