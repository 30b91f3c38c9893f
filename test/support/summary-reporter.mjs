import { writeSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * Closes the run with one plain line that any CI can read: `N passed, N failed, N skipped`, and says before it which tests
 * needed their second try.
 */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    for (const { testFilePath, testResults } of results.testResults)
      for (const { fullName, status, invocations } of testResults)
        if (status === 'passed' && invocations > 1)
          process.stderr.write(`passed at the second try: ${relative(process.cwd(), testFilePath)}: ${fullName}\n`);
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    // Last of all, behind what the other reporters still have to say.
    process.once('exit', () => writeSync(1, line));
  }
}
