/**
 * Seeded random streams and the samplers that simulation and parameter draws need.
 *
 * The generator is xoroshiro128+ (Blackman & Vigna 2018, "Scrambled Linear Pseudorandom Number Generators") of
 * pure-rand: the same seed gives the same numbers on every machine. Not for secrets.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A source of randomness. Each draw moves it on, so the order of the draws matters. */
export interface RandomStream {
  /** A multiple of 2^-53, uniform in the open interval (0, 1): its logarithm is always finite and below 0. */
  uniform(): number;
}

/**
 * A new stream. Streams of different seeds look unrelated, also where the seeds are neighbours.
 *
 * @param seed an integer, |seed| < 2^53; a fraction is cut off
 */
export function randomStream(seed: number): RandomStream {
  const low = seed | 0;
  const high = Math.floor(seed / 2 ** 32) | 0;
  // pure-rand puts the bare seed into the state, so neighbouring seeds start alike; four scrambled words do not. They
  // are never all zero, the one state that generates nothing: scramble is one-to-one and takes four different values.
  const word = (k: number) => scramble(scramble((low + k * 0x9e3779b9) | 0) + high);
  const generator = xoroshiro128plusFromState([word(1), word(2), word(3), word(4)]);
  return {
    uniform() {
      let u = uniformFloat64(generator);
      while (u === 0) u = uniformFloat64(generator);
      return u;
    },
  };
}

/** One-to-one mixing of 32 bits, each into all others. Source: the finaliser of Appleby's MurmurHash3. */
function scramble(bits: number): number {
  let z = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}

/** A draw of Exponential(rate), mean 1 / rate. Rate ≥ 0; at rate 0 nothing ever happens: Infinity. */
export function drawExponential(stream: RandomStream, rate: number): number {
  return -Math.log(stream.uniform()) / rate;
}

/**
 * A draw of the standard normal distribution.
 *
 * Source: Marsaglia's polar method. The second normal of each pair is dropped, so that a stream has no hidden state.
 */
export function drawNormal(stream: RandomStream): number {
  for (;;) {
    const x = 2 * stream.uniform() - 1;
    const y = 2 * stream.uniform() - 1;
    const square = x * x + y * y;
    if (square < 1 && square > 0) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * A draw of Gamma(shape, rate), mean shape / rate, variance shape / rate².
 *
 * @param shape > 0; for tiny shapes most draws lie below the smallest double and come out as 0
 * @param rate > 0; at rate 0, the limit of a rate drawn too small for a double, Infinity
 * @returns ≥ 0; NaN outside the domain
 *
 * Source: Marsaglia & Tsang (2000), "A Simple Method for Generating Gamma Variables", ACM TOMS 26(3), 363–372; for
 * shape < 1 their boost, Gamma(shape) = Gamma(shape + 1) · U^(1 / shape).
 */
export function drawGamma(stream: RandomStream, shape: number, rate: number): number {
  if (!(shape > 0 && shape < Infinity && rate >= 0)) return Number.NaN; // NaN would never be accepted below
  if (rate === 0) return Infinity;
  if (shape >= 1) return standardGamma(stream, shape) / rate;
  return (standardGamma(stream, shape + 1) * Math.exp(Math.log(stream.uniform()) / shape)) / rate;
}

/**
 * A draw of Beta(a, b), mean a / (a + b).
 *
 * @param a > 0, and b > 0; from 1e-300 on
 * @returns in [0, 1], the ends included where a double can come no closer; NaN outside the domain
 *
 * Source: X / (X + Y) of two gammas, taken in logs: at small a and b both underflow, and 0 / 0 would be left.
 */
export function drawBeta(stream: RandomStream, a: number, b: number): number {
  return 1 / (1 + Math.exp(logGamma(stream, b) - logGamma(stream, a)));
}

/** The logarithm of a draw of Gamma(shape, 1). */
function logGamma(stream: RandomStream, shape: number): number {
  if (!(shape > 0 && shape < Infinity)) return Number.NaN;
  if (shape >= 1) return Math.log(standardGamma(stream, shape));
  return Math.log(standardGamma(stream, shape + 1)) + Math.log(stream.uniform()) / shape;
}

/** Gamma(shape, 1) for finite shape ≥ 1: a cubed normal, accepted in over 95 of 100 cases. */
function standardGamma(stream: RandomStream, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(stream);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = stream.uniform();
    if (u < 1 - 0.0331 * x ** 4) return d * v; // settles most cases without a logarithm
    if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}
