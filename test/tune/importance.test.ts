import { describe, expect, it } from 'vitest';
import { type Space, tune } from '../../src/tune/index.js';

const SPACE: Space = {
  strong: { type: 'double', min: 0, max: 1 },
  weak: { type: 'categorical', values: ['a', 'b'] },
  none: { type: 'double', min: 0, max: 1 },
};
const search = (trials: number) =>
  tune({
    space: SPACE,
    search: 'random',
    trials,
    evaluate: ({ parameters }) => Math.abs((parameters.strong as number) - 0.4) + (parameters.weak === 'a' ? 0.1 : 0),
  });

describe('the importance of parameters', () => {
  it('orders them by what they explain alone', async () => {
    const { importance } = await search(300);
    expect(Object.keys(importance!)).toEqual(Object.keys(SPACE));
    const { strong, weak, none } = importance!;
    expect(strong).toBeGreaterThan(0.5);
    expect(weak).toBeGreaterThan(0.02);
    expect(weak).toBeLessThan(strong!);
    expect(none).toBeLessThan(0.03);
  });

  it('is not said of a few trials', async () => {
    expect(await search(19)).not.toHaveProperty('importance');
    expect(await search(20)).toHaveProperty('importance');
  });
});
