import { describe, expect, it } from 'vitest';
import type { DoctorReport, Finding } from '../src/features/doctor/finding.js';
import { doctorText } from '../src/report/doctor-text.js';

const plain = (text: string) => text;
const style = (width = Number.POSITIVE_INFINITY) => ({ bold: plain, dim: plain, warn: plain, width });

function finding(more: Partial<Finding>): Finding {
  return {
    ...{ code: 'x', title: 'odd lines', severity: 'note', rows: null, customers: null, value: null, share: null },
    ...{ examples: [], meaning: 'They are odd.', evidence: null, breaks: null, advice: null },
    ...more,
  };
}

function report(checks: Finding[], more: Partial<DoctorReport> = {}): DoctorReport {
  return {
    ...{ file: 'shop/orders.csv', rows: 12_345, customers: 1, transactions: 9_876, value: 1000, gross: 1200 },
    ...{ firstDay: '2020-01-01', lastDay: '2020-12-31', examinedFrom: '2020-01-01', examinedTo: '2020-12-31' },
    ...{ horizon: 90, touched: { rows: 0, value: 0, share: 0 }, checks, skipped: [], ...more },
  };
}

const problem = finding({
  severity: 'problem',
  title: 'lines without a customer',
  ...{ rows: 2, customers: 0, value: 1447.5, share: 0.1234 },
  meaning: 'Nobody bought them.',
  evidence: 'counted',
  breaks: 'every purchase is seen',
  advice: 'fill them in',
  examples: [1, 2, 3, 4].map((row) => ({ row, cells: { date: '2020-01-01', value: row * 10.5 } })),
});

describe('a doctor’s report as text', () => {
  it('begins with how healthy the log is', () => {
    const text = doctorText(
      report([problem, finding({ severity: 'attention' }), finding({}), finding({ severity: 'fine', title: 'gaps' })], {
        touched: { rows: 2, value: 1447.5, share: 0.1234 },
      }),
      style(),
    );
    expect(text.split('\n').slice(0, 3)).toEqual([
      'orders.csv: 1 problem, 1 to look at, 1 note, 1 fine',
      '  12,345 lines; 9,876 transactions (customer-days) of 1 customer, 2020-01-01 to 2020-12-31, worth 1,000',
      '  problems and matters to look at touch 2 lines, 12.3 % of all value; percentages are of all value in the log, what is left out included',
    ]);
  });

  it('says of a problem what it is, what it touches, what it breaks and what to do, with three rows', () => {
    const text = doctorText(report([problem]), style());
    expect(text).toContain(
      [
        '  lines without a customer: 2 lines, worth 1,448 (12.3 %)',
        '    Nobody bought them. The models assume: every purchase is seen.',
        '    measured: counted',
        '    row 1  2020-01-01  10.5',
        '    row 2  2020-01-01    21',
        '    row 3  2020-01-01  31.5',
        '    → fill them in',
      ].join('\n'),
    );
    expect(text).not.toContain('row 4');
  });

  it('lists what is fine, and what could not be told with the reason', () => {
    const text = doctorText(
      report([finding({ severity: 'fine', title: 'gaps' }), finding({ severity: 'fine', title: 'ids' })], {
        skipped: [{ code: 'x', title: 'seasons', reason: 'it needs a year' }],
      }),
      style(),
    );
    expect(text).toContain('orders.csv: no problems, nothing to look at, 0 notes, 2 fine');
    expect(text).toContain('Nothing unusual: gaps, ids');
    expect(text).toContain('Could not be told: seasons (it needs a year)');
    expect(text).not.toContain('Problems');
  });

  it('keeps to the width of the terminal', () => {
    const wide = finding({
      severity: 'attention',
      meaning: 'word '.repeat(60).trim(),
      advice: 'do '.repeat(40).trim(),
    });
    const lines = doctorText(report([problem, wide]), style(60)).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('never lets cells of a file command the terminal', () => {
    const evil = {
      ...problem,
      examples: [{ row: 2, cells: { customer: '\u001b[2Jgone\nnext' } }],
      evidence: '\u001b[31mred',
    };
    const text = doctorText(report([evil], { file: 'a\u001b[2J.csv' }), style());
    expect(text).not.toContain('\u001b');
    expect(text).toContain('row 2   [2Jgone next');
  });

  it('says where examples are, as far as it is known', () => {
    const known = { ...problem, examples: [{ file: 'data/march.csv', row: 1042, cells: { customer: 'k' } }] };
    expect(doctorText(report([known]), style())).toContain('    march.csv row 1,042  k');
    const unknown = { ...problem, examples: [{ row: null, cells: { customer: 'k' } }] };
    expect(doctorText(report([unknown]), style())).toContain('    e.g.  k');
  });

  it('keeps notes short: one line, and the number behind it', () => {
    const text = doctorText(report([finding({ rows: 3, evidence: 'a third', examples: problem.examples })]), style());
    expect(text).toContain('\n  odd lines: 3 lines · a third');
    expect(text).not.toContain('row 1');
  });

  it('marks only what it is told to mark', () => {
    const marked = doctorText(report([problem]), { ...style(), bold: (text) => `<b>${text}</b>` });
    expect(marked).toContain('<b>lines without a customer</b>: 2 lines');
  });
});
