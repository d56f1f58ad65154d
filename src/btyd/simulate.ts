/** Customers made up after the story that a model tells, where the truth is known: for demos, tests and benches. */

import { isoDay, LAST_DAY } from '../calendar.js';
import { type Customers, customers as customersOf, type NumberColumn } from '../customers.js';
import { ClvError } from '../errors.js';
import { type RandomStream, randomStream } from '../kernels/random.js';
import type { TimeUnit } from '../time.js';
import { paramsOf } from './covariates.js';
import type { FittedModel } from './fitted-model.js';
import type { Params, PurchaseModel, SpendModel } from './model.js';
import { purchaseModel, spendModel } from './registry.js';

/** A model with parameters, and coefficients if covariates act: a fitted model is one. */
export type Story = Pick<FittedModel, 'model' | 'parameters'> & Partial<Pick<FittedModel, 'coefficients'>>;

export interface SimulateOptions {
  /** How many customers. */
  readonly n: number;
  /** First purchase to the end of observation: one for all, or one each. In the unit of the parameters. */
  readonly age: number | NumberColumn;
  /** The same seed gives the same customers. Default 1. */
  readonly seed?: number | undefined;
  /** Rounds times to multiples of this, as a log kept in whole days does. Default: exact times. */
  readonly roundTo?: number | undefined;
  /** What a purchase is worth; left out: monetary is 0. */
  readonly spend?: Story | undefined;
  readonly covariates?: Readonly<Record<string, NumberColumn>> | undefined;
  /** Default `day`. */
  readonly timeUnit?: TimeUnit | undefined;
}

/**
 * Summaries of simulated customers. Rounding merges no purchases: frequency counts every one.
 *
 * @throws ClvError bad_option, bad_parameters, bad_columns, unknown_model
 *
 * @example
 * simulateCustomers({ model: 'bgnbd_model', parameters: { r: 0.24, alpha: 4.4, a: 0.8, b: 2.4 } }, { n: 1_000_000, age: 39 });
 */
export function simulateCustomers(story: Story, options: SimulateOptions): Customers {
  const { n, age, seed = 1, roundTo, covariates, timeUnit = 'day' } = options;
  checkWhole({ n }, 1);
  checkWhole({ seed }, Number.MIN_SAFE_INTEGER);
  if (roundTo !== undefined && !(roundTo > 0 && roundTo < Number.POSITIVE_INFINITY)) {
    throw new ClvError('bad_option', 'roundTo is not a length of time', {
      found: roundTo,
      expected: 'more than 0, finite',
    });
  }
  const ages = typeof age === 'number' ? new Float64Array(n).fill(age) : Float64Array.from(age);
  if (ages.length !== n) {
    throw new ClvError('bad_columns', 'the ages do not fit the customers', {
      found: ages.length,
      expected: `${n} ages, one for each customer`,
    });
  }
  const lives = new Lives(story, options.spend, randomStream(seed));
  const frequency = new Float64Array(n);
  const recency = new Float64Array(n);
  const monetary = new Float64Array(n);
  const litt = new Float64Array(n);
  const rounded = (t: number) => (roundTo === undefined ? t : Math.round(t / roundTo) * roundTo);
  const covariateOf = (i: number) => (name: string) => covariates?.[name]?.[i];
  for (let i = 0; i < n; i++) {
    let last = 0;
    lives.live(ages[i]!, covariateOf(i), (t, value) => {
      if (t === 0) return;
      frequency[i]!++;
      litt[i]! += Math.log(Math.max(t - last, Number.MIN_VALUE));
      last = t;
      recency[i] = t;
      monetary[i]! += (value - monetary[i]!) / frequency[i]!;
    });
    recency[i] = rounded(recency[i]!);
    ages[i] = rounded(ages[i]!);
  }
  return customersOf({ frequency, recency, age: ages, monetary, litt, covariates, timeUnit });
}

export interface SimulateLogOptions {
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
  /** When they buy; parameters in days. Default: a purchase in 56 days on average, half of the people gone in three months. */
  readonly purchases?: Story | undefined;
  /** What they spend. Default: 40 a purchase on average. */
  readonly spend?: Story | undefined;
  /** How lively the months of the year are, January first, 12 numbers; only their ratios count. Default: all alike. */
  readonly season?: NumberColumn | undefined;
  /** A draw of one customer's covariates, by name, from a uniform number in (0, 1). Default: none. */
  readonly covariates?: Readonly<Record<string, (uniform: number) => number>> | undefined;
}

/** A transaction log as columns of one length, one row a purchase, sorted by day. */
export interface SimulatedLog {
  readonly customer: string[];
  /** Days since 1970-01-01. */
  readonly day: Int32Array;
  /** Money, whole cents, at least 0.01. */
  readonly value: Float64Array;
  /** One value a row, as the customer has it. */
  readonly covariates: Readonly<Record<string, Float64Array>>;
}

const DEFAULT_PURCHASES: Story = { model: 'paretonbd_model', parameters: { r: 0.8, alpha: 45, s: 1.3, beta: 130 } };
const DEFAULT_SPEND: Story = { model: 'gammagamma_model', parameters: { p: 6, q: 4, gamma: 20 } };

/**
 * The log of a made-up shop. Everyone buys on joining, then after their story; someone may well buy twice on a day. In a lively
 * season time runs faster for all: for buying and for leaving.
 *
 * @throws ClvError bad_option, bad_parameters, unknown_model
 *
 * @example
 * const { customer, day, value } = simulateLog({ customers: 1_000, seed: 7 });
 */
export function simulateLog(options: SimulateLogOptions = {}): SimulatedLog {
  const { customers = 4_000, seed = 1, firstDay = 19_723, days = 540, covariates = {} } = options;
  const { joinDays = Math.min(360, days), purchases = DEFAULT_PURCHASES, spend = DEFAULT_SPEND } = options;
  checkWhole({ customers, days, joinDays }, 1);
  checkWhole({ seed, firstDay }, Number.MIN_SAFE_INTEGER);
  if (firstDay + days - 1 > LAST_DAY) {
    const expected = `a log that ends by ${isoDay(LAST_DAY)}`;
    throw new ClvError('bad_option', 'the log would go on after the last day of the calendar', {
      found: days,
      expected,
    });
  }
  if (joinDays > days) {
    const expected = `at most the days of the log, here ${days}`;
    throw new ClvError('bad_option', 'joinDays lies beyond the end of the log', { found: joinDays, expected });
  }
  const stream = randomStream(seed);
  const lives = new Lives(purchases, spend, stream);
  const clock = new SeasonalClock(firstDay, days, options.season);
  const names = Object.keys(covariates);
  const digits = String(customers).length;
  const rows: { customer: string; day: number; value: number; described: number[] }[] = [];
  for (let i = 1; i <= customers; i++) {
    const customer = `C${String(i).padStart(digits, '0')}`;
    const described = names.map((name) => covariates[name]!(stream.uniform()));
    const joined = clock.livelyTime(stream.uniform() * joinDays);
    lives.live(
      clock.livelyTime(days) - joined,
      (name) => described[names.indexOf(name)],
      (t, value) => {
        const day = Math.min(days - 1, Math.floor(clock.realTime(joined + t)));
        rows.push({ customer, day: firstDay + day, value: Math.max(0.01, Math.round(100 * value) / 100), described });
      },
    );
  }
  rows.sort((one, other) => one.day - other.day); // stable: within a day by customer
  return {
    customer: rows.map((row) => row.customer),
    day: Int32Array.from(rows, (row) => row.day),
    value: Float64Array.from(rows, (row) => row.value),
    covariates: Object.fromEntries(
      names.map((name, c) => [name, Float64Array.from(rows, ({ described }) => described[c]!)]),
    ),
  };
}

/** Tells lives, one after the other. */
class Lives {
  private readonly model: PurchaseModel;
  private readonly spender: SpendModel | undefined;

  constructor(
    private readonly purchases: Story,
    private readonly spend: Story | undefined,
    private readonly stream: RandomStream,
  ) {
    this.model = purchaseModel(purchases.model);
    this.spender = spend && spendModel(spend.model);
    checkParameters(this.model, purchases.parameters);
    if (this.spender) checkParameters(this.spender, spend!.parameters);
    if (spend?.parameters.q !== undefined && spend.parameters.q <= 1) {
      throw new ClvError('bad_parameters', 'q leaves spend without a mean', {
        found: spend.parameters.q,
        expected: 'more than 1',
      });
    }
  }

  /** One life: `buy` is called for the first purchase at 0 and for each one until `age`. */
  live(age: number, covariate: (name: string) => number | undefined, buy: (t: number, value: number) => void): void {
    const { model, spender, stream } = this;
    const params = this.paramsFor(model, this.purchases, covariate);
    const draw = spender?.drawSpender(this.paramsFor(spender, this.spend!, covariate), 0, 0, stream);
    buy(0, draw?.() ?? 0);
    const [stays] = model.pAlive(params, NEWCOMER);
    if (stays! < 1 && stream.uniform() >= stays!) return;
    model.live(params, { x: 0, tx: 0, T: 0 }, age, stream, (t) => buy(t, draw?.() ?? 0));
  }

  private paramsFor(
    model: PurchaseModel | SpendModel,
    { parameters, coefficients = [] }: Story,
    covariate: (name: string) => number | undefined,
  ): Params<string> {
    const values = Float64Array.from(coefficients, (effect) => {
      const value = covariate(effect.covariate);
      if (value !== undefined) return value;
      throw new ClvError('bad_columns', 'the story has a covariate that these customers do not', {
        column: effect.covariate,
        expected: `covariates: { ${effect.covariate}: … }`,
      });
    });
    return paramsOf(
      model,
      parameters,
      coefficients,
      coefficients.map(({ value }) => value),
      values,
    );
  }
}

const NEWCOMER = customersOf({ frequency: [0], recency: [0], age: [0] });

/** Real days and lively ones: in a month twice as lively as the average, twice as many of these pass. */
class SeasonalClock {
  /** Lively time at the start of each day of the log. */
  private readonly passed: Float64Array;

  constructor(firstDay: number, days: number, season: NumberColumn = new Float64Array(12).fill(1)) {
    const positive = season.length === 12 && Array.from(season).every((value) => value > 0 && value < Infinity);
    if (!positive) {
      throw new ClvError('bad_option', 'this is not a season', {
        found: Array.from(season).join(', '),
        expected: '12 numbers > 0, January first: how lively each month is',
      });
    }
    const mean = Array.from(season).reduce((sum, value) => sum + value, 0) / 12;
    this.passed = new Float64Array(days + 1);
    for (let d = 0; d < days; d++) {
      const month = new Date((firstDay + d) * 86_400_000).getUTCMonth();
      this.passed[d + 1] = this.passed[d]! + season[month]! / mean;
    }
  }

  livelyTime(day: number): number {
    const whole = Math.min(this.passed.length - 2, Math.floor(day));
    return this.passed[whole]! + (day - whole) * (this.passed[whole + 1]! - this.passed[whole]!);
  }

  realTime(lively: number): number {
    let low = 0;
    let high = this.passed.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.passed[middle]! <= lively) low = middle;
      else high = middle;
    }
    return low + (lively - this.passed[low]!) / (this.passed[low + 1]! - this.passed[low]!);
  }
}

function checkParameters(model: PurchaseModel | SpendModel, parameters: Readonly<Record<string, number>>): void {
  for (const name of model.parameters) {
    const found = parameters[name];
    const signed = model.signed?.includes(name) ?? false;
    if (found !== undefined && Number.isFinite(found) && (signed || found > 0)) continue;
    throw new ClvError('bad_parameters', `${name} has a value that it cannot take`, {
      found,
      expected: signed ? 'a finite number' : 'more than 0, finite',
    });
  }
  const unknown = Object.keys(parameters).find((name) => !model.parameters.includes(name));
  if (unknown === undefined) return;
  throw new ClvError('bad_parameters', `${model.title} has no such parameter`, {
    found: unknown,
    expected: model.parameters.join(', '),
  });
}

function checkWhole(options: Record<string, number>, least: number): void {
  for (const [name, found] of Object.entries(options)) {
    if (Number.isSafeInteger(found) && found >= least) continue;
    const expected = least === 1 ? 'a whole number, 1 or more' : 'a whole number';
    throw new ClvError('bad_option', `${name} has a value that it cannot take`, { found, expected });
  }
}
