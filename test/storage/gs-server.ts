/** Google Cloud Storage, as far as `clv` needs it, for tests: its JSON API. */
import { CRC32C } from '@google-cloud/storage';
import { type Protocol, serve, type TestStorage } from './server.js';

function crc32c(content: Buffer): string {
  const sum = new CRC32C();
  sum.update(content);
  return sum.toString();
}

const resource = (key: string, content: Buffer) => ({
  name: key,
  bucket: 'shop',
  generation: '1',
  size: String(content.length),
  crc32c: crc32c(content),
});

const gs: Protocol = {
  pageParameter: 'pageToken',
  reasons: { noBucket: 'notFound', noKey: 'notFound', exists: 'conditionNotMet' },
  understand({ method }, path, query) {
    const [, upload, bucket, key] = /^(\/upload)?(?:\/storage\/v1)?\/b\/([^/]+)\/o(?:\/(.*))?$/.exec(path) ?? [];
    const onlyNew = query.get('ifGenerationMatch') === '0';
    const named = { bucket: bucket ?? '', onlyNew };
    if (upload) return { ...named, what: 'write', key: query.get('name') ?? '' };
    if (key === undefined) return { ...named, what: 'list', key: query.get('prefix') ?? '' };
    return { ...named, what: method === 'DELETE' ? 'remove' : 'read', key: decodeURIComponent(key) };
  },
  /** The second part of a multipart body. */
  content({ headers }, body) {
    const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')![1]!;
    const second = body.indexOf(`--${boundary}`, boundary.length);
    const start = body.indexOf('\r\n\r\n', second) + 4;
    return body.subarray(start, body.lastIndexOf(`\r\n--${boundary}--`));
  },
  list(response, keys, next) {
    json(response, 200, { items: keys.map(([key, content]) => resource(key, content)), nextPageToken: next });
  },
  read(response, content) {
    response.writeHead(200, { 'content-length': content.length, 'x-goog-hash': `crc32c=${crc32c(content)}` });
    response.end(content);
  },
  written: (response, key, content) => json(response, 200, resource(key, content)),
  refuse(response, status, reason) {
    const message = 'refused by the test';
    json(response, status, { error: { code: status, message, errors: [{ reason, message }] } });
  },
};

function json(response: Parameters<Protocol['read']>[0], status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** What a program needs in its environment to use `storage`. */
export const gsEnvironment = ({ endpoint }: TestStorage): NodeJS.ProcessEnv => ({ STORAGE_EMULATOR_HOST: endpoint });

export const serveGs = (): Promise<TestStorage> => serve(gs);
