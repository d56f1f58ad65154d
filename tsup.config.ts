import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const shared = {
  target: 'node20' as const,
  outDir: 'dist',
  silent: true,
  define: { 'process.env.CLV_VERSION': JSON.stringify(version) },
};

export default defineConfig([
  {
    ...shared,
    entry: [
      'src/index.ts',
      'src/btyd/index.ts',
      'src/dnn/index.ts',
      'src/features/index.ts',
      'src/features/rfm.ts',
      'src/report/charts/index.ts',
    ],
    format: ['esm', 'cjs'],
    shims: true, // import.meta.url in CommonJS
    dts: true,
    splitting: true, // one ClvError class, whichever entry points a program loads
  },
  // The programs share chunks among themselves; each command is loaded when it is called.
  {
    ...shared,
    entry: ['src/cli.ts', 'src/mltrain.ts', 'src/threads/network-worker.ts'],
    format: ['esm'],
    splitting: true,
  },
]);
