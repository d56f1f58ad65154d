/** What is odd about customers: ids that are nobody, everybody, or the same customer twice. */
import { literal } from '../engine.js';
import type { Check } from './finding.js';
import { count, percent, plural } from './words.js';

const PLACEHOLDERS = [
  ...['null', '(null)', '\\n', 'nan', 'none', 'nil', 'na', 'n/a', '#n/a', 'undefined', 'missing', 'blank', 'empty'],
  ...['-', '--', '.', '?', '0', '00', '000', '0000', '00000', '-1', '9999', '99999', '999999', '9999999', '99999999'],
  ...['guest', 'gast', 'invité', 'anonymous', 'anonym', 'unknown', 'unbekannt', 'walk-in', 'walkin', 'walk in', 'cash'],
  ...['cash customer', 'default', 'customer', 'user', 'test', 'tbd', 'other', 'false', 'true', 'no id', 'noid'],
  '00000000-0000-0000-0000-000000000000',
];

const placeholderIds: Check = {
  code: 'placeholder_id',
  title: 'ids that stand for no one',
  needs: [],
  meaning: 'Ids such as NULL, 0 or guest gather the purchases of many people, and are taken for one faithful customer.',
  breaks: 'an id is one customer',
  advice: 'leave these ids empty in the export; lines without a customer are left out and counted',
  async run(log) {
    const ids = `SELECT customer FROM doctor_customers WHERE lower(trim(customer)) IN (${PLACEHOLDERS.map(literal).join(', ')})`;
    const condition = `dropped IS NULL AND customer IN (${ids})`;
    const extent = await log.extent(condition);
    if (extent.rows === 0) return [];
    // Numbers may be ids of real people: an id 0 with as many lines as others have is not suspicious.
    const [typical] = await log.row(1, 'SELECT median(lines) FROM doctor_customers');
    const many = extent.rows / extent.customers >= 10 * typical! || extent.rows / log.keptRows >= 0.01;
    return [
      {
        severity: many && extent.share >= 0.005 ? 'problem' : 'attention',
        ...{ ...extent, condition },
        examples: await log.examples(condition),
      },
    ];
  },
};

const collectiveAccount: Check = {
  code: 'collective_account',
  title: 'an id that looks like many customers',
  needs: [],
  meaning:
    'One id has so many of the lines, or buys on so many days, that it may be a till, a marketplace or a reseller.',
  breaks: 'an id is one customer',
  advice: 'find out who it is; leave its id empty in the export if it is not one customer',
  async run(log) {
    const [customers] = await log.row(1, 'SELECT count(*) FROM doctor_customers');
    if (customers! < 20) return { untold: `it needs 20 customers; the log has ${count(customers!)}` };
    const top = await log.engine.query(
      `SELECT customer, lines, coalesce(transactions, 0) FROM doctor_customers LEFT JOIN doctor_buyers USING (customer)
       ORDER BY lines DESC, customer LIMIT 20`,
    );
    const [next] = await log.row(1, 'SELECT quantile_cont(lines, 0.99) FROM doctor_customers');
    const active = log.sales.day.length;
    const [lines, days] = [top.numbers(1), top.numbers(2)];
    const suspects = top.texts(0).flatMap((customer, i) => {
      const manyLines = lines[i]! / log.keptRows >= 0.05 && lines[i]! >= 10 * next!;
      const everyDay = active >= 60 && days[i]! / active >= 0.6 && lines[i]! >= 5 * next!;
      return manyLines || everyDay ? [{ customer, lines: lines[i]!, days: days[i]! }] : [];
    });
    if (suspects.length === 0) return [];
    const condition = `dropped IS NULL AND customer IN (${suspects.map(({ customer }) => literal(customer)).join(', ')})`;
    const extent = await log.extent(condition);
    return [
      {
        severity: extent.share >= 0.02 ? 'problem' : 'attention',
        ...{ ...extent, condition },
        evidence: `the largest has ${percent(suspects[0]!.lines / log.keptRows)} of the lines and bought on ${count(suspects[0]!.days)} of ${count(active)} days with sales; the 99th percentile of customers has ${plural(Math.round(next!), 'line')}`,
        examples: await log.examples(condition),
      },
    ];
  },
};

/** Ids without what people and programs write in more than one way: case, blanks, a spreadsheet's `.0`, leading zeros. */
const SAME_ID = `coalesce(nullif(ltrim(regexp_replace(regexp_replace(lower(customer), '[\\s\\x{a0}]', '', 'g'), '\\.0+$', ''), '0'), ''), '0')`;

const similarIds: Check = {
  code: 'similar_id',
  title: 'ids that differ only in how they are written',
  needs: [],
  meaning:
    'Case, blanks, leading zeros or “.0” are all that tells some ids apart: probably one customer each, counted as several with shorter histories.',
  breaks: 'an id is one customer',
  advice: 'write ids in one way before the export (some systems tell a from A on purpose: then all is well)',
  async run(log) {
    const groups = `SELECT same FROM (SELECT ${SAME_ID} AS same FROM doctor_customers) GROUP BY same HAVING count(*) > 1`;
    const members = `SELECT customer FROM doctor_customers WHERE ${SAME_ID} IN (${groups})`;
    const condition = `dropped IS NULL AND customer IN (${members})`;
    const extent = await log.extent(condition);
    if (extent.rows === 0) return [];
    const pairs = await log.engine.query(
      `SELECT min(customer), max(customer) FROM doctor_customers GROUP BY ${SAME_ID} HAVING count(*) > 1 ORDER BY 1 LIMIT 3`,
    );
    const [all] = await log.row(1, 'SELECT count(*) FROM doctor_customers');
    const size = extent.customers / all!;
    const shown = pairs.texts(0).map((id, i) => `“${id}” and “${pairs.texts(1)[i]}”`);
    return [
      {
        severity: size >= 0.05 ? 'problem' : size >= 0.001 ? 'attention' : 'note',
        ...{ ...extent, condition },
        evidence: `${percent(size)} of the ids: ${shown.join(', ')}`,
        examples: await log.examples(condition, `${SAME_ID}, customer, position, line`),
      },
    ];
  },
};

const severalCountries: Check = {
  code: 'several_countries',
  title: 'customers with several countries',
  needs: ['country'],
  meaning: 'Where the country describes a customer, one of them has to be chosen.',
  advice: 'where the country is the delivery address, it tells little about the customer',
  async run(log) {
    const [all] = await log.row(1, 'SELECT count(*) FROM doctor_customers');
    const condition =
      'dropped IS NULL AND customer IN (SELECT customer FROM doctor_customers WHERE country <> country_2)';
    const extent = await log.extent(condition);
    if (extent.rows === 0) return [];
    const size = extent.customers / all!;
    return [
      {
        severity: size >= 0.05 ? 'attention' : 'note',
        ...extent,
        evidence: `${percent(size)} of the customers`,
        examples: await log.examples(condition, 'customer, country, position, line'),
      },
    ];
  },
};

export const CUSTOMER_CHECKS: readonly Check[] = [placeholderIds, collectiveAccount, similarIds, severalCountries];
