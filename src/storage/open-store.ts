/** The storage behind an address. The clients of the clouds are optional and load when first used. */
import { ClvError } from '../errors.js';
import { type Address, urlOf } from './address.js';
import { asClvError, type ObjectStore } from './object-store.js';

/**
 * Does something in the bucket of an address; what the storage refuses is thrown as a ClvError.
 *
 * @throws ClvError missing_file, unreachable_dataset, unwritable_folder
 */
export async function inStore<T>(
  address: Address,
  doing: 'read' | 'write',
  work: (store: ObjectStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(address);
  try {
    return await work(store);
  } catch (error) {
    throw asClvError(error, urlOf(address), doing);
  } finally {
    store.close();
  }
}

async function openStore({ scheme, bucket }: Address): Promise<ObjectStore> {
  if (scheme === 's3') {
    const client = await import('@aws-sdk/client-s3').catch(notInstalled('@aws-sdk/client-s3'));
    return (await import('./s3.js')).s3Store(client, bucket);
  }
  const client = await import('@google-cloud/storage').catch(notInstalled('@google-cloud/storage'));
  return (await import('./gs.js')).gsStore(client, bucket);
}

const notInstalled = (name: string) => (cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'ERR_MODULE_NOT_FOUND' && cause.code !== 'MODULE_NOT_FOUND') throw cause;
  throw new ClvError('unreachable_dataset', 'the package that reads and writes this storage is not installed', {
    expected: name,
    hint: `npm install ${name}`,
  });
};
