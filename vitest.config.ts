import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  define: { 'process.env.CLV_VERSION': JSON.stringify('test') },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/statistics/**'], // slow: npm run test:statistics
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/closing-line.ts'],
    globalSetup: './test/built.ts',
  },
});
