import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cacheFolder, locateDataset, userFolders } from '../../src/datasets/locate.js';
import { content, packed, surroundings } from './folders.js';

const here = surroundings();
afterEach(here.remove);

describe('locateDataset', () => {
  it('finds nothing where there is nothing', () => {
    expect(locateDataset('tiny_shop', here.options)).toBeUndefined();
  });

  it('prefers CLV_DATA_DIR to shared/datasets beside the package, that to the one beside the work, that to the cache', () => {
    const inCache = here.put('cache', 'tiny_shop.csv', content);
    expect(locateDataset('tiny_shop', here.options)).toBe(inCache);
    const besideWork = here.put('besideWork', 'tiny_shop.csv', content);
    expect(locateDataset('tiny_shop', here.options)).toBe(besideWork);
    const besidePackage = here.put('besidePackage', 'tiny_shop.csv', content);
    expect(locateDataset('tiny_shop', here.options)).toBe(besidePackage);
    const inData = here.put('data', 'tiny_shop.csv', content);
    expect(locateDataset('tiny_shop', here.options)).toBe(inData);
  });

  it.each([
    ['tiny_shop.csv.gz', packed],
    ['tiny_shop.csv', content],
  ])('takes %s, from the user and from the cache', (file, bytes) => {
    const cached = here.put('cache', file, bytes);
    expect(locateDataset('tiny_shop', here.options)).toBe(cached);
    const placed = here.put('data', file, bytes);
    expect(locateDataset('tiny_shop', here.options)).toBe(placed);
  });

  it('trusts what the user put there, but nothing in the cache whose checksum is wrong', () => {
    here.put('cache', 'tiny_shop.csv', 'damaged');
    expect(locateDataset('tiny_shop', here.options)).toBeUndefined();
    const whole = here.put('cache', 'tiny_shop.csv.gz', packed);
    expect(locateDataset('tiny_shop', here.options)).toBe(whole);
    const own = here.put('data', 'tiny_shop.csv', 'my own cut of it');
    expect(locateDataset('tiny_shop', here.options)).toBe(own);
  });

  it('refuses a name that it does not know', () => {
    expect(() => locateDataset('tiny_shops', here.options)).toThrow(
      expect.objectContaining({ code: 'unknown_dataset', details: expect.objectContaining({ hint: 'tiny_shop' }) }),
    );
  });
});

it('looks beside this package by default', () => {
  const checkout = resolve(import.meta.dirname, '..', '..');
  expect(userFolders({ env: {}, cwd: '/elsewhere/work' })).toEqual([
    resolve(checkout, '..', 'shared', 'datasets'),
    resolve('/elsewhere/shared/datasets'),
  ]);
});

it('keeps downloads in CLV_CACHE_DIR, else in XDG_CACHE_HOME/clv, else in a folder of the user named after clv', () => {
  expect(cacheFolder({ CLV_CACHE_DIR: '/one', XDG_CACHE_HOME: '/two' })).toBe(resolve('/one'));
  expect(cacheFolder({ XDG_CACHE_HOME: '/two' })).toBe(resolve('/two/clv'));
  expect(cacheFolder({ CLV_CACHE_DIR: '', XDG_CACHE_HOME: '' }).split(/[\\/]/)).toContain('clv');
  expect(cacheFolder({})).toBe(join(cacheFolder({})));
});
