/** Google Cloud Storage, and whatever speaks its language at STORAGE_EMULATOR_HOST. */
import { ATTEMPTS, type ObjectStore, refusalOf, silenceMs } from './object-store.js';

type Client = typeof import('@google-cloud/storage');

export function gsStore({ Storage, IdempotencyStrategy }: Client, name: string): ObjectStore {
  const client = new Storage({
    timeout: silenceMs(),
    retryOptions: {
      autoRetry: true,
      maxRetries: ATTEMPTS - 1,
      totalTimeout: 120, // seconds
      idempotencyStrategy: IdempotencyStrategy.RetryAlways,
    },
  });
  const bucket = client.bucket(name);
  return {
    async *list(prefix) {
      let pageToken: string | undefined;
      do {
        const [files, next] = await bucket.getFiles({ prefix, autoPaginate: false, ...(pageToken && { pageToken }) });
        for (const { name: key, metadata } of files) yield { key, bytes: Number(metadata.size) };
        pageToken = (next as { pageToken?: string } | null)?.pageToken;
      } while (pageToken !== undefined);
    },
    async read(key) {
      // As it is stored: otherwise an object with `Content-Encoding: gzip` would be unpacked on its way.
      return bucket.file(key).createReadStream({ decompress: false });
    },
    async write(key, content, { replace }) {
      try {
        await bucket.file(key).save(content as Buffer, {
          resumable: false,
          ...(!replace && { preconditionOpts: { ifGenerationMatch: 0 } }),
        });
        return true;
      } catch (error) {
        if (!replace && refusalOf(error).status === 412) return false;
        throw error;
      }
    },
    async remove(key) {
      await bucket.file(key).delete({ ignoreNotFound: true });
    },
    close: () => {},
  };
}
