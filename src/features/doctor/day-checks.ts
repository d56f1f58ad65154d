/** What is odd about days: those that cannot be, those that are missing, those with too much. */
import { isoDay } from '../../calendar.js';
import { type Examination, PLACEHOLDER_DAYS, standsAlone } from './examination.js';
import type { Check, Found } from './finding.js';
import { mean, median } from './statistics.js';
import { count, percent, plural } from './words.js';

/** Days as a condition on lines; a handful as a rule, ranges beyond that. */
const onDays = (days: readonly number[]) => `dropped IS NULL AND day IN (${days.join(', ')})`;

async function strayDays(log: Examination, condition: string, evidence: string): Promise<Found[]> {
  const extent = await log.extent(condition);
  if (extent.rows === 0) return [];
  return [
    {
      severity: 'problem',
      ...{ ...extent, condition, evidence },
      examples: await log.examples(condition, 'day, position, line'),
    },
  ];
}

const futureDates: Check = {
  code: 'future_date',
  title: 'days in the future',
  needs: [],
  meaning: 'The log would end on a day that has not come: every customer looks as if they had been silent until then.',
  breaks: 'observation ends when the log does',
  advice: '--latest_date YYYY-MM-DD, or mend the dates (day and month swapped?)',
  run: (log) => strayDays(log, `dropped IS NULL AND day > ${log.today}`, `after ${isoDay(log.today)}`),
};

const placeholderDates: Check = {
  code: 'placeholder_date',
  title: 'days that programs write where they know none',
  needs: [],
  meaning: 'Such as 1970-01-01 or 1900-01-01, with nothing else around them: the day is not known.',
  breaks: 'the first purchase and the last are where the log says',
  advice: 'leave the date empty in the export; lines without a date are left out and counted',
  async run(log) {
    const days = log.days.day.filter((day, i) => PLACEHOLDER_DAYS.includes(day) && standsAlone(log.days, i));
    return days.length === 0 ? [] : strayDays(log, onDays(days), days.map(isoDay).join(', '));
  },
};

/** Placeholder days and the future have findings of their own. */
const elsewhere = ({ today }: Examination) => `day <= ${today} AND day NOT IN (${PLACEHOLDER_DAYS.join(', ')})`;

const strayStart: Check = {
  code: 'stray_start',
  title: 'a few lines long before all others',
  needs: [],
  meaning: 'More than a year lies between them and the rest of the log: wrong dates, or the remains of an older shop.',
  breaks: 'the log is whole from its first day on',
  advice: 'mend the dates, or start the export where the log is whole',
  run: (log) =>
    strayDays(
      log,
      `dropped IS NULL AND day < ${log.first} AND ${elsewhere(log)}`,
      `more than a year before ${isoDay(log.first)}`,
    ),
};

const strayEnd: Check = {
  code: 'stray_end',
  title: 'a few lines long after all others',
  needs: [],
  meaning: 'More than a year lies between the rest of the log and them: every customer looks silent in between.',
  breaks: 'observation ends when the log does',
  advice: '--latest_date YYYY-MM-DD, or mend the dates',
  async run(log) {
    const gapEnd = log.days.day.find((day, i) => day > log.last && day - log.days.day[i - 1]! > 365);
    if (gapEnd === undefined) return [];
    return strayDays(log, `dropped IS NULL AND day >= ${gapEnd} AND ${elsewhere(log)}`, `from ${isoDay(gapEnd)} on`);
  },
};

const beforeEpoch: Check = {
  code: 'ancient_date',
  title: 'days before 1970',
  needs: [],
  meaning: 'Few shops have such logs: two-digit years or wrong dates.',
  advice: '--date_format, or mend the dates',
  run: (log) =>
    strayDays(log, `dropped IS NULL AND day < 0 AND ${elsewhere(log)}`, 'before 1970-01-01').then((found) =>
      found.map((one) => ({ ...one, severity: one.rows! / log.keptRows < 0.5 ? 'problem' : 'attention' }) as const),
    ),
};

const gaps: Check = {
  code: 'missing_days',
  title: 'days without a single line',
  needs: [],
  meaning: 'The log is silent for longer than its own rhythm explains: holidays, or an export that lacks a piece.',
  breaks: 'the log is whole: a silent customer did not buy',
  advice: 'compare with the source; export again what is missing',
  async run(log) {
    const days = log.days.day.filter((day) => day >= log.first && day <= log.last);
    const span = log.last - log.first + 1;
    if (days.length < 30) return { untold: `it needs 30 days with lines; the log has ${count(days.length)}` };
    const active = days.length / span;
    /** Expected number of runs of at least so many silent days, were days silent independently of each other. */
    const expected = (silent: number) => days.length * (1 - active) ** silent;
    const runs = days.slice(1).flatMap((day, i) => {
      const silent = day - days[i]! - 1;
      return silent >= 4 && expected(silent) < 0.001 ? [{ from: days[i]! + 1, silent }] : [];
    });
    if (runs.length === 0) return [];
    runs.sort((a, b) => b.silent - a.silent || a.from - b.from);
    const longest = runs[0]!.silent;
    const total = runs.reduce((days, { silent }) => days + silent, 0);
    const shown = runs.slice(0, 3).map(({ from, silent }) => `${isoDay(from)} to ${isoDay(from + silent - 1)}`);
    return [
      {
        severity: longest >= 28 || total / span >= 0.1 ? 'problem' : longest >= 14 ? 'attention' : 'note',
        evidence: `${plural(total, 'day')} in ${plural(runs.length, 'stretch', 'stretches')}: ${shown.join(', ')}${
          runs.length > 3 ? ', …' : ''
        }; lines come on ${percent(active)} of all days, so independent silence of this length has odds below 1 in 1,000`,
      },
    ];
  },
};

const busyDays: Check = {
  code: 'busy_day',
  title: 'days with implausibly many lines',
  needs: [],
  meaning:
    'Ten times the lines of the weeks around them, and at least a hundredth of the log: an import, a correction, a batch under one date, or a very large sale.',
  breaks: 'lines bear the day of the purchase',
  advice: 'check the examples; an import should keep the days of its orders',
  async run(log) {
    const { day, kept } = log.days;
    const own = [...day.keys()].filter((i) => day[i]! >= log.first && day[i]! <= log.last && kept[i]! > 0);
    if (own.length < 30) return { untold: `it needs 30 days with lines; the log has ${count(own.length)}` };
    const busy = own.filter((i, k) => {
      if (kept[i]! < 50 || kept[i]! / log.keptRows < 0.01) return false;
      const around = own.slice(Math.max(0, k - 28), k + 29).filter((j) => j !== i);
      return kept[i]! >= 10 * median(around.map((j) => kept[j]!));
    });
    if (busy.length === 0) return [];
    busy.sort((a, b) => kept[b]! - kept[a]!);
    const condition = onDays(busy.map((i) => day[i]!));
    const extent = await log.extent(condition);
    const size = extent.rows / log.keptRows;
    return [
      {
        // Much on the very first day may be a cohort that starts together, or a stock of customers carried over.
        severity: size >= 0.1 && !busy.some((i) => day[i] === log.first) ? 'problem' : 'attention',
        ...{ ...extent, condition },
        evidence: `${busy
          .slice(0, 3)
          .map((i) => `${isoDay(day[i]!)} with ${plural(kept[i]!, 'line')}`)
          .join(', ')}; a day has ${count(mean(own.map((i) => kept[i]!)))} on average`,
        examples: await log.examples(condition),
      },
    ];
  },
};

export const DAY_CHECKS: readonly Check[] = [
  futureDates,
  placeholderDates,
  strayStart,
  strayEnd,
  beforeEpoch,
  gaps,
  busyDays,
];
