/** What models of regular buyers share: between purchases, k stages are passed at the same rate. */
import { digammaRise, trigammaRise } from '../kernels/gamma.js';
import type { RandomStream } from '../kernels/random.js';

/**
 * How the time since the last purchase can be empty: stage j < k reached by T. Their sum is A = Σ (R)_j/j! v^j, with
 * R = r + k x and v = (T − t_x)/(α + T); here ln A and its derivatives by R and, divided by it, by −1/(α + T).
 */
export class ErlangWaiting {
  log = 0;
  byShape = 0;
  byStage = 0;
  byShapeTwice = 0;
  byBoth = 0;
  stageVariance = 0;
  readonly share: Float64Array;

  constructor(private readonly k: number) {
    this.share = new Float64Array(k).fill(1);
  }

  place(R: number, v: number, derivatives: boolean): void {
    const { k, share } = this;
    if (k === 1) return;
    let logTerm = 0;
    let most = 0;
    for (let j = 0; j < k; j++) {
      share[j] = logTerm;
      most = Math.max(most, logTerm);
      logTerm += Math.log((v * (R + j)) / (j + 1));
    }
    let total = 0;
    for (let j = 0; j < k; j++) {
      share[j] = Math.exp(share[j]! - most);
      total += share[j]!;
    }
    for (let j = 0; j < k; j++) share[j]! /= total;
    this.log = most + Math.log(total);
    if (!derivatives) return;
    let first = 0;
    let square = 0;
    let second = 0;
    let stage = 0;
    let stageSquare = 0;
    let both = 0;
    for (let j = 1; j < k; j++) {
      const w = share[j]!;
      const rise = digammaRise(R, j);
      first += w * rise;
      square += w * rise * rise;
      second += w * trigammaRise(R, j);
      stage += w * j;
      stageSquare += w * j * j;
      both += w * j * rise;
    }
    this.byShape = first;
    this.byShapeTwice = second + square - first * first;
    this.byStage = stage;
    this.stageVariance = stageSquare - stage * stage;
    this.byBoth = both - stage * first;
  }
}

/** Time to pass so many stages. */
export function drawErlang(stream: RandomStream, stages: number, lambda: number): number {
  let product = 1;
  for (let j = 0; j < stages; j++) product *= stream.uniform();
  return -Math.log(product) / lambda;
}
