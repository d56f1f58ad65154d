/** What the doctor says, as plain data. Turning it into text is another step (`report/doctor-text.ts`). */
import type { Examination } from './examination.js';

/**
 * `problem`: predictions are likely to be wrong until this is mended. `attention`: worth a decision. `note`: worth knowing.
 * `fine`: looked at, nothing found. Sizes of effects decide, never the number of rows alone.
 */
export type Severity = 'problem' | 'attention' | 'note' | 'fine';

export const SEVERITIES: readonly Severity[] = ['problem', 'attention', 'note', 'fine'];

/** A line of the log, as it was read. */
export interface ExampleRow {
  /** The file, where a log has more than one. */
  readonly file?: string;
  /**
   * About where: 1-based and counting the header, as spreadsheets do. Blank lines of the file are not counted. Null where
   * lines are not numbered, as in large logs, which are read in one pass.
   */
  readonly row: number | null;
  /** Cells by role; what is empty is left out. */
  readonly cells: Readonly<Record<string, string | number>>;
}

export interface Finding {
  /** Stable: programs branch on it. */
  readonly code: string;
  readonly title: string;
  readonly severity: Severity;
  /** Lines concerned; null where a finding is not about single lines. So are the next three. */
  readonly rows: number | null;
  /** Customers concerned. */
  readonly customers: number | null;
  /** Sum of the values of these lines; refunds count negative. */
  readonly value: number | null;
  /** |value| as a share of `gross`. */
  readonly share: number | null;
  readonly examples: readonly ExampleRow[];
  /** What it means, in plain words. */
  readonly meaning: string;
  /** What was measured and by which test, with the size of the effect. */
  readonly evidence: string | null;
  /** The assumption of the models that it breaks. */
  readonly breaks: string | null;
  /** What to do. */
  readonly advice: string | null;
}

export interface DoctorReport {
  /** As it was given. */
  readonly file: string;
  /** Lines in the log, dropped ones included. */
  readonly rows: number;
  readonly customers: number;
  /** Customer-days. */
  readonly transactions: number;
  /** Of the transactions. */
  readonly value: number;
  /** Sum of all positive values of lines, dropped or not: what shares are shares of. */
  readonly gross: number;
  readonly firstDay: string;
  readonly lastDay: string;
  /** Days from first to last that the assumptions were tested on: without stray days, up to `thresholdDate`. */
  readonly examinedFrom: string;
  readonly examinedTo: string;
  /** In days. */
  readonly horizon: number;
  /** Lines that at least one problem or matter of attention points at. */
  readonly touched: { readonly rows: number; readonly value: number; readonly share: number };
  /** Worst first; within a severity in the order of the checks. */
  readonly checks: readonly Finding[];
  /** What could not be looked at, and why. */
  readonly skipped: ReadonlyArray<{ readonly code: string; readonly title: string; readonly reason: string }>;
}

/** What a log must hold for a check: a column that is not empty throughout. */
export type Need =
  | 'quantity'
  | 'price'
  | 'order'
  | 'product'
  | 'country'
  | 'currency'
  | 'status'
  | 'minute'
  | 'line_hash'
  | 'part';

/** A finding as a check hands it over; what is left out comes from the check, or is null. */
export type Found = Partial<Omit<Finding, 'code' | 'severity'>> & {
  readonly severity: Severity;
  /** Where one check has several findings: what tells them apart. */
  readonly code?: string;
  /** SQL condition on the lines concerned, for the value that all findings touch together. */
  readonly condition?: string;
};

/** Why a check can say nothing about this log. */
export interface Untold {
  readonly untold: string;
}

/** One thing to look at. A new check is one more of these in one of the lists. */
export interface Check {
  readonly code: string;
  readonly title: string;
  /** All of them must be there. */
  readonly needs: readonly Need[];
  readonly meaning: string;
  readonly breaks?: string;
  readonly advice?: string;
  /** An empty list: nothing found, all is fine. */
  run(log: Examination): Promise<readonly Found[] | Untold>;
}
