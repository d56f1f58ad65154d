/** Features of what was given back: cancelled lines and negative amounts, which are no transactions. */
import { double, type Feature, ratio } from './feature.js';

function returned(name: string, unit: string, type: Feature['type'], meaning: string, sql: string): Feature {
  return { name, unit, type, stage: 'returns', needs: [], meaning, sql: () => sql };
}

const DAYS = 'count(DISTINCT return_day)';

export const RETURN_FEATURES: readonly Feature[] = [
  returned('return_lines', 'lines', 'integer', 'lines given back', 'sum(lines)'),
  returned('cnt_returns', 'days', 'integer', 'days with something given back', DAYS),
  returned(
    'has_returned',
    '0 or 1',
    'integer',
    'whether anything was given back',
    `CASE WHEN ${DAYS} > 0 THEN 1 ELSE 0 END`,
  ),
  returned('returned_value', 'money', 'number', 'value of what was given back', double('sum(returned)')),
  returned(
    'refund_rate',
    'ratio',
    'number',
    'returned_value ÷ value bought; above 1 where more is given back than the log saw bought',
    ratio('sum(returned)', 'sum(bought)'),
  ),
  returned(
    'days_since_last_return',
    'days',
    'integer',
    'from the last return to the threshold; 0 without',
    'coalesce(threshold - max(return_day), 0)',
  ),
];
