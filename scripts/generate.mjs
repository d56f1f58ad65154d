/**
 * Compiles src/wasm/assembly/ (AssemblyScript) and the program of a thread, and writes them as text into *.generated.ts: a
 * bundle then needs no file at run time. The same source gives the same text.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

for (const name of ['pareto-nbd', 'plain-csv']) await compile(name);
await bundle('src/features/plain-thread'); // has a module in it

async function compile(name) {
  const source = `src/wasm/assembly/${name}.ts`;
  const target = `src/wasm/${name}.generated.ts`;
  let binary;
  const { error, stderr } = await asc.main(
    [source, '--outFile', 'module.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
    {
      readFile: (file) => (existsSync(file) ? readFileSync(file, 'utf8') : null),
      writeFile: (_, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || stderr.toString() !== '')
    throw new Error(`${source} does not compile cleanly\n${stderr}`, { cause: error });
  write(target, `assembly/${name}.ts`, 'WASM', Buffer.from(binary).toString('base64'));
}

/** A program that a thread runs as it is, in CommonJS. */
async function bundle(source) {
  const options = { bundle: true, write: false, minify: true, platform: 'node', format: 'cjs', target: 'node20' };
  const { outputFiles } = await build({ ...options, entryPoints: [`${source}.ts`] });
  write(`${source}.generated.ts`, `${basename(source)}.ts`, 'PROGRAM', outputFiles[0].text.trim());
}

function write(target, source, name, value) {
  const literal = value.replaceAll(/[\\']/g, '\\$&').replaceAll('\n', '\\n');
  const text = `/** Made from ${source} by scripts/generate.mjs. */
export const ${name} =
  '${literal}';
`;
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
}
