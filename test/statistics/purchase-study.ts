/** Fits a purchase model to many simulated data sets and counts which of its intervals hold the truth. */
import {
  atDraw,
  type Customers,
  credible,
  customers,
  estimates,
  expectedPurchases,
  type FittedModel,
  fit,
  outcomes,
  type Posterior,
  type PurchaseModel,
  pAlive,
  pmf,
  posteriorOf,
  profileIntervals,
} from '../../src/btyd/index.js';
import { takeRows } from '../../src/customers.js';
import { randomStream } from '../../src/kernels/random.js';
import { Coverages, LEVEL, SETS, shareInside } from './coverage.js';
import { type Design, tell, type Watched } from './stories.js';

const DRAWS = 300;
/** Draws that the chances of an outcome at the ends of its interval are averaged over. */
const DRAWS_OF_CHANCES = 2;
/** Customers of each data set whose future is compared with its interval. */
const FOLLOWED = 9;

export interface PurchaseStudy {
  readonly coverages: Coverages;
  /** By parameter, one estimate a data set. */
  readonly estimates: Readonly<Record<string, Float64Array>>;
  /** Data sets whose fit is without errors, or is another model's. */
  readonly undetermined: number;
  /** Data sets whose posterior came from chains. */
  readonly chains: number;
}

/** Histories about which expectations are asked: the same in every data set, so that their truth is one number. */
const EXAMPLES = customers({
  frequency: [0, 1, 2, 4, 7, 20],
  recency: [0, 12, 60, 30, 90, 95],
  age: [100, 100, 100, 100, 100, 100],
  timeUnit: 'week',
});

/**
 * @param seed of the first data set, each has its own
 * @param withProfile whether to make profile intervals, each of which takes about ten fits
 */
export function studyPurchases(
  model: PurchaseModel,
  truth: Readonly<Record<string, number>>,
  design: Design,
  seed: number,
  withProfile: boolean,
): PurchaseStudy {
  const coverages = new Coverages(model.title);
  const found = Object.fromEntries(model.parameters.map((name) => [name, new Float64Array(SETS)]));
  let undetermined = 0;
  let chains = 0;
  for (let set = 0; set < SETS; set++) {
    const watched = tell(model.name, truth, design, randomStream(seed + set));
    const fitted = fit(model, watched.customers);
    if (fitted.model !== model.name || fitted.covariance === null) {
      undetermined++;
      continue;
    }
    const wald = estimates(fitted, { level: LEVEL });
    const profile = withProfile && profileIntervals(fitted, watched.customers, { level: LEVEL });
    const posterior = posteriorOf(fitted, watched.customers, { draws: DRAWS, seed: set });
    if (posterior.method === 'chains') chains++;
    for (const name of model.parameters) {
      found[name]![set] = fitted.parameters[name]!;
      coverages.addInterval(`parameter ${name}, Wald`, set, wald[name]!.interval, truth[name]!);
      if (profile) coverages.addInterval(`parameter ${name}, profile`, set, profile[name]!, truth[name]!);
      coverages.addInterval(`parameter ${name}, posterior`, set, centralOf(posterior.draws[name]!), truth[name]!);
    }
    addExpectations(coverages, set, posterior, { ...fitted, parameters: truth }, design.horizon);
    addOutcomes(coverages, set, posterior, watched, design.horizon);
  }
  return { coverages, estimates: found, undetermined, chains };
}

/** Central interval of draws. */
export function centralOf(draws: Float64Array): readonly [number, number] {
  const sorted = Float64Array.from(draws).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return [at((1 - LEVEL) / 2), at((1 + LEVEL) / 2)];
}

function addExpectations(coverages: Coverages, set: number, posterior: Posterior, truth: FittedModel, horizon: number) {
  const predictions: ReadonlyArray<readonly [string, (at: FittedModel) => Float64Array]> = [
    ['P(alive)', (at) => pAlive(at, EXAMPLES)],
    ['expected purchases', (at) => expectedPurchases(at, EXAMPLES, horizon)],
  ];
  for (const [name, predict] of predictions) {
    const { low, high } = credible(posterior, predict, { level: LEVEL });
    predict(truth).forEach((expected, i) => {
      if (low[i] === high[i]) return; // P(alive) of 1 whatever the parameters
      coverages.addInterval(`expectation ${name}`, set, [low[i]!, high[i]!], expected);
    });
  }
}

/** What the first customers of the data set did later: some who came back once or more, some who never did. */
function addOutcomes(coverages: Coverages, set: number, posterior: Posterior, watched: Watched, horizon: number) {
  const { frequency } = watched.customers;
  const rowsWith = (holds: (x: number) => boolean, count: number) =>
    Array.from(frequency.keys())
      .filter((row) => holds(frequency[row]!))
      .slice(0, count);
  const groups = [
    ['who came back', rowsWith((x) => x > 0, FOLLOWED)],
    ['who never came back', rowsWith((x) => x === 0, FOLLOWED / 3)],
  ] as const;
  for (const [who, rows] of groups) {
    const some = takeRows(watched.customers, Int32Array.from(rows));
    const { low, high } = outcomes(posterior, some, horizon, { level: LEVEL, draws: DRAWS, seed: set }).purchases;
    const most = Math.max(...high);
    const chances = chancesOf(posterior, some, horizon, most);
    rows.forEach((row, i) => {
      const own = chances.subarray(i * (most + 1), (i + 1) * (most + 1));
      const inside = shareInside(watched.purchasesLater[row]!, low[i]!, high[i]!, own);
      coverages.add(`outcome, ${who}`, set, inside);
    });
  }
}

/** P(n purchases), row by row, over what the parameters may be. */
export function chancesOf(posterior: Posterior, some: Customers, horizon: number, most: number): Float64Array {
  const mean = new Float64Array(some.n * (most + 1));
  for (let d = 0; d < DRAWS_OF_CHANCES; d++) {
    pmf(atDraw(posterior, d), some, horizon, most).forEach((chance, cell) => {
      mean[cell]! += chance / DRAWS_OF_CHANCES;
    });
  }
  return mean;
}
