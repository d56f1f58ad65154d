/** Why a customer is worth what they are, as text for a terminal. */

import type { CustomerExplanation, Reason } from '../jobs/explain-customer.js';
import { networkModel } from '../jobs/networks/models.js';
import { printable } from '../printable.js';
import { LONGEST_NAME, money, type Style } from './style.js';
import { sectionsText, textTable } from './table.js';

const MOST_REASONS = 8;

export function explanationText(explanation: CustomerExplanation, style: Style): string {
  const { customerId, thresholdDate, horizon, timeUnit, clv, sentences, network } = explanation;
  const name = printable(customerId, LONGEST_NAME);
  return sectionsText(
    [
      style.bold(
        `Customer ${name} on ${thresholdDate}: CLV ${money(clv)} over the ${short(horizon)} ${timeUnit}s after`,
      ),
      network ? networkText(network, style) : '',
      [
        ...(network ? ['What the statistics say, which it stands beside:'] : []),
        ...sentences.map((sentence) => `  ${sentence}`),
      ].join('\n'),
    ],
    style.width,
  );
}

function networkText(
  { model, expectedValue, reasons }: NonNullable<CustomerExplanation['network']>,
  style: Style,
): string {
  const title = networkModel(model)?.title ?? model;
  const rows = reasons
    .slice(0, MOST_REASONS)
    .map(({ column, value, typical, difference }) => [
      column,
      cell(value),
      cell(typical),
      `${difference > 0 ? '+' : '−'}${money(Math.abs(difference))}`,
    ]);
  return [
    `${style.bold(title)} expects ${money(expectedValue)}. What each thing about them adds to that or takes from it, beside a typical customer's, all else as it is:`,
    ...textTable([['', 'is', 'typical', 'difference'], ...rows], 'lrrr').map((line) => `  ${line}`),
  ].join('\n');
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
const cell = (value: Reason['value']): string =>
  typeof value === 'number' ? short(value) : printable(value, LONGEST_NAME);
