import { describe, expect, it } from 'vitest';
import { detectLayout, mergedLayout } from '../../src/features/layout.js';
import { type ReadOptions, readTransactions } from '../../src/features/read-transactions.js';
import { fileIn, temporaryFolder } from './logs.js';

const folder = temporaryFolder();

/** The report of a log, and its lines as text, in order. */
async function read(
  content: string,
  options: ReadOptions = {},
  columns = 'customer, day, value, status, currency, country',
) {
  const log = await readTransactions(fileIn(folder, 'log.csv', content), options);
  try {
    const names = columns.split(', ');
    const found = await log.engine.query(
      `SELECT ${names.map((name) => (name === 'day' ? "DATE '1970-01-01' + day" : name === 'value' ? 'value::DOUBLE' : name)).join(', ')}
       FROM lines ORDER BY position`,
    );
    const texts = names.map((_, i) => found.texts(i));
    return {
      report: log.report,
      lines: Array.from({ length: found.rows }, (_, row) =>
        texts.map((column) => column[row]!.replace(' 00:00:00', '')).join(' '),
      ),
    };
  } finally {
    await log.close();
  }
}

const header = (names: string) => names.split(',');

// The headers are those of real exports; the rows are made up.
const SHOPIFY =
  'Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,' +
  'Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,' +
  'Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,' +
  'Billing Country,Shipping Country,Notes,Cancelled at,Payment Method,Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Lineitem discount';
const STRIPE =
  'id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,Fee,' +
  'Tax,Converted Currency,Mode,Status,Statement Descriptor,Customer ID,Customer Description,Customer Email,Captured,Card ID,Invoice ID,Transfer';
const WOO_ORDERS =
  'order_id,order_number,date,status,shipping_total,shipping_tax_total,tax_total,discount_total,order_total,order_currency,' +
  'payment_method,shipping_method,customer_id,billing_first_name,billing_last_name,billing_company,billing_email,billing_country,line_items';
const WOO_ANALYTICS =
  'Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue,Attribution';

/** A row of an export: cells by name, all others empty. */
const row = (names: string, cells: Readonly<Record<string, string | number>>): string =>
  header(names)
    .map((name) => cells[name] ?? '')
    .join(',');
const csv = (names: string, ...rows: ReadonlyArray<Readonly<Record<string, string | number>>>): string =>
  `${[names, ...rows.map((cells) => row(names, cells))].join('\n')}\n`;

describe('Shopify orders', () => {
  const line = (name: string, quantity: number, price: number, first: Record<string, string> = {}) => ({
    Name: name,
    Email: 'a@x.com',
    'Lineitem quantity': quantity,
    'Lineitem price': price,
    'Lineitem name': `thing ${price}`,
    ...first,
  });
  const first = (date: string, others: Record<string, string> = {}) => ({
    'Financial Status': 'paid',
    'Created at': `${date} 11:13:25 -0500`,
    Currency: 'USD',
    'Billing Country': 'US',
    ...others,
  });

  it('have what stands on the first line of an order on its other lines too', async () => {
    const { report, lines } = await read(
      csv(
        SHOPIFY,
        line('#1001', 2, 10, first('2024-01-13')),
        line('#1001', 1, 5.5, { Email: '' }),
        line('#1002', 1, 7, {
          ...first('2024-01-14', { 'Financial Status': 'refunded', Currency: 'EUR' }),
          Email: 'b@x.com',
        }),
        line('#1002', 3, 7, { Email: 'b@x.com' }),
        line('#1003', 1, 9, first('2024-02-01', { 'Cancelled at': '2024-02-02 10:00:00 -0500' })),
        line('#1003', 1, 1),
        line('#1004', 1, 20, first('2024-02-03', { 'Financial Status': 'partially_refunded' })),
      ),
    );
    expect(report).toMatchObject({
      layout: 'Shopify orders',
      roles: {
        customer: 'Email',
        order: 'Name',
        date: 'Created at',
        status: 'Financial Status',
        country: 'Billing Country',
      },
      dateFormat: '%Y-%m-%d',
    });
    expect(lines).toEqual([
      'a@x.com 2024-01-13 20 paid USD US',
      'a@x.com 2024-01-13 5.5 paid USD US',
      'b@x.com 2024-01-14 7 refunded EUR US',
      'b@x.com 2024-01-14 21 refunded EUR US',
      'a@x.com 2024-02-01 9 cancelled USD US',
      'a@x.com 2024-02-01 1 cancelled USD US',
      'a@x.com 2024-02-03 20 partially_refunded USD US',
    ]);
    expect(report).toMatchObject({ customers: 1, transactions: 2, value: 45.5 });
    expect(report.dropped).toMatchObject([{ reason: 'not_paid', rows: 4, value: 38 }]);
  });

  it('keep orders apart that come from two files', async () => {
    const one = fileIn(folder, 'one.csv', csv(SHOPIFY, line('#1', 1, 10, first('2024-01-13'))));
    const two = fileIn(
      folder,
      'two.csv',
      csv(SHOPIFY, line('#1', 1, 5, first('2024-01-20', { Currency: 'EUR' })), line('#1', 1, 6)),
    );
    const log = await readTransactions([one, two]);
    const found = await log.engine.query("SELECT currency || ' ' || minute FROM lines ORDER BY position");
    await log.close();
    expect(found.texts(0)).toEqual(['USD 673', 'EUR 673', 'EUR 673']);
    expect(log.report).toMatchObject({ transactions: 2, layout: 'Shopify orders' });
  });
});

describe('Stripe payments', () => {
  it.each([STRIPE, STRIPE.replace('Created (UTC)', 'Created date (UTC)')])(
    'belong to the customer, or to the address where there is none',
    async (names) => {
      const date = header(names)[3]!;
      const { report, lines } = await read(
        csv(
          names,
          {
            id: 'ch_1',
            [date]: '2024-01-13 20:38:34',
            Amount: '12.50',
            'Amount Refunded': '0.00',
            Currency: 'usd',
            Status: 'Paid',
            'Customer ID': 'cus_1',
            'Customer Email': 'a@x.com',
          },
          {
            id: 'ch_2',
            [date]: '2024-01-14 20:38',
            Amount: '5.00',
            Currency: 'eur',
            Status: 'Paid',
            'Customer Email': 'b@x.com',
          },
          {
            id: 'ch_3',
            [date]: '2024-01-15 20:38',
            Amount: '7.00',
            Currency: 'usd',
            Status: 'Failed',
            'Customer ID': 'cus_1',
          },
          {
            id: 'ch_4',
            [date]: '2024-01-15 20:38',
            Amount: '8.00',
            'Amount Refunded': '8.00',
            Currency: 'usd',
            Status: 'Refunded',
            'Customer ID': 'cus_1',
          },
          {
            id: 'ch_5',
            [date]: '2024-01-15 20:38',
            Amount: '9.00',
            Currency: 'usd',
            Status: 'requires_payment_method',
          },
        ),
      );
      expect(report).toMatchObject({ layout: 'Stripe payments', customers: 2, transactions: 2, value: 17.5 });
      expect(lines.slice(0, 2)).toEqual(['cus_1 2024-01-13 12.5 Paid usd ', 'b@x.com 2024-01-14 5 Paid eur ']);
    },
  );

  it('have the address as the customer where the export has no other, or where it is said', async () => {
    const names = 'id,Created (UTC),Amount,Amount Refunded,Currency,Fee,Net,Status,Customer Email';
    const { report } = await read(
      csv(names, { id: 'ch_1', 'Created (UTC)': '2024-01-13', Amount: 5, Status: 'Paid', 'Customer Email': 'a@x.com' }),
    );
    expect(report).toMatchObject({ layout: 'Stripe payments', roles: { customer: 'Customer Email' }, customers: 1 });
    const cells = {
      'Created (UTC)': '2024-01-13',
      Amount: 5,
      Status: 'Paid',
      'Customer ID': 'cus',
      'Customer Email': 'a@x.com',
    };
    const said = await read(csv(STRIPE, cells), { columns: { customer: 'Customer Email' } });
    expect(said.lines).toEqual(['a@x.com 2024-01-13 5 Paid  ']);
  });
});

describe('WooCommerce', () => {
  it('orders of guests belong to their address', async () => {
    const order = {
      date: '2024-01-13 20:38:34',
      status: 'completed',
      order_total: 10,
      order_currency: 'EUR',
      billing_email: 'a@x.com',
      billing_country: 'DE',
    };
    const { report, lines } = await read(
      csv(
        WOO_ORDERS,
        { order_id: 1, order_number: 1, customer_id: 7, ...order },
        { order_id: 2, order_number: 2, customer_id: 0, ...order },
        { order_id: 3, order_number: 3, customer_id: 7, ...order, status: 'wc-on-hold' },
        { order_id: 4, order_number: 4, customer_id: 7, ...order, status: 'checkout-draft' },
      ),
    );
    expect(report).toMatchObject({
      layout: 'WooCommerce orders',
      customers: 2,
      value: 20,
      roles: { order: 'order_id' },
    });
    expect(lines.slice(0, 2)).toEqual(['7 2024-01-13 10 completed EUR DE', 'a@x.com 2024-01-13 10 completed EUR DE']);
    expect(report.dropped).toMatchObject([{ reason: 'not_paid', rows: 2 }]);
  });

  it('analytics have their net revenue', async () => {
    const { report } = await read(
      csv(
        WOO_ANALYTICS,
        {
          Date: '2024-01-13 20:38:34',
          'Order #': 11,
          'N. Revenue (formatted)': '€ 10',
          Status: 'completed',
          Customer: 'Ada',
          'N. Revenue': 10,
        },
        {
          Date: '2024-01-15 20:38:34',
          'Order #': 12,
          'N. Revenue (formatted)': '€ 20',
          Status: 'refunded',
          Customer: 'Ada',
          'N. Revenue': 20,
        },
      ),
    );
    expect(report).toMatchObject({
      layout: 'WooCommerce analytics',
      roles: { value: 'N. Revenue', order: 'Order #', customer: 'Customer' },
      value: 10,
    });
  });
});

describe("Google's reference log", () => {
  it('has values and numbers of articles', async () => {
    const log = 'customer_id,order_date,order_value,order_qty_articles\na,2011-01-31,10.5,3\na,2011-02-28,4,-1\n';
    const { report } = await read(log);
    expect(report).toMatchObject({
      layout: 'Google CLV',
      roles: { value: 'order_value', quantity: 'order_qty_articles' },
      value: 10.5,
    });
    expect(report.dropped).toMatchObject([{ reason: 'non_positive_quantity', rows: 1 }]);
  });
});

describe('layouts', () => {
  it.each([
    ['UCI Online Retail', 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'],
    ['UCI Online Retail II', 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country'],
    ['CDNOW', 'customer_id,date,quantity,amount'],
    ['Google CLV', 'customer_id,order_date,order_value,order_qty_articles'],
    ['Shopify orders', SHOPIFY],
    ['WooCommerce analytics', WOO_ANALYTICS],
    ['WooCommerce orders', WOO_ORDERS],
    [
      'WooCommerce order lines',
      'Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),Email (Billing),Country Code (Billing),' +
        'Order Total Amount,SKU,Item #,Item Name,Quantity (- Refund),Item Cost,Coupon Code',
    ],
    ['Stripe payments', STRIPE],
    ['generic', 'customer_id,date,value'],
    ['generic', 'id,Created (UTC),Amount,Currency,Customer ID,Status,time'],
    ['generic', 'Name,Email,Created at,Total,Financial Status'],
  ])('%s is told from its header and no other', (name, names) => {
    expect(
      detectLayout(header(names), name === 'generic' && names.startsWith('id') ? { date: 'time' } : {}, 'f').name,
    ).toBe(name);
  });

  it('give statuses that bring no money', () => {
    const { notPaid } = detectLayout(header('customer,date,value,order_status'), {}, 'f');
    const brings = (status: string) => !new RegExp(notPaid!).test(status);
    expect(
      [
        'paid',
        'completed',
        'wc-completed',
        'processing',
        'shipped',
        'partially_refunded',
        'succeeded',
        'fulfilled',
        '',
      ].filter((s) => !brings(s)),
    ).toEqual([]);
    expect(
      [
        'refunded',
        'voided',
        'failed',
        'canceled',
        'cancelled',
        'pending',
        'pending payment',
        'wc-failed',
        'unpaid',
        'draft',
      ].filter(brings),
    ).toEqual([]);
  });

  it.each([
    ['status,order_status,payment_status', 'status', undefined],
    ['payment_status,order_status', 'status', 'order_status'],
    ['category,product_category', 'category', undefined],
    ['Department', 'category', 'Department'],
    ['currency,order_currency', 'currency', undefined],
    ['product category', 'category', 'product category'],
  ] as const)('%s make no log ambiguous', (names, role, column) => {
    const { roles } = detectLayout(header(`customer,date,value,${names}`), {}, 'f');
    expect(roles[role]).toBe(column);
    const more = detectLayout(header(`customer_id,date,amount,${names}`), {}, 'f');
    expect([more.name, more.roles[role]]).toEqual(['generic', column]);
  });

  it('of several files are one, whatever the columns are called in each', () => {
    const part = (file: string, names: string) => ({ source: { file }, layout: detectLayout(header(names), {}, file) });
    const merged = mergedLayout([
      part('a', 'customer,date,value'),
      part('b', 'client,day,amount,status,country'),
      part('c', STRIPE),
    ]);
    expect(merged).toMatchObject({
      name: 'several',
      roles: { customer: 'customer', value: 'value', status: 'status', country: 'country' },
    });
    expect(merged.notPaid).toBeDefined();
    expect(merged.carried).toBeDefined();
  });
});
