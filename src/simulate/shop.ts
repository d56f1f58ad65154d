/**
 * Customers made up after the stories that the models tell, for demos, tests and benches where the truth is known.
 *
 * Pareto/NBD: Schmittlein, Morrison & Colombo (1987), "Counting Your Customers", Management Science 33(1), 1–24.
 * BG/NBD: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275–284.
 * Gamma-Gamma: Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value", brucehardie.com/notes/025.
 */
import { ClvError } from '../errors.js';
import { drawBeta, drawExponential, drawGamma, type RandomStream, randomStream } from '../kernels/random.js';

/** While alive a customer buys at rate λ ~ Gamma(r, alpha); they leave at rate μ ~ Gamma(s, beta). */
export interface ParetoNbdStory {
  readonly r: number;
  readonly alpha: number;
  readonly s: number;
  readonly beta: number;
}

/** A customer buys at rate λ ~ Gamma(r, alpha); after each repeat purchase they leave with chance p ~ Beta(a, b). */
export interface BgNbdStory {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** A customer's purchases are worth Gamma(p, ν) each, ν ~ Gamma(q, gamma). The mean is p · gamma / (q − 1). */
export interface GammaGammaStory {
  readonly p: number;
  readonly q: number;
  readonly gamma: number;
}

export interface ShopOptions {
  /** How many people join. Default 4,000. */
  readonly customers?: number | undefined;
  /** The same seed gives the same log. Default 1. */
  readonly seed?: number | undefined;
  /** First day of the log, in days since 1970-01-01. Default 19,723: 2024-01-01. */
  readonly firstDay?: number | undefined;
  /** Length of the log in days. Default 540. */
  readonly days?: number | undefined;
  /** People join evenly over the first `joinDays` days. Default 360, but at most `days`. */
  readonly joinDays?: number | undefined;
  /** In days. Default: a purchase in 56 days on average, and half of the people gone after about three months. */
  readonly purchases?: ParetoNbdStory | undefined;
  /** Default: 40 a purchase on average. */
  readonly spend?: GammaGammaStory | undefined;
}

/** A transaction log as columns of one length, one row a purchase, sorted by day. */
export interface TransactionLog {
  readonly customer: string[];
  /** Days since 1970-01-01. */
  readonly day: Int32Array;
  /** Money, whole cents, at least 0.01. */
  readonly value: Float64Array;
}

const DEFAULT_PURCHASES: ParetoNbdStory = { r: 0.8, alpha: 45, s: 1.3, beta: 130 };
const DEFAULT_SPEND: GammaGammaStory = { p: 6, q: 4, gamma: 20 };

/**
 * The log of a made-up shop. Everyone buys on joining, then after the Pareto/NBD story, and spends after Gamma-Gamma.
 * Someone may well buy twice on a day.
 *
 * @throws ClvError `bad_option`, `bad_parameters`
 *
 * @example
 * const { customer, day, value } = simulateShop({ customers: 1_000, seed: 7 });
 */
export function simulateShop(options: ShopOptions = {}): TransactionLog {
  const { customers = 4_000, seed = 1, firstDay = 19_723, days = 540 } = options;
  const { joinDays = Math.min(360, days), purchases = DEFAULT_PURCHASES, spend = DEFAULT_SPEND } = options;
  checkWhole({ customers, days, joinDays }, 1);
  checkWhole({ seed, firstDay }, Number.MIN_SAFE_INTEGER);
  if (joinDays > days) {
    const expected = `at most the days of the log, here ${days}`;
    throw new ClvError('bad_option', 'joinDays lies beyond the end of the log', { found: joinDays, expected });
  }
  checkPositive({ ...purchases, ...spend }, 'bad_parameters');
  if (spend.q <= 1) {
    throw new ClvError('bad_parameters', 'q leaves spend without a mean', { found: spend.q, expected: 'more than 1' });
  }

  const stream = randomStream(seed);
  const digits = String(customers).length;
  const rows: { customer: string; day: number; value: number }[] = [];
  for (let i = 1; i <= customers; i++) {
    const customer = `C${String(i).padStart(digits, '0')}`;
    const joined = stream.uniform() * joinDays;
    const { lambda, lifetime } = drawParetoNbd(stream, purchases);
    const end = Math.min(joined + lifetime, days);
    const nu = drawGamma(stream, spend.q, spend.gamma);

    let t = joined;
    do {
      const value = Math.round(100 * drawGamma(stream, spend.p, nu)) / 100;
      rows.push({ customer, day: firstDay + Math.floor(t), value: Math.max(0.01, value) });
      t += drawExponential(stream, lambda);
    } while (t < end);
  }
  rows.sort((one, other) => one.day - other.day); // stable: within a day by customer

  return {
    customer: rows.map((row) => row.customer),
    day: Int32Array.from(rows, (row) => row.day),
    value: Float64Array.from(rows, (row) => row.value),
  };
}

export interface SummaryOptions {
  /** How many customers. */
  readonly n: number;
  /** First purchase to the end of observation: one for all, or one each. Same time unit as the parameters. */
  readonly age: number | Float64Array;
  readonly seed: number;
  /** Rounds recency and age to multiples of this, as a log kept in whole days does. Default: exact times. */
  readonly roundTo?: number | undefined;
}

/**
 * What a model sees of its customers, `n` of each. Recency ≤ age. Frequency is 0 exactly where recency is, except that
 * `roundTo` can round a positive recency to 0. Rounding merges no purchases: frequency counts every one.
 */
export interface SimulatedSummary {
  readonly frequency: Float64Array;
  readonly recency: Float64Array;
  readonly age: Float64Array;
}

/**
 * Customers of the Pareto/NBD story, in continuous time. A million take about a second.
 *
 * @throws ClvError `bad_option`, `bad_parameters`, `bad_columns` if the ages are not `n` lengths of time
 *
 * @example
 * simulateParetoNbd({ r: 0.55, alpha: 10.6, s: 0.61, beta: 11.7 }, { n: 1_000_000, age: 39, seed: 1, roundTo: 1 / 7 });
 */
export function simulateParetoNbd(parameters: ParetoNbdStory, options: SummaryOptions): SimulatedSummary {
  checkPositive({ ...parameters }, 'bad_parameters');
  const stream = randomStream(options.seed);
  return summarise(options, (age, purchase) => {
    const { lambda, lifetime } = drawParetoNbd(stream, parameters);
    const end = Math.min(lifetime, age);
    for (let t = drawExponential(stream, lambda); t <= end; t += drawExponential(stream, lambda)) purchase(t);
  });
}

/**
 * Customers of the BG/NBD story, in continuous time. Who never came back has not left.
 *
 * @throws ClvError `bad_option`, `bad_parameters`, `bad_columns` if the ages are not `n` lengths of time
 *
 * @example
 * simulateBgNbd({ r: 0.24, alpha: 4.41, a: 0.79, b: 2.43 }, { n: 1_000_000, age: 39, seed: 1 });
 */
export function simulateBgNbd(parameters: BgNbdStory, options: SummaryOptions): SimulatedSummary {
  checkPositive({ ...parameters }, 'bad_parameters');
  const { r, alpha, a, b } = parameters;
  const stream = randomStream(options.seed);
  return summarise(options, (age, purchase) => {
    const lambda = drawGamma(stream, r, alpha);
    const p = drawBeta(stream, a, b);
    let alive = true;
    for (let t = drawExponential(stream, lambda); alive && t <= age; t += drawExponential(stream, lambda)) {
      purchase(t);
      alive = stream.uniform() >= p;
    }
  });
}

function drawParetoNbd(stream: RandomStream, { r, alpha, s, beta }: ParetoNbdStory) {
  return { lambda: drawGamma(stream, r, alpha), lifetime: drawExponential(stream, drawGamma(stream, s, beta)) };
}

/** Lets `live` tell one life after the other, its repeat purchases in order of time, and keeps count and last time. */
function summarise(
  { n, age, seed, roundTo }: SummaryOptions,
  live: (age: number, purchase: (t: number) => void) => void,
): SimulatedSummary {
  checkWhole({ n }, 1);
  checkWhole({ seed }, Number.MIN_SAFE_INTEGER);
  if (roundTo !== undefined) checkPositive({ roundTo }, 'bad_option');
  const ages = typeof age === 'number' ? new Float64Array(n).fill(age) : age.slice();
  if (ages.length !== n) {
    const expected = `${n} ages, one for each customer`;
    throw new ClvError('bad_columns', 'the ages do not fit the customers', { found: ages.length, expected });
  }
  const bad = ages.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) {
    throw new ClvError('bad_columns', 'an age is not a length of time', { found: bad, expected: '0 or more, finite' });
  }

  const frequency = new Float64Array(n);
  const recency = new Float64Array(n);
  let i = 0;
  const purchase = (t: number) => {
    frequency[i]!++;
    recency[i] = t;
  };
  for (; i < n; i++) live(ages[i]!, purchase);

  // Rounding both keeps their order: recency ≤ age still holds.
  if (roundTo !== undefined) {
    for (const column of [recency, ages]) {
      for (let k = 0; k < n; k++) column[k] = Math.round(column[k]! / roundTo) * roundTo;
    }
  }
  return { frequency, recency, age: ages };
}

function checkWhole(options: Record<string, number>, least: number): void {
  for (const [name, found] of Object.entries(options)) {
    if (Number.isSafeInteger(found) && found >= least) continue;
    const expected = least === 1 ? 'a whole number, 1 or more' : 'a whole number';
    throw new ClvError('bad_option', `${name} has a value that it cannot take`, { found, expected });
  }
}

function checkPositive(values: Record<string, number>, code: 'bad_parameters' | 'bad_option'): void {
  for (const [name, found] of Object.entries(values)) {
    if (found > 0 && found < Infinity) continue;
    throw new ClvError(code, `${name} has a value that it cannot take`, { found, expected: 'more than 0, finite' });
  }
}
