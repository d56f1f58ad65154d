/**
 * Steps from slopes to better weights, on plain arrays: the same numbers on every back end. Formulas are those of Keras and
 * TensorFlow; weights are changed in place.
 */
import type { OptimiserName } from './training-options.js';

export interface Optimiser {
  /** @param slopes of the loss, one array a weight array, in the same order at every step */
  step(weights: readonly Float32Array[], slopes: readonly ArrayLike<number>[], learningRate: number): void;
}

/** Penalties of ProximalAdagrad. */
export interface Proximal {
  readonly l1: number;
  readonly l2: number;
}

export function optimiser(name: OptimiserName, proximal: Proximal = { l1: 0, l2: 0 }): Optimiser {
  switch (name) {
    case 'Adam':
      return adam();
    case 'SGD':
      return { step: (weights, slopes, rate) => each(weights, slopes, (w, s, i) => w[i]! - rate * s[i]!) };
    case 'RMSProp':
      return rmsProp();
    case 'ProximalAdagrad':
      return proximalAdagrad(proximal);
  }
}

type Update = (weights: Float32Array, slopes: ArrayLike<number>, i: number, array: number) => number;

function each(weights: readonly Float32Array[], slopes: readonly ArrayLike<number>[], update: Update): void {
  for (let k = 0; k < weights.length; k++) {
    const [w, s] = [weights[k]!, slopes[k]!];
    for (let i = 0; i < w.length; i++) w[i] = update(w, s, i, k);
  }
}

/** Memory of as many numbers as there are weights. */
const memory = (weights: readonly Float32Array[], value = 0) =>
  weights.map(({ length }) => new Float64Array(length).fill(value));

/** Kingma & Ba (2015), with ε added as in Keras: to the root of the uncorrected second moment. */
function adam(): Optimiser {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];
  let first: Float64Array[];
  let second: Float64Array[];
  let steps = 0;
  return {
    step(weights, slopes, learningRate) {
      first ??= memory(weights);
      second ??= memory(weights);
      steps++;
      const rate = (learningRate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps);
      for (let k = 0; k < weights.length; k++) {
        const [w, s, m, v] = [weights[k]!, slopes[k]!, first[k]!, second[k]!];
        for (let i = 0; i < w.length; i++) {
          m[i] = beta1 * m[i]! + (1 - beta1) * s[i]!;
          v[i] = beta2 * v[i]! + (1 - beta2) * s[i]! * s[i]!;
          w[i] = w[i]! - (rate * m[i]!) / (Math.sqrt(v[i]!) + epsilon);
        }
      }
    },
  };
}

/** Tieleman & Hinton (2012), ρ = 0.9. */
function rmsProp(): Optimiser {
  const [rho, epsilon] = [0.9, 1e-7];
  let squares: Float64Array[];
  return {
    step(weights, slopes, rate) {
      squares ??= memory(weights);
      each(weights, slopes, (w, s, i, k) => {
        const v = squares[k]!;
        v[i] = rho * v[i]! + (1 - rho) * s[i]! * s[i]!;
        return w[i]! - (rate * s[i]!) / Math.sqrt(v[i]! + epsilon);
      });
    },
  };
}

/** Adagrad whose step ends with the exact minimum of the penalties l1·|w| + l2·w²/2: Duchi & Singer (2009), FOBOS. */
function proximalAdagrad({ l1, l2 }: Proximal): Optimiser {
  let squares: Float64Array[];
  return {
    step(weights, slopes, learningRate) {
      squares ??= memory(weights, 0.1); // TensorFlow's initial accumulator
      each(weights, slopes, (w, s, i, k) => {
        const v = squares[k]!;
        v[i] = v[i]! + s[i]! * s[i]!;
        const rate = learningRate / Math.sqrt(v[i]!);
        const moved = w[i]! - rate * s[i]!;
        return (Math.sign(moved) * Math.max(Math.abs(moved) - rate * l1, 0)) / (1 + rate * l2);
      });
    },
  };
}
