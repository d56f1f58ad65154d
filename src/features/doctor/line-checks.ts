/** What is odd about single lines: those that cleaning drops, and those that it keeps and that deserve a look. */
import { literal } from '../engine.js';
import type { Examination } from './examination.js';
import type { Check, Found, Need, Severity } from './finding.js';
import { amount, count, percent, plural } from './words.js';

/** Severity by how much of the log is concerned: the larger of the shares of lines and of value. */
function severityBySize(log: Examination, rows: number, share: number, attention: number, problem: number): Severity {
  const size = Math.max(rows / log.rows, share);
  return size >= problem ? 'problem' : size >= attention ? 'attention' : 'note';
}

interface LineCheck extends Omit<Check, 'run'> {
  /** SQL condition on `doctor_lines`, or why there is none. */
  condition(log: Examination): string;
  /** Shares of the log from which it is more than a note, and a problem. */
  readonly attention: number;
  readonly problem: number;
  /** SQL order of the examples; that of the file if left out. */
  readonly order?: string;
  evidence?(log: Examination, rows: number): Promise<string | null>;
  /** Where what to do depends on the log. */
  adviceFor?(log: Examination): string;
}

/** A check for which a condition on a line is all there is to say. */
function lineCheck({ condition, attention, problem, order, evidence, adviceFor, ...check }: LineCheck): Check {
  return {
    ...check,
    async run(log) {
      const holds = condition(log);
      const { rows, customers, value, share } = await log.extent(holds);
      if (rows === 0) return [];
      return [
        {
          severity: severityBySize(log, rows, share, attention, problem),
          ...{ rows, customers, value, share },
          examples: await log.examples(holds, order),
          evidence: (await evidence?.(log, rows)) ?? null,
          condition: holds,
          ...(adviceFor === undefined ? {} : { advice: adviceFor(log) }),
        },
      ];
    },
  };
}

interface DropWords {
  readonly title: string;
  readonly meaning: string;
  readonly breaks?: string;
  readonly advice: string;
}

/** What people should know about each reason to drop a line. Reasons without words here are reported all the same. */
const DROPS: Readonly<Record<string, DropWords>> = {
  missing_customer: {
    title: 'lines without a customer',
    meaning:
      'Nobody can be credited with these lines, so they are left out: what is predicted is known customers only.',
    breaks: 'every purchase of a customer is seen',
    advice: 'find out where the id is lost (guest checkout, till, export); if guests can be recognised, fill in an id',
  },
  missing_date: {
    title: 'lines without a date',
    meaning: 'A purchase without a day has no place in a customer’s history and is left out.',
    advice: 'export the date of the order; --date_column NAME if another column holds it',
  },
  future_date: {
    title: 'days in the future',
    meaning: 'They cannot have happened yet, and would make every customer look silent until then; they are left out.',
    advice: 'mend the dates (day and month swapped?); --latest_date YYYY-MM-DD moves the limit',
  },
  not_paid: {
    title: 'orders not paid, failed or refunded',
    meaning: 'Their status says that no money came, or that it went back.',
    advice: 'check that the status means what it says',
  },
  cancelled_order: {
    title: 'purchases that were cancelled',
    meaning: 'A line of the opposite quantity took each of them back; both are left out.',
    advice: 'as --returns net asks for',
  },
  test_order: {
    title: 'test orders',
    meaning: 'Customers, orders or products named test or dummy; they are left out.',
    advice: 'as --test_orders drop asks for',
  },
  service_code: {
    title: 'services among the goods',
    meaning: 'Postage, fees, vouchers and manual corrections; they are left out.',
    advice: 'as --services drop asks for',
  },
  duplicate_line: {
    title: 'exact copies of a line',
    meaning: 'Lines that repeat another one in every cell; all but one are left out.',
    advice: 'as --duplicates drop asks for',
  },
  cancellation: {
    title: 'cancelled orders',
    meaning: 'Lines that cancel an order are left out, and the order they cancel still counts.',
    breaks: 'value is what customers paid',
    advice: '--returns net takes them from the orders they cancel, where product and quantity agree',
  },
  missing_value: {
    title: 'lines without an amount',
    meaning: 'Their value is unknown, so they are left out.',
    advice: 'fill in the amount, or --value_column NAME if another column holds it',
  },
  non_positive_quantity: {
    title: 'quantity zero or negative',
    meaning: 'Returns and stock corrections without a mark of a cancellation; they are left out.',
    advice: '--returns net, if they are returns',
  },
  non_positive_price: {
    title: 'price zero or negative',
    meaning: 'Gifts, samples, write-offs: nothing was paid, so nothing was bought.',
    advice: '--zero_value keep, if a free order counts as a purchase',
  },
  non_positive_value: {
    title: 'value zero or negative',
    meaning: 'Nothing was paid, so nothing was bought; refunds are left out and not subtracted.',
    advice: '--zero_value keep, if a free order counts as a purchase; --returns net, if negative values are refunds',
  },
};

/** Whether `--returns net` has what it matches by. */
const canNet = ({ report: { roles } }: Examination): boolean =>
  roles.product !== undefined && roles.quantity !== undefined;

const droppedLines: Check = {
  code: 'dropped',
  title: 'lines left out by cleaning',
  needs: [],
  meaning: 'Every line is used.',
  async run(log) {
    const result = await log.engine.query(
      `SELECT dropped, count(*), count(DISTINCT nullif(customer, '')), coalesce(sum(value), 0)::DOUBLE
       FROM doctor_lines WHERE dropped IS NOT NULL GROUP BY dropped ORDER BY 2 DESC, 1`,
    );
    const found: Found[] = [];
    for (const [i, reason] of result.texts(0).entries()) {
      const [rows, customers, value] = [1, 2, 3].map((j) => result.numbers(j)[i]!) as [number, number, number];
      const words = DROPS[reason];
      const known = log.report.dropped.find((drop) => drop.reason === reason);
      const condition = `dropped = ${literal(reason)}`;
      const share = log.gross > 0 ? Math.abs(value) / log.gross : 0;
      found.push({
        code: reason,
        severity: severityBySize(log, rows, share, 0.02, 0.2),
        title: words?.title ?? known?.meaning ?? reason.replaceAll('_', ' '),
        meaning: words?.meaning ?? 'Cleaning left these lines out.',
        breaks: words?.breaks ?? null,
        advice:
          words === undefined || (words.advice.includes('--returns net') && (log.netted || !canNet(log)))
            ? null
            : words.advice,
        ...{ rows, customers, value, share, condition },
        examples: await log.examples(condition),
      });
    }
    return found;
  },
};

const duplicateLines: Check = {
  code: 'duplicate_line',
  title: 'exact copies of a line',
  needs: ['line_hash'],
  meaning:
    'Lines that repeat another one in every cell. Two equal lines of one order may be two scans of one article; whole orders twice are a fault of the export.',
  advice: '--duplicates drop, if your shop never writes the same line twice',
  async run(log) {
    // Two steps: most hashes are alone, and nothing else has to be remembered of them.
    const repeated = 'SELECT line_hash FROM doctor_lines WHERE dropped IS NULL GROUP BY line_hash HAVING count(*) > 1';
    await log.engine.run(`CREATE OR REPLACE TABLE doctor_duplicates AS
      SELECT line_hash, count(*) AS copies, arg_min(line, (position, line)) AS first_line, any_value(value) AS value, any_value(customer) AS customer
      FROM doctor_lines WHERE dropped IS NULL AND line_hash IN (${repeated}) GROUP BY line_hash`);
    const [rows, customers, value, most] = (await log.row(
      4,
      `SELECT coalesce(sum(copies - 1), 0), count(DISTINCT customer), coalesce(sum(value * (copies - 1)), 0)::DOUBLE,
         max(copies) FROM doctor_duplicates`,
    )) as [number, number, number, number];
    if (rows === 0) return [];
    const size = rows / log.keptRows;
    const condition = `dropped IS NULL AND line_hash IN (SELECT line_hash FROM doctor_duplicates)
      AND line NOT IN (SELECT first_line FROM doctor_duplicates)`;
    return [
      {
        severity: size >= 0.2 ? 'problem' : size >= 0.02 ? 'attention' : 'note',
        ...{ rows, customers, value, share: Math.abs(value) / log.gross },
        evidence: `${percent(size)} of the lines kept; the most frequent line is there ${plural(most, 'time')}${
          size >= 0.4 ? '; so many copies look like one export loaded twice' : ''
        }`,
        examples: await log.examples(condition),
        condition,
      },
    ];
  },
};

const overlappingFiles: Check = {
  code: 'overlapping_files',
  title: 'the same lines in more than one file',
  needs: ['line_hash', 'part'],
  meaning: 'Lines of one file that are in another file too: exports that overlap count purchases twice.',
  breaks: 'each purchase is in the log once',
  advice: '--duplicates drop, or exports that do not overlap',
  async run(log) {
    const [copies, customers, value] = (await log.row(
      3,
      `SELECT coalesce(sum(copies - 1), 0), count(DISTINCT customer), coalesce(sum(value), 0)::DOUBLE FROM (
         SELECT count(*) AS copies, any_value(customer) AS customer, sum(value) - any_value(value) AS value
         FROM doctor_lines WHERE dropped IS NULL GROUP BY line_hash HAVING min(part) < max(part))`,
    )) as [number, number, number];
    if (copies === 0) return [];
    const size = copies / log.keptRows;
    return [
      {
        severity: size >= 0.02 ? 'problem' : size >= 0.001 ? 'attention' : 'note',
        ...{ rows: copies, customers, value, share: Math.abs(value) / log.gross },
      },
    ];
  },
};

/** A cancelled line, and whether its customer had bought the product by that day. */
const CANCELLED = `WITH cancelled AS (SELECT * FROM doctor_lines WHERE dropped = 'cancellation'),
  bought AS (
    SELECT customer, product, min(day) AS bought_on FROM doctor_lines
    WHERE (dropped IS NULL OR dropped = 'cancelled_order') AND customer IN (SELECT customer FROM cancelled) GROUP BY customer, product)`;

const matchedCancellations: Check = {
  code: 'cancellation_with_order',
  title: 'cancellations whose order is in the log',
  needs: ['product'],
  meaning:
    'The customer had bought the product by that day. The order still counts in full, so spend is gross of what was given back.',
  breaks: 'value is what customers paid',
  advice: '--returns net subtracts those that give back exactly as many pieces',
  run: (log) => cancellations(log, true),
};

const unmatchedCancellations: Check = {
  code: 'cancelled_unmatched',
  title: 'cancellations without an order in the log',
  needs: ['product'],
  meaning:
    'The customer had not bought the product by that day: the order lies before the log starts or under another id, or the line is a correction.',
  advice:
    'nothing to subtract them from; look at the examples for discounts and manual corrections booked as cancellations',
  run: (log) => cancellations(log, false),
};

const NETTED = {
  meaning: 'The customer had bought the product by that day. Purchases of the same number of pieces were taken away.',
  breaks: null,
  advice: null,
} as const;

async function cancellations(log: Examination, matched: boolean): Promise<Found[]> {
  const which = `coalesce(bought_on <= day, false) = ${matched}`;
  const [rows, customers, value] = (await log.row(
    3,
    `${CANCELLED} SELECT count(*), count(DISTINCT customer), coalesce(sum(value), 0)::DOUBLE
     FROM cancelled LEFT JOIN bought USING (customer, product) WHERE ${which}`,
  )) as [number, number, number];
  if (rows === 0) return [];
  const share = Math.abs(value) / log.gross;
  return [
    {
      severity: share >= (matched ? 0.1 : 0.05) && !(matched && log.netted) ? 'attention' : 'note',
      ...(matched && log.netted ? NETTED : {}),
      ...{ rows, customers, value, share },
      evidence: `matched by customer and product, the order on the day or before`,
      examples: await log.examples(
        `line IN (${CANCELLED} SELECT line FROM cancelled LEFT JOIN bought USING (customer, product) WHERE ${which})`,
        'value, position, line',
      ),
    },
  ];
}

const unmarkedReturns = lineCheck({
  code: 'unmarked_return',
  title: 'returns without a mark of a cancellation',
  needs: [],
  meaning:
    'Negative lines of a customer that no cancellation explains. They are left out, and what they give back still counts as spent.',
  breaks: 'value is what customers paid',
  advice: '--returns net',
  condition: () => "customer <> '' AND dropped IS DISTINCT FROM 'cancellation' AND (value < 0 OR quantity < 0)",
  attention: 0.01,
  problem: 0.1,
  order: 'value, position, line',
});

/** Words that stand for no article, as whole codes or at their start. */
const SERVICE_WORDS =
  '^(POSTAGE|SHIPPING|DELIVERY|FREIGHT|HANDLING|DISCOUNT|ADJUSTMENT|BANK CHARGES|SERVICE FEE|FEES?|GIFT ?(CARD|VOUCHER).*|VOUCHER|DEPOSIT|TIPS?|DONATION|SURCHARGE)( |$|[-_:/0-9])';

const serviceLines = lineCheck({
  code: 'service_code',
  title: 'services among the goods',
  needs: ['product'],
  meaning: 'Postage, fees, vouchers and manual corrections count as purchases like any other line.',
  adviceFor: ({ serviceCodes }) =>
    serviceCodes === undefined
      ? 'leave them out of the export, if only goods should count'
      : '--services drop, if only goods should count',
  condition: ({ serviceCodes }) => {
    const patterns = [SERVICE_WORDS, ...(serviceCodes === undefined ? [] : [serviceCodes])];
    const matches = patterns.map((pattern) => `regexp_matches(upper(product), ${literal(pattern)})`).join(' OR ');
    return `dropped IS NULL AND product IN (
      SELECT product FROM (SELECT DISTINCT product FROM doctor_lines WHERE dropped IS NULL) WHERE ${matches})`;
  },
  attention: 0.01,
  problem: 0.2,
  order: 'value DESC, position, line',
});

const TEST_ID = '(^|[^a-z])(test|tester|testing|dummy)([^a-z]|$)|@(test|example)[.]';
const TEST_PRODUCT = '^(test|dummy)([^a-z]*$|[ _-](order|product|item|article|purchase|sku))';

const testOrders = lineCheck({
  code: 'test_order',
  title: 'test orders',
  needs: [],
  meaning: 'Customers, orders or products named test or dummy: someone tried out the shop.',
  advice: '--test_orders drop',
  condition() {
    const named = (column: string, pattern: string) => `regexp_matches(lower(${column}), ${literal(pattern)})`;
    const among = (column: string, pattern: string) => `${column} IN (SELECT ${column} FROM (
      SELECT DISTINCT ${column} FROM doctor_lines WHERE ${column} <> '') WHERE ${named(column, pattern)})`;
    const words = ['test', 'Test', 'TEST', 'dummy', 'Dummy', 'DUMMY', '@example.'];
    const maybe = words.map((word) => `contains(order_id, ${literal(word)})`).join(' OR '); // order ids are many
    const parts = [
      `customer IN (SELECT customer FROM doctor_customers WHERE ${named('customer', TEST_ID)})`,
      among('product', TEST_PRODUCT),
      among('category', TEST_ID),
      among('status', TEST_ID),
      `(${maybe}) AND ${named('order_id', TEST_ID)}`,
    ];
    return `dropped IS NULL AND (${parts.map((part) => `coalesce(${part}, false)`).join(' OR ')})`;
  },
  attention: 0.001,
  problem: 0.05,
  order: 'value DESC, position, line',
});

const zeroLines = lineCheck({
  code: 'zero_value',
  title: 'lines for which nothing was paid',
  needs: [],
  meaning: 'Gifts, samples, replacements and stock corrections. They make no transaction.',
  advice: '--zero_value keep, if a free order counts as a purchase',
  condition: () => 'value = 0 OR price = 0',
  attention: 0.02,
  problem: 0.3,
  async evidence(log, rows) {
    const [known, never] = await log.row(
      2,
      `SELECT count(*), count(DISTINCT customer) FILTER (WHERE customer NOT IN (SELECT customer FROM doctor_days))
       FROM doctor_lines WHERE customer <> '' AND (value = 0 OR price = 0)`,
    );
    const lost = never! > 0 ? `; ${plural(never!, 'customer')} never paid anything and will not be predicted` : '';
    return `${count(known!)} of ${count(rows)} have a customer${lost}`;
  },
});

const openStatus = lineCheck({
  code: 'unfinished_status',
  title: 'orders that were not completed',
  needs: ['status'],
  meaning: 'Their status says cancelled, refunded, failed or pending, and they count as purchases.',
  breaks: 'value is what customers paid',
  advice: 'leave them out of the export, or check that their status means what it says',
  condition: () =>
    `dropped IS NULL AND regexp_matches(lower(status), 'cancel|refund|void|fail|declin|pending|fraud|chargeback|expired|unpaid')`,
  attention: 0.005,
  problem: 0.1,
});

/** Lines that are large against nearly all others; below so many lines the 99.9th percentile says nothing. */
const MANY_LINES = 10_000;

const extremeLines: Check = {
  code: 'extreme_line',
  title: 'extremely large lines',
  needs: [],
  meaning: 'Single lines far above all others: typing errors, wholesale orders, or real but not to be expected again.',
  breaks: 'one customer’s spend varies around a mean that the others’ spend tells about',
  advice: 'check them; clv features --outliers winsorise:0.99 cuts their weight',
  async run(log) {
    const [n, median, upper, p99, p999] = (await log.row(
      5,
      `SELECT n, ${[1, 2, 3, 4].map((i) => `levels[${i}]`).join(', ')} FROM (
         SELECT count(*) AS n, quantile_cont(value::DOUBLE, [0.5, 0.8413, 0.99, 0.999]) AS levels
         FROM doctor_lines WHERE dropped IS NULL AND value > 0)`,
    )) as [number, number, number, number, number];
    if (n < 100) return { untold: `it needs 100 lines; the log has ${count(n)}` };
    const spread = Math.max(Math.log(upper / median), 0.25); // one standard deviation of a log-normal
    const limit = n >= MANY_LINES ? 10 * p999 : Math.max(10 * p99, median * Math.exp(6 * spread));
    const condition = `dropped IS NULL AND value >= ${limit}`;
    const { rows, customers, value, share } = await log.extent(condition);
    if (rows === 0) return [];
    const measure =
      n >= MANY_LINES
        ? `10 times the 99.9th percentile (${amount(p999)})`
        : `10 times the 99th percentile (${amount(p99)}) and 6 standard deviations of the logs above the median`;
    return [
      {
        severity: share >= 0.2 ? 'problem' : share >= 0.01 ? 'attention' : 'note',
        ...{ rows, customers, value, share, condition },
        evidence: `at least ${amount(limit)}, ${measure}`,
        examples: await log.examples(condition, 'value DESC, position, line'),
      },
    ];
  },
};

const mixedCurrencies: Check = {
  code: 'mixed_currency',
  title: 'more than one currency',
  needs: ['currency'],
  meaning: 'Amounts of different currencies are added as if they were one.',
  breaks: 'values can be compared',
  advice: 'convert the amounts to one currency before, or export one log a currency',
  async run(log) {
    const result = await log.engine.query(
      `SELECT upper(trim(currency)), count(*) FROM doctor_lines WHERE dropped IS NULL AND currency <> ''
       GROUP BY 1 ORDER BY 2 DESC, 1`,
    );
    if (result.rows < 2) return [];
    const names = result.texts(0);
    const condition = `dropped IS NULL AND currency <> '' AND upper(trim(currency)) <> ${literal(names[0]!)}`;
    const extent = await log.extent(condition);
    return [
      {
        severity: extent.rows / log.keptRows >= 0.001 ? 'problem' : 'attention',
        ...{ ...extent, condition },
        evidence: `${names
          .slice(0, 5)
          .map((name, i) => `${name} ${percent(result.numbers(1)[i]! / log.keptRows)}`)
          .join(
            ', ',
          )}${names.length > 5 ? `, and ${names.length - 5} more` : ''} of the lines; counted here: all but the first`,
        examples: await log.examples(condition),
      },
    ];
  },
};

const sameDayOrders: Check = {
  code: 'same_day_orders',
  title: 'several orders on one day',
  needs: ['order'],
  meaning: 'Orders of one customer on one day are one transaction here, with the sum of their values.',
  advice:
    'as it should be for most shops; where each order of a day is a decision of its own, counts of orders will be higher',
  async run(log) {
    const [days, orders, customers, value] = (await log.row(
      4,
      `SELECT count(*), sum(orders), count(DISTINCT customer), sum(value)::DOUBLE FROM (
         SELECT customer, count(DISTINCT order_id) AS orders, sum(value) AS value FROM doctor_lines
         WHERE dropped IS NULL AND order_id <> '' GROUP BY customer, day HAVING min(order_id) < max(order_id))`,
    )) as [number, number, number, number];
    if (days === 0) return [];
    const size = days / log.report.transactions;
    return [
      {
        severity: size >= 0.25 ? 'attention' : size >= 0.01 ? 'note' : 'fine',
        ...{ customers, value, share: Math.abs(value) / log.gross },
        evidence: `${count(orders)} orders became ${count(days)} transactions: ${percent(size)} of all transactions`,
      },
    ];
  },
};

const equalTimes: Check = {
  code: 'equal_times',
  title: 'many purchases at the same minute',
  needs: ['minute'],
  meaning:
    'Many customers share one minute of one day: a batch wrote the time, not the customers. Days are used, not minutes, so only the day must be right.',
  advice: 'check that the day is that of the order and not of its processing',
  async run(log) {
    const shared = `SELECT day, minute FROM doctor_lines WHERE dropped IS NULL AND minute IS NOT NULL
      GROUP BY day, minute HAVING count(DISTINCT customer) >= 20`;
    const [top, timed, minutes] = (await log.row(
      3,
      `SELECT max(n), sum(n), count(*) FROM (SELECT count(*) AS n FROM doctor_lines
       WHERE dropped IS NULL AND minute IS NOT NULL GROUP BY minute)`,
    )) as [number, number, number];
    if (minutes === 1) {
      return [{ severity: 'fine', evidence: 'the time of day is the same everywhere, so it says nothing' }];
    }
    const condition = `dropped IS NULL AND (day, minute) IN (${shared})`;
    const { rows, customers, value, share } = await log.extent(condition);
    const size = rows / timed;
    const minuteShare = top / timed;
    if (size < 0.01 && minuteShare < 0.1) return [];
    return [
      {
        severity: size >= 0.2 ? 'attention' : 'note',
        ...{ rows, customers, value, share },
        evidence: `${percent(size)} of the lines share their minute with 20 customers or more; the most frequent time of day has ${percent(minuteShare)} of the lines`,
        examples: await log.examples(condition),
      },
    ];
  },
};

const NONE: readonly Need[] = [];

const normalisedIds: Check = {
  code: 'normalised_id',
  title: 'ids such as 17850.0',
  needs: NONE,
  meaning: 'A spreadsheet wrote ids as numbers; they were read without the “.0”.',
  advice: 'export ids as text: leading zeros and long numbers do not survive as numbers',
  run: async ({ report }) => (report.normalisedIds > 0 ? [{ severity: 'note', rows: report.normalisedIds }] : []),
};

export const LINE_CHECKS: readonly Check[] = [
  droppedLines,
  duplicateLines,
  overlappingFiles,
  matchedCancellations,
  unmatchedCancellations,
  unmarkedReturns,
  serviceLines,
  testOrders,
  zeroLines,
  openStatus,
  extremeLines,
  mixedCurrencies,
  sameDayOrders,
  equalTimes,
  normalisedIds,
];
