import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

// No source maps: the code is not minified, and they would be two thirds of the package.
const shared = {
  target: 'node20' as const,
  outDir: 'dist',
  silent: true,
  splitting: true, // one ClvError class, whichever entry points a program loads
  removeNodeProtocol: false, // node:fs stays node:fs
  define: { 'process.env.CLV_VERSION': JSON.stringify(version) },
};

const library = [
  'src/index.ts',
  'src/btyd/index.ts',
  'src/dnn/index.ts',
  'src/features/index.ts',
  'src/features/rfm.ts',
  'src/report/charts/index.ts',
];

export default defineConfig([
  // The programs share chunks with the library; each command is loaded when it is called.
  {
    ...shared,
    entry: [...library, 'src/cli.ts', 'src/mltrain.ts', 'src/threads/network-worker.ts'],
    format: ['esm'],
  },
  { ...shared, entry: library, format: ['cjs'], shims: true }, // import.meta.url in CommonJS
  { ...shared, entry: library, format: ['esm', 'cjs'], dts: { only: true } },
]);
