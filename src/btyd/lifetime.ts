/**
 * What models share in which a Poisson buyer leaves at a moment that has nothing to do with their purchases: counts
 * until the end of a horizon or of the lifetime, whichever comes first.
 */
import { integrate } from '../kernels/integrate.js';
import { negativeBinomial } from '../kernels/negative-binomial.js';

/** How long someone stays from now on. */
export interface Lifetime {
  /** Smallest scale of time on which `survival` and `density` change. */
  readonly finest: number;
  /** P(still there after t). */
  survival(t: number): number;
  /** Density of leaving at t. */
  density(t: number): number;
  /** The lifetime that remains of who is still there after t, counted from then. */
  from(t: number): Lifetime;
}

/** A buyer of rate Gamma(shape, rate) for as long as they stay. */
export interface GammaLife extends Lifetime {
  readonly shape: number;
  readonly rate: number;
}

/** P(a purchase in (from, to]): the first one after `from` comes at u, before leaving. */
export function activeWithin(life: GammaLife, from: number, to: number): number {
  if (to === from) return 0;
  const { shape, rate } = life;
  const later = from === 0 ? life : life.from(from);
  const finest = Math.min(later.finest, rate / (shape + 1));
  const [bought] = integrate(to - from, finest, 1, (u, out) => {
    out[0] = (shape / rate) * Math.exp(-(shape + 1) * Math.log1p(u / rate)) * later.survival(u);
  });
  return Math.min(1, life.survival(from) * bought!);
}

/** P(n purchases in (0, horizon]), n = 0 … most, of n customers: still there, or left at u with n purchases. */
export function countsOf(n: number, most: number, lifeOf: (row: number) => GammaLife, horizon: number): Float64Array {
  const width = most + 1;
  const out = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    const life = lifeOf(i);
    const { shape, rate } = life;
    const counts = (t: number, share: number, to: Float64Array) => {
      for (let count = 0; count < width; count++) to[count] = share * negativeBinomial(count, shape, t / rate);
    };
    const row = out.subarray(i * width, (i + 1) * width);
    counts(horizon, life.survival(horizon), row);
    if (horizon === 0) continue;
    const finest = Math.min(life.finest, rate / (shape + 1));
    const left = integrate(horizon, finest, width, (u, to) => counts(u, life.density(u), to));
    for (let count = 0; count < width; count++) row[count]! += left[count]!;
  }
  return out;
}
