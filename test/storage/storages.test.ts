/** Both object storages, spoken to by their real clients, through everything that can go wrong. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/storage/address.js';
import { fetchObjects, listObjects } from '../../src/storage/fetch-objects.js';
import { checkBucket, putFolder } from '../../src/storage/put-folder.js';
import { temporaryFolder } from '../features/logs.js';
import { gsEnvironment, serveGs } from './gs-server.js';
import { s3Environment, serveS3 } from './s3-server.js';
import type { TestStorage } from './server.js';

const folder = temporaryFolder();

/** A new folder with these files. */
function folderOf(files: Record<string, string>): string {
  const path = mkdtempSync(join(folder, 'files-'));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content);
  }
  return path;
}

const fetchedFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`clv-fetched-${process.pid}-`));

describe.each([
  { scheme: 's3', open: serveS3, environment: s3Environment, denied: 'AccessDenied', busy: 'SlowDown' },
  { scheme: 'gs', open: serveGs, environment: gsEnvironment, denied: 'forbidden', busy: 'backendError' },
])('$scheme://', ({ scheme, open, environment, denied, busy }) => {
  let storage: TestStorage;
  const before = { ...process.env };
  beforeAll(async () => {
    storage = await open();
    Object.assign(process.env, environment(storage), { CLV_STORAGE_TIMEOUT_MS: '400' });
  });
  afterEach(() => storage.reset());
  afterAll(() => {
    process.env = before;
  });
  const url = (key: string) => `${scheme}://shop/${key}`;
  const put = (key: string, content: string) => storage.objects.set(key, Buffer.from(content));

  it('brings an object to this machine as it is, tells how far it is, and leaves nothing behind', async () => {
    put('orders.csv', 'x'.repeat(300_000));
    put('orders.csv.old', 'another');
    const told: Array<readonly [string, number | undefined]> = [];
    const { objects, remove } = await fetchObjects(url('orders.csv'), (step, done) => told.push([step, done]));
    expect(objects.map((object) => object.url)).toEqual([url('orders.csv')]);
    expect(readFileSync(objects[0]!.path, 'utf8')).toBe('x'.repeat(300_000));
    expect(told.at(-1)).toEqual([`fetching ${url('orders.csv')}`, 1]);
    await remove();
    expect(fetchedFolders()).toEqual([]);
  });

  it.each(['a b.csv', 'ü ñ 注文.csv', 'a+b.csv', '100%25 & more.csv', "it's (1)!*.csv", 'q?x=1#y.csv'])(
    'knows the object %j, and writes it',
    async (name) => {
      put(`data/${name}`, 'here');
      const { objects, remove } = await fetchObjects(url(`data/${name}`));
      expect(readFileSync(objects[0]!.path, 'utf8')).toBe('here');
      await remove();
      storage.objects.clear();
      expect(await putFolder(folderOf({ [name]: 'there' }), addressOf(url('jobs/one')))).toBe(true);
      expect([...storage.objects.keys()].sort()).toEqual([`jobs/one/${name}`, 'jobs/one/job.json'].sort());
    },
  );

  it('never writes outside of its folder, whatever a key says', async () => {
    for (const key of ['data/../../escape.csv', 'data/..', 'data/C:\\escape.csv', 'data/\u0001\u0007.csv']) {
      put(key, 'x');
      if (key.includes('\u0001') && scheme === 's3') storage.objects.delete(key); // XML 1.0 cannot say it
    }
    const { folder: place, objects, remove } = await fetchObjects(url('data/'));
    expect(objects.length).toBeGreaterThan(1);
    for (const { path } of objects) expect(dirname(path)).toBe(place);
    await remove();
    const named = await fetchObjects(url('data/../../escape.csv'));
    expect(dirname(named.objects[0]!.path)).toBe(named.folder);
    await named.remove();
  });

  it('lists all objects of a folder that has thousands, and none of folders below', async () => {
    for (let i = 0; i < 2500; i++) put(`data/part-${i}.csv`, '');
    put('data/below/part.csv', '');
    expect(await listObjects(url('data/'))).toHaveLength(2500);
    expect(storage.log.filter(({ what }) => what === 'list')).toHaveLength(3);
  });

  it('says that an object or a bucket is not there', async () => {
    put('orders.csv.old', 'another');
    await expect(fetchObjects(url('orders.csv'))).rejects.toMatchObject({ code: 'missing_file' });
    await expect(fetchObjects(`${scheme}://elsewhere/orders.csv`)).rejects.toMatchObject({
      code: 'missing_file',
      problem: 'there is no such object or bucket',
    });
    await expect(checkBucket(addressOf(`${scheme}://elsewhere/jobs`))).rejects.toMatchObject({
      code: 'unwritable_folder',
    });
  });

  it('says that it may not read, without a word of what it knows', async () => {
    put('orders.csv', 'x');
    storage.fail = () => ({ status: 403, reason: denied });
    const error = await fetchObjects(url('orders.csv')).catch((error) => error);
    expect(error).toMatchObject({ code: 'unreachable_dataset', details: { found: `403 ${denied}` } });
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify(error) + error.message + error.stack).not.toMatch(/AKIA|not-a-secret|Signature|Bearer/);
    await expect(checkBucket(addressOf(url('jobs')))).rejects.toMatchObject({ code: 'unwritable_folder' });
  });

  it('tries again where the storage is busy, and where an answer breaks off', async () => {
    put('orders.csv', 'x'.repeat(10_000));
    let failures = 2;
    storage.fail = ({ what }) => {
      if (what !== 'read' || failures-- <= 0) return undefined;
      return failures === 1 ? { status: 503, reason: busy } : 'short';
    };
    const { objects, remove } = await fetchObjects(url('orders.csv'));
    expect(readFileSync(objects[0]!.path, 'utf8')).toHaveLength(10_000);
    expect(storage.log.filter(({ what }) => what === 'read')).toHaveLength(3);
    await remove();
  });

  it('gives up on an object that never arrives whole, and on a storage that never answers', async () => {
    put('orders.csv', 'x'.repeat(10_000));
    storage.fail = ({ what }) => (what === 'read' ? 'short' : undefined);
    await expect(fetchObjects(url('orders.csv'))).rejects.toMatchObject({ code: 'unreachable_dataset' });
    storage.fail = ({ what }) => (what === 'read' ? 'silent' : undefined);
    await expect(fetchObjects(url('orders.csv'))).rejects.toMatchObject({ code: 'unreachable_dataset' });
    expect(fetchedFolders()).toEqual([]);
  }, 60_000);

  it('writes a folder with its manifest last', async () => {
    const place = folderOf({ 'model.json': '{}', 'network/weights.bin': 'abc' });
    expect(await putFolder(place, addressOf(url('jobs/clv_one')))).toBe(true);
    const written = storage.log.filter(({ what }) => what === 'write').map(({ key }) => key);
    expect(written).toEqual(['jobs/clv_one/model.json', 'jobs/clv_one/network/weights.bin', 'jobs/clv_one/job.json']);
    expect(JSON.parse(String(storage.objects.get('jobs/clv_one/job.json')))).toEqual({
      files: [
        { name: 'model.json', bytes: 2 },
        { name: 'network/weights.bin', bytes: 3 },
      ],
    });
  });

  it('writes over nothing: a name that is taken, also at the last moment, stays as it is', async () => {
    const place = folderOf({ 'a.json': 'mine', 'b.json': 'mine' });
    put('jobs/taken/other.json', 'theirs');
    expect(await putFolder(place, addressOf(url('jobs/taken')))).toBe(false);
    storage.fail = ({ what }) => {
      if (what === 'write') put('jobs/raced/a.json', 'theirs');
      return undefined;
    };
    expect(await putFolder(place, addressOf(url('jobs/raced')))).toBe(false);
    expect([...storage.objects].map(([key, content]) => `${key} ${content}`)).toEqual([
      'jobs/taken/other.json theirs',
      'jobs/raced/a.json theirs',
    ]);
  });

  it('takes back what it wrote where someone else writes there at the same time, and leaves theirs', async () => {
    const place = folderOf({ 'a.json': 'mine', 'b.json': 'mine' });
    storage.fail = ({ what, key }) => {
      if (what === 'write' && key.endsWith('b.json')) put('jobs/mixed/b.json', 'theirs');
      return undefined;
    };
    await expect(putFolder(place, addressOf(url('jobs/mixed')))).rejects.toMatchObject({ code: 'unwritable_folder' });
    expect([...storage.objects].map(([key, content]) => `${key} ${content}`)).toEqual(['jobs/mixed/b.json theirs']);
  });

  it.each([
    { how: 'is refused', failure: { status: 403, reason: denied } },
    { how: 'is never answered', failure: 'silent' as const },
  ])(
    'leaves nothing under the name of a job whose writing $how midway',
    async ({ failure }) => {
      const place = folderOf({ 'a.json': 'a', 'b.json': 'b', 'c.json': 'c' });
      storage.fail = ({ what, key }) => (what === 'write' && key.endsWith('c.json') ? failure : undefined);
      await expect(putFolder(place, addressOf(url('jobs/half')))).rejects.toMatchObject({ code: 'unwritable_folder' });
      expect([...storage.objects.keys()]).toEqual([]);
    },
    60_000,
  );

  it('writes on where the storage is busy for a moment', async () => {
    const place = folderOf({ 'a.json': 'a' });
    let failures = 2;
    storage.fail = ({ what }) => (what === 'write' && failures-- > 0 ? { status: 503, reason: busy } : undefined);
    expect(await putFolder(place, addressOf(url('jobs/busy')))).toBe(true);
    expect([...storage.objects.keys()]).toEqual(['jobs/busy/a.json', 'jobs/busy/job.json']);
  });
});

describe('a storage like S3 that knows no conditions', () => {
  let storage: TestStorage;
  const before = { ...process.env };
  beforeAll(async () => {
    storage = await serveS3({ conditions: false });
    Object.assign(process.env, s3Environment(storage));
  });
  afterAll(() => {
    process.env = before;
  });

  it('is written to all the same', async () => {
    expect(await putFolder(folderOf({ 'a.json': 'a' }), addressOf('s3://shop/jobs/one'))).toBe(true);
    expect([...storage.objects.keys()]).toEqual(['jobs/one/a.json', 'jobs/one/job.json']);
  });
});

describe('the address of a bucket', () => {
  it('is understood as it stands', () => {
    expect(addressOf('s3://shop')).toEqual({ scheme: 's3', bucket: 'shop', key: '' });
    expect(addressOf('GS://my.shop/a b/100%25+ü.csv')).toEqual({
      scheme: 'gs',
      bucket: 'my.shop',
      key: 'a b/100%25+ü.csv',
    });
  });

  it.each([
    's3://AKIAKEY:topsecret@shop/orders.csv',
    'gs://user@shop/orders.csv',
    's3://shop/orders.csv?X-Amz-Signature=topsecret',
    'gs://shop/orders.csv?GoogleAccessId=x&Signature=topsecret',
    's3://',
    'gs:///orders.csv',
  ])('is refused without being repeated: %s', (text) => {
    let refused: unknown;
    try {
      addressOf(text);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'bad_option' });
    expect(String((refused as Error).message)).not.toMatch(/topsecret|AKIAKEY|user@/);
  });
});
