/** Colours of a drawing: viridis for amounts, and what the colours of the palette are on a light page, a dark one, or either. */
import { PALETTE } from '../charts/chart.js';

/** Every sixteenth of viridis (van der Walt & Smith 2015). */
const VIRIDIS =
  '440154 481467 482576 453781 404688 39558c 33638d 2d718e 287d8e 238a8d 1f968b 20a386 29af7f 3dbc74 56c667 75d054 95d840 bade28 dde318 fde725'
    .split(' ')
    .map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number]);

/** The colour at a share, 0 to 1, of the way from dark to light. */
export function viridis(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const k = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const mixed = VIRIDIS[k]!.map((from, c) => Math.round(from + (at - k) * (VIRIDIS[k + 1]![c]! - from)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Black or white, whichever stands out on a colour of viridis. */
export const inkOn = (share: number): '#000000' | '#ffffff' => (share > 0.435 ? '#000000' : '#ffffff');

export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** null: whatever is behind the drawing. */
  readonly background: string | null;
  readonly palette: Readonly<Record<keyof typeof PALETTE, string>>;
}

export const THEMES: Readonly<Record<'light' | 'dark' | 'page', Theme>> = {
  light: { ink: '#1b1f24', muted: '#59636e', grid: '#e4e7eb', background: '#ffffff', palette: PALETTE },
  dark: {
    ink: '#e6e9ed',
    muted: '#a3adb8',
    grid: '#30363d',
    background: '#14181d',
    palette: { grey: '#9aa4ae', blue: '#56b4e9', vermilion: '#ff9552', green: '#3fc9a0' },
  },
  /** Follows the style sheet of the page. */
  page: {
    ink: 'var(--ink)',
    muted: 'var(--muted)',
    grid: 'var(--grid)',
    background: null,
    palette: { grey: 'var(--grey)', blue: 'var(--blue)', vermilion: 'var(--vermilion)', green: 'var(--green)' },
  },
};

const NAMES = new Map(Object.entries(PALETTE).map(([name, colour]) => [colour, name as keyof typeof PALETTE]));

/** What a colour of a specification is in a theme; colours that are not of the palette stay. */
export function themed(colour: string, theme: Theme): string {
  const name = NAMES.get(colour as never);
  return name ? theme.palette[name] : colour;
}
