/** `clv simulate`: the log of a made-up shop, after a model's story or a finished job's. */
import { writeFile } from 'node:fs/promises';
import { type SimulatedLog, type SimulateLogOptions, type Story, simulateLog } from '../btyd/simulate.js';
import { dayOption, isoDay } from '../calendar.js';
import { ClvError } from '../errors.js';
import { loadJob } from '../jobs/predict.js';
import { DAYS_PER } from '../time.js';
import { checkExtension, writeWhole } from '../whole-file.js';
import { definedOnly, numberFlag } from './data-flags.js';

export interface SimulateFlags {
  readonly job?: string;
  readonly model_type?: string;
  readonly parameters?: string;
  readonly spend?: string;
  readonly customers?: string;
  readonly days?: string;
  readonly join_days?: string;
  readonly first_day?: string;
  readonly seed?: string;
  readonly output?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Rows put into text at a time. */
const BATCH = 10_000;

export async function simulateCommand(flags: SimulateFlags): Promise<void> {
  const output = flags.output ?? 'simulated.csv';
  checkExtension(output, ['.csv'], '--output simulated.csv');
  const log = simulateLog(
    definedOnly({
      ...(await storiesOf(flags)),
      customers: numberFlag('customers', flags.customers),
      days: numberFlag('days', flags.days),
      joinDays: numberFlag('join_days', flags.join_days),
      firstDay: flags.first_day === undefined ? undefined : dayOption('first_day', flags.first_day),
      seed: numberFlag('seed', flags.seed),
    }),
  );
  await writeWhole(output, (file) => writeFile(file, linesOf(log)), '--output FILE');
  const customers = new Set(log.customer).size;
  const [firstDay, lastDay] = [isoDay(log.day[0]!), isoDay(log.day.at(-1)!)];
  if (flags.json) {
    console.log(
      JSON.stringify({ output, rows: log.day.length, customers, first_day: firstDay, last_day: lastDay }, null, 2),
    );
    return;
  }
  const rows = log.day.length.toLocaleString('en');
  console.log(
    `${rows} purchases of ${customers.toLocaleString('en')} customers, ${firstDay} to ${lastDay}, in ${output}`,
  );
}

/** Parameters count in days, as the log does. */
async function storiesOf(flags: SimulateFlags): Promise<Pick<SimulateLogOptions, 'purchases' | 'spend'>> {
  if (flags.job !== undefined) {
    if (flags.model_type !== undefined || flags.parameters !== undefined) {
      throw new ClvError('bad_option', 'a job has a model and parameters already', {
        found: '--job with --model_type or --parameters',
        expected: 'either of them',
      });
    }
    const { purchases, spend } = await loadJob(flags.job);
    if (purchases.timeUnit !== 'day') {
      throw new ClvError('bad_option', 'the job counts time otherwise than a log does', {
        file: flags.job,
        found: purchases.timeUnit,
        expected: `a job with --time_unit day (a ${purchases.timeUnit} has ${DAYS_PER[purchases.timeUnit]} days)`,
      });
    }
    return { purchases, spend };
  }
  const purchases = storyOf(flags.model_type ?? 'paretonbd_model', flags.parameters);
  const spend = storyOf('gammagamma_model', flags.spend);
  if (flags.model_type !== undefined && purchases === undefined) {
    throw new ClvError('bad_parameters', 'a model needs its parameters', {
      found: flags.model_type,
      expected: '--parameters name=value,…, in days',
      hint: '--parameters r=0.8,alpha=45,s=1.3,beta=130',
    });
  }
  return { ...(purchases && { purchases }), ...(spend && { spend }) };
}

/** `r=0.8,alpha=45`. */
function storyOf(model: string, text: string | undefined): Story | undefined {
  if (text === undefined) return undefined;
  const parameters = text.split(',').map((part): [string, number] => {
    const [name = '', value] = part.split('=', 2);
    return [name.trim(), numberFlag(name.trim() || 'parameters', value ?? '')!];
  });
  return { model, parameters: Object.fromEntries(parameters) };
}

function* linesOf({ customer, day, value }: SimulatedLog): Generator<string> {
  yield 'customer_id,date,value\n';
  for (let start = 0; start < customer.length; start += BATCH) {
    const rows = customer
      .slice(start, start + BATCH)
      .map((id, i) => `${id},${isoDay(day[start + i]!)},${value[start + i]!.toFixed(2)}`);
    yield `${rows.join('\n')}\n`;
  }
}
