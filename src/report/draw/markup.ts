/** Text made safe for HTML and SVG, whatever it holds. */
import { printable } from '../../printable.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as markup holds it, in content and in attributes; what XML cannot hold and what terminals obey is left out. */
export const escaped = (content: string): string =>
  printable(content)
    .replace(/[\p{Cs}\ufffe\uffff]/gu, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/** About how wide a text is, in pixels: exact widths are known to browsers only. */
export function textWidth(content: string, fontSize: number): number {
  let width = 0;
  for (const character of content)
    width += character > '\u2e80' ? 1 : /[%mwMW@]/.test(character) ? 0.9 : /[A-Z0-9]/.test(character) ? 0.63 : 0.54;
  return width * fontSize;
}
