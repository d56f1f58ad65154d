/** Small logs with everything that real ones have gone wrong in, and the files that say the same. */
import fc from 'fast-check';
import { dayOf, isoOf, type Line, type OracleColumns, times } from './oracle.js';

export const FIRST_DAY = dayOf('2010-12-01');
export const LAST_DAY = FIRST_DAY + 400;

/** Ids that are easily taken for something else. U+FF5E and U+1F600 sort one way as UTF-8, the other as UTF-16. */
const IDS = [
  '17850',
  '00042',
  '42',
  "O'Brien",
  'say "hi", twice',
  '=1+1',
  'Żółw',
  '客户',
  '\u{ff5e}',
  '\u{1f600}',
  '-7',
];
const PRODUCTS = ['85123A', '71053', 'POST', '22423', 'É,1'];
const CATEGORIES = ['home', 'garden', 'toys'];
const COUNTRIES = ['United Kingdom', 'France', 'Åland', 'EIRE'];
const ORDERS = ['536365', '536366', '536367', '536368', '536369', '536370', 'A563185'];

/** Mostly `arbitrary`, sometimes `nothing`. */
function sometimes<Value, Nothing>(arbitrary: fc.Arbitrary<Value>, nothing: Nothing): fc.Arbitrary<Value | Nothing> {
  return fc.oneof({ weight: 11, arbitrary }, { weight: 1, arbitrary: fc.constant(nothing) });
}

/** Few days are busy, so that several lines share a day; the others lie anywhere. */
const someDay = fc.oneof(
  fc.integer({ min: FIRST_DAY, max: LAST_DAY }),
  fc.constantFrom(FIRST_DAY, FIRST_DAY + 1, FIRST_DAY + 30, FIRST_DAY + 31, FIRST_DAY + 250, LAST_DAY),
);
/** Noon, or the ends of the day, again and again: equal timestamps. */
const someMinute = fc.oneof(fc.constantFrom(0, 506, 720, 1439), fc.integer({ min: 0, max: 1439 }));
const someQuantity = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 2, arbitrary: fc.integer({ min: 7, max: 5000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -6, max: 0 }) },
);
/** Up to three decimals. */
const somePrice = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0.85, 1.25, 2.55, 3.39, 10) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 99_999 }).map((thousandths) => thousandths / 1000) },
  { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 9_999_999 }).map((thousandths) => thousandths / 1000) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -11.062) },
);

type Cells = Omit<Line, 'value'>;

function purchaseOf(ids: readonly string[], onlyDay: number): fc.Arbitrary<Cells> {
  return fc
    .record({
      customer: sometimes(fc.constantFrom(...ids), ''),
      day: sometimes(someDay, null),
      minute: sometimes(someMinute, null),
      quantity: sometimes(someQuantity, null),
      price: sometimes(somePrice, null),
      order: sometimes(fc.constantFrom(...ORDERS, 'C536379'), null),
      product: sometimes(fc.constantFrom(...PRODUCTS), null),
      category: sometimes(fc.constantFrom(...CATEGORIES), null),
      country: sometimes(fc.constantFrom(...COUNTRIES), null),
      status: fc.constant(null),
    })
    .map((cells) => {
      const day = cells.customer === ids[0] && cells.day !== null ? onlyDay : cells.day; // a customer of one day
      return { ...cells, day, minute: day === null ? null : cells.minute };
    });
}

/** A line made from an earlier one: its return, exact or not quite, or its copy. */
interface Echo {
  /** Which line, modulo their number. */
  readonly of: number;
  readonly kind: 'exact' | 'too much' | 'other product' | 'copy';
  readonly daysLater: number;
  readonly minute: number | null;
  readonly cancels: boolean;
  /** Where in the file, modulo its length. */
  readonly at: number;
}

const someEcho: fc.Arbitrary<Echo> = fc.record({
  of: fc.nat(1000),
  kind: fc.constantFrom('exact', 'exact', 'exact', 'too much', 'other product', 'copy'),
  daysLater: fc.oneof(fc.constantFrom(0, 0, 1), fc.integer({ min: -3, max: 120 })),
  minute: sometimes(someMinute, null),
  cancels: fc.boolean(),
  at: fc.nat(1000),
});

function echoOf(line: Cells, { kind, daysLater, minute, cancels }: Echo): Cells {
  if (kind === 'copy') return line;
  const quantity = line.quantity === null ? null : 0 - line.quantity; // not -0
  const day = line.day === null ? null : Math.min(LAST_DAY, line.day + daysLater);
  return {
    ...line,
    day,
    minute: day === null ? null : minute,
    order: line.order !== null && cancels ? `${daysLater % 2 ? 'c' : 'C'}${line.order}` : line.order,
    quantity: quantity !== null && kind === 'too much' ? quantity - 1 : quantity,
    product: kind === 'other product' ? PRODUCTS[0]! : line.product,
  };
}

/** What the two files below state: a line's value is its quantity × its price. */
function withValue(cells: Cells): Line {
  const { quantity, price } = cells;
  return { ...cells, value: quantity === null || price === null ? null : times(quantity, price) };
}

/** Logs of 1 to 120 lines in no order, of one to six customers over some 400 days. */
export const randomLog: fc.Arbitrary<Line[]> = fc
  .tuple(fc.shuffledSubarray(IDS, { minLength: 1, maxLength: 6 }), fc.integer({ min: FIRST_DAY, max: LAST_DAY }))
  .chain(([ids, onlyDay]) =>
    fc.tuple(
      fc.array(purchaseOf(ids, onlyDay), { minLength: 1, maxLength: 90, size: 'max' }),
      fc.array(someEcho, { maxLength: 30, size: 'max' }),
    ),
  )
  .map(([purchases, echoes]) => {
    const log = [...purchases];
    for (const echo of echoes) {
      const line = echoOf(purchases[echo.of % purchases.length]!, echo);
      log.splice(echo.at % (log.length + 1), 0, line);
    }
    return log.map(withValue);
  });

/** What the file of `uciCsv` has for columns. */
export const uciColumns: OracleColumns = {
  quantity: true,
  price: true,
  order: true,
  product: true,
  category: false,
  country: true,
};

/** The lines as UCI Online Retail would state them, but for ISO dates; categories are not in it. */
export function uciCsv(lines: readonly Line[]): string {
  const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
  return csv(
    header,
    lines.map((line) => [
      line.order,
      line.product,
      line.product && `THING ${line.product}`,
      line.quantity,
      timestamp(line),
      line.price,
      line.customer,
      line.country,
    ]),
  );
}

/** What the file of `genericCsv` has for columns. */
export const genericColumns: OracleColumns = { ...uciColumns, category: true };

export function genericCsv(lines: readonly Line[]): string {
  const header = 'customer_id,date,quantity,unit_price,order_id,product_id,category,country';
  return csv(
    header,
    lines.map((line) => [
      line.customer,
      timestamp(line),
      line.quantity,
      line.price,
      line.order,
      line.product,
      line.category,
      line.country,
    ]),
  );
}

/** `YYYY-MM-DD HH:MM`, without the time where there is none. */
function timestamp({ day, minute }: Line): string {
  if (day === null) return '';
  if (minute === null) return isoOf(day);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${isoOf(day)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function csv(header: string, rows: ReadonlyArray<ReadonlyArray<string | number | null>>): string {
  const cell = (value: string | number | null) => {
    const text = String(value ?? '');
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows.map((row) => row.map(cell).join(','))].join('\n').concat('\n');
}
