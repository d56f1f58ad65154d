/** Amazon S3, and whatever speaks its language at AWS_ENDPOINT_URL. */
import { ATTEMPTS, type ObjectStore, refusalOf, silenceMs } from './object-store.js';

type Client = typeof import('@aws-sdk/client-s3');

const NOT_IMPLEMENTED = 501;

export function s3Store(
  { S3Client, ListObjectsV2Command, GetObjectCommand, PutObjectCommand, DeleteObjectCommand }: Client,
  Bucket: string,
): ObjectStore {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
  const region = AWS_REGION ?? AWS_DEFAULT_REGION;
  const elsewhere = (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
  const client = new S3Client({
    ...(region !== undefined && { region }),
    ...(elsewhere && { forcePathStyle: true, region: region ?? 'us-east-1' }),
    followRegionRedirects: true,
    // Other storages do not know all of AWS's checksums; their bytes are counted.
    ...(elsewhere && { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: silenceMs(),
      throwOnRequestTimeout: true,
    },
  });
  return {
    async *list(Prefix) {
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
        for (const { Key, Size } of page.Contents ?? []) yield { key: Key!, bytes: Size! };
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },
    async read(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return Body as unknown as AsyncIterable<Uint8Array>;
    },
    async write(Key, Body, { replace }) {
      const object = { Bucket, Key, Body, ContentLength: Body.length };
      try {
        await client.send(new PutObjectCommand(replace ? object : { ...object, IfNoneMatch: '*' }));
      } catch (error) {
        const { status } = refusalOf(error);
        if (!replace && (status === 409 || status === 412)) return false;
        if (replace || status !== NOT_IMPLEMENTED) throw error;
        await client.send(new PutObjectCommand(object)); // not every storage knows conditions
      }
      return true;
    },
    async remove(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    close: () => client.destroy(),
  };
}
