/**
 * exp, log and their likes for two doubles at once. Relative error ≤ 5e-16 against mpmath, 20,000 points each, where
 * argument and result are normal doubles; nothing is promised for others.
 *
 * Sources: exp by the rational function of Cephes (S. Moshier, exp.c), log by the polynomial of fdlibm (e_log.c).
 * Constants lie in memory: a splat from there costs less than a vector constant in the code.
 */

const numbers = memory.data<f64>([
  1.4426950408889634, // 0: 1/ln 2
  0.6931471803691238, // 1: ln 2, the upper bits
  1.9082149292705877e-10, // 2: ln 2, what these lack
  6755399441056767.0, // 3: 3 · 2⁵¹ + 1023: adding it rounds to a whole number n and leaves n + 1023 in the lowest bits
  1.2617719307481059e-4, // 4–6: Cephes, P
  3.0299440770744196e-2,
  1.0,
  3.0019850513866446e-6, // 7–10: Cephes, Q
  2.5244834034968410e-3,
  2.2726554820815503e-1,
  2.0,
  6.666666666666735130e-1, // 11–17: fdlibm, Lg1 to Lg7
  3.999999999940941908e-1,
  2.857142874366239149e-1,
  2.222219843214978396e-1,
  1.818357216161805012e-1,
  1.531383769920937332e-1,
  1.479819860511658591e-1,
  4503599627371519.0, // 18: 2⁵² + 1023
  0.6931471805599453, // 19: ln 2
  1.0, // 20
]);
const masks = memory.data<i64>([
  0x3ff0000000000000 - 0x3fe6a09e667f3bcd,
  0x3fe6a09e667f3bcd,
  0x000fffffffffffff, // of a mantissa
  0x4330000000000000, // bits of 2⁵²
]);

// @ts-ignore: decorator
@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

// @ts-ignore: decorator
@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

// @ts-ignore: decorator
@inline
export function div(a: v128, b: v128): v128 {
  return f64x2.div(a, b);
}

// @ts-ignore: decorator
@inline
export function splat(value: f64): v128 {
  return f64x2.splat(value);
}

// @ts-ignore: decorator
@inline
function number(index: usize): v128 {
  return v128.load_splat<f64>(numbers + (index << 3));
}

// @ts-ignore: decorator
@inline
function mask(index: usize): v128 {
  return v128.load_splat<i64>(masks + (index << 3));
}

/** A vector constant in the code would cost more. */
// @ts-ignore: decorator
@inline
export function one(): v128 {
  return number(20);
}

/** v/ln 2 to the nearest whole number n, plus 3 · 2⁵¹ + 1023. */
// @ts-ignore: decorator
@inline
function rounded(v: v128): v128 {
  return add(mul(v, number(0)), number(3));
}

/** 2ⁿ. */
// @ts-ignore: decorator
@inline
function power(rounded: v128): v128 {
  return i64x2.shl(rounded, 52);
}

/** eᶠ − 1 of f = v − n ln 2, |f| ≤ 0.35. */
// @ts-ignore: decorator
@inline
function fraction(v: v128, rounded: v128): v128 {
  const n = sub(rounded, number(3));
  const f = sub(sub(v, mul(n, number(1))), mul(n, number(2)));
  const ff = mul(f, f);
  const p = mul(
    f,
    add(mul(add(mul(number(4), ff), number(5)), ff), number(6)),
  );
  const q = add(
    mul(add(mul(add(mul(number(7), ff), number(8)), ff), number(9)), ff),
    number(10),
  );
  return div(add(p, p), sub(q, p));
}

/** eᵛ, |v| ≤ 708. */
// @ts-ignore: decorator
@inline
export function exp(v: v128): v128 {
  const n = rounded(v);
  const scale = power(n);
  return add(scale, mul(scale, fraction(v, n)));
}

/** eᵛ − 1, |v| ≤ 708. */
// @ts-ignore: decorator
@inline
export function expm1(v: v128): v128 {
  const n = rounded(v);
  const scale = power(n);
  return add(mul(scale, fraction(v, n)), sub(scale, one()));
}

/** Bits of u, moved so that the exponent k + 1023 of u = 2ᵏ · mantissa, √½ ≤ mantissa < √2, stands alone on top. */
// @ts-ignore: decorator
@inline
function moved(u: v128): v128 {
  return i64x2.add(u, mask(0));
}

// @ts-ignore: decorator
@inline
function exponent(moved: v128): v128 {
  return sub(v128.or(i64x2.shr_u(moved, 52), mask(3)), number(18));
}

// @ts-ignore: decorator
@inline
function mantissa(moved: v128): v128 {
  return i64x2.add(v128.and(moved, mask(2)), mask(1));
}

/** k ln 2 + ln(1 + f), −0.3 < f < 0.42. */
// @ts-ignore: decorator
@inline
function logOf(k: v128, f: v128): v128 {
  const s = div(f, add(number(10), f));
  const z = mul(s, s);
  const zz = mul(z, z);
  const even = mul(zz, add(number(12), mul(zz, add(number(14), mul(zz, number(16))))));
  const odd = mul(z, add(number(11), mul(zz, add(number(13), mul(zz, add(number(15), mul(zz, number(17))))))));
  return add(mul(k, number(19)), mul(s, add(number(10), add(even, odd))));
}

/** ln u, u > 0. */
// @ts-ignore: decorator
@inline
export function log(u: v128): v128 {
  const bits = moved(u);
  return logOf(exponent(bits), sub(mantissa(bits), one()));
}

/** ln(1 + y), y ≥ −½. */
// @ts-ignore: decorator
@inline
export function log1p(y: v128): v128 {
  const bits = moved(add(y, one()));
  const k = exponent(bits);
  const f = v128.bitselect(y, sub(mantissa(bits), one()), f64x2.eq(k, splat(0)));
  return logOf(k, f);
}
