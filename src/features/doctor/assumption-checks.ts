/**
 * Does the log look as the models assume? A purchase model takes purchases of a living customer for a Poisson process of
 * one steady rate, customers for independent, and spend for independent of the rate; a log shows where that is wrong.
 *
 * With many customers every departure is “significant”. So each check names its test, and the size of the effect decides.
 */
import { isoDay } from '../../calendar.js';
import { chiSquareTail, normalTail } from '../../kernels/normal.js';
import type { Examination } from './examination.js';
import type { Check, Severity } from './finding.js';
import { fitLine, groupEffect, mean, median, sum } from './statistics.js';
import { amount, count, percent, plural, probability } from './words.js';

const YEAR = 365.25;
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Zero-based calendar month of a day number. */
const monthOf = (day: number) => new Date(day * 86_400_000).getUTCMonth();
/** 0 is Sunday: 1970-01-01 was a Thursday. */
const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;
const span = ({ first, last }: Examination) => last - first + 1;
const graded = (size: number, note: number, attention: number, problem = Number.POSITIVE_INFINITY): Severity =>
  size >= problem ? 'problem' : size >= attention ? 'attention' : size >= note ? 'note' : 'fine';

interface Weeks {
  /** Whole weeks only, counted from the first day examined. */
  readonly index: number[];
  readonly month: number[];
  /** Repeat transactions in the week for each customer known when it began. */
  readonly rate: number[];
  /** Customers known when the week began: the variance of the rate goes with its inverse. */
  readonly known: number[];
}

/** Fewer known customers than this make a rate of noise. */
const KNOWN = 30;

/** The rate at which known customers come back, week by week: growth of the customer base does not move it. */
function repeatRates({ sales, first, last }: Examination): Weeks {
  const whole = Math.floor((last - first + 1) / 7);
  const repeats = new Float64Array(whole);
  const joined = new Float64Array(whole);
  for (const [i, day] of sales.day.entries()) {
    const week = Math.floor((day - first) / 7);
    if (week >= whole) continue;
    repeats[week]! += sales.transactions[i]! - sales.newcomers[i]!;
    joined[week]! += sales.newcomers[i]!;
  }
  const weeks: Weeks = { index: [], month: [], rate: [], known: [] };
  let known = 0;
  for (let week = 0; week < whole; week++) {
    if (known >= KNOWN) {
      weeks.index.push(week);
      weeks.month.push(monthOf(first + 7 * week + 3));
      weeks.rate.push(repeats[week]! / known);
      weeks.known.push(known);
    }
    known += joined[week]!;
  }
  return weeks;
}

const seasonalMonths: Check = {
  code: 'seasonality_month',
  title: 'seasons',
  needs: [],
  meaning:
    'Known customers come back more in some months than in others. The models know no calendar: they spread purchases evenly over the year.',
  breaks: 'the purchase rate of a living customer is the same all year',
  advice: 'predict whole years, or hold out the same months as are to be predicted (--threshold_date)',
  async run(log) {
    const weeks = repeatRates(log);
    const months = new Set(weeks.month).size;
    if (span(log) < 365 || months < 12) {
      return {
        untold: `it needs a year in which customers are known; there are ${plural(span(log), 'day')}, ${plural(months, 'month')} of the year`,
      };
    }
    const { f, freedom, p, explained, level } = groupEffect(weeks.rate, weeks.index, weeks.month, weeks.known);
    const top = level.indexOf(Math.max(...level));
    const low = level.indexOf(Math.min(...level));
    const peak = level[top]!;
    const once = span(log) < 2 * 365;
    const monthValue = sum(log.sales.value.filter((_, i) => monthOf(log.sales.day[i]!) === top)) / sum(log.sales.value);
    const monthDays = Array.from({ length: span(log) }, (_, i) => monthOf(log.first + i)).filter(
      (m) => m === top,
    ).length;
    const size = p < (once ? 0.05 : 0.001) ? peak - 1 : 0;
    return [
      {
        severity: graded(size, 0.2, p < 0.001 ? 0.4 : Number.POSITIVE_INFINITY),
        evidence: `repeat transactions a week and known customer, after a straight trend: ${MONTHS[top]} ${times(peak)} and ${MONTHS[low]} ${times(level[low]!)} the mean; F(${freedom.join(', ')}) = ${f.toFixed(1)}, ${probability(p)}, months explain ${percent(explained)} of the variance; ${MONTHS[top]} has ${percent(monthValue)} of the value in ${percent(monthDays / span(log))} of the days${
          once ? '. The log is shorter than two years, so a season cannot be told from a passing change' : ''
        }`,
        meaning:
          size >= 0.2 ? seasonalMonths.meaning : 'Known customers come back about as often in one month as in another.',
      },
    ];
  },
};

const times = (level: number) => `${Math.max(0, level).toFixed(2)} times`;

const seasonalWeekdays: Check = {
  code: 'seasonality_weekday',
  title: 'days of the week',
  needs: [],
  meaning: 'Some days of the week have more purchases than others. Over horizons of many weeks this evens out.',
  breaks: 'a purchase is as likely on one day as on another',
  advice: '--time_unit week, and thresholds that end a whole week',
  async run(log) {
    if (span(log) < 28) return { untold: `it needs four weeks; there are ${plural(span(log), 'day')}` };
    const whole = Math.floor(span(log) / 7) * 7;
    const byDay = new Float64Array(7);
    for (const [i, day] of log.sales.day.entries()) {
      if (day < log.first + whole) byDay[weekdayOf(day)]! += log.sales.transactions[i]!;
    }
    const total = sum(byDay);
    const chi = sum(byDay.map((n) => (n - total / 7) ** 2 / (total / 7)));
    const effect = Math.sqrt(chi / total); // Cohen's w: 0.1 small, 0.3 middling, 0.5 large
    const [top, low] = [byDay.indexOf(Math.max(...byDay)), byDay.indexOf(Math.min(...byDay))];
    return [
      {
        severity: graded(chiSquareTail(chi, 6) < 0.001 ? effect : 0, 0.2, Number.POSITIVE_INFINITY),
        evidence: `${WEEKDAYS[top]} has ${percent(byDay[top]! / total)} of the transactions, ${WEEKDAYS[low]} ${percent(byDay[low]! / total)} (even: 14 %); χ²(6) = ${amount(chi)}, effect size w = ${effect.toFixed(2)}`,
      },
    ];
  },
};

const spendDrift: Check = {
  code: 'spend_drift',
  title: 'drift of spend',
  needs: [],
  meaning:
    'The same customers spend more, or less, per transaction as time goes on. The spend models expect them to spend as before.',
  breaks: 'a customer’s mean spend does not change',
  advice: 'a later start of the log, or clv features --outliers winsorise:0.99 if a few large orders make the drift',
  async run(log) {
    // The slope within customers: who joins or leaves does not move it. Errors may be related within a customer.
    const [customers, sxx, slope, meat] = (await log.row(
      4,
      `SELECT count(*), sum(sxx), any_value(slope), sum((sxy - slope * sxx) * (sxy - slope * sxx)) FROM (
         SELECT sxx, sxy, (sum(sxy) OVER ()) / (sum(sxx) OVER ()) AS slope FROM doctor_buyers
         WHERE transactions > 1 AND sxx > 0)`,
    )) as [number, number, number, number];
    if (!(customers >= 100) || span(log) < 180) {
      return {
        untold: `it needs 100 repeat customers in half a year; there are ${count(customers)} in ${plural(span(log), 'day')}`,
      };
    }
    const error = Math.sqrt(meat) / sxx;
    const yearly = Math.exp(slope) - 1;
    const t = slope / error;
    const quarters = await quarterMeans(log);
    return [
      {
        severity: graded(Math.abs(t) > 3.3 ? Math.abs(slope) : 0, 0.1, 0.25),
        evidence: `the same customer’s transactions grow by ${signed(yearly)} a year (slope of ln value within customers ${slope.toFixed(3)} ± ${error.toFixed(3)}, ${probability(2 * normalTail(Math.abs(t)))}); mean transaction of repeat customers by quarter: ${quarters}`,
        meaning: Math.abs(slope) >= 0.1 && Math.abs(t) > 3.3 ? spendDrift.meaning : 'Customers spend about as before.',
      },
    ];
  },
};

const signed = (share: number) => `${share >= 0 ? '+' : '−'}${percent(Math.abs(share))}`;

async function quarterMeans(log: Examination): Promise<string> {
  const result = await log.engine.query(
    `SELECT floor((day - ${log.first}) / 91.3125) AS quarter, avg(doctor_days.value::DOUBLE)
     FROM doctor_days JOIN doctor_buyers USING (customer)
     WHERE transactions > 1 AND day BETWEEN ${log.first} AND ${log.last}
     GROUP BY quarter HAVING count(*) >= 30 ORDER BY quarter`,
  );
  const means = Array.from(result.numbers(1), amount);
  return means.length <= 8 ? means.join(', ') : `${means.slice(0, 4).join(', ')} … ${means.slice(-4).join(', ')}`;
}

/** New customers in blocks of 28 days from the first day examined; a block that is not whole is left out. */
function inflow({ sales, first, last }: Examination): number[] {
  const blocks = new Array<number>(Math.floor((last - first + 1) / 28)).fill(0);
  for (const [i, day] of sales.day.entries()) {
    const block = Math.floor((day - first) / 28);
    if (block < blocks.length) blocks[block]! += sales.newcomers[i]!;
  }
  return blocks;
}

/** A cohort: nearly all customers join at the start, and then none. */
const isCohort = (blocks: readonly number[]) => {
  const later = blocks.slice(Math.ceil(blocks.length / 2));
  return sum(later) < 0.01 * sum(blocks);
};

const leftTruncation: Check = {
  code: 'left_truncation',
  title: 'old customers that look new',
  needs: [],
  meaning:
    'Far more customers “first” buy in the first weeks of the log than later: most of them were customers before it starts. Their history is cut off, and they look younger than they are.',
  breaks: 'a customer’s first purchase is in the log',
  advice:
    'export from further back; or leave out customers who first buy in the first weeks, to see how much it matters',
  async run(log) {
    const blocks = inflow(log);
    if (blocks.length < 6) {
      return { untold: `it needs half a year; there are ${plural(span(log), 'day')}` };
    }
    if (isCohort(blocks)) {
      return [
        {
          severity: 'note',
          title: 'all customers are first seen early in the log',
          evidence:
            'a cohort, chosen by its first purchase, or a log that starts in the middle of their lives: only you can tell. The models are right for the former',
          advice: null,
        },
      ];
    }
    const usual = median(blocks.slice(Math.ceil(blocks.length / 2)));
    const ratio = blocks[0]! / usual;
    const excess = sum(blocks.slice(0, 3).map((n) => Math.max(0, n - usual)));
    const share = excess / sum(blocks);
    return [
      {
        severity: blocks[0]! - usual > 4 * Math.sqrt(usual + 1) && share >= 0.02 ? graded(ratio, 1.5, 2.5) : 'fine',
        customers: blocks[0]!,
        evidence: `the log starts on ${isoDay(log.first)}; ${plural(blocks[0]!, 'customer')} first buy in its first 28 days, ${count(usual)} in 28 days of its second half (${ratio.toFixed(1)} times); about ${percent(share)} of all customers joined before it`,
      },
    ];
  },
};

const inflowDrift: Check = {
  code: 'inflow_drift',
  title: 'drift of new customers',
  needs: [],
  meaning:
    'New customers come faster, or more slowly, as time goes on. Predictions are for customers already known, so totals of the company will differ.',
  advice: 'add new customers apart when you plan totals',
  async run(log) {
    const blocks = inflow(log).slice(3); // the first blocks hold old customers that look new
    if (blocks.length < 8) {
      return { untold: `it needs eleven months; there are ${plural(span(log), 'day')}` };
    }
    if (isCohort(inflow(log))) {
      return [{ severity: 'fine', meaning: 'Nobody new joins later: see what is said of customers first seen early.' }];
    }
    const time = blocks.map((_, i) => (i * 28) / YEAR);
    const { slope, standardError } = fitLine(
      time,
      blocks.map((n) => Math.log(n + 0.5)),
    );
    const yearly = Math.exp(slope) - 1;
    return [
      {
        severity: graded(Math.abs(slope) > 3 * standardError ? Math.abs(slope) : 0, 0.3, Number.POSITIVE_INFINITY),
        evidence: `new customers in 28 days, after the first 12 weeks: ${signed(yearly)} a year (slope of the logs ${slope.toFixed(2)} ± ${standardError.toFixed(2)}), from ${count(mean(blocks.slice(0, 3)))} to ${count(mean(blocks.slice(-3)))}`,
      },
    ];
  },
};

const concentration: Check = {
  code: 'concentration',
  title: 'a few customers hold most of the value',
  needs: [],
  meaning:
    'Totals hang on a few customers, whom no model knows well: what one of them does moves the sum more than all the others.',
  breaks: 'customers are many, and none of them decides the total',
  advice: 'look at the largest one by one; judge the model by ranks and medians as well as by totals',
  async run(log) {
    const [n, total, squares, largest, top1, top10, top20, ranked] = (await log.row(
      8,
      `SELECT count(*), sum(value), sum(value * value), max(value), ${[0.01, 0.1, 0.2]
        .map((share) => `sum(value) FILTER (WHERE place <= ceil(${share} * n))`)
        .join(', ')}, sum(place * value)
       FROM (SELECT value, row_number() OVER (ORDER BY value DESC) AS place, count(*) OVER () AS n FROM doctor_buyers)`,
    )) as [number, number, number, number, number, number, number, number];
    if (n < 100) return { untold: `it needs 100 customers; the log has ${count(n)}` };
    const gini = (n + 1 - (2 * ranked) / total) / n; // places count from the largest
    const effective = (total * total) / squares;
    const severity =
      top1 / total >= 0.3 || largest / total >= 0.1 || effective < 30
        ? 'attention'
        : top1 / total >= 0.2
          ? 'note'
          : 'fine';
    return [
      {
        severity,
        value: top1,
        share: top1 / log.gross,
        evidence: `the top 1 % of customers (${count(Math.ceil(0.01 * n))}) hold ${percent(top1 / total)} of the value, 10 % hold ${percent(top10 / total)}, 20 % hold ${percent(top20 / total)}, the largest ${percent(largest / total)}; Gini ${gini.toFixed(2)}; as uneven as if ${count(effective)} of ${count(n)} customers shared it evenly`,
      },
    ];
  },
};

const youngCustomers: Check = {
  code: 'young_customers',
  title: 'customers younger than the horizon',
  needs: [],
  meaning:
    'They are predicted for longer than they have been seen; what they do late in a customer’s life is taken from others.',
  breaks: 'customers have been seen for about as long as they are predicted',
  advice: 'a shorter --horizon, or a longer log',
  async run(log) {
    const [all, young, value] = (await log.row(
      3,
      `SELECT count(*), count(*) FILTER (WHERE ${log.last} - first_day < ${log.horizon}),
         coalesce(sum(value) FILTER (WHERE ${log.last} - first_day < ${log.horizon}), 0) FROM doctor_buyers`,
    )) as [number, number, number];
    const size = young / all;
    return [
      {
        severity: graded(size, 0.4, 0.75),
        ...{ customers: young, value, share: value / log.gross },
        evidence: `${percent(size)} of the customers first bought less than ${plural(log.horizon, 'day')} before ${isoDay(log.last)}`,
      },
    ];
  },
};

const shortLog: Check = {
  code: 'short_log',
  title: 'a log shorter than twice the horizon',
  needs: [],
  meaning: 'Too short to learn from one stretch as long as the horizon and to check the prediction on another.',
  breaks: 'the future is as long as what has been seen, at most',
  advice: 'a shorter --horizon, or a longer log',
  async run(log) {
    if (span(log) >= 2 * log.horizon) return [];
    return [
      {
        severity: span(log) < log.horizon ? 'attention' : 'note',
        evidence: `${plural(span(log), 'day')} from ${isoDay(log.first)} to ${isoDay(log.last)}; the horizon is ${plural(log.horizon, 'day')}`,
      },
    ];
  },
};

const fewRepeats: Check = {
  code: 'few_repeat_customers',
  title: 'few customers who came back',
  needs: [],
  meaning: 'Everything that is known about rates, dropout and spend comes from customers who bought again.',
  breaks: 'there are enough histories to learn from',
  advice:
    'a longer log; or a model with fewer parameters (--model_type nbd_model, which knows no dropout), and wide intervals',
  async run(log) {
    const [all, repeat] = (await log.row(
      2,
      'SELECT count(*), count(*) FILTER (WHERE transactions > 1) FROM doctor_buyers',
    )) as [number, number];
    return [
      {
        severity: repeat < 30 ? 'problem' : repeat < 200 ? 'attention' : 'fine',
        customers: repeat,
        evidence: `${count(repeat)} of ${count(all)} customers bought again`,
      },
    ];
  },
};

const oneTimeCustomers: Check = {
  code: 'one_time_customers',
  title: 'customers who bought once',
  needs: [],
  meaning:
    'Most customers bought on one day only. What they will do is told by others, and who of them will come back cannot be seen in a log.',
  advice: 'look at predictions of groups rather than of single customers',
  async run(log) {
    const [all, once, value] = (await log.row(
      3,
      `SELECT count(*), count(*) FILTER (WHERE transactions = 1), coalesce(sum(value) FILTER (WHERE transactions = 1), 0)
       FROM doctor_buyers`,
    )) as [number, number, number];
    return [
      {
        severity: graded(once / all, 0.6, 0.9),
        ...{ customers: once, value, share: value / log.gross },
        evidence: `${percent(once / all)} of the customers bought on one day only`,
        meaning: once / all >= 0.6 ? oneTimeCustomers.meaning : 'Enough customers came back to learn from.',
      },
    ];
  },
};

const spendAndFrequency: Check = {
  code: 'spend_frequency',
  title: 'spend that goes with frequency',
  needs: [],
  meaning:
    'Customers who buy more often spend more, or less, per transaction. The Gamma-Gamma model takes the two for independent and misjudges the best customers.',
  breaks: 'mean spend and purchase rate are independent (Gamma-Gamma)',
  advice: 'compare predicted with actual value by frequency on a holdout (--threshold_date, --predict_end)',
  async run(log) {
    // Ties share their mean rank.
    const rank = (column: string) =>
      `rank() OVER (ORDER BY ${column}) + (count(*) OVER (PARTITION BY ${column}) - 1) / 2`;
    const [n, rho] = (await log.row(
      2,
      `SELECT count(*), corr(spend_rank, often_rank) FROM (
         SELECT ${rank('spend')} AS spend_rank, ${rank('often')} AS often_rank FROM (
           SELECT transactions - 1 AS often, repeat_value / (transactions - 1) AS spend FROM doctor_buyers WHERE transactions > 1))`,
    )) as [number, number];
    if (n < 100 || Number.isNaN(rho)) {
      return { untold: `it needs 100 customers who came back, not all alike; there are ${count(n)}` };
    }
    const error = 1 / Math.sqrt(n - 1);
    const size = Math.abs(rho) > 3 * error ? Math.abs(rho) : 0;
    return [
      {
        severity: graded(size, 0.1, 0.3),
        evidence: `Spearman’s rank correlation of mean spend and number of repeat transactions is ${rho.toFixed(2)} (± ${error.toFixed(2)}) among ${plural(n, 'repeat customer')}`,
        meaning:
          size >= 0.1 ? spendAndFrequency.meaning : 'How often customers buy says little about how much they spend.',
      },
    ];
  },
};

const regularity: Check = {
  code: 'purchase_timing',
  title: 'purchases too regular or too bursty',
  needs: [],
  meaning: 'The models take the days between purchases for random (exponential) around each customer’s own rate.',
  breaks: 'purchases of a customer are a Poisson process',
  async run(log) {
    // Wheat & Morrison (1990): of two gaps in a row, the share g₁ / (g₁ + g₂) is uniform for a Poisson process whatever the
    // customer's rate; for gaps Gamma(k) it is Beta(k, k), of variance 1 / (4 (2k + 1)). Whole days of sum S are uniform on
    // 1 … S − 1, of variance (1 − 2 / S) / 12. One pair a customer, the first: independent, and no one counts twice.
    const [n, observed, expected, squares] = (await log.row(
      4,
      `SELECT count(*), avg(o), avg(e), var_samp(o) FROM (
         SELECT pow(gap_1 / (gap_1 + gap_2) - 0.5, 2) AS o, (1 - 2 / (gap_1 + gap_2)) / 12 AS e
         FROM (SELECT gap_1::DOUBLE AS gap_1, gap_2::DOUBLE AS gap_2 FROM doctor_buyers) WHERE gap_1 + gap_2 >= 14)`,
    )) as [number, number, number, number];
    if (n < 200) return { untold: `it needs 200 customers with three purchases or more; there are ${count(n)}` };
    const ratio = observed / expected;
    const error = Math.sqrt(squares / n) / expected;
    const shape = (3 / ratio - 1) / 2;
    const clear = Math.abs(ratio - 1) > 3 * error;
    const regular = clear && shape >= 1.25;
    const bursty = clear && shape <= 0.75;
    const severity =
      (regular && shape >= 1.5) || (bursty && shape <= 0.6) ? 'attention' : regular || bursty ? 'note' : 'fine';
    const variation = shape > 0 ? (1 / Math.sqrt(shape)).toFixed(2) : 'very large';
    return [
      {
        severity,
        title: regular ? 'purchases at regular intervals' : bursty ? 'purchases in bursts' : 'timing of purchases',
        meaning: regular
          ? 'Customers buy at more regular intervals than chance would: silence says more about them than the models believe.'
          : bursty
            ? 'Customers buy in bursts with long pauses between: a pause says less about them than the models believe. Seasons and single large projects look like this.'
            : 'Days between purchases vary about as a Poisson process makes them.',
        evidence: `coefficient of variation of the gaps about ${variation} (1: random), shape k = ${shape.toFixed(2)} (Wheat & Morrison’s ratio of two gaps in a row, ${plural(n, 'customer')}; variance ${ratio.toFixed(2)} ± ${error.toFixed(2)} of a Poisson process’s)`,
        advice: regular
          ? '--model_type mbgcnbd_model or bgcnbd_model, which have intervals of their own regularity'
          : bursty
            ? 'check on a holdout; a coarser --time_unit or merging the orders of one project may help'
            : null,
      },
    ];
  },
};

export const ASSUMPTION_CHECKS: readonly Check[] = [
  seasonalMonths,
  seasonalWeekdays,
  spendDrift,
  spendAndFrequency,
  regularity,
  concentration,
  leftTruncation,
  inflowDrift,
  youngCustomers,
  shortLog,
  fewRepeats,
  oneTimeCustomers,
];
