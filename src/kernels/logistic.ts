/** ln(1 + eᵘ), for any u without overflow; −Infinity gives 0. Relative error ≤ 2e-16 · few. */
export function softplus(u: number): number {
  return u > 0 ? u + Math.log1p(Math.exp(-u)) : Math.log1p(Math.exp(u));
}

/** 1 / (1 + e⁻ᵘ), in [0, 1]; small results keep their relative accuracy. */
export function logistic(u: number): number {
  if (u >= 0) return 1 / (1 + Math.exp(-u));
  const e = Math.exp(u);
  return e / (1 + e);
}

/** (eᵘ − 1) / u, which is 1 at u = 0. */
export function expm1Ratio(u: number): number {
  return u === 0 ? 1 : Math.expm1(u) / u;
}
