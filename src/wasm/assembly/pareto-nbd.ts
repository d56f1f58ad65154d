/**
 * The Pareto/NBD log-likelihood of many customers, two at a time: what src/btyd/pareto-likelihood.ts and
 * src/kernels/death-times.ts say, in WebAssembly SIMD. Read those first; names and order are theirs.
 *
 * Customers go in pairs through the same nodes in lockstep, so only those with equally many nodes make a pair. What is
 * found for a customer does not depend on whose pair it is.
 *
 * The work is cut into short loops over small columns. A long loop is one long chain of operations that wait for each
 * other, and leaves the processor idle: in one loop a pair it all takes twice as long.
 */
import { add, div, exp, expm1, log, log1p, mul, one, splat, sub } from './simd-math';

/** Most customers a call. */
export const CAPACITY: i32 = 2048;
const COLUMN: usize = 8 * 2048;
/** Addresses of the columns that the caller fills. */
export const frequency: usize = memory.data(5 * 8 * 2048, 16);
export const recency: usize = frequency + COLUMN;
export const age: usize = frequency + 2 * COLUMN;
export const weight: usize = frequency + 3 * COLUMN;
/** Address of what is found for each customer: the log-odds of having left. */
export const odds: usize = frequency + 4 * COLUMN;

/** Addresses of the rules that the caller fills: nodes on [0, 1], then weights. */
export const rule8: usize = memory.data(16 * 8, 16);
export const rule12: usize = memory.data(16 * 12, 16);
export const rule24: usize = memory.data(16 * 24, 16);

/**
 * Address of sums over customers: log-likelihood; derivatives by r, alpha, s, beta; by rr, r alpha, r s, r beta,
 * alpha alpha, alpha s, alpha beta, s s, s beta, beta beta. Each is multiplied by alpha and by beta as often as it is a
 * derivative by them. What Γ(r+x)/Γ(r) adds is left out.
 */
export const sums: usize = memory.data(8 * 15, 16);
const SUMS: i32 = 15;
/** The same, of the first and of the second customers of all pairs. */
const pairSums: usize = memory.data(16 * 15, 16);

const PANEL: f64 = 5;
const MOST_PANELS: i32 = 24;
const NEGLIGIBLE: f64 = 37;

/** Customers that are worked on together, so that all their columns stay near the processor. */
const BLOCK: i32 = 128;
/** By customer of a block: the plan of the nodes. Kinds 0 and 1 are the short rules, 1 + n is n panels of the long one. */
const lengths: usize = memory.data(8 * 128, 16);
const rhos: usize = memory.data(8 * 128, 16);
const ends: usize = memory.data(8 * 128, 16);
const kinds: usize = memory.data(4 * 128, 16);
const KINDS: i32 = 26;
/** Who waits for a partner, by kind; −1: nobody. */
const waiting: usize = memory.data(4 * 26, 16);

/** By pair of a block, two numbers each; at most 64 pairs and 26 without a partner. */
const pairs: usize = memory.data(16 * 96 * 33, 16);
const PAIR: usize = 16 * 96;
const X: usize = 0;
const TX: usize = PAIR;
const AGE: usize = 2 * PAIR;
const WEIGHT: usize = 3 * PAIR;
const LENGTH: usize = 4 * PAIR;
const RHO: usize = 5 * PAIR;
const END: usize = 6 * PAIR;
/** Of the likelier fate: until when it has them buy, and `logIntegral` if it is to have left. */
const UNTIL: usize = 7 * PAIR;
const INTEGRAL: usize = 8 * PAIR;
/** ln((α+T)/(α+tx)) and ln((β+T)/(β+tx)). */
const ALPHA_WAITED: usize = 9 * PAIR;
const BETA_WAITED: usize = 10 * PAIR;
/** ln(1 + tx/α) and ln(1 + tx/β). */
const ALPHA_THEN: usize = 11 * PAIR;
const BETA_THEN: usize = 12 * PAIR;
/** Probability of a repeat purchase; 1 where x > 0. */
const BOUGHT: usize = 13 * PAIR;
/** Log-odds of having left, and e^−|log-odds|. */
const ODDS: usize = 14 * PAIR;
const EXP_ODDS: usize = 15 * PAIR;
/** Σ share. */
const TOTAL: usize = 16 * PAIR;
/** Means over the moments of leaving, of A, a, B, b and of bought · B; covariances of the first four. */
const MEANS: usize = 17 * PAIR;
/** Which customers they are, and the kind of their nodes: i32 each. */
const WHO: usize = 32 * PAIR;

/** By node of a pair: w, e^w − 1, ln(1 + rho (e^w − 1)), share. */
const nodes: usize = memory.data(4 * 16 * 24 * 24, 16);
const GROWTH: usize = 16 * 24 * 24;
const MORE: usize = 2 * GROWTH;
const SHARE: usize = 3 * GROWTH;

let r: f64 = 0;
let alpha: f64 = 0;
let s: f64 = 0;
let beta: f64 = 0;
let least: f64 = 0;
let most: f64 = 0;
let alphaIsLess: bool = true;
let logAlpha: f64 = 0;

/**
 * Does customers 0 to n − 1, n ≤ CAPACITY, from the columns: fills `odds` and `sums`, the derivatives only if wanted.
 *
 * @returns false where a number is so small or so large that nothing is promised
 */
export function evaluate(n: i32, givenR: f64, givenAlpha: f64, givenS: f64, givenBeta: f64, derivatives: bool): bool {
  r = givenR;
  alpha = givenAlpha;
  s = givenS;
  beta = givenBeta;
  alphaIsLess = alpha <= beta;
  least = alphaIsLess ? alpha : beta;
  most = alphaIsLess ? beta : alpha;
  logAlpha = f64x2.extract_lane(log(splat(alpha)), 0);
  memory.fill(pairSums, 0, 16 * 15);
  if (n & 1) {
    // the plan is made for two at a time: beside the last one stands a customer of whom nothing is known
    const beyond = frequency + (<usize>n << 3);
    store<f64>(beyond, 0);
    store<f64>(beyond + COLUMN, 0);
    store<f64>(beyond + 2 * COLUMN, 0);
  }
  for (let first = 0; first < n; first += BLOCK) {
    const count = min(BLOCK, n - first);
    if (!plan(frequency + (<usize>first << 3), count)) return false;
    const found = couple(first, count);
    const last = pairs + (<usize>found << 4);
    for (let pair = pairs; pair < last; pair += 16) {
      if (derivatives) placeAndAverage(pair);
      else place(pair);
    }
    likelihoods(last);
    if (derivatives) moments(last);
  }
  for (let k = 0; k < SUMS; k++) {
    const both = v128.load(pairSums + (<usize>k << 4));
    store<f64>(sums + (<usize>k << 3), f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1));
  }
  return true;
}

/** DeathTimes.place up to its loops, for a block whose frequencies start at `from`. */
function plan(from: usize, count: i32): bool {
  const bytes = <usize>count << 3;
  let doubtful = splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const tx = v128.load(from + at, COLUMN);
    const T = v128.load(from + at, 2 * COLUMN);
    const waited = sub(T, tx);
    const start = add(splat(least), tx);
    v128.store(lengths + at, log1p(div(waited, start)));
    v128.store(rhos + at, div(start, add(splat(most), tx)));
    const tiny = v128.or(isTiny(tx), v128.or(isTiny(T), isTiny(waited)));
    const huge = v128.or(f64x2.gt(T, splat(1e60)), f64x2.gt(v128.load(from + at), splat(1e15)));
    doubtful = v128.or(doubtful, v128.or(tiny, huge));
  }
  if (v128.any_true(doubtful)) return false;

  for (let at: usize = 0; at < bytes; at += 16) {
    const k = add(splat(r), v128.load(from + at));
    const tx = v128.load(from + at, COLUMN);
    const T = v128.load(from + at, 2 * COLUMN);
    const slow = alphaIsLess ? sub(k, one()) : splat(s);
    const q = alphaIsLess ? splat(s + 1) : k;
    const rho = v128.load(rhos + at);
    const length = v128.load(lengths + at);
    const grown = div(add(splat(least), T), add(splat(most), tx));
    const before = add(slow, mul(q, rho));
    const after = add(slow, div(mul(q, grown), add(sub(one(), rho), grown)));
    const fall = mul(f64x2.pmax(f64x2.abs(before), f64x2.abs(after)), length);
    const for8 = v128.and(f64x2.le(length, splat(1)), f64x2.le(fall, splat(2)));
    const for12 = v128.and(f64x2.le(length, splat(2)), f64x2.le(fall, splat(6)));
    v128.store(ends + at, length);
    store<i32>(kinds + (at >> 1), 1 + i32(i64x2.extract_lane(for8, 0)));
    store<i32>(kinds + (at >> 1), 1 + i32(i64x2.extract_lane(for8, 1)), 4);
    if (i64x2.all_true(for12)) continue;
    if (!i64x2.extract_lane(for12, 0)) planLong(at, f64x2.extract_lane(slow, 0), f64x2.extract_lane(q, 0));
    if (!i64x2.extract_lane(for12, 1)) planLong(at + 8, f64x2.extract_lane(slow, 1), f64x2.extract_lane(q, 1));
  }
  return true;
}

/** 0 < v < 1e-60. */
// @ts-ignore: decorator
@inline
function isTiny(v: v128): v128 {
  return v128.and(f64x2.gt(v, splat(0)), f64x2.lt(v, splat(1e-60)));
}

function planLong(at: usize, slow: f64, q: f64): void {
  const end = cut(load<f64>(lengths + at), slow, q, load<f64>(rhos + at));
  store<f64>(ends + at, end);
  store<i32>(kinds + (at >> 1), 1 + i32(Math.min(MOST_PANELS, Math.max(1, Math.ceil(end / PANEL)))));
}

function phi(w: f64, slow: f64, q: f64, rho: f64): f64 {
  return slow * w + q * f64x2.extract_lane(log1p(mul(splat(rho), expm1(splat(w)))), 0);
}

function slope(w: f64, slow: f64, q: f64, rho: f64): f64 {
  const grown = rho * f64x2.extract_lane(exp(splat(w)), 0);
  return slow + (q * grown) / (1 - rho + grown);
}

/** Upper end for w: the full length, or where e^−φ has become negligible. */
function cut(length: f64, slow: f64, q: f64, rho: f64): f64 {
  const initial = slow + q * rho;
  let lowest: f64 = 0;
  if (initial < 0) {
    const y = -slow / q;
    const at = f64x2.extract_lane(log(splat((y * (1 - rho)) / (rho * (1 - y)))), 0);
    lowest = phi(Math.min(at, length), slow, q, rho);
  }
  let end = initial > 0 ? Math.min(length, NEGLIGIBLE / initial) : length;
  for (let step = 0; step < 60; step++) {
    const reached = phi(end, slow, q, rho);
    if (reached <= lowest + NEGLIGIBLE + 3) break;
    end -= (reached - lowest - NEGLIGIBLE) / slope(end, slow, q, rho);
  }
  return end;
}

/** Makes pairs of the customers of a block. Who finds no partner is paired with themselves, of weight 0. */
function couple(first: i32, count: i32): i32 {
  for (let kind = 0; kind < KINDS; kind++) store<i32>(waiting + (<usize>kind << 2), -1);
  let found = 0;
  for (let i = 0; i < count; i++) {
    const kind = load<i32>(kinds + (<usize>i << 2));
    const place = waiting + (<usize>kind << 2);
    const partner = load<i32>(place);
    if (partner < 0) {
      store<i32>(place, i);
      continue;
    }
    store<i32>(place, -1);
    couplePair(found++, first, partner, i, kind, 1);
  }
  for (let kind = 0; kind < KINDS; kind++) {
    const alone = load<i32>(waiting + (<usize>kind << 2));
    if (alone >= 0) couplePair(found++, first, alone, alone, kind, 0);
  }
  return found;
}

function couplePair(pair: i32, first: i32, i: i32, j: i32, kind: i32, second: f64): void {
  const at = pairs + (<usize>pair << 4);
  const from = <usize>first << 3;
  v128.store(at, cells(frequency + from, i, j), X);
  v128.store(at, cells(recency + from, i, j), TX);
  v128.store(at, cells(age + from, i, j), AGE);
  v128.store(at, mul(cells(weight + from, i, j), f64x2.replace_lane(splat(1), 1, second)), WEIGHT);
  v128.store(at, cells(lengths, i, j), LENGTH);
  v128.store(at, cells(rhos, i, j), RHO);
  v128.store(at, cells(ends, i, j), END);
  store<i32>(at, first + i, WHO);
  store<i32>(at, first + j, WHO + 4);
  store<i32>(at, kind, WHO + 8);
}

// @ts-ignore: decorator
@inline
function cells(column: usize, i: i32, j: i32): v128 {
  return v128.load_lane<f64>(column + (<usize>j << 3), v128.load_splat<f64>(column + (<usize>i << 3)), 1);
}

/**
 * DeathTimes.place: fills `nodes` and returns where they end. Half of the exponentials do: nodes lie evenly about the
 * middle, and e^(end − w) = e^end / e^w.
 */
// @ts-ignore: decorator
@inline
function placeNodes(pair: usize): usize {
  const kind = load<i32>(pair, WHO + 8);
  const count: usize = kind == 0 ? 8 : kind == 1 ? 12 : 24;
  const rule = kind == 0 ? rule8 : kind == 1 ? rule12 : rule24;
  const panels = max(1, kind - 1);
  const size = (count * <usize>panels) << 4;
  const end = v128.load(pair, END);
  const width = div(end, splat(<f64>panels));
  const grownAtEnd = expm1(end);
  const half = nodes + (size >> 1);
  let at = nodes;
  let mirrored = nodes + size;
  for (let panel = 0; at < half; panel++) {
    const before = mul(splat(<f64>panel), width);
    for (let node: usize = 0; node < count && at < half; node++) {
      const w = add(before, mul(v128.load_splat<f64>(rule + (node << 3)), width));
      const growth = expm1(w);
      mirrored -= 16;
      v128.store(at, w);
      v128.store(at, growth, GROWTH);
      v128.store(mirrored, sub(end, w));
      v128.store(mirrored, div(sub(grownAtEnd, growth), add(one(), growth)), GROWTH);
      at += 16;
    }
  }

  const rho = v128.load(pair, RHO);
  const k = add(splat(r), v128.load(pair, X));
  const slow = alphaIsLess ? sub(k, one()) : splat(s);
  const q = alphaIsLess ? splat(s + 1) : k;
  const last = nodes + size;
  for (at = nodes; at < last; at += 16) {
    const more = log1p(mul(rho, v128.load(at, GROWTH)));
    const risen = sub(sub(splat(0), mul(slow, v128.load(at))), mul(q, more));
    v128.store(at, more, MORE);
    v128.store(at, f64x2.pmax(risen, splat(-700)), SHARE);
  }
  let total = splat(0);
  const weights = rule + (count << 3);
  at = nodes;
  for (let panel = 0; panel < panels; panel++) {
    for (let node: usize = 0; node < count; node++) {
      const share = mul(v128.load_splat<f64>(weights + (node << 3)), exp(v128.load(at, SHARE)));
      total = add(total, share);
      v128.store(at, share, SHARE);
      at += 16;
    }
  }
  v128.store(pair, mul(total, width), TOTAL);
  return last;
}

/** Probability of a repeat purchase, from Σ share · (β+u)/(α+u) · (α+tx)/(β+tx). */
// @ts-ignore: decorator
@inline
function pRepeat(pair: usize, buying: v128): v128 {
  const panels = splat(<f64>max(1, load<i32>(pair, WHO + 8) - 1));
  const probability = mul(splat((r * least) / alpha), div(mul(buying, v128.load(pair, END)), panels));
  return v128.bitselect(probability, one(), f64x2.eq(v128.load(pair, X), splat(0)));
}

function place(pair: usize): void {
  const last = placeNodes(pair);
  let buying = splat(0);
  if (v128.any_true(f64x2.eq(v128.load(pair, X), splat(0)))) {
    const rho = v128.load(pair, RHO);
    for (let at = nodes; at < last; at += 16) {
      const growth = v128.load(at, GROWTH);
      const grownLess = add(one(), growth);
      const grownMore = add(one(), mul(rho, growth));
      const ratio = alphaIsLess ? div(grownMore, grownLess) : div(grownLess, grownMore);
      buying = add(buying, mul(v128.load(at, SHARE), ratio));
    }
  }
  v128.store(pair, pRepeat(pair, buying), BOUGHT);
}

/** With the means over the moments of leaving. */
function placeAndAverage(pair: usize): void {
  const last = placeNodes(pair);
  const rho = v128.load(pair, RHO);
  // Σ share · … of 1, of buying, of w, its a, `more`, its b, and of their products
  let total = splat(0);
  let buying = splat(0);
  let weighed = splat(0);
  let sw = splat(0);
  let sa = splat(0);
  let sm = splat(0);
  let sb = splat(0);
  let sww = splat(0);
  let swa = splat(0);
  let swm = splat(0);
  let swb = splat(0);
  let saa = splat(0);
  let sam = splat(0);
  let sab = splat(0);
  let smm = splat(0);
  let smb = splat(0);
  let sbb = splat(0);
  for (let at = nodes; at < last; at += 16) {
    const w = v128.load(at);
    const growth = v128.load(at, GROWTH);
    const more = v128.load(at, MORE);
    const share = v128.load(at, SHARE);
    const y = mul(rho, growth);
    const overLess = div(one(), add(one(), growth));
    const overMore = div(one(), add(one(), y));
    const ratio = alphaIsLess ? mul(add(one(), y), overLess) : mul(add(one(), growth), overMore);
    const bought = mul(share, ratio);
    const a = mul(growth, overLess);
    const b = mul(y, overMore);
    total = add(total, share);
    buying = add(buying, bought);
    weighed = add(weighed, mul(bought, alphaIsLess ? more : w));
    const shareW = mul(share, w);
    sw = add(sw, shareW);
    sww = add(sww, mul(shareW, w));
    swa = add(swa, mul(shareW, a));
    swm = add(swm, mul(shareW, more));
    swb = add(swb, mul(shareW, b));
    const shareA = mul(share, a);
    sa = add(sa, shareA);
    saa = add(saa, mul(shareA, a));
    sam = add(sam, mul(shareA, more));
    sab = add(sab, mul(shareA, b));
    const shareM = mul(share, more);
    sm = add(sm, shareM);
    smm = add(smm, mul(shareM, more));
    smb = add(smb, mul(shareM, b));
    const shareB = mul(share, b);
    sb = add(sb, shareB);
    sbb = add(sbb, mul(shareB, b));
  }
  v128.store(pair, pRepeat(pair, buying), BOUGHT);
  const scale = div(one(), v128.bitselect(one(), total, f64x2.eq(total, splat(0))));
  if (alphaIsLess) average(pair, scale, sw, sa, sm, sb, sww, swa, swm, swb, saa, sam, sab, smm, smb, sbb);
  else average(pair, scale, sm, sb, sw, sa, smm, smb, swm, sam, sbb, swb, sab, sww, swa, saa);
  v128.store(pair, mul(weighed, scale), MEANS + 14 * PAIR);
}

/** Sums to means and covariances: of ln((α+u)/(α+tx)), (u−tx)/(α+u) and the same of β. */
function average(
  pair: usize,
  scale: v128,
  A: v128,
  a: v128,
  B: v128,
  b: v128,
  AA: v128,
  Aa: v128,
  AB: v128,
  Ab: v128,
  aa: v128,
  aB: v128,
  ab: v128,
  BB: v128,
  Bb: v128,
  bb: v128,
): void {
  A = mul(A, scale);
  a = mul(a, scale);
  B = mul(B, scale);
  b = mul(b, scale);
  v128.store(pair, A, MEANS);
  v128.store(pair, a, MEANS + PAIR);
  v128.store(pair, B, MEANS + 2 * PAIR);
  v128.store(pair, b, MEANS + 3 * PAIR);
  v128.store(pair, sub(mul(AA, scale), mul(A, A)), MEANS + 4 * PAIR);
  v128.store(pair, sub(mul(Aa, scale), mul(A, a)), MEANS + 5 * PAIR);
  v128.store(pair, sub(mul(AB, scale), mul(A, B)), MEANS + 6 * PAIR);
  v128.store(pair, sub(mul(Ab, scale), mul(A, b)), MEANS + 7 * PAIR);
  v128.store(pair, sub(mul(aa, scale), mul(a, a)), MEANS + 8 * PAIR);
  v128.store(pair, sub(mul(aB, scale), mul(a, B)), MEANS + 9 * PAIR);
  v128.store(pair, sub(mul(ab, scale), mul(a, b)), MEANS + 10 * PAIR);
  v128.store(pair, sub(mul(BB, scale), mul(B, B)), MEANS + 11 * PAIR);
  v128.store(pair, sub(mul(Bb, scale), mul(B, b)), MEANS + 12 * PAIR);
  v128.store(pair, sub(mul(bb, scale), mul(b, b)), MEANS + 13 * PAIR);
}

/** `logOddsLeft` and `logLikelihood`, for the pairs of a block. */
function likelihoods(last: usize): void {
  for (let pair = pairs; pair < last; pair += 16) {
    const tx = v128.load(pair, TX);
    const T = v128.load(pair, AGE);
    const length = v128.load(pair, LENGTH);
    const other = log1p(div(sub(T, tx), add(splat(most), tx)));
    v128.store(pair, alphaIsLess ? length : other, ALPHA_WAITED);
    v128.store(pair, alphaIsLess ? other : length, BETA_WAITED);
  }
  for (let pair = pairs; pair < last; pair += 16) {
    const tx = v128.load(pair, TX);
    const integral = mul(v128.load(pair, TOTAL), div(add(splat(least), tx), add(splat(beta), tx)));
    const within = log(f64x2.pmax(mul(splat(s), integral), splat(1e-300)));
    const k = add(splat(r), v128.load(pair, X));
    const ratio = add(mul(k, v128.load(pair, ALPHA_WAITED)), mul(splat(s), v128.load(pair, BETA_WAITED)));
    const unwatched = f64x2.eq(v128.load(pair, LENGTH), splat(0));
    const logOdds = v128.bitselect(splat(-Infinity), add(within, ratio), unwatched);
    const gone = f64x2.gt(logOdds, splat(0));
    v128.store(pair, logOdds, ODDS);
    v128.store(pair, v128.and(within, gone), INTEGRAL);
    v128.store(pair, v128.bitselect(tx, v128.load(pair, AGE), gone), UNTIL);
  }
  for (let pair = pairs; pair < last; pair += 16) {
    const logOdds = v128.load(pair, ODDS);
    v128.store(pair, exp(f64x2.pmax(sub(splat(0), f64x2.abs(logOdds)), splat(-700))), EXP_ODDS);
    store<f64>(odds + (load<u32>(pair, WHO) << 3), f64x2.extract_lane(logOdds, 0));
    store<f64>(odds + (load<u32>(pair, WHO + 4) << 3), f64x2.extract_lane(logOdds, 1));
  }
  for (let pair = pairs; pair < last; pair += 16) {
    const bought = v128.load(pair, BOUGHT);
    const rare = f64x2.lt(bought, splat(0.5));
    const soft = log1p(v128.bitselect(sub(splat(0), bought), v128.load(pair, EXP_ODDS), rare));
    const x = v128.load(pair, X);
    const until = v128.load(pair, UNTIL);
    const purchases = mul(add(splat(r), x), log1p(div(until, splat(alpha))));
    const life = mul(splat(s), log1p(div(until, splat(beta))));
    const usual = sub(add(soft, v128.load(pair, INTEGRAL)), add(add(purchases, life), mul(x, splat(logAlpha))));
    note(0, mul(v128.load(pair, WEIGHT), v128.bitselect(soft, usual, rare)));
  }
}

/** `Moments`, for the pairs of a block. */
function moments(last: usize): void {
  for (let pair = pairs; pair < last; pair += 16) {
    const tx = v128.load(pair, TX);
    v128.store(pair, log1p(div(tx, splat(alpha))), ALPHA_THEN);
    v128.store(pair, log1p(div(tx, splat(beta))), BETA_THEN);
  }
  for (let pair = pairs; pair < last; pair += 16) {
    const weights = v128.load(pair, WEIGHT);
    const x = v128.load(pair, X);
    const tx = v128.load(pair, TX);
    const T = v128.load(pair, AGE);
    const AT = v128.load(pair, ALPHA_WAITED);
    const BT = v128.load(pair, BETA_WAITED);
    const A = v128.load(pair, MEANS);
    const a = v128.load(pair, MEANS + PAIR);
    const B = v128.load(pair, MEANS + 2 * PAIR);
    const b = v128.load(pair, MEANS + 3 * PAIR);
    const Aa = v128.load(pair, MEANS + 5 * PAIR);
    const Ab = v128.load(pair, MEANS + 7 * PAIR);
    const aa = v128.load(pair, MEANS + 8 * PAIR);
    const aB = v128.load(pair, MEANS + 9 * PAIR);
    const ab = v128.load(pair, MEANS + 10 * PAIR);
    const Bb = v128.load(pair, MEANS + 12 * PAIR);
    const bb = v128.load(pair, MEANS + 13 * PAIR);
    const e = v128.load(pair, EXP_ODDS);
    const likelier = div(one(), add(one(), e));
    const watched = f64x2.ne(v128.load(pair, LENGTH), splat(0));
    const more = f64x2.ge(v128.load(pair, ODDS), splat(0));
    const left = v128.and(v128.bitselect(likelier, mul(e, likelier), more), watched);
    const alive = sub(one(), left);

    const k = add(splat(r), x);
    const alphaThen = add(splat(alpha), tx);
    const betaThen = add(splat(beta), tx);
    const waited = sub(T, tx);
    const aT = div(waited, add(splat(alpha), T));
    const bT = div(waited, add(splat(beta), T));
    const g0 = div(tx, alphaThen);
    const h0 = div(tx, betaThen);
    const restG = div(splat(alpha), alphaThen);
    const restH = div(splat(beta), betaThen);

    const meanA = add(mul(alive, aT), mul(left, a));
    const meanB = add(mul(alive, bT), mul(left, b));
    const meanG = add(g0, mul(restG, meanA));
    const meanH = add(h0, mul(restH, meanB));
    const logs = add(v128.load(pair, ALPHA_THEN), add(mul(alive, AT), mul(left, A)));
    note(1, mul(weights, sub(splat(0), logs)));
    const restA = add(mul(alive, sub(one(), aT)), mul(left, sub(one(), a)));
    note(2, mul(weights, sub(mul(splat(r), meanG), mul(x, mul(restG, restA)))));
    const weighed = div(mul(v128.load(pair, MEANS + 14 * PAIR), betaThen), mul(splat(s), alphaThen));
    note(3, mul(weights, sub(mul(mul(k, left), weighed), v128.load(pair, BETA_THEN))));
    note(4, mul(weights, sub(mul(splat(s), h0), mul(mul(k, restH), mul(left, a)))));

    const byA = mul(k, restG);
    const byB = mul(splat(s + 1), restH);
    const between = mul(alive, left);
    const dr = sub(AT, A);
    const da = mul(byA, sub(a, aT));
    const ds = add(splat(1 / s), sub(BT, B));
    const db = mul(restH, sub(mul(splat(s), sub(b, bT)), sub(one(), b)));
    const squareA = add(aa, mul(a, a));
    const squareB = add(bb, mul(b, b));
    const squareG = add(
      mul(g0, add(g0, mul(add(restG, restG), meanA))),
      mul(mul(restG, restG), add(mul(alive, mul(aT, aT)), mul(left, squareA))),
    );
    const squareH = add(
      mul(h0, add(h0, mul(add(restH, restH), meanB))),
      mul(mul(restH, restH), add(mul(alive, mul(bT, bT)), mul(left, squareB))),
    );
    const lostG = sub(add(meanG, meanG), squareG);
    const lostH = sub(add(meanH, meanH), squareH);
    const gone = mul(mul(restH, restH), add(sub(one(), add(b, b)), squareB));
    const AA = mul(left, v128.load(pair, MEANS + 4 * PAIR));
    const AB = mul(left, v128.load(pair, MEANS + 6 * PAIR));
    const BB = mul(left, v128.load(pair, MEANS + 11 * PAIR));
    note(5, mul(weights, add(AA, mul(between, mul(dr, dr)))));
    note(6, mul(weights, add(meanG, sub(mul(between, mul(dr, da)), mul(left, mul(byA, Aa))))));
    note(7, mul(weights, add(AB, mul(between, mul(dr, ds)))));
    note(8, mul(weights, sub(mul(between, mul(dr, db)), mul(left, mul(byB, Ab)))));
    const alphas = add(mul(left, mul(mul(byA, byA), aa)), mul(between, mul(da, da)));
    const restAA = add(mul(alive, mul(sub(one(), aT), sub(one(), aT))), mul(left, add(sub(one(), add(a, a)), squareA)));
    const kept = mul(mul(restG, restG), restAA);
    note(9, mul(weights, add(sub(mul(x, kept), mul(splat(r), lostG)), alphas)));
    note(10, mul(weights, sub(mul(between, mul(da, ds)), mul(left, mul(byA, aB)))));
    note(11, mul(weights, add(mul(between, mul(da, db)), mul(left, mul(mul(byA, byB), ab)))));
    const curved = div(left, splat(s * s));
    note(12, mul(weights, sub(add(BB, mul(between, mul(ds, ds))), curved)));
    note(13, mul(weights, add(meanH, sub(mul(between, mul(ds, db)), mul(left, mul(byB, Bb))))));
    const betas = add(mul(left, mul(mul(byB, byB), bb)), mul(between, mul(db, db)));
    note(14, mul(weights, add(sub(mul(left, gone), mul(splat(s), lostH)), betas)));
  }
}

// @ts-ignore: decorator
@inline
function note(k: usize, value: v128): void {
  const place = pairSums + (k << 4);
  v128.store(place, add(v128.load(place), value));
}
