/** A page that fits a model to a CSV dropped onto it. The file never leaves the browser. */
import { ClvError, clv, estimates, expectedPurchases, fit, gammaGamma, pAlive, paretoNbd } from 'clv/btyd';
import { rfm } from 'clv/rfm';
import Papa from 'papaparse';

const zone = document.querySelector<HTMLElement>('#drop')!;
const result = document.querySelector<HTMLElement>('#result')!;

/** Columns customer, date (YYYY-MM-DD) and value; the models look a year ahead. */
export function worth(csv: string) {
  const { data } = Papa.parse<{ customer: string; date: string; value: string }>(csv, {
    header: true,
    skipEmptyLines: true,
  });
  const { customerId, customers } = rfm({
    customer: data.map(({ customer }) => customer),
    date: data.map(({ date }) => date),
    value: data.map(({ value }) => Number(value)),
  });
  const purchases = fit(paretoNbd, customers);
  const spend = fit(gammaGamma, customers);
  return {
    customerId,
    parameters: estimates(purchases),
    pAlive: pAlive(purchases, customers),
    expectedPurchases: expectedPurchases(purchases, customers, 365),
    clv: clv({ purchases, spend }, customers, { horizon: 365, discountRate: 0.1 }),
  };
}

async function show(file: File): Promise<void> {
  try {
    const { customerId, clv: worthOf, pAlive: alive } = worth(await file.text());
    const best = Array.from(worthOf.keys()).sort((a, b) => worthOf[b]! - worthOf[a]!);
    const cells = best.slice(0, 20).map((i) => [customerId[i]!, alive[i]!.toFixed(3), worthOf[i]!.toFixed(2)]);
    result.replaceChildren(tableOf([['customer', 'P(alive)', 'CLV'], ...cells]));
  } catch (error) {
    if (!(error instanceof ClvError)) throw error;
    result.textContent = error.message;
  }
}

/** By `textContent`: names of customers are data, not markup. */
function tableOf(rows: readonly string[][]): HTMLTableElement {
  const table = document.createElement('table');
  for (const row of rows) {
    const line = table.insertRow();
    for (const cell of row) line.insertCell().textContent = cell;
  }
  return table;
}

zone.addEventListener('dragover', (event) => event.preventDefault());
zone.addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file) void show(file);
});
document.querySelector<HTMLInputElement>('#file')!.addEventListener('change', ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file) void show(file);
});
