/** What is odd in a log, how much value it touches, which assumptions of the models it breaks, and what to do. */

import { dayOption, isoDay } from '../../calendar.js';
import { ClvError } from '../../errors.js';
import { checkOptionTypes } from '../../options.js';
import type { OnProgress } from '../../progress.js';
import { onDuckDb } from '../engine.js';
import type { TransactionLog } from '../read-transactions.js';
import { ASSUMPTION_CHECKS } from './assumption-checks.js';
import { CUSTOMER_CHECKS } from './customer-checks.js';
import { DAY_CHECKS } from './day-checks.js';
import { type Examination, endExamination, examine } from './examination.js';
import { type Check, type DoctorReport, type Finding, type Found, SEVERITIES } from './finding.js';
import { LINE_CHECKS } from './line-checks.js';

export interface DoctorOptions {
  /** How far predictions shall reach, in days. Default: a quarter of the log. */
  readonly horizon?: number | undefined;
  /** Last day on which assumptions are tested, `YYYY-MM-DD`. Default: the last day of the log. */
  readonly thresholdDate?: string | undefined;
  /** Example rows a finding, 0 to 100. Default 3. */
  readonly examples?: number | undefined;
  /** What counts as today, `YYYY-MM-DD`: days after it are in the future. Default: as the log was read. */
  readonly today?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Every check, in the order of the report. */
export const CHECKS: readonly Check[] = [...LINE_CHECKS, ...CUSTOMER_CHECKS, ...DAY_CHECKS, ...ASSUMPTION_CHECKS];

const MOST_EXAMPLES = 100;

/**
 * Examines a log. Counting is left to the engine; what comes back does not grow with the log. One examination of a log at a
 * time: its tables have fixed names.
 *
 * @throws ClvError bad_option, bad_horizon, bad_date
 */
export async function doctor(log: TransactionLog, options: DoctorOptions = {}): Promise<DoctorReport> {
  checkOptionTypes(options, { onProgress: 'function' }, [
    'horizon',
    'thresholdDate',
    'examples',
    'today',
    'onProgress',
  ]);
  onDuckDb(log.engine, 'examinations');
  const { horizon, examples = 3, onProgress = () => {} } = options;
  if (horizon !== undefined && !(horizon > 0 && Number.isFinite(horizon))) {
    throw new ClvError('bad_horizon', 'the horizon is not a length of time', {
      found: horizon,
      expected: 'a number of days above 0',
    });
  }
  if (!(Number.isInteger(examples) && examples >= 0 && examples <= MOST_EXAMPLES)) {
    throw new ClvError('bad_option', 'this is not a number of examples', {
      found: examples,
      expected: `a whole number from 0 to ${MOST_EXAMPLES}`,
    });
  }
  const threshold =
    options.thresholdDate === undefined ? undefined : dayOption('threshold_date', options.thresholdDate);
  const today = options.today === undefined ? log.cleaning.latest : dayOption('today', options.today);

  onProgress('examining', 0);
  try {
    const examination = await examine(log, { horizon, threshold, today, examples });
    const findings: Finding[] = [];
    const skipped: Array<{ code: string; title: string; reason: string }> = [];
    const conditions: string[] = [];
    for (const [i, check] of CHECKS.entries()) {
      onProgress('examining', i / CHECKS.length);
      const missing = check.needs.filter((need) => !examination.has.has(need));
      const { code, title } = check;
      if (missing.includes('part')) continue; // a log of one file cannot overlap
      if (missing.length > 0) {
        skipped.push({
          code,
          title,
          reason: `the log has no ${missing.map((need) => NEED_NAMES[need] ?? need).join(', ')}`,
        });
        continue;
      }
      const outcome = await check.run(examination);
      if ('untold' in outcome) {
        skipped.push({ code, title, reason: outcome.untold });
        continue;
      }
      // What cleaning was told to leave out is a finding already.
      if (outcome.length === 0 && findings.some((one) => one.code === code)) continue;
      for (const found of outcome.length > 0 ? outcome : [{ severity: 'fine' } as const]) {
        findings.push(finding(check, found));
        const { condition, severity } = found as Found;
        if (condition !== undefined && (severity === 'problem' || severity === 'attention')) conditions.push(condition);
      }
    }
    onProgress('examining', 1);
    return await reportOf(examination, findings, skipped, conditions);
  } finally {
    await endExamination(log.engine);
  }
}

const NEED_NAMES: Readonly<Record<string, string>> = {
  minute: 'time of day',
  order: 'order ids',
  product: 'products',
  country: 'countries',
  currency: 'currencies',
};

function finding(check: Check, found: Found): Finding {
  const fine = found.severity === 'fine';
  return {
    code: found.code ?? check.code,
    title: found.title ?? check.title,
    severity: found.severity,
    rows: found.rows ?? null,
    customers: found.customers ?? null,
    value: found.value ?? null,
    share: found.share ?? null,
    examples: found.examples ?? [],
    meaning: found.meaning ?? (fine ? 'Nothing found.' : check.meaning),
    evidence: found.evidence ?? null,
    breaks: fine ? null : found.breaks === undefined ? (check.breaks ?? null) : found.breaks,
    advice: fine ? null : found.advice === undefined ? (check.advice ?? null) : found.advice,
  };
}

async function reportOf(
  log: Examination,
  findings: readonly Finding[],
  skipped: DoctorReport['skipped'],
  conditions: readonly string[],
): Promise<DoctorReport> {
  const { file, customers, transactions, value, firstDay, lastDay } = log.report;
  const any = conditions.map((condition) => `coalesce((${condition}), false)`).join(' OR ');
  const [rows, touched] =
    any === ''
      ? [0, 0]
      : ((await log.row(2, `SELECT count(*), coalesce(sum(abs(value)), 0)::DOUBLE FROM doctor_lines WHERE ${any}`)) as [
          number,
          number,
        ]);
  return {
    ...{ file, rows: log.rows, customers, transactions, value, gross: log.gross, firstDay, lastDay },
    examinedFrom: isoDay(log.first),
    examinedTo: isoDay(log.last),
    horizon: log.horizon,
    touched: { rows, value: touched, share: log.gross > 0 ? touched / log.gross : 0 },
    checks: SEVERITIES.flatMap((severity) => findings.filter((one) => one.severity === severity)),
    skipped,
  };
}
