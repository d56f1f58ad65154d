/** A report as one self-contained HTML file. */
import type { ReportData } from './report-data.js';

/** The page: opens offline, in light and dark, on paper, and without scripts. Text from data is escaped everywhere. */
export async function reportHtml(data: ReportData): Promise<string> {
  const { page } = await import('./html/page.js');
  return page(data);
}
