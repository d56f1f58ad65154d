/** What a terminal would obey instead of showing: control characters, and marks that turn the direction of text. */
const COMMANDS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Text that is safe to print on one line, cut at `most` characters. */
export function printable(text: string, most = Number.POSITIVE_INFINITY): string {
  const line = text.replace(COMMANDS, ' ');
  const characters = [...line];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
}
