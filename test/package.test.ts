/** What `npm pack` makes, as its users have it. scripts/package-matrix.mjs tries the same under other versions of Node. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const { dependencies, exports, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
  exports: Record<string, unknown>;
  peerDependencies: Record<string, string>;
};

const folder = mkdtempSync(join(tmpdir(), 'clv-test-package-'));
const installed = join(folder, 'node_modules/clv');
let packed: { readonly path: string; readonly size: number }[];
let tarball: { readonly path: string; readonly size: number; readonly unpackedSize: number };

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(status, `${program} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

beforeAll(() => {
  const [report] = JSON.parse(run('npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder));
  packed = report.files;
  tarball = { path: join(folder, report.filename), size: report.size, unpackedSize: report.unpackedSize };

  mkdirSync(installed, { recursive: true });
  run('tar', '-xzf', tarball.path, '--strip-components', '1', '-C', installed);
  // Only what package.json declares: who imports more than that fails here.
  for (const name of [...Object.keys(dependencies), 'typescript']) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds programs, library, types and schemas, the list of data sets, and what describes it', () => {
    const kinds = new Set(
      packed.map(({ path }) => path.replace(/^dist\/(?:.+\/)?[\w-]+(\.d\.c?ts|\.c?js|\.json)$/, 'dist/*$1')),
    );
    expect([...kinds].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'datasets/manifest.json',
      'dist/*.cjs',
      'dist/*.d.cts',
      'dist/*.d.ts',
      'dist/*.js',
      'dist/*.json',
      'package.json',
    ]);
    expect(
      packed
        .filter(({ path }) => /\.json$/.test(path) && path.startsWith('dist/'))
        .every(({ path }) => path.startsWith('dist/schemas/')),
    ).toBe(true);
  });

  it('is small: what comes with it weighs a hundred times as much', () => {
    expect(tarball.size).toBeLessThan(900_000);
    expect(tarball.unpackedSize).toBeLessThan(3_500_000);
  });

  it('says nothing of the machine that it was built on', () => {
    const places = [process.cwd(), homedir()].filter((place) => place.length > 1);
    const telling = packed.filter(({ path }) => {
      const text = readFileSync(join(installed, path), 'utf8');
      return places.some((place) => text.includes(`${place}/`)) || /sourceMappingURL/.test(text);
    });
    expect(telling).toEqual([]);
  });

  it('declares every package that it imports, and imports every package that it declares', () => {
    const code = packed.filter(({ path }) => /^dist\/.*\.c?js$/.test(path));
    const imported = new Set<string>();
    for (const { path } of code) {
      const text = readFileSync(join(installed, path), 'utf8');
      const found = text.matchAll(
        /(?:\bfrom |\bimport |\bimport\(|\brequire\()["']((?:@[\w-]+\/)?[a-z][\w.-]*)(?:\/[\w./-]*)?["']/g,
      );
      for (const [, name] of found) if (!builtinModules.includes(name!)) imported.add(name!);
    }
    imported.delete('tsx'); // loads workers where clv runs from its sources
    const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    expect([...imported].filter((name) => !declared.includes(name))).toEqual([]);
    expect(Object.keys(dependencies).filter((name) => !imported.has(name))).toEqual([]);
  });

  it('resolves for every kind of consumer, by publint and by Are the types wrong', () => {
    run('node_modules/.bin/publint', tarball.path, '--strict');
    run('node_modules/.bin/attw', tarball.path, '--profile', 'node16');
  });

  it('is tried at every entry point', () => {
    const script = readFileSync('scripts/package-matrix.mjs', 'utf8');
    const code = Object.keys(exports).filter((name) => !name.endsWith('.json') && !name.includes('*'));
    for (const name of code) expect(script).toContain(`'clv${name.slice(1)}'`);
  });

  it('works as ES modules, in CommonJS, in TypeScript and as programs, without a warning', () => {
    run(process.execPath, 'scripts/package-matrix.mjs', '--installed', folder);
  }, 180_000);
});
