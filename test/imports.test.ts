import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** From the top down: a file may import from its own floor's folder and from floors below. */
const FLOORS: ReadonlyArray<readonly string[]> = [
  ['cli.ts', 'mltrain.ts', 'index.ts'],
  ['commands'],
  ['report'],
  ['jobs'],
  ['threads'],
  ['evaluate'],
  ['btyd', 'dnn', 'features', 'datasets', 'tune'],
  ['wasm'],
  ['kernels'],
  ['customers.ts'],
  ['storage'],
  ['whole-file.ts'],
  ['calendar.ts', 'make-folders.ts', 'options.ts', 'progress.ts', 'temporary.ts', 'time.ts', 'unwritable.ts'],
  ['json-keys.ts', 'nearest.ts'],
  ['errors.ts'],
  ['printable.ts'],
];

/** Imports by file, relative to src/; packages by name. */
const imports = new Map<string, string[]>();
for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = relative('src', join(entry.parentPath, entry.name));
  const text = readFileSync(join('src', file), 'utf8');
  const names = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name!);
  imports.set(
    file,
    names.map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)).replace(/\.js$/, '.ts') : name)),
  );
}

const place = (file: string) => (file.includes('/') ? file.split('/')[0]! : file);
const floor = (file: string) => FLOORS.findIndex((names) => names.includes(place(file)));
const own = (name: string) => name.endsWith('.ts');

/** Everything that is loaded when `file` is. */
function reachable(file: string, seen = new Set<string>()): Set<string> {
  for (const name of imports.get(file) ?? []) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (own(name)) reachable(name, seen);
  }
  return seen;
}

describe('imports', () => {
  it('has a floor for every file', () => {
    expect([...imports.keys()].filter((file) => floor(file) < 0)).toEqual([]);
  });

  it('points down: no file imports from a floor above, or from another folder of its own floor', () => {
    const upward = [...imports].flatMap(([file, names]) =>
      names
        .filter((name) => own(name) && place(name) !== place(file) && floor(name) <= floor(file))
        .map((name) => `${file} imports ${name}`),
    );
    expect(upward).toEqual([]);
  });

  it('keeps clv/btyd free of Node, databases and networks: it runs in a browser', () => {
    const packages = [...reachable('btyd/index.ts')].filter((name) => !own(name));
    expect(packages.sort()).toEqual([
      'fastest-levenshtein',
      'pure-rand/distribution/uniformFloat64',
      'pure-rand/generator/xoroshiro128plus',
      'valibot',
    ]);
  });

  it('keeps clv/charts free of Node, databases and networks: it runs in a browser', () => {
    const packages = [...reachable('report/charts/index.ts')].filter((name) => !own(name));
    expect(packages.sort()).toEqual([
      'fastest-levenshtein',
      'pure-rand/distribution/uniformFloat64',
      'pure-rand/generator/xoroshiro128plus',
      'valibot',
    ]);
  });

  it('keeps rfm free of Node: it runs in a browser', () => {
    expect([...reachable('features/rfm.ts')].filter((name) => !own(name))).toEqual(['fastest-levenshtein']);
  });

  it('loads the clients of clouds only when an address needs them', () => {
    for (const client of ['@aws-sdk/client-s3', '@google-cloud/storage']) {
      const texts = [...imports.keys()].map((file) => readFileSync(join('src', file), 'utf8'));
      expect(texts.filter((text) => text.includes(`from '${client}'`))).toEqual([]);
      expect(readFileSync('src/storage/open-store.ts', 'utf8')).toContain(`await import('${client}')`);
    }
  });

  it('loads the database only where it is used, and only then', () => {
    const users = [...imports].filter(([, names]) => names.includes('@duckdb/node-api')).map(([file]) => file);
    expect(users).toEqual(['features/duckdb.ts']);
    expect(readFileSync('src/features/duckdb.ts', 'utf8')).toContain("await import('@duckdb/node-api')");
  });
});
