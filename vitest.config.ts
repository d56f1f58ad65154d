import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { 'process.env.CLV_VERSION': JSON.stringify('test') },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/closing-line.ts'],
    globalSetup: './test/built.ts',
  },
});
