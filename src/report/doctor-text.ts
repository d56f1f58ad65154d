/** A doctor's report as text for a terminal. Colours and widths are given, so the same text serves a pipe. */
import { basename } from 'node:path';
import type { DoctorReport, ExampleRow, Finding, Severity } from '../features/doctor/finding.js';
import { printable } from '../printable.js';
import type { Style } from './style.js';
import { sectionsText, textTable } from './table.js';

/** Example rows shown, by severity; the rest is in the JSON. */
const EXAMPLES: Readonly<Record<Severity, number>> = { problem: 3, attention: 2, note: 0, fine: 0 };
const LONGEST_CELL = 24;
const LONGEST_SENTENCE = 1000;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const count = (value: number) => whole.format(value);
const counted = (value: number, one: string) => `${count(value)} ${value === 1 ? one : `${one}s`}`;
const money = (value: number) => (Math.abs(value) >= 100 ? whole.format(value) : value.toFixed(2));
const percent = (share: number) => (share > 0 && share < 0.001 ? '< 0.1 %' : `${(share * 100).toFixed(1)} %`);

const HEADINGS: Readonly<Record<Exclude<Severity, 'fine'>, string>> = {
  problem: 'Problems: predictions are likely to be wrong until these are mended',
  attention: 'To look at: worth a decision',
  note: 'Good to know',
};

/** The report, worst first. */
export function doctorText(report: DoctorReport, style: Style): string {
  const of = (severity: Severity) => report.checks.filter((finding) => finding.severity === severity);
  const sections = [
    headline(report, style),
    ...(['problem', 'attention', 'note'] as const).map((severity) => group(severity, of(severity), style)),
    list(
      'Nothing unusual',
      of('fine').map(({ title }) => title),
      style,
    ),
    list(
      'Could not be told',
      report.skipped.map(({ title, reason }) => `${title} (${reason})`),
      style,
      '; ',
    ),
  ];
  return sectionsText(sections, style.width);
}

function headline(report: DoctorReport, { bold, warn }: Style): string {
  const { file, rows, customers, transactions, value, firstDay, lastDay, checks, touched } = report;
  const number = (severity: Severity) => checks.filter((finding) => finding.severity === severity).length;
  const problems = number('problem');
  const matters = number('attention');
  const health = [
    problems === 0 ? 'no problems' : warn(counted(problems, 'problem')),
    matters === 0 ? 'nothing to look at' : `${count(matters)} to look at`,
    counted(number('note'), 'note'),
    `${count(number('fine'))} fine`,
  ].join(', ');
  return [
    `${bold(printable(basename(file)))}: ${health}`,
    `  ${counted(rows, 'line')}; ${counted(transactions, 'transaction')} (customer-days) of ${counted(customers, 'customer')}, ${firstDay} to ${lastDay}, worth ${money(value)}`,
    ...(touched.rows > 0
      ? [
          `  problems and matters to look at touch ${counted(touched.rows, 'line')}, ${percent(touched.share)} of all value; percentages are of all value in the log, what is left out included`,
        ]
      : []),
  ].join('\n');
}

function group(severity: keyof typeof HEADINGS, findings: readonly Finding[], style: Style): string {
  if (findings.length === 0) return '';
  const heading = style.bold(HEADINGS[severity]);
  return [severity === 'problem' ? style.warn(heading) : heading, ...findings.map((one) => entry(one, style))].join(
    '\n',
  );
}

function entry(finding: Finding, style: Style): string {
  const { title, severity, meaning, evidence, breaks, advice } = finding;
  const lines = [`  ${style.bold(printable(title, LONGEST_SENTENCE))}${size(finding)}`];
  const say = (text: string) => lines.push(`    ${text}`);
  // A note is short: what it is, and the number behind it or else its meaning.
  if (severity === 'note') return `${lines[0]} · ${style.dim(sentence(evidence ?? meaning))}`;
  say(`${sentence(meaning)}${breaks === null ? '' : ` The models assume: ${sentence(breaks)}.`}`);
  if (evidence !== null) say(style.dim(`measured: ${sentence(evidence)}`));
  lines.push(...examplesText(finding.examples.slice(0, EXAMPLES[severity])).map((line) => style.dim(`    ${line}`)));
  if (advice !== null) say(`→ ${sentence(advice)}`);
  return lines.join('\n');
}

const sentence = (text: string) => printable(text, LONGEST_SENTENCE);

/** `: 135,080 lines, worth 1,447,682 (13.6 %)`, as far as a finding is about lines or customers. */
function size({ rows, customers, value, share }: Finding): string {
  const parts = [
    rows === null ? '' : counted(rows, 'line'),
    customers === null || customers === 0 ? '' : counted(customers, 'customer'),
    value === null ? '' : `worth ${money(value)}${share === null ? '' : ` (${percent(share)})`}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function examplesText(examples: readonly ExampleRow[]): string[] {
  const names = [...new Set(examples.flatMap(({ cells }) => Object.keys(cells)))];
  return textTable(
    examples.map(({ file, row, cells }) => [
      [
        ...(file === undefined ? [] : [printable(basename(file), LONGEST_CELL)]),
        row === null ? 'e.g.' : `row ${count(row)}`,
      ].join(' '),
      ...names.map((name) => {
        const cell = cells[name];
        return typeof cell === 'number' ? `${Number(cell.toPrecision(12))}` : printable(cell ?? '–', LONGEST_CELL);
      }),
    ]),
    `l${names.map((name) => (examples.some(({ cells }) => typeof cells[name] === 'number') ? 'r' : 'l')).join('')}`,
  );
}

function list(heading: string, items: readonly string[], { bold, dim }: Style, separator = ', '): string {
  if (items.length === 0) return '';
  return `${bold(heading)}: ${dim(items.map(sentence).join(separator))}`;
}
