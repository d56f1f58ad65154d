/** Options of the library, checked for what TypeScript would have refused. */
import { ClvError } from './errors.js';
import { camelKey } from './json-keys.js';
import { nearest } from './nearest.js';

/** What an option may be, besides left out. */
export type OptionType = 'text' | 'object' | 'function' | 'array';

const TYPES: Readonly<Record<OptionType, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  function: (value) => typeof value === 'function',
  array: (value) => Array.isArray(value),
};

/**
 * Checks that options are an object in camelCase, and the types of those named.
 *
 * @param names all that there are; left out: others may be there too
 * @throws ClvError bad_option
 */
export function checkOptionTypes(
  options: unknown,
  types: Readonly<Record<string, OptionType>>,
  names?: readonly string[],
): void {
  if (!TYPES.object(options)) {
    throw new ClvError('bad_option', 'options are not an object', {
      found: printable(options),
      expected: '{ … }, or nothing',
    });
  }
  const given = options as Record<string, unknown>;
  const flag = Object.keys(given).find((key) => key.includes('_'));
  if (flag !== undefined) {
    throw new ClvError('bad_option', 'options of the library are in camelCase', { found: flag, hint: camelKey(flag) });
  }
  const unknown = names && Object.keys(given).find((key) => !names.includes(key));
  if (unknown !== undefined) {
    throw new ClvError('bad_option', 'there is no such option', {
      found: unknown,
      expected: names!.join(', '),
      hint: nearest(unknown, names!),
    });
  }
  for (const [name, type] of Object.entries(types)) {
    const value = given[name];
    if (value === undefined || TYPES[type](value)) continue;
    throw new ClvError('bad_option', `${name} is of the wrong type`, {
      found: printable(value),
      expected: type === 'array' ? 'a list' : type === 'text' ? type : `a${type === 'object' ? 'n' : ''} ${type}`,
    });
  }
}

/** Objects without a prototype have no text of their own. */
function printable(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? (value === null ? 'null' : 'an object') : String(value);
}
