/** What was read from a log, dropped and kept, as text. */
import { basename } from 'node:path';
import type { ReadReport } from '../features/read-transactions.js';
import { printable } from '../printable.js';
import { count, counted, LONGEST_NAME, money, type Style } from './style.js';
import { sectionsText, textTable } from './table.js';

export function readingText(report: ReadReport, style: Style): string {
  const { file, files, layout, rows, dropped, notes, roles } = report;
  const column = (name: string | undefined) => printable(name ?? '', LONGEST_NAME);
  const value = roles.value === undefined ? `${column(roles.quantity)} × ${column(roles.price)}` : column(roles.value);
  const several = files.length > 1 ? ` (${count(files.length)} files)` : '';
  const lines = [
    `${style.bold(printable(basename(file)))}${several}: ${counted(rows, 'row')}, ${layout} layout (customer: ${column(roles.customer)}, date: ${column(roles.date)}, value: ${value})`,
    ...textTable(
      [
        ...dropped.map((drop) => ['dropped', count(drop.rows), drop.meaning, `worth ${money(drop.value)}`]),
        ...notes.map((note) => ['kept', count(note.rows), note.meaning, `worth ${money(note.value)}`]),
      ],
      'lrll',
    ).map((line) => `  ${line}`),
  ];
  if (report.normalisedIds > 0) lines.push(`  ${count(report.normalisedIds)} ids such as 17850.0 were read as 17850`);
  if (report.encoding !== 'utf-8') lines.push(`  the file is not UTF-8 and was read as ${report.encoding}`);
  lines.push(
    `  left: ${counted(report.transactions, 'transaction')} (customer-days) of ${counted(report.customers, 'customer')}, ` +
      `${report.firstDay} to ${report.lastDay}, worth ${money(report.value)}`,
  );
  for (const remark of report.remarks) lines.push(`  ${style.warn('Note:')} ${remark}`);
  return sectionsText([lines.join('\n')], style.width);
}
