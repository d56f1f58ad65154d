/** Which column of a log plays which role: known layouts first, then usual names, then whatever the user says. */
import { ClvError } from '../errors.js';
import { nearest, simplified } from '../nearest.js';

/** The parts a column can play. A transaction's value is `value`, or `quantity` × `price`. */
export const ROLES = ['customer', 'date', 'value', 'quantity', 'price', 'order', 'product', 'country'] as const;
export type Role = (typeof ROLES)[number];

/** Column names by role, as in the header. */
export type Roles = Readonly<Partial<Record<Role, string>>>;

/** A log's columns understood. */
export interface Layout {
  /** `UCI Online Retail`, `CDNOW`, … or `generic`. */
  readonly name: string;
  readonly roles: Roles & { readonly customer: string; readonly date: string };
  /** Orders whose id starts with this are cancellations. */
  readonly cancellationPrefix?: string | undefined;
  /** Product codes, as a regular expression, that are services (postage, fees), not goods. */
  readonly serviceCodes?: string | undefined;
}

const UCI_SERVICE_CODES = '^(POST|DOT|M|D|S|B|C2|CRUK|PADS|BANK CHARGES|AMAZONFEE|ADJUST2?|TEST\\d+|SP\\d+|GIFT.*)$';

interface KnownLayout {
  readonly name: string;
  /** Simplified header names, by role; all must be there. */
  readonly roles: Readonly<Partial<Record<Role, string>>>;
  /** Names that make it another layout. */
  readonly without?: readonly string[];
  readonly cancellationPrefix?: string;
  readonly serviceCodes?: string;
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
    without: ['price', 'unitprice'],
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
  order: [['orderid', 'invoiceno', 'invoice', 'invoiceid', 'orderno', 'ordernumber', 'transactionid']],
  product: [['productid', 'stockcode', 'sku', 'product', 'itemid', 'item']],
  country: [['country']],
};

/**
 * The layout of a log with this header.
 *
 * @param header column names, in order
 * @param given roles the user has named; they go before anything detected
 * @throws ClvError missing_column, ambiguous_column
 */
export function detectLayout(header: readonly string[], given: Roles, file: string): Layout {
  for (const role of ROLES) checkGiven(role, given[role], header, file);
  const known = KNOWN_LAYOUTS.find(({ roles, without = [] }) => {
    const names = header.map(simplified);
    return Object.values(roles).every((name) => names.includes(name)) && !without.some((name) => names.includes(name));
  });
  const detected = known ? rolesOf(known, header, given, file) : usualRoles(header, given, file);
  const roles = withValue({ ...detected, ...definedOnly(given) }, given, header, file);
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
  };
}

function checkGiven(role: Role, name: string | undefined, header: readonly string[], file: string): void {
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

function rolesOf(known: KnownLayout, header: readonly string[], given: Roles, file: string): Roles {
  const entries = Object.entries(known.roles) as Array<[Role, string]>;
  return Object.fromEntries(
    entries.map(([role, name]) => {
      const matches = header.filter((column) => simplified(column) === name);
      if (matches.length > 1 && given[role] === undefined) throw ambiguous(role, matches, file);
      return [role, matches[0]];
    }),
  );
}

function ambiguous(role: Role, matches: readonly string[], file: string): ClvError {
  const sameName = new Set(matches).size < matches.length;
  return new ClvError('ambiguous_column', `more than one column could be the ${role}`, {
    file,
    column: sameName ? matches[0] : undefined,
    found: matches.join(', '),
    expected: 'one of them named',
    hint: sameName ? 'rename one of them in the file' : `--${role}_column ${quoteForShell(matches[0]!)}`,
  });
}

function usualRoles(header: readonly string[], given: Roles, file: string): Roles {
  const taken = new Set(Object.values(given));
  const roles: Partial<Record<Role, string>> = {};
  for (const role of ROLES) {
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

/** Keeps either `value` or `quantity` × `price`: what the user named, else a column of values, else the product. */
function withValue(roles: Roles, given: Roles, header: readonly string[], file: string): Roles {
  const { value, quantity, price, ...others } = roles;
  const product = quantity !== undefined && price !== undefined;
  const productNamed = given.value === undefined && (given.quantity !== undefined || given.price !== undefined);
  if (product && (productNamed || (given.value === undefined && (value === undefined || value === price)))) {
    return { ...others, quantity, price };
  }
  if (productNamed) throw missing('value', header, file);
  return value === undefined ? roles : { ...others, value };
}

function definedOnly(roles: Roles): Roles {
  return Object.fromEntries(Object.entries(roles).filter(([, name]) => name !== undefined));
}

const EXAMPLES = { customer: 'customer_id', date: 'order_date', value: 'amount, or quantity and unit_price' };

function missing(role: 'customer' | 'date' | 'value', header: readonly string[], file: string): ClvError {
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

function quoteForShell(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
