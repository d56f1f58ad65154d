/** Fits of real data against figures that others printed, and against maxima found independently (more-mle.json). */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bdw } from '../../src/btyd/bdw.js';
import { bgBb } from '../../src/btyd/bg-bb.js';
import { bgCnbdK } from '../../src/btyd/bg-cnbd-k.js';
import { bgNbd } from '../../src/btyd/bg-nbd.js';
import { cohort, retentionRates, survivalCurve } from '../../src/btyd/contracts.js';
import type { CovariateChoice } from '../../src/btyd/covariates.js';
import { fit } from '../../src/btyd/fit.js';
import type { FittedModel } from '../../src/btyd/fitted-model.js';
import { gammaGompertzNbd } from '../../src/btyd/gamma-gompertz-nbd.js';
import { mbgCnbdK } from '../../src/btyd/mbg-cnbd-k.js';
import { mbgNbd } from '../../src/btyd/mbg-nbd.js';
import type { PurchaseModel } from '../../src/btyd/model.js';
import { paretoNbd } from '../../src/btyd/pareto-nbd.js';
import { correlationBounds, paretoNbdSarmanov } from '../../src/btyd/pareto-nbd-sarmanov.js';
import { sbg } from '../../src/btyd/sbg.js';
import { type Customers, customers } from '../../src/customers.js';
import { locateDataset } from '../../src/datasets/locate.js';
import { relativeError } from '../golden/golden.js';
import { describeOn } from '../real-data.js';

/** The cells of a data set as text, without its header. */
function rowsOf(name: string): string[][] {
  const path = locateDataset(name)!;
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim();
  return text
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
}

const dayOf = (date: string) => Date.parse(date) / 86_400_000;
const DAYS_PER_WEEK = 7;

/** The days on which each customer bought, up to and including `end`, in order. */
function purchaseDays(log: Iterable<readonly [id: string, date: string]>, end: number): Map<string, number[]> {
  const days = new Map<string, Set<number>>();
  for (const [id, date] of log) {
    const known = days.get(id) ?? new Set<number>();
    days.set(id, known);
    if (dayOf(date) <= end) known.add(dayOf(date));
  }
  return new Map([...days].map(([id, known]) => [id, [...known].sort((a, b) => a - b)]));
}

/** Σ ln(weeks between purchases). */
function littOf(days: readonly number[]): number {
  return days.slice(1).reduce((sum, day, i) => sum + Math.log((day - days[i]!) / DAYS_PER_WEEK), 0);
}

/** 104 weeks of the apparel retailer of CLVTools: everyone first buys on 2005-01-02. */
function apparelRetailer(): Customers {
  const end = dayOf('2005-01-02') + 104 * DAYS_PER_WEEK;
  const byCustomer = purchaseDays(
    rowsOf('apparel_trans').map(([id, date]) => [id!, date!]),
    end,
  );
  const described = new Map(rowsOf('apparel_static_cov').map(([id, gender, channel]) => [id!, { gender, channel }]));
  const ids = [...byCustomer.keys()];
  const days = [...byCustomer.values()];
  return customers({
    frequency: days.map(({ length }) => length - 1),
    recency: days.map((known) => (known.at(-1)! - known[0]!) / DAYS_PER_WEEK),
    age: days.map((known) => (end - known[0]!) / DAYS_PER_WEEK),
    litt: days.map(littOf),
    covariates: {
      Gender: ids.map((id) => Number(described.get(id)!.gender)),
      Channel: ids.map((id) => Number(described.get(id)!.channel)),
    },
    timeUnit: 'week',
  });
}

/** The CDNOW sample, with the times between purchases that its summary leaves out. */
function cdnowSample(): Customers {
  const days = purchaseDays(
    rowsOf('cdnow_sample').map(([, date, , , sample]) => [String(Number(sample)), date!]),
    dayOf('1997-09-30'),
  );
  const rows = rowsOf('cdnow_summary');
  return customers({
    frequency: rows.map(([, x]) => Number(x)),
    recency: rows.map(([, , tx]) => Number(tx)),
    age: rows.map(([, , , T]) => Number(T)),
    litt: rows.map(([id]) => littOf(days.get(id!)!)),
    timeUnit: 'week',
  });
}

/** Yearly gifts after a first one in 1995: opportunities taken, the last one taken, all there were. */
function donors(): Customers {
  const rows = rowsOf('donations_summary').map((row) => row.map(Number));
  const column = (j: number) => rows.map((row) => row[j]!);
  return customers({ frequency: column(0), recency: column(1), age: column(2), weight: column(3), timeUnit: 'year' });
}

/** Of 1,000 customers those left after 0, 1, … 7 renewals: Fader & Hardie (2007), table 1. */
const COHORTS = {
  high_end: [1000, 869, 743, 653, 593, 551, 517, 491],
  regular: [1000, 631, 468, 382, 326, 289, 262, 241],
} as const;

/** As printed: off by at most so many units of the last digit. */
function expectPrinted(found: number, printed: string, what: string): void {
  const decimals = printed.split('.')[1]?.length ?? 0;
  expect(Math.abs(found - Number(printed)), `${what}: ${found}, printed ${printed}`).toBeLessThan(
    2.5 * 10 ** -decimals,
  );
}

const BOTH = ['Gender', 'Channel'];

describeOn('apparel_trans', 'the apparel retailer of the R package CLVTools', () => {
  const data = apparelRetailer();

  it('Pareto/NBD: parameters, errors and likelihood printed in its walkthrough', () => {
    const fitted = fit(paretoNbd, data);
    for (const [name, value] of Object.entries({ r: '1.4490', alpha: '48.6361', s: '.5613', beta: '46.8844' })) {
      expect(relativeError(fitted.parameters[name]!, Number(value)), name).toBeLessThan(2e-4);
    }
    for (const [name, value] of Object.entries({ r: '.2434', alpha: '7.4892', s: '.2710', beta: '35.6114' })) {
      expect(relativeError(fitted.standardErrors[name]!, Number(value)), name).toBeLessThan(5e-4);
    }
    expectPrinted(fitted.logLikelihood, '-5848.0978', 'log-likelihood');
  });

  it('Pareto/NBD with covariates, and with one coefficient for both processes', () => {
    const free = fit(paretoNbd, data, { covariates: { purchase: BOTH, dropout: BOTH } });
    expectPrinted(free.logLikelihood, '-5821.0627', 'log-likelihood');
    const tied = fit(paretoNbd, data, {
      covariates: { purchase: ['Channel'], dropout: ['Channel'], both: ['Gender'] },
    });
    expectPrinted(tied.logLikelihood, '-5826.5342', 'log-likelihood');
    expectPrinted(2 * (free.logLikelihood - tied.logLikelihood), '10.943', 'likelihood ratio');
  });
});

describeOn('donations_summary', 'the donors of Fader, Hardie & Shang (2010)', () => {
  it('BG/BB: parameters and likelihood as printed', () => {
    const fitted = fit(bgBb, donors());
    const printed = { alpha: '1.204', beta: '.750', gamma: '.657', delta: '2.783' };
    for (const [name, value] of Object.entries(printed)) expectPrinted(fitted.parameters[name]!, value, name);
    expectPrinted(fitted.logLikelihood, '-33225.58', 'log-likelihood');
    expect(fitted).toMatchObject({ customers: 11_104, distinctCustomers: 22, findings: [] });
  });
});

describe('the two cohorts of Fader & Hardie (2007)', () => {
  it.each([
    { segment: 'high_end', a: '0.668', b: '3.806', logLikelihood: '-1611.2' },
    { segment: 'regular', a: '0.704', b: '1.182', logLikelihood: '-1680.3' },
  ] as const)('sBG, $segment: parameters and likelihood as printed', ({ segment, a, b, logLikelihood }) => {
    const fitted = fit(sbg, cohort(COHORTS[segment]));
    expectPrinted(fitted.parameters.a!, a, 'a');
    expectPrinted(fitted.parameters.b!, b, 'b');
    expectPrinted(fitted.logLikelihood, logLikelihood, 'log-likelihood');
  });

  it('sBG says in year 12 what the years from 8 on showed, within two points', () => {
    const later = { high_end: [0.468, 0.445, 0.427, 0.409, 0.394], regular: [0.223, 0.207, 0.194, 0.183, 0.173] };
    for (const segment of ['high_end', 'regular'] as const) {
      const curve = survivalCurve(fit(sbg, cohort(COHORTS[segment])), 12);
      later[segment].forEach((share, i) => {
        expect(Math.abs(curve[8 + i]! - share)).toBeLessThan(0.02);
      });
    }
  });

  it('retention rises with tenure though nobody becomes more loyal: the others have left', () => {
    const rates = retentionRates(fit(sbg, cohort(COHORTS.regular)), 12);
    for (let t = 1; t < 12; t++) expect(rates[t]).toBeGreaterThan(rates[t - 1]!);
  });
});

/** A fit of more-mle.json. */
interface OneFit {
  readonly model: string;
  readonly data: string;
  readonly variant?: string;
  readonly k?: number;
  readonly n: number;
  readonly parameters: Record<string, number>;
  readonly standard_errors?: Record<string, number>;
  readonly log_likelihood: number;
  readonly convergence: { readonly at_limit?: string[] };
}

const FILE = new URL('../golden/more-mle.json', import.meta.url);
const fits: OneFit[] = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')).fits : [];

const CHOICES: Record<string, CovariateChoice> = {
  'covariates Gender and Channel on both processes': { purchase: BOTH, dropout: BOTH },
  'covariates Gender and Channel on both processes, one coefficient of Gender for both': {
    purchase: ['Channel'],
    dropout: ['Channel'],
    both: ['Gender'],
  },
  'covariates Gender and Channel on the purchase process': { purchase: BOTH },
  'covariate Gender on both processes': { purchase: ['Gender'], dropout: ['Gender'] },
};

function modelOf({ model, k }: OneFit): PurchaseModel {
  if (model === 'bg-cnbd-k') return bgCnbdK.of(k!) as PurchaseModel;
  if (model === 'mbg-cnbd-k') return mbgCnbdK.of(k!) as PurchaseModel;
  const models: Record<string, PurchaseModel> = {
    'pareto-nbd': paretoNbd,
    'bg-nbd': bgNbd,
    'mbg-nbd': mbgNbd,
    'ggom-nbd': gammaGompertzNbd,
    'pareto-nbd-sarmanov': paretoNbdSarmanov,
    'bg-bb': bgBb,
    sbg,
    bdw,
  };
  return models[model]!;
}

/** The value and error of a number as the file names it. */
function found(fitted: FittedModel, name: string): { value: number; error: number | null } {
  const renamed = fitted.model === 'sbg_model' ? ({ alpha: 'a', beta: 'b' }[name] ?? name) : name;
  if (renamed in fitted.parameters) {
    return { value: fitted.parameters[renamed]!, error: fitted.standardErrors[renamed]! };
  }
  const [before, after] = name.split('_');
  const process = after === undefined ? 'both' : before === 'trans' ? 'purchase' : 'dropout';
  const { value, standardError } = fitted.coefficients.find(
    (one) => one.process === process && one.covariate === (after ?? before),
  )!;
  return { value, error: standardError };
}

/** Maxima inside: parameters to 1e-5, errors to 1e-4, likelihood to 1e-6. Fits with a parameter held fixed are not ours. */
function expectSameMaximum(fitted: FittedModel, expected: OneFit): void {
  expect(Math.abs(fitted.logLikelihood - expected.log_likelihood)).toBeLessThan(1e-6);
  for (const [name, value] of Object.entries(expected.parameters)) {
    expect(relativeError(found(fitted, name).value, value), name).toBeLessThan(1e-5);
    expect(relativeError(found(fitted, name).error!, expected.standard_errors![name]!), name).toBeLessThan(1e-4);
  }
}

const titleOf = ({ model, k, variant = 'alone' }: OneFit) => `${model}${k ? `, k = ${k}` : ''}, ${variant}`;
const ours = fits.filter(({ variant }) => variant === undefined || variant in CHOICES);

/** The fits of one data set: those with a maximum, and those whose likelihood rises to a limit. */
function agreesOn(file: string, of: () => Customers): void {
  const here = ours.filter(({ data }) => data.startsWith(file));
  const inside = here.filter(({ convergence }) => !convergence.at_limit);
  const outside = here.filter(({ convergence }) => convergence.at_limit);
  it.each(inside.map((one) => [titleOf(one), one] as const))('%s: the maximum found independently', (_, one) => {
    const fitted = fit(modelOf(one), of(), { covariates: CHOICES[one.variant ?? ''] });
    expect(fitted.customers).toBe(one.n);
    expect(fitted.convergence.converged).toBe(true);
    expectSameMaximum(fitted, one);
  });
  if (outside.length === 0) return;
  it.each(outside.map((one) => [titleOf(one), one] as const))(
    '%s: no maximum, and as likely as was found',
    (_, one) => {
      const fitted = fit(modelOf(one), of(), { covariates: CHOICES[one.variant ?? ''] });
      expect(fitted.logLikelihood).toBeGreaterThan(one.log_likelihood - 1e-4);
      expect(fitted.findings.length).toBeGreaterThan(0);
    },
  );
}

describe('maxima found by another optimiser, from other formulas', () => {
  describeOn('apparel_trans', 'apparel', () => agreesOn('apparel', apparelRetailer));
  describeOn('cdnow_sample', 'CDNOW', () => agreesOn('cdnow', cdnowSample));
  describeOn('donations_summary', 'donors', () => agreesOn('donations', donors));

  it.each(
    ours.filter(({ data }) => data.startsWith('sbg_data')).map((one) => [`${one.model}, ${one.data}`, one] as const),
  )('%s', (_, one) => {
    const segment = one.data.endsWith('high_end') ? 'high_end' : 'regular';
    const fitted = fit(modelOf(one), cohort(COHORTS[segment]));
    expectSameMaximum({ ...fitted, logLikelihood: fitted.logLikelihood }, one);
  });

  // Beyond m's bounds the density of some rates is negative: the maximum there is none of a distribution.
  describeOn('apparel_trans', 'a correlation at its bound', () => {
    const atBound = fits.find(({ variant }) => variant === 'm at its upper bound');
    it.skipIf(!atBound)('is reached as nearly as the search can, and named', () => {
      const fitted = fit(paretoNbdSarmanov, apparelRetailer());
      expect(Math.abs(fitted.logLikelihood - atBound!.log_likelihood)).toBeLessThan(1e-3);
      const [, high] = correlationBounds(fitted.parameters as Record<'r' | 'alpha' | 's' | 'beta', number>);
      expect(fitted.parameters.m! / high).toBeGreaterThan(0.99);
      expect(fitted.findings.map(({ code }) => code)).toContain('correlation_at_bound');
    });
  });
});
