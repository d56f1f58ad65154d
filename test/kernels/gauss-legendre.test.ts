import { describe, expect, it } from 'vitest';
import { gaussLegendre } from '../../src/kernels/gauss-legendre.js';

describe('gaussLegendre', () => {
  it('gives the rule printed in Abramowitz & Stegun, table 25.4, for n = 5', () => {
    const { nodes, weights } = gaussLegendre(5);
    const printed = [-0.906179845938664, -0.538469310105683, 0, 0.538469310105683, 0.906179845938664];
    const printedWeights = [
      0.236926885056189, 0.478628670499366, 0.568888888888889, 0.478628670499366, 0.236926885056189,
    ];
    printed.forEach((node, i) => {
      expect(2 * nodes[i]! - 1).toBeCloseTo(node, 14);
      expect(2 * weights[i]!).toBeCloseTo(printedWeights[i]!, 14);
    });
  });

  it.each([1, 2, 7, 20, 24])('with %i nodes is exact for polynomials to degree 2n − 1', (n) => {
    const { nodes, weights } = gaussLegendre(n);
    for (let degree = 0; degree < 2 * n; degree++) {
      const integral = nodes.reduce((sum, node, i) => sum + weights[i]! * node ** degree, 0);
      expect(Math.abs(integral - 1 / (degree + 1))).toBeLessThan(4e-15);
    }
  });

  it('is not exact one degree further', () => {
    const { nodes, weights } = gaussLegendre(3);
    const integral = nodes.reduce((sum, node, i) => sum + weights[i]! * node ** 6, 0);
    expect(Math.abs(integral - 1 / 7)).toBeGreaterThan(1e-4);
  });

  it('has nodes that rise within (0, 1) and weights that mirror', () => {
    const { nodes, weights } = gaussLegendre(24);
    expect(nodes.every((node, i) => node > (nodes[i - 1] ?? 0) && node < 1)).toBe(true);
    expect(Array.from(weights)).toEqual(Array.from(weights).reverse());
  });
});
