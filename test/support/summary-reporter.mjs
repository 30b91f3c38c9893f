import { writeSync } from 'node:fs';

/** Closes the run with one plain line that any CI can read: `N passed, N failed, N skipped`. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    // Last of all, behind what the other reporters still have to say.
    process.once('exit', () => writeSync(1, line));
  }
}
