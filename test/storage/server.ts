/** What the object storages of the tests share: one bucket in memory, served on loopback, that fails as it is told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export interface StorageRequest {
  readonly what: 'list' | 'read' | 'write' | 'remove';
  /** Of a list: the prefix. */
  readonly key: string;
}

/** An HTTP status with the reason that the storage gives; `short`: an answer that breaks off; `silent`: none. */
export type Failure = { readonly status: number; readonly reason: string } | 'short' | 'silent';

export interface TestStorage {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Every request, in order. */
  readonly log: StorageRequest[];
  /** What a request meets with; by default, nothing fails. */
  fail: (request: StorageRequest) => Failure | undefined;
  /** As new. */
  reset(): void;
}

/** How a storage speaks. */
export interface Protocol {
  /** @param path as it came: a URL would resolve the dots of keys */
  understand(
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
  ): StorageRequest & { readonly bucket: string; readonly onlyNew: boolean };
  content(request: IncomingMessage, body: Buffer): Buffer;
  list(response: ServerResponse, keys: ReadonlyArray<readonly [string, Buffer]>, next: string | undefined): void;
  read(response: ServerResponse, content: Buffer): void;
  written(response: ServerResponse, key: string, content: Buffer): void;
  refuse(response: ServerResponse, status: number, reason: string): void;
  /** What it says where there is no such bucket, no such object, or one already. */
  readonly reasons: { readonly noBucket: string; readonly noKey: string; readonly exists: string };
  /** The parameter that a further page is asked for with. */
  readonly pageParameter: string;
}

export const PAGE = 1000;

/** A server for the test file that calls this; the bucket is called `shop`. */
export async function serve(protocol: Protocol, { conditions = true } = {}): Promise<TestStorage> {
  const objects = new Map<string, Buffer>();
  const log: StorageRequest[] = [];
  const storage = { objects, log, fail: () => undefined } as unknown as {
    -readonly [K in keyof TestStorage]: TestStorage[K];
  };
  storage.reset = () => {
    objects.clear();
    log.length = 0;
    storage.fail = () => undefined;
  };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const [path, parameters] = request.url!.split('?');
    const query = new URLSearchParams(parameters);
    const { what, key, bucket, onlyNew } = protocol.understand(request, path!, query);
    log.push({ what, key });
    const failure = storage.fail({ what, key });
    if (failure === 'silent') return;
    if (typeof failure === 'object') return protocol.refuse(response, failure.status, failure.reason);
    if (bucket !== 'shop') return protocol.refuse(response, 404, protocol.reasons.noBucket);
    if (what === 'list') {
      const start = query.get(protocol.pageParameter);
      const all = [...objects]
        .filter(([name]) => name.startsWith(key) && (start === null || name > start))
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const page = all.slice(0, PAGE);
      return protocol.list(response, page, all.length > PAGE ? page.at(-1)![0] : undefined);
    }
    if (what === 'read') {
      const content = objects.get(key);
      if (content === undefined) return protocol.refuse(response, 404, protocol.reasons.noKey);
      if (failure !== 'short') return protocol.read(response, content);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, content.length >> 1));
      setTimeout(() => response.destroy(), 20);
      return;
    }
    if (what === 'write') {
      if (onlyNew && !conditions) return protocol.refuse(response, 501, 'NotImplemented');
      if (onlyNew && objects.has(key)) return protocol.refuse(response, 412, protocol.reasons.exists);
      const content = protocol.content(request, body);
      objects.set(key, content);
      return protocol.written(response, key, content);
    }
    objects.delete(key);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  storage.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return storage;
}
