/**
 * Compiles src/wasm/assembly/ (AssemblyScript) and writes the modules as text into src/wasm/*.generated.ts: a bundle
 * then needs no file at run time. The same source gives the same text.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

for (const name of ['pareto-nbd', 'plain-csv']) await compile(name);

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
  const text = `/** Made from assembly/${name}.ts by scripts/build-wasm.mjs. */
export const WASM =
  '${Buffer.from(binary).toString('base64')}';
`;
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
}
