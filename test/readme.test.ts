import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import typescript from 'typescript';
import { describe, expect, it } from 'vitest';
import { locateDataset } from '../src/datasets/locate.js';
import { fileIn, temporaryFolder } from './features/logs.js';

/** Files that the examples speak of. */
const FILES = {
  'orders.csv': 'online_retail',
  'cdnow_sample.csv': 'cdnow_sample',
  'cdnow_summary.csv': 'cdnow_summary',
  'cdnow_summary_spend.csv': 'cdnow_summary_spend',
  'donations_summary.csv': 'donations_summary',
  'apparel_trans.csv': 'apparel_trans',
  'apparel_static_cov.csv': 'apparel_static_cov',
};
/** Files that examples read by themselves, which takes them unpacked; clv reads packed ones. */
const READ_AS_TEXT = /^apparel_/;
/** Code of the packages that people come from; its output is pasted, as the pages say, for they are not here. */
const FOREIGN = ['python', 'r'];
/** Commands of a setting-up that a clone does once, as CI does before the tests, or that run the tests. */
const SETTING_UP = /^(npm (ci|install|test)|git|cd)\b/;

interface Block {
  readonly document: string;
  readonly language: string;
  readonly code: string;
  /** The text block that follows, if it does. */
  readonly output: string | undefined;
}

function blocksOf(document: string): Block[] {
  const text = readFileSync(document, 'utf8');
  const fences = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return fences.flatMap(([whole, language, code], i) => {
    if (language === 'text' || FOREIGN.includes(language!)) return [];
    const next = fences[i + 1];
    const follows = next?.[1] === 'text' && text.slice(fences[i]!.index + whole.length, next.index).trim() === '';
    return [{ document, language: language!, code: code!, output: follows ? next[2] : undefined }];
  });
}

const { ModuleKind, ScriptTarget, transpileModule } = typescript;

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/start.md',
  'docs/commands.md',
  'docs/library.md',
  'docs/report.md',
  'docs/data.md',
  'docs/features.md',
  'docs/networks.md',
  'docs/mltrain.md',
  'docs/errors.md',
  'docs/architecture.md',
  'docs/from-lifetimes.md',
  'docs/from-pymc-marketing.md',
  'docs/from-clvtools.md',
];
const blocks = documents.flatMap(blocksOf);

const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc');
const folder = temporaryFolder();
fileIn(folder, 'package.json', '{ "type": "module" }');
mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
symlinkSync(process.cwd(), join(folder, 'node_modules', 'clv'));
for (const program of ['cli', 'mltrain']) {
  symlinkSync(
    join(process.cwd(), 'dist', `${program}.js`),
    join(folder, 'node_modules', '.bin', program === 'cli' ? 'clv' : program),
  );
}
const missing = Object.entries(FILES).filter(([file, name]) => {
  const path = locateDataset(name);
  if (path?.endsWith('.gz') && READ_AS_TEXT.test(file))
    writeFileSync(join(folder, file), gunzipSync(readFileSync(path)));
  else if (path !== undefined) symlinkSync(path, join(folder, file));
  return path === undefined;
});

/** The example as JavaScript. */
const stripped = (code: string) =>
  transpileModule(code, { compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2023 } }).outputText;

/** Lines of `expected` in `actual`, in order; `…` stands for anything, in a line or for lines. */
function expectOutput(actual: string, expected: string): void {
  const quote = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = expected
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '[\\s\\S]*?' : line.split('…').map(quote).join('.*')))
    .join('\n')
    .replaceAll('\n[\\s\\S]*?\n', '\n[\\s\\S]*?');
  if (!new RegExp(`^${pattern}`, 'm').test(actual)) expect(actual).toBe(expected);
}

describe('the TypeScript of the documents', () => {
  it('compiles under strict', () => {
    const files = blocks
      .filter(({ language }) => language === 'ts')
      .map(({ code }, i) => fileIn(folder, `block-${i}.ts`, code));
    const flags =
      '--noEmit --strict --target es2023 --module nodenext --moduleResolution nodenext --skipLibCheck --types node';
    const types = ['--typeRoots', join(process.cwd(), 'node_modules', '@types')];
    const { stdout } = spawnSync(process.execPath, [tsc, ...flags.split(' '), ...types, ...files], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  });
});

describe.each(blocks)('$document, ```$language', ({ language, code, output }) => {
  // the jobs folder is that of the first example, which trains on cdnow_sample.csv
  const uses = (file: string) => code.includes(file) || (file === 'cdnow_sample.csv' && code.includes("'jobs'"));
  const needs = missing.filter(([file]) => uses(file)).map(([, name]) => name);
  const title = `runs${output === undefined ? '' : ' and prints what is said'}: ${code.trim().split('\n').at(-1)!.slice(0, 60)}`;
  const without = needs.length > 0 && process.env.CLV_REQUIRE_DATA !== '1';

  it.skipIf(without)(without ? `${title} [skipped: ${needs.join(', ')} is not on this machine]` : title, () => {
    expect(needs, 'data sets that are not on this machine').toEqual([]);
    expect(['ts', 'sh']).toContain(language);
    if (language === 'ts') {
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', stripped(code)], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      if (output !== undefined) expect(stdout.trimEnd()).toBe(output.trimEnd());
      return;
    }
    for (const line of code.trim().split('\n')) {
      if (SETTING_UP.test(line)) continue;
      const [runner, program, ...args] = line.split(' ');
      if (runner === 'npm') {
        const stdout = execFileSync('npm', [program!, ...args], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        if (output !== undefined) expectOutput(stdout, output);
        continue;
      }
      expect(line).toMatch(/^npx (clv|mltrain) /);
      const path = join(folder, 'node_modules', '.bin', program!);
      const stdout = execFileSync(process.execPath, [path, ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      if (output !== undefined) expectOutput(stdout, output);
    }
  });
});
