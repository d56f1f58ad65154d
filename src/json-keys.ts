/** The seam between TypeScript's camelCase and the snake_case of columns, JSON and flags. */

/** One key in snake_case. */
export const snakeKey = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** One key in camelCase. */
export const camelKey = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function withKeys(value: unknown, convert: (key: string) => string, asIs: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, convert, asIs));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      convert(key),
      asIs.includes(key) ? item : withKeys(item, convert, asIs),
    ]),
  );
}

/**
 * A copy of plain JSON data with all keys in snake_case.
 *
 * @param asIs names of members whose own keys are data, such as names of columns, and stay
 */
export const snakeKeys = (value: unknown, asIs?: readonly string[]): unknown => withKeys(value, snakeKey, asIs);

/** A copy of plain JSON data with all keys in camelCase; camelCase keys stay as they are. */
export const camelKeys = (value: unknown): unknown => withKeys(value, camelKey);
