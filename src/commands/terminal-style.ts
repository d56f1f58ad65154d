/** How text for this terminal looks: plain and as wide as it likes where the output goes elsewhere. */
import picocolors from 'picocolors';
import type { Style } from '../report/style.js';

const plain = (text: string): string => text;

export function terminalStyle(): Style {
  const { isColorSupported, bold, dim, yellow } = picocolors;
  const terminal = process.stdout.isTTY;
  const marks = terminal && isColorSupported ? { bold, dim, warn: yellow } : { bold: plain, dim: plain, warn: plain };
  return { ...marks, width: terminal ? process.stdout.columns : Number.POSITIVE_INFINITY };
}
