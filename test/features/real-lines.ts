/** UCI Online Retail as lines, read by other means than ours. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Papa from 'papaparse';
import { locateDataset } from '../../src/datasets/locate.js';
import { dayOf, type Line, times } from './oracle.js';

export type Cells = Record<string, string>;

export function parsed(text: string): Cells[] {
  return Papa.parse<Cells>(text, { header: true, skipEmptyLines: true }).data;
}

const numberOf = (cell: string) => (cell === '' ? null : Number(cell));

/** A row of UCI Online Retail; its dates are 12/1/2010 8:26 there, 2010-12-01 08:26 in our own files. */
export function uciLine(cells: Cells): Line {
  const [date = '', time] = cells.InvoiceDate!.split(' ');
  const [month, day, year] = date.split('/');
  const [hours, minutes] = time?.split(':').map(Number) ?? [];
  const iso = year === undefined ? date : `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`;
  const [quantity, price] = [numberOf(cells.Quantity!), numberOf(cells.UnitPrice!)];
  return {
    customer: cells.CustomerID!,
    day: iso === '' ? null : dayOf(iso),
    minute: hours === undefined ? null : hours * 60 + minutes!,
    quantity,
    price,
    value: quantity === null || price === null ? null : times(quantity, price),
    order: cells.InvoiceNo || null,
    product: cells.StockCode || null,
    category: null,
    country: cells.Country || null,
    status: null,
  };
}

export function onlineRetailLines(): Line[] {
  const bytes = readFileSync(locateDataset('online_retail')!);
  return parsed((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')).map(uciLine);
}
