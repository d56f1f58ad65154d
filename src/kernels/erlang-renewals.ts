/**
 * Purchases that need k stages each, when each may be the last.
 *
 * Stages pass at a rate λ ~ Gamma(shape, 1), time is measured in units of that Gamma's rate, and j < k stages of the
 * next purchase have passed already, with known shares of j; the shape then is shape + j. After n more stages
 * M = ⌊(j + n)/k⌋ purchases have been made, by who stayed. With z = 1 − p the chance to stay, ζ = z^(1/k) and ω the k-th
 * root of unity, the mean over n needs no sum without end:
 *
 *   E[z^M] = p/(k z) Σ_q y/(1−y) · y^j · (1 + τ (1−y))^−(shape+j),   y = ζ ω^q,  q < k.
 *
 * Platzer & Reutterer (2016), Ticking Away the Moments, Marketing Science 35(5), 779–799, give the process.
 */
import type { OfProbability } from './beta-mixture.js';
import { negativeBinomial, negativeBinomialTail } from './negative-binomial.js';

/** Below this chance to stay the sum over purchases is short, and above it the sum over roots loses no digits. */
const SELDOM_STAYS = 0.35;
/** SELDOM_STAYS to this power is below the last digit. */
const ENOUGH_TERMS = 36;
/** While few stages are expected, tails are summed: the sum over roots would subtract nearly equal numbers. */
const FEW_STAGES = 30;
const SHORT_TIME = 1;
const NEGLIGIBLE = 1e-18;

/** No double is smaller than its exponential. */
const UNDERFLOW = -700;

export class ErlangRenewals {
  private smallCounts: Float64Array | undefined;
  private readonly tails: Float64Array | undefined;
  private readonly meanCount: number;

  /**
   * @param k stages a purchase needs, a whole number ≥ 1
   * @param shape > 0
   * @param shares share of each number of stages passed, 0 … k − 1; they sum to 1
   * @param tau time ÷ rate of the Gamma, ≥ 0
   */
  constructor(
    private readonly k: number,
    private readonly shape: number,
    private readonly shares: Float64Array,
    private readonly tau: number,
  ) {
    const few = tau <= SHORT_TIME && (shape + k) * tau <= FEW_STAGES;
    this.tails = few ? this.sumTails() : undefined;
    this.meanCount = this.tails ? this.tails.reduce((sum, tail) => sum + tail, 0) : this.meanByRoots();
  }

  /** P(M = m) if nobody left. */
  count(m: number): number {
    const { k, shape, shares, tau } = this;
    let total = 0;
    for (let j = 0; j < k; j++) {
      for (let n = Math.max(0, k * m - j); n < k * (m + 1) - j; n++) {
        total += shares[j]! * negativeBinomial(n, shape + j, tau);
      }
    }
    return total;
  }

  /** P(M ≥ m) if nobody left. */
  tail(m: number): number {
    const { k, shape, shares, tau } = this;
    let total = 0;
    for (let j = 0; j < k; j++) total += shares[j]! * negativeBinomialTail(Math.max(0, k * m - j), shape + j, tau);
    return total;
  }

  /** (1 − E[z^M]) / p: purchases made while staying, the last one counted. */
  purchases(): OfProbability {
    return {
      at: (p, logNotP) => this.purchasesAt(p, logNotP),
      atZero: this.meanCount,
      atOne: this.tail(1),
      slopeAtZero: -(this.meanCount * (this.meanCount + 1)) / 2,
      turn: this.meanCount,
    };
  }

  /** E[z^M]: the chance to have stayed. */
  staying(): OfProbability {
    return {
      at: (p, logNotP) =>
        1 - p < SELDOM_STAYS ? this.sumCounts(Math.exp(logNotP)) : 1 - p * this.purchasesAt(p, logNotP),
      atZero: 1,
      atOne: this.counts()[0]!,
      slopeAtZero: -this.meanCount,
      turn: this.meanCount,
    };
  }

  /** P(stayed until τ, then no purchase in the next `window`). */
  quiet(window: number): OfProbability {
    const { k, shares, tau } = this;
    const counts = new Float64Array(ENOUGH_TERMS + 1);
    const logWindow = Math.log1p(window / (1 + tau));
    const growsWithin = window / (1 + tau + window);
    for (let j = 0; j < k; j++) {
      const start = -(this.shape + j) * Math.log1p(tau);
      let chance = Math.exp(start);
      for (let n = 0; n < k * (ENOUGH_TERMS + 1) - j; n++) {
        const R = this.shape + j + n; // given n stages by τ, λ ~ Gamma(R, 1 + τ)
        if (start < UNDERFLOW) chance = negativeBinomial(n, this.shape + j, tau);
        const passed = shares[j]! * chance;
        let further = Math.exp(-R * logWindow);
        for (let i = 0; i < k - ((n + j) % k); i++) {
          counts[Math.floor((n + j) / k)]! += passed * further;
          further *= ((R + i) / (i + 1)) * growsWithin;
        }
        chance *= (R / (n + 1)) * (tau / (1 + tau));
      }
    }
    const byCounts = (z: number) => counts.reduceRight((sum, count) => sum * z + count, 0);
    const atZero = this.quietAt(0, window);
    return {
      at: (p, logNotP) => (1 - p < SELDOM_STAYS ? byCounts(Math.exp(logNotP)) : this.quietAt(logNotP, window)),
      atZero,
      atOne: counts[0]!,
      slopeAtZero: -this.meanCount * atZero,
      turn: this.meanCount,
    };
  }

  /** P(M = m) for the first few m, each stage's probability from the one before; made when first needed. */
  private counts(): Float64Array {
    if (this.smallCounts) return this.smallCounts;
    const { k, shape, shares, tau } = this;
    const out = new Float64Array(ENOUGH_TERMS + 1);
    const grows = tau / (1 + tau);
    for (let j = 0; j < k; j++) {
      const start = -(shape + j) * Math.log1p(tau);
      let chance = Math.exp(start);
      for (let n = 0; n < k * (ENOUGH_TERMS + 1) - j; n++) {
        if (start < UNDERFLOW) chance = negativeBinomial(n, shape + j, tau);
        out[Math.floor((n + j) / k)]! += shares[j]! * chance;
        chance *= ((shape + j + n) / (n + 1)) * grows;
      }
    }
    this.smallCounts = out;
    return out;
  }

  private sumTails(): Float64Array {
    const tails: number[] = [];
    let sum = 0;
    for (let m = 1; ; m++) {
      const tail = this.tail(m);
      if (tail <= NEGLIGIBLE * sum || tail === 0) return Float64Array.from(tails);
      tails.push(tail);
      sum += tail;
    }
  }

  private sumCounts(z: number): number {
    return this.counts().reduceRight((sum, count) => sum * z + count, 0);
  }

  private purchasesAt(p: number, logNotP: number): number {
    const z = Math.exp(logNotP);
    if (this.tails) return this.tails.reduceRight((sum, tail) => sum * z + tail, 0);
    if (z < SELDOM_STAYS) return (1 - this.sumCounts(z)) / p;
    const { k, shape, shares, tau } = this;
    const logZeta = logNotP / k;
    const left = -Math.expm1(logZeta); // 1 − ζ
    let uneven = 0; // p / (k (1 − ζ)) − 1
    for (let i = 1; i < k; i++) uneven += Math.expm1(i * logZeta) / k;
    const common = Math.log1p(uneven) - logNotP + logZeta - shape * Math.log1p(tau * left);
    const stage = logZeta - Math.log1p(tau * left);
    let total = 0;
    for (let j = 0; j < k; j++) total -= (shares[j]! * Math.expm1(common + j * stage)) / p;
    const zeta = 1 - left;
    for (let q = 1; 2 * q <= k; q++) {
      const both = 2 * q < k ? 2 : 1; // a root and its conjugate give the same real part
      total -=
        (both * this.atRoot(zeta * Math.cos((2 * Math.PI * q) / k), zeta * Math.sin((2 * Math.PI * q) / k))) / (k * z);
    }
    return total;
  }

  /** Real part of Σ shares_j · y/(1 − y) · y^j · (1 + τ (1 − y))^−(shape + j), y = re + i im. */
  private atRoot(re: number, im: number): number {
    const { k, shape, shares, tau } = this;
    const growRe = 1 + tau * (1 - re);
    const growIm = -tau * im;
    const size = Math.exp(-(shape / 2) * Math.log(growRe * growRe + growIm * growIm));
    const angle = -shape * Math.atan2(growIm, growRe);
    const awaySquare = (1 - re) ** 2 + im * im;
    // y/(1 − y), then the factor y/(1 + τ (1 − y)) of each further stage
    let partRe = (re * (1 - re) - im * im) / awaySquare;
    let partIm = im / awaySquare;
    [partRe, partIm] = [
      size * (partRe * Math.cos(angle) - partIm * Math.sin(angle)),
      size * (partRe * Math.sin(angle) + partIm * Math.cos(angle)),
    ];
    const growSquare = growRe * growRe + growIm * growIm;
    const stepRe = (re * growRe + im * growIm) / growSquare;
    const stepIm = (im * growRe - re * growIm) / growSquare;
    let total = 0;
    for (let j = 0; j < k; j++) {
      total += shares[j]! * partRe;
      [partRe, partIm] = [partRe * stepRe - partIm * stepIm, partRe * stepIm + partIm * stepRe];
    }
    return total;
  }

  /** E[M]: what `purchasesAt` tends to as p → 0. */
  private meanByRoots(): number {
    const { k, shape, shares, tau } = this;
    let total = 0;
    for (let j = 0; j < k; j++) total += (shares[j]! * ((shape + j) * tau + j - (k - 1) / 2)) / k;
    for (let q = 1; 2 * q <= k; q++) {
      const both = 2 * q < k ? 2 : 1;
      total -= (both * this.atRoot(Math.cos((2 * Math.PI * q) / k), Math.sin((2 * Math.PI * q) / k))) / k;
    }
    return Math.max(0, total);
  }

  /** Σ over stages reached at τ of ζ^−stage P(that stage) P(no more than k − 1 − stage further ones). */
  private quietAt(logZ: number, window: number): number {
    const { k, shape, shares, tau } = this;
    const zeta = Math.exp(logZ / k);
    let total = 0;
    for (let q = 0; 2 * q <= k; q++) {
      const both = q === 0 || 2 * q === k ? 1 : 2;
      const angle = (2 * Math.PI * q) / k;
      const re = zeta * Math.cos(angle);
      const im = zeta * Math.sin(angle);
      const waited = 1 + tau * (q === 0 ? -Math.expm1(logZ / k) : 1 - re) + window;
      const square = waited * waited + tau * im * (tau * im);
      const [rateRe, rateIm] = [waited / square, (tau * im) / square]; // 1 ÷ (waited − i τ im)
      const size = Math.exp(-(shape / 2) * Math.log(square));
      const turn = shape * Math.atan2(tau * im, waited);
      let jRe = size * Math.cos(turn); // rate^(shape + j) y^j
      let jIm = size * Math.sin(turn);
      for (let j = 0; j < k; j++) {
        let stageRe = jRe; // × y^−stage
        let stageIm = jIm;
        for (let stage = 0; stage < k; stage++) {
          let iRe = stageRe; // × (shape + j)_i / i! · (window · rate)^i
          let iIm = stageIm;
          for (let i = 0; i < k - stage; i++) {
            total += (both * shares[j]! * iRe) / k;
            const grows = ((shape + j + i) / (i + 1)) * window;
            [iRe, iIm] = [grows * (iRe * rateRe - iIm * rateIm), grows * (iRe * rateIm + iIm * rateRe)];
          }
          const away = re * re + im * im;
          [stageRe, stageIm] = [(stageRe * re + stageIm * im) / away, (stageIm * re - stageRe * im) / away];
        }
        const [stepRe, stepIm] = [rateRe * re - rateIm * im, rateRe * im + rateIm * re];
        [jRe, jIm] = [jRe * stepRe - jIm * stepIm, jRe * stepIm + jIm * stepRe];
      }
    }
    return Math.max(0, total);
  }
}
