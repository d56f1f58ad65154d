/** The report as one page that needs nothing else: no network, no script to be read. */
import { formatted } from '../draw/format.js';
import { escaped } from '../draw/markup.js';
import type { Place } from '../report-charts.js';
import type { Quality, QualityCount, ReportData } from '../report-data.js';
import { count, counted } from '../style.js';
import { chartFigure, scrolling, tableMarkup } from './elements.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: string;
}

/** Rows of customers on paper; what style.ts says of "tall" tables. */
const MOST_PRINTED = 40;
/** Charts that take the whole width. */
const WIDE = ['segments', 'timelines'];

export function page(data: ReportData): string {
  const sections = sectionsOf(data).filter(({ content }) => content !== '');
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escaped(title)}</a></li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${escaped(data.title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><a class="skip" href="#main">To the content</a>
<header><h1>${escaped(data.title)}</h1><p class="lead">${escaped(leadOf(data))}</p>
<nav aria-label="Sections"><ul>${links.join('')}</ul></nav></header>
<main id="main">${sections.map(({ id, title, content }) => `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>${content}</section>`).join('\n')}</main>
<footer><p>Made by clv from one training. Values are in the currency of the log; a purchase is a day on which a customer bought. The data behind every chart and table are in report.json.</p></footer>
<script>${SCRIPT}</script></body></html>
`;
}

const period = ({ horizon, timeUnit }: ReportData): string => counted(Number(horizon.toFixed(1)), timeUnit);

const leadOf = (data: ReportData): string =>
  `${count(data.headline.customers)} customers as known on ${data.thresholdDate}, and what ${data.model} expects of them over the ${period(data)} after.`;

function sectionsOf(data: ReportData): Section[] {
  const { tables, findings, remarks } = data;
  return [
    { id: 'summary', title: 'Summary', content: tiles(data) + list(findings) },
    {
      id: 'customers',
      title: 'Who is worth what, and when they buy next',
      content: charts(data, 'customers') + customerTables(data),
    },
    {
      id: 'check',
      title: 'Can it be trusted?',
      content: holdout(tables.holdout, data) + charts(data, 'check'),
    },
    { id: 'behaviour', title: 'How customers behave', content: charts(data, 'behaviour') },
    { id: 'network', title: 'What the network looks at', content: charts(data, 'network') },
    { id: 'data', title: 'The data', content: quality(data.quality) },
    {
      id: 'model',
      title: 'The model',
      content: `<div class="card">${scrolling(tableMarkup(tables.parameters), 'Parameters')}</div>${remarks.length ? `<p class="note" style="margin-top:14px">About the charts:</p>${list(remarks)}` : ''}${GLOSSARY}`,
    },
  ];
}

const list = (sentences: readonly string[]): string =>
  sentences.length === 0
    ? ''
    : `<ul class="findings">${sentences.map((sentence) => `<li>${escaped(sentence)}</li>`).join('')}</ul>`;

function charts({ charts: all, places }: ReportData, place: Place): string {
  const here = all.filter(({ name }) => places[place].includes(name));
  if (here.length === 0) return '';
  const alone = here.map(({ name }) => WIDE.includes(name));
  let paired = true;
  here.forEach((_, k) => {
    paired = alone[k] || !paired;
    if (!paired && (k + 1 === here.length || alone[k + 1])) alone[k] = paired = true; // no gap beside it
  });
  return `<div class="grid">${here.map((chart, k) => chartFigure(chart, alone[k])).join('')}</div>`;
}

function tiles(data: ReportData): string {
  const { headline, thresholdDate } = data;
  const {
    customers,
    returned,
    expectedValue,
    interval,
    level,
    chance,
    alive,
    heldByTenth,
    heldByFifth,
    clv,
    discountRate,
    margin,
  } = headline;
  const money = (value: number) => formatted(value, '~s');
  const percent = (share: number) => formatted(share, '.0%');
  const range = interval
    ? `${Math.round(100 * level)}% interval ${money(interval[0])} to ${money(interval[1])}${chance ? ', if customers go on as the model has it' : ', for what the parameters may be; chance comes on top'}`
    : 'without an interval: this model gives none for the total';
  const of = [
    ...(margin === 1 ? [] : [`margin ${formatted(margin, '.0%')}`]),
    `discounted at ${formatted(discountRate, '.0%')} a year`,
  ].join(', ');
  const shown: ReadonlyArray<readonly [title: string, figure: string, more: string]> = [
    ['Customers', count(customers), `${count(returned)} of them came back by ${thresholdDate}`],
    [`Expected value, next ${period(data)}`, money(expectedValue), range],
    ['Customer lifetime value', money(clv), `over the same time, ${of}`],
    [
      'Probably still customers',
      percent(alive),
      `of all, by P(alive); ${count(headline.expectedPurchases)} purchases expected`,
    ],
    ...(heldByTenth === null
      ? []
      : [
          [
            'Held by the top 10%',
            percent(heldByTenth),
            `of the expected value; the top 20% hold ${percent(heldByFifth!)}`,
          ] as const,
        ]),
  ];
  return `<dl class="tiles">${shown.map(([title, figure, more]) => `<div class="tile"><dt>${escaped(title)}</dt><dd class="figure">${escaped(figure)}</dd><dd class="more">${escaped(more)}</dd></div>`).join('')}</dl>`;
}

function customerTables({ tables: { top, overdue } }: ReportData): string {
  const search = `<div class="search" data-table="top" hidden><label for="search">Find a customer</label><input id="search" type="search" autocomplete="off"><output for="search" aria-live="polite"></output></div>`;
  const late =
    overdue.rows.length === 0
      ? '<p class="note">No customer with at least three repeat purchases has been silent for three times as long as usual.</p>'
      : `<div class="card" style="margin-bottom:16px"><p class="answers">Customers with at least three repeat purchases who have been silent for three times as long as usual, those who spent most first: worth a call.</p>${scrolling(tableMarkup(overdue, { id: 'overdue', sortable: true }), overdue.title)}</div>`;
  return `${late}<div class="card">${search}${scrolling(tableMarkup(top, { id: 'top', sortable: true }), top.title, top.rows.length > MOST_PRINTED ? 'tall' : '')}</div>`;
}

function holdout(tables: ReportData['tables']['holdout'], { thresholdDate, predictEnd }: ReportData): string {
  if (tables === null) {
    return '<p class="note">There is no holdout to check on: train with --predict_end to see how predictions compare with what customers really did.</p>';
  }
  const all = tables.map((table) => scrolling(tableMarkup(table), table.title)).join('<br>');
  return `<p class="lead">Predictions made with what was known on ${thresholdDate}, held against what customers did until ${predictEnd}. A model has to beat the forecasts that need none.</p><div class="card">${all}</div>`;
}

function quality(quality: Quality): string {
  const { file, files, layout, rows, transactions, customers, laterCustomers, value, firstDay, lastDay } = quality;
  const said = [
    `${file}${files > 1 ? ` (${count(files)} files)` : ''}: ${counted(rows, 'row')} in the ${layout} layout, from ${firstDay} to ${lastDay}.`,
    `${counted(transactions, 'purchase')} (customer-days) of ${counted(customers, 'customer')} are left, worth ${count(value)}.`,
    ...(laterCustomers > 0
      ? [`${counted(laterCustomers, 'customer')} first bought after the threshold: they are not in this report.`]
      : []),
    ...(quality.normalisedIds > 0 ? [`${count(quality.normalisedIds)} ids such as 17850.0 were read as 17850.`] : []),
    ...(quality.encoding === 'utf-8' ? [] : [`The file is not UTF-8 and was read as ${quality.encoding}.`]),
    ...quality.remarks,
  ];
  const counts = (title: string, some: readonly QualityCount[]) =>
    some.length === 0
      ? ''
      : scrolling(
          tableMarkup({
            title,
            columns: [{ title: 'Rows that are' }, { title: 'Rows', format: ',d' }, { title: 'Worth', format: ',d' }],
            rows: some.map(({ meaning, rows: many, value: worth }) => [meaning, many, worth]),
          }),
          title,
        );
  return `${list(said)}<div class="card">${counts('Left out', quality.dropped) || '<p>Nothing was left out.</p>'}<br>${counts('Kept, and worth a look', quality.notes)}</div>`;
}

const GLOSSARY = `<h3 style="margin-top:22px">Words</h3><dl class="glossary">
<dt>P(alive)</dt><dd>Probability that a customer is still one, given how often and how recently they bought.</dd>
<dt>Expected value</dt><dd>Expected purchases times expected spend a purchase, not discounted.</dd>
<dt>CLV</dt><dd>The same, discounted and times the margin.</dd>
<dt>Threshold, holdout</dt><dd>The model knows purchases up to the threshold; the holdout is the time after it, on which predictions are checked.</dd>
<dt>Bias</dt><dd>Predicted total over the actual total, minus one.</dd>
<dt>Gini</dt><dd>How well the order of the predictions is that of the actual figures: 1 is perfect, 0 is chance.</dd>
</dl>`;
