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

/** A line, or an empty one and a line, broken at blanks to fit the width, continued under its own indentation and two more. */
export function wrapped(line: string, width: number): string {
  if (line.startsWith('\n')) return `\n${wrapped(line.slice(1), width)}`;
  if (visibleLength(line) <= width) return line;
  const indentation = ' '.repeat(line.length - line.trimStart().length);
  const lines = [indentation];
  let length = indentation.length;
  for (const word of line.trimStart().split(/(?<=\s)(?=\S)/)) {
    const size = visibleLength(word);
    if (length > indentation.length + 2 && length + visibleLength(word.trimEnd()) > width) {
      lines.push(`${indentation}  `);
      length = indentation.length + 2;
    }
    lines.push(`${lines.pop()}${word}`);
    length += size;
  }
  return lines.map((part) => part.trimEnd()).join('\n');
}

/** Sections of a report under each other, empty ones left out, every line broken to fit. */
export function sectionsText(sections: readonly string[], width: number): string {
  return sections
    .filter((section) => section !== '')
    .join('\n\n')
    .split('\n')
    .map((line) => wrapped(line, width))
    .join('\n');
}
