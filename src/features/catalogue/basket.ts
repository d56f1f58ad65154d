/** Features of what was bought, in which orders, when in the day and where. */
import type { Dialect } from '../engine.js';
import { double, type Feature, type Need, ratio, type Stage } from './feature.js';

function of(stage: Stage, ...needs: Need[]) {
  return (
    name: string,
    unit: string,
    type: Feature['type'],
    meaning: string,
    sql: string | ((dialect: Dialect) => string),
  ): Feature => ({ name, unit, type, stage, needs, meaning, sql: typeof sql === 'string' ? () => sql : sql });
}

const line = of('orders');
const order = of('orders', 'order');
const product = of('products', 'product');
const category = of('categories', 'category');
const country = of('countries', 'country');

const ORDERS = 'count(order_id)';
const KINDS = 'count(*)';
const TOP_SHARE = ratio('max(n)', 'sum(n)');
/** n ln n, with digits enough for sums that do not vary. */
const weighed = (n: string): string => `CAST(${double(n)} * ln(${double(n)}) AS DECIMAL(38, 18))`;
/**
 * − Σ p ln p; exactly 0 for one kind. With N = Σ n it is ln N − Σ n ln n ÷ N, which would lose digits where one kind is nearly
 * all: so the greatest is taken out of both sums, and its own term added. Most n are 1, and add nothing to the sum.
 */
const ENTROPY = `CASE WHEN ${KINDS} < 2 THEN 0 ELSE (${double('sum(n) - max(n)')} * ln(${double('sum(n)')})
  - ${double(`coalesce(sum(CASE WHEN n > 1 THEN ${weighed('n')} END), 0) - ${weighed('max(n)')}`)}) / ${double('sum(n)')}
  - ${TOP_SHARE} * ln(${TOP_SHARE}) END`;

export const BASKET_FEATURES: readonly Feature[] = [
  line('max_line_value', 'money', 'number', 'value of the largest line', double('max(largest)')),
  order('orders', 'orders', 'integer', 'orders, several of which may fall on one day', ORDERS),
  order(
    'avg_order_value',
    'money',
    'number',
    'value of an order, on average',
    ratio('coalesce(sum(value) FILTER (WHERE order_id IS NOT NULL), 0)', ORDERS),
  ),
  {
    ...of('hours', 'time')(
      'preferred_hour',
      'hour',
      'integer',
      'with most lines, 0 to 23; the first of equals; −1 if no time is known',
      ({ lastBy }) => `${lastBy('clock', '1440 * n - clock')} / 60`,
    ),
    otherwise: -1,
  },
  product('unique_products', 'products', 'integer', 'different products', KINDS),
  product('product_entropy', 'nats', 'number', 'how evenly the lines spread over products; 0 for one', ENTROPY),
  product('top_product_share', 'share', 'number', 'lines that are the most frequent product', TOP_SHARE),
  product(
    'repeat_product_share',
    'share',
    'number',
    'products bought on two days or more',
    ratio('count(*) FILTER (WHERE last_day > first_day)', KINDS),
  ),
  product(
    'first_products',
    'products',
    'integer',
    'different products of the first day',
    'count(*) FILTER (WHERE first_day = joined)',
  ),
  category('unique_categories', 'categories', 'integer', 'different categories', KINDS),
  category('category_entropy', 'nats', 'number', 'how evenly the lines spread over categories; 0 for one', ENTROPY),
  category('top_category_share', 'share', 'number', 'lines that are of the most frequent category', TOP_SHARE),
  country('country', 'text', 'text', 'of most lines; the first by its letters of equals', ({ bytes, firstOf }) =>
    firstOf('country', `n DESC, ${bytes('country')}`),
  ),
  country('countries', 'countries', 'integer', 'different countries', 'count(*)'),
];
