/** What every object storage can do, and how its refusals are told. */
import { ClvError, type ErrorCode } from '../errors.js';

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

/** One bucket. Its methods throw what the client of the cloud throws; `asClvError` makes it ours. */
export interface ObjectStore {
  /** Objects whose keys begin with `prefix`, in the order of their keys. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** The bytes of an object, as they come. */
  read(key: string): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Writes an object whole.
   *
   * @returns false if there is an object of this key and `replace` does not allow to write over it
   */
  write(key: string, content: Uint8Array, options: { readonly replace: boolean }): Promise<boolean>;
  /** Whether there is such an object does not matter. */
  remove(key: string): Promise<void>;
  close(): void;
}

/** The longest silence of a storage that is waited for, in milliseconds; `CLV_STORAGE_TIMEOUT_MS` sets another. */
export const silenceMs = (): number => Number(process.env.CLV_STORAGE_TIMEOUT_MS) || 30_000;
/** How often a request is tried. */
export const ATTEMPTS = 4;

/** What goes wrong in object storage, as the errors of both clients show it. */
export interface Refusal {
  /** 403 and the like; undefined if there was no answer. */
  readonly status: number | undefined;
  /** `AccessDenied`, `ECONNREFUSED` and the like. */
  readonly reason: string | undefined;
}

export function refusalOf(error: unknown): Refusal {
  const { code, name, errors, $metadata } = error as {
    code?: unknown;
    name?: string;
    errors?: ReadonlyArray<{ reason?: string; code?: string }>;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? (typeof code === 'number' ? code : undefined);
  const named = name === 'Error' || name === 'AggregateError' ? undefined : name;
  const reason = typeof code === 'string' ? code : (errors?.[0]?.reason ?? errors?.[0]?.code ?? named);
  return { status, reason };
}

/**
 * A refusal as an error for people. Of the client's own error only the status and the short reason are shown, and it is not
 * kept as the cause: requests and their headers hang on it.
 *
 * @param url what was read or written
 */
export function asClvError(error: unknown, url: string, doing: 'read' | 'write'): unknown {
  if (error instanceof ClvError) return error;
  const { status, reason } = refusalOf(error);
  if (status === undefined && reason === undefined) return error; // ours
  const found = [status, reason].filter((part) => part !== undefined).join(' ');
  if (status === 404) return absent(url, doing, found);
  const code: ErrorCode = doing === 'read' ? 'unreachable_dataset' : 'unwritable_folder';
  const can = doing === 'read' ? 'read' : 'written to';
  const busy = status !== undefined && status >= 500;
  return new ClvError(code, `this cannot be ${can}: ${problemOf(status, reason)}`, {
    file: url,
    found,
    expected: busy
      ? undefined
      : `credentials that may ${doing === 'read' ? 'list and read' : 'list, read, write and delete'} objects there`,
    hint: busy ? 'the same again later' : hintOf(url),
  });
}

function problemOf(status: number | undefined, reason = ''): string {
  if (status === 401 || status === 403) return 'the storage does not allow it';
  if (status === 400 && /token|credential/i.test(reason)) return 'the storage does not know these credentials';
  if (status !== undefined && status >= 500) return 'the storage is not at work';
  if (/credential/i.test(reason)) return 'no credentials were found';
  return status === undefined ? 'the storage does not answer' : 'the storage refuses';
}

function hintOf(url: string): string {
  return url.startsWith('s3:')
    ? 'AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; AWS_REGION; AWS_ENDPOINT_URL for other storages than AWS'
    : 'GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`';
}

function absent(url: string, doing: 'read' | 'write', found: string): ClvError {
  const problem = doing === 'read' ? 'there is no such object or bucket' : 'there is no such bucket';
  const code: ErrorCode = doing === 'read' ? 'missing_file' : 'unwritable_folder';
  return new ClvError(code, problem, { file: url, found, expected: 'the address of one that exists' });
}
