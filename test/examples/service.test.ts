import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { service } from '../../examples/service/server.js';
import { loadJob, runJob } from '../../src/index.js';
import { asCsv, shop } from '../jobs/networks-log.js';

describe('the service of the examples', () => {
  it('says what a customer is worth, and what is wrong with a history', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
    const data = join(folder, 'orders.csv');
    writeFileSync(data, asCsv(shop()));
    const job = await runJob({ data, jobDir: folder });
    const app = service(await loadJob(job.folder));
    rmSync(folder, { recursive: true, force: true });

    const post = (payload: object) => app.inject({ method: 'POST', url: '/worth', payload });
    const history = {
      purchases: [
        { at: 0, value: 30 },
        { at: 20, value: 25 },
        { at: 33, value: 35 },
      ],
      age: 40,
    };
    const recent = await post(history);
    expect(recent.statusCode).toBe(200);
    const worth = recent.json<{ pAlive: number; clv: number }>();
    expect(worth.clv).toBeGreaterThan(0);
    const silent = (await post({ ...history, age: 400 })).json<typeof worth>();
    expect(silent.pAlive).toBeLessThan(worth.pAlive);

    expect((await post({ ...history, age: 10 })).json()).toMatchObject({ code: 'bad_columns' });
    expect((await post({ purchases: [] })).statusCode).toBe(400);
    expect((await app.inject('/model')).json()).toMatchObject({ model: 'paretonbd_model' });
    await app.close();
  });
});
