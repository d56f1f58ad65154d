/** Charts and tables as HTML. */
import type { Cell, Chart } from '../charts/chart.js';
import { THEMES } from '../draw/colours.js';
import { drawChart } from '../draw/draw-chart.js';
import { formatted } from '../draw/format.js';
import { escaped } from '../draw/markup.js';
import type { DataTable } from '../tables.js';

/** Pixels of a drawing where there is room, beside another or alone, and on a telephone. */
const BROAD = 570;
const WHOLE = 1170;
const NARROW = 340;
/** Longer tables of charts are left to `report.json`. */
const MOST_ROWS = 60;

export function chartFigure(chart: Chart, alone = false): string {
  const { name, title, answers, columns, rows } = chart;
  const id = `chart-${escaped(name)}`;
  const drawing = (width: number, size: string) =>
    drawChart(chart, { width, theme: THEMES.page, id: `${id}-${size}` }).replace('<svg ', `<svg class="${size}" `);
  const table =
    rows.length > MOST_ROWS
      ? ''
      : `<details><summary>Figures: ${escaped(title)}</summary>${scrolling(
          tableMarkup({
            title,
            columns: columns.map(({ title: head, format }) => ({ title: head, ...(format && { format }) })),
            rows: rows.map((row) => columns.map(({ field }) => row[field] ?? null)),
          }),
          `Figures: ${title}`,
        )}</details>`;
  return `<figure class="card${alone ? ' wide' : ''}" id="${id}"><figcaption><h3>${escaped(title)}</h3><p class="answers">${escaped(answers)}</p></figcaption>${drawing(alone ? WHOLE : BROAD, 'broad')}${drawing(NARROW, 'narrow')}${table}</figure>`;
}

/** What is wider than the page, reachable by keyboard. */
export const scrolling = (content: string, label: string, className = ''): string =>
  `<div class="scroll ${className}" tabindex="0" role="region" aria-label="${escaped(label)}">${content}</div>`;

export function tableMarkup({ title, columns, rows }: DataTable, { id = '', sortable = false } = {}): string {
  const heads = columns.map(
    ({ title: head, format }) => `<th scope="col"${format ? '' : ' class="text"'}>${escaped(head)}</th>`,
  );
  const cell = (value: Cell, column: number): string => {
    const format = columns[column]!.format;
    const shown = escaped(formatted(value, format));
    if (column === 0) return `<th scope="row">${shown}</th>`;
    if (!format) return `<td class="text">${shown}</td>`;
    return `<td${sortable ? ` data-value="${value}"` : ''}>${shown}</td>`;
  };
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  return `<table${id && ` id="${id}"`}${sortable ? ' class="sortable"' : ''}><caption>${escaped(title)}</caption><thead><tr>${heads.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}
