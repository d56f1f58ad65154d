/** What every command prints with --json is what its published schema says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Check, Errors } from 'typebox/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEMAS, schemaFile, schemaOf } from '../../src/commands/schemas.js';
import { asCsv, END, shop, THRESHOLD } from '../jobs/networks-log.js';
import { run } from './run.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
  writeFileSync(join(folder, 'orders.csv'), asCsv(shop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dates = ['--threshold_date', THRESHOLD, '--predict_end', END];
const small = '--backend wasm --members 2 --num_epochs 2 --hidden_units 4'.split(' ');

/** Commands by the schema that they have to fit; in this order, since later ones use the job of the first. */
const CALLS: ReadonlyArray<readonly [schema: string, args: readonly string[]]> = [
  ['train', ['train', '--data', 'orders.csv', ...dates]],
  ['predict', ['predict', '--horizon', '30']],
  ['evaluate', ['evaluate']],
  ['report', ['report', '--svg', 'charts']],
  ['explain', ['explain', 'c1']],
  ['compare', ['compare', 'orders.csv', ...dates, '--models', 'nbd_model,bgnbd_model,poisson_model']],
  ['train', ['train', '--data', 'orders.csv', ...dates, '--model_type', 'hybrid_model', ...small]],
  ['explain', ['explain', 'c1']],
  ['report', ['report', '--png', 'pictures']],
  ['tune', ['tune', '--data', 'orders.csv', ...dates, '--trials', '2', ...small]],
  ['features', ['features', 'orders.csv', ...dates]],
  ['features --list', ['features', '--list']],
  ['doctor', ['doctor', 'orders.csv']],
  ['init', ['init', 'orders.csv']],
  ['simulate', ['simulate', '--customers', '50']],
  ['data list', ['data', 'list']],
];

describe('--json', () => {
  it.each(CALLS)('of %s fits its schema: %j', async (name, args) => {
    const { code, stdout, stderr } = await run('cli', [...args, '--json', ...(name.includes(' ') ? [] : ['--quiet'])], {
      cwd: folder,
    });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('');
    const schema = schemaOf(name);
    const printed: unknown = JSON.parse(stdout);
    const [, problems] = Errors(schema, printed);
    expect(problems).toEqual([]);
    expect(Check(schema, printed)).toBe(true);
    expect(Check(schema, { ...(printed as object), unheard_of: 1 })).toBe(false);
  });

  it('has a schema for each of its commands, which the program prints and the package holds', async () => {
    expect(
      Object.keys(SCHEMAS)
        .filter((name) => !CALLS.some(([called]) => called === name))
        .sort(),
    ).toEqual([
      'data get', // needs the network
      'demo', // a training
    ]);
    for (const name of Object.keys(SCHEMAS)) {
      const { stdout } = await run('cli', ['schema', ...name.split(' ')]);
      expect(JSON.parse(stdout)).toEqual(schemaOf(name));
      expect(JSON.parse(readFileSync(join('dist', 'schemas', schemaFile(name)), 'utf8'))).toEqual(schemaOf(name));
    }
    expect(await run('cli', ['schema', 'trian'])).toMatchObject({ code: 1, stderr: expect.stringContaining('train') });
  });
});
