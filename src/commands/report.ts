/** `clv report [JOB]`: a finished job's report once more, as a page or as files of its charts. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Chart } from '../report/charts/chart.js';
import { chartPng, chartSvg } from '../report/render-chart.js';
import { reportHtml } from '../report/render-report.js';
import { type ReportData, readReportData } from '../report/report-data.js';
import { REPORT_HTML, REPORT_JSON } from '../report/report-files.js';
import { checkExtension, writeWhole } from '../whole-file.js';
import { namesIn } from './data-flags.js';
import { jobNamed } from './saved-job-flags.js';

export interface ReportFlags {
  readonly job_dir?: string;
  readonly output?: string;
  readonly title?: string;
  readonly svg?: string;
  readonly png?: string;
  readonly charts?: string;
  readonly theme?: 'light' | 'dark';
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export async function reportCommand(folder: string | undefined, flags: ReportFlags): Promise<void> {
  const job = await jobNamed(folder, flags);
  if (flags.output !== undefined) checkExtension(flags.output, ['.html'], '--output report.html');
  const saved = await reportOf(job);
  const data = flags.title === undefined ? saved : { ...saved, title: flags.title };
  const charts = chosen(data.charts, flags.charts);
  const written: string[] = [];
  if (flags.svg !== undefined) written.push(...(await writeCharts(flags.svg, charts, 'svg', flags.theme)));
  if (flags.png !== undefined) written.push(...(await writeCharts(flags.png, charts, 'png', flags.theme)));
  if (written.length === 0 || flags.output !== undefined) {
    const output = flags.output ?? join(job, REPORT_HTML);
    const page = await drawn(job, () => reportHtml({ ...data, charts }));
    await writeWhole(output, (file) => writeFile(file, page), '--output FILE');
    written.push(output);
  }
  if (flags.json) console.log(JSON.stringify({ job, written }, null, 2));
  else console.log(written.join('\n'));
}

async function reportOf(job: string): Promise<ReportData> {
  const file = join(job, REPORT_JSON);
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new ClvError('missing_file', 'the data of the report cannot be read', {
      file,
      found: cause.message,
      expected: 'the folder of a job that clv train has made',
      cause,
    });
  });
  return readReportData(text, file);
}

/** @throws ClvError bad_saved_model where the data are not what can be drawn */
async function drawn<T>(place: string, draw: () => Promise<T>): Promise<T> {
  try {
    return await draw();
  } catch (cause) {
    throw new ClvError('bad_saved_model', 'the report is damaged', {
      file: place,
      found: (cause as Error).message,
      expected: `a ${REPORT_JSON}, unchanged`,
      cause,
    });
  }
}

/** @throws ClvError bad_option */
function chosen(charts: readonly Chart[], names: string | undefined): readonly Chart[] {
  if (names === undefined) return charts;
  const known = charts.map(({ name }) => name);
  return namesIn(names).map((name) => {
    const chart = charts.find((one) => one.name === name);
    if (chart) return chart;
    throw new ClvError('bad_option', 'the report has no such chart', {
      found: name,
      expected: known.join(', '),
      hint: nearest(name, known),
    });
  });
}

async function writeCharts(
  folder: string,
  charts: readonly Chart[],
  format: 'svg' | 'png',
  theme: 'light' | 'dark' | undefined,
): Promise<string[]> {
  const draw = format === 'svg' ? chartSvg : chartPng;
  const files: Array<readonly [path: string, content: string | Uint8Array]> = [];
  for (const chart of charts) {
    const content = await drawn(folder, async () => draw(chart, theme));
    files.push([join(folder, `${chart.name}.${format}`), content]);
  }
  const begun: string[] = [];
  try {
    for (const [path, content] of files) {
      await writeWhole(path, (file) => writeFile(file, content), `--${format} FOLDER`);
      begun.push(path);
    }
  } catch (error) {
    for (const path of begun) await rm(path, { force: true }); // all of them, or none
    throw error;
  }
  return begun;
}
