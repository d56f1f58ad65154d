import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with `N passed, N failed`, which any CI can read. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const leftOut = new Set<string>();
    for (const module of modules) {
      if (!module.ok() && [...module.children.allTests()].length === 0) counts.failed++;
      for (const test of module.children.allTests()) {
        counts[test.result().state]++;
        for (const [, reason] of test.fullName.matchAll(/\[skipped: (.*?)\]/g)) leftOut.add(reason!);
      }
    }
    for (const reason of leftOut) process.stdout.write(`\nleft out: ${reason}`);
    if (leftOut.size > 0) process.stdout.write('\n');
    const skipped = counts.skipped + counts.pending;
    process.stdout.write(
      `\n${counts.passed} passed, ${counts.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    );
  }
}
