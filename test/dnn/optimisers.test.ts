/** Steps against Keras and TensorFlow in float64; ours keep weights in float32, which rounds once a step. */
import { describe, expect, it } from 'vitest';
import { type Optimiser, optimiser } from '../../src/dnn/optimisers.js';
import { decayed, OPTIMISERS } from '../../src/dnn/training-options.js';
import { expectClose, float32, keras } from './keras.js';

const { optimizers, exponential_decay, regularizers } = keras;

/** Five steps with weights below 1: each may round by 2^-25. */
const CLOSE = 1e-7;

/** The weights after each step with the golden gradients. */
function stepped(steps: Optimiser, rate: number): Float32Array[] {
  const weights = float32(optimizers.start);
  return optimizers.gradients.map((gradient) => {
    steps.step([weights], [[...gradient]], rate);
    return weights.slice();
  });
}

describe('agrees with Keras to 1e-7 after each step:', () => {
  it.each([
    ['SGD', 'sgd'],
    ['Adam', 'adam'],
    ['RMSProp', 'rmsprop'],
    ['ProximalAdagrad', 'proximal_adagrad'],
    ['ProximalAdagrad', 'proximal_adagrad_without_penalty'],
  ] as const)('%s, %s', (name, key) => {
    const { learning_rate, l1 = 0, l2 = 0, after_each_step_f64 } = optimizers[key];
    const found = stepped(optimiser(name, { l1, l2 }), learning_rate);
    found.forEach((weights, step) => {
      expectClose(key, weights, after_each_step_f64[step]!, CLOSE);
    });
  });
});

describe('ProximalAdagrad', () => {
  it('sets a weight to exactly 0 where the penalty outweighs it, until a slope is large enough', () => {
    const { learning_rate, l1, l2 } = optimizers.proximal_adagrad;
    const found = stepped(optimiser('ProximalAdagrad', { l1, l2 }), learning_rate);
    expect(found.map((weights) => weights[3] === 0)).toEqual([true, true, true, true, false]);
  });

  it('takes the step that one finds by hand', () => {
    // The accumulator starts at 0.1: √(0.1 + 0.45²) = 0.55, so a rate of 0.55 is divided to 1. Then
    // 2 − 0.45 = 1.55, less l1 = 0.3 is 1.25, divided by 1 + l2 = 1.25 is 1.
    const weights = Float32Array.of(2, -2);
    optimiser('ProximalAdagrad', { l1: 0.3, l2: 0.25 }).step([weights], [[0.45, -0.45]], 0.55);
    expectClose('by hand', weights, [1, -1], 1e-7);
  });
});

describe.each(OPTIMISERS)('%s', (name) => {
  it('goes down to the bottom of a parabola', () => {
    const weights = Float32Array.of(1, -1);
    const steps = optimiser(name);
    for (let step = 0; step < 3000; step++) {
      steps.step([weights], [weights.map((w, i) => 2 * (w - [0.25, 0.5][i]!))], decayed(0.1, 0.5, 300, step));
    }
    expectClose('parabola', weights, [0.25, 0.5], 1e-3);
  });

  it('treats each weight array as if it were alone', () => {
    const [together, alone] = [optimiser(name), optimiser(name)];
    const [first, second, lone] = [Float32Array.of(1), Float32Array.of(0.5, 0.25), Float32Array.of(0.5, 0.25)];
    for (const slope of [0.3, -0.2, 0.1]) {
      together.step([first, second], [[5], [slope, -slope]], 0.01);
      alone.step([lone], [[slope, -slope]], 0.01);
    }
    expect(second).toEqual(lone);
  });
});

describe('the learning rate', () => {
  it('falls in stairs, as that of Keras does', () => {
    const { initial_learning_rate, decay_rate, decay_steps, steps, staircase } = exponential_decay;
    const found = steps.map((step) => decayed(initial_learning_rate, decay_rate, decay_steps, step));
    expectClose('decay', found, staircase.learning_rate_f64, 1e-17);
  });
});

describe('penalties on kernels', () => {
  it.each(['l1', 'l2', 'l1_l2'] as const)('%s have the slope l1 · sign(w) + 2 · l2 · w in Keras', (name) => {
    // ours are tested for that slope in train-member.test.ts
    const { l1, l2, gradient_f64 } = regularizers[name];
    const slopes = regularizers.kernel.flat().map((w) => l1 * Math.sign(w) + 2 * l2 * w);
    expectClose(name, slopes, gradient_f64, 1e-15);
  });
});
