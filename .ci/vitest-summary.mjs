// Reads a JSON report of vitest: the first line is "passed failed", then what failed and why, each shortened.
// A required part that was skipped has not been shown, so it counts as failed, as does a run of no test.
import { readFileSync } from 'node:fs';

const LONGEST_REASON = 600;

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const failed = report.numFailedTests + report.numPendingTests + (report.numTotalTests === 0 ? 1 : 0);
const lines = [`${report.numPassedTests} ${failed}`];

for (const file of report.testResults) {
  const name = file.name.slice(file.name.indexOf('/test/') + 1);
  if (file.message) lines.push(`${name}: ${file.message.slice(0, LONGEST_REASON)}`);
  for (const test of file.assertionResults) {
    if (test.status === 'passed') continue;
    const reason = test.failureMessages.join('\n').slice(0, LONGEST_REASON);
    lines.push(`${name}: ${test.fullName}: ${test.status}`, `  ${reason.replaceAll('\n', '\n  ')}`);
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
