/**
 * A Postgres of our own for tests: started in a temporary folder on a free port, gone when the tests are over. Where none is
 * installed, tests are skipped under a title that says so; with CLV_REQUIRE_DATA=1, as in CI, its absence is a failure.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';

export interface TestPostgres {
  /** With user and password. */
  readonly url: string;
  readonly password: string;
  /** Runs SQL as its owner. */
  sql(text: string): void;
  stop(): void;
}

/** Where the programs of the newest installed Postgres are. */
function installed(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(root, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
}

/** Postgres refuses to run as root. */
const asOwner: readonly string[] = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];

function run(command: readonly string[], input?: string): SpawnSyncReturns<string> {
  const [program, ...args] = [...asOwner, ...command];
  const result = spawnSync(program!, args, { input, encoding: 'utf8', cwd: tmpdir(), timeout: 60_000 });
  if (result.status === 0) return result;
  throw new Error(`${command.join(' ')}: ${result.error ?? result.stderr}${result.stdout}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A server that runs; undefined where no Postgres is installed. */
export async function startPostgres(): Promise<TestPostgres | undefined> {
  const bin = installed();
  if (bin === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'clv-pg-'));
  chmodSync(folder, 0o777); // its owner may be another user
  const data = join(folder, 'data');
  const port = await freePort();
  const password = 'p@ss/wörd#1';
  // `pg_ctl` leaves its output to the server, so it goes to a file: a pipe would never end.
  const log = join(folder, 'log');
  const stop = () => {
    try {
      run([join(bin, 'pg_ctl'), '-D', data, '-m', 'immediate', '-w', 'stop']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    run([
      join(bin, 'initdb'),
      '-D',
      data,
      '-U',
      'owner',
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      '-E',
      'UTF8',
      '-N',
    ]);
    const settings = `-F -p ${port} -k ${folder} -c listen_addresses=127.0.0.1`;
    run([join(bin, 'pg_ctl'), '-D', data, '-l', log, '-o', settings, '-w', '-t', '50', 'start']);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const sql = (text: string) =>
    void run(
      [
        join(bin, 'psql'),
        '-h',
        folder,
        '-p',
        `${port}`,
        '-U',
        'owner',
        '-d',
        'postgres',
        '-v',
        'ON_ERROR_STOP=1',
        '-q',
      ],
      text,
    );
  sql(`CREATE ROLE reader LOGIN PASSWORD '${password}'; GRANT CREATE ON SCHEMA public TO reader`);
  const url = `postgres://reader:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  return { url, password, sql, stop };
}

/** Tests on a running Postgres: `describe`, but skipped with a message where there is none. */
export function describeOnPostgres(title: string, tests: (postgres: () => TestPostgres) => void): void {
  if (installed() === undefined) {
    if (process.env.CLV_REQUIRE_DATA === '1') {
      it(title, () => {
        throw new Error('no Postgres is installed, and CLV_REQUIRE_DATA=1');
      });
    } else {
      describe.skip(`${title} [skipped: no Postgres is installed]`, () => tests(() => undefined as never));
    }
    return;
  }
  describe(title, () => {
    let running: TestPostgres | undefined;
    beforeAll(async () => {
      running = await startPostgres();
    });
    afterAll(() => running?.stop());
    tests(() => running!);
  });
}
