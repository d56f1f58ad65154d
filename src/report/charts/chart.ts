/**
 * What a chart is: rows of data, and a Vega-Lite specification of how they are shown. Plain JSON, drawn by nobody yet: any
 * renderer of Vega-Lite draws it, and `src/report/draw/` draws the part of the language that is typed here.
 *
 * Satyanarayan, Moritz, Wongsuphasawat & Heer (2017), "Vega-Lite: A Grammar of Interactive Graphics", IEEE TVCG 23(1).
 */

export type Cell = number | string | null;
export type Row = Readonly<Record<string, Cell>>;

/** How numbers are written: d3's format strings, those that `draw/format.ts` knows. */
export type NumberFormat = ',d' | '.0%' | '.1%' | '~s' | ',.2f' | ',.3~f';

/** A column of the table beside a chart. */
export interface ChartColumn {
  readonly field: string;
  readonly title: string;
  readonly format?: NumberFormat | undefined;
}

export interface Chart {
  /** Name of a file: `p-alive-heatmap`. */
  readonly name: string;
  readonly title: string;
  /** What it answers, in one sentence. */
  readonly answers: string;
  /** What is seen in it, in words, for those who do not see it. */
  readonly description: string;
  readonly columns: readonly ChartColumn[];
  readonly rows: readonly Row[];
  /** Speaks of `rows` as the data set of that name; `vegaLite` puts them in. */
  readonly spec: Spec;
}

export interface Spec {
  readonly width: number;
  readonly height: number | { readonly step: number };
  readonly layer: readonly Layer[];
}

export interface Layer {
  /** Left out: the chart's rows. */
  readonly data?: { readonly values: readonly Row[] };
  readonly mark: Mark;
  readonly encoding: Encoding;
}

export interface Mark {
  readonly type: 'area' | 'bar' | 'line' | 'point' | 'rect' | 'rule' | 'text' | 'tick';
  readonly color?: string;
  readonly opacity?: number;
  readonly strokeWidth?: number;
  readonly strokeDash?: readonly number[];
  readonly filled?: boolean;
  /** Area in square pixels, as Vega counts it; of text the font size is `fontSize`. */
  readonly size?: number;
  readonly fontSize?: number;
  readonly align?: 'left' | 'center' | 'right';
  readonly dx?: number;
  readonly dy?: number;
  readonly tooltip?: true;
}

export interface Encoding {
  readonly x?: Position;
  readonly x2?: { readonly field: string };
  readonly y?: Position;
  readonly y2?: { readonly field: string };
  readonly xOffset?: { readonly datum: string };
  readonly color?: Colour;
  readonly text?: { readonly field: string };
}

export interface Position {
  readonly field: string;
  readonly type: 'quantitative' | 'nominal' | 'temporal';
  readonly title?: string | null;
  readonly scale?: {
    readonly type?: 'linear' | 'log' | 'utc' | 'band';
    readonly domain?: ReadonlyArray<number | string>;
    readonly zero?: boolean;
    readonly nice?: boolean;
    readonly reverse?: boolean;
  };
  readonly axis?: {
    readonly format?: NumberFormat;
    readonly tickMinStep?: number;
    readonly labelLimit?: number;
  } | null;
  /** From `x` to `x2` is a bin. */
  readonly bin?: 'binned';
  /** Rows of a nominal scale stay in their order. */
  readonly sort?: null;
  readonly stack?: null;
}

/** A series of the legend, or an amount on viridis. */
export type Colour =
  | {
      readonly datum: string;
      readonly scale: { readonly domain: readonly string[]; readonly range: readonly string[] };
    }
  | {
      readonly field: string;
      readonly type: 'quantitative';
      readonly title: string;
      readonly scale: { readonly scheme: 'viridis'; readonly domain: readonly [number, number] };
      readonly legend: { readonly format: NumberFormat } | null;
    };

/** Okabe & Ito (2008), those that stand out on white; grey is for what happened. */
export const PALETTE = { grey: '#767676', blue: '#0072b2', vermilion: '#d55e00', green: '#00875f' } as const;

export const WIDTH = 560;
export const HEIGHT = 300;

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** A whole Vega-Lite specification, data included, for any renderer. */
export function vegaLite({ title, answers, description, rows, spec }: Chart): Readonly<Record<string, unknown>> {
  return { $schema: SCHEMA, title: { text: title, subtitle: answers }, description, data: { values: rows }, ...spec };
}

/** The colours of named series, the same in each layer. */
export function series(colours: Readonly<Record<string, string>>): (name: string) => Colour {
  const scale = { domain: Object.keys(colours), range: Object.values(colours) };
  return (datum) => ({ datum, scale });
}

/** A vertical line at a day, and what it says. */
export function dayRule(field: string, day: string, label: string): Layer[] {
  const values = [{ [field]: day, label }];
  const x = { field, type: 'temporal', scale: { type: 'utc' } } as const;
  return [
    { data: { values }, mark: { type: 'rule', strokeDash: [4, 4], color: PALETTE.grey }, encoding: { x } },
    {
      data: { values },
      mark: { type: 'text', align: 'right', dx: -5, dy: 10, fontSize: 11, color: PALETTE.grey },
      encoding: { x, text: { field: 'label' } },
    },
  ];
}
