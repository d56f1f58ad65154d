import { describe, expect, it } from 'vitest';
import { paceText } from '../../src/commands/pace.js';

describe('the pace of a step', () => {
  it('is what was done in the time, and what is left at that rate', () => {
    expect(paceText(4, 0.25, { amount: 800, unit: 'MB' })).toBe('50 MB/s, 12 s left');
    expect(paceText(30, 0.5)).toBe('30 s left');
    expect(paceText(60, 0.1)).toBe('9 min left');
    expect(paceText(3600, 0.25, { amount: 40, unit: 'trials' })).toBe('0.0028 trials/s, 3 h 0 min left');
  });

  it('is not guessed at the beginning, nor told at the end', () => {
    for (const text of [paceText(0.5, 0.5), paceText(10, 0.01), paceText(10, 0), paceText(10, 1)])
      expect(text).toBe('');
  });
});
