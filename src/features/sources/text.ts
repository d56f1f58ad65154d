/** Text files: their encoding, and their text in pieces. */
import { type PackedFile, unpacked } from './compression.js';

/** As `TextDecoder` names them. What is not UTF-8 and has no mark is taken for windows-1252, which contains Latin-1. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export function encodingOf(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** The text of a file without its first `skip` characters, unpacked and decoded, in pieces. */
export async function* decoded(file: PackedFile, encoding: Encoding, skip: number): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let left = skip;
  for await (const piece of unpacked(file)) {
    const text = decoder.decode(piece, { stream: true });
    yield text.slice(left);
    left = Math.max(0, left - text.length);
  }
  yield decoder.decode();
}
