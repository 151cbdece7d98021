// A vitest reporter that ends the run with one line, `N passed, N failed[, N skipped]`, for people and
// machines that read only the end of a log. A test file that could not be loaded counts as one failure.

/** @implements {import('vitest/node').Reporter} */
export class ClosingLineReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} testModules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const testModule of testModules) {
      for (const test of testModule.children.allTests()) counts[test.result().state] += 1;
      counts.failed += testModule.errors().length;
    }
    const skipped = counts.skipped + counts.pending;
    // After the default reporter's own summary, which is written when this event has been handled.
    process.once('exit', () => {
      const closing = `${counts.passed} passed, ${counts.failed} failed`;
      process.stdout.write(`${closing}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
    });
  }
}
