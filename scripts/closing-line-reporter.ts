// A vitest reporter that ends the run with one line, `N passed, N failed[, N skipped]`, for people and
// machines that read only the end of a log. A test file that could not be loaded and a failed
// hook of a suite count as failures too.
import type { Reporter, TestModule } from 'vitest/node';

export class ClosingLineReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const testModule of testModules) {
      for (const test of testModule.children.allTests()) counts[test.result().state] += 1;
      for (const suite of testModule.children.allSuites()) counts.failed += suite.errors().length;
      counts.failed += testModule.errors().length;
    }
    const skipped = counts.skipped + counts.pending;
    const closing = `${counts.passed} passed, ${counts.failed} failed`;
    // The default reporter writes its own summary after this event.
    process.once('exit', () => {
      process.stdout.write(`${closing}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
    });
  }
}
