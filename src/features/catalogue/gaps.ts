/** Features of the rhythm: the days between transactions. All 0 for who bought once. */
import type { Dialect } from '../engine.js';
import { double, type Feature, ratio, steadySum } from './feature.js';

function gap(
  name: string,
  unit: string,
  type: Feature['type'],
  meaning: string,
  sql: string | ((dialect: Dialect) => string),
): Feature {
  return { name, unit, type, stage: 'stories', needs: [], meaning, sql: typeof sql === 'string' ? () => sql : sql };
}

const GAPS = 'count(gap)';
const MEAN = ratio('sum(gap)', GAPS);
/** Sums of whole numbers are exact, so nothing is lost to the subtraction. */
const SD = `CASE WHEN ${GAPS} < 2 THEN 0 ELSE
  sqrt(${double(`${GAPS} * sum(gap * gap) - sum(gap) * sum(gap)`)} / ${double(`${GAPS} * (${GAPS} - 1)`)}) END`;
/** NULL, which stands for 0, where there is no gap. */
const BY_MEAN = `/ nullif(${MEAN}, 0)`;

export const GAP_FEATURES: readonly Feature[] = [
  gap(
    'litt',
    'log days',
    'number',
    'sum of the logarithms of the gaps, as models of regular buyers need it',
    steadySum(`ln(${double('gap')})`, 15),
  ),
  gap('gap_mean', 'days', 'number', 'between transactions, on average', MEAN),
  gap('gap_sd', 'days', 'number', 'standard deviation (n − 1) of the gaps; 0 for fewer than two', SD),
  gap('gap_min', 'days', 'integer', 'the shortest gap', 'min(gap)'),
  gap('gap_max', 'days', 'integer', 'the longest gap', 'max(gap)'),
  gap(
    'first_gap',
    'days',
    'integer',
    'from the first transaction to the second',
    'min(day) FILTER (WHERE gap IS NOT NULL) - min(day)',
  ),
  gap('last_gap', 'days', 'integer', 'from the last but one to the last', ({ lastBy }) => lastBy('gap', 'day')),
  gap(
    'gap_cv',
    'ratio',
    'number',
    'gap_sd ÷ gap_mean: near 0 regular, 1 as if by chance, above 1 in bursts',
    `${SD} ${BY_MEAN}`,
  ),
  gap(
    'days_since_last_ratio',
    'ratio',
    'number',
    'days_since_last ÷ gap_mean: the silence against their own rhythm',
    `${double('threshold - max(day)')} ${BY_MEAN}`,
  ),
  gap(
    'gaps_longer',
    'share',
    'number',
    'gaps at least as long as the present silence',
    ratio('count(*) FILTER (WHERE gap >= threshold - last_day)', GAPS),
  ),
];
