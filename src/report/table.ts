import { stripVTControlCharacters } from 'node:util';

/** Rows of cells as lines of text with aligned columns; `align` holds `l` or `r` for each column. */
export function textTable(rows: ReadonlyArray<readonly string[]>, align: string): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [j, cell] of row.entries()) widths[j] = Math.max(widths[j] ?? 0, visibleLength(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, j) => {
        const space = ' '.repeat(widths[j]! - visibleLength(cell));
        return align[j] === 'r' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Characters as a terminal shows them: colour codes take no room. */
function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
