/** Amazon S3, as far as `clv` needs it, for tests: path-style addresses, XML. */
import { type Protocol, serve, type TestStorage } from './server.js';

const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const s3: Protocol = {
  pageParameter: 'continuation-token',
  reasons: { noBucket: 'NoSuchBucket', noKey: 'NoSuchKey', exists: 'PreconditionFailed' },
  understand({ method, headers }, path, query) {
    const [, bucket, ...rest] = path.split('/');
    const lists = query.has('list-type');
    const what = lists ? 'list' : method === 'PUT' ? 'write' : method === 'DELETE' ? 'remove' : 'read';
    const key = lists ? (query.get('prefix') ?? '') : decodeURIComponent(rest.join('/'));
    return { what, key, bucket: bucket!, onlyNew: headers['if-none-match'] === '*' };
  },
  content: (_, body) => body,
  list(response, keys, next) {
    const contents = keys.map(
      ([key, content]) => `<Contents><Key>${escaped(key)}</Key><Size>${content.length}</Size></Contents>`,
    );
    const more = next === undefined ? '' : `<NextContinuationToken>${escaped(next)}</NextContinuationToken>`;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${more}${contents.join('')}</ListBucketResult>`,
    );
  },
  read(response, content) {
    response.writeHead(200, { 'content-length': content.length }).end(content);
  },
  written(response) {
    response.writeHead(200, { etag: '"1"' }).end();
  },
  refuse(response, status, reason) {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${reason}</Code><Message>refused by the test</Message></Error>`);
  },
};

/** What a program needs in its environment to use `storage`. */
export const s3Environment = ({ endpoint }: TestStorage): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'AKIATESTTESTTEST',
  AWS_SECRET_ACCESS_KEY: 'not-a-secret-but-never-to-be-shown',
  AWS_REGION: 'eu-central-1',
});

/** @param options `conditions: false`: as storages that cannot write an object only if there is none */
export const serveS3 = (options?: { conditions: boolean }): Promise<TestStorage> => serve(s3, options);
