/** Which column of a log plays which role: known layouts first, then usual names, then whatever the user says. */
import { ClvError } from '../errors.js';
import { nearest, simplified } from '../nearest.js';

/** The parts a column can play. A transaction's value is `value`, or `quantity` × `price`. */
export const ROLES = [
  'customer',
  'date',
  'value',
  'quantity',
  'price',
  'order',
  'product',
  'category',
  'country',
  'currency',
  'status',
] as const;
export type Role = (typeof ROLES)[number];

/** Column names by role, as in the header. */
export type Roles = Readonly<Partial<Record<Role, string>>>;

/** Cells that are not simply those of the column of their role. */
export interface Carried {
  /** These stand on the first line of an order only, and hold for its other lines. */
  readonly orderCells: readonly Role[];
  /** A column with the moment an order was cancelled: where it is filled, the status is `cancelled`. */
  readonly cancelledAt?: string | undefined;
  /** A column that names the customer where the customer column does not: is empty, or `0`, as guests are noted. */
  readonly guest?: string | undefined;
}

/** A log's columns understood. */
export interface Layout {
  /** `UCI Online Retail`, `CDNOW`, … or `generic`. */
  readonly name: string;
  readonly roles: Roles & { readonly customer: string; readonly date: string };
  /** Orders whose id starts with this are cancellations. */
  readonly cancellationPrefix?: string | undefined;
  /** Product codes, as a regular expression, that are services (postage, fees), not goods. */
  readonly serviceCodes?: string | undefined;
  /** Statuses in lower case, as a regular expression, of orders that were never paid or whose money went back. */
  readonly notPaid?: string | undefined;
  readonly carried?: Carried | undefined;
  /** What a reader of its values must know. */
  readonly caution?: string | undefined;
}

const UCI_SERVICE_CODES = '^(POST|DOT|M|D|S|B|C2|CRUK|PADS|BANK CHARGES|AMAZONFEE|ADJUST2?|TEST\\d+|SP\\d+|GIFT.*)$';

/** What any shop may call an order that brought no money. */
const NOT_PAID =
  '^(wc-)?(pending([ _]payment)?|unpaid|authori[sz]ed|on[- _]?hold|failed|declined|rejected|blocked|expired|voided?|cancell?ed|' +
  'refunded|returned?|chargeback|incomplete|uncaptured|requires_.*|processing_payment|(checkout[- _])?draft|trash)$';

interface KnownLayout {
  readonly name: string;
  /** All names that its header has. */
  readonly only?: readonly string[];
  /** What a reader of its values must know. */
  readonly caution?: string;
  /** Simplified header names by role, the first of several that is there; every role must have one. */
  readonly roles: Readonly<Partial<Record<Role, string | readonly string[]>>>;
  /** The same, of roles that may be missing. */
  readonly optional?: Readonly<Partial<Record<Role, string | readonly string[]>>>;
  /** Names that must be there too. */
  readonly beside?: readonly string[];
  /** Names that make it another layout. */
  readonly without?: readonly string[];
  readonly cancellationPrefix?: string;
  readonly serviceCodes?: string;
  readonly orderCells?: readonly Role[];
  readonly cancelledAt?: string;
  readonly guest?: string;
}

const KNOWN_LAYOUTS: readonly KnownLayout[] = [
  {
    name: 'UCI Online Retail',
    roles: {
      customer: 'customerid',
      date: 'invoicedate',
      quantity: 'quantity',
      price: 'unitprice',
      order: 'invoiceno',
      product: 'stockcode',
      country: 'country',
    },
    cancellationPrefix: 'C',
    serviceCodes: UCI_SERVICE_CODES,
  },
  {
    name: 'UCI Online Retail II',
    roles: {
      customer: 'customerid',
      date: 'invoicedate',
      quantity: 'quantity',
      price: 'price',
      order: 'invoice',
      product: 'stockcode',
      country: 'country',
    },
    cancellationPrefix: 'C',
    serviceCodes: UCI_SERVICE_CODES,
  },
  {
    name: 'CDNOW', // `amount` is what the transaction was worth, whatever its number of CDs
    roles: { customer: 'customerid', date: 'date', value: 'amount' },
    only: ['customerid', 'date', 'quantity', 'amount', 'sampleid'],
  },
  {
    name: 'Google CLV', // the log of Google's reference solution
    roles: { customer: 'customerid', date: 'orderdate', value: 'ordervalue', quantity: 'orderqtyarticles' },
  },
  {
    name: 'Shopify orders',
    roles: {
      customer: 'email',
      date: 'createdat',
      quantity: 'lineitemquantity',
      price: 'lineitemprice',
      order: 'name',
      status: 'financialstatus',
    },
    optional: { product: ['lineitemname', 'lineitemsku'], country: 'billingcountry', currency: 'currency' },
    orderCells: ['customer', 'date', 'status', 'currency', 'country'],
    cancelledAt: 'cancelledat',
    caution:
      'Shopify lines are worth quantity × price: discounts, shipping, taxes and partial refunds are not in it. --value_column Subtotal takes orders as they were charged.',
  },
  {
    name: 'WooCommerce analytics',
    roles: {
      customer: 'customer',
      date: 'date',
      value: ['nrevenue', 'netsales'],
      order: 'order',
      status: 'status',
    },
    beside: ['itemssold'],
  },
  {
    name: 'WooCommerce order lines', // of the plugin Advanced Order Export
    roles: {
      customer: 'emailbilling',
      date: 'orderdate',
      quantity: 'quantityrefund',
      price: 'itemcost',
      order: 'ordernumber',
      status: 'orderstatus',
    },
    optional: {
      product: ['itemname', 'sku'],
      country: ['countrycodebilling', 'countrynamebilling'],
      currency: 'ordercurrency',
    },
  },
  {
    name: 'WooCommerce orders', // of the plugins that export one line an order
    roles: {
      customer: ['customerid', 'customeruser', 'billingemail'],
      date: ['date', 'orderdate', 'datecreated'],
      value: 'ordertotal',
      order: ['orderid', 'ordernumber'],
      status: ['status', 'orderstatus'],
    },
    beside: ['billingemail'],
    optional: { currency: ['ordercurrency', 'currency'], country: 'billingcountry' },
    guest: 'billingemail',
  },
  {
    name: 'Stripe payments',
    roles: {
      customer: ['customerid', 'customeremail'],
      date: ['createdutc', 'createddateutc'],
      value: 'amount',
      order: 'id',
      currency: 'currency',
      status: 'status',
    },
    beside: ['amountrefunded'],
    guest: 'customeremail',
  },
];

/** Usual names, simplified: within one list two present names are ambiguous; a later list counts if earlier ones have none. */
const USUAL_NAMES: Record<Role, ReadonlyArray<readonly string[]>> = {
  customer: [
    [
      'customerid',
      'customer',
      'custid',
      'clientid',
      'client',
      'userid',
      'user',
      'buyerid',
      'buyer',
      'memberid',
      'member',
      'accountid',
      'customerno',
      'customernumber',
      'customerkey',
      'cust',
    ],
    ['email', 'customeremail', 'account'],
    ['id'],
  ],
  date: [
    [
      'date',
      'orderdate',
      'invoicedate',
      'purchasedate',
      'transactiondate',
      'saledate',
      'datetime',
      'timestamp',
      'orderdatetime',
      'ordertimestamp',
    ],
    ['createdat', 'purchasedat', 'day', 'time', 'created'],
  ],
  value: [
    [
      'value',
      'amount',
      'total',
      'revenue',
      'sales',
      'spend',
      'ordervalue',
      'ordertotal',
      'orderamount',
      'totalamount',
      'totalvalue',
      'transactionvalue',
      'transactionamount',
      'purchasevalue',
      'purchaseamount',
      'monetaryvalue',
      'totalprice',
      'linetotal',
    ],
    ['price'],
  ],
  quantity: [['quantity', 'qty', 'units', 'orderqty']],
  price: [['unitprice', 'priceperunit', 'itemprice'], ['price']],
  order: [['orderid', 'invoiceno', 'invoice', 'invoiceid', 'orderno', 'ordernumber', 'transactionid'], ['order']],
  product: [['productid', 'stockcode', 'sku', 'product', 'itemid', 'item']],
  category: [
    ['category', 'productcategory', 'categoryname', 'itemcategory'],
    ['department', 'productgroup'],
  ],
  country: [['country'], ['billingcountry', 'customercountry', 'shippingcountry', 'countrycode']],
  currency: [['currency', 'currencycode', 'ordercurrency']],
  status: [
    ['orderstatus', 'status'],
    ['financialstatus', 'paymentstatus', 'transactionstatus'],
  ],
};

/**
 * The layout of a log with this header.
 *
 * @param header column names, in order
 * @param given roles the user has named; they go before anything detected
 * @throws ClvError missing_column, ambiguous_column
 */
export function detectLayout(header: readonly string[], given: Roles, file: string | undefined): Layout {
  for (const role of ROLES) checkGiven(role, given[role], header, file);
  const names = header.map(simplified);
  const known = KNOWN_LAYOUTS.find(({ roles, beside = [], without = [], only }) => {
    return (
      Object.values(roles).every((own) => present(own, names) !== undefined) &&
      beside.every((name) => names.includes(name)) &&
      !without.some((name) => names.includes(name)) &&
      (only === undefined || names.every((name) => only.includes(name)))
    );
  });
  const detected = known ? rolesOf(known, header, given, file) : usualRoles(ROLES, header, given, file);
  const roles = withValue({ ...detected, ...definedOnly(given) }, given, known !== undefined, header, file);
  const { customer, date } = roles;
  if (customer === undefined) throw missing('customer', header, file);
  if (date === undefined) throw missing('date', header, file);
  if (roles.value === undefined && (roles.quantity === undefined || roles.price === undefined)) {
    throw missing('value', header, file);
  }
  return {
    name: known?.name ?? 'generic',
    roles: { ...roles, customer, date },
    cancellationPrefix: roles.order === undefined ? undefined : known?.cancellationPrefix,
    serviceCodes: roles.product === undefined ? undefined : known?.serviceCodes,
    notPaid: roles.status === undefined ? undefined : NOT_PAID,
    carried: known && carriedBy(known, roles, given, header),
    caution: given.value === undefined && given.price === undefined ? known?.caution : undefined,
  };
}

const present = (own: string | readonly string[], names: readonly string[]): string | undefined =>
  [own].flat().find((name) => names.includes(name));

function carriedBy(known: KnownLayout, roles: Roles, given: Roles, header: readonly string[]): Carried | undefined {
  const named = (name: string | undefined) =>
    name === undefined ? undefined : header.find((column) => simplified(column) === name);
  const guest = given.customer === undefined ? named(known.guest) : undefined;
  const cancelledAt = given.status === undefined ? named(known.cancelledAt) : undefined;
  const orderCells = roles.order === undefined ? [] : (known.orderCells ?? []);
  return guest === undefined && cancelledAt === undefined && orderCells.length === 0
    ? undefined
    : { orderCells, cancelledAt, guest: guest === roles.customer ? undefined : guest };
}

/**
 * The one layout of a log that lies in several files. Columns may be called differently in each; what they say must be
 * the same.
 *
 * @throws ClvError missing_column, bad_option
 */
export function mergedLayout(
  parts: ReadonlyArray<{ readonly source: { readonly file: string | undefined }; readonly layout: Layout }>,
): Layout {
  const { layout: first, source } = parts[0]!;
  for (const { layout, source: other } of parts) {
    if ((layout.roles.value === undefined) !== (first.roles.value === undefined)) {
      throw new ClvError('missing_column', 'one file has a column of values, another quantity and price', {
        file: other.file,
        expected: `the same as in ${source.file}`,
        hint: '--value_column NAME, or --quantity_column NAME --price_column NAME',
      });
    }
    if (layout.cancellationPrefix !== first.cancellationPrefix || layout.serviceCodes !== first.serviceCodes) {
      throw new ClvError('bad_option', 'files of different layouts make no log', {
        file: other.file,
        found: layout.name,
        expected: `${first.name}, as ${source.file}`,
      });
    }
  }
  const layouts = parts.map(({ layout }) => layout);
  const names = [...new Set(layouts.map(({ name }) => name))];
  return {
    ...first,
    name: names.length === 1 ? names[0]! : 'several',
    roles: Object.assign({}, ...layouts.map(({ roles }) => roles).reverse()),
    notPaid: layouts.find(({ notPaid }) => notPaid !== undefined)?.notPaid,
    carried: layouts.find(({ carried }) => carried !== undefined)?.carried,
  };
}

function checkGiven(role: Role, name: string | undefined, header: readonly string[], file: string | undefined): void {
  if (name === undefined) return;
  const count = header.filter((column) => column === name).length;
  if (count === 1) return;
  if (count > 1)
    throw ambiguous(
      role,
      header.filter((column) => column === name),
      file,
    );
  const near = nearest(name, header);
  throw new ClvError('missing_column', 'there is no such column', {
    file,
    column: name,
    found: header.join(', '),
    expected: `a column for the ${role}`,
    hint: near && `--${role}_column ${quoteForShell(near)}`,
  });
}

function rolesOf(known: KnownLayout, header: readonly string[], given: Roles, file: string | undefined): Roles {
  const entries = Object.entries({ ...known.optional, ...known.roles }) as Array<[Role, string | readonly string[]]>;
  const names = header.map(simplified);
  const own = Object.fromEntries(
    entries.flatMap(([role, candidates]) => {
      const name = present(candidates, names);
      if (name === undefined) return [];
      const matches = header.filter((column) => simplified(column) === name);
      if (matches.length > 1 && given[role] === undefined) throw ambiguous(role, matches, file);
      return [[role, matches[0]!]];
    }),
  ) as Roles;
  return { ...usualRoles(MARGINAL, header, { ...own, ...definedOnly(given) }, file), ...own };
}

function ambiguous(role: Role, matches: readonly string[], file: string | undefined): ClvError {
  const sameName = new Set(matches).size < matches.length;
  return new ClvError('ambiguous_column', `more than one column could be the ${role}`, {
    file,
    column: sameName ? matches[0] : undefined,
    found: matches.join(', '),
    expected: 'one of them named',
    hint: sameName ? 'rename one of them in the file' : `--${role}_column ${quoteForShell(matches[0]!)}`,
  });
}

/** Roles that no transaction needs; a known layout that does not name them may have them all the same. */
const MARGINAL: readonly Role[] = ['order', 'product', 'category', 'country', 'currency', 'status'];

function usualRoles(wanted: readonly Role[], header: readonly string[], given: Roles, file: string | undefined): Roles {
  const taken = new Set(Object.values(given));
  const roles: Partial<Record<Role, string>> = {};
  for (const role of wanted) {
    if (given[role] !== undefined) continue;
    for (const names of USUAL_NAMES[role]) {
      const matches = header.filter((column) => names.includes(simplified(column)) && !taken.has(column));
      if (matches.length === 0) continue;
      if (matches.length === 1) roles[role] = matches[0]!;
      else if (role === 'customer' || role === 'date' || (role === 'value' && !hasQuantityAndPrice(given))) {
        throw ambiguous(role, matches, file);
      }
      break;
    }
  }
  return roles;
}

const hasQuantityAndPrice = (roles: Roles) => roles.quantity !== undefined && roles.price !== undefined;

/**
 * Keeps either `value` or `quantity` × `price`: what the user named, else a column of values, else the product. The quantity
 * of a known layout says how many pieces were bought also beside a value.
 */
function withValue(
  roles: Roles,
  given: Roles,
  known: boolean,
  header: readonly string[],
  file: string | undefined,
): Roles {
  const { value, quantity, price, ...others } = roles;
  const product = quantity !== undefined && price !== undefined;
  const productNamed = given.value === undefined && (given.quantity !== undefined || given.price !== undefined);
  if (product && (productNamed || (given.value === undefined && (value === undefined || value === price)))) {
    return { ...others, quantity, price };
  }
  if (productNamed && (given.price !== undefined || value === undefined)) throw missing('value', header, file);
  if (value === undefined) return roles;
  return {
    ...others,
    value,
    ...(quantity !== undefined && (known || given.quantity !== undefined) ? { quantity } : {}),
  };
}

function definedOnly(roles: Roles): Roles {
  return Object.fromEntries(Object.entries(roles).filter(([, name]) => name !== undefined));
}

const EXAMPLES = { customer: 'customer_id', date: 'order_date', value: 'amount, or quantity and unit_price' };

function missing(role: 'customer' | 'date' | 'value', header: readonly string[], file: string | undefined): ClvError {
  const looksLikeData = header.some((cell) => /^[\d\s.,:/-]+$/.test(cell));
  return new ClvError('missing_column', `no column looks like the ${role} of a transaction`, {
    file,
    found: header.join(', '),
    expected: `a header with a column such as ${EXAMPLES[role]}`,
    hint: looksLikeData
      ? 'the first row must name the columns; this one looks like data'
      : role === 'value'
        ? '--value_column NAME, or --quantity_column NAME --price_column NAME'
        : `--${role}_column NAME`,
  });
}

/** A name as one word of a command line. */
export function quoteForShell(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
