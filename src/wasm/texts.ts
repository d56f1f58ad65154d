/** Many texts in two stretches of memory, which another thread gets at no cost. */
export interface Texts {
  /** UTF-8, one text after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

export function textsOf({ bytes, ends }: Texts): string[] {
  const { buffer, byteOffset, byteLength } = bytes;
  const all = Buffer.from(buffer, byteOffset, byteLength);
  const texts = new Array<string>(ends.length);
  for (let i = 0; i < ends.length; i++) texts[i] = all.toString('utf8', i === 0 ? 0 : ends[i - 1]!, ends[i]!);
  return texts;
}
