/** The golden values (README.md beside this file), typed, and how far a number is from one. */
import { readFileSync } from 'node:fs';
import type { Case } from './compare.js';

/** A number as mpmath printed it: more digits than a double has. */
export type Digits = string;

/** Cases by model; what a case holds is read in compare.ts. */
export interface GoldenCases {
  readonly discount_rate_continuous: number;
  readonly discount_rate_discrete: number;
  readonly models: Record<string, Case[]>;
}

export interface GoldenFit {
  readonly model: string;
  readonly data: string;
  readonly n: number;
  readonly parameters: Record<string, number>;
  readonly log_likelihood: number;
  readonly standard_errors: Record<string, number>;
  readonly covariance: number[][];
  readonly predictions: { readonly t: number; readonly customers: ReadonlyArray<Record<string, number>> };
}

export interface PublishedEstimate {
  readonly model: string;
  readonly data: string;
  readonly parameters: Record<string, number>;
  readonly log_likelihood?: number;
  readonly source: string;
}

export interface WildCustomer {
  readonly parameters: Record<string, number>;
  readonly x: number;
  readonly tx: number;
  readonly T: number;
  readonly log_likelihood: Digits;
  readonly p_alive: Digits;
  readonly gradient: Digits[];
  readonly horizons: number[];
  readonly expected_purchases: Digits[];
  readonly expected_purchases_new: Digits[];
}

export interface DiscountedCase {
  readonly parameters: Record<string, number>;
  readonly x: number;
  readonly tx: number;
  readonly T: number;
  readonly horizon: number;
  readonly delta: number;
  readonly value: Digits;
}

type Rise = Record<'logRising' | 'digammaRise' | 'trigammaRise', Digits>;
type Gammas = Record<'logGammaStar' | 'logGamma' | 'digamma' | 'trigamma', Digits>;

interface Files {
  accuracy: GoldenCases;
  'more-models': GoldenCases;
  mle: { fits: GoldenFit[] };
  published: {
    estimates: PublishedEstimate[];
    predictions: Array<{
      parameters: Record<string, number>;
      quantity: string;
      input: { x?: number; t_x?: number; T?: number; t: number | number[] };
      value: number | number[];
      abs_tolerance: number;
    }>;
  };
  kernels: {
    values: {
      rises: Array<{ a: number; n: number } & Rise>;
      gammas: Array<{ a: number } & Gammas>;
      leaving: Array<Record<'k' | 's' | 'alpha' | 'beta' | 'tx' | 'T', number> & { logIntegral: Digits }>;
      meanPurchases: Array<Record<'k' | 'tau' | 'a' | 'b', number> & { value: Digits }>;
      paretoNbd: WildCustomer[];
      bgNbd: WildCustomer[];
      discountedParetoNbd: DiscountedCase[];
      discountedBgNbd: DiscountedCase[];
    };
  };
}

export function golden<Name extends keyof Files>(name: Name): Files[Name] {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'));
}

/** |value − expected| ÷ |expected|; 0 where both are 0; what is not a number is infinitely far. */
export function relativeError(value: number, expected: Digits | number): number {
  const truth = Number(expected);
  if (value === truth) return 0;
  const error = Math.abs(value - truth) / Math.abs(truth);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

/** |value − expected| ÷ max(1, |expected|): for quantities that cross zero, such as logarithms. */
export function mixedError(value: number, expected: Digits | number): number {
  const truth = Number(expected);
  const error = Math.abs(value - truth) / Math.max(1, Math.abs(truth));
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

/** The worst of many cases, for one assertion that names its case when it fails. */
export function worst<Case>(cases: readonly Case[], errorOf: (one: Case) => number): { error: number; at: string } {
  let error = 0;
  let at = 'no case';
  for (const one of cases) {
    const found = errorOf(one);
    if (found > error || Number.isNaN(found)) [error, at] = [found, JSON.stringify(one)];
  }
  return { error, at };
}
