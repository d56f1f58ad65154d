import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first, so that the processors end at about the same time. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = ['pareto-nbd', 'bg-nbd', 'gamma-gamma', 'mbg-nbd', 'inference', 'simulation'];
    const place = ({ moduleId }: TestSpecification) => order.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
    return files.sort((one, other) => place(one) - place(other));
  }
}

/** The slow suite: is what the library says of its own uncertainty true? */
export default defineConfig({
  resolve: {
    // What users run; it is faster too, as vitest sends every call from one source file to another through a getter.
    alias: [
      {
        find: /^(\.\.\/)+src\/btyd\/index\.js$/,
        replacement: fileURLToPath(new URL('dist/btyd/index.js', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['test/statistics/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    server: { deps: { external: [/\/dist\//] } },
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/closing-line.ts'],
    globalSetup: ['./test/built.ts', './test/statistics/table.ts'],
  },
});
