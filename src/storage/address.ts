/** Addresses in object storage: `s3://bucket/key` and `gs://bucket/key`. */
import { ClvError } from '../errors.js';

export interface Address {
  readonly scheme: 's3' | 'gs';
  readonly bucket: string;
  /** Of an object, or what the keys of several begin with; '' is the whole bucket. */
  readonly key: string;
}

export const isBucketUrl = (text: string): boolean => /^(s3|gs):\/\//i.test(text);

/**
 * Keys stand in these URLs as they are: `s3://shop/a b%20+.csv` is the object `a b%20+.csv`.
 *
 * @throws ClvError bad_option
 */
export function addressOf(url: string): Address {
  const [, scheme, bucket, key = ''] = /^(s3|gs):\/\/([^/?#]+)(?:\/(.*))?$/is.exec(url) ?? [];
  // What else is found there may be a secret (`key:secret@bucket`, `?X-Amz-Signature=…`), so the text is not shown.
  if (scheme === undefined || !BUCKET_NAME.test(bucket!) || SIGNED.test(key)) {
    throw new ClvError('bad_option', 'this is not the address of a bucket or of an object in one', {
      expected: 's3://bucket/key or gs://bucket/key, without keys, passwords or signatures',
      hint: 'credentials as the clients of the cloud find them: AWS_PROFILE, GOOGLE_APPLICATION_CREDENTIALS, …',
    });
  }
  return { scheme: scheme.toLowerCase() as Address['scheme'], bucket: bucket!, key };
}

const BUCKET_NAME = /^[a-z0-9][a-z0-9._-]+$/i;
const SIGNED = /[?&](X-Amz-|X-Goog-|Signature=|GoogleAccessId=|AWSAccessKeyId=)/i;

export const urlOf = ({ scheme, bucket, key }: Address): string =>
  `${scheme}://${bucket}${key === '' ? '' : `/${key}`}`;

/** An address below another one: `s3://bucket/jobs` and `clv_train` are `s3://bucket/jobs/clv_train`. */
export function below(address: Address, name: string): Address {
  const folder = address.key.replace(/\/+$/, '');
  return { ...address, key: folder === '' ? name : `${folder}/${name}` };
}
